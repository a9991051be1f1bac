//! Dead letters: deliveries that were given up, kept for another attempt.

use std::sync::Arc;

use aether_base::Caller;
use aether_protocol::domains::webhook::{DlqEntry, event};
use aether_store::rusqlite::Connection;

use crate::deliver::fired;
use crate::error::Result;
use crate::known::Hook;
use crate::store::{self, dlq};
use crate::{Webhooks, person, told, whose};

/// Entries of a page, if nothing is said, and at most.
const PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 500;

impl Webhooks {
    /// The caller's dead letters, newest first; everybody's for an administrator.
    ///
    /// # Errors
    /// When the caller is not a person, or the store cannot be read.
    pub async fn dead_letters(
        &self,
        caller: &Caller,
        limit: Option<u32>,
        offset: Option<u32>,
    ) -> Result<Vec<DlqEntry>> {
        let owner = whose(caller, None)?;
        let (limit, offset) = (limit.unwrap_or(PAGE).min(LARGEST_PAGE), offset.unwrap_or(0));
        Ok(self.parts.store.read(move |db| dlq::list(db, owner.as_ref(), limit, offset)).await?)
    }

    /// Tries a dead letter once more, now, and says whether it arrived. It stays, with the time of the attempt.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn retry(self: &Arc<Self>, caller: &Caller, id: String) -> Result<bool> {
        let Some((entry, hook)) = self.letter(caller, &id).await? else { return Ok(false) };
        let attempt = self.attempt(&hook, &id, &entry.payload).await;
        let (now, success) = (self.now(), attempt.is_success());
        let mut events = vec![told(&hook.record.owner, event::DlqRetried { dlqId: id.clone(), success })];
        if success {
            events.push(told(&hook.record.owner, fired(&hook.record.id, &entry.event_type)));
        }
        let line = attempt.line(&hook.record.id, &entry.event_type, &entry.payload, now);
        let is_gone = attempt.outcome.is_gone();
        let (error, webhook, webhooks) = (attempt.outcome.error, hook.record.id.clone(), self.clone());
        let write = move |db: &Connection| {
            dlq::retried(db, &id, error.as_deref(), now)?;
            store::logs::insert(db, &line)?;
            match success {
                true => webhooks.succeeded(db, &webhook, now),
                false if is_gone => webhooks.failed(db, &webhook, is_gone, now),
                false => Ok(()),
            }
        };
        self.parts.store.commit(events, write).await?;
        Ok(success)
    }

    /// A dead letter that this caller may touch. One that came since the gate looked is held to its owner here.
    async fn letter(&self, caller: &Caller, id: &str) -> Result<Option<(DlqEntry, Hook)>> {
        let name = id.to_owned();
        let Some(entry) = self.parts.store.read(move |db| dlq::get(db, &name)).await? else { return Ok(None) };
        let hook = self.known().hooks.get(&entry.webhook_id).cloned();
        let hook = hook.filter(|hook| caller.is_admin() || caller.user() == Some(&hook.record.owner));
        Ok(hook.map(|hook| (entry, hook)))
    }

    /// Deletes one dead letter, or all of the caller's, and answers how many those were.
    ///
    /// # Errors
    /// When the caller is not a person, or the store cannot be written.
    pub async fn purge(&self, caller: &Caller, id: Option<String>) -> Result<u64> {
        let user = person(caller)?;
        let gone = match id {
            Some(id) if self.letter(caller, &id).await?.is_none() => return Ok(0),
            Some(id) => self.parts.store.write(move |db| dlq::delete(db, &id)).await?,
            None => self.parts.store.write(move |db| dlq::delete_all_of(db, &user)).await?,
        };
        let mut known = self.known();
        gone.iter().for_each(|id| drop(known.dead.remove(id)));
        Ok(gone.len() as u64)
    }
}
