//! What the black-box tests stand on: a kernel in a process of its own, clients of its wire, model servers.
//!
//! What it owns: starting real programs and speaking to them.
//! What it never does: reach into the kernel. Whatever a test knows, it knows over a socket or from the disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)] // Only tests use it.

pub mod counting;
pub mod kernel;
pub mod model;
pub mod programs;
pub mod rest;
pub mod socket;

pub use kernel::{Kernel, Options};
pub use model::Model;
pub use socket::Client;

use std::time::Duration;

/// How long anything may take before a test gives up. Long, because it is never reached where things work.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something on this machine that nobody announces.
pub async fn eventually(what: &str, is: impl Fn() -> bool) {
    within(what, async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(20)).await; // grace
        }
    })
    .await;
}

/// Waits for something, or fails naming it.
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("{what} took more than {PATIENCE:?}"))
}
