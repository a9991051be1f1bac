//! Processes: spawn, signals, approvals, priorities.

mod config;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::agent::{ApprovalKind, Outcome};
use crate::encoded::Encoded;
use crate::ids::{OrgId, Pid, TtyId};
use crate::table::Empty;

pub use config::{AgentConfig, AgentRuntime, GpuConfig, SandboxConfig, SandboxType};

/// A signal, by its POSIX name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    SigTerm,
    SigKill,
    SigStop,
    SigCont,
    SigInt,
    SigUsr1,
    SigUsr2,
}

/// Where a process is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProcessState {
    Created,
    Running,
    Sleeping,
    Stopped,
    Paused,
    Zombie,
    Dead,
}

/// What an agent is doing right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AgentPhase {
    Booting,
    Thinking,
    Executing,
    Waiting,
    Observing,
    Idle,
    Completed,
    Failed,
}

/// The state of an agent's container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContainerStatus {
    Creating,
    Running,
    Paused,
    Stopped,
    Removing,
    Dead,
}

/// One row of the process table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProcessInfo {
    pub pid: Pid,
    pub ppid: Pid,
    pub uid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
    /// The organisation its owner put it into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<OrgId>,
    pub name: String,
    pub command: String,
    pub state: ProcessState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_phase: Option<AgentPhase>,
    pub cwd: String,
    pub env: BTreeMap<String, String>,
    pub created_at: u64,
    pub priority: u8,
    pub cpu_percent: f64,
    #[serde(rename = "memoryMB")]
    pub memory_mb: f64,
    /// Processor time of everything that has run in it so far, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_time_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty_id: Option<TtyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_status: Option<ContainerStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<AgentRuntime>,
    /// `provider:model`, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Steps the agent has taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Why the agent waits, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// Steps it may take in all, those granted later included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u32>,
    /// What it was deployed with, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost_usd: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<SandboxConfig>,
    /// What it is doing or last did, on one line of at most 160 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_action: Option<String>,
    /// The process that it goes on from, where it came of a snapshot or a fork.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<Pid>,
    /// When its run began, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exited_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// How it ended, or why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Absent until its model has replied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Absent where the price of something it used is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
}

/// A process as the history keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProcessRecord {
    pub pid: Pid,
    pub uid: String,
    pub name: String,
    pub role: String,
    pub goal: String,
    pub state: ProcessState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_phase: Option<AgentPhase>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    pub created_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exited_at: Option<u64>,
}

/// A spawn that waits for a free place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuedSpawnRequest {
    pub pid: Pid,
    pub config: AgentConfig,
    pub ppid: Pid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
    pub priority: u8,
    pub queued_at: u64,
}

/// `process.spawn`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Spawn {
    pub config: AgentConfig,
}

/// What a spawn answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Spawned {
    pub pid: Pid,
    /// `agent_<pid>`; kernels of old leave it out.
    #[serde(default)]
    pub uid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty_id: Option<TtyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnc_ws_port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<AgentRuntime>,
    /// True if all places are taken: the agent starts by itself when one is free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued: Option<bool>,
    /// Its place in the queue, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

/// `process.history`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct HistoryQuery {
    /// The most to answer: 100 if absent, at most 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Names one process.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct PidRef {
    pub pid: Pid,
}

/// `process.signal`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SendSignal {
    pub pid: Pid,
    pub signal: Signal,
}

/// `process.approve`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Approve {
    pub pid: Pid,
    /// Which approval is meant; absent means the open one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
}

/// `process.reject`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reject {
    pub pid: Pid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
}

/// `process.setPriority`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetPriority {
    pub pid: Pid,
    /// 1 (first) to 5 (last).
    pub priority: i64,
}

/// What `process.setPriority` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrioritySet {
    pub pid: Pid,
    pub priority: u8,
}

