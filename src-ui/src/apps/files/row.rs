//! One entry of a folder or of the trash, as a line or as a tile.

use std::rc::Rc;

use aether_protocol::domains::fs::{FileStat, FileType, TrashEntry};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::acts::Item;
use super::cabinet::Cabinet;
use super::clipboard;
use super::drop::{KIND, Target};
use super::kind::Kind;
use super::name::{FileName, isolated, parts, shown};
use super::path;
use super::selection::How;
use super::state::{MenuAt, Renaming};
use super::upload::Uploads;
use crate::kit::browser::Timeout;
use crate::kit::{Glyph, Icon, TimeAgo, format};

/// Bytes of an image beyond which it has no thumbnail.
const THUMBNAIL: u64 = 8_000_000;
/// Milliseconds after which a finger that rests opens the menu.
const LONG: i32 = 500;

#[derive(Properties, PartialEq, Clone)]
pub struct RowProps {
    pub cabinet: Cabinet,
    pub uploads: Uploads,
    pub entry: Rc<FileStat>,
    pub index: usize,
    pub id: String,
    pub selected: bool,
    pub cursor: bool,
    pub over: bool,
    /// It is cut, and goes away when it is pasted.
    pub cut: bool,
    pub grid: bool,
    pub compact: bool,
    pub picking: bool,
    /// It was found below the folder: where is shown too.
    pub found: bool,
    pub renaming: Option<Renaming>,
}

#[component]
pub fn FileRow(props: &RowProps) -> Html {
    let RowProps { cabinet, entry, index, compact, .. } = props;
    let (index, is_folder) = (*index, entry.kind == FileType::Directory);
    let kind = Kind::of(&entry.name, entry.kind);
    let onclick = {
        let (cabinet, entry, opens) = (cabinet.clone(), entry.clone(), *compact && !props.picking);
        let picking = props.picking;
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            let how =
                if picking { How::Toggle } else { How::held(event.shift_key(), event.ctrl_key() || event.meta_key()) };
            cabinet.update(|state| state.choose(index, how));
            if opens {
                cabinet.open(&entry);
            }
        })
    };
    let ondblclick = {
        let (cabinet, entry, compact) = (cabinet.clone(), entry.clone(), *compact);
        Callback::from(move |_: MouseEvent| {
            if !compact {
                cabinet.open(&entry);
            }
        })
    };
    let (oncontextmenu, touch) = use_menu(cabinet, index);
    let ondragstart = begin_drag(cabinet, index);
    let ondragend = Callback::from(|_: DragEvent| clipboard::drag(Vec::new()));
    let target = is_folder.then(|| Target::folder(cabinet, &props.uploads, &entry.path));
    let (ondragover, ondragleave, ondrop) = match target {
        Some(target) => (Some(target.ondragover), Some(target.ondragleave), Some(target.ondrop)),
        None => (None, None, None),
    };
    let named = props.renaming.is_some();
    let class = classes!(
        "entry",
        if props.grid { "entry--tile" } else { "entry--line" },
        props.selected.then_some("entry--selected"),
        props.cursor.then_some("entry--cursor"),
        props.over.then_some("entry--over"),
        props.cut.then_some("entry--cut"),
        entry.is_hidden.then_some("entry--hidden"),
    );
    let inner = if props.grid { tile(props, kind) } else { line(props, kind) };
    html! {
        <div {class} id={props.id.clone()} role={if props.grid { "option" } else { "row" }}
            aria-selected={if props.selected { "true" } else { "false" }} aria-rowindex={(!props.grid).then(|| (index + 2).to_string())}
            draggable={if named { "false" } else { "true" }} data-test="entry" data-name={entry.name.clone()}
            {onclick} {ondblclick} {oncontextmenu} onpointerdown={touch.down} onpointermove={touch.ended.clone()}
            onpointerup={touch.ended.clone()} onpointercancel={touch.ended}
            {ondragstart} {ondragend} {ondragover} {ondragleave} {ondrop}>
            { inner }
        </div>
    }
}

