//! Whether an agent may spend more: of its own, of what the agents above it may, of its user's day and its
//! organisation's. And how much more a person may allow it.

use aether_base::{Caller, Prepared, now_ms};
use aether_protocol::domains::agent::{Approval, ApprovalState};
use aether_protocol::domains::org::Permission;
use aether_protocol::domains::resource::{Admission, AskAdmission, BudgetScope, Excess, OnExceed, event};
use aether_protocol::{Event, Pid};
use aether_store::rusqlite::Connection;

use super::budget::Row;
use super::limits::{self, Holder, Limits, Reached};
use super::{budget_told, is_key, put_back, store};
use crate::Processes;
use crate::approvals::Verdict;
use crate::error::{ProcessError, Result};
use crate::table::{Record, Table};

/// A limit that was raised with an answer: what is kept with it, and how it was before.
#[derive(Debug, Default)]
pub struct Raised {
    record: Option<Record>,
    row: Option<(BudgetScope, Row)>,
    before: Option<Before>,
    /// Events for whoever may see the agent.
    pub events: Vec<Event>,
    /// For whom a day's budget concerns.
    pub told: Vec<Prepared>,
}

#[derive(Debug)]
enum Before {
    Limits(Pid, Box<Limits>),
    Row(BudgetScope, Option<Row>),
}

impl Raised {
    /// Keeps the limit as it is now.
    pub fn put(&self, db: &Connection) -> aether_store::Result<()> {
        self.record.iter().try_for_each(|record| crate::store::put_record(db, record))?;
        self.row.iter().try_for_each(|(scope, row)| store::put_budget(db, scope, row))
    }

    /// What was before, for where it could not be kept.
    pub fn undo(&mut self) -> Undo {
        Undo(self.before.take())
    }
}

/// Takes a raise back.
#[derive(Debug)]
pub struct Undo(Option<Before>);

impl Undo {
    pub fn apply(self, table: &mut Table) {
        match self.0 {
            Some(Before::Limits(pid, limits)) => {
                if let Some(record) = table.record_mut(pid) {
                    record.limits = *limits;
                }
            }
            Some(Before::Row(scope, row)) => put_back(table, scope, row),
            None => {}
        }
    }
}

impl Table {
    fn record_mut(&mut self, pid: Pid) -> Option<&mut Record> {
        match self.entries.get_mut(&pid) {
            Some(entry) => Some(&mut entry.record),
            None => self.tree.ended.get_mut(&pid).map(|(record, _)| record),
        }
    }
}

impl Processes {
    /// Whether an agent may spend more. Of several limits that are reached one that ends it answers, else the nearest.
    pub(crate) fn admit(&self, request: AskAdmission) -> Result<Admission> {
        let AskAdmission { pid, step } = request;
        let now = now_ms();
        let mut table = self.table();
        table.entries.unseen_mut().for_each(|entry| entry.work_until(now));
        let entry = table.entries.get_mut(&pid).ok_or(ProcessError::NotFound(pid))?;
        entry.record.step = step.unwrap_or(entry.record.step);
        let on_exceed = limits::policy(&entry.record, &self.config);
        let usage = entry.record.usage(&entry.live.used);
        let excess = self.reached(&table, pid, now).map(|reached| Excess {
            key: reached.key(),
            action: reached.action(),
            details: reached.details(),
            usage,
            kill: reached.kill,
        });
        Ok(Admission { excess, on_exceed })
    }

    fn reached(&self, table: &Table, pid: Pid, now: u64) -> Option<Reached> {
        let record = table.record(pid)?;
        let mut found = limits::reached(&Holder::Own(pid), record, &table.sum(pid), &self.config, now);
        for above in table.above(pid) {
            let Some(record) = table.record(above) else { continue };
            found.extend(limits::reached(&Holder::Above(above), record, &table.sum(above), &self.config, now));
        }
        for scope in table.scopes(pid, &record.owner) {
            found.extend(table.budgets.reached(&scope, &self.config, now));
        }
        let kill = limits::policy(record, &self.config) == OnExceed::Kill;
        found.iter_mut().for_each(|reached| reached.kill |= kill);
        let deadly = found.iter().position(|reached| reached.kill).unwrap_or(0);
        found.into_iter().nth(deadly)
    }

