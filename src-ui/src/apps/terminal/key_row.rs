//! The keys that a keyboard on a touch screen lacks.

use yew::prelude::*;

use super::TerminalHandle;
use crate::kit::{Glyph, Icon};
use crate::store::use_slice;

#[derive(Properties, PartialEq)]
pub(super) struct KeyRowProps {
    pub handle: TerminalHandle,
}

/// See the module.
#[component]
pub(super) fn KeyRow(props: &KeyRowProps) -> Html {
    let handle = &props.handle;
    let control = *use_slice(handle.control());
    let text = |label: &'static str, name: &'static str, typed: &'static str| {
        let handle = handle.clone();
        key(html! { label }, name, None, &Callback::from(move |()| handle.press(typed)))
    };
    let arrow = |icon: Glyph, name: &'static str, letter: &'static str| {
        let handle = handle.clone();
        key(html! { <Icon {icon} /> }, name, None, &Callback::from(move |()| handle.arrow(letter)))
    };
    let toggle = {
        let handle = handle.clone();
        Callback::from(move |()| handle.control().set(!control))
    };
    html! {
        <div class="term-keys" role="toolbar" aria-label="Keys">
            { text("Esc", "Esc", "\u{1b}") }
            { text("Tab", "Tab", "\t") }
            { key(html! { "Ctrl" }, "Ctrl, for the next letter", Some(control), &toggle) }
            { arrow(Glyph::ArrowLeft, "Left", "D") }
            { arrow(Glyph::ArrowUp, "Up", "A") }
            { arrow(Glyph::ArrowDown, "Down", "B") }
            { arrow(Glyph::ArrowRight, "Right", "C") }
            { text("|", "Bar", "|") }
            { text("/", "Slash", "/") }
            { text("-", "Minus", "-") }
            { text("~", "Tilde", "~") }
        </div>
    }
}

fn key(label: Html, name: &'static str, pressed: Option<bool>, press: &Callback<()>) -> Html {
    // The terminal keeps the keyboard, which would go away with its focus.
    let hold = Callback::from(|event: MouseEvent| event.prevent_default());
    let pressed = pressed.map(|pressed| if pressed { "true" } else { "false" });
    html! {
        <button key={name} type="button" class="term-keys__key" aria-label={name} aria-pressed={pressed}
            onmousedown={hold} onclick={press.reform(|_: MouseEvent| ())}>{ label }</button>
    }
}