fn line(props: &RowProps, kind: Kind) -> Html {
    let entry = &props.entry;
    let is_folder = entry.kind == FileType::Directory;
    let size = if is_folder { String::new() } else { format::bytes(entry.size) };
    let changed = html! { <TimeAgo at={entry.modified_at as i64} /> };
    let place = props.found.then(|| {
        html! {
            <span class="entry__place"><bdi>{ shown(path::parent(&entry.path)) }</bdi></span>
        }
    });
    if props.compact {
        let more = {
            let (cabinet, index) = (props.cabinet.clone(), props.index);
            Callback::from(move |event: MouseEvent| {
                event.stop_propagation();
                open_menu(&cabinet, index, f64::from(event.client_x()), f64::from(event.client_y()));
            })
        };
        return html! {
            <>
                <span role="gridcell" class="entry__main">
                    { mark(props, kind, 22) }
                    <span class="entry__text">
                        { name(props) }
                        <span class="entry__facts">
                            if let Some(place) = place { { place } } else {
                                if !is_folder { <span>{ size }</span> }
                                { changed }
                            }
                        </span>
                    </span>
                </span>
                <span role="gridcell">
                    <button type="button" class="btn btn--icon btn--ghost btn--medium" tabindex="-1" onclick={more}
                        aria-label={format!("Actions for {}", isolated(&entry.name))}><Icon icon={Glyph::EllipsisVertical} /></button>
                </span>
            </>
        };
    }
    html! {
        <>
            <span role="gridcell" class="entry__main">{ mark(props, kind, 16) }{ name(props) }{ for place }</span>
            <span role="gridcell" class="entry__kind">{ kind.label(&entry.name) }</span>
            <span role="gridcell" class="entry__size num">{ size }</span>
            <span role="gridcell" class="entry__changed">{ changed }</span>
        </>
    }
}

fn tile(props: &RowProps, kind: Kind) -> Html {
    let entry = &props.entry;
    let thumbnail = (kind == Kind::Image && entry.size > 0 && entry.size <= THUMBNAIL)
        .then(|| path::versioned(&props.cabinet.kernel().door().file_url(&entry.path), entry.modified_at));
    html! {
        <>
            <span class="entry__picture">
                if let Some(src) = thumbnail {
                    <img class="entry__thumbnail" {src} alt="" loading="lazy" decoding="async" draggable="false" />
                } else {
                    { mark(props, kind, 40) }
                }
            </span>
            { name(props) }
        </>
    }
}

fn mark(props: &RowProps, kind: Kind, size: u32) -> Html {
    let icon = match (props.picking, props.selected) {
        (true, true) => Glyph::CircleCheck,
        (true, false) => Glyph::Circle,
        (false, _) => kind.icon(),
    };
    let class = if kind == Kind::Folder { "entry__icon entry__icon--folder" } else { "entry__icon" };
    html! { <Icon {icon} {size} {class} /> }
}

fn name(props: &RowProps) -> Html {
    match &props.renaming {
        Some(renaming) => {
            html! { <NameField cabinet={props.cabinet.clone()} entry={props.entry.clone()} renaming={renaming.clone()} /> }
        }
        None => html! { <FileName name={props.entry.name.clone()} class="entry__name" /> },
    }
}

/// Begins a drag of what is selected, or of this entry alone.
fn begin_drag(cabinet: &Cabinet, index: usize) -> Callback<DragEvent> {
    let cabinet = cabinet.clone();
    Callback::from(move |event: DragEvent| {
        let Some(transfer) = event.data_transfer() else { return };
        let chosen =
            cabinet.state().get().keys().get(index).is_some_and(|key| cabinet.state().get().selection.contains(key));
        if !chosen {
            cabinet.update(|state| state.choose(index, How::Only));
        }
        let items: Vec<Item> = cabinet.state().get().selected().iter().map(Item::from).collect();
        let paths: Vec<&str> = items.iter().map(|item| item.path.as_str()).collect();
        // Without data there is no drag.
        let _ = transfer.set_data(KIND, &serde_json::to_string(&paths).unwrap_or_default());
        transfer.set_effect_allowed("copyMove");
        clipboard::drag(items);
    })
}