    /// Raises the limit that a person is asked about, if it is one and still reached. Refuses whoever may not allow more.
    pub(crate) fn raise(&self, table: &mut Table, caller: &Caller, approval: &Approval) -> Result<Raised> {
        let now = now_ms();
        let pid = approval.pid;
        // The kernel only says that a limit is no longer reached; it allows nothing.
        let asks = is_key(&approval.call_id) && caller.user().is_some();
        let asked = asks.then(|| self.reached(table, pid, now)).flatten();
        let Some(reached) = asked.filter(|reached| reached.key() == approval.call_id) else {
            return Ok(Raised::default());
        };
        if !self.may_raise(table, caller, &reached) {
            return Err(ProcessError::NotTheirs);
        }
        let mut raised = Raised::default();
        match &reached.holder {
            Holder::Own(holder) | Holder::Above(holder) => {
                let sum = table.sum(*holder);
                let record = table.record_mut(*holder).ok_or(ProcessError::NotFound(*holder))?;
                raised.before = Some(Before::Limits(*holder, Box::new(record.limits.clone())));
                record.limits.raise(reached.limit, &sum, now);
                // The agent's own record is kept with the answer anyway.
                raised.record = (*holder != pid).then(|| record.clone());
                if *holder == pid {
                    let quota = limits::quota(record, &self.config, now);
                    raised.events.push(event::Quota { pid, quota }.into());
                }
            }
            Holder::Scope(scope) => {
                let before = table.budgets.rows.get(scope).cloned();
                raised.before = Some(Before::Row(scope.clone(), before));
                table.budgets.raise(scope, reached.limit, now);
                let row = table.budgets.rows.get(scope).cloned().unwrap_or_default();
                raised.row = Some((scope.clone(), row));
                raised.told.push(budget_told(&table.budgets.budget(scope, &self.config, now)));
            }
        }
        Ok(raised)
    }

    /// True if this person may allow as much again. Whoever a limit binds does not go beyond what administrators set.
    fn may_raise(&self, table: &Table, caller: &Caller, reached: &Reached) -> bool {
        if caller.is_admin() {
            return true;
        }
        let Some(user) = caller.user() else { return false };
        match &reached.holder {
            Holder::Own(pid) | Holder::Above(pid) => table.record(*pid).is_some_and(|record| {
                record.owner == *user && record.limits.within_ceiling(reached, record, &self.config)
            }),
            Holder::Scope(scope) => {
                let theirs = match scope {
                    BudgetScope::User(owner) => owner == user,
                    BudgetScope::Org(org) => {
                        self.memberships.role(user, org).is_some_and(|role| role.allows(Permission::OrgSettings))
                    }
                };
                theirs && table.budgets.within_ceiling(reached, scope, &self.config)
            }
        }
    }

    /// Lets those agents go on that wait at a limit which is no longer reached: more was allowed, or a day is over.
    pub async fn release(&self) {
        let now = now_ms();
        let free: Vec<Approval> = {
            let table = self.table();
            let open = |approval: &&Approval| approval.state == ApprovalState::Open && is_key(&approval.call_id);
            let waiting = table.entries.values().filter_map(|entry| entry.live.approvals.iter().find(open));
            waiting.filter(|approval| self.reached(&table, approval.pid, now).is_none()).cloned().collect()
        };
        for Approval { pid, id, .. } in free {
            let reason = Some("The limit is no longer reached.".to_owned());
            let verdict = Verdict { granted: true, reason, reply: None };
            match self.answer(&Caller::kernel(), pid, Some(id), verdict).await {
                // Somebody else was faster, or it has ended.
                Ok(()) | Err(ProcessError::StaleApproval(_) | ProcessError::NotFound(_) | ProcessError::Ended(_)) => {}
                Err(error) => tracing::warn!(%pid, %error, "an agent could not be let go on"),
            }
        }
    }
}
