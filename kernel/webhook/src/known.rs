//! Webhooks in memory: what every event and every check of an owner reads.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use aether_base::SecretText;
use aether_protocol::domains::webhook::Webhook;
use aether_protocol::{UserId, WireError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::inbound::Inbound;
use crate::ports::Sealing;

/// What stands in place of something that is shown to nobody.
pub const MASKED: &str = "********";
/// Names of headers whose values let somebody in somewhere.
const LETS_IN: [&str; 7] = ["auth", "cookie", "key", "password", "secret", "signature", "token"];

/// A webhook as the disk has it, without what is sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub id: String,
    pub owner: UserId,
    pub name: String,
    pub url: String,
    pub events: Vec<String>,
    pub filters: Option<Map<String, Value>>,
    pub enabled: bool,
    /// Why the kernel disabled it, if it did.
    pub disabled_because: Option<String>,
    pub retry_count: u32,
    pub timeout_ms: u64,
    pub created_at: u64,
    pub last_triggered: Option<u64>,
    pub failure_count: u64,
    /// Events up to this number are not for it.
    pub since: u64,
}

/// What only the receiver gets.
#[derive(Clone, Default)]
pub struct Confided {
    pub secret: Option<SecretText>,
    pub headers: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    headers: BTreeMap<String, String>,
}

impl Confided {
    /// As the disk has it.
    ///
    /// # Errors
    /// When the cipher refuses.
    pub fn sealed(&self, id: &str, sealing: &dyn Sealing) -> Result<Vec<u8>, WireError> {
        let secret = self.secret.as_ref().map(|secret| secret.expose().to_owned());
        let kept = Kept { secret, headers: self.headers.clone() };
        let text = serde_json::to_vec(&kept).map_err(|error| WireError::invalid(format!("{error}.")))?;
        sealing.seal(&text, id)
    }

    fn opened(sealed: &[u8], id: &str, sealing: &dyn Sealing) -> Option<Confided> {
        let Kept { secret, headers } = serde_json::from_slice(&sealing.open(sealed, id)?).ok()?;
        Some(Confided { secret: secret.map(SecretText::new), headers })
    }
}

/// The one line of a webhook's deliveries: each has its own, so that none waits for another.
#[derive(Debug, Clone, Default)]
pub struct Lane {
    /// Told when there may be something to do.
    pub wake: Arc<Notify>,
    /// Cancelled when the webhook is gone.
    pub gone: CancellationToken,
    /// Nothing is sent before this time, in milliseconds since the Unix epoch: its receiver asked for a rest.
    pub rests_until: Arc<AtomicU64>,
}

/// A webhook.
#[derive(Clone)]
pub struct Hook {
    pub record: Record,
    /// Absent where this kernel cannot read it any more.
    pub confided: Option<Arc<Confided>>,
    pub lane: Lane,
}

impl Hook {
    pub fn new(record: Record, confided: Confided) -> Hook {
        Hook { record, confided: Some(Arc::new(confided)), lane: Lane::default() }
    }

    pub fn opened(record: Record, sealed: &[u8], sealing: &dyn Sealing) -> Hook {
        let confided = Confided::opened(sealed, &record.id, sealing).map(Arc::new);
        if confided.is_none() {
            tracing::warn!(webhook = record.id, "what a webhook is signed with cannot be read; it delivers nothing");
        }
        Hook { record, confided, lane: Lane::default() }
    }

    /// As its owner gets to see it.
    pub fn shown(&self) -> Webhook {
        let record = self.record.clone();
        let confided = self.confided.as_deref().cloned().unwrap_or_default();
        let headers: BTreeMap<String, String> =
            confided.headers.into_iter().map(|(name, value)| (name.clone(), masked(&name, value))).collect();
        Webhook {
            id: record.id,
            name: record.name,
            url: record.url,
            secret: confided.secret.map(|_| MASKED.to_owned()),
            events: record.events,
            filters: record.filters,
            headers: Some(headers).filter(|headers| !headers.is_empty()),
            enabled: record.enabled,
            owner_uid: Some(record.owner.0),
            retry_count: record.retry_count,
            timeout_ms: record.timeout_ms,
            created_at: record.created_at,
            last_triggered: record.last_triggered,
            failure_count: record.failure_count,
            disabled_because: record.disabled_because,
        }
    }
}

fn masked(name: &str, value: String) -> String {
    let name = name.to_ascii_lowercase();
    if LETS_IN.iter().any(|word| name.contains(word)) { MASKED.to_owned() } else { value }
}

/// What the kernel knows of webhooks.
#[derive(Default)]
pub struct Known {
    pub hooks: HashMap<String, Hook>,
    /// The webhook of each dead letter.
    pub dead: HashMap<String, String>,
    pub inbound: HashMap<String, Arc<Inbound>>,
    /// Addresses of ours by the hash of their token.
    pub tokens: HashMap<[u8; 32], String>,
}

impl Known {
    pub fn put_inbound(&mut self, inbound: Inbound) {
        self.tokens.insert(inbound.row.token_hash, inbound.row.id.clone());
        self.inbound.insert(inbound.row.id.clone(), Arc::new(inbound));
    }

    pub fn forget_hook(&mut self, id: &str) {
        if let Some(hook) = self.hooks.remove(id) {
            hook.lane.gone.cancel();
        }
        self.dead.retain(|_, of| of != id);
    }

    pub fn forget_inbound(&mut self, id: &str) {
        if let Some(inbound) = self.inbound.remove(id) {
            self.tokens.remove(&inbound.row.token_hash);
        }
    }

    pub fn forget_user(&mut self, user: &UserId) {
        let hooks: Vec<String> =
            self.hooks.values().filter(|hook| hook.record.owner == *user).map(|hook| hook.record.id.clone()).collect();
        hooks.iter().for_each(|id| self.forget_hook(id));
        let inbound: Vec<String> = self
            .inbound
            .values()
            .filter(|inbound| inbound.row.owner == *user)
            .map(|inbound| inbound.row.id.clone())
            .collect();
        inbound.iter().for_each(|id| self.forget_inbound(id));
    }
}