/// Opens the menu of an entry: of all that are selected, if it is one of them.
fn open_menu(cabinet: &Cabinet, index: usize, x: f64, y: f64) {
    cabinet.update(|state| {
        let chosen = state.keys().get(index).is_some_and(|key| state.selection.contains(key));
        if !chosen {
            state.choose(index, How::Only);
        }
        state.menu = Some(MenuAt { x, y, selection: true });
    });
}

struct Touch {
    down: Callback<PointerEvent>,
    ended: Callback<PointerEvent>,
}

/// The menu of an entry, by the second button or by a finger that rests.
#[hook]
fn use_menu(cabinet: &Cabinet, index: usize) -> (Callback<MouseEvent>, Touch) {
    let timer = use_mut_ref(|| None::<Timeout>);
    let oncontextmenu = {
        let (cabinet, timer) = (cabinet.clone(), timer.clone());
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            event.stop_propagation();
            timer.take();
            open_menu(&cabinet, index, f64::from(event.client_x()), f64::from(event.client_y()));
        })
    };
    let down = {
        let (cabinet, timer) = (cabinet.clone(), timer.clone());
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() != "touch" {
                return;
            }
            let (cabinet, x, y) = (cabinet.clone(), f64::from(event.client_x()), f64::from(event.client_y()));
            *timer.borrow_mut() = Timeout::new(LONG, move || open_menu(&cabinet, index, x, y));
        })
    };
    let ended = Callback::from(move |event: PointerEvent| {
        let small = event.type_() == "pointermove" && event.movement_x().abs() + event.movement_y().abs() < 3;
        if !small {
            timer.take();
        }
    });
    (oncontextmenu, Touch { down, ended })
}

#[derive(Properties, PartialEq)]
struct NameFieldProps {
    cabinet: Cabinet,
    entry: Rc<FileStat>,
    renaming: Renaming,
}

/// The name of an entry, being typed.
#[component]
fn NameField(props: &NameFieldProps) -> Html {
    let node = use_node_ref();
    let over = use_mut_ref(|| false);
    {
        let (node, entry) = (node.clone(), props.entry.clone());
        use_effect_with((), move |()| {
            if let Some(input) = node.cast::<HtmlInputElement>() {
                input.set_value(&entry.name);
                let _ = input.focus();
                let stem = if entry.kind == FileType::Directory { entry.name.as_str() } else { parts(&entry.name).0 };
                let end = u32::try_from(stem.encode_utf16().count()).unwrap_or(u32::MAX);
                let _ = input.set_selection_range(0, end);
            }
        });
    }
    {
        let node = node.clone();
        // What was refused can be typed again at once.
        use_effect_with(props.renaming.error.clone(), move |error| {
            if let (true, Some(input)) = (error.is_some(), node.cast::<HtmlInputElement>()) {
                let _ = input.focus();
            }
        });
    }
    let commit = {
        let (cabinet, entry, node, over) = (props.cabinet.clone(), props.entry.clone(), node.clone(), over.clone());
        Callback::from(move |()| {
            if let Some(input) = node.cast::<HtmlInputElement>().filter(|_| !*over.borrow()) {
                // A field shows no line ends: a name that has some is kept unless it was changed.
                let same = input.value() == entry.name.replace(['\n', '\r'], "");
                cabinet.rename(entry.path.clone(), if same { entry.name.clone() } else { input.value() });
            }
        })
    };
    let onkeydown = {
        let (cabinet, commit, over) = (props.cabinet.clone(), commit.clone(), over);
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            match event.key().as_str() {
                "Enter" if !event.is_composing() => {
                    event.prevent_default();
                    commit.emit(());
                    super::list::focus(cabinet.window());
                }
                "Escape" => {
                    event.prevent_default();
                    *over.borrow_mut() = true;
                    cabinet.update(|state| state.renaming = None);
                    super::list::focus(cabinet.window());
                }
                _ => {}
            }
        })
    };
    let stop = Callback::from(|event: MouseEvent| event.stop_propagation());
    let error = props.renaming.error.clone();
    html! {
        <span class="entry__naming" onclick={stop.clone()} ondblclick={stop}>
            <input ref={node} class="entry__field" aria-label="Name" spellcheck="false" autocomplete="off" dir="auto"
                aria-invalid={error.is_some().then_some("true")} readonly={props.renaming.busy}
                onblur={commit.reform(|_: FocusEvent| ())} {onkeydown} data-test="rename" />
            if let Some(error) = error { <span class="entry__error" role="alert">{ error }</span> }
        </span>
    }
}

