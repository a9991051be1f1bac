//! How far an agent may go: its limits, how they are raised, and which of them is reached.

use aether_base::config::ProcessConfig;
use aether_protocol::Pid;
use aether_protocol::domains::resource::{BudgetScope, OnExceed, QuotaChange, ResourceQuota};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::tree::Sum;
use super::{DAY_MS, day};
use crate::error::{ProcessError, Result};
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
    cost_usd: Option<f64>,
    on_exceed: Option<OnExceed>,
    /// What an administrator has set: nobody else goes beyond.
    ceiling: QuotaChange,
    /// What had been used when a person last granted as much again: counting begins there.
    from: Start,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Start {
    tokens: u64,
    /// Only of that day.
    tokens_of_day: (u64, u64),
    /// Beyond those that were set, also where a person has named a number.
    steps: u32,
    work_ms: u64,
    cost_usd: f64,
}

/// Whose limit it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The agent's that asks.
    Own(Pid),
    /// That of an agent above it.
    Above(Pid),
    /// A user's or an organisation's.
    Scope(BudgetScope),
}

/// What can be limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Tokens,
    TokensOfDay,
    Steps,
    Work,
    Cost,
    CostOfDay,
}

/// A limit that is reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached {
    pub holder: Holder,
    pub limit: Limit,
    pub allowed: f64,
    pub used: f64,
    /// True if nobody is asked.
    pub kill: bool,
    /// When it was looked at.
    pub now: u64,
}

/// How the names of limits begin where a person is asked about one.
const KEY: &str = "limit:";

/// True if this is what a person is asked about a limit.
pub fn is_key(call: &str) -> bool {
    call.starts_with(KEY)
}

impl Reached {
    /// Names the limit at this height, and on this day where it is one of a day.
    pub fn key(&self) -> String {
        let Reached { limit, allowed, now, .. } = self;
        let holder = match &self.holder {
            Holder::Own(_) => String::new(),
            Holder::Above(pid) => format!("agent_{pid}:"),
            Holder::Scope(scope) => format!("{}:", kind(scope)),
        };
        let day = if self.of_day() { format!(":{}", day(*now)) } else { String::new() };
        format!("{KEY}{holder}{}:{allowed}{day}", limit.name())
    }

    /// What a person is asked.
    pub fn action(&self) -> String {
        let Reached { allowed, used, .. } = self;
        let (has, may) = match &self.holder {
            Holder::Own(_) => ("It has".to_owned(), "it may"),
            Holder::Above(pid) => {
                (format!("Agent {pid}, which it comes of, and all that came of that have"), "they may")
            }
            Holder::Scope(BudgetScope::User(_)) => ("Its owner's agents have together".to_owned(), "they may"),
            Holder::Scope(BudgetScope::Org(_)) => {
                ("The agents of its organisation have together".to_owned(), "they may")
            }
        };
        let reached = match self.limit {
            Limit::Tokens => format!("{has} used {used} of the {allowed} tokens {may} use."),
            Limit::TokensOfDay => format!("{has} used {used} of the {allowed} tokens {may} use on one day."),
            Limit::Steps => format!("{has} taken {used} of the {allowed} steps {may} take."),
            Limit::Work => {
                format!("{has} worked {} of the {} minutes {may} work.", minutes(*used), minutes(*allowed))
            }
            Limit::Cost => format!("{has} cost ${used:.4} of the ${allowed:.4} {may} cost."),
            Limit::CostOfDay => format!("{has} cost ${used:.4} of the ${allowed:.4} {may} cost on one day."),
        };
        let renewed = if self.of_day() { " The next day's begins at midnight (UTC)." } else { "" };
        format!("Go on beyond a limit? {reached}{renewed} Approving grants as much again, rejecting ends it.")
    }

    /// The same for programs.
    pub fn details(&self) -> String {
        let mut details = json!({ "limit": self.limit.name(), "allowed": self.allowed, "used": self.used });
        match &self.holder {
            Holder::Own(_) => details["budget"] = "agent".into(),
            Holder::Above(pid) => {
                details["budget"] = "parent".into();
                details["pid"] = pid.0.into();
            }
            Holder::Scope(scope) => {
                details["budget"] = kind(scope).into();
                details[kind(scope)] = scope.id().into();
            }
        }
        if self.of_day() {
            details["renewsAt"] = ((day(self.now) + 1) * DAY_MS).into();
        }
        details.to_string()
    }

    fn of_day(&self) -> bool {
        matches!(self.limit, Limit::TokensOfDay | Limit::CostOfDay)
    }
}

/// Of what kind an owner of a budget is.
pub fn kind(scope: &BudgetScope) -> &'static str {
    match scope {
        BudgetScope::User(_) => "user",
        BudgetScope::Org(_) => "org",
    }
}

