//! GPUs of this machine, and who uses them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::Pid;
use crate::table::Empty;

/// A GPU. Memory is in megabytes, utilisation in percent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GpuInfo {
    pub id: u32,
    pub name: String,
    pub memory_total: f64,
    pub memory_free: f64,
    pub utilization: f64,
}

/// A GPU and how hard it works: degrees Celsius and watts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GpuStats {
    pub id: u32,
    pub name: String,
    pub memory_total: f64,
    pub memory_free: f64,
    pub utilization: f64,
    pub temperature: f64,
    pub power_usage: f64,
}

/// The GPUs an agent holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GpuAllocation {
    pub pid: Pid,
    pub gpu_ids: Vec<u32>,
}

/// What `gpu.list` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GpuList {
    pub gpus: Vec<GpuInfo>,
    /// Of agents the caller may see.
    pub allocations: Vec<GpuAllocation>,
}

/// What `gpu.stats` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GpuLoad {
    pub stats: Vec<GpuStats>,
}

domain! {
    /// GPUs of this machine.
    gpu;
    commands {
        /// The GPUs, and which of the caller's agents hold them.
        list "gpu.list" (Empty) -> GpuList, needs SignedIn, audit refusals;
        /// How hard the GPUs work.
        stats "gpu.stats" (Empty) -> GpuLoad, needs SignedIn, audit refusals;
    }
    events {
        /// The GPUs a list answered.
        List "gpu.list" { gpus: Vec<GpuInfo> } to requester, live;
        /// The load that was asked for.
        Stats "gpu.stats" { stats: Vec<GpuStats> } to requester, live;
        /// An agent was given GPUs.
        Allocated "gpu.allocated" { pid: Pid, gpuIds: Vec<u32> } to owner(Pid, pid), journal;
        /// An agent gave its GPUs back.
        Released "gpu.released" { pid: Pid, gpuIds: Vec<u32> } to owner(Pid, pid), journal;
    }
}
