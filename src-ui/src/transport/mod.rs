//! How the screen reaches a kernel: Tauri's IPC in the window, a WebSocket from a browser; `aether.2` over both.
//!
//! What it owns: the connection, its replies, events and streams, and coming back after it was lost (docs/wire.md).
//! What it never does: know what an event means; the store does.

mod account;
mod backoff;
mod clock;
mod course;
mod door;
mod exchange;
mod link;
mod stream;
mod websocket;
mod window;

pub use account::{Failed, SignIn, expires_at, renew, sign_in, sign_in_with_code, sign_out};
pub use clock::sleep;
pub use door::{Arrival, Door, Pipe, choose};
pub use exchange::{Heard, Snapshot, Welcome};
pub use link::{Feed, Link, Phase};
pub use stream::{ByteStream, ByteWriter};
pub use window::on_deep_link;
