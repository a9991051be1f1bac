//! What the schedule needs of agents.

use aether_protocol::domains::process::AgentConfig;
use aether_protocol::{Pid, UserId, WireError};
use aether_schedule::{Agents, SCHEDULED_BY};
use async_trait::async_trait;

use crate::starter::Starter;

/// Agents, started as their owner would start them.
pub struct AgentsPort(pub Starter);

#[async_trait]
impl Agents for AgentsPort {
    async fn spawn(&self, owner: &UserId, config: AgentConfig) -> Result<Pid, WireError> {
        self.0.spawn(owner, config).await
    }

    async fn started(&self, owner: &UserId, run: &str) -> Result<Option<Pid>, WireError> {
        self.0.started(owner, SCHEDULED_BY, run).await
    }

    fn is_living(&self, pid: Pid) -> bool {
        self.0.processes.is_living(pid)
    }
}
