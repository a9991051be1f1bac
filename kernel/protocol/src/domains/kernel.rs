//! The kernel itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::Empty;

/// Processes by state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProcessCounts {
    pub created: u32,
    pub running: u32,
    pub sleeping: u32,
    pub stopped: u32,
    pub paused: u32,
    pub zombie: u32,
    pub dead: u32,
}

/// What `kernel.status` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KernelStatus {
    pub version: String,
    pub product: String,
    pub uptime: u64,
    pub processes: ProcessCounts,
    pub docker: bool,
    pub containers: u32,
    pub gpu: bool,
    pub gpu_count: u32,
}

domain! {
    /// The kernel itself.
    kernel;
    commands {
        /// How the kernel is.
        status "kernel.status" (Empty) -> KernelStatus, needs SignedIn, audit refusals;
        /// Shuts the kernel down.
        shutdown "kernel.shutdown" (Empty) -> (), needs Admin;
    }
    events {
        /// First frame.
        Ready "kernel.ready" { version: String, uptime: u64 } to requester, live;
        /// A whole entity changed; fed to stores of `aether.2` clients.
        EntityChanged "entity.changed" { kind: String, id: String, rev: u64, entity: Option<serde_json::Value> } to nobody, live;
    }
}
