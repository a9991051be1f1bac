//! Calls from outside: each starts one agent. A signed one does so however often, and at whatever moment, it comes: it is on
//! disk before its agent starts, and its agent says of which call it came.

use std::sync::Arc;
use std::time::Instant;

use aether_base::fault;
use aether_protocol::Pid;
use aether_protocol::domains::process::AgentConfig;
use aether_protocol::domains::webhook::event;
use reqwest::header::HeaderMap;
use serde_json::json;

use crate::error::{Result, WebhookError};
use crate::inbound::{Inbound, Signing, hash};
use crate::ports::CALLED_BY;
use crate::sign::{self, Signed};
use crate::{Webhooks, store, told};

/// Calls of one address in any minute.
const CALLS: usize = 60;
/// Characters of a token.
pub const TOKEN: usize = 64;

impl Webhooks {
    /// Takes a call: starts an agent of the address's owner, and answers its pid. A signed call that is repeated under its
    /// id is answered as before.
    ///
    /// # Errors
    /// When the token opens nothing, the call is not signed as it has to be, comes too often, cannot be read, was taken
    /// before, or the owner may not start an agent now.
    pub async fn receive(&self, token: &str, headers: &HeaderMap, body: &[u8]) -> aether_base::Result<Pid> {
        Ok(self.take_call(token, headers, body).await?)
    }

    pub(crate) async fn take_call(&self, token: &str, headers: &HeaderMap, body: &[u8]) -> Result<Pid> {
        let inbound = self.opened_by(token).ok_or(WebhookError::NoSuchHook)?;
        match &inbound.signing {
            Signing::Unsigned => {
                let config = self.admitted(&inbound, body, &new_run())?;
                let pid = self.parts.agents.spawn(&inbound.row.owner, config).await?;
                self.note_started(&inbound, None, pid).await;
                Ok(pid)
            }
            Signing::Unreadable => Err(WebhookError::Unreadable),
            Signing::By(secret) => {
                let signed = sign::verify(secret.expose(), headers, body, self.now() / 1_000);
                self.take_once(&inbound, signed.ok_or(WebhookError::BadSignature)?, body).await
            }
        }
    }

    async fn take_once(&self, inbound: &Inbound, signed: Signed, body: &[u8]) -> Result<Pid> {
        let _turn = inbound.turns.next(signed.name).await;
        // Whoever waits for an id has none of a body: these never wait for each other in a circle.
        let _bare = match signed.bare {
            Some(bare) => Some(inbound.turns.next(bare).await),
            None => None,
        };
        let agents = &self.parts.agents;
        let (row, name) = (&inbound.row, signed.name);
        let repeated = |pid| if signed.is_named { Ok(pid) } else { Err(WebhookError::Repeated(pid)) };
        let id = row.id.clone();
        let run = match self.parts.store.read(move |db| store::calls::find(db, &id, &name)).await? {
            Some(store::calls::Taken { pid: Some(pid), .. }) => return repeated(pid),
            // The kernel ended while it was taken.
            Some(store::calls::Taken { run, pid: None }) => {
                if let Some(pid) = agents.started(&row.owner, &run).await? {
                    self.note_started(inbound, Some(run), pid).await;
                    return repeated(pid);
                }
                run
            }
            None => new_run(),
        };
        let config = self.admitted(inbound, body, &run)?;
        let names: Vec<sign::Name> = [Some(name), signed.bare].into_iter().flatten().collect();
        let (id, kept, now) = (row.id.clone(), run.clone(), self.now());
        let take = self.parts.store.write(move |db| store::calls::take(db, &id, &names, &kept, now)).await;
        // A row of nobody: it was deleted meanwhile.
        take.map_err(|error| match error {
            aether_store::StoreError::Exists => WebhookError::NoSuchHook,
            other => other.into(),
        })?;
        fault::point("webhook-taken");
        match agents.spawn(&row.owner, config).await {
            Ok(pid) => {
                fault::point("webhook-spawned");
                self.note_started(inbound, Some(run), pid).await;
                Ok(pid)
            }
            Err(error) => {
                // Whoever calls again finds that nothing was started, also where this fails.
                if let Err(error) = self.parts.store.write(move |db| store::calls::forget(db, &run)).await {
                    tracing::warn!(%error, "a call of an inbound webhook that started nothing is still noted");
                }
                Err(error.into())
            }
        }
    }

    /// What a call starts, if it comes seldom enough and can be read.
    fn admitted(&self, inbound: &Inbound, body: &[u8], run: &str) -> Result<AgentConfig> {
        let row = &inbound.row;
        if self.parts.settings.rate_limit {
            self.calls.admit(row.id.clone(), CALLS, Instant::now()).map_err(WebhookError::TooOften)?;
        }
        let agents = &self.parts.agents;
        let goal = inbound.goal(body, &|text: &str| agents.mark(text))?;
        let mut config = AgentConfig { goal, ..row.config.clone() };
        config.extra.insert(CALLED_BY.to_owned(), json!({ "kind": "webhook", "id": row.id, "run": run }));
        Ok(config)
    }

    async fn note_started(&self, inbound: &Inbound, run: Option<String>, pid: Pid) {
        let (now, id) = (self.now(), inbound.row.id.clone());
        inbound.count(now);
        let events = vec![told(&inbound.row.owner, event::InboundTriggered { inboundId: id.clone(), pid })];
        let noted = self.parts.store.commit(events, move |db| {
            run.map_or(Ok(()), |run| store::calls::started(db, &run, pid))?;
            store::inbound::triggered(db, &id, now)
        });
        // The agent runs whether or not it was noted, and says itself of which call it came.
        if let Err(error) = noted.await {
            tracing::warn!(%error, "a call of an inbound webhook was not counted");
        }
    }

    fn opened_by(&self, token: &str) -> Option<Arc<Inbound>> {
        if token.len() != TOKEN {
            return None;
        }
        let known = self.known();
        known.tokens.get(&hash(token)).and_then(|id| known.inbound.get(id)).cloned()
    }
}

fn new_run() -> String {
    uuid::Uuid::new_v4().to_string()
}
