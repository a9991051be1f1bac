//! What others may do to a terminal on the screen: its menu, an app's tabs, a row of keys.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::binding::JsScreen;
use super::keys;
use crate::kit::copy;
use crate::store::Slice;

#[derive(Default)]
struct Inner {
    screen: RefCell<Option<JsScreen>>,
    /// The search is open.
    finding: Slice<bool>,
    /// The next letter is typed with Control.
    control: Slice<bool>,
    /// Something to tell the person, by a number that grows with each.
    said: Slice<(u32, &'static str)>,
    live: Cell<bool>,
}

/// A handle to a terminal on the screen; clones are the same terminal. Without a screen it does nothing.
#[derive(Clone, Default)]
pub struct TerminalHandle(Rc<Inner>);

impl PartialEq for TerminalHandle {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl TerminalHandle {
    pub(super) fn hold(&self, screen: Option<JsScreen>) {
        *self.0.screen.borrow_mut() = screen;
    }

    pub(super) fn set_live(&self, live: bool) {
        self.0.live.set(live);
    }

    pub(super) fn screen(&self) -> Option<JsScreen> {
        self.0.screen.borrow().clone()
    }

    /// Whether the search is open.
    pub fn finding(&self) -> &Slice<bool> {
        &self.0.finding
    }

    /// Whether the next letter is typed with Control.
    pub fn control(&self) -> &Slice<bool> {
        &self.0.control
    }

    pub(super) fn said(&self) -> &Slice<(u32, &'static str)> {
        &self.0.said
    }

    pub fn focus(&self) {
        if let Some(screen) = self.screen() {
            screen.focus();
        }
    }

    /// Types `text`.
    pub fn press(&self, text: &str) {
        if let Some(screen) = self.screen() {
            screen.press(text);
        }
    }

    /// Presses an arrow key: `A` up, `B` down, `C` right, `D` left, `H` home, `F` end.
    pub fn arrow(&self, letter: &str) {
        if let Some(screen) = self.screen() {
            screen.arrow(letter);
        }
    }

    pub fn has_selection(&self) -> bool {
        self.screen().is_some_and(|screen| !screen.selection().is_empty())
    }

    /// Puts what is selected into the clipboard.
    pub fn copy(&self) {
        let Some(screen) = self.screen() else { return };
        let text = screen.selection();
        if text.is_empty() {
            return self.say("Select some text first, then copy it.");
        }
        let handle = self.clone();
        spawn_local(async move {
            if copy(&text).await.is_err() && !copy_by_command(&screen) {
                handle.say("The browser did not allow it. Press Ctrl+C in the browser's own menu.");
            }
        });
    }

    /// Types what is in the clipboard.
    pub fn paste(&self) {
        let Some(screen) = self.screen() else { return };
        let handle = self.clone();
        spawn_local(async move {
            match read_clipboard().await {
                Some(text) => screen.paste(&text),
                None => handle.say("The browser keeps the clipboard to itself. Press Ctrl+Shift+V to paste."),
            }
            screen.focus();
        });
    }

    pub fn select_all(&self) {
        if let Some(screen) = self.screen() {
            screen.select_all();
        }
    }

    /// Forgets what has scrolled out, and what stands above the prompt.
    pub fn clear(&self) {
        if let Some(screen) = self.screen() {
            screen.clear();
            screen.focus();
        }
    }

    /// Makes the screen as it was before any program wrote to it, for programs that have left it in disorder.
    pub fn reset(&self) {
        if let Some(screen) = self.screen() {
            screen.reset();
            screen.focus();
        }
    }

    pub fn find(&self) {
        self.0.finding.set(true);
    }

    /// Whether a program seems to run in it, which closing would end.
    pub fn is_busy(&self) -> bool {
        self.0.live.get() && self.screen().is_some_and(|screen| keys::seems_busy(screen.whole(), &screen.line()))
    }

    fn say(&self, text: &'static str) {
        self.0.said.update(|said| *said = (said.0 + 1, text));
    }
}

/// The old way, for pages without TLS: xterm answers it with what is selected.
fn copy_by_command(screen: &JsScreen) -> bool {
    screen.focus();
    let document = web_sys::window().and_then(|window| window.document());
    let Some(document) = document else { return false };
    let command = js_sys::Reflect::get(&document, &"execCommand".into()).ok();
    let command = command.and_then(|command| command.dyn_into::<js_sys::Function>().ok());
    command.and_then(|command| command.call1(&document, &"copy".into()).ok()).is_some_and(|done| done.is_truthy())
}

async fn read_clipboard() -> Option<String> {
    let navigator = web_sys::window()?.navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).ok()?;
    let read = js_sys::Reflect::get(&clipboard, &"readText".into()).ok()?.dyn_into::<js_sys::Function>().ok()?;
    let promise = read.call0(&clipboard).ok()?.dyn_into::<js_sys::Promise>().ok()?;
    JsFuture::from(promise).await.ok().as_ref().and_then(JsValue::as_string)
}
