//! The ports of snapshots: what a snapshot keeps of an agent beside its files, and how an agent is held while one is
//! taken and begins again from one.

use aether_protocol::Pid;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::ports::Owner;

/// What a part has kept: enough to tell later whether it is still what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartKept {
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
}

/// The process that an agent goes on as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// Reserved by [`SnapshotAgents::reserve`].
    pub pid: Pid,
    pub ppid: Pid,
}

/// A part of an agent that snapshots keep beside its files, by its name. Whoever owns the part keeps it, under the id of
/// the snapshot.
#[async_trait]
pub trait SnapshotPart: Send + Sync {
    /// Never changes: snapshots name their parts by it.
    fn name(&self) -> &'static str;

    /// Keeps what the part is now. The agent is held.
    async fn capture(&self, snapshot: &str, pid: Pid) -> Result<PartKept>;

    /// What is kept, as it is now.
    async fn measure(&self, snapshot: &str) -> Result<PartKept>;

    /// Gives the part to another process, in one step.
    async fn restore(&self, snapshot: &str, to: Successor) -> Result<()>;

    /// Forgets what was kept under these ids. Ids that nothing is kept under are none of its business.
    async fn discard(&self, snapshots: Vec<String>) -> Result<()>;

    /// Every id that something is kept under.
    async fn kept(&self) -> Result<Vec<String>>;
}

/// Lets go of a held agent when it is dropped.
pub type Held = Box<dyn Send + Sync>;

/// Agents, as far as snapshots need them.
#[async_trait]
pub trait SnapshotAgents: Send + Sync {
    /// Whose agent it is or was. Answers from memory.
    fn owner(&self, pid: Pid) -> Owner;

    /// Holds an agent at a boundary of its journal, and what runs in its sandbox: until the answer is dropped nothing
    /// of it is journalled and no command starts. One that has ended is as it is.
    fn hold(&self, pid: Pid) -> Held;

    /// Takes a pid for the agent of a snapshot, or refuses what its start would be refused for: a full table, the
    /// owner's share (where it counts), the model, the organisation. A pid that is not used is never given again.
    async fn reserve(&self, snapshot: &str, within_share: bool) -> Result<Pid>;
}
