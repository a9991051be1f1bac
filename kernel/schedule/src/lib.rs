//! Agents that start by themselves: jobs by the clock, triggers by what happens.
//!
//! What it owns: jobs, triggers, when they are due, and which agents came of them. What it never does: run an agent. It asks
//! the gate to start one, as the job's owner would, and takes a refusal like anybody else.

mod alarm;
mod api;
mod error;
mod job;
mod jobs;
mod listening;
mod ports;
mod rules;
mod store;
mod timetable;
mod trigger;
mod triggers;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use aether_base::bus::{Audience, Bus, Prepared, Subscription};
use aether_base::config::ScheduleConfig;
use aether_base::ports::Owner;
use aether_base::{Caller, CallerKind};
use aether_protocol::domains::kernel::event::EntityChanged;
use aether_protocol::domains::process::AgentConfig;
use aether_protocol::{ErrorCode, Event, JobId, Pid, UserId, WireError};
use aether_store::{Pending, Store, StoreError};
use serde::Serialize;
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use alarm::Alarm;
pub use error::{Result, ScheduleError};
pub use ports::{Agents, SCHEDULED_BY, Users};
pub use store::MIGRATIONS;

use job::{Job, Run};
use trigger::Trigger;

/// What the schedule is made of.
pub struct Parts {
    pub store: Arc<Store>,
    pub bus: Arc<Bus>,
    pub users: Arc<dyn Users>,
    pub alarm: Arc<dyn Alarm>,
    pub limits: ScheduleConfig,
}

