//! The two doors of a kernel, behind one trait.

use std::rc::Rc;

use super::websocket::Browser;
use super::window::AppWindow;

/// What comes out of a pipe.
#[derive(Debug)]
pub enum Arrival {
    /// The pipe is open: the hello may be said.
    Open,
    Text(String),
    Bytes(Vec<u8>),
    /// It is closed for good, with a close code of docs/wire.md (1006 where there was none).
    Closed(u16),
}

/// An open pipe: frames of `aether.2`, both ways, in order.
pub trait Pipe {
    fn send_text(&self, frame: &str);
    fn send_bytes(&self, frame: &[u8]);
    fn close(&self);
}

/// A way to the kernel.
pub trait Door {
    /// Opens a pipe; what comes out of it is given to `arrive`.
    fn open(&self, arrive: Rc<dyn Fn(Arrival)>) -> Rc<dyn Pipe>;

    /// True where a person has to sign in; the window belongs to the local owner.
    fn asks_who(&self) -> bool;

    /// Where the bytes of a file are, for images, players and downloads.
    fn file_url(&self, path: &str) -> String;

    /// The same, as a download.
    fn download_url(&self, path: &str) -> String;
}

/// The door of this page: the window's own where there is one.
pub fn choose() -> Rc<dyn Door> {
    if AppWindow::is_here() { Rc::new(AppWindow) } else { Rc::new(Browser) }
}

/// A virtual path as one part of a URL.
pub(super) fn encoded(path: &str) -> String {
    js_sys::encode_uri_component(path).into()
}
