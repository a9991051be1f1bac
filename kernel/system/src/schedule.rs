//! What the schedule needs of others: the gate to start agents by, and who its users are.

use std::sync::Arc;

use aether_base::{Door, Gate, Viewer};
use aether_identity::Identity;
use aether_process::Processes;
use aether_protocol::domains::process::{AgentConfig, Command as Process, Spawn, Spawned};
use aether_protocol::{ErrorCode, Pid, UserId, WireError};
use aether_schedule::{Agents, SCHEDULED_BY, Users};
use async_trait::async_trait;

/// Agents, started as their owner would start them.
pub struct AgentsPort {
    pub gate: Arc<Gate>,
    pub identity: Arc<Identity>,
    pub processes: Arc<Processes>,
}

#[async_trait]
impl Agents for AgentsPort {
    async fn spawn(&self, owner: &UserId, config: AgentConfig) -> Result<Pid, WireError> {
        let caller = Arc::new(self.identity.stand_in(owner, Door::Inside).ok_or_else(nobody)?);
        let reply = self.gate.call(&caller, Process::spawn(Spawn { config }).into()).await?;
        let spawned: Spawned = reply.read()?;
        if self.identity.username(owner).is_none() {
            // Deleted meanwhile: whoever ended what it left behind may have come before this.
            self.processes.end_all_of(owner).await;
            return Err(nobody());
        }
        Ok(spawned.pid)
    }

    async fn started(&self, owner: &UserId, run: &str) -> Result<Option<Pid>, WireError> {
        let found = self.processes.started_for(owner, SCHEDULED_BY, "run", run).await;
        found.map_err(|error| aether_base::Error::from(error).wire)
    }

    fn is_living(&self, pid: Pid) -> bool {
        self.processes.is_living(pid)
    }
}

/// Users, for those who start agents on their behalf.
pub struct UsersPort(pub Arc<Identity>);

impl Users for UsersPort {
    fn find(&self, name: &str) -> Option<UserId> {
        let by_id = self.0.user_info(&UserId::from(name));
        by_id.or_else(|| self.0.user_by_name(name)).map(|user| user.id)
    }

    fn viewer(&self, user: &UserId) -> Option<Viewer> {
        self.0.stand_in(user, Door::Inside).as_ref().map(Viewer::of)
    }
}

fn nobody() -> WireError {
    WireError::new(ErrorCode::Forbidden, "Its owner does not exist any more.")
}
