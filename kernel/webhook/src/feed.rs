//! From events to deliveries: each event that a webhook asks for and its owner may see is put into its queue.
//!
//! The queue and how far events were looked at are written together. After a kill, events of the log are looked at again from
//! there, so that none is left out and none is taken twice.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aether_base::Viewer;
use aether_base::bus::Logged;
use aether_protocol::{Class, Seq, UserId};
use aether_store::Result as StoreResult;
use aether_store::rusqlite::Connection;
use futures_util::FutureExt;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::known::Hook;
use crate::matching::{names, passes};
use crate::store::queue::{self, Delivery};
use crate::{Webhooks, lane, store, told};

/// Events looked at together.
const TOGETHER: usize = 256;
/// Events between two notes of how far they were looked at, where none of them is delivered.
const NOTE: u64 = 4_096;
/// How long events wait for a store that fails.
const FAILED: Duration = Duration::from_secs(16);
/// Bytes of an event that are delivered whole.
const WHOLE: usize = 256 * 1024;
/// Bytes of deliveries that are queued together; those of one event are in any case.
const BATCH: usize = 4 * 1024 * 1024;

impl Webhooks {
    /// Looks at events until the kernel stops.
    pub(crate) async fn feed(self: Arc<Self>) {
        while !self.stop.is_cancelled() {
            // As an administrator: what each owner may see is asked for each.
            let mut seen = self.parts.bus.subscribe(Viewer { user: None, admin: true, session: None });
            let caught_up = self.catch_up().await;
            loop {
                let next = tokio::select! {
                    () = self.stop.cancelled() => return,
                    next = seen.next() => next,
                };
                // Too much at once for memory: the log has it.
                let Some(event) = next else { break };
                let mut events = vec![event];
                while events.len() < TOGETHER
                    && let Some(Some(event)) = seen.next().now_or_never()
                {
                    events.push(event);
                }
                // The log had those of its class already; others are not in it.
                events.retain(|event| event.seq > caught_up || event.class != Class::Journal);
                if !self.take(&events).await {
                    return;
                }
            }
        }
    }

    /// Looks at what the log has since the last event that was looked at, and answers how far that was.
    async fn catch_up(self: &Arc<Self>) -> Seq {
        let newest = self.parts.store.seq();
        let mut since = Seq(self.cursor.load(Ordering::Acquire));
        while since < newest && !self.known().hooks.is_empty() {
            match self.parts.store.events_page(since, TOGETHER).await {
                Ok(Some(events)) if events.is_empty() => break,
                Ok(Some(events)) => {
                    let events: Vec<Arc<Logged>> = events.into_iter().map(Arc::new).collect();
                    since = events.last().map_or(newest, |event| event.seq);
                    if !self.take(&events).await {
                        return since;
                    }
                }
                Ok(None) => {
                    tracing::warn!("the log no longer reaches back to what webhooks were told of");
                    match self.parts.store.trimmed().await {
                        Ok(trimmed) if trimmed > since => since = trimmed,
                        Ok(_) | Err(_) => break,
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "missed events could not be read; webhooks are not told of them");
                    break;
                }
            }
        }
        let newest = since.max(newest);
        self.saw(newest);
        newest
    }

    fn saw(&self, seq: Seq) {
        self.cursor.fetch_max(seq.0, Ordering::AcqRel);
    }

    /// Puts events into the queues they belong in; false if the kernel stops before they are there.
    async fn take(self: &Arc<Self>, mut events: &[Arc<Logged>]) -> bool {
        while !events.is_empty() {
            let (looked_at, deliveries) = self.deliveries(events);
            let (taken, left) = events.split_at(looked_at);
            if !self.enqueue(taken, deliveries).await {
                return false;
            }
            events = left;
        }
        true
    }

    async fn enqueue(self: &Arc<Self>, events: &[Arc<Logged>], deliveries: Vec<Delivery>) -> bool {
        let Some(last) = events.last().map(|event| event.seq) else { return true };
        if deliveries.is_empty() {
            let before = self.cursor.load(Ordering::Acquire);
            self.saw(last);
            if before / NOTE != last.0 / NOTE {
                self.keep_cursor().await;
            }
            return true;
        }
        while let Err(error) = self.queue(&deliveries, last).await {
            tracing::error!(%error, "events could not be queued for webhooks, and wait");
            tokio::select! {
                () = self.stop.cancelled() => return false,
                () = tokio::time::sleep_until(Instant::now() + FAILED) => {}
            }
        }
        self.saw(last);
        deliveries.iter().for_each(|delivery| self.wake(&delivery.webhook_id));
        true
    }

