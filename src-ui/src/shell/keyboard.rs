//! Keys that work wherever the focus is.

use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use super::actions::{Reach, pressed};
use super::smart_bar;
use crate::desk::Overlay;
use crate::kit::Pressed;
use crate::kit::browser::Listener;
use crate::wm::keys::{self, Modifiers};

/// Listens to the keys of the whole page for as long as the calling component is there.
#[hook]
pub fn use_keyboard(reach: &Reach) {
    use_effect_with(reach.clone(), |reach| {
        let (reach, early) = (reach.clone(), reach.clone());
        let document = web_sys::window().and_then(|window| window.document());
        let listeners = document.map(|document| {
            let ahead = Listener::intercepting(&document, "keydown", move |event| {
                if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                    smart_bar::type_ahead(&early, event);
                }
            });
            let keys = Listener::preventing(&document, "keydown", move |event| {
                if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                    on_key(&reach, event);
                }
            });
            (ahead, keys)
        });
        move || drop(listeners)
    });
}

fn on_key(reach: &Reach, event: &KeyboardEvent) {
    // Nobody is there whose keys these could be.
    if reach.kernel.link().phase().is_curtained() {
        return;
    }
    if event.default_prevented() || event.is_composing() || event.repeat() && event.key() == "Escape" {
        return;
    }
    let modifiers = modifiers_of(event);
    let (key, code) = (event.key(), event.code());
    if key == "Escape" && modifiers == Modifiers::default() {
        if *reach.desk.overlay.get() != Overlay::None {
            event.prevent_default();
            reach.desk.close_overlay();
        }
        return;
    }
    let free = modifiers.command || modifiers.alt;
    if !free || belongs_to_field(event, modifiers) {
        return;
    }
    let mut held = Pressed::from(event);
    if let (true, Some(letter)) = (modifiers.alt, code.strip_prefix("Key")) {
        // With Alt held some systems type another sign; the key is still the same.
        held.key = letter.to_owned();
    }
    if let Some(action) = pressed(reach, &held, is_mac()) {
        event.prevent_default();
        (action.run)(reach);
    } else if *reach.desk.overlay.get() == Overlay::None {
        if let Some(action) = keys::action(modifiers, &key, &code) {
            let mut done = false;
            reach.desk.windows.update(|windows| done = action.apply(windows));
            if done {
                event.prevent_default();
            }
        } else if let Some(place) = app_key(modifiers, &code) {
            let app = crate::apps::APPS.iter().filter(|app| app.in_dock).nth(place);
            if let Some(app) = app {
                event.prevent_default();
                reach.desk.summon(app.id);
            }
        }
    }
}

/// Alt or the command key with a digit: the app at that place of the dock.
fn app_key(modifiers: Modifiers, code: &str) -> Option<usize> {
    let digit = code.strip_prefix("Digit")?.parse::<usize>().ok()?;
    (modifiers.alt != modifiers.command && !modifiers.shift && digit > 0).then(|| digit - 1)
}

/// The command key is Cmd on a Mac and Ctrl elsewhere.
pub fn modifiers_of(event: &KeyboardEvent) -> Modifiers {
    let command = if is_mac() { event.meta_key() && !event.ctrl_key() } else { event.ctrl_key() && !event.meta_key() };
    Modifiers { command, alt: event.alt_key(), shift: event.shift_key() }
}

pub fn is_mac() -> bool {
    let agent = web_sys::window().and_then(|window| window.navigator().user_agent().ok());
    agent.is_some_and(|agent| agent.contains("Mac OS") || agent.contains("Macintosh"))
}

/// A terminal wants its control keys, and a field on a Mac types signs with Alt.
fn belongs_to_field(event: &KeyboardEvent, modifiers: Modifiers) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return false };
    let inside = |selector: &str| target.closest(selector).ok().flatten().is_some();
    if inside("[data-keys=\"terminal\"]") {
        // Ctrl with a letter is the shell's; the Smart Bar stays within reach.
        let smart_bar = event.key().eq_ignore_ascii_case("k") && modifiers.shift;
        return modifiers.command && !modifiers.alt && !is_mac() && !smart_bar && event.key() != "Tab";
    }
    let field = inside("input, textarea, select, [contenteditable=\"true\"]");
    field && modifiers.alt && !modifiers.command && is_mac()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_name_places_of_the_dock() {
        let alt = Modifiers { alt: true, ..Modifiers::default() };
        assert_eq!(app_key(alt, "Digit1"), Some(0));
        assert_eq!(app_key(alt, "Digit0"), None);
        assert_eq!(app_key(Modifiers::default(), "Digit1"), None);
        assert_eq!(app_key(alt, "KeyA"), None);
    }
}