impl Limit {
    /// Those of an agent.
    const OF_AGENT: [Limit; 5] = [Limit::Cost, Limit::Tokens, Limit::TokensOfDay, Limit::Steps, Limit::Work];

    fn name(self) -> &'static str {
        match self {
            Limit::Tokens => "maxTokensPerSession",
            Limit::TokensOfDay => "maxTokensPerDay",
            Limit::Steps => "maxSteps",
            Limit::Work => "maxWallClockMs",
            Limit::Cost => "maxCostUsd",
            Limit::CostOfDay => "maxCostUsdPerDay",
        }
    }
}

fn minutes(ms: f64) -> f64 {
    (ms / 6_000.0).round() / 10.0
}

/// What happens to an agent at a limit of its own.
pub fn policy(record: &Record, config: &ProcessConfig) -> OnExceed {
    record.limits.on_exceed.unwrap_or(config.on_exceed)
}

/// The limits of an agent as clients know them.
pub fn quota(record: &Record, config: &ProcessConfig, now: u64) -> ResourceQuota {
    let Limits { from, tokens_of_day, work_ms, .. } = &record.limits;
    let of_day = if from.tokens_of_day.0 == day(now) { from.tokens_of_day.1 } else { 0 };
    ResourceQuota {
        max_tokens_per_session: record.limits.tokens(record, config).saturating_add(from.tokens),
        max_tokens_per_day: tokens_of_day.unwrap_or(config.max_tokens_per_day).saturating_add(of_day),
        max_steps: record.max_steps(),
        max_wall_clock_ms: work_ms.unwrap_or(config.max_wall_clock_ms).saturating_add(from.work_ms),
        max_cost_usd: record.limits.cost(record).map(|cost| cost + from.cost_usd),
        on_exceed: policy(record, config),
    }
}

/// Which limits of an agent are reached by what it and all below it have used.
pub fn reached(holder: &Holder, record: &Record, sum: &Sum, config: &ProcessConfig, now: u64) -> Vec<Reached> {
    let quota = quota(record, config, now);
    let kill = quota.on_exceed == OnExceed::Kill;
    let steps = || match record.limits.steps() {
        Some(steps) => Some((f64::from(steps), sum.steps as f64)),
        // The loop itself asks where its own steps end, unless it is not to ask.
        None if kill && matches!(holder, Holder::Own(_)) => {
            Some((f64::from(record.loop_steps()), f64::from(record.step)))
        }
        None => None,
    };
    let limits = Limit::OF_AGENT.into_iter().filter_map(|limit| {
        let (allowed, used) = match limit {
            Limit::Tokens => (quota.max_tokens_per_session as f64, sum.tokens as f64),
            Limit::TokensOfDay => (quota.max_tokens_per_day as f64, sum.tokens_on(day(now)) as f64),
            Limit::Steps => steps()?,
            Limit::Work => (quota.max_wall_clock_ms as f64, sum.worked_ms as f64),
            Limit::Cost => (quota.max_cost_usd?, sum.cost_usd),
            Limit::CostOfDay => return None,
        };
        (used >= allowed).then(|| Reached { holder: holder.clone(), limit, allowed, used, kill, now })
    });
    limits.collect()
}

impl Limits {
    fn tokens(&self, record: &Record, config: &ProcessConfig) -> u64 {
        self.tokens.or(record.config.max_tokens).unwrap_or(config.max_tokens)
    }

    fn cost(&self, record: &Record) -> Option<f64> {
        self.cost_usd.or(record.config.max_cost_usd)
    }

    /// Sets what the change names, exactly. Steps beyond the loop's own are not for it to give. What an administrator
    /// sets is a ceiling for everybody else, and so are the kernel's tokens of a day.
    pub fn set(&mut self, change: QuotaChange, admin: bool, config: &ProcessConfig) -> Result<()> {
        if !admin && let Some(what) = self.above_ceiling(&change, config) {
            return Err(ProcessError::AboveCeiling(what));
        }
        let ceiling = if admin { &mut self.ceiling } else { &mut QuotaChange::default() };
        if let Some(tokens) = change.max_tokens_per_session {
            (self.tokens, self.from.tokens, ceiling.max_tokens_per_session) = (Some(tokens), 0, Some(tokens));
        }
        if let Some(tokens) = change.max_tokens_per_day {
            (self.tokens_of_day, self.from.tokens_of_day) = (Some(tokens), (0, 0));
            ceiling.max_tokens_per_day = Some(tokens);
        }
        if let Some(ms) = change.max_wall_clock_ms {
            (self.work_ms, self.from.work_ms, ceiling.max_wall_clock_ms) = (Some(ms), 0, Some(ms));
        }
        if let Some(cost) = change.max_cost_usd {
            (self.cost_usd, self.from.cost_usd, ceiling.max_cost_usd) = (Some(cost), 0.0, Some(cost));
        }
        self.on_exceed = change.on_exceed.or(self.on_exceed);
        ceiling.on_exceed = change.on_exceed.or(ceiling.on_exceed);
        if let Some(steps) = change.max_steps {
            (self.steps, self.from.steps) = (Some(steps), 0);
        }
        ceiling.max_steps = change.max_steps.or(ceiling.max_steps);
        Ok(())
    }

