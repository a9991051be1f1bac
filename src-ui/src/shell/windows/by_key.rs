//! Whether it was the keyboard that brought a window to the front.

use std::cell::Cell;

use yew::prelude::*;

use crate::kit::browser::{Listener, now_ms};

/// What happens this long after a key, in milliseconds, was its doing.
const SOON: i64 = 400;

thread_local! {
    /// When a key was pressed last, unless the pointer was pressed since.
    static PRESSED_AT: Cell<Option<i64>> = const { Cell::new(None) };
}

/// Hears keys and presses for as long as the calling component is there.
#[hook]
pub(super) fn use_last_press() {
    use_effect_with((), |()| {
        let document = web_sys::window().and_then(|window| window.document());
        let heard = document.map(|document| {
            (
                Listener::capturing(&document, "keydown", |_| PRESSED_AT.set(Some(now_ms()))),
                Listener::capturing(&document, "pointerdown", |_| PRESSED_AT.set(None)),
            )
        });
        move || drop(heard)
    });
}

/// True if what happens now follows a key: whoever moves by keys has to see where the focus went.
pub(super) fn follows_a_key() -> bool {
    PRESSED_AT.get().is_some_and(|at| (0..SOON).contains(&(now_ms() - at)))
}
