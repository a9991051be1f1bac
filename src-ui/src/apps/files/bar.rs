//! The controls of a window of files: where it is, where it goes, how it shows what is there.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::cabinet::Cabinet;
use super::drop::Target;
use super::menu::{act, new_entries, view_entries};
use super::places::{Known, Step, agent_name, steps, use_places};
use super::state::{Place, Question, State};
use super::upload::Uploads;
use crate::kit::browser::Timeout;
use crate::kit::{Align, Button, Glyph, Icon, IconButton, MenuButton, MenuEntry, MenuItem, SearchField, Size, Variant};

/// Milliseconds after the last key before a search begins.
const REST: i32 = 250;
/// Steps of the way that are shown where there is little room.
const FEW: usize = 2;

#[derive(Properties, PartialEq)]
pub struct BarProps {
    pub cabinet: Cabinet,
    pub uploads: Uploads,
    pub state: Rc<State>,
    pub compact: bool,
    /// Has files picked for an upload.
    pub pick: Callback<()>,
}

#[component]
pub fn Bar(props: &BarProps) -> Html {
    let BarProps { cabinet, state, compact, .. } = props;
    let act = |what: fn(&Cabinet)| {
        let cabinet = cabinet.clone();
        Callback::from(move |_: MouseEvent| what(&cabinet))
    };
    let folder = state.folder();
    let onselect = {
        let (cabinet, pick) = (cabinet.clone(), props.pick.clone());
        Callback::from(move |id: AttrValue| self::act(&cabinet, &pick, &id))
    };
    let find = {
        let cabinet = cabinet.clone();
        Callback::from(move |_: MouseEvent| cabinet.update(|state| state.searches = true))
    };
    let empty = {
        let cabinet = cabinet.clone();
        Callback::from(move |_: MouseEvent| cabinet.update(|state| state.question = Some(Question::Purge(None))))
    };
    html! {
        <div class={classes!("files-bar", compact.then_some("files-bar--compact"))}>
            <div class="files-bar__group">
                <IconButton icon={Glyph::ChevronLeft} label="Back" disabled={!state.history.can_back()} onclick={act(Cabinet::back)} />
                if !compact {
                    <IconButton icon={Glyph::ChevronRight} label="Forward" disabled={!state.history.can_ahead()} onclick={act(Cabinet::ahead)} />
                }
                <IconButton icon={Glyph::ArrowUp} label="Up" disabled={folder.is_none_or(|folder| folder == "/")} onclick={act(Cabinet::up)} />
            </div>
            if state.searches {
                <Find cabinet={cabinet.clone()} query={state.query.clone()} />
            } else if state.typing_path {
                <TypedPath cabinet={cabinet.clone()} path={folder.unwrap_or("/").to_owned()} />
            } else {
                <Way cabinet={cabinet.clone()} uploads={props.uploads.clone()} state={state.clone()} compact={*compact} />
            }
            <div class="files-bar__group">
                if folder.is_some() {
                    if !state.searches {
                        <IconButton icon={Glyph::Search} label="Search in this folder" onclick={find} />
                    }
                    if *compact {
                        <MenuButton label="More" icon={Glyph::EllipsisVertical} icon_only={true} variant={Variant::Ghost}
                            align={Align::End} entries={compact_entries(state)} {onselect} />
                    } else {
                        <MenuButton label="View" icon={if state.view.grid { Glyph::LayoutGrid } else { Glyph::List }} icon_only={true}
                            variant={Variant::Ghost} align={Align::End} entries={view_entries(state)} onselect={onselect.clone()} />
                        <MenuButton label="New" icon={Glyph::Plus} icon_only={true} variant={Variant::Ghost} align={Align::End}
                            entries={new_entries()} {onselect} />
                    }
                } else {
                    <Button size={Size::Small} icon={Glyph::Trash2} disabled={state.trash.is_empty()} onclick={empty}>{ "Empty" }</Button>
                }
            </div>
        </div>
    }
}

