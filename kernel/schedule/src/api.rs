//! The commands of the `cron` and `trigger` domains.

use aether_base::{Cx, Result};
use aether_protocol::Empty;
use aether_protocol::domains::cron::{self, CreateJob, CronJob, JobRef};
use aether_protocol::domains::trigger::{self, CreateTrigger, EventTrigger, TriggerRef};

use crate::Schedule;

impl cron::Api<Cx> for Schedule {
    async fn create(&self, cx: &Cx, request: CreateJob) -> Result<CronJob> {
        Ok(self.create_job(&cx.caller, request).await?)
    }

    async fn delete(&self, _cx: &Cx, request: JobRef) -> Result<()> {
        Ok(self.delete_job(&request.job_id).await?)
    }

    async fn enable(&self, _cx: &Cx, request: JobRef) -> Result<()> {
        Ok(self.enable_job(&request.job_id).await?)
    }

    async fn disable(&self, _cx: &Cx, request: JobRef) -> Result<()> {
        Ok(self.disable_job(&request.job_id).await?)
    }

    async fn list(&self, cx: &Cx, _request: Empty) -> Result<Vec<CronJob>> {
        let jobs = self.list_jobs(&cx.caller)?;
        cx.tell(|| cron::event::List { jobs: jobs.clone() });
        Ok(jobs)
    }
}

impl trigger::Api<Cx> for Schedule {
    async fn create(&self, cx: &Cx, request: CreateTrigger) -> Result<EventTrigger> {
        Ok(self.create_trigger(&cx.caller, request).await?)
    }

    async fn delete(&self, _cx: &Cx, request: TriggerRef) -> Result<()> {
        Ok(self.delete_trigger(&request.trigger_id).await?)
    }

    async fn list(&self, cx: &Cx, _request: Empty) -> Result<Vec<EventTrigger>> {
        let triggers = self.list_triggers(&cx.caller)?;
        cx.tell(|| trigger::event::List { triggers: triggers.clone() });
        Ok(triggers)
    }
}
