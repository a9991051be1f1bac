//! Agents that nobody starts by hand: by the clock, by what happens, by a call from outside. Each is started as a command of
//! the user whose doing that is.

use std::sync::{Arc, Weak};

use aether_base::{Door, Gate, Viewer};
use aether_identity::Identity;
use aether_process::Processes;
use aether_protocol::domains::process::{AgentConfig, Command as Process, Spawn, Spawned};
use aether_protocol::{ErrorCode, Pid, UserId, WireError};

/// Starts agents through the gate, with the rights, shares and limits that their owner has by then.
pub struct Starter {
    /// What is behind the gate starts agents by it.
    pub gate: Weak<Gate>,
    pub identity: Arc<Identity>,
    pub processes: Arc<Processes>,
    /// Through which door it counts as coming: what comes through one from outside ends before the kernel does.
    pub door: Door,
}

impl Starter {
    pub async fn spawn(&self, owner: &UserId, config: AgentConfig) -> Result<Pid, WireError> {
        let closing = || WireError::new(ErrorCode::ShuttingDown, "The kernel is closing and starts nothing more.");
        let gate = self.gate.upgrade().ok_or_else(closing)?;
        let caller = Arc::new(self.identity.stand_in(owner, self.door).ok_or_else(nobody)?);
        let spawned: Spawned = gate.call(&caller, Process::spawn(Spawn { config }).into()).await?.read()?;
        if self.identity.username(owner).is_none() {
            // Deleted meanwhile: whoever ended what it left behind may have come before this.
            self.processes.end_all_of(owner).await;
            return Err(nobody());
        }
        Ok(spawned.pid)
    }

    /// The agent whose configuration says under `key` that it is of this run; also one that has ended.
    pub async fn started(&self, owner: &UserId, key: &str, run: &str) -> Result<Option<Pid>, WireError> {
        let found = self.processes.started_for(owner, key, "run", run).await;
        found.map_err(|error| aether_base::Error::from(error).wire)
    }
}

/// Users, for those who start agents on their behalf.
pub struct UsersPort(pub Arc<Identity>);

impl UsersPort {
    fn named(&self, name: &str) -> Option<UserId> {
        let by_id = self.0.user_info(&UserId::from(name));
        by_id.or_else(|| self.0.user_by_name(name)).map(|user| user.id)
    }

    fn looks_as(&self, user: &UserId) -> Option<Viewer> {
        self.0.stand_in(user, Door::Inside).as_ref().map(Viewer::of)
    }
}

impl aether_schedule::Users for UsersPort {
    fn find(&self, name: &str) -> Option<UserId> {
        self.named(name)
    }

    fn viewer(&self, user: &UserId) -> Option<Viewer> {
        self.looks_as(user)
    }
}

impl aether_webhook::ports::People for UsersPort {
    fn find(&self, name: &str) -> Option<UserId> {
        self.named(name)
    }

    fn viewer(&self, user: &UserId) -> Option<Viewer> {
        self.looks_as(user)
    }
}

fn nobody() -> WireError {
    WireError::new(ErrorCode::Forbidden, "Its owner does not exist any more.")
}