fn compact_entries(state: &State) -> Vec<MenuEntry> {
    let mut entries = new_entries();
    let none = super::clipboard::held().items.is_empty();
    entries.extend([
        MenuEntry::Separator,
        MenuItem::new("pick", "Select").icon(Glyph::ListChecks).into(),
        MenuItem::new("paste", "Paste").icon(Glyph::ClipboardPaste).disabled(none).into(),
        MenuEntry::Separator,
    ]);
    entries.extend(view_entries(state));
    entries
}

#[derive(Properties, PartialEq)]
struct WayProps {
    cabinet: Cabinet,
    uploads: Uploads,
    state: Rc<State>,
    compact: bool,
}

/// The way to the folder; each step of it can be gone to and dropped on.
#[component]
fn Way(props: &WayProps) -> Html {
    let WayProps { cabinet, state, .. } = props;
    let node = use_node_ref();
    {
        let node = node.clone();
        // The end of the way is where one is.
        use_effect_with(state.place().clone(), move |_| {
            if let Some(list) = node.cast::<web_sys::Element>() {
                list.set_scroll_left(list.scroll_width());
            }
        });
    }
    let all = match state.place() {
        Place::Folder(folder) => steps(folder, &cabinet.username(), |pid| agent_name(cabinet, pid)),
        Place::Trash => vec![Step { path: String::new(), label: String::from("Trash") }],
    };
    let hidden = if props.compact { all.len().saturating_sub(FEW) } else { 0 };
    let (before, shown) = all.split_at(hidden);
    let last = shown.len().saturating_sub(1);
    let entries: Vec<MenuEntry> = before
        .iter()
        .map(|step| MenuItem::new(step.path.clone(), step.label.clone()).icon(Glyph::Folder).into())
        .collect();
    let go = {
        let cabinet = cabinet.clone();
        Callback::from(move |path: AttrValue| cabinet.go_to(&path))
    };
    let edit = {
        let cabinet = cabinet.clone();
        Callback::from(move |_: MouseEvent| cabinet.update(|state| state.typing_path = true))
    };
    html! {
        <nav class="way" aria-label="Folder">
            if !entries.is_empty() {
                <MenuButton label="Folders above" icon={Glyph::Ellipsis} icon_only={true} variant={Variant::Ghost} {entries} onselect={go} />
            }
            <ol ref={node} class="way__list">
                { for shown.iter().enumerate().map(|(index, step)| html! {
                    <StepButton key={step.path.clone()} step={step.clone()} first={index == 0 && hidden == 0} here={index == last}
                        over={state.over.as_deref() == Some(step.path.as_str())}
                        cabinet={cabinet.clone()} uploads={props.uploads.clone()} />
                }) }
            </ol>
            if state.folder().is_some() && !props.compact {
                <IconButton icon={Glyph::Keyboard} size={Size::Small} label="Go to a path\u{2026}" onclick={edit} class="way__edit" />
            }
        </nav>
    }
}

#[derive(Properties, PartialEq)]
struct StepProps {
    step: Step,
    first: bool,
    here: bool,
    over: bool,
    cabinet: Cabinet,
    uploads: Uploads,
}

#[component]
fn StepButton(props: &StepProps) -> Html {
    let Step { path, label } = &props.step;
    let target = Target::folder(&props.cabinet, &props.uploads, path);
    let onclick = {
        let (cabinet, path) = (props.cabinet.clone(), path.clone());
        Callback::from(move |_: MouseEvent| {
            if !path.is_empty() {
                cabinet.go_to(&path);
            }
        })
    };
    html! {
        <li class="way__step">
            if !props.first { <Icon icon={Glyph::ChevronRight} size={12} class="way__mark" /> }
            <button type="button" class={classes!("way__link", props.over.then_some("way__link--over"))} {onclick}
                aria-current={props.here.then_some("page")} title={label.clone()} ondragover={target.ondragover}
                ondragleave={target.ondragleave} ondrop={target.ondrop}><bdi>{ label }</bdi></button>
        </li>
    }
}

#[derive(Properties, PartialEq)]
struct TypedPathProps {
    cabinet: Cabinet,
    path: String,
}

