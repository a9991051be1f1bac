//! The commands of the `resource` domain.

use aether_base::{Cx, Result, now_ms};
use aether_protocol::Empty;
use aether_protocol::domains::process::PidRef;
use aether_protocol::domains::resource::{
    Admission, AgentUsage, Api, AskAdmission, Budget, BudgetRef, BudgetScope, DayUsage, HistoryQuery, ResourceQuota,
    SetBudget, SetQuota, event,
};

use crate::agent_api::own_process;
use crate::{Processes, resource, store};

/// Agents in a summary, at most.
const SUMMARY: u32 = 1_000;
/// Days of a history unless asked otherwise, and at most.
const DAYS: u32 = 30;
const MOST_DAYS: u32 = 366;

impl Api<Cx> for Processes {
    async fn get_quota(&self, cx: &Cx, request: PidRef) -> Result<ResourceQuota> {
        let PidRef { pid } = request;
        let quota = self.quota(pid).await?;
        cx.tell(|| event::Quota { pid, quota });
        Ok(quota)
    }

    async fn set_quota(&self, cx: &Cx, request: SetQuota) -> Result<ResourceQuota> {
        if cx.caller.pid().is_some() {
            return Err(crate::ProcessError::NotAPerson.into());
        }
        Ok(self.set_limits(request.pid, request.quota, cx.caller.is_admin()).await?)
    }

    async fn get_usage(&self, cx: &Cx, request: PidRef) -> Result<AgentUsage> {
        let PidRef { pid } = request;
        let usage = self.usage(pid).await?;
        cx.tell(|| event::Usage { pid, usage: usage.clone() });
        Ok(usage)
    }

    async fn get_summary(&self, cx: &Cx, _request: Empty) -> Result<Vec<AgentUsage>> {
        let owner = if cx.caller.is_admin() { None } else { Some(cx.user()?.clone()) };
        let kept = self.store.read(move |db| {
            let spenders = resource::store::spenders(db, owner.as_ref(), SUMMARY)?;
            let kept = spenders.into_iter().map(|pid| store::kept(db, pid));
            kept.collect::<aether_store::Result<Vec<_>>>()
        });
        Ok(kept.await?.into_iter().flatten().map(|(record, used)| record.usage(&used)).collect())
    }

    async fn history(&self, cx: &Cx, request: HistoryQuery) -> Result<Vec<DayUsage>> {
        let scope = match request.scope {
            Some(scope) => scope,
            None => BudgetScope::User(cx.user()?.clone()),
        };
        let days = request.days.unwrap_or(DAYS).clamp(1, MOST_DAYS);
        Ok(self.store.read(move |db| resource::store::days(db, &scope, now_ms(), days)).await?)
    }

    async fn get_budget(&self, _cx: &Cx, request: BudgetRef) -> Result<Budget> {
        Ok(self.budget(&request.scope))
    }

    async fn set_budget(&self, cx: &Cx, request: SetBudget) -> Result<Budget> {
        if cx.caller.pid().is_some() {
            return Err(crate::ProcessError::NotAPerson.into());
        }
        Ok(Processes::set_budget(self, request.scope, request.budget, cx.caller.is_admin()).await?)
    }

    async fn admit(&self, cx: &Cx, request: AskAdmission) -> Result<Admission> {
        own_process(cx, request.pid)?;
        Ok(Processes::admit(self, request)?)
    }
}
