//! Triggers while the kernel runs: making and deleting them, and what becomes of the agents they start.

use aether_base::Caller;
use aether_base::bus::Prepared;
use aether_protocol::domains::trigger::{CreateTrigger, EventTrigger, event};
use aether_protocol::{Event, Pid, UserId, WireError};
use aether_store::Pending;

use crate::error::{Result, ScheduleError};
use crate::trigger::{Heard, Trigger};
use crate::{Schedule, State, gone, person, settle, store, told};

/// Agents whose triggers are remembered before the oldest of those that have ended are forgotten.
const REMEMBERED: usize = 8_192;

impl Schedule {
    pub(crate) async fn create_trigger(&self, caller: &Caller, request: CreateTrigger) -> Result<EventTrigger> {
        let owner = self.owner_for(caller, request.owner_uid.as_deref())?;
        let trigger = Trigger::new(request, &owner, self.alarm.now_ms(), self.store.seq())?;
        let (id, wire) = (trigger.id().to_owned(), trigger.record.trigger.clone());
        let kept = {
            let mut state = self.state();
            let own = state.triggers.values().filter(|trigger| trigger.owner() == owner).count();
            if own >= self.limits.max_triggers_per_user {
                return Err(ScheduleError::TooManyTriggers(own));
            }
            let record = trigger.record.clone();
            let prepared = events_of(&trigger, vec![event::Created { trigger: wire.clone() }.into()]);
            state.triggers.insert(id.clone(), trigger);
            self.store.begin(prepared, move |db| store::insert_trigger(db, &record))
        };
        if let Err(error) = settle(kept).await {
            self.state().forget_trigger(&id);
            return Err(gone(error));
        }
        self.listen(&owner);
        Ok(wire)
    }

    /// The caller's triggers, or everybody's for an administrator, oldest first.
    pub(crate) fn list_triggers(&self, caller: &Caller) -> Result<Vec<EventTrigger>> {
        let user = person(caller)?;
        let mut triggers: Vec<EventTrigger> =
            self.state().triggers.values().map(|trigger| trigger.record.trigger.clone()).collect();
        triggers.retain(|trigger| caller.is_admin() || trigger.owner_uid == user.0);
        triggers.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(triggers)
    }

    pub(crate) async fn delete_trigger(&self, id: &str) -> Result<()> {
        let kept = {
            let mut state = self.state();
            let trigger = state.triggers.get(id).ok_or(ScheduleError::NoTrigger)?;
            let deleted: Event = event::Deleted { triggerId: id.to_owned() }.into();
            let (owner, rev) = (trigger.owner(), trigger.record.rev + 1);
            let prepared = told::<EventTrigger>(&owner, vec![deleted], "trigger", id, rev, None);
            state.forget_trigger(id);
            let row = id.to_owned();
            self.store.begin(prepared, move |db| store::delete_trigger(db, &row))
        };
        settle(kept).await
    }

    pub(crate) async fn note_started(&self, id: &str, heard: &Heard, started: std::result::Result<Pid, WireError>) {
        let pid = started.as_ref().ok().copied();
        let living = pid.is_some_and(|pid| self.agents.get().is_some_and(|agents| agents.is_living(pid)));
        let (noted, forgotten) = {
            let mut state = self.state();
            let forgotten = self.long_ended(&mut state);
            if let Some(pid) = pid {
                state.descend(&heard.silent, pid, living);
            }
            // Deleted while its agent was started, which goes on.
            let Some(trigger) = state.triggers.get_mut(id) else { return };
            trigger.record.waiting = None;
            let wire = &mut trigger.record.trigger;
            let events = match started {
                Ok(pid) => {
                    wire.last_pid = Some(pid);
                    wire.last_error = None;
                    wire.fire_count += 1;
                    let event_type = wire.event_type.clone();
                    vec![event::Fired { triggerId: id.to_owned(), pid, event_type }.into()]
                }
                Err(error) => {
                    wire.last_error = Some(error.message);
                    Vec::new()
                }
            };
            let silent = heard.silent.clone();
            let noted = self.save_trigger_with(trigger, events, move |db| match pid {
                Some(pid) => store::insert_agent(db, &silent, pid),
                None => Ok(()),
            });
            (noted, forgotten)
        };
        let mut kept = settle(noted).await;
        if !forgotten.is_empty() {
            let deleted = self.store.write(move |db| store::forget_agents(db, &forgotten)).await;
            kept = kept.and(deleted.map_err(ScheduleError::from));
        }
        if let Err(error) = kept {
            tracing::warn!(trigger = id, %error, "what became of a trigger's event could not be kept");
        }
    }

    /// Takes the older half of the agents that have ended out of memory, where there are many.
    fn long_ended(&self, state: &mut State) -> Vec<Pid> {
        if state.came_of.len() < REMEMBERED {
            return Vec::new();
        }
        let living = |pid: &Pid| self.agents.get().is_some_and(|agents| agents.is_living(*pid));
        let mut ended: Vec<Pid> = state.came_of.keys().copied().filter(|pid| !living(pid)).collect();
        ended.sort();
        ended.truncate(ended.len().div_ceil(2));
        ended.iter().for_each(|pid| drop(state.came_of.remove(pid)));
        ended
    }

    pub(crate) fn save_trigger(&self, trigger: &mut Trigger, events: Vec<Event>) -> Pending<()> {
        self.save_trigger_with(trigger, events, |_| Ok(()))
    }

    /// Queues a trigger's row with its events and further rows. Call it with the state locked, so that writes keep their
    /// order.
    fn save_trigger_with<F>(&self, trigger: &mut Trigger, events: Vec<Event>, rows: F) -> Pending<()>
    where
        F: FnOnce(&aether_store::rusqlite::Connection) -> aether_store::Result<()> + Send + 'static,
    {
        trigger.record.rev += 1;
        let record = trigger.record.clone();
        self.store.begin(events_of(trigger, events), move |db| {
            store::update_trigger(db, &record)?;
            rows(db)
        })
    }
}

impl State {
    pub(crate) fn has_triggers(&self, owner: &UserId) -> bool {
        self.triggers.values().any(|trigger| trigger.owner() == *owner)
    }

    /// Notes that an agent came of these triggers.
    pub(crate) fn descend(&mut self, sources: &[String], pid: Pid, living: bool) {
        for source in sources {
            let Some(trigger) = self.triggers.get_mut(source) else { continue };
            self.came_of.entry(pid).or_default().insert(source.clone());
            if living {
                trigger.living.insert(pid);
            }
        }
    }

    /// Lets go of a trigger, and of its owner's listener with the last one.
    pub(crate) fn forget_trigger(&mut self, id: &str) {
        let Some(trigger) = self.triggers.remove(id) else { return };
        self.came_of.retain(|_, sources| {
            sources.remove(id);
            !sources.is_empty()
        });
        let owner = trigger.owner();
        if !self.has_triggers(&owner)
            && let Some(listener) = self.listeners.remove(&owner)
        {
            listener.cancel();
        }
    }
}

fn events_of(trigger: &Trigger, events: Vec<Event>) -> Vec<Prepared> {
    let record = &trigger.record;
    told(&trigger.owner(), events, "trigger", trigger.id(), record.rev, Some(&record.trigger))
}
