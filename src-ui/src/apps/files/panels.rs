//! What stands around the entries: what was done, what is being sent, why there is nothing to see.

use std::rc::Rc;

use yew::prelude::*;

use super::cabinet::Cabinet;
use super::name::{isolated, shown};
use super::path;
use super::state::{Done, Known, Place, State};
use super::upload::{Stage, Upload, Uploads};
use crate::kit::browser::Timeout;
use crate::kit::format::{bytes, count, plural};
use crate::kit::{
    Banner, Button, EmptyState, ErrorState, Glyph, Icon, IconButton, Progress, Size, Skeleton, Tone, Variant,
};
use crate::store::use_slice;

/// Milliseconds for which something can be taken back from its own notice.
const OFFERED: i32 = 10_000;
/// Uploads that have a line each.
const ROWS: usize = 60;

#[derive(Properties, PartialEq)]
pub struct DoneBarProps {
    pub cabinet: Cabinet,
    pub done: Done,
}

/// What was done, and the way back. It stays while the pointer or the keyboard is on it.
#[component]
pub fn DoneBar(props: &DoneBarProps) -> Html {
    let held = use_state(|| false);
    let close = {
        let cabinet = props.cabinet.clone();
        Callback::from(move |()| cabinet.update(|state| state.done = None))
    };
    {
        let close = close.clone();
        use_effect_with((props.done.id, *held), move |(_, held)| {
            let timer = if *held { None } else { Timeout::new(OFFERED, move || close.emit(())) };
            move || drop(timer)
        });
    }
    let undo = {
        let cabinet = props.cabinet.clone();
        Callback::from(move |_: MouseEvent| {
            cabinet.undo();
            super::list::focus(cabinet.window());
        })
    };
    let hold = |on: bool| {
        let held = held.clone();
        move || held.set(on)
    };
    let (enter, leave, focus, blur) = (hold(true), hold(false), hold(true), hold(false));
    html! {
        <div class="done" role="status" data-test="files-done" onpointerenter={Callback::from(move |_: PointerEvent| enter())}
            onpointerleave={Callback::from(move |_: PointerEvent| leave())} onfocusin={Callback::from(move |_: FocusEvent| focus())}
            onfocusout={Callback::from(move |_: FocusEvent| blur())}>
            <span class="done__text">{ &props.done.text }</span>
            if props.done.undo.is_some() {
                <Button size={Size::Small} icon={Glyph::Undo2} onclick={undo}>{ "Undo" }</Button>
            }
            <IconButton size={Size::Small} icon={Glyph::X} label="Dismiss" onclick={close.reform(|_: MouseEvent| ())} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct UploadPanelProps {
    pub cabinet: Cabinet,
    pub uploads: Uploads,
}

/// Files on their way.
#[component]
pub fn UploadPanel(props: &UploadPanelProps) -> Html {
    let all = use_slice(props.uploads.slice());
    if all.is_empty() {
        return Html::default();
    }
    let under_way = all.iter().filter(|upload| !upload.is_over()).count();
    let failed = all.iter().filter(|upload| matches!(upload.stage, Stage::Failed(_))).count();
    let head = match (under_way, failed) {
        (0, 0) => String::from("Uploads finished"),
        (0, failed) => format!("{} not uploaded", plural(failed as u64, "file", "files")),
        (under_way, _) if under_way == all.len() => format!("Uploading {}", plural(under_way as u64, "file", "files")),
        (under_way, _) => {
            let all = plural(all.len() as u64, "file", "files");
            format!("Uploading {all}, {} to go", count(under_way as u64))
        }
    };
    let clear = {
        let uploads = props.uploads.clone();
        Callback::from(move |_: MouseEvent| uploads.clear())
    };
    let cancel = {
        let uploads = props.uploads.clone();
        Callback::from(move |_: MouseEvent| uploads.cancel_all())
    };
    html! {
        <section class="uploads" aria-label="Uploads" data-test="uploads">
            <header class="uploads__head">
                <span class="uploads__title" role="status">{ head }</span>
                if under_way > 1 {
                    <Button size={Size::Small} variant={Variant::Ghost} onclick={cancel}>{ "Cancel all" }</Button>
                } else if under_way == 0 {
                    <IconButton size={Size::Small} icon={Glyph::X} label="Close the list of uploads" onclick={clear} />
                }
            </header>
            <ul class="uploads__list">
                { for told(&all).map(|upload| html! {
                    <UploadRow key={upload.id} cabinet={props.cabinet.clone()} uploads={props.uploads.clone()} upload={upload.clone()} />
                }) }
            </ul>
            if all.len() > ROWS { <p class="uploads__more">{ format!("{} more", count((all.len() - ROWS) as u64)) }</p> }
        </section>
    }
}

/// Those that a person wants to see, of more than have a line: what fails and what is being sent, before what waits and
/// what is done.
fn told(all: &[Rc<Upload>]) -> impl Iterator<Item = &Rc<Upload>> {
    let rank = |upload: &Upload| match upload.stage {
        Stage::Failed(_) => 0,
        Stage::Sending => 1,
        Stage::Waiting => 2,
        Stage::Cancelled | Stage::Done => 3,
    };
    let mut told: Vec<&Rc<Upload>> = all.iter().collect();
    if told.len() > ROWS {
        told.sort_by_key(|upload| rank(upload));
        told.truncate(ROWS);
    }
    told.into_iter()
}

#[derive(Properties, PartialEq)]
struct UploadRowProps {
    cabinet: Cabinet,
    uploads: Uploads,
    upload: Rc<Upload>,
}

#[component]
fn UploadRow(props: &UploadRowProps) -> Html {
    let upload = &props.upload;
    let id = upload.id;
    let cancel = {
        let uploads = props.uploads.clone();
        Callback::from(move |_: MouseEvent| uploads.cancel(id))
    };
    let retry = {
        let (uploads, cabinet) = (props.uploads.clone(), props.cabinet.clone());
        Callback::from(move |_: MouseEvent| uploads.retry(&cabinet, id))
    };
    let size = bytes(upload.size as u64);
    let (icon, tone, says) = match &upload.stage {
        Stage::Waiting => (Glyph::Clock, Tone::Queued, format!("Waiting, {size}")),
        Stage::Sending => (Glyph::Upload, Tone::Working, format!("{} of {size}", bytes(upload.sent as u64))),
        Stage::Done => (Glyph::CircleCheck, Tone::Done, size),
        Stage::Failed(why) => (Glyph::CircleAlert, Tone::Failed, why.clone()),
        Stage::Cancelled => (Glyph::Ban, Tone::Queued, String::from("Cancelled")),
    };
    let name = isolated(&upload.name);
    html! {
        <li class={classes!("upload", tone.class())} data-test="upload" data-name={upload.name.clone()}>
            <Icon {icon} class="upload__icon" />
            <span class="upload__text">
                <bdi class="upload__name">{ shown(&upload.name) }</bdi>
                <span class="upload__says">{ says }</span>
                if upload.stage == Stage::Sending {
                    <Progress value={upload.sent} total={upload.size.max(1.0)} label={format!("Uploading {name}")} />
                }
            </span>
            if upload.may_retry() {
                <IconButton size={Size::Small} icon={Glyph::RefreshCw} label={format!("Upload {name} again")} onclick={retry} />
            } else if !upload.is_over() {
                <IconButton size={Size::Small} icon={Glyph::X} label={format!("Cancel {name}")} onclick={cancel} />
            }
        </li>
    }
}

/// What is shown in place of entries, if anything is.
pub fn instead(cabinet: &Cabinet, state: &State, pick: &Callback<()>) -> Option<Html> {
    use aether_protocol::ErrorCode::{Forbidden, InvalidInput, NotFound};
    let is_trash = *state.place() == Place::Trash;
    match &state.known {
        Known::Loading => {
            Some(html! { <div class="files__wait"><Skeleton lines={8} label="Loading the folder" /></div> })
        }
        Known::Failed(error) => {
            let retry = {
                let cabinet = cabinet.clone();
                Callback::from(move |()| cabinet.look())
            };
            if error.code == NotFound {
                // Nothing is wrong: what was asked for is not there.
                let onclick = retry.reform(|_: MouseEvent| ());
                let action = html! { <Button icon={Glyph::RefreshCw} {onclick}>{ "Retry" }</Button> };
                let text = "It was moved or deleted, or was never here.";
                return Some(
                    html! { <EmptyState icon={Glyph::FolderOpen} title="Folder not found" {text} {action} /> },
                );
            }
            let title = match error.code {
                Forbidden => "You cannot see this folder",
                InvalidInput if !state.query.is_empty() => "The search did not work",
                _ => "The files could not be listed",
            };
            let message = error.message.clone();
            let details = format!("{}\n{}: {}", state.place().args(), error.code.rest(), error.message);
            Some(html! { <ErrorState {title} {message} onretry={retry} {details} /> })
        }
        Known::Since if is_trash && state.trash.is_empty() => Some(html! {
            <EmptyState icon={Glyph::Trash2} title="The trash is empty" text="Deleted items stay here until you put them back or delete them for good." />
        }),
        Known::Since if is_trash || !state.rows().is_empty() => None,
        Known::Since if !state.query.is_empty() => Some(if state.searching {
            html! { <div class="files__wait"><Skeleton lines={4} label="Searching" /></div> }
        } else {
            let text = format!("Nothing below this folder has \u{201c}{}\u{201d} in its name.", shown(&state.query));
            html! { <EmptyState icon={Glyph::Search} title="Nothing found" {text} /> }
        }),
        Known::Since => {
            let text = match state.unseen() {
                0 => String::from("Drop files here, or create something new."),
                unseen => format!("{} hidden.", plural(unseen as u64, "item is", "items are")),
            };
            let send = pick.reform(|_: MouseEvent| ());
            let may = !matches!(state.folder(), Some("/" | "/home"));
            let action = may.then(|| html! { <Button icon={Glyph::Upload} onclick={send}>{ "Upload files" }</Button> });
            Some(html! { <EmptyState icon={Glyph::FolderOpen} title="This folder is empty" {text} {action} /> })
        }
    }
}

/// What did not work, above the entries.
pub fn trouble(cabinet: &Cabinet, state: &State) -> Html {
    let Some(text) = state.trouble.clone() else { return Html::default() };
    let cabinet = cabinet.clone();
    let dismiss = Callback::from(move |()| cabinet.update(|state| state.trouble = None));
    html! { <Banner tone={Tone::Failed} {text} ondismiss={dismiss} /> }
}

/// What can be done with what is chosen, for fingers.
pub fn picking(cabinet: &Cabinet, state: &State) -> Html {
    let act = |label: &'static str, icon: Glyph, enabled: bool, what: fn(&Cabinet)| {
        let cabinet = cabinet.clone();
        let onclick = Callback::from(move |_: MouseEvent| what(&cabinet));
        html! { <IconButton {icon} {label} disabled={!enabled} {onclick} /> }
    };
    let some = !state.selection.is_empty();
    if *state.place() == Place::Trash {
        return html! {
            <div class="picking" role="toolbar" aria-label="Selection">
                { act("Put back", Glyph::RotateCcw, some, Cabinet::restore_selected) }
            </div>
        };
    }
    html! {
        <div class="picking" role="toolbar" aria-label="Selection">
            { act("Cut", Glyph::Scissors, some, |cabinet| { cabinet.hold(true); done_picking(cabinet); }) }
            { act("Copy", Glyph::Copy, some, |cabinet| { cabinet.hold(false); done_picking(cabinet); }) }
            { act("Download", Glyph::Download, some, Cabinet::download_selected) }
            { act("Move to trash", Glyph::Trash2, some, |cabinet| { cabinet.trash_selected(); done_picking(cabinet); }) }
            { act("Select all", Glyph::ListChecks, true, |cabinet| cabinet.update(State::choose_all)) }
            { act("Done", Glyph::X, true, |cabinet| { done_picking(cabinet); cabinet.update(|state| state.selection.clear()); }) }
        </div>
    }
}

fn done_picking(cabinet: &Cabinet) {
    cabinet.update(|state| state.picking = false);
}

/// The folder's name for those who hear where a window has come to.
pub fn arrival(state: &State) -> String {
    match (&state.known, state.place()) {
        (Known::Since, Place::Folder(folder)) => format!("{}, {}", isolated(path::name(folder)), state.summary()),
        (Known::Since, Place::Trash) => format!("Trash, {}", state.summary()),
        (Known::Loading | Known::Failed(_), _) => String::new(),
    }
}