domain! {
    /// Processes: spawn, signals, approvals, priorities.
    process;
    commands {
        /// Starts an agent on a goal, or queues it.
        spawn "process.spawn" (Spawn) -> Spawned, needs SignedIn;
        /// Sends a signal to a process.
        signal "process.signal" (SendSignal) -> (), needs Own(StopPid, |p| p.pid), order(|p| p.pid);
        /// Lists the processes the caller may see.
        list "process.list" (Empty) -> Vec<Encoded<ProcessInfo>>, needs SignedIn, audit refusals;
        /// Processes that have ended, newest first.
        history "process.history" (HistoryQuery) -> Vec<ProcessInfo>, needs SignedIn, audit refusals;
        /// One process.
        info "process.info" (PidRef) -> ProcessInfo, needs Own(ViewPid, |p| p.pid), audit refusals;
        /// Lets the waiting agent go on with what it asked for.
        approve "process.approve" (Approve) -> (), needs Own(Pid, |p| p.pid), order(|p| p.pid);
        /// Refuses what the waiting agent asked for.
        reject "process.reject" (Reject) -> (), needs Own(Pid, |p| p.pid), order(|p| p.pid);
        /// Changes the priority of a process.
        set_priority "process.setPriority" (SetPriority) -> PrioritySet, needs Own(Pid, |p| p.pid), order(|p| p.pid);
        /// The spawns that wait for a place, in the order they will start.
        get_queue "process.getQueue" (Empty) -> Vec<QueuedSpawnRequest>, needs SignedIn, audit refusals;
    }
    events {
        /// A process table entry was made.
        Spawned "process.spawned" { pid: Pid, info: ProcessInfo } to owner(Pid, pid), journal;
        /// A process changed its state or phase.
        StateChange "process.stateChange" {
            pid: Pid,
            state: ProcessState,
            #[serde(skip_serializing_if = "Option::is_none", default)] previousState: Option<ProcessState>,
            #[serde(skip_serializing_if = "Option::is_none", default)] agentPhase: Option<AgentPhase>,
        } to owner(Pid, pid), journal;
        /// A process has ended, with a code and the signal that ended it.
        Exit "process.exit" {
            pid: Pid,
            code: i32,
            #[serde(skip_serializing_if = "Option::is_none", default)] signal: Option<String>,
        } to owner(Pid, pid), journal;
        /// A process wrote to its standard output.
        Stdout "process.stdout" { pid: Pid, data: String } to owner(Pid, pid), live;
        /// A process wrote to its standard error.
        Stderr "process.stderr" { pid: Pid, data: String } to owner(Pid, pid), live;
        /// The processes a list answered; also an early frame of a socket in the compatible dialect.
        List "process.list" { processes: Vec<Encoded<ProcessInfo>> } to requester, live;
        /// An agent waits for a person: to let it do something, or to answer a question.
        ApprovalRequired "process.approval_required" {
            pid: Pid,
            action: String,
            details: String,
            #[serde(skip_serializing_if = "Option::is_none", default)] approvalId: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none", default)] kind: Option<ApprovalKind>,
        } to owner(Pid, pid), journal;
        /// A spawn waits for a free place.
        Queued "process.queued" { pid: Pid, priority: u32, position: u32 } to owner(Pid, pid), journal;
        /// A spawn that waited has its place.
        Dequeued "process.dequeued" { pid: Pid, priority: u32 } to owner(Pid, pid), journal;
        /// The priority of a process changed.
        PriorityChanged "process.priorityChanged" { pid: Pid, priority: u32, previousPriority: u32 }
            to owner(Pid, pid), journal;
        /// A process that ended has left the table.
        Reaped "process.reaped" { pid: Pid } to owner(Pid, pid), journal;
        /// The home of a process was removed, by its owner or because it was kept long enough.
        Cleanup "process.cleanup" { pid: Pid, uid: String, cwd: String } to owner(Pid, pid), journal;
        /// A process got a signal that does not end it.
        Signal "process.signal" { pid: Pid, signal: String } to owner(Pid, pid), journal;
    }
}
