//! Each webhook's own line of deliveries: one at a time, the one that is due first before the others. A slow receiver
//! holds up nobody but itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aether_base::bus::Prepared;
use aether_protocol::domains::webhook::{DeliveryEnd, event};
use aether_store::Result as StoreResult;
use aether_store::rusqlite::Connection;
use tokio::time::Instant;

use crate::deliver::{Attempt, fired, millis};
use crate::known::{Hook, Lane, Record};
use crate::schedule::next_attempt;
use crate::store::{self, dlq, queue};
use crate::{Webhooks, told};

/// Dead letters in a row after which a webhook is disabled.
pub const GIVEN_UP: u64 = 20;
/// How long a line waits for a store that fails.
const FAILED: Duration = Duration::from_secs(16);

impl Webhooks {
    /// Begins to work off what waits for a webhook. It ends with the webhook or the kernel.
    pub(crate) fn open_lane(self: &Arc<Self>, hook: &Hook) {
        let (webhooks, id, lane) = (self.clone(), hook.record.id.clone(), hook.lane.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = webhooks.stop.cancelled() => {}
                () = lane.gone.cancelled() => {}
                () = webhooks.work_off(&id, &lane) => {}
            }
        });
    }

    async fn work_off(self: &Arc<Self>, id: &str, lane: &Lane) {
        loop {
            let wait = match self.step(id).await {
                Ok(Step::Made) => continue,
                Ok(Step::Nothing) => None,
                Ok(Step::At(at)) => Some(Duration::from_millis(at.saturating_sub(self.now()))),
                Err(error) => {
                    tracing::warn!(webhook = id, %error, "deliveries wait for the store");
                    Some(FAILED)
                }
            };
            // A wake that came since the step is kept, so none is missed.
            match wait {
                None => lane.wake.notified().await,
                Some(wait) => {
                    // Early by a wake, late by nothing.
                    let _ = tokio::time::timeout_at(Instant::now() + wait, lane.wake.notified()).await;
                }
            }
        }
    }

    /// Makes the delivery that is due, or says when the next one is.
    async fn step(self: &Arc<Self>, id: &str) -> StoreResult<Step> {
        let Some(hook) = self.known().hooks.get(id).filter(|hook| hook.record.enabled).cloned() else {
            return Ok(Step::Nothing);
        };
        let (name, rests_until) = (id.to_owned(), hook.lane.rests_until.load(Ordering::Acquire));
        let Some(due) = self.parts.store.read(move |db| queue::first(db, &name, rests_until)).await? else {
            return Ok(Step::Nothing);
        };
        let at = due.next_at.max(rests_until);
        if at > self.now() {
            return Ok(Step::At(at));
        }
        let attempt = self.attempt(&hook, &due.delivery.id, &due.delivery.payload).await;
        self.settle(&hook, due, attempt).await?;
        Ok(Step::Made)
    }

    /// Writes down what became of an attempt: it arrived, is tried again, or is given up. Memory is changed where the disk is,
    /// so that what is told of it finds it so, and what follows comes after it.
    async fn settle(self: &Arc<Self>, hook: &Hook, due: queue::Due, attempt: Attempt) -> StoreResult<()> {
        let now = self.now();
        let attempts = due.attempts + 1;
        let line = attempt.line(&hook.record.id, &due.delivery.event_type, &due.delivery.payload, now);
        let (id, name, webhooks) = (due.delivery.id.clone(), hook.record.id.clone(), self.clone());
        if attempt.is_success() {
            let events = self.ended(hook, &due, &attempt, DeliveryEnd::Delivered);
            let write = move |db: &Connection| {
                queue::delete(db, &id)?;
                store::logs::insert(db, &line)?;
                webhooks.succeeded(db, &name, now)
            };
            return self.parts.store.commit(events, write).await;
        }
        let rests_until = attempt.outcome.retry_after.map_or(0, |rest| now.saturating_add(millis(rest)));
        // A receiver that has too much gets nothing else either.
        hook.lane.rests_until.store(rests_until, Ordering::Release);
        let is_gone = attempt.outcome.is_gone();
        let again = next_attempt(attempts, hook.record.retry_count, now, rand::random());
        if let Some(at) = again.filter(|_| !is_gone) {
            let at = at.max(rests_until);
            let write = move |db: &Connection| {
                queue::later(db, &id, attempts, at)?;
                store::logs::insert(db, &line)
            };
            return self.parts.store.write(write).await;
        }
        let events = self.ended(hook, &due, &attempt, DeliveryEnd::Dlq);
        let letter = dlq::Letter { delivery: due.delivery, error: attempt.error(), attempts, created_at: now };
        let write = move |db: &Connection| {
            queue::delete(db, &id)?;
            store::logs::insert(db, &line)?;
            let dropped = dlq::insert(db, &letter)?;
            webhooks.bury(&letter, &dropped);
            webhooks.failed(db, &name, is_gone, now)
        };
        self.parts.store.commit(events, write).await
    }

    /// Notes that a delivery arrived.
    pub(crate) fn succeeded(&self, db: &Connection, id: &str, now: u64) -> StoreResult<()> {
        store::hooks::succeeded(db, id, now)?;
        self.change(id, |record| {
            record.last_triggered = Some(now);
            record.failure_count = 0;
        });
        Ok(())
    }

    /// Notes that a delivery was given up. Its webhook is disabled after too many of them, or once its receiver says that it
    /// wants none any more.
    pub(crate) fn failed(&self, db: &Connection, id: &str, is_gone: bool, now: u64) -> StoreResult<()> {
        let (most, because) = match is_gone {
            true => (
                1,
                "Its address answered 410 Gone: it wants no deliveries any more. Enable it if it does again.".into(),
            ),
            false => (
                GIVEN_UP,
                format!("{GIVEN_UP} deliveries in a row failed. See that its address answers, then enable it again."),
            ),
        };
        let failed = store::hooks::failed(db, id, now, most, &because)?;
        self.change(id, |record| {
            record.last_triggered = Some(now);
            (record.failure_count, record.enabled, record.disabled_because) = failed;
        });
        Ok(())
    }

    /// Knows whose a new dead letter is, and forgets those that had to go for it.
    pub(crate) fn bury(&self, letter: &dlq::Letter, dropped: &[String]) {
        let mut known = self.known();
        if known.hooks.contains_key(&letter.delivery.webhook_id) {
            known.dead.insert(letter.delivery.id.clone(), letter.delivery.webhook_id.clone());
        }
        dropped.iter().for_each(|id| drop(known.dead.remove(id)));
    }

    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut Record)) {
        if let Some(hook) = self.known().hooks.get_mut(id) {
            change(&mut hook.record);
        }
    }

    /// Has a line look what there is to do.
    pub(crate) fn wake(&self, id: &str) {
        if let Some(hook) = self.known().hooks.get(id) {
            hook.lane.wake.notify_one();
        }
    }

    /// What people are told of a delivery that has come to its end.
    fn ended(&self, hook: &Hook, due: &queue::Due, attempt: &Attempt, status: DeliveryEnd) -> Vec<Prepared> {
        let (owner, id, kind) = (&hook.record.owner, &hook.record.id, &due.delivery.event_type);
        let mut events = match status {
            DeliveryEnd::Delivered => vec![told(owner, fired(id, kind))],
            DeliveryEnd::Dlq => vec![
                told(owner, event::Failed { webhookId: id.clone(), eventType: kind.clone(), error: attempt.error() }),
                told(owner, added(&due.delivery)),
            ],
        };
        let delivery = event::Delivery {
            webhookId: id.clone(),
            eventType: kind.clone(),
            status,
            attempts: due.attempts + 1,
            durationMs: attempt.took_ms,
        };
        events.push(told(owner, delivery));
        events
    }
}

/// Says that a delivery was given up, and kept.
pub fn added(delivery: &queue::Delivery) -> event::DlqAdded {
    event::DlqAdded {
        dlqId: delivery.id.clone(),
        webhookId: delivery.webhook_id.clone(),
        eventType: delivery.event_type.clone(),
    }
}

/// What a line has done.
enum Step {
    /// It made a delivery; there may be another.
    Made,
    /// Nothing waits, or the webhook is disabled.
    Nothing,
    /// Nothing is due before this time, in milliseconds since the Unix epoch.
    At(u64),
}
