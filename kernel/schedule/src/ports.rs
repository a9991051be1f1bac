//! What the schedule needs of others. `kernel/system` wires the implementations.

use aether_base::Viewer;
use aether_protocol::domains::process::AgentConfig;
use aether_protocol::{Pid, UserId, WireError};
use async_trait::async_trait;

/// The key of an agent's configuration that says what started it: `{"kind", "id", "run"}`.
pub const SCHEDULED_BY: &str = "scheduledBy";

/// Agents, as far as starting them on somebody's behalf needs.
#[async_trait]
pub trait Agents: Send + Sync {
    /// Starts an agent as its owner would: through the gate, so that rights and limits hold.
    ///
    /// # Errors
    /// What the gate or the process group refuses it with.
    async fn spawn(&self, owner: &UserId, config: AgentConfig) -> Result<Pid, WireError>;

    /// The agent that was started for this run, by what its configuration says under [`SCHEDULED_BY`]; also one that
    /// has ended.
    ///
    /// # Errors
    /// When that cannot be found out now.
    async fn started(&self, owner: &UserId, run: &str) -> Result<Option<Pid>, WireError>;

    /// True until the agent has ended. Answers from memory.
    fn is_living(&self, pid: Pid) -> bool;
}

/// Users, as far as owning a job or a trigger needs. Answers from memory.
pub trait Users: Send + Sync {
    /// The user of this id or name.
    fn find(&self, name: &str) -> Option<UserId>;

    /// As whom a user looks on; `None` if there is no such user any more.
    fn viewer(&self, user: &UserId) -> Option<Viewer>;
}
