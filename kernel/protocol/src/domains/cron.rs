//! Jobs that start an agent by the clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::AgentConfig;
use crate::ids::{JobId, Pid};
use crate::table::Empty;

/// What becomes of runs whose time passes while the kernel is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CatchUp {
    /// They are counted, and not run.
    Skip,
    /// One run stands for all of them.
    #[default]
    Once,
    /// Each is run, up to ten of them.
    All,
}

/// What becomes of a run whose time comes while the agent of an earlier one still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Overlap {
    /// It is counted, and not run.
    #[default]
    Skip,
    /// It runs beside the other one.
    Allow,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// A job: when to start which agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CronJob {
    pub id: JobId,
    pub name: String,
    /// Five fields: minute, hour, day of the month, month, day of the week; or six, with the second first. A day must fit
    /// both of its fields.
    pub cron_expression: String,
    pub agent_config: AgentConfig,
    pub enabled: bool,
    pub owner_uid: String,
    /// When its newest agent was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<u64>,
    /// When the next one is started, jitter included; while the job is disabled, when it would have been.
    pub next_run: u64,
    /// Agents it has started.
    pub run_count: u64,
    pub created_at: u64,
    /// The IANA time zone in which the expression is read.
    #[serde(default = "utc")]
    pub time_zone: String,
    #[serde(default)]
    pub catch_up: CatchUp,
    #[serde(default)]
    pub overlap: Overlap,
    /// Each run starts up to so many seconds late, by chance.
    #[serde(default)]
    pub jitter_seconds: u32,
    /// Runs whose time passed while the kernel was away, caught up on or not.
    #[serde(default)]
    pub missed_count: u64,
    /// When the newest of those would have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_missed: Option<u64>,
    /// Runs that were left out because the agent of an earlier one still ran.
    #[serde(default)]
    pub skipped_count: u64,
    /// The newest agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_pid: Option<Pid>,
    /// Why the newest run started no agent, where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// `cron.create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateJob {
    pub name: String,
    /// Also taken as `expression`, which some clients send.
    #[serde(alias = "expression")]
    pub cron_expression: String,
    pub agent_config: AgentConfig,
    /// For whom (an id or a name), if an administrator asks; anybody else makes jobs for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
    /// An IANA time zone, like `Europe/Berlin`; UTC if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// `once` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<CatchUp>,
    /// `skip` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// None if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_seconds: Option<u32>,
}

/// Names one job.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobRef {
    pub job_id: JobId,
}

domain! {
    /// Jobs that start an agent by the clock.
    cron;
    commands {
        /// Makes a job that starts an agent at set times.
        create "cron.create" (CreateJob) -> CronJob, needs SignedIn => post 201 at "/cron";
        /// Deletes a job; agents it has started go on.
        delete "cron.delete" (JobRef) -> (), needs Own(Job, |p| &p.job_id), order(|p| &p.job_id)
            => delete at "/cron/:jobId" says "deleted";
        /// Lets a job run again, from its next time on.
        enable "cron.enable" (JobRef) -> (), needs Own(Job, |p| &p.job_id), order(|p| &p.job_id);
        /// Keeps a job without running it.
        disable "cron.disable" (JobRef) -> (), needs Own(Job, |p| &p.job_id), order(|p| &p.job_id);
        /// The caller's jobs, or everybody's for an administrator.
        list "cron.list" (Empty) -> Vec<CronJob>, needs SignedIn, audit refusals => get at "/cron";
    }
    events {
        /// A job was made.
        Created "cron.created" { job: CronJob } to owner(Job, job.id), journal;
        /// A job was deleted.
        Deleted "cron.deleted" { jobId: JobId } to owner(Job, jobId), journal;
        /// A job started an agent; `caughtUp` where it stands for runs whose time passed while the kernel was away.
        Fired "cron.fired" {
            jobId: JobId,
            pid: Pid,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            caughtUp: Option<bool>,
        } to owner(Job, jobId), journal;
        /// The jobs a list answered.
        List "cron.list" { jobs: Vec<CronJob> } to requester, live;
    }
}
