//! Webhooks, wired: who there is, what seals, and how a call from outside becomes an agent.

use std::sync::{Arc, OnceLock, Weak};

use aether_base::bus::{Bus, Viewer};
use aether_base::{Config, Door, Gate, Result, SystemClock};
use aether_identity::{Identity, Sealer, SecretSettings};
use aether_protocol::domains::process::{AgentConfig, Command as Process, Spawn, Spawned};
use aether_protocol::{ErrorCode, Pid, UserId, WireError};
use aether_store::Store;
use aether_webhook::ports::{Agents, People, Sealing};
use aether_webhook::{HttpSender, Parts, Settings, Webhooks};
use async_trait::async_trait;

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
        people: Arc::new(PeoplePort(identity.clone())),
        sealing: Arc::new(SealingPort(SecretSettings::from(config).sealer(PURPOSE)?)),
        agents,
        sender: Arc::new(HttpSender::new(allow_private)?),
        settings: Settings { allow_private, rate_limit: config.server.rate_limit },
    };
    Ok(Webhooks::open(parts).await?)
}

/// The users.
struct PeoplePort(Arc<Identity>);

impl People for PeoplePort {
    fn viewer(&self, user: &UserId) -> Option<Viewer> {
        self.0.stand_in(user, Door::Inside).as_ref().map(Viewer::of)
    }
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

/// The gate, as calls from outside pass it: for the owner of what was called, with that user's rights and shares.
pub struct AgentsPort {
    identity: Arc<Identity>,
    /// There once the gate is, which has webhooks behind it.
    gate: OnceLock<Weak<Gate>>,
}

impl AgentsPort {
    pub fn new(identity: Arc<Identity>) -> AgentsPort {
        AgentsPort { identity, gate: OnceLock::new() }
    }

    pub fn attach(&self, gate: &Arc<Gate>) {
        let _ = self.gate.set(Arc::downgrade(gate));
    }
}

#[async_trait]
impl Agents for AgentsPort {
    async fn spawn(&self, owner: &UserId, config: AgentConfig) -> std::result::Result<Pid, WireError> {
        let caller = self.identity.stand_in(owner, Door::Rest);
        let (Some(gate), Some(caller)) = (self.gate.get().and_then(Weak::upgrade), caller) else {
            return Err(WireError::not_found("Nobody is there any more for whom this would be done."));
        };
        let spawned: Spawned = gate.call(&Arc::new(caller), Process::spawn(Spawn { config }).into()).await?.read()?;
        Ok(spawned.pid)
    }

    fn mark(&self, text: &str) -> String {
        aether_runtime::tool_output("webhook", text)
    }
}
