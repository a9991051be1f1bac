//! Snapshots: an agent's state and home, kept to go on from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::PidRef;
use crate::ids::Pid;

/// A snapshot as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotInfo {
    /// `snap_<pid>_<ms>`.
    pub id: String,
    pub pid: Pid,
    pub timestamp: u64,
    /// Bytes of the files and the journal.
    pub size: u64,
    pub description: String,
    /// Entries of the home that could not be kept: pipes, sockets, devices, names that are no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<u64>,
}

/// What a snapshot holds, beside the archive of the home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotManifest {
    /// The version of this record: 1.
    pub version: u32,
    pub snapshot_id: String,
    pub pid: Pid,
    pub uid: String,
    pub timestamp: u64,
    pub description: String,
    pub process_state: SnapshotProcess,
    pub memories: Vec<SnapshotMemory>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_state: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_usage: Option<SnapshotUsage>,
    /// SHA-256 of the archive, in hexadecimal.
    pub fs_hash: String,
    /// Bytes of the home.
    pub fs_size: u64,
}

/// The process at the time of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotProcess {
    pub state: String,
    pub phase: String,
    /// What the agent was to do; without it a snapshot cannot be restored.
    pub config: serde_json::Value,
    pub metrics: serde_json::Value,
}

/// A memory of the agent at the time of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotMemory {
    pub key: String,
    pub value: String,
    pub layer: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<serde_json::Value>,
}

/// What the agent had used at the time of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotUsage {
    pub tokens_used: u64,
    pub cost_usd: f64,
    pub quota_remaining: f64,
}

/// `snapshot.create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Create {
    pub pid: Pid,
    /// `Snapshot of PID <pid>` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// `snapshot.list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotQuery {
    /// Only snapshots of this process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<Pid>,
}

/// Names one snapshot.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotRef {
    pub snapshot_id: String,
}

/// What `snapshot.restore` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    pub new_pid: Pid,
}

domain! {
    /// Snapshots of agents.
    snapshot;
    commands {
        /// Holds an agent for a moment and keeps its state and its home.
        create "snapshot.create" (Create) -> SnapshotInfo, needs Own(Pid, |p| p.pid), order(|p| p.pid);
        /// The snapshots the caller may see, newest first.
        list "snapshot.list" (SnapshotQuery) -> Vec<SnapshotInfo>, needs SignedIn, audit refusals;
        /// Makes a new agent out of a snapshot.
        restore "snapshot.restore" (SnapshotRef) -> Restored,
            needs Own(Snapshot, |p| &p.snapshot_id), order(|p| &p.snapshot_id);
        /// Makes a new agent out of one as it is now, and leaves that one to go on.
        fork "snapshot.fork" (PidRef) -> Restored, needs Own(Pid, |p| p.pid), order(|p| p.pid);
        /// Removes a snapshot.
        delete "snapshot.delete" (SnapshotRef) -> (),
            needs Own(Snapshot, |p| &p.snapshot_id), order(|p| &p.snapshot_id);
    }
    events {
        /// A snapshot was taken.
        Created "snapshot.created" { snapshot: SnapshotInfo } to owner(Pid, snapshot.pid), journal;
        /// A new agent was made out of a snapshot.
        Restored "snapshot.restored" {
            snapshotId: String,
            newPid: Pid,
            #[serde(default, skip_serializing_if = "Option::is_none")] manifest: Option<SnapshotManifest>,
        } to owner(Pid, newPid), journal;
        /// The snapshots a list answered.
        List "snapshot.list" { snapshots: Vec<SnapshotInfo> } to requester, live;
        /// A snapshot was removed. Published while its owner is still known.
        Deleted "snapshot.deleted" { snapshotId: String } to owner(Snapshot, snapshotId), journal;
    }
}
