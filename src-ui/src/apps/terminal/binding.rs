//! What `js/terminal.js` offers: one screen of a terminal.

use js_sys::{Function, Object, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, KeyboardEvent};

#[wasm_bindgen(module = "/js/assets.js")]
extern "C" {
    /// Loads a part of the desktop with its style, once.
    #[wasm_bindgen(catch)]
    async fn load(name: &str) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Object)]
    type Part;

    #[wasm_bindgen(method, catch)]
    async fn open(this: &Part, host: &HtmlElement, options: &str, heard: &JsHeard) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(extends = Object)]
    type JsHeard;

    #[wasm_bindgen(method, setter)]
    fn set_typed(this: &JsHeard, heard: &Function);
    #[wasm_bindgen(method, setter)]
    fn set_title(this: &JsHeard, heard: &Function);
    #[wasm_bindgen(method, setter)]
    fn set_bell(this: &JsHeard, heard: &Function);
    #[wasm_bindgen(method, setter)]
    fn set_shaped(this: &JsHeard, heard: &Function);
    #[wasm_bindgen(method, setter)]
    fn set_found(this: &JsHeard, heard: &Function);
    #[wasm_bindgen(method, setter)]
    fn set_restyled(this: &JsHeard, heard: &Function);
    #[wasm_bindgen(method, setter)]
    fn set_key(this: &JsHeard, asked: &Function);

    #[derive(Clone)]
    pub(super) type JsScreen;

    #[wasm_bindgen(method, getter)]
    pub(super) fn columns(this: &JsScreen) -> u16;
    #[wasm_bindgen(method, getter)]
    pub(super) fn rows(this: &JsScreen) -> u16;
    #[wasm_bindgen(method)]
    pub(super) fn fix(this: &JsScreen, columns: u16, rows: u16);
    #[wasm_bindgen(method)]
    fn write(this: &JsScreen, bytes: &Uint8Array, old: bool) -> js_sys::Promise;
    #[wasm_bindgen(method)]
    pub(super) fn theme(this: &JsScreen, theme: &str);
    #[wasm_bindgen(method)]
    pub(super) fn focus(this: &JsScreen);
    #[wasm_bindgen(method)]
    pub(super) fn press(this: &JsScreen, text: &str);
    #[wasm_bindgen(method)]
    pub(super) fn arrow(this: &JsScreen, letter: &str);
    #[wasm_bindgen(method)]
    pub(super) fn paste(this: &JsScreen, text: &str);
    #[wasm_bindgen(method, getter)]
    pub(super) fn selection(this: &JsScreen) -> String;
    #[wasm_bindgen(method, js_name = selectAll)]
    pub(super) fn select_all(this: &JsScreen);
    #[wasm_bindgen(method)]
    pub(super) fn find(this: &JsScreen, text: &str, backwards: bool, incremental: bool, marks: &str) -> bool;
    #[wasm_bindgen(method, js_name = endFind)]
    pub(super) fn end_find(this: &JsScreen);
    #[wasm_bindgen(method)]
    pub(super) fn clear(this: &JsScreen);
    #[wasm_bindgen(method)]
    pub(super) fn reset(this: &JsScreen);
    #[wasm_bindgen(method, getter)]
    pub(super) fn whole(this: &JsScreen) -> bool;
    #[wasm_bindgen(method, getter)]
    pub(super) fn line(this: &JsScreen) -> String;
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &JsScreen);
}

impl JsScreen {
    /// Draws bytes; done once they are drawn.
    pub(super) async fn draw(&self, bytes: &[u8], old: bool) {
        Drawing::of(self, bytes, old).done().await;
    }
}

/// Bytes that are being drawn.
pub(super) struct Drawing(JsFuture);

impl Drawing {
    pub fn of(screen: &JsScreen, bytes: &[u8], old: bool) -> Drawing {
        Drawing(JsFuture::from(screen.write(&Uint8Array::from(bytes), old)))
    }

    pub async fn done(self) {
        // The promise is kept whatever happens to the screen.
        let _ = self.0.await;
    }
}

/// What a screen tells.
pub(super) struct Heard {
    /// Bytes for the program: what was typed, and answers to what it asked.
    pub typed: Box<dyn FnMut(Vec<u8>)>,
    pub title: Box<dyn FnMut(String)>,
    pub bell: Box<dyn FnMut()>,
    /// It has this many columns and rows now.
    pub shaped: Box<dyn FnMut(u16, u16)>,
    /// Which of how many was found; -1 where too many to count.
    pub found: Box<dyn FnMut(i32, i32)>,
    /// The page's look may have changed.
    pub restyled: Box<dyn FnMut()>,
    /// Whether a key is the program's.
    pub key: Box<dyn FnMut(KeyboardEvent) -> bool>,
}

/// Kept for as long as the screen may call them.
struct Listeners {
    _typed: Closure<dyn FnMut(Uint8Array)>,
    _title: Closure<dyn FnMut(String)>,
    _bell: Closure<dyn FnMut()>,
    _shaped: Closure<dyn FnMut(u16, u16)>,
    _found: Closure<dyn FnMut(i32, i32)>,
    _restyled: Closure<dyn FnMut()>,
    _key: Closure<dyn FnMut(KeyboardEvent) -> bool>,
}

/// A screen that goes when this is dropped.
pub(super) struct Screen {
    pub js: JsScreen,
    _listeners: Listeners,
}

impl Screen {
    /// Loads what draws terminals and opens a screen in `host`.
    ///
    /// # Errors
    /// When it could not be loaded, with the browser's own words.
    pub async fn open(host: &HtmlElement, options: &str, heard: Heard) -> Result<Screen, String> {
        let part: Part = load("terminal").await.map_err(|error| words(&error))?.unchecked_into();
        let (listeners, object) = listen(heard);
        let js = part.open(host, options, &object).await.map_err(|error| words(&error))?.unchecked_into();
        Ok(Screen { js, _listeners: listeners })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.js.close();
    }
}

fn listen(heard: Heard) -> (Listeners, JsHeard) {
    let mut typed = heard.typed;
    let listeners = Listeners {
        _typed: Closure::new(move |bytes: Uint8Array| typed(bytes.to_vec())),
        _title: Closure::wrap(heard.title),
        _bell: Closure::wrap(heard.bell),
        _shaped: Closure::wrap(heard.shaped),
        _found: Closure::wrap(heard.found),
        _restyled: Closure::wrap(heard.restyled),
        _key: Closure::wrap(heard.key),
    };
    let object: JsHeard = Object::new().unchecked_into();
    object.set_typed(listeners._typed.as_ref().unchecked_ref());
    object.set_title(listeners._title.as_ref().unchecked_ref());
    object.set_bell(listeners._bell.as_ref().unchecked_ref());
    object.set_shaped(listeners._shaped.as_ref().unchecked_ref());
    object.set_found(listeners._found.as_ref().unchecked_ref());
    object.set_restyled(listeners._restyled.as_ref().unchecked_ref());
    object.set_key(listeners._key.as_ref().unchecked_ref());
    (listeners, object)
}

fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| error.message().into())
}
