//! The agent: think, act, observe, until the goal is reached.
//!
//! What it owns: the loop, the prompt, the tools, the model providers, the meaning of journal entries.
//! What it never does: touch files, processes, the network or the clock by itself. It is handed ports
//! ([`ports::Ports`]) and providers, and imports no other part of the kernel than the protocol.

mod act;
pub mod chat;
mod context;
pub mod entry;
mod inbox;
mod limits;
pub mod ports;
pub mod providers;
mod repeats;
mod run;
mod state;
mod think;
mod tools;
pub mod trajectory;

pub use context::tool_output;
pub use run::{AgentSpec, Limits, Runtime};
