//! Keys that work wherever the focus is, while this window is in front.

use std::cell::RefCell;
use std::rc::Rc;

use aether_protocol::Pid;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::room::Room;
use crate::desk::Overlay;
use crate::kit::browser::Listener;
use crate::wm::WindowId;

/// `/` leads to the search, Ctrl and A choose everything that is shown, Escape chooses nothing any more.
#[hook]
pub(super) fn use_keys(room: &Room, window: WindowId, search: &NodeRef, order: &[Pid]) {
    let newest: Rc<RefCell<Vec<Pid>>> = use_mut_ref(Vec::new);
    newest.replace(order.to_vec());
    let (room, search) = (room.clone(), search.clone());
    use_effect_with(window, move |window| {
        let window = *window;
        let document = web_sys::window().and_then(|window| window.document());
        let listener = document.map(|document| {
            Listener::preventing(&document, "keydown", move |event| {
                let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
                if !event.default_prevented() && is_for(&room, window, event) {
                    pressed(&room, &search, &newest.borrow(), event);
                }
            })
        });
        move || drop(listener)
    });
}

fn pressed(room: &Room, search: &NodeRef, order: &[Pid], event: &KeyboardEvent) {
    let primary = event.ctrl_key() || event.meta_key();
    match event.key().as_str() {
        "/" if !primary && !event.alt_key() => {
            if let Some(field) = search.cast::<HtmlElement>() {
                let _ = field.focus();
            }
        }
        "a" if primary && !event.shift_key() && !event.alt_key() => room.picked.set(order.iter().copied().collect()),
        "Escape" if !room.picked.get().is_empty() => room.picked.set(Default::default()),
        _ => return,
    }
    event.prevent_default();
}

/// True if nothing lies above the window, and the key is not meant for a field.
fn is_for(room: &Room, window: WindowId, event: &KeyboardEvent) -> bool {
    const TAKEN: &str = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], #overlays";
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let taken = target.is_some_and(|target| target.closest(TAKEN).ok().flatten().is_some());
    !taken && *room.desk.overlay.get() == Overlay::None && room.desk.windows.get().is_front(window)
}
