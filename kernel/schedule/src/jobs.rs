//! Jobs while the kernel runs: making and changing them, and the one task that waits for the next of them.

use std::sync::Arc;

use aether_base::bus::Prepared;
use aether_base::{Caller, fault};
use aether_protocol::domains::cron::{CreateJob, CronJob, event};
use aether_protocol::{Event, JobId, Pid, WireError};
use aether_store::Pending;

use crate::error::{Result, ScheduleError};
use crate::job::{Job, Run};
use crate::{Schedule, gone, person, settle, store, told};

/// Runs that have come due, of one job, with the write that says so.
struct Due {
    id: JobId,
    runs: Vec<Run>,
    marked: Pending<()>,
}

impl Schedule {
    pub(crate) async fn create_job(&self, caller: &Caller, request: CreateJob) -> Result<CronJob> {
        let owner = self.owner_for(caller, request.owner_uid.as_deref())?;
        let job = Job::new(request, &owner, self.alarm.now_ms(), &self.limits)?;
        let (id, wire) = (job.record.job.id.clone(), job.record.job.clone());
        let kept = {
            let mut state = self.state();
            let own = state.jobs.values().filter(|job| job.record.job.owner_uid == owner.0).count();
            if own >= self.limits.max_jobs_per_user {
                return Err(ScheduleError::TooManyJobs(own));
            }
            let record = job.record.clone();
            let prepared = events_of(&job, vec![event::Created { job: wire.clone() }.into()]);
            state.jobs.insert(id.clone(), job);
            self.store.begin(prepared, move |db| store::insert_job(db, &record))
        };
        if let Err(error) = settle(kept).await {
            // What is not on disk was refused, and must not start anything later.
            self.state().jobs.remove(&id);
            return Err(gone(error));
        }
        self.rearm.notify_one();
        Ok(wire)
    }

    /// The caller's jobs, or everybody's for an administrator, oldest first.
    pub(crate) fn list_jobs(&self, caller: &Caller) -> Result<Vec<CronJob>> {
        let user = person(caller)?;
        let mut jobs: Vec<CronJob> = self.state().jobs.values().map(|job| job.record.job.clone()).collect();
        jobs.retain(|job| caller.is_admin() || job.owner_uid == user.0);
        jobs.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(jobs)
    }

    pub(crate) async fn delete_job(&self, id: &JobId) -> Result<()> {
        let kept = {
            let mut state = self.state();
            let job = state.jobs.remove(id).ok_or(ScheduleError::NoJob)?;
            let deleted: Event = event::Deleted { jobId: id.clone() }.into();
            let prepared = told::<CronJob>(&job.owner(), vec![deleted], "cron", id.as_str(), job.record.rev + 1, None);
            let row = id.clone();
            self.store.begin(prepared, move |db| store::delete_job(db, row.as_str()))
        };
        settle(kept).await
    }

    pub(crate) async fn enable_job(&self, id: &JobId) -> Result<()> {
        let now = self.alarm.now_ms();
        settle(self.change_job(id, |job| job.enable(now).map(|()| Vec::new()))?).await?;
        self.rearm.notify_one();
        Ok(())
    }

    pub(crate) async fn disable_job(&self, id: &JobId) -> Result<()> {
        let disable = |job: &mut Job| {
            job.disable();
            Ok(Vec::new())
        };
        settle(self.change_job(id, disable)?).await
    }

    /// Changes a job and queues its row and its events in one write, in the order changes happen.
    fn change_job<F>(&self, id: &JobId, change: F) -> Result<Pending<()>>
    where
        F: FnOnce(&mut Job) -> Result<Vec<Event>>,
    {
        let mut state = self.state();
        let job = state.jobs.get_mut(id).ok_or(ScheduleError::NoJob)?;
        let events = change(job)?;
        Ok(self.save_job(job, events))
    }

    /// Queues a job's row with its events. Call it with the state locked, so that writes keep their order.
    fn save_job(&self, job: &mut Job, events: Vec<Event>) -> Pending<()> {
        job.record.rev += 1;
        let record = job.record.clone();
        self.store.begin(events_of(job, events), move |db| store::update_job(db, &record))
    }

