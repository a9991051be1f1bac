//! Keys that are typed before the Smart Bar is there to take them: a person does not wait for it to be drawn.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::desk::Overlay;
use crate::shell::actions::Reach;

thread_local! {
    static TYPED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What was typed ahead; from now on that is nothing.
pub(super) fn take() -> String {
    TYPED.take()
}

/// Keeps a key for the Smart Bar that is opening, and brings the keyboard back to an open one.
pub(in crate::shell) fn type_ahead(reach: &Reach, event: &KeyboardEvent) {
    let open = *reach.desk.overlay.get() == Overlay::SmartBar && !reach.kernel.link().phase().is_curtained();
    if !open || event.key() == "Escape" {
        // Of an opening that was taken back nothing is left for the next one.
        return drop(take());
    }
    let held = event.ctrl_key() || event.alt_key() || event.meta_key();
    if held || event.is_composing() {
        return;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let within = target.as_ref().is_some_and(|target| target.closest(".smart-bar").ok().flatten().is_some());
    if within {
        return;
    }
    let page = web_sys::window().and_then(|window| window.document());
    let field = page.and_then(|page| page.query_selector(".smart-bar__input").ok().flatten());
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        // What has the focus while a key goes down gets its character.
        let _ = field.focus();
        return;
    }
    let took = TYPED.with_borrow_mut(|typed| took(typed, &event.key()));
    if took {
        event.prevent_default();
        event.stop_propagation();
    }
}

/// Whether a key was meant for the field: all that writes, and what would otherwise do something elsewhere.
fn took(typed: &mut String, key: &str) -> bool {
    let mut signs = key.chars();
    match (key, signs.next(), signs.next()) {
        ("Backspace", ..) => drop(typed.pop()),
        ("Enter" | "Tab", ..) => {}
        (_, Some(sign), None) => typed.push(sign),
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_writes_is_kept_and_no_other_key() {
        let mut typed = String::new();
        for key in ["s", "e", "x", "Backspace", "\u{fc}", " "] {
            assert!(took(&mut typed, key), "{key}");
        }
        assert_eq!(typed, "se\u{fc} ");
        assert!(took(&mut typed, "Enter"), "it would answer what lies under the Smart Bar");
        for key in ["Escape", "Shift", "F5", "ArrowDown", "Dead"] {
            assert!(!took(&mut typed, key), "{key}");
        }
        assert_eq!(typed, "se\u{fc} ");
    }
}
