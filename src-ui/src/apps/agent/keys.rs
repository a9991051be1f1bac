//! The keys of an agent's window: they work wherever in it the focus is.

use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use crate::desk::{Desk, Overlay, use_desk};
use crate::kit::browser::Listener;
use crate::kit::{Pressed, Shortcut};
use crate::shell::keyboard::is_mac;
use crate::wm::WindowId;

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Approve,
    Reject,
    /// To pause, or to go on.
    Pause,
}

/// The keys, as `kit::Shortcut` reads them. Those that answer do nothing while somebody writes.
const KEYS: [(&str, Asked, bool); 3] =
    [("Alt+Enter", Asked::Approve, false), ("Alt+Backspace", Asked::Reject, false), ("Mod+.", Asked::Pause, true)];

fn asked(pressed: &Pressed, writing: bool, mac: bool) -> Option<Asked> {
    KEYS.iter()
        .filter(|(_, _, always)| *always || !writing)
        .find(|(keys, ..)| Shortcut::parse(keys).is_some_and(|shortcut| shortcut.matches(pressed, mac)))
        .map(|(_, asked, _)| *asked)
}

/// Tells of keys for as long as the window is in front. `onkey` answers whether the key was used.
#[hook]
pub fn use_keys(window: WindowId, onkey: Callback<Asked, bool>) {
    let desk = use_desk();
    let latest = use_mut_ref(|| onkey.clone());
    *latest.borrow_mut() = onkey;
    use_effect_with(window, move |window| {
        let window = *window;
        let document = web_sys::window().and_then(|page| page.document());
        let listener = document.map(|document| {
            Listener::preventing(&document, "keydown", move |event| {
                let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
                if event.default_prevented() || event.is_composing() || event.repeat() || !is_mine(&desk, window) {
                    return;
                }
                let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                let within = |selector: &str| {
                    target.as_ref().is_some_and(|target| target.closest(selector).ok().flatten().is_some())
                };
                if within(".dialog, .menu, .popover") {
                    return;
                }
                let writing = within("input, textarea, select, [contenteditable='true'], [data-keys]");
                let used = asked(&Pressed::from(event), writing, is_mac()).is_some_and(|asked| {
                    let onkey = latest.borrow().clone();
                    onkey.emit(asked)
                });
                if used {
                    event.prevent_default();
                }
            })
        });
        move || drop(listener)
    });
}

fn is_mine(desk: &Desk, window: WindowId) -> bool {
    desk.windows.get().is_front(window) && *desk.overlay.get() == Overlay::None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(key: &str, control: bool, alt: bool) -> Pressed {
        Pressed { key: key.to_owned(), control, meta: false, shift: false, alt }
    }

    #[test]
    fn answers_are_not_given_by_keys_of_somebody_who_writes() {
        assert_eq!(asked(&pressed("Enter", false, true), false, false), Some(Asked::Approve));
        assert_eq!(asked(&pressed("Enter", false, true), true, false), None);
        assert_eq!(asked(&pressed("Backspace", false, true), false, false), Some(Asked::Reject));
        assert_eq!(asked(&pressed("Backspace", false, true), true, false), None);
        assert_eq!(asked(&pressed(".", true, false), true, false), Some(Asked::Pause));
        assert_eq!(asked(&pressed("Enter", false, false), false, false), None);
    }
}
