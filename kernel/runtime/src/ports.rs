//! What the loop reaches the world through: commands, the journal, the clock. It is handed these and has nothing else.

use std::sync::Arc;

use aether_protocol::{Command, Event, Pid, Reply, Transport, WireError};
use async_trait::async_trait;
use serde_json::Value;

use crate::chat::Delta;
use crate::entry::Entry;
use crate::trajectory::Told;

/// Has commands done as this agent.
#[async_trait]
pub trait Gate: Send + Sync {
    async fn call(&self, command: Command) -> Result<Reply, WireError>;

    /// Refuses a tool that policies keep from this agent; `approval_required` where a person may allow the call.
    fn may_use(&self, tool: &str) -> Result<(), WireError>;

    /// Refuses a provider of models that policies keep from this agent; `approval_required` where a person may allow it to
    /// the run.
    fn may_think(&self, provider: &str) -> Result<(), WireError>;

    /// Notes that a call of a tool is over, for the audit log. It must not block.
    fn used(&self, used: &ToolUse<'_>);
}

/// A call of a tool that is over.
#[derive(Debug, Clone, Copy)]
pub struct ToolUse<'a> {
    /// As the model called it, if there is none of this name.
    pub tool: &'a str,
    pub arguments: &'a Value,
    pub ended: Ended,
    /// What the model is told.
    pub output: Option<&'a str>,
}

/// How a call of a tool ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Well,
    /// It failed, was refused, or nothing ran.
    Badly,
    /// The kernel ended while it ran: its effect is unknown.
    Interrupted,
    /// The run was stopped while it ran.
    Cancelled,
}

/// The agent's own gate, for the typed clients.
#[derive(Clone)]
pub struct AgentGate(pub Arc<dyn Gate>);

impl Transport for AgentGate {
    async fn call(&self, command: Command) -> Result<Reply, WireError> {
        self.0.call(command).await
    }
}

/// One journal entry with what becomes visible with it.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its place, from 0, without gaps.
    pub n: u64,
    pub entry: Entry,
    /// Bytes the entry names by their hash.
    pub parts: Vec<(String, Vec<u8>)>,
    pub events: Vec<Event>,
    pub step: u32,
    /// What it tells a person, if anything.
    pub told: Option<Told>,
}

/// Why the journal could not take or give an entry. The message is for the person.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// It may work later: the disk is full, the database locked.
    #[error("{0}")]
    Later(String),
    /// Another loop drives this agent, or the journal cannot be read.
    #[error("{0}")]
    Broken(String),
}

/// The agent's journal. An appended entry is on disk when the call returns, and visible to nobody before.
#[async_trait]
pub trait Journal: Send + Sync {
    async fn load(&self) -> Result<Vec<Entry>, JournalError>;
    async fn append(&self, lines: Vec<Line>) -> Result<(), JournalError>;
}

/// The time, as a port, so that a run can be replayed.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;
}

/// Whoever watches replies being written.
pub trait Watchers: Send + Sync {
    /// Takes a piece of a reply. It must not block.
    fn delta(&self, pid: Pid, delta: &Delta);
}

/// Everything a loop is handed.
#[derive(Clone)]
pub struct Ports {
    pub gate: AgentGate,
    pub journal: Arc<dyn Journal>,
    pub clock: Arc<dyn Clock>,
    pub watchers: Arc<dyn Watchers>,
}
