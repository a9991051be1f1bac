//! Jobs that start an agent by the clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::AgentConfig;
use crate::ids::{JobId, Pid};
use crate::table::Empty;

/// A job: when to start which agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CronJob {
    pub id: JobId,
    pub name: String,
    /// Five fields: minute, hour, day of the month, month, day of the week.
    pub cron_expression: String,
    pub agent_config: AgentConfig,
    pub enabled: bool,
    pub owner_uid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<u64>,
    pub next_run: u64,
    pub run_count: u64,
    pub created_at: u64,
}

/// `cron.create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateJob {
    pub name: String,
    /// Also taken as `expression`, which some clients send.
    #[serde(alias = "expression")]
    pub cron_expression: String,
    pub agent_config: AgentConfig,
    /// For whom, if an administrator asks; anybody else makes jobs for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
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
        /// A job started an agent.
        Fired "cron.fired" { jobId: JobId, pid: Pid } to owner(Job, jobId), journal;
        /// The jobs a list answered.
        List "cron.list" { jobs: Vec<CronJob> } to requester, live;
    }
}
