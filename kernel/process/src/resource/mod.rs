//! The resource governor: what agents have used, what it cost, and how far each may go.
//!
//! All spending goes through here: a reply is counted in the commit that journals it ([`Table::count`], [`store::count`]),
//! for the agent, all above it ([`tree`]), the day of its user and of its organisation ([`budget`]); and before each
//! request the loop asks whether it may go on ([`Processes::admit`]).

mod admission;
pub mod budget;
mod limits;
mod prices;
pub mod store;
pub mod tree;

use aether_base::{Bus, now_ms};
use aether_protocol::domains::resource::{
    AgentUsage, Budget, BudgetScope, DayBudget, QuotaChange, ResourceQuota, event,
};
use aether_protocol::{Event, Pid, UserId};

pub use admission::Raised;
pub use limits::{Limits, is_key};
pub use prices::Prices;

use crate::error::{ProcessError, Result};
use crate::table::{Record, Table};
use crate::{Processes, settle};
use aether_base::bus::Audience;
use aether_protocol::domains::org::Permission;
use budget::Row;

/// What one reply of a model has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// `provider:model`.
    pub model: String,
    pub input_tokens: u64,
    pub output_tokens: u64,
}

/// The same with its price, as it is counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub model: String,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cost_usd: Option<f64>,
    /// Milliseconds since the Unix epoch.
    pub at: u64,
}

/// What an agent has used so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Used {
    pub replies: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// Of replies whose price is known.
    pub cost_usd: f64,
    /// Replies whose price is not known.
    pub unpriced: u64,
    /// The provider of the latest reply.
    pub provider: String,
    /// A day, by its number, and the tokens of that day.
    pub today: (u64, u64),
}

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// The number of a time's UTC day.
fn day(at_ms: u64) -> u64 {
    at_ms / DAY_MS
}

impl Reply {
    fn tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}

impl Used {
    fn tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }

    fn tokens_on(&self, now: u64) -> u64 {
        if self.today.0 == day(now) { self.today.1 } else { 0 }
    }

    /// What it cost, if that is known of everything.
    pub fn known_cost(&self) -> Option<f64> {
        (self.unpriced == 0).then_some(self.cost_usd)
    }

    pub fn add(&mut self, reply: &Reply) {
        self.replies += 1;
        self.input_tokens = self.input_tokens.saturating_add(reply.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(reply.output_tokens);
        self.cost_usd += reply.cost_usd.unwrap_or_default();
        self.unpriced += u64::from(reply.cost_usd.is_none());
        self.provider = reply.model.split_once(':').map(|(provider, _)| provider.to_owned()).unwrap_or_default();
        // A reply of yesterday that is counted only now does not take today's away.
        if day(reply.at) >= self.today.0 {
            self.today = (day(reply.at), self.tokens_on(reply.at).saturating_add(reply.tokens()));
        }
    }

    /// Takes back what [`Used::add`] counted: the reply could not be kept.
    pub fn take_back(&mut self, reply: &Reply) {
        self.replies = self.replies.saturating_sub(1);
        self.input_tokens = self.input_tokens.saturating_sub(reply.input_tokens);
        self.output_tokens = self.output_tokens.saturating_sub(reply.output_tokens);
        self.cost_usd -= reply.cost_usd.unwrap_or_default();
        self.unpriced = self.unpriced.saturating_sub(u64::from(reply.cost_usd.is_none()));
        if self.today.0 == day(reply.at) {
            self.today.1 = self.today.1.saturating_sub(reply.tokens());
        }
    }
}

impl Record {
    /// What it has used, as clients know it.
    pub fn usage(&self, used: &Used) -> AgentUsage {
        AgentUsage {
            pid: self.pid,
            total_input_tokens: used.input_tokens,
            total_output_tokens: used.output_tokens,
            total_steps: self.step,
            started_at: self.started_at.unwrap_or(self.created_at),
            estimated_cost_usd: used.cost_usd,
            provider: used.provider.clone(),
        }
    }
}

impl Processes {
    /// A reply with its price.
    pub(crate) fn priced(&self, spent: &Spent, at: u64) -> Reply {
        let Spent { model, input_tokens, output_tokens } = spent.clone();
        let cost_usd = self.prices.cost(&model, input_tokens, output_tokens);
        Reply { model, input_tokens, output_tokens, cost_usd, at }
    }

    /// The limits of an agent, living or not.
    pub(crate) async fn quota(&self, pid: Pid) -> Result<ResourceQuota> {
        let now = now_ms();
        let living = self.table().entries.get(&pid).map(|entry| limits::quota(&entry.record, &self.config, now));
        if let Some(quota) = living {
            return Ok(quota);
        }
        let record = self.store.read(move |db| crate::store::record(db, pid)).await?;
        Ok(limits::quota(&record.ok_or(ProcessError::NotFound(pid))?, &self.config, now))
    }

