//! What webhooks need of other parts of the kernel. `kernel/system` wires the implementations.

use aether_base::Viewer;
use aether_protocol::domains::process::AgentConfig;
use aether_protocol::{Pid, UserId, WireError};
use async_trait::async_trait;

/// The key of an agent's configuration that says which call started it: `{"kind", "id", "run"}`.
pub const CALLED_BY: &str = "calledBy";

/// Who there is. Answers from memory.
pub trait People: Send + Sync {
    /// The user of this id or name.
    fn find(&self, name: &str) -> Option<UserId>;

    /// What a user may see, as of now; `None` if there is no such user.
    fn viewer(&self, user: &UserId) -> Option<Viewer>;
}

/// Seals what must not lie on the disk in clear.
pub trait Sealing: Send + Sync {
    /// Bytes that only this kernel can read. `owner` says whose they are: they open for nobody else.
    ///
    /// # Errors
    /// When the cipher refuses.
    fn seal(&self, plain: &[u8], owner: &str) -> Result<Vec<u8>, WireError>;

    /// What was sealed for this owner; `None` if it was changed, is another's, or this kernel's secret was another one.
    fn open(&self, sealed: &[u8], owner: &str) -> Option<Vec<u8>>;
}

/// Starts agents for calls from outside.
#[async_trait]
pub trait Agents: Send + Sync {
    /// Starts an agent as a command of this user: its rights, shares and limits hold.
    ///
    /// # Errors
    /// What the gate or the process table refuses.
    async fn spawn(&self, owner: &UserId, config: AgentConfig) -> Result<Pid, WireError>;

    /// The agent that was started for this run, by what its configuration says under [`CALLED_BY`]; also one that has
    /// ended.
    ///
    /// # Errors
    /// When that cannot be found out now.
    async fn started(&self, owner: &UserId, run: &str) -> Result<Option<Pid>, WireError>;

    /// Marks text that nobody here wrote, so that the model takes it as data.
    fn mark(&self, text: &str) -> String;
}
