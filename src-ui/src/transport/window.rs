//! The door of the installed app's window: Tauri's IPC to the kernel in the same program.
//!
//! `js/tauri-link.js` knows Tauri's own calls; here are the frames of `aether.2` that go over it. Addresses that the system
//! hands to the program come the same way.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::door::{Arrival, Door, Pipe, encoded};

#[wasm_bindgen(module = "/js/tauri-link.js")]
extern "C" {
    fn available() -> bool;

    #[wasm_bindgen(js_name = open, catch)]
    fn open_link(text: &JsValue, bytes: &JsValue, close: &JsValue) -> Result<JsLink, JsValue>;

    type JsLink;

    #[wasm_bindgen(method, js_name = sendText)]
    fn send_text(this: &JsLink, frame: &str);

    #[wasm_bindgen(method, js_name = sendBytes)]
    fn send_bytes(this: &JsLink, frame: &js_sys::Uint8Array);

    #[wasm_bindgen(method)]
    fn close(this: &JsLink);
}

pub struct AppWindow;

impl AppWindow {
    /// True in the window of the installed app.
    pub fn is_here() -> bool {
        available()
    }
}

/// Listens for addresses of the scheme `aether` for as long as the page lives; `opened` is given each.
pub fn on_deep_link(opened: impl Fn(String) + 'static) {
    let Some(window) = web_sys::window() else { return };
    let listener = Closure::<dyn FnMut(web_sys::CustomEvent)>::new(move |event: web_sys::CustomEvent| {
        if let Some(address) = event.detail().as_string() {
            opened(address);
        }
    });
    // A window that takes no listeners is handed no addresses.
    let _ = window.add_event_listener_with_callback("deep-link", listener.as_ref().unchecked_ref());
    listener.forget();
}

type Listeners = (Closure<dyn FnMut(String)>, Closure<dyn FnMut(js_sys::Uint8Array)>, Closure<dyn FnMut(u16)>);

struct Link {
    link: JsLink,
    /// Kept for as long as the page may call them.
    _listeners: Listeners,
}

/// Where the window's kernel could not be reached.
struct NoLink;

impl Door for AppWindow {
    fn open(&self, arrive: Rc<dyn Fn(Arrival)>) -> Rc<dyn Pipe> {
        let (texts, bytes, closed) = (arrive.clone(), arrive.clone(), arrive.clone());
        let listeners = (
            Closure::<dyn FnMut(String)>::new(move |frame| texts(Arrival::Text(frame))),
            Closure::<dyn FnMut(js_sys::Uint8Array)>::new(move |frame: js_sys::Uint8Array| {
                bytes(Arrival::Bytes(frame.to_vec()));
            }),
            Closure::<dyn FnMut(u16)>::new(move |code| closed(Arrival::Closed(code))),
        );
        match open_link(listeners.0.as_ref(), listeners.1.as_ref(), listeners.2.as_ref()) {
            Ok(link) => {
                // The link takes frames from the start; whoever opened it gets hold of it first.
                wasm_bindgen_futures::spawn_local(async move { arrive(Arrival::Open) });
                Rc::new(Link { link, _listeners: listeners })
            }
            Err(_) => {
                wasm_bindgen_futures::spawn_local(async move { arrive(Arrival::Closed(1006)) });
                Rc::new(NoLink)
            }
        }
    }

    fn asks_who(&self) -> bool {
        false
    }

    fn file_url(&self, path: &str) -> String {
        let windows = web_sys::window()
            .and_then(|window| window.navigator().user_agent().ok())
            .is_some_and(|agent| agent.contains("Windows"));
        let origin = if windows { "http://aether-file.localhost" } else { "aether-file://localhost" };
        format!("{origin}/{}", encoded(path))
    }

    fn download_url(&self, path: &str) -> String {
        format!("{}?download=1", self.file_url(path))
    }
}

impl Pipe for Link {
    fn send_text(&self, frame: &str) {
        self.link.send_text(frame);
    }

    fn send_bytes(&self, frame: &[u8]) {
        self.link.send_bytes(&js_sys::Uint8Array::from(frame));
    }

    fn close(&self) {
        self.link.close();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.link.close();
    }
}

impl Pipe for NoLink {
    fn send_text(&self, _frame: &str) {}
    fn send_bytes(&self, _frame: &[u8]) {}
    fn close(&self) {}
}
