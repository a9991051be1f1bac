//! The tasks that listen for triggers, one for each user who has any.
//!
//! A listener takes one event after another and starts their agents before it takes the next: whose an agent is, is known
//! before anything it does is heard. How far it has heard is kept, and it goes on from there in the event log: what was
//! logged is heard, whatever the kernel dies of in between.

use std::collections::HashSet;
use std::sync::Arc;

use aether_base::bus::{Logged, Subscription};
use aether_base::fault;
use aether_protocol::{Class, Pid, Seq, UserId};
use aether_store::Pending;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::trigger::{Heard, Trigger, agents_in};
use crate::{Schedule, settle, store};

/// Events of the log that are looked at together.
const PAGE: usize = 256;

impl Schedule {
    /// Begins to listen for a user's triggers, unless somebody does.
    pub(crate) fn listen(&self, owner: &UserId) {
        let started = self.agents.get().is_some();
        let Some(viewer) = self.users.viewer(owner) else { return };
        if !started || self.state().listeners.contains_key(owner) {
            return;
        }
        self.listen_from(owner.clone(), self.bus.subscribe(viewer));
    }

    pub(crate) fn listen_from(&self, owner: UserId, subscription: Subscription) {
        let Some(this) = self.this.upgrade() else { return };
        let stop = self.stop.child_token();
        {
            let mut state = self.state();
            if state.listeners.contains_key(&owner) || !state.has_triggers(&owner) {
                return;
            }
            state.listeners.insert(owner.clone(), stop.clone());
        }
        self.tasks.spawn(this.hear_all(owner, subscription, stop));
    }

    async fn hear_all(self: Arc<Self>, owner: UserId, subscription: Subscription, stop: CancellationToken) {
        let heard = self.hear_until(&owner, subscription, &stop).await;
        // A start goes on from here. Without it, it looks at more.
        let user = owner.clone();
        if let Err(error) = self.store.write(move |db| store::set_cursor(db, &user, heard)).await {
            tracing::debug!(user = %owner, %error, "how far triggers have heard could not be noted");
        }
    }

    /// Hears what comes until it is to stop, and answers how far that was.
    async fn hear_until(&self, owner: &UserId, mut subscription: Subscription, stop: &CancellationToken) -> Seq {
        self.start_heard(owner).await;
        let mut heard = self.heard(owner).await;
        loop {
            // What was logged and heard by nobody: before a kill, or while there was more than memory holds.
            let Some(caught_up) = self.catch_up(owner, heard, stop).await else { return heard };
            heard = caught_up;
            loop {
                let event = tokio::select! {
                    () = stop.cancelled() => return heard,
                    event = subscription.next() => event,
                };
                let Some(event) = event else { break };
                // The log had those of its class already; others are not in it.
                let is_new = event.class != Class::Journal || event.seq > caught_up;
                if is_new && self.may_hear(owner, &event) {
                    self.hear(owner, &event).await;
                }
                heard = heard.max(event.seq);
            }
            let Some(viewer) = self.users.viewer(owner) else { return heard };
            subscription = self.bus.subscribe(viewer);
        }
    }

    /// True if the owner may see it still: who looks on is what they were when that began.
    fn may_hear(&self, owner: &UserId, event: &Logged) -> bool {
        self.users.viewer(owner).is_some_and(|viewer| self.bus.visible(&event.audience, &viewer))
    }

    /// How far a user's triggers have heard, as far as the disk knows.
    async fn heard(&self, owner: &UserId) -> Seq {
        let user = owner.clone();
        let kept = self.store.read(move |db| store::cursor(db, &user)).await.unwrap_or_default();
        let newest = self.store.seq();
        let state = self.state();
        let own = state.triggers.values().filter(|trigger| trigger.owner() == *owner);
        // None of them is to hear what was before it.
        let made = own.map(|trigger| trigger.record.heard.unwrap_or(newest)).min();
        kept.max(made).unwrap_or(newest)
    }

    /// Hears what the log has after `since`, and answers how far it goes; `None` if it is to stop.
    async fn catch_up(&self, owner: &UserId, mut since: Seq, stop: &CancellationToken) -> Option<Seq> {
        let newest = self.store.seq();
        while since < newest {
            let events = match self.store.events_page(since, PAGE).await {
                Ok(Some(events)) => events,
                Ok(None) => {
                    tracing::warn!(user = %owner, "the log no longer reaches back to what triggers have heard");
                    match self.store.trimmed().await {
                        Ok(trimmed) if trimmed > since => {
                            since = trimmed;
                            continue;
                        }
                        Ok(_) | Err(_) => break,
                    }
                }
                Err(error) => {
                    tracing::warn!(user = %owner, %error, "what triggers missed could not be read");
                    break;
                }
            };
            let Some(last) = events.last().map(|event| event.seq) else { break };
            let viewer = self.users.viewer(owner)?;
            for event in events.iter().filter(|event| self.bus.visible(&event.audience, &viewer)) {
                if stop.is_cancelled() {
                    return None;
                }
                self.hear(owner, event).await;
            }
            since = last;
        }
        Some(since.max(newest))
    }

