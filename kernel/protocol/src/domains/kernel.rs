//! The kernel itself: how it is, and how it stops.

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
    /// The wire version, which existing clients compare.
    pub version: String,
    /// The product's own version; kernels of old have none.
    #[serde(default)]
    pub product: String,
    /// Milliseconds since the start.
    pub uptime: u64,
    pub processes: ProcessCounts,
    pub docker: bool,
    pub containers: u32,
    pub gpu: bool,
    pub gpu_count: u32,
    /// The engine that confines what agents run; kernels of old do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<String>,
}

/// One measurement of the kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KernelMetricRecord {
    pub timestamp: u64,
    pub process_count: u32,
    pub cpu_percent: f64,
    #[serde(rename = "memoryMB")]
    pub memory_mb: f64,
    pub container_count: u32,
}

/// `kernel.metricsHistory`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
pub struct MetricsQuery {
    /// How far back: 60 if absent, which is as far as it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

/// How busy and how full the machine is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KernelStats {
    /// Of all cores together, 0 to 100, since the question before.
    pub cpu_percent: f64,
    pub cores: u32,
    pub memory_used_mb: u64,
    pub memory_total_mb: u64,
    /// Of the disk that holds the data root.
    pub disk_used_mb: u64,
    pub disk_total_mb: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The operating system's name and version.
    pub os: String,
    /// Since the kernel started.
    pub uptime_seconds: u64,
}

/// `kernel.backup`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct BackupRequest {
    /// Letters, digits, `-`, `_` and `.`, 64 at most; the time if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What `kernel.backup` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupMade {
    pub name: String,
    /// Where the database's copy is on the kernel's machine.
    pub path: String,
    /// Where that of the audit log is.
    pub logs_path: String,
    /// Of both files together.
    pub bytes: u64,
    pub created_at: u64,
}

domain! {
    /// The kernel itself.
    kernel;
    commands {
        /// How the kernel is: its versions, its processes and what it has to run them on.
        status "kernel.status" (Empty) -> KernelStatus, needs SignedIn, audit refusals;
        /// Shuts the kernel down; agents go on from their journals at the next start.
        shutdown "kernel.shutdown" (Empty) -> (), needs Admin;
        /// How busy the kernel's processes were: one measurement every few seconds since it started, oldest first.
        metrics_history "kernel.metricsHistory" (MetricsQuery) -> Vec<KernelMetricRecord>, needs SignedIn,
            audit refusals;
        /// How busy and how full the machine is.
        stats "kernel.stats" (Empty) -> KernelStats, needs SignedIn, audit refusals;
        /// Copies the databases while they are in use, into the folder `backups` of the data root.
        backup "kernel.backup" (BackupRequest) -> BackupMade, needs Admin, order(|_p| "backup");
    }
    events {
        /// The kernel answers: the first frame of a socket in the compatible dialect.
        Ready "kernel.ready" { version: String, uptime: u64 } to requester, live;
        /// How busy the kernel is, every few seconds.
        Metrics "kernel.metrics" {
            processCount: u32,
            cpuPercent: f64,
            memoryMB: f64,
            #[serde(default, skip_serializing_if = "Option::is_none")] containerCount: Option<u32>,
        } to everyone, live;
        /// A whole entity changed; fed to stores of `aether.2` clients.
        EntityChanged "entity.changed" { kind: String, id: String, rev: u64, entity: Option<serde_json::Value> }
            to nobody, live;
    }
}