    /// Waits for the earliest job, and for changes of them, until the kernel closes.
    pub(crate) async fn keep_time(self: Arc<Self>) {
        loop {
            self.start_all_due(false);
            let next = self.state().jobs.values().filter_map(Job::due).min();
            let reached = async {
                match next {
                    Some(at) => self.alarm.reached(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.rearm.notified() => {}
                () = reached => {}
            }
        }
    }

    /// Starts what has come due. `away` says that nobody looked at the clock before.
    pub(crate) fn start_all_due(self: &Arc<Self>, away: bool) {
        for due in self.take_due(away) {
            self.tasks.spawn(self.clone().start_due(due));
        }
    }

    fn take_due(&self, away: bool) -> Vec<Due> {
        let now = self.alarm.now_ms();
        let mut state = self.state();
        let mut taken = Vec::new();
        for (id, job) in &mut state.jobs {
            if job.due().is_none_or(|due| due > now) {
                continue;
            }
            let living = |pid: Pid| self.agents.get().is_some_and(|agents| agents.is_living(pid));
            let busy = !job.record.waiting.is_empty() || job.record.job.last_pid.is_some_and(living);
            let runs = job.come_due(now, away, busy);
            let marked = self.save_job(job, Vec::new());
            taken.push(Due { id: id.clone(), runs, marked });
        }
        taken
    }

    /// Starts the agents of a job that has come due, once that it has is on disk.
    async fn start_due(self: Arc<Self>, due: Due) {
        let Due { id, runs, marked } = due;
        if let Err(error) = settle(marked).await {
            // On disk they are still to come: the next start finds that they were missed.
            tracing::warn!(job = %id, %error, "a job came due and could not be kept; it is not run now");
            if let Some(job) = self.state().jobs.get_mut(&id) {
                job.record.waiting.retain(|waiting| !runs.contains(waiting));
                job.record.job.last_error = Some(error.to_string());
            }
            return;
        }
        fault::point("schedule-marked");
        for run in runs {
            self.start_run(&id, &run, false).await;
        }
    }

    /// Starts the agents of runs that had come due when an earlier kernel ended, unless that one has.
    pub(crate) async fn start_again(self: Arc<Self>, id: JobId, runs: Vec<Run>) {
        for run in runs {
            self.start_run(&id, &run, true).await;
        }
    }

    async fn start_run(&self, id: &JobId, run: &Run, may_have: bool) {
        let known = self.state().jobs.get(id).map(|job| (job.owner(), job.record.job.agent_config.clone()));
        // Whoever deletes a job does not want it run.
        let Some((owner, config)) = known else { return };
        let Some(started) = self.spawn(&owner, config, ("cron", id.as_str(), run), may_have).await else { return };
        self.note_run(id, run, started).await;
    }

    async fn note_run(&self, id: &JobId, run: &Run, started: std::result::Result<Pid, WireError>) {
        let now = self.alarm.now_ms();
        let noted = self.change_job(id, |job| {
            job.record.waiting.retain(|waiting| waiting.id != run.id);
            let wire = &mut job.record.job;
            match started {
                Ok(pid) => {
                    wire.last_run = Some(now);
                    wire.last_pid = Some(pid);
                    wire.last_error = None;
                    wire.run_count += 1;
                    Ok(vec![event::Fired { jobId: id.clone(), pid, caughtUp: run.missed.then_some(true) }.into()])
                }
                Err(error) => {
                    wire.last_error = Some(error.message);
                    Ok(Vec::new())
                }
            }
        });
        let noted = match noted {
            Ok(pending) => settle(pending).await,
            // Deleted while its agent was started, which goes on.
            Err(_) => return,
        };
        if let Err(error) = noted {
            tracing::warn!(job = %id, %error, "what became of a job's run could not be kept");
        }
    }
}

fn events_of(job: &Job, events: Vec<Event>) -> Vec<Prepared> {
    let record = &job.record;
    told(&job.owner(), events, "cron", record.job.id.as_str(), record.rev, Some(&record.job))
}