    /// Changes the limits of an agent that lives. Agents that waited at them go on where they are no longer reached.
    pub(crate) async fn set_limits(&self, pid: Pid, change: QuotaChange, admin: bool) -> Result<ResourceQuota> {
        let tokens = [change.max_tokens_per_session, change.max_tokens_per_day, change.max_wall_clock_ms];
        if tokens.contains(&Some(0)) || change.max_steps == Some(0) {
            return Err(ProcessError::BadLimit("A limit"));
        }
        if change.max_cost_usd.is_some_and(|cost| !(cost.is_finite() && cost > 0.0)) {
            return Err(ProcessError::BadLimit("maxCostUsd"));
        }
        let now = now_ms();
        let mut answer = None;
        self.commit(pid, |entry| {
            if entry.record.life.has_ended() {
                return Err(ProcessError::Ended(pid));
            }
            let mut events = Vec::new();
            entry.record.limits.set(change, admin, &self.config)?;
            let more = change.max_steps.unwrap_or(0).saturating_sub(entry.record.loop_steps());
            if more > 0 && entry.record.life.at_limit {
                events = self.give_steps(entry, more)?;
            } else if more > 0 {
                let life = &mut entry.record.life;
                life.extra_steps = life.extra_steps.saturating_add(more);
                entry.live.extra_steps.send_replace(life.extra_steps);
            }
            let quota = limits::quota(&entry.record, &self.config, now);
            answer = Some(quota);
            events.push(event::Quota { pid, quota }.into());
            Ok(events)
        })
        .await?;
        self.release().await;
        answer.ok_or(ProcessError::NotFound(pid))
    }

    /// A day's budget, with what of today's is used.
    pub(crate) fn budget(&self, scope: &BudgetScope) -> Budget {
        self.table().budgets.budget(scope, &self.config, now_ms())
    }

    /// Sets a day's budget: an administrator the ceiling, anybody else what is below it.
    pub(crate) async fn set_budget(&self, scope: BudgetScope, budget: DayBudget, admin: bool) -> Result<Budget> {
        let cost = budget.max_cost_usd_per_day;
        if budget.max_tokens_per_day == Some(0) || cost.is_some_and(|cost| !(cost.is_finite() && cost > 0.0)) {
            return Err(ProcessError::BadLimit("A limit"));
        }
        let (pending, before, answer) = {
            let mut table = self.table();
            if !admin && !budget::is_below(&budget, &table.budgets.ceiling(&scope, &self.config)) {
                return Err(ProcessError::AboveCeiling("the day's budget"));
            }
            let before = table.budgets.rows.get(&scope).cloned();
            let mut row = before.clone().unwrap_or_default();
            row.from = budget::Spending::default();
            if admin {
                // A budget without any limit is none: the kernel's configuration holds again.
                row.ceiling = Some(budget).filter(|budget| *budget != DayBudget::default());
            } else {
                row.own = budget;
            }
            table.budgets.rows.insert(scope.clone(), row.clone());
            let answer = table.budgets.budget(&scope, &self.config, now_ms());
            let told = vec![budget_told(&answer)];
            let scope = scope.clone();
            (self.store.begin(told, move |db| store::put_budget(db, &scope, &row)), before, answer)
        };
        if let Err(error) = settle(pending).await {
            put_back(&mut self.table(), scope, before);
            return Err(error);
        }
        self.release().await;
        Ok(answer)
    }

    /// What an agent has used, living or not.
    pub(crate) async fn usage(&self, pid: Pid) -> Result<AgentUsage> {
        let living = self.table().entries.get(&pid).map(|entry| entry.record.usage(&entry.live.used));
        if let Some(usage) = living {
            return Ok(usage);
        }
        let kept = self.store.read(move |db| crate::store::kept(db, pid)).await?;
        kept.map(|(record, used)| record.usage(&used)).ok_or(ProcessError::NoUsage(pid))
    }
}

impl Table {
    /// Whose days an agent spends, beside its own limits and those above it.
    pub fn scopes(&self, pid: Pid, owner: &UserId) -> Vec<BudgetScope> {
        let org = self.payer(pid).map(BudgetScope::Org);
        std::iter::once(BudgetScope::User(owner.clone())).chain(org).collect()
    }

    /// Counts a reply for everything that it spends.
    pub fn count(&mut self, pid: Pid, scopes: &[BudgetScope], reply: &Reply) {
        if let Some(used) = self.used_of(pid) {
            used.add(reply);
        }
        self.budgets.add(scopes, reply);
    }

    /// Takes back what [`Table::count`] counted: the reply could not be kept.
    pub fn take_back(&mut self, pid: Pid, scopes: &[BudgetScope], reply: &Reply) {
        if let Some(used) = self.used_of(pid) {
            used.take_back(reply);
        }
        self.budgets.take_back(scopes, reply);
    }

    /// Living, or ended above one that lives.
    fn used_of(&mut self, pid: Pid) -> Option<&mut Used> {
        match self.entries.get_mut(&pid) {
            Some(entry) => Some(&mut entry.live.used),
            None => self.tree.ended.get_mut(&pid).map(|(_, used)| used),
        }
    }
}

fn put_back(table: &mut Table, scope: BudgetScope, before: Option<Row>) {
    match before {
        Some(row) => table.budgets.rows.insert(scope, row),
        None => table.budgets.rows.remove(&scope),
    };
}

/// Tells whom a budget concerns what it is now.
fn budget_told(budget: &Budget) -> aether_base::Prepared {
    let told = budget.clone();
    let (event, audience): (Event, _) = match budget.scope.clone() {
        BudgetScope::User(user) => {
            let audience = Audience::User { user: user.clone(), org: None };
            (event::UserBudget { userId: user, budget: told }.into(), audience)
        }
        BudgetScope::Org(org) => {
            let audience = Audience::Org(org.clone(), Permission::OrgView);
            (event::OrgBudget { orgId: org, budget: told }.into(), audience)
        }
    };
    Bus::prepare_to(&event, audience)
}