    /// Queues deliveries, and notes how far events were looked at.
    async fn queue(self: &Arc<Self>, deliveries: &[Delivery], last: Seq) -> StoreResult<()> {
        let (rows, now, webhooks) = (deliveries.to_vec(), self.now(), self.clone());
        let write = move |db: &Connection| {
            store::set_cursor(db, last.0)?;
            let refused = queue::insert(db, rows, now)?;
            refused.iter().for_each(|refused| webhooks.bury(&refused.letter, &refused.dropped));
            Ok(refused)
        };
        self.refuse(self.parts.store.write(write).await?);
        Ok(())
    }

    /// Says what had no room in its queue; it is among the dead letters.
    fn refuse(&self, refused: Vec<queue::Refused>) {
        for queue::Refused { letter, .. } in refused {
            let owner = self.known().hooks.get(&letter.delivery.webhook_id).map(|hook| hook.record.owner.clone());
            if let Some(owner) = owner {
                self.parts.bus.append(vec![told(&owner, lane::added(&letter.delivery))]);
            }
        }
    }

    /// What of the first of these events goes to which webhook, and how many events those are: memory holds a batch.
    pub(crate) fn deliveries(&self, events: &[Arc<Logged>]) -> (usize, Vec<Delivery>) {
        let hooks: Vec<Hook> = self.known().hooks.values().filter(|hook| hook.record.enabled).cloned().collect();
        let mut viewers: HashMap<&UserId, Option<Viewer>> = HashMap::new();
        let (mut deliveries, mut bytes) = (Vec::new(), 0);
        for (at, event) in events.iter().enumerate().filter(|(_, event)| is_for_others(event)) {
            if bytes >= BATCH {
                return (at, deliveries);
            }
            let mut fields: Option<Map<String, Value>> = None;
            for hook in &hooks {
                let record = &hook.record;
                if record.since >= event.seq.0 || !names(&record.events, &event.wire) {
                    continue;
                }
                let viewer =
                    viewers.entry(&record.owner).or_insert_with(|| self.parts.people.viewer(&record.owner)).as_ref();
                if !viewer.is_some_and(|viewer| self.parts.bus.visible(&event.audience, viewer)) {
                    continue;
                }
                if record.filters.is_some() {
                    let fields = fields.get_or_insert_with(|| serde_json::from_str(&event.json).unwrap_or_default());
                    if !passes(record.filters.as_ref(), fields) {
                        continue;
                    }
                }
                let delivery = self.delivery(&record.id, event);
                bytes += delivery.payload.len();
                deliveries.push(delivery);
            }
        }
        (events.len(), deliveries)
    }

    fn delivery(&self, hook: &str, event: &Logged) -> Delivery {
        let wire = Value::from(event.wire.as_str());
        let cut = format!("{{\"type\":{wire},\"truncated\":true}}");
        let data = if event.json.len() > WHOLE { cut.as_str() } else { &*event.json };
        let (now, webhook) = (self.now(), Value::from(hook));
        Delivery {
            id: uuid::Uuid::new_v4().to_string(),
            webhook_id: hook.to_owned(),
            seq: event.seq.0,
            event_type: event.wire.clone(),
            payload: format!("{{\"event\":{wire},\"timestamp\":{now},\"webhookId\":{webhook},\"data\":{data}}}"),
        }
    }

    /// Notes how far events were looked at.
    pub(crate) async fn keep_cursor(&self) {
        let seq = self.cursor.load(Ordering::Acquire);
        if let Err(error) = self.parts.store.write(move |db| store::set_cursor(db, seq)).await {
            tracing::warn!(%error, "how far webhooks were told of events could not be noted");
        }
    }
}

/// Streams have their own frames, whole entities are for screens, and what webhooks do themselves would not end.
fn is_for_others(event: &Logged) -> bool {
    event.class != Class::Stream && event.wire != "entity.changed" && !event.wire.starts_with("webhook.")
}
