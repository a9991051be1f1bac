//! Addresses we tell of events: registered, listed, switched on and off, forgotten.

use std::sync::Arc;

use aether_base::{Caller, SecretText};
use aether_protocol::domains::webhook::{Register, Webhook, WebhookLog, event};
use aether_store::StoreError;
use aether_store::rusqlite::Connection;

use crate::error::{Result, WebhookError};
use crate::known::{Confided, Hook, Record};
use crate::{Webhooks, rules, store, told, whose};

/// Webhooks of one user, and as many addresses of ours.
pub const MOST: u64 = 32;
/// Lines of a log, if nothing is said.
const LINES: u32 = 50;

impl Webhooks {
    /// Tells an address of events from now on, and answers its id.
    ///
    /// # Errors
    /// When something of it breaks the rules, its owner has too many, or the caller is not a person.
    pub async fn register(self: &Arc<Self>, caller: &Caller, request: Register) -> Result<String> {
        let owner = self.for_whom(caller, request.owner_uid.clone())?;
        let registration = rules::registration(request, self.parts.settings.allow_private)?;
        let record = Record {
            id: uuid::Uuid::new_v4().to_string(),
            owner: owner.clone(),
            name: registration.name,
            url: registration.url,
            events: registration.events,
            filters: registration.filters,
            enabled: true,
            disabled_because: None,
            retry_count: registration.retry_count,
            timeout_ms: registration.timeout_ms,
            created_at: self.now(),
            last_triggered: None,
            failure_count: 0,
            since: self.parts.store.seq().0,
        };
        let secret = registration.secret.map(SecretText::new);
        let confided = Confided { secret, headers: registration.headers };
        let sealed = confided.sealed(&record.id, &*self.parts.sealing)?;
        let (id, name) = (record.id.clone(), record.name.clone());
        let events = vec![told(&owner, event::Registered { webhookId: id.clone(), name })];
        let row = record.clone();
        let kept = self.parts.store.commit(events, move |db| store::hooks::insert(db, &row, &sealed, MOST)).await;
        kept.map_err(full)?;
        // What happened before is not for it, also where it was on its way to the disk.
        let record = Record { since: self.parts.store.seq().0, ..record };
        let hook = Hook::new(record, confided);
        self.known().hooks.insert(id.clone(), hook.clone());
        // Who was deleted meanwhile was forgotten before there was anything to forget.
        if self.parts.people.viewer(&owner).is_none() {
            self.departed(&owner);
            return Err(WebhookError::NotAPerson);
        }
        self.open_lane(&hook);
        Ok(id)
    }

    /// Forgets an address, with what waits for it and what was given up. Nothing happens where there is none.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn unregister(&self, id: String) -> Result<()> {
        let Some(owner) = self.known().hooks.get(&id).map(|hook| hook.record.owner.clone()) else { return Ok(()) };
        let events = vec![told(&owner, event::Unregistered { webhookId: id.clone() })];
        let name = id.clone();
        self.parts.store.commit(events, move |db| store::hooks::delete(db, &name)).await?;
        self.known().forget_hook(&id);
        Ok(())
    }

    /// The caller's webhooks, oldest first; everybody's for an administrator, or those of whom it names.
    ///
    /// # Errors
    /// When the caller is not a person.
    pub fn list(&self, caller: &Caller, named: Option<String>) -> Result<Vec<Webhook>> {
        let owner = whose(caller, named)?;
        let known = self.known();
        let hooks = known.hooks.values().filter(|hook| owner.as_ref().is_none_or(|owner| hook.record.owner == *owner));
        let mut shown: Vec<Webhook> = hooks.map(Hook::shown).collect();
        drop(known);
        shown.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(shown)
    }

    /// Delivers to an address again, or nothing for now. What waits for it stays. Nothing happens where there is none.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn switch(self: &Arc<Self>, id: String, on: bool) -> Result<()> {
        let webhooks = self.clone();
        let write = move |db: &Connection| {
            let since = webhooks.parts.store.seq().0;
            if store::hooks::switch(db, &id, on, since)? {
                webhooks.change(&id, |record| {
                    record.enabled = on;
                    if on {
                        (record.disabled_because, record.failure_count, record.since) = (None, 0, since);
                    }
                });
                webhooks.wake(&id);
            }
            Ok(())
        };
        Ok(self.parts.store.write(write).await?)
    }

    /// The last attempts at an address, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn logs(&self, id: String, limit: Option<u32>) -> Result<Vec<WebhookLog>> {
        if !self.known().hooks.contains_key(&id) {
            return Ok(Vec::new());
        }
        let limit = limit.unwrap_or(LINES);
        Ok(self.parts.store.read(move |db| store::logs::list(db, &id, limit)).await?)
    }
}

/// A row that was not kept: there is no room, or nobody to keep it for.
pub fn full(error: StoreError) -> WebhookError {
    match error {
        StoreError::Failed(reason) if reason == store::TOO_MANY => WebhookError::TooMany(MOST),
        other => WebhookError::gone(other),
    }
}
