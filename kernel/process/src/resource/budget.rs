//! Budgets of a day: what all agents of a user, or in an organisation, may use together.

use std::collections::HashMap;

use aether_base::config::ProcessConfig;
use aether_protocol::domains::resource::{Budget, BudgetScope, DayBudget, OnExceed};
use serde::{Deserialize, Serialize};

use super::limits::{Holder, Limit, Reached};
use super::{DAY_MS, Reply, day};

/// What was set for one user or organisation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// By an administrator; the kernel's configuration holds where none has.
    pub ceiling: Option<DayBudget>,
    /// By the user, or those who manage the organisation.
    pub own: DayBudget,
    /// What had been used on a day when as much again was granted: counting begins there.
    pub from: Spending,
}

/// What was used on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spending {
    /// By its number.
    pub day: u64,
    pub tokens: u64,
    pub cost_usd: f64,
}

impl Spending {
    /// The same if it is of this day, else nothing yet.
    pub fn on(self, day: u64) -> Spending {
        if self.day == day { self } else { Spending { day, ..Spending::default() } }
    }
}

/// Every budget, and what of today's is used.
#[derive(Debug, Default)]
pub struct Budgets {
    pub rows: HashMap<BudgetScope, Row>,
    pub spent: HashMap<BudgetScope, Spending>,
}

impl Budgets {
    /// Counts a reply for these.
    pub fn add(&mut self, scopes: &[BudgetScope], reply: &Reply) {
        let day = day(reply.at);
        for scope in scopes {
            let spent = self.spent.entry(scope.clone()).or_default();
            // A reply of yesterday that is counted only now does not take today's away.
            if day >= spent.day {
                *spent = spent.on(day);
                spent.tokens = spent.tokens.saturating_add(reply.tokens());
                spent.cost_usd += reply.cost_usd.unwrap_or_default();
            }
        }
    }

    /// Takes back what [`Budgets::add`] counted: the reply could not be kept.
    pub fn take_back(&mut self, scopes: &[BudgetScope], reply: &Reply) {
        for scope in scopes {
            if let Some(spent) = self.spent.get_mut(scope).filter(|spent| spent.day == day(reply.at)) {
                spent.tokens = spent.tokens.saturating_sub(reply.tokens());
                spent.cost_usd -= reply.cost_usd.unwrap_or_default();
            }
        }
    }

    /// What was used on the day of this time.
    pub fn spent(&self, scope: &BudgetScope, now: u64) -> Spending {
        self.spent.get(scope).copied().unwrap_or_default().on(day(now))
    }

    /// What nobody but administrators goes beyond.
    pub fn ceiling(&self, scope: &BudgetScope, config: &ProcessConfig) -> DayBudget {
        let (tokens, cost) = match scope {
            BudgetScope::User(_) => (config.max_tokens_per_user_day, config.max_cost_per_user_day),
            BudgetScope::Org(_) => (config.max_tokens_per_org_day, config.max_cost_per_org_day),
        };
        self.rows.get(scope).and_then(|row| row.ceiling).unwrap_or(DayBudget {
            max_tokens_per_day: tokens,
            max_cost_usd_per_day: cost,
            on_exceed: OnExceed::Ask,
        })
    }

    /// A budget as clients know it.
    pub fn budget(&self, scope: &BudgetScope, config: &ProcessConfig, now: u64) -> Budget {
        let row = self.rows.get(scope).cloned().unwrap_or_default();
        let (ceiling, spent, from) = (self.ceiling(scope, config), self.spent(scope, now), row.from.on(day(now)));
        let (tokens, cost) = tighter(&ceiling, &row.own);
        let kill = ceiling.on_exceed == OnExceed::Kill || row.own.on_exceed == OnExceed::Kill;
        Budget {
            scope: scope.clone(),
            today: DayBudget {
                max_tokens_per_day: tokens.map(|tokens| tokens.saturating_add(from.tokens)),
                max_cost_usd_per_day: cost.map(|cost| cost + from.cost_usd),
                on_exceed: if kill { OnExceed::Kill } else { OnExceed::Ask },
            },
            ceiling,
            own: row.own,
            used_tokens: spent.tokens,
            used_cost_usd: spent.cost_usd,
            renews_at: (day(now) + 1) * DAY_MS,
        }
    }

    /// Which limits of a budget are reached.
    pub fn reached(&self, scope: &BudgetScope, config: &ProcessConfig, now: u64) -> Vec<Reached> {
        let Budget { today, used_tokens, used_cost_usd, .. } = self.budget(scope, config, now);
        let tokens = today.max_tokens_per_day.map(|allowed| (Limit::TokensOfDay, allowed as f64, used_tokens as f64));
        let cost = today.max_cost_usd_per_day.map(|allowed| (Limit::CostOfDay, allowed, used_cost_usd));
        let limits = [cost, tokens].into_iter().flatten().filter(|(_, allowed, used)| used >= allowed);
        let kill = today.on_exceed == OnExceed::Kill;
        let holder = Holder::Scope(scope.clone());
        limits
            .map(|(limit, allowed, used)| Reached { holder: holder.clone(), limit, allowed, used, kill, now })
            .collect()
    }

    /// Grants as much again for today, from what is used now.
    pub fn raise(&mut self, scope: &BudgetScope, limit: Limit, now: u64) {
        let spent = self.spent(scope, now);
        let from = &mut self.rows.entry(scope.clone()).or_default().from;
        *from = from.on(day(now));
        match limit {
            Limit::CostOfDay => from.cost_usd = spent.cost_usd,
            _ => from.tokens = spent.tokens,
        }
    }

    /// True if granting as much again stays below what administrators allow.
    pub fn within_ceiling(&self, reached: &Reached, scope: &BudgetScope, config: &ProcessConfig) -> bool {
        let ceiling = self.ceiling(scope, config);
        let own = self.rows.get(scope).map(|row| row.own).unwrap_or_default();
        let (tokens, cost) = tighter(&ceiling, &own);
        match reached.limit {
            Limit::CostOfDay => {
                ceiling.max_cost_usd_per_day.is_none_or(|most| reached.used + cost.unwrap_or(most) <= most)
            }
            _ => ceiling
                .max_tokens_per_day
                .is_none_or(|most| reached.used + tokens.unwrap_or(most) as f64 <= most as f64),
        }
    }
}

fn tighter(one: &DayBudget, other: &DayBudget) -> (Option<u64>, Option<f64>) {
    let tokens = one.max_tokens_per_day.into_iter().chain(other.max_tokens_per_day).min();
    let cost = one.max_cost_usd_per_day.into_iter().chain(other.max_cost_usd_per_day).reduce(f64::min);
    (tokens, cost)
}

/// True if a budget allows nothing that the ceiling does not.
pub fn is_below(own: &DayBudget, ceiling: &DayBudget) -> bool {
    let tokens = own.max_tokens_per_day.zip(ceiling.max_tokens_per_day).is_none_or(|(own, most)| own <= most);
    let cost = own.max_cost_usd_per_day.zip(ceiling.max_cost_usd_per_day).is_none_or(|(own, most)| own <= most);
    tokens && cost
}