#[derive(Properties, PartialEq)]
pub struct TrashRowProps {
    pub cabinet: Cabinet,
    pub entry: TrashEntry,
    pub index: usize,
    pub id: String,
    pub selected: bool,
    pub cursor: bool,
    pub compact: bool,
}

#[component]
pub fn TrashRow(props: &TrashRowProps) -> Html {
    let TrashRowProps { cabinet, entry, index, compact, .. } = props;
    let (index, picks) = (*index, *compact);
    let onclick = {
        let cabinet = cabinet.clone();
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            let how =
                if picks { How::Toggle } else { How::held(event.shift_key(), event.ctrl_key() || event.meta_key()) };
            cabinet.update(|state| state.choose(index, how));
        })
    };
    let (oncontextmenu, touch) = use_menu(cabinet, index);
    let kind = Kind::of(&entry.name, entry.kind);
    let from = html! { <span class="entry__place"><bdi>{ shown(path::parent(&entry.path)) }</bdi></span> };
    let deleted = html! { <TimeAgo at={i64::try_from(entry.deleted_at).unwrap_or(i64::MAX)} /> };
    let size = if entry.kind == FileType::Directory { String::new() } else { format::bytes(entry.size) };
    let class = classes!(
        "entry",
        "entry--line",
        props.selected.then_some("entry--selected"),
        props.cursor.then_some("entry--cursor"),
    );
    let icon = match (*compact, props.selected) {
        (true, true) => Glyph::CircleCheck,
        (true, false) => Glyph::Circle,
        (false, _) => kind.icon(),
    };
    let mark = html! { <Icon {icon} size={if *compact { 22 } else { 16 }} class="entry__icon" /> };
    html! {
        <div {class} id={props.id.clone()} role="row" aria-selected={if props.selected { "true" } else { "false" }}
            aria-rowindex={(index + 2).to_string()} data-test="trash-entry" data-name={entry.name.clone()}
            {onclick} {oncontextmenu} onpointerdown={touch.down} onpointermove={touch.ended.clone()}
            onpointerup={touch.ended.clone()} onpointercancel={touch.ended}>
            if *compact {
                <span role="gridcell" class="entry__main">
                    { mark }
                    <span class="entry__text">
                        <FileName name={entry.name.clone()} class="entry__name" />
                        <span class="entry__facts">{ from }{ deleted }</span>
                    </span>
                </span>
            } else {
                <span role="gridcell" class="entry__main">{ mark }<FileName name={entry.name.clone()} class="entry__name" /></span>
                <span role="gridcell" class="entry__kind">{ from }</span>
                <span role="gridcell" class="entry__size num">{ size }</span>
                <span role="gridcell" class="entry__changed">{ deleted }</span>
            }
        </div>
    }
}
