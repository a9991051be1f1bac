//! The keyboard on the entries.

use yew::prelude::*;

use super::cabinet::Cabinet;
use super::selection::{How, moved, typed};
use super::state::{MenuAt, Place, Question};
use crate::kit::browser::now_ms;

/// Letters typed within this time are one word.
const WORD_MS: i64 = 700;

/// How the entries are laid out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    pub columns: usize,
    /// Lines in sight.
    pub page: usize,
}

#[hook]
pub fn use_keys(cabinet: &Cabinet, layout: Layout) -> Callback<KeyboardEvent> {
    let word = use_mut_ref(|| (String::new(), 0_i64));
    let cabinet = cabinet.clone();
    Callback::from(move |event: KeyboardEvent| {
        let control = event.ctrl_key() || event.meta_key();
        let handled = if control && !event.alt_key() {
            with_control(&cabinet, &event, layout)
        } else if event.alt_key() {
            with_alt(&cabinet, &event.key())
        } else {
            plain(&cabinet, &event, layout) || letter(&cabinet, &event, &mut word.borrow_mut())
        };
        if handled {
            event.prevent_default();
            event.stop_propagation();
        }
    })
}

/// Keys that a window of files hears wherever its keyboard is.
pub fn everywhere(cabinet: &Cabinet, event: &KeyboardEvent) -> bool {
    let control = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
    match event.key().to_lowercase().as_str() {
        "l" if control => {
            cabinet.update(|state| (state.typing_path, state.searches) = (state.folder().is_some(), false));
            true
        }
        "f" if control => {
            cabinet.update(|state| (state.searches, state.typing_path) = (state.folder().is_some(), false));
            true
        }
        _ => false,
    }
}

fn with_control(cabinet: &Cabinet, event: &KeyboardEvent, layout: Layout) -> bool {
    let is_folder = cabinet.state().get().folder().is_some();
    match (event.key().to_lowercase().as_str(), event.shift_key()) {
        ("a", false) => cabinet.update(super::state::State::choose_all),
        ("x", false) if is_folder => cabinet.hold(true),
        ("c", false) if is_folder => cabinet.hold(false),
        ("v", false) if is_folder => cabinet.paste(),
        ("z", false) => cabinet.undo(),
        ("h", false) => toggle_hidden(cabinet),
        (" ", _) => {
            let cursor = cabinet.state().get().cursor();
            if let Some(cursor) = cursor {
                cabinet.update(|state| state.choose(cursor, How::Toggle));
            }
        }
        _ => return step(cabinet, &event.key(), How::Keep, layout),
    }
    true
}

pub fn toggle_hidden(cabinet: &Cabinet) {
    cabinet.update(|state| {
        state.view.hidden = !state.view.hidden;
        state.view.keep();
        state.arrange(state.query.is_empty());
    });
}

fn with_alt(cabinet: &Cabinet, key: &str) -> bool {
    match key {
        "ArrowUp" => cabinet.up(),
        "ArrowLeft" => cabinet.back(),
        "ArrowRight" => cabinet.ahead(),
        "Enter" => {
            let chosen = cabinet.state().get().selected();
            if chosen.is_empty() {
                return false;
            }
            cabinet.update(|state| state.question = Some(Question::Properties(chosen)));
        }
        _ => return false,
    }
    true
}

fn plain(cabinet: &Cabinet, event: &KeyboardEvent, layout: Layout) -> bool {
    let state = cabinet.state().get();
    let is_trash = *state.place() == Place::Trash;
    match event.key().as_str() {
        "Enter" if !is_trash => cabinet.open_selected(),
        "Backspace" => cabinet.up(),
        "F2" => cabinet.begin_rename(),
        "F5" => cabinet.look(),
        "F7" if !is_trash => cabinet.make(true),
        "Delete" if is_trash && !state.selection.is_empty() => {
            let ids = state.selection.paths().map(str::to_owned).collect();
            cabinet.update(|state| state.question = Some(Question::Purge(Some(ids))));
        }
        "Delete" => cabinet.trash_selected(),
        "Escape" if !state.query.is_empty() => cabinet.search(String::new()),
        "Escape" if !state.selection.is_empty() => {
            cabinet.update(|state| (state.picking, _) = (false, state.selection.clear()));
        }
        " " => {
            if let Some(cursor) = state.cursor() {
                cabinet.update(|state| state.choose(cursor, How::Only));
            }
        }
        "ContextMenu" | "F10" if event.key() == "ContextMenu" || event.shift_key() => menu(cabinet),
        key => return step(cabinet, key, How::held(event.shift_key(), false), layout),
    }
    true
}

/// Opens the menu beside the entry that the keyboard is on.
fn menu(cabinet: &Cabinet) {
    let state = cabinet.state().get();
    let list = super::list::id(cabinet.window());
    let document = web_sys::window().and_then(|window| window.document());
    let find = |id: &str| document.as_ref().and_then(|document| document.get_element_by_id(id));
    let row = state.cursor().and_then(|cursor| find(&format!("{list}-{cursor}")));
    let selection = row.is_some() && !state.selection.is_empty();
    let Some(frame) = row.or_else(|| find(&list)).map(|element| element.get_bounding_client_rect()) else { return };
    let at = MenuAt { x: frame.x() + 32.0, y: frame.y() + 28.0, selection };
    cabinet.update(|state| state.menu = Some(at));
}

fn step(cabinet: &Cabinet, key: &str, how: How, layout: Layout) -> bool {
    let state = cabinet.state().get();
    let to = moved(key, state.cursor(), state.keys().len(), layout.columns, layout.page);
    if let Some(to) = to {
        cabinet.update(|state| state.choose(to, how));
    }
    to.is_some()
}

fn letter(cabinet: &Cabinet, event: &KeyboardEvent, word: &mut (String, i64)) -> bool {
    let key = event.key();
    if key.chars().count() != 1 || event.is_composing() {
        return false;
    }
    let (text, at) = word;
    let now = now_ms();
    if now - *at > WORD_MS {
        text.clear();
    }
    *at = now;
    text.push_str(&key);
    let state = cabinet.state().get();
    if let Some(to) = typed(&state.names(), state.cursor(), text) {
        cabinet.update(|state| state.choose(to, How::Only));
    }
    true
}
