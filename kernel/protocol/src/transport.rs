//! How a typed client reaches a kernel: in process, by Tauri IPC, or over a socket.

use std::future::Future;

use crate::domains::Command;
use crate::error::WireError;
use crate::table::Reply;

/// `Send` on native targets, nothing on wasm, where futures live on one thread.
#[cfg(not(target_arch = "wasm32"))]
pub trait MaybeSend: Send {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send> MaybeSend for T {}
#[cfg(target_arch = "wasm32")]
pub trait MaybeSend {}
#[cfg(target_arch = "wasm32")]
impl<T> MaybeSend for T {}

/// A way to have a command done. The generated `Client` of each domain is written over this.
pub trait Transport {
    /// Sends one command and waits for its reply.
    fn call(&self, command: Command) -> impl Future<Output = Result<Reply, WireError>> + MaybeSend;
}
