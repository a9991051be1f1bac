//! Sandboxes: where the commands of agents and the shells of people run.
//!
//! What it owns: the engines behind the sandbox port, one for each way an operating system can confine.
//! What it never does: fall back to the bare host unless a setting says so, or decide who may have the network.

mod clock;
mod detect;
mod host;
#[cfg(target_os = "linux")]
mod linux;
mod local;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

pub use detect::{SandboxSettings, detect, host};
