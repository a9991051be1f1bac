//! The desktop of Aether OS: one WebAssembly program for the installed app's window and for the browser.
//!
//! What it owns: what a person sees and touches. What it never does: decide what the person may do; the kernel does.

pub mod kernel;
pub mod kit;
pub mod shell;
pub mod store;
pub mod transport;
pub mod wm;
