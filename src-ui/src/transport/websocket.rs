//! The door of a browser: a WebSocket to the server that the page came from (RFC 6455).
//!
//! Who signs in is said by the server's own cookie, which no script can read.

use std::rc::Rc;

use aether_protocol::SUBPROTOCOL;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::door::{Arrival, Door, Pipe, encoded};

/// The close code for a connection that was never closed properly.
const ABNORMAL: u16 = 1006;

pub struct Browser;

struct Listeners {
    open: Closure<dyn FnMut()>,
    message: Closure<dyn FnMut(MessageEvent)>,
    close: Closure<dyn FnMut(CloseEvent)>,
}

struct Socket {
    socket: WebSocket,
    /// Kept for as long as the browser may call them.
    _listeners: Listeners,
}

/// Where no socket could even be made.
struct NoPipe;

impl Door for Browser {
    fn open(&self, arrive: Rc<dyn Fn(Arrival)>) -> Rc<dyn Pipe> {
        match connect(arrive.clone()) {
            Ok(socket) => socket,
            Err(_) => {
                wasm_bindgen_futures::spawn_local(async move { arrive(Arrival::Closed(ABNORMAL)) });
                Rc::new(NoPipe)
            }
        }
    }

    fn asks_who(&self) -> bool {
        true
    }

    fn file_url(&self, path: &str) -> String {
        format!("/api/fs/raw?path={}", encoded(path))
    }

    fn download_url(&self, path: &str) -> String {
        format!("/api/fs/raw?download=1&path={}", encoded(path))
    }
}

fn connect(arrive: Rc<dyn Fn(Arrival)>) -> Result<Rc<dyn Pipe>, JsValue> {
    let location = web_sys::window().ok_or(JsValue::NULL)?.location();
    let scheme = if location.protocol()? == "https:" { "wss" } else { "ws" };
    let socket = WebSocket::new_with_str(&format!("{scheme}://{}/kernel", location.host()?), SUBPROTOCOL)?;
    socket.set_binary_type(BinaryType::Arraybuffer);
    let (opened, heard) = (arrive.clone(), arrive.clone());
    let listeners = Listeners {
        open: Closure::new(move || opened(Arrival::Open)),
        message: Closure::new(move |event: MessageEvent| {
            if let Some(arrival) = read(&event.data()) {
                heard(arrival);
            }
        }),
        close: Closure::new(move |event: CloseEvent| arrive(Arrival::Closed(event.code()))),
    };
    socket.set_onopen(Some(listeners.open.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(listeners.message.as_ref().unchecked_ref()));
    socket.set_onclose(Some(listeners.close.as_ref().unchecked_ref()));
    Ok(Rc::new(Socket { socket, _listeners: listeners }))
}

impl Pipe for Socket {
    // A socket that cannot take a frame is closing, which its close event says.
    fn send_text(&self, frame: &str) {
        let _ = self.socket.send_with_str(frame);
    }

    fn send_bytes(&self, frame: &[u8]) {
        let _ = self.socket.send_with_u8_array(frame);
    }

    fn close(&self) {
        let _ = self.socket.close();
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

impl Pipe for NoPipe {
    fn send_text(&self, _frame: &str) {}
    fn send_bytes(&self, _frame: &[u8]) {}
    fn close(&self) {}
}

fn read(data: &JsValue) -> Option<Arrival> {
    if let Some(text) = data.as_string() {
        return Some(Arrival::Text(text));
    }
    let buffer = data.dyn_ref::<js_sys::ArrayBuffer>()?;
    Some(Arrival::Bytes(js_sys::Uint8Array::new(buffer).to_vec()))
}
