//! Addresses of ours: whoever calls one with its token starts an agent of its owner.

use std::sync::atomic::{AtomicU64, Ordering};

use aether_base::{Caller, SecretText};
use aether_protocol::UserId;
use aether_protocol::domains::process::AgentConfig;
use aether_protocol::domains::webhook::{CreateInbound, InboundCreated, InboundWebhook, event};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::calls::TOKEN;
use crate::error::{Result, WebhookError};
use crate::known::MASKED;
use crate::outbound::{MOST, full};
use crate::ports::Sealing;
use crate::template::{self, Part};
use crate::turns::Turns;
use crate::{Webhooks, rules, store, told, whose};

/// Where calls are made, before the token.
const ROUTE: &str = "/api/v1/hooks/";

/// An address of ours as the disk has it, without what is sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: String,
    pub owner: UserId,
    pub name: String,
    pub token_hash: [u8; 32],
    pub config: AgentConfig,
    pub transform: Option<String>,
    pub last_triggered: Option<u64>,
    pub trigger_count: u64,
    pub created_at: u64,
}

/// What calls have to be signed with.
pub enum Signing {
    /// The token is enough.
    Unsigned,
    By(SecretText),
    /// This kernel cannot read the secret any more: nobody gets in.
    Unreadable,
}

/// An address of ours.
pub struct Inbound {
    pub row: Row,
    pub signing: Signing,
    /// How calls become goals; without it the whole payload follows the goal.
    template: Option<Vec<Part>>,
    calls: AtomicU64,
    /// 0 before the first call.
    last_call: AtomicU64,
    /// Signed calls that are being taken.
    pub turns: Turns,
}

impl Inbound {
    fn new(row: Row, signing: Signing) -> Inbound {
        // It was read when it was made; a template of another version's that cannot be is left out.
        let template = row.transform.as_deref().and_then(|text| template::parse(text).ok());
        let (calls, last_call) = (row.trigger_count.into(), row.last_triggered.unwrap_or_default().into());
        Inbound { row, signing, template, calls, last_call, turns: Turns::default() }
    }

    pub fn opened(row: Row, sealed: Option<&[u8]>, sealing: &dyn Sealing) -> Inbound {
        let opened = sealed.map(|sealed| sealing.open(sealed, &row.id).and_then(|plain| String::from_utf8(plain).ok()));
        let signing = match opened {
            None => Signing::Unsigned,
            Some(Some(secret)) => Signing::By(SecretText::new(secret)),
            Some(None) => {
                tracing::warn!(webhook = row.id, "the secret of an inbound webhook cannot be read; it takes no calls");
                Signing::Unreadable
            }
        };
        Inbound::new(row, signing)
    }

    /// Counts a call that has started an agent.
    pub fn count(&self, now: u64) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.last_call.store(now, Ordering::Relaxed);
    }

    fn shown(&self) -> InboundWebhook {
        let row = self.row.clone();
        InboundWebhook {
            id: row.id,
            name: row.name,
            token: MASKED.to_owned(),
            agent_config: row.config,
            transform: row.transform,
            secret: (!matches!(self.signing, Signing::Unsigned)).then(|| MASKED.to_owned()),
            enabled: true,
            owner_uid: Some(row.owner.0),
            last_triggered: Some(self.last_call.load(Ordering::Relaxed)).filter(|at| *at > 0),
            trigger_count: self.calls.load(Ordering::Relaxed),
            created_at: row.created_at,
        }
    }

    /// What an agent is to do about a call.
    pub fn goal(&self, body: &[u8], mark: &dyn Fn(&str) -> String) -> Result<String> {
        let text =
            std::str::from_utf8(body).map_err(|_| rules::invalid("The body is not UTF-8. Send JSON or text."))?;
        let payload = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        match &self.template {
            Some(parts) => Ok(template::render(parts, &payload, mark)),
            None => {
                let goal = Part::Text(format!("{}\n\nWhat called this webhook sent:\n", self.row.config.goal.trim()));
                Ok(template::render(&[goal, Part::Value(Vec::new())], &payload, mark))
            }
        }
    }
}

impl Webhooks {
    /// Makes an address of ours. The answer is the only place that shows its token.
    ///
    /// # Errors
    /// When something of it breaks the rules, its owner has too many, or the caller is not a person.
    pub async fn create_inbound(&self, caller: &Caller, request: CreateInbound) -> Result<InboundCreated> {
        let owner = self.for_whom(caller, request.owner_uid.clone())?;
        let (name, secret) = rules::inbound(&request)?;
        let token: String = rand::random::<[u8; TOKEN / 2]>().iter().map(|byte| format!("{byte:02x}")).collect();
        let row = Row {
            id: uuid::Uuid::new_v4().to_string(),
            owner: owner.clone(),
            name,
            token_hash: hash(&token),
            config: request.agent_config,
            transform: request.transform,
            last_triggered: None,
            trigger_count: 0,
            created_at: self.now(),
        };
        let sealed = secret.as_ref().map(|secret| self.parts.sealing.seal(secret.as_bytes(), &row.id)).transpose()?;
        let kept = row.clone();
        let insert = self.parts.store.write(move |db| store::inbound::insert(db, &kept, sealed.as_deref(), MOST));
        insert.await.map_err(full)?;
        let created = InboundCreated { id: row.id.clone(), url: format!("{ROUTE}{token}"), token };
        let signing = secret.map_or(Signing::Unsigned, |secret| Signing::By(SecretText::new(secret)));
        self.known().put_inbound(Inbound::new(row, signing));
        // Who was deleted meanwhile was forgotten before there was anything to forget.
        if self.parts.people.viewer(&owner).is_none() {
            self.departed(&owner);
            return Err(WebhookError::NotAPerson);
        }
        Ok(created)
    }

    /// Deletes an address of ours; its token is worth nothing from then on. Nothing happens where there is none.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn delete_inbound(&self, id: String) -> Result<()> {
        let Some(owner) = self.known().inbound.get(&id).map(|inbound| inbound.row.owner.clone()) else { return Ok(()) };
        let events = vec![told(&owner, event::InboundDeleted { inboundId: id.clone() })];
        let name = id.clone();
        self.parts.store.commit(events, move |db| store::inbound::delete(db, &name)).await?;
        self.known().forget_inbound(&id);
        Ok(())
    }

    /// The caller's addresses of ours, oldest first; everybody's for an administrator, or those of whom it names.
    ///
    /// # Errors
    /// When the caller is not a person.
    pub fn list_inbound(&self, caller: &Caller, named: Option<String>) -> Result<Vec<InboundWebhook>> {
        let owner = whose(caller, named)?;
        let known = self.known();
        let all = known.inbound.values().filter(|one| owner.as_ref().is_none_or(|owner| one.row.owner == *owner));
        let mut shown: Vec<InboundWebhook> = all.map(|inbound| inbound.shown()).collect();
        drop(known);
        shown.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(shown)
    }
}

/// Tokens are random, so one round is enough.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