/// Everybody's jobs and triggers.
pub struct Schedule {
    this: Weak<Schedule>,
    store: Arc<Store>,
    bus: Arc<Bus>,
    users: Arc<dyn Users>,
    alarm: Arc<dyn Alarm>,
    limits: ScheduleConfig,
    /// Absent until the schedule is started: agents start through the gate, which stands before this.
    agents: OnceLock<Arc<dyn Agents>>,
    state: Mutex<State>,
    /// A job has another time than the clock was set to.
    rearm: Notify,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What is known of jobs and triggers, in memory.
#[derive(Default)]
struct State {
    jobs: HashMap<JobId, Job>,
    triggers: HashMap<String, Trigger>,
    /// The triggers that an agent came of.
    came_of: HashMap<Pid, HashSet<String>>,
    /// Who listens for a user's triggers, until it is cancelled.
    listeners: HashMap<UserId, CancellationToken>,
    /// Where listeners begin once the schedule is started.
    early: Vec<(UserId, Subscription)>,
}

impl Schedule {
    /// Reads jobs and triggers back. Nothing is started until [`Schedule::start`]; what happens until then is heard.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(parts: Parts) -> aether_store::Result<Arc<Schedule>> {
        let kept = parts.store.read(store::load).await?;
        let mut state = State::default();
        state.jobs.extend(kept.jobs.into_iter().map(|record| (record.job.id.clone(), Job::read(record))));
        let triggers = kept.triggers.into_iter().map(|record| (record.trigger.id.clone(), Trigger::read(record)));
        state.triggers.extend(triggers);
        for (trigger, pid) in kept.agents {
            state.came_of.entry(pid).or_default().insert(trigger);
        }
        let owners: HashSet<UserId> = state.triggers.values().map(Trigger::owner).collect();
        for owner in owners {
            if let Some(viewer) = parts.users.viewer(&owner) {
                state.early.push((owner, parts.bus.subscribe(viewer)));
            }
        }
        Ok(Arc::new_cyclic(|this| Schedule {
            this: this.clone(),
            store: parts.store,
            bus: parts.bus,
            users: parts.users,
            alarm: parts.alarm,
            limits: parts.limits,
            agents: OnceLock::new(),
            state: Mutex::new(state),
            rearm: Notify::new(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Begins to start agents: first those whose runs had come due when the kernel ended, then what it missed.
    pub fn start(&self, agents: &Arc<dyn Agents>) {
        let Some(this) = self.this.upgrade() else { return };
        if self.agents.set(agents.clone()).is_err() {
            return;
        }
        let (waiting, early) = {
            let mut state = self.state();
            let State { triggers, came_of, .. } = &mut *state;
            for (pid, sources) in came_of.iter().filter(|(pid, _)| agents.is_living(**pid)) {
                for source in sources {
                    if let Some(trigger) = triggers.get_mut(source) {
                        trigger.living.insert(*pid);
                    }
                }
            }
            (waiting_runs(&state.jobs), std::mem::take(&mut state.early))
        };
        for (job, runs) in waiting {
            self.tasks.spawn(this.clone().start_again(job, runs));
        }
        for (owner, subscription) in early {
            self.listen_from(owner, subscription);
        }
        this.start_all_due(true);
        self.tasks.spawn(this.keep_time());
    }

    /// Starts no more agents. Returns when the last that was being started is known.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Whose job it is. Answers from memory.
    pub fn job_owner(&self, id: &str) -> Owner {
        self.state().jobs.get(&JobId::from(id)).map_or(Owner::Missing, |job| Owner::user(job.owner()))
    }

    /// Whose trigger it is. Answers from memory.
    pub fn trigger_owner(&self, id: &str) -> Owner {
        self.state().triggers.get(id).map_or(Owner::Missing, |trigger| Owner::user(trigger.owner()))
    }

    /// Lets go of what belongs to a user who is gone; on disk it went with the user.
    pub fn departed(&self, user: &UserId) {
        let mut state = self.state();
        state.jobs.retain(|_, job| job.owner() != *user);
        let gone: Vec<String> =
            state.triggers.values().filter(|trigger| trigger.owner() == *user).map(|t| t.id().to_owned()).collect();
        gone.iter().for_each(|id| state.forget_trigger(id));
        state.early.retain(|(owner, _)| owner != user);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For whom a job or a trigger is made: an administrator may name somebody else.
    fn owner_for(&self, caller: &Caller, named: Option<&str>) -> Result<UserId> {
        let own = person(caller)?;
        match named.filter(|named| caller.is_admin() && !named.is_empty() && *named != "root") {
            Some(named) => {
                self.users.find(named).ok_or_else(|| ScheduleError::NoUser(named.chars().take(64).collect()))
            }
            None => Ok(own),
        }
    }

    /// Starts the agent of a run; `None` if the kernel closes first, so that the next start does it.
    async fn spawn(
        &self,
        owner: &UserId,
        mut config: AgentConfig,
        run: (&'static str, &str, &Run),
        may_have: bool,
    ) -> Option<std::result::Result<Pid, WireError>> {
        let agents = self.agents.get()?;
        let (kind, id, run) = run;
        let known = if may_have { agents.started(owner, &run.id).await.transpose() } else { None };
        let started = match known {
            Some(known) => known,
            None => {
                let by = json!({ "kind": kind, "id": id, "run": run.id });
                config.extra.insert(SCHEDULED_BY.to_owned(), by);
                agents.spawn(owner, config).await
            }
        };
        aether_base::fault::point("schedule-spawned");
        Some(started).filter(|started| !matches!(started, Err(error) if error.code == ErrorCode::ShuttingDown))
    }
}

fn waiting_runs(jobs: &HashMap<JobId, Job>) -> Vec<(JobId, Vec<Run>)> {
    let waiting = jobs.iter().map(|(id, job)| (id.clone(), job.record.waiting.clone()));
    waiting.filter(|(_, runs)| !runs.is_empty()).collect()
}

/// The user who calls in person: what starts agents with all rights of its owner is no agent's to make.
fn person(caller: &Caller) -> Result<UserId> {
    match &caller.kind {
        CallerKind::User { user, .. } => Ok(user.clone()),
        CallerKind::Agent { .. } | CallerKind::Kernel | CallerKind::Anonymous => Err(ScheduleError::NotAPerson),
    }
}

/// Events for the owner of a job or a trigger, with what it is now (`None` if it is gone).
fn told<T: Serialize>(
    owner: &UserId,
    events: Vec<Event>,
    kind: &str,
    id: &str,
    rev: u64,
    entity: Option<&T>,
) -> Vec<Prepared> {
    let entity = entity.and_then(|entity| serde_json::to_value(entity).ok());
    let changed = EntityChanged { kind: kind.to_owned(), id: id.to_owned(), rev, entity };
    let audience = Audience::User { user: owner.clone(), org: None };
    events.into_iter().chain([changed.into()]).map(|event| Bus::prepare_to(&event, audience.clone())).collect()
}

/// Waits for a queued write.
async fn settle(pending: Pending<()>) -> Result<()> {
    Ok(pending.await.unwrap_or(Err(StoreError::Closed))?)
}

/// A row of nobody breaks a rule of the tables: the user was deleted meanwhile.
fn gone(error: ScheduleError) -> ScheduleError {
    match error {
        ScheduleError::Store(StoreError::Exists) => ScheduleError::NotAPerson,
        other => other,
    }
}

#[cfg(test)]
mod tests;