    /// Starts what had been heard when an earlier kernel ended, unless that one has.
    async fn start_heard(&self, owner: &UserId) {
        let waiting: Vec<(String, Heard)> = {
            let state = self.state();
            let own = state.triggers.values().filter(|trigger| trigger.owner() == *owner);
            own.filter_map(|trigger| Some((trigger.id().to_owned(), trigger.record.waiting.clone()?))).collect()
        };
        for (id, heard) in waiting {
            self.start_one(&id, &heard, true).await;
        }
    }

    async fn hear(&self, owner: &UserId, logged: &Logged) {
        let wire = logged.wire.as_str();
        let wanted = || {
            let state = self.state();
            let mut own = state.triggers.values().filter(|trigger| trigger.owner() == *owner);
            own.any(|trigger| trigger.is_news(logged))
        };
        let is_wanted = wanted();
        if !matches!(wire, "process.spawned" | "process.exit") && !is_wanted {
            return;
        }
        if is_wanted {
            fault::point("schedule-comes");
        }
        let Ok(event) = serde_json::from_str::<Value>(&logged.json) else { return };
        self.note(wire, &event).await;
        for (id, heard, marked) in self.take_heard(owner, logged, &event) {
            if let Err(error) = settle(marked).await {
                tracing::warn!(trigger = id, %error, "an event was heard and could not be kept; it starts nothing");
                if let Some(trigger) = self.state().triggers.get_mut(&id) {
                    trigger.record.waiting = None;
                    trigger.record.trigger.last_error = Some(error.to_string());
                }
                continue;
            }
            fault::point("schedule-heard");
            self.start_one(&id, &heard, false).await;
        }
        if is_wanted && logged.class == Class::Journal {
            let (owner, seq) = (owner.clone(), logged.seq);
            // Where it is not kept, a start hears this again; what it started is known by its run.
            drop(self.store.begin(Vec::new(), move |db| store::set_cursor(db, &owner, seq)));
        }
    }

    /// Keeps up with which agents came of which triggers: children of theirs did too, and those that end are not living.
    async fn note(&self, wire: &str, event: &Value) {
        let Some(pid) = event["pid"].as_u64().map(Pid) else { return };
        let kept = {
            let mut state = self.state();
            match wire {
                "process.exit" => {
                    let now = self.alarm.now_ms();
                    let sources = state.came_of.get(&pid).cloned().unwrap_or_default();
                    for source in sources {
                        if let Some(trigger) = state.triggers.get_mut(&source) {
                            trigger.living.remove(&pid);
                            trigger.ended_at = Some(now);
                        }
                    }
                    return;
                }
                "process.spawned" => {
                    let parent = event["info"]["ppid"].as_u64().map(Pid);
                    let sources = parent.and_then(|parent| state.came_of.get(&parent)).cloned().unwrap_or_default();
                    if sources.is_empty() {
                        return;
                    }
                    let sources: Vec<String> = sources.into_iter().collect();
                    state.descend(&sources, pid, true);
                    self.store.begin(Vec::new(), move |db| store::insert_agent(db, &sources, pid))
                }
                _ => return,
            }
        };
        if let Err(error) = settle(kept).await {
            tracing::warn!(%pid, %error, "whose child an agent is could not be kept");
        }
    }

    fn take_heard(&self, owner: &UserId, logged: &Logged, event: &Value) -> Vec<(String, Heard, Pending<()>)> {
        let now = self.alarm.now_ms();
        let agents = agents_in(event);
        let mut state = self.state();
        let silent: HashSet<String> =
            agents.iter().filter_map(|pid| state.came_of.get(pid)).flatten().cloned().collect();
        let mut own: Vec<&mut Trigger> =
            state.triggers.values_mut().filter(|trigger| trigger.owner() == *owner).collect();
        own.sort_by(|a, b| (a.record.trigger.created_at, a.id()).cmp(&(b.record.trigger.created_at, b.id())));
        let mut taken = Vec::new();
        for trigger in own {
            trigger.keep_living(now, |pid| self.agents.get().is_some_and(|agents| agents.is_living(pid)));
            if trigger.hears(logged, event, agents.is_empty(), &silent, now) {
                let heard = trigger.hear(logged.seq, &silent, now);
                let marked = self.save_trigger(trigger, Vec::new());
                taken.push((trigger.id().to_owned(), heard, marked));
            }
        }
        taken
    }

    pub(crate) async fn start_one(&self, id: &str, heard: &Heard, may_have: bool) {
        let known = self.state().triggers.get(id).map(|trigger| (trigger.owner(), trigger.config().clone()));
        let Some((owner, config)) = known else { return };
        let Some(started) = self.spawn(&owner, config, ("trigger", id, &heard.run), may_have).await else { return };
        self.note_started(id, heard, started).await;
    }
}
