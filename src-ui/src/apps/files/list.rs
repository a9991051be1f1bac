//! The entries: lines or tiles, of which those in sight are drawn, with the keyboard on one of them.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::band::use_band;
use super::cabinet::Cabinet;
use super::clipboard;
use super::drop::Target;
use super::field::Field;
use super::keys::{self, Layout};
use super::order::Key;
use super::row::{FileRow, TrashRow};
use super::state::{Known, MenuAt, Place, State};
use super::upload::Uploads;
use crate::kit::browser::SizeWatch;
use crate::kit::{Glyph, Icon};
use crate::store::use_slice;
use crate::wm::{Rect, WindowId};

/// Heights in pixels, which `files.css` is told.
const LINE: f64 = 28.0;
const LINE_COMPACT: f64 = 56.0;
const TILE: f64 = 128.0;
const HEAD: f64 = 28.0;
/// A tile is at least this wide.
const TILE_WIDTH: f64 = 116.0;
const PADDING: f64 = 16.0;

#[derive(Properties, PartialEq)]
pub struct ListProps {
    pub cabinet: Cabinet,
    pub uploads: Uploads,
    pub state: Rc<State>,
    pub compact: bool,
}

/// The id of the element that has the keyboard.
pub fn id(window: WindowId) -> String {
    format!("files-{window}")
}

/// Gives the keyboard to the entries.
pub fn focus(window: WindowId) {
    let document = web_sys::window().and_then(|window| window.document());
    let list = document.and_then(|document| document.get_element_by_id(&id(window)));
    if let Some(list) = list.and_then(|list| list.dyn_into::<HtmlElement>().ok()) {
        let _ = list.focus();
    }
}

#[component]
pub fn List(props: &ListProps) -> Html {
    let ListProps { cabinet, state, compact, .. } = props;
    let node = use_node_ref();
    let size = use_state(|| (0.0, 0.0));
    let top = use_state(|| 0.0);
    use_size(&node, &size);
    let held = use_slice(&clipboard::slice());
    let is_trash = *state.place() == Place::Trash;
    let grid = state.view.grid && !is_trash;
    let keys = state.keys();
    let head = if grid || *compact { 0.0 } else { HEAD };
    let field = laid_out(grid, *compact, (size.0, size.1 - head), keys.len(), *top);
    let columns = field.columns;
    let cursor = state.cursor();
    use_reveal(&node, field, cursor, state.place());
    let part = field.part();
    let onscroll = {
        let node = node.clone();
        Callback::from(move |_: Event| {
            if let Some(element) = node.cast::<Element>() {
                top.set(f64::from(element.scroll_top()));
            }
        })
    };
    let onkeydown = keys::use_keys(cabinet, Layout { columns, page: field.page() });
    let window = cabinet.window();
    let row_id = |index: usize| format!("{}-{index}", id(window));
    let active = cursor.filter(|index| (part.from..part.to).contains(index)).map(row_id);
    let bands = use_band(cabinet, &node, field, *compact || state.known != Known::Since);
    let band = bands.shown.map(|Rect { x, y, w, h }| format!("left: {x}px; top: {y}px; width: {w}px; height: {h}px"));
    let background = background(cabinet, bands.ended);
    let target = state.folder().map(|folder| Target::folder(cabinet, &props.uploads, folder));
    let over = state.over.is_some() && state.over.as_deref() == state.folder();
    let (ondragover, ondragleave, ondrop) = match target {
        Some(target) => (Some(target.ondragover), Some(target.ondragleave), Some(target.ondrop)),
        None => (None, None, None),
    };
    let style = format!(
        "--line: {}px; --columns: {columns}; padding-top: {}px; padding-bottom: {}px",
        field.line, part.above, part.below
    );
    let cut = |path: &str| held.moves && held.items.iter().any(|item| item.path == path);
    let lines = (part.from..part.to).map(|index| {
        let key = keys.get(index).copied().unwrap_or_default();
        let (selected, cursor) = (state.selection.contains(key), cursor == Some(index));
        if is_trash {
            let Some(entry) = state.trash.get(index).cloned() else { return Html::default() };
            return html! {
                <TrashRow key={key.to_owned()} cabinet={cabinet.clone()} {entry} {index} id={row_id(index)} {selected} {cursor} compact={*compact} />
            };
        }
        let Some(entry) = state.rows().get(index).cloned() else { return Html::default() };
        let renaming = state.renaming.clone().filter(|renaming| renaming.path == entry.path);
        let over = state.over.as_ref() == Some(&entry.path);
        html! {
            <FileRow key={key.to_owned()} cabinet={cabinet.clone()} uploads={props.uploads.clone()} {index} id={row_id(index)}
                {selected} {cursor} {over} cut={cut(&entry.path)} {grid} compact={*compact} picking={state.picking}
                found={!state.query.is_empty()} {renaming} {entry} />
        }
    });
    html! {
        <div ref={node} class={classes!("listing", grid.then_some("listing--grid"), over.then_some("listing--over"))}
            id={id(window)} tabindex="0" role={if grid { "listbox" } else { "grid" }} aria-multiselectable="true"
            aria-label={if is_trash { "Trash" } else { "Files" }} aria-activedescendant={active}
            aria-rowcount={(!grid).then(|| (keys.len() + 1).to_string())} {onscroll} {onkeydown} onclick={background.0}
            onpointerdown={bands.begin}
            oncontextmenu={background.1} {ondragover} {ondragleave} {ondrop} data-test="files-list">
            if head > 0.0 { { heads(cabinet, state) } }
            <div class="listing__rows" role={if grid { "presentation" } else { "rowgroup" }} {style}>
                <>{ for lines }</>
                if let Some(style) = band { <div class="listing__band" aria-hidden="true" {style}></div> }
            </div>
        </div>
    }
}

