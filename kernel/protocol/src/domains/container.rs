//! Containers of agents. They come and go with their processes, so no command is for them alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::ContainerStatus;
use crate::ids::Pid;

/// An agent's container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContainerInfo {
    pub container_id: String,
    pub pid: Pid,
    pub image: String,
    pub status: ContainerStatus,
    /// The directory of this machine that is the agent's home inside.
    pub mounted_volume: String,
    pub network_enabled: bool,
    #[serde(rename = "memoryLimitMB")]
    pub memory_limit_mb: u64,
    /// In processors: 0.5 is half of one.
    pub cpu_limit: f64,
    pub created_at: u64,
    /// The port of this machine that leads to the container's screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnc_port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_ids: Option<Vec<u32>>,
}

domain! {
    /// Containers of agents.
    container;
    commands {}
    events {
        /// A container was made.
        Created "container.created" { pid: Pid, containerId: String, info: ContainerInfo } to owner(Pid, pid), journal;
        /// A container runs.
        Started "container.started" { pid: Pid, containerId: String } to owner(Pid, pid), journal;
        /// A container stands still.
        Stopped "container.stopped" { pid: Pid, containerId: String } to owner(Pid, pid), journal;
        /// A container is gone.
        Removed "container.removed" { pid: Pid, containerId: String } to owner(Pid, pid), journal;
        /// No container could be had, and the agent is confined by other means.
        Fallback "container.fallback" { pid: Pid, reason: String } to owner(Pid, pid), journal;
    }
}