/// The path as text, to be typed.
#[component]
fn TypedPath(props: &TypedPathProps) -> Html {
    let node = use_node_ref();
    {
        let (node, path) = (node.clone(), props.path.clone());
        use_effect_with((), move |()| {
            if let Some(input) = node.cast::<HtmlInputElement>() {
                input.set_value(&path);
                let _ = input.focus();
                input.select();
            }
        });
    }
    let close = {
        let cabinet = props.cabinet.clone();
        Callback::from(move |()| cabinet.update(|state| state.typing_path = false))
    };
    let onkeydown = {
        let (cabinet, node, close) = (props.cabinet.clone(), node.clone(), close.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => {
                event.prevent_default();
                event.stop_propagation();
                let Some(input) = node.cast::<HtmlInputElement>() else { return };
                close.emit(());
                go_to_any(&cabinet, &input.value());
                super::list::focus(cabinet.window());
            }
            "Escape" => {
                event.prevent_default();
                event.stop_propagation();
                close.emit(());
                super::list::focus(cabinet.window());
            }
            _ => {}
        })
    };
    html! {
        <input ref={node} class="files-bar__path mono" aria-label="Path" spellcheck="false" autocomplete="off" {onkeydown}
            onblur={close.reform(|_: FocusEvent| ())} data-test="files-path" />
    }
}

/// Goes to a folder that was typed; a file is shown where it is.
fn go_to_any(cabinet: &Cabinet, typed: &str) {
    let path = super::path::normal(typed, &cabinet.username());
    let cabinet = cabinet.clone();
    wasm_bindgen_futures::spawn_local(async move {
        match cabinet.exists(&path).await {
            Ok(Some(stat)) if stat.kind != aether_protocol::domains::fs::FileType::Directory => cabinet.show(&path),
            // What cannot be listed says so in its own place.
            _ => cabinet.go_to(&path),
        }
    });
}

#[derive(Properties, PartialEq)]
struct FindProps {
    cabinet: Cabinet,
    query: String,
}

/// A search below the folder, a moment after the last key.
#[component]
fn Find(props: &FindProps) -> Html {
    let text = use_state(|| props.query.clone());
    let timer = use_mut_ref(|| None::<Timeout>);
    let onchange = {
        let (cabinet, text) = (props.cabinet.clone(), text.clone());
        Callback::from(move |typed: String| {
            text.set(typed.clone());
            let cabinet = cabinet.clone();
            *timer.borrow_mut() = Timeout::new(if typed.is_empty() { 0 } else { REST }, move || cabinet.search(typed));
        })
    };
    let close = {
        let cabinet = props.cabinet.clone();
        Callback::from(move |()| {
            cabinet.search(String::new());
            cabinet.update(|state| state.searches = false);
            super::list::focus(cabinet.window());
        })
    };
    let onkeydown = {
        let (cabinet, close) = (props.cabinet.clone(), close.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Escape" => {
                event.prevent_default();
                event.stop_propagation();
                close.emit(());
            }
            "ArrowDown" | "Enter" => {
                event.prevent_default();
                super::list::focus(cabinet.window());
            }
            _ => {}
        })
    };
    html! {
        <div class="files-bar__find">
            <SearchField value={(*text).clone()} {onchange} {onkeydown} label="Search in this folder" autofocus={true} />
            <Button size={Size::Small} variant={Variant::Ghost} onclick={close.reform(|_: MouseEvent| ())}>{ "Done" }</Button>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct PlacesMenuProps {
    pub cabinet: Cabinet,
}

/// The places, where there is no room for a side bar.
#[component]
pub fn PlacesMenu(props: &PlacesMenuProps) -> Html {
    let places = use_places(&props.cabinet);
    let entry = |place: &Known| {
        let item = MenuItem::new(place.place.args().to_owned(), place.label.clone()).icon(place.icon);
        match place.standing {
            Some(standing) => item.hint(standing.label()).into(),
            None => item.into(),
        }
    };
    let entries: Vec<MenuEntry> = places.iter().map(entry).collect();
    let cabinet = props.cabinet.clone();
    let onselect = Callback::from(move |args: AttrValue| cabinet.go(Place::read(&args, &cabinet.username())));
    html! {
        <MenuButton label="Places" icon={Glyph::PanelLeft} icon_only={true} variant={Variant::Ghost} align={Align::End} {entries} {onselect} />
    }
}
