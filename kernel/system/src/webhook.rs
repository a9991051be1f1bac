//! Webhooks, wired: what seals, and how a call from outside becomes an agent.

use std::sync::{Arc, OnceLock};

use aether_base::bus::Bus;
use aether_base::{Config, Result, SystemClock};
use aether_identity::{Identity, Sealer, SecretSettings};
use aether_protocol::domains::process::AgentConfig;
use aether_protocol::{ErrorCode, Pid, UserId, WireError};
use aether_store::Store;
use aether_webhook::ports::{Agents, CALLED_BY, Sealing};
use aether_webhook::{HttpSender, Parts, Settings, Webhooks};
use async_trait::async_trait;

use crate::starter::{Starter, UsersPort};

/// What is sealed of webhooks; it never changes.
const PURPOSE: &str = "Aether OS secrets of webhooks";

pub async fn open(
    config: &Config,
    store: &Arc<Store>,
    bus: &Arc<Bus>,
    identity: &Arc<Identity>,
    agents: Arc<AgentsPort>,
) -> Result<Arc<Webhooks>> {
    let allow_private = config.webhook.allow_private;
    let parts = Parts {
        store: store.clone(),
        bus: bus.clone(),
        clock: Arc::new(SystemClock),
        people: Arc::new(UsersPort(identity.clone())),
        sealing: Arc::new(SealingPort(SecretSettings::from(config).sealer(PURPOSE)?)),
        agents,
        sender: Arc::new(HttpSender::new(allow_private)?),
        settings: Settings { allow_private, rate_limit: config.server.rate_limit },
    };
    Ok(Webhooks::open(parts).await?)
}

/// The kernel's own secret.
struct SealingPort(Sealer);

impl Sealing for SealingPort {
    fn seal(&self, plain: &[u8], owner: &str) -> std::result::Result<Vec<u8>, WireError> {
        self.0.seal(plain, owner).map_err(|error| WireError::new(ErrorCode::Internal, error.to_string()))
    }

    fn open(&self, sealed: &[u8], owner: &str) -> Option<Vec<u8>> {
        self.0.open(sealed, owner).map(|plain| plain.to_vec())
    }
}

/// Agents that calls from outside start.
#[derive(Default)]
pub struct AgentsPort {
    /// There once the gate is, which has webhooks behind it. No door is open before.
    starter: OnceLock<Starter>,
}

impl AgentsPort {
    pub fn attach(&self, starter: Starter) {
        let _ = self.starter.set(starter);
    }

    fn starter(&self) -> std::result::Result<&Starter, WireError> {
        let early = || WireError::unavailable("The kernel is starting. Call again in a moment.");
        self.starter.get().ok_or_else(early)
    }
}

#[async_trait]
impl Agents for AgentsPort {
    async fn spawn(&self, owner: &UserId, config: AgentConfig) -> std::result::Result<Pid, WireError> {
        self.starter()?.spawn(owner, config).await
    }

    async fn started(&self, owner: &UserId, run: &str) -> std::result::Result<Option<Pid>, WireError> {
        self.starter()?.started(owner, CALLED_BY, run).await
    }

    fn mark(&self, text: &str) -> String {
        aether_runtime::tool_output("webhook", text)
    }
}
