//! Files: folders, what is in them, and the trash.
//!
//! What it owns: where each window is, what is chosen in it, and files on their way. What it never does: keep a copy of
//! what is on the disk; the kernel says what is there, and says so again when it changes.

mod acts;
mod band;
mod bar;
mod browser;
mod cabinet;
mod clipboard;
mod conflict;
mod dialogs;
mod drop;
mod field;
mod history;
mod keys;
pub mod kind;
mod list;
mod menu;
mod mode;
pub mod name;
mod order;
mod panels;
pub mod path;
mod places;
mod row;
mod selection;
mod state;
mod tree;
mod upload;
pub mod watch;

use aether_protocol::domains::fs::ChangeType;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use self::bar::{Bar, PlacesMenu};
use self::cabinet::Cabinet;
use self::dialogs::Questions;
use self::list::List;
use self::menu::FilesMenu;
use self::panels::{DoneBar, UploadPanel};
use self::places::Sidebar;
use self::state::{Place, State};
use self::upload::Uploads;
use super::AppProps;
use crate::desk::use_desk;
use crate::kernel::use_kernel;
use crate::shell::windows::WindowBar;
use crate::store::{use_select, use_slice};

pub(crate) use clipboard::forget as forget_held;

/// See the module.
#[component]
pub fn Files(props: &AppProps) -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let (window, compact) = (props.window, props.compact);
    let cabinet = {
        let args = props.args.clone();
        use_memo(window, move |window| Cabinet::new(kernel, desk, *window, &args))
    };
    let uploads = use_memo(window, |_| Uploads::default());
    let state = use_slice(cabinet.state());
    use_currency(&cabinet, &state);
    let picker = use_node_ref();
    let pick = {
        let picker = picker.clone();
        use_callback((), move |(), ()| {
            if let Some(input) = picker.cast::<HtmlInputElement>() {
                input.click();
            }
        })
    };
    let onpicked = {
        let (cabinet, uploads) = (cabinet.clone(), uploads.clone());
        Callback::from(move |event: Event| {
            let folder = cabinet.state().get().folder().map(str::to_owned);
            if let Some(folder) = folder {
                let picked = menu::picked(&event).into_iter();
                uploads.send(&cabinet, picked.map(|file| (file, folder.clone())).collect());
            }
        })
    };
    let onkeydown = {
        let cabinet = cabinet.clone();
        Callback::from(move |event: KeyboardEvent| {
            if keys::everywhere(&cabinet, &event) {
                event.prevent_default();
                event.stop_propagation();
            }
        })
    };
    let cabinet = (*cabinet).clone();
    let uploads = (*uploads).clone();
    let bar = html! {
        <Bar cabinet={cabinet.clone()} uploads={uploads.clone()} state={state.clone()} {compact} pick={pick.clone()} />
    };
    let instead = panels::instead(&cabinet, &state, &pick);
    let picks = state.picking || (compact && *state.place() == Place::Trash && !state.selection.is_empty());
    html! {
        <div class={classes!("files", compact.then_some("files--compact"))} {onkeydown}>
            <input ref={picker} type="file" multiple={true} hidden={true} onchange={onpicked} aria-label="Files to upload" data-test="files-picker" />
            if compact {
                <WindowBar {window}><PlacesMenu cabinet={cabinet.clone()} /></WindowBar>
                { bar }
            } else {
                <WindowBar {window}>{ bar }</WindowBar>
                <Sidebar cabinet={cabinet.clone()} uploads={uploads.clone()} state={state.clone()} />
            }
            <div class="files__main">
                { panels::trouble(&cabinet, &state) }
                <div class="files__place">
                    <List cabinet={cabinet.clone()} uploads={uploads.clone()} state={state.clone()} {compact} />
                    if let Some(instead) = instead { <div class="files__instead">{ instead }</div> }
                    if let Some(done) = &state.done { <DoneBar key={done.id} cabinet={cabinet.clone()} done={done.clone()} /> }
                </div>
                <UploadPanel cabinet={cabinet.clone()} uploads={uploads.clone()} />
                if picks { { panels::picking(&cabinet, &state) } }
                <footer class="files__status">
                    <span>{ state.summary() }</span>
                    if state.searching { <span role="status">{ "Searching" }</span> }
                </footer>
                <span class="hidden-text" role="status">{ panels::arrival(&state) }</span>
            </div>
            if let Some(at) = state.menu { <FilesMenu cabinet={cabinet.clone()} {at} {pick} /> }
            <Questions cabinet={cabinet.clone()} question={state.question.clone()} trashed={state.trash.len()} />
        </div>
    }
}

/// Keeps what is shown to what is there.
#[hook]
fn use_currency(cabinet: &Cabinet, state: &State) {
    let epoch = use_select(&cabinet.kernel().store().connection, |connection| connection.epoch);
    {
        let cabinet = cabinet.clone();
        use_effect_with(cabinet.window(), move |_| {
            cabinet.name_window();
            let conflicts = cabinet.conflicts().clone();
            move || conflicts.give_up()
        });
    }
    {
        let cabinet = cabinet.clone();
        // Whatever was heard over the last connection may be old.
        use_effect_with(epoch, move |_| cabinet.look());
    }
    let folder = state.folder().unwrap_or_default().to_owned();
    let searches = !state.query.is_empty();
    let heard = {
        let (cabinet, folder) = (cabinet.clone(), folder.clone());
        Callback::from(move |(changed, _): (String, ChangeType)| {
            // Nobody tells of the trash; what goes into it is gone from elsewhere.
            let here = folder.is_empty() || changed == folder || path::parent(&changed) == folder;
            if here || (searches && path::below(&changed, &folder).is_some()) {
                cabinet.look();
            }
        })
    };
    watch::use_changes(&folder, heard);
}
