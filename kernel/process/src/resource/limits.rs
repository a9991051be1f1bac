//! How far an agent may go: its limits, how they are raised, and which of them is reached.

use aether_base::config::ProcessConfig;
use aether_protocol::domains::resource::{QuotaChange, ResourceQuota};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Used, day};
use crate::table::Record;

/// What was set for one agent; where nothing was, its configuration and the kernel's own say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    tokens: Option<u64>,
    tokens_of_day: Option<u64>,
    /// Never above what the loop itself may take; see [`Record::max_steps`].
    steps: Option<u32>,
    work_ms: Option<u64>,
    /// What had been used when a person last granted as much again: counting begins there.
    from: Start,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Start {
    tokens: u64,
    /// Only of that day.
    tokens_of_day: (u64, u64),
    work_ms: u64,
    cost_usd: f64,
}

/// What can be limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Tokens,
    TokensOfDay,
    Steps,
    Work,
    Cost,
}

/// A limit that is reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached {
    limit: Limit,
    allowed: f64,
    used: f64,
}

impl Reached {
    /// Names the limit at this height.
    pub fn key(&self) -> String {
        format!("limit:{}:{}", self.limit.name(), self.allowed)
    }

    /// What a person is asked.
    pub fn action(&self) -> String {
        let Reached { allowed, used, .. } = self;
        let reached = match self.limit {
            Limit::Tokens => format!("It has used {used} of the {allowed} tokens it may use."),
            Limit::TokensOfDay => format!("It has used {used} of the {allowed} tokens it may use on one day."),
            Limit::Steps => format!("It has taken {used} of the {allowed} steps it may take."),
            Limit::Work => {
                format!("It has worked {} of the {} minutes it may work.", minutes(*used), minutes(*allowed))
            }
            Limit::Cost => format!("It has cost ${used:.4} of the ${allowed:.4} it may cost."),
        };
        format!("Go on beyond a limit? {reached} Approving grants as much again, rejecting ends it.")
    }

    /// The same for programs.
    pub fn details(&self) -> String {
        json!({ "limit": self.limit.name(), "allowed": self.allowed, "used": self.used }).to_string()
    }
}

impl Limit {
    const ALL: [Limit; 5] = [Limit::Cost, Limit::Tokens, Limit::TokensOfDay, Limit::Steps, Limit::Work];

    fn name(self) -> &'static str {
        match self {
            Limit::Tokens => "maxTokensPerSession",
            Limit::TokensOfDay => "maxTokensPerDay",
            Limit::Steps => "maxSteps",
            Limit::Work => "maxWallClockMs",
            Limit::Cost => "maxCostUsd",
        }
    }
}

fn minutes(ms: f64) -> f64 {
    (ms / 6_000.0).round() / 10.0
}

/// The limits of an agent as clients know them.
pub fn quota(record: &Record, config: &ProcessConfig, now: u64) -> ResourceQuota {
    let Limits { from, tokens, tokens_of_day, work_ms, .. } = &record.limits;
    let of_day = if from.tokens_of_day.0 == day(now) { from.tokens_of_day.1 } else { 0 };
    let tokens = tokens.or(record.config.max_tokens).unwrap_or(config.max_tokens);
    ResourceQuota {
        max_tokens_per_session: tokens.saturating_add(from.tokens),
        max_tokens_per_day: tokens_of_day.unwrap_or(config.max_tokens_per_day).saturating_add(of_day),
        max_steps: record.max_steps(),
        max_wall_clock_ms: work_ms.unwrap_or(config.max_wall_clock_ms).saturating_add(from.work_ms),
    }
}

/// The first limit that is reached.
pub fn reached(record: &Record, used: &Used, config: &ProcessConfig, now: u64) -> Option<Reached> {
    let quota = quota(record, config, now);
    Limit::ALL.into_iter().find_map(|limit| {
        let (allowed, used) = match limit {
            Limit::Tokens => (quota.max_tokens_per_session as f64, used.tokens() as f64),
            Limit::TokensOfDay => (quota.max_tokens_per_day as f64, used.tokens_on(now) as f64),
            // The loop itself stops where its own steps end.
            Limit::Steps => (f64::from(record.limits.steps?), f64::from(record.step)),
            Limit::Work => (quota.max_wall_clock_ms as f64, record.worked_ms as f64),
            Limit::Cost => (record.config.max_cost_usd? + record.limits.from.cost_usd, used.cost_usd),
        };
        (used >= allowed).then_some(Reached { limit, allowed, used })
    })
}

impl Limits {
    /// Sets what the change names, exactly. Steps beyond the loop's own are not for it to give.
    pub fn set(&mut self, change: QuotaChange) {
        if let Some(tokens) = change.max_tokens_per_session {
            (self.tokens, self.from.tokens) = (Some(tokens), 0);
        }
        if let Some(tokens) = change.max_tokens_per_day {
            (self.tokens_of_day, self.from.tokens_of_day) = (Some(tokens), (0, 0));
        }
        if let Some(ms) = change.max_wall_clock_ms {
            (self.work_ms, self.from.work_ms) = (Some(ms), 0);
        }
        self.steps = change.max_steps.or(self.steps);
    }

    /// The steps that were set, if any.
    pub fn steps(&self) -> Option<u32> {
        self.steps
    }

    /// The same limits for a process that has used nothing yet.
    pub fn afresh(&self) -> Limits {
        Limits { from: Start::default(), ..self.clone() }
    }

    /// Lets steps grow that were set.
    pub fn grant_steps(&mut self, steps: u32) {
        self.steps = self.steps.map(|set| set.saturating_add(steps));
    }

    /// Grants as much again as the limit allowed at first, from what is used now.
    pub fn raise(&mut self, reached: &Reached, used: &Used, (step, worked_ms): (u32, u64), now: u64) {
        match reached.limit {
            Limit::Tokens => self.from.tokens = used.tokens(),
            Limit::TokensOfDay => self.from.tokens_of_day = (day(now), used.tokens_on(now)),
            Limit::Steps => self.steps = self.steps.map(|steps| steps.saturating_add(step)),
            Limit::Work => self.from.work_ms = worked_ms,
            Limit::Cost => self.from.cost_usd = used.cost_usd,
        }
    }
}