/// How so many entries lie in a part in sight of this size.
fn laid_out(grid: bool, compact: bool, (width, height): (f64, f64), count: usize, top: f64) -> Field {
    let fit = ((width - PADDING) / TILE_WIDTH).floor() as usize;
    let columns = if grid { fit.max(if compact { 3 } else { 1 }) } else { 1 };
    let line = match (grid, compact) {
        (true, _) => TILE,
        (false, true) => LINE_COMPACT,
        (false, false) => LINE,
    };
    Field { count, columns, line, top, sight: height.max(line) }
}

/// A press beside the entries chooses none; the second button opens the menu of the folder.
fn background(cabinet: &Cabinet, band_ended: Rc<Cell<bool>>) -> (Callback<MouseEvent>, Callback<MouseEvent>) {
    let (clear, menu) = (cabinet.clone(), cabinet.clone());
    (
        Callback::from(move |event: MouseEvent| {
            let held = event.shift_key() || event.ctrl_key() || event.meta_key() || band_ended.take();
            if !held && !clear.state().get().selection.is_empty() {
                clear.update(|state| state.selection.clear());
            }
        }),
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            menu.update(|state| {
                state.selection.clear();
                state.menu = Some(MenuAt { x, y, selection: false });
            });
        }),
    )
}

fn heads(cabinet: &Cabinet, state: &State) -> Html {
    if *state.place() == Place::Trash {
        return html! {
            <div class="listing__head" role="row" aria-rowindex="1">
                { for ["Name", "From", "Size", "Deleted"].into_iter().enumerate().map(|(index, label)| {
                    html! { <span key={label} role="columnheader" class={classes!("listing__column", class(index))}>{ label }</span> }
                }) }
            </div>
        };
    }
    let order = state.view.order;
    let sorts = state.query.is_empty();
    html! {
        <div class="listing__head" role="row" aria-rowindex="1">
            { for Key::ALL.into_iter().enumerate().map(|(index, key)| {
                let here = sorts && order.key == key;
                let sort = here.then_some(if order.descending { "descending" } else { "ascending" });
                let cabinet = cabinet.clone();
                let onclick = Callback::from(move |event: MouseEvent| {
                    event.stop_propagation();
                    cabinet.update(|state| {
                        state.view.order = state.view.order.pressed(key);
                        state.view.keep();
                        state.arrange(state.query.is_empty());
                    });
                });
                html! {
                    <span key={index} role="columnheader" aria-sort={sort} class={classes!("listing__column", class(index))}>
                        <button type="button" class="listing__sort" disabled={!sorts} {onclick}>
                            { key.label() }
                            if here { <Icon icon={if order.descending { Glyph::ArrowDown } else { Glyph::ArrowUp }} size={12} /> }
                        </button>
                    </span>
                }
            }) }
        </div>
    }
}

fn class(index: usize) -> &'static str {
    ["entry__main", "entry__kind", "entry__size num", "entry__changed"].get(index).copied().unwrap_or_default()
}

/// How large the part in sight is, whenever that changes.
#[hook]
fn use_size(node: &NodeRef, size: &UseStateHandle<(f64, f64)>) {
    let (node, setter) = (node.clone(), size.setter());
    use_effect_with((), move |()| {
        let element = node.cast::<Element>();
        let measure = {
            let element = element.clone();
            move || {
                if let Some(element) = &element {
                    setter.set((f64::from(element.client_width()), f64::from(element.client_height())));
                }
            }
        };
        measure();
        let watch = element.and_then(|element| SizeWatch::new(&element, measure));
        move || drop(watch)
    });
}

/// Keeps the cursor in sight, and begins another place at its top.
#[hook]
fn use_reveal(node: &NodeRef, field: Field, cursor: Option<usize>, place: &Place) {
    let scroller = node.clone();
    use_effect_with(place.clone(), move |_| {
        if let Some(element) = scroller.cast::<Element>() {
            element.set_scroll_top(0);
        }
    });
    let node = node.clone();
    use_effect_with((cursor, field.columns), move |(cursor, _)| {
        let (Some(index), Some(element)) = (*cursor, node.cast::<Element>()) else { return };
        let field = Field { top: f64::from(element.scroll_top()), ..field };
        if let Some(top) = field.reveal(index) {
            element.set_scroll_top(top.round() as i32);
        }
    });
}
