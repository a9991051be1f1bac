//! One job: what it is made from, and what becomes of the times that have come. Pure, so that every case is tested
//! without a clock.

use aether_base::config::ScheduleConfig;
use aether_protocol::domains::cron::{CatchUp, CreateJob, CronJob, Overlap};
use aether_protocol::{JobId, UserId};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ScheduleError};
use crate::rules;
use crate::timetable::Timetable;

/// Missed runs that a job catches up on at most.
const CAUGHT_UP: u64 = 10;
/// Missed runs that are counted at a time; beyond it they are only known to be more.
const COUNTED: usize = 1_000;
/// Milliseconds that a run may start late and still be on time.
const ON_TIME: u64 = 60_000;
/// Seconds of jitter at most.
const JITTER: u64 = 3_600;

/// A run that has come due and whose agent is not known to have started. It is kept, so that a kernel that is killed
/// neither forgets it nor runs it twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Stands in the agent's configuration.
    pub id: String,
    /// When it came due, in milliseconds since the Unix epoch.
    pub at: u64,
    /// True if its time passed while nobody looked at the clock.
    #[serde(default)]
    pub missed: bool,
}

impl Run {
    pub fn new(at: u64, missed: bool) -> Run {
        Run { id: uuid::Uuid::new_v4().to_string(), at, missed }
    }
}

/// What is kept of a job on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobRecord {
    pub job: CronJob,
    /// The time of the next run without its jitter.
    pub base: u64,
    /// Runs whose agents are about to be started.
    #[serde(default)]
    pub waiting: Vec<Run>,
    /// Grows with every change.
    #[serde(default)]
    pub rev: u64,
}

/// A job.
#[derive(Debug, Clone)]
pub struct Job {
    pub record: JobRecord,
    /// Absent where this version cannot read what an earlier one could.
    timetable: Option<Timetable>,
}

impl Job {
    /// Makes a job for a user, or says what is wrong with it.
    pub fn new(request: CreateJob, owner: &UserId, now: u64, limits: &ScheduleConfig) -> Result<Job> {
        let zone = request.time_zone.filter(|zone| !zone.is_empty()).unwrap_or_else(|| "UTC".to_owned());
        let timetable = Timetable::parse(&request.cron_expression, &zone)?;
        let (catch_up, overlap) = (request.catch_up.unwrap_or_default(), request.overlap.unwrap_or_default());
        if (catch_up, overlap) == (CatchUp::All, Overlap::Skip) {
            return Err(ScheduleError::AllAtOnce);
        }
        let base = timetable.next(now).ok_or(ScheduleError::Never)?;
        let shortest = timetable.shortest(now).map(|gap| gap / 1_000);
        if let Some(found) = shortest.filter(|found| *found < limits.min_interval_seconds) {
            return Err(ScheduleError::TooOften { found, least: limits.min_interval_seconds });
        }
        let jitter = request.jitter_seconds.unwrap_or_default();
        let most = shortest.map_or(JITTER, |gap| JITTER.min(gap.saturating_sub(1)));
        if u64::from(jitter) > most {
            return Err(ScheduleError::TooMuchJitter { most });
        }
        let job = CronJob {
            id: JobId(uuid::Uuid::new_v4().to_string()),
            name: rules::name(&request.name)?,
            cron_expression: request.cron_expression,
            agent_config: rules::config(request.agent_config, None)?,
            enabled: true,
            owner_uid: owner.0.clone(),
            last_run: None,
            next_run: base + late(jitter),
            run_count: 0,
            created_at: now,
            time_zone: zone,
            catch_up,
            overlap,
            jitter_seconds: jitter,
            missed_count: 0,
            last_missed: None,
            skipped_count: 0,
            last_pid: None,
            last_error: None,
        };
        Ok(Job { record: JobRecord { job, base, waiting: Vec::new(), rev: 1 }, timetable: Some(timetable) })
    }

    /// A job as it was kept.
    pub fn read(mut record: JobRecord) -> Job {
        let timetable = Timetable::parse(&record.job.cron_expression, &record.job.time_zone);
        if let Err(error) = &timetable {
            record.job.enabled = false;
            record.job.last_error = Some(error.to_string());
        }
        Job { record, timetable: timetable.ok() }
    }

    pub fn owner(&self) -> UserId {
        UserId(self.record.job.owner_uid.clone())
    }

    /// When it has to be looked at next; `None` while it is disabled.
    pub fn due(&self) -> Option<u64> {
        self.record.job.enabled.then_some(self.record.job.next_run)
    }

    /// Lets it run again, from its next time on.
    pub fn enable(&mut self, now: u64) -> Result<()> {
        let base = self.timetable.as_ref().and_then(|timetable| timetable.next(now)).ok_or(ScheduleError::Never)?;
        self.record.job.enabled = true;
        self.plan(base);
        Ok(())
    }

    pub fn disable(&mut self) {
        self.record.job.enabled = false;
    }

    /// Moves on past every time that has come, and answers the runs to start now. They wait in the record, which the
    /// caller keeps in one write: with its next time there, a run is neither forgotten nor done twice.
    ///
    /// `away` says that nobody looked at the clock until now, `busy` that the agent of an earlier run still runs.
    pub fn come_due(&mut self, now: u64, away: bool, busy: bool) -> Vec<Run> {
        let (record, Some(timetable)) = (&mut self.record, &self.timetable) else { return Vec::new() };
        let times: Vec<u64> = std::iter::successors(Some(record.base), |last| timetable.next(*last))
            .take_while(|time| *time <= now)
            .take(COUNTED)
            .collect();
        let passed = times.len() as u64;
        let on_time = !away && passed == 1 && now.saturating_sub(record.job.next_run) <= ON_TIME;
        let wanted = match record.job.catch_up {
            _ if on_time => 1,
            CatchUp::Skip => 0,
            CatchUp::Once => 1,
            CatchUp::All => passed.min(CAUGHT_UP),
        };
        if !on_time {
            record.job.missed_count += passed;
            record.job.last_missed = timetable.last(now);
        }
        let runs = match record.job.overlap {
            Overlap::Skip if busy => 0,
            Overlap::Skip => wanted.min(1),
            Overlap::Allow => wanted,
        };
        record.job.skipped_count += wanted - runs;
        let next = timetable.next(now);
        let runs: Vec<Run> = times.iter().take(runs as usize).map(|at| Run::new(*at, !on_time)).collect();
        record.waiting.extend(runs.iter().cloned());
        match next {
            Some(base) => self.plan(base),
            None => {
                self.disable();
                self.record.job.last_error = Some(ScheduleError::Never.to_string());
            }
        }
        runs
    }

    fn plan(&mut self, base: u64) {
        self.record.base = base;
        self.record.job.next_run = base + late(self.record.job.jitter_seconds);
    }
}

/// By how many milliseconds a run starts late.
fn late(jitter_seconds: u32) -> u64 {
    match jitter_seconds {
        0 => 0,
        seconds => rand::random_range(0..=u64::from(seconds) * 1_000),
    }
}
