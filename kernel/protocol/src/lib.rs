//! The Aether protocol: every command, event and record, declared once.
//!
//! What it owns: wire names, field names, types, the right each command needs, who may see each event, and the
//! generated enums, traits, clients and schemas that follow from those rows.
//! What it never does: I/O, clocks, storage. It builds for native targets and for `wasm32-unknown-unknown`.

pub mod auth;
pub mod encoded;
pub mod error;
pub mod frame;
pub mod ids;
pub mod schema;
pub mod scope;
pub mod stream;
#[macro_use]
mod table;
pub mod domains;
pub mod transport;

pub use auth::{Need, Needs, OwnedKind, ResourceId, Role, Viewers};
pub use domains::{Command, Domain, Event};
pub use error::{ErrorCode, WireError};
pub use ids::{JobId, OrgId, Pid, Seq, SessionId, TtyId, UserId};
pub use scope::Scopes;
pub use table::{Audit, Class, Context, Empty, EventRow, HttpMethod, Method, Reply, Route};
pub use transport::{MaybeSend, Transport};

/// The product's own version, reported as `kernel.status.product`.
pub const PRODUCT_VERSION: &str = env!("CARGO_PKG_VERSION");
/// The wire version that existing WebSocket clients know.
pub const WIRE_VERSION: &str = "0.1.0";
/// The version that REST v1 answers carry in `X-Aether-Version`.
pub const REST_VERSION: &str = "0.4.0";
/// The WebSocket subprotocol that our own clients offer (docs/wire.md).
pub const SUBPROTOCOL: &str = "aether.2";
