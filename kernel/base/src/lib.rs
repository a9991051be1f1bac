//! What every part of the kernel stands on: the gate, the bus, and the ports subsystems meet each other through.
//!
//! What it owns: who may call (`gate`), what is kept of calls (`audit`), how events reach viewers (`bus`), configuration, the clock, background tasks,
//! and the narrow traits by which one group uses another.
//! What it never does: storage, files, sockets. It knows no subsystem by name.

pub mod audit;
pub mod bus;
pub mod caller;
pub mod clock;
pub mod config;
pub mod error;
pub mod fault;
pub mod gate;
pub mod meter;
pub mod ports;
mod recent;
pub mod sandbox;
pub mod secrets;
pub mod snapshot;
pub mod streams;
pub mod tasks;
pub mod window;

pub use bus::{Audience, Bus, Logged, Prepared, Subscription, Viewer};
pub use caller::{Caller, CallerKind, Cx, Door, Token};
pub use clock::{Clock, SystemClock, now_ms};
pub use config::Config;
pub use error::{Error, Result};
pub use gate::{Dispatch, Gate};
pub use meter::Meter;
pub use secrets::{SecretPlace, SecretText, Secrets};
pub use streams::{ByteStream, Streams};