    /// The first limit of a change that only an administrator may set so.
    fn above_ceiling(&self, change: &QuotaChange, config: &ProcessConfig) -> Option<&'static str> {
        let above =
            |wanted: Option<u64>, most: Option<u64>| wanted.zip(most).is_some_and(|(wanted, most)| wanted > most);
        let ceiling = &self.ceiling;
        let steps = (change.max_steps.map(u64::from), ceiling.max_steps.map(u64::from));
        let cost = change.max_cost_usd.zip(ceiling.max_cost_usd).is_some_and(|(wanted, most)| wanted > most);
        let lenient = (change.on_exceed, ceiling.on_exceed) == (Some(OnExceed::Ask), Some(OnExceed::Kill));
        let of_day = Some(ceiling.max_tokens_per_day.unwrap_or(config.max_tokens_per_day));
        [
            (above(change.max_tokens_per_session, ceiling.max_tokens_per_session), Limit::Tokens.name()),
            (above(change.max_tokens_per_day, of_day), Limit::TokensOfDay.name()),
            (above(steps.0, steps.1), Limit::Steps.name()),
            (above(change.max_wall_clock_ms, ceiling.max_wall_clock_ms), Limit::Work.name()),
            (cost, Limit::Cost.name()),
            (lenient, "onExceed"),
        ]
        .into_iter()
        .find_map(|(above, name)| above.then_some(name))
    }

    /// True if granting as much again stays below what administrators allow.
    pub fn within_ceiling(&self, reached: &Reached, record: &Record, config: &ProcessConfig) -> bool {
        let ceiling = &self.ceiling;
        let within = |set: u64, most: Option<u64>| most.is_none_or(|most| reached.used + set as f64 <= most as f64);
        match reached.limit {
            Limit::Tokens => within(self.tokens(record, config), ceiling.max_tokens_per_session),
            Limit::TokensOfDay => within(
                self.tokens_of_day.unwrap_or(config.max_tokens_per_day),
                Some(ceiling.max_tokens_per_day.unwrap_or(config.max_tokens_per_day)),
            ),
            Limit::Steps => within(self.steps.unwrap_or(0).into(), ceiling.max_steps.map(u64::from)),
            Limit::Work => within(self.work_ms.unwrap_or(config.max_wall_clock_ms), ceiling.max_wall_clock_ms),
            Limit::Cost => {
                let cost = self.cost(record).unwrap_or_default();
                ceiling.max_cost_usd.is_none_or(|most| reached.used + cost <= most)
            }
            Limit::CostOfDay => true,
        }
    }

    /// The steps it may take by what was set and granted, if any were set.
    pub fn steps(&self) -> Option<u32> {
        self.steps.map(|steps| steps.saturating_add(self.from.steps))
    }

    /// The same limits for a process that has used nothing yet.
    pub fn afresh(&self) -> Limits {
        // Its steps it has still taken.
        Limits { from: Start { steps: self.from.steps, ..Start::default() }, ..self.clone() }
    }

    /// Lets steps grow that were set, up to what an administrator allows unless it is one who grants them.
    pub fn grant_steps(&mut self, steps: u32, admin: bool) {
        let most = self.ceiling.max_steps.filter(|_| !admin).unwrap_or(u32::MAX);
        if let Some(allowed) = self.steps() {
            self.from.steps = self.from.steps.saturating_add(steps.min(most.saturating_sub(allowed)));
        }
    }

    /// Grants as much again as the limit allowed at first, from what is used now.
    pub fn raise(&mut self, limit: Limit, sum: &Sum, now: u64) {
        match limit {
            Limit::Tokens => self.from.tokens = sum.tokens,
            Limit::TokensOfDay => self.from.tokens_of_day = (day(now), sum.tokens_on(day(now))),
            Limit::Steps => self.from.steps = u32::try_from(sum.steps).unwrap_or(u32::MAX),
            Limit::Work => self.from.work_ms = sum.worked_ms,
            Limit::Cost => self.from.cost_usd = sum.cost_usd,
            Limit::CostOfDay => {}
        }
    }
}
