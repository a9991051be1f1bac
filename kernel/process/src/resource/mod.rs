//! The resource governor: what agents have used, what it cost, and how far each may go.
//!
//! All spending goes through here: a reply is counted in the commit that journals it ([`Used::add`], [`store::count`]),
//! and before each request the loop asks whether it may go on ([`Processes::admit`]). A budget above that of one agent
//! has its place in these two.

mod limits;
mod prices;
pub mod store;

use aether_base::now_ms;
use aether_protocol::Pid;
use aether_protocol::domains::agent::ApprovalState;
use aether_protocol::domains::resource::{Admission, AgentUsage, Excess, QuotaChange, ResourceQuota, event};

pub use limits::Limits;
pub use prices::Prices;

use crate::error::{ProcessError, Result};
use crate::table::{Entry, Record};
use crate::{Processes, settle};

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

/// The number of a time's UTC day.
fn day(at_ms: u64) -> u64 {
    at_ms / 86_400_000
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
        let tokens = self.tokens_on(reply.at).saturating_add(reply.input_tokens).saturating_add(reply.output_tokens);
        self.today = (day(reply.at), tokens);
    }

    /// Takes back what [`Used::add`] counted: the reply could not be kept.
    pub fn take_back(&mut self, reply: &Reply) {
        self.replies = self.replies.saturating_sub(1);
        self.input_tokens = self.input_tokens.saturating_sub(reply.input_tokens);
        self.output_tokens = self.output_tokens.saturating_sub(reply.output_tokens);
        self.cost_usd -= reply.cost_usd.unwrap_or_default();
        self.unpriced = self.unpriced.saturating_sub(u64::from(reply.cost_usd.is_none()));
        if self.today.0 == day(reply.at) {
            self.today.1 = self.today.1.saturating_sub(reply.input_tokens.saturating_add(reply.output_tokens));
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

    /// Whether an agent may spend more. A limit that a person has granted beyond is raised first.
    pub(crate) async fn admit(&self, pid: Pid) -> Result<Admission> {
        loop {
            let pending = {
                let mut table = self.table();
                let entry = table.entries.get_mut(&pid).ok_or(ProcessError::NotFound(pid))?;
                let now = now_ms();
                entry.work_until(now);
                let Some(reached) = limits::reached(&entry.record, &entry.live.used, &self.config, now) else {
                    return Ok(Admission::default());
                };
                let key = reached.key();
                let granted = |state| state == ApprovalState::Granted;
                if !entry.live.approvals.iter().any(|known| known.call_id == key && granted(known.state)) {
                    let usage = entry.record.usage(&entry.live.used);
                    let (action, details) = (reached.action(), reached.details());
                    return Ok(Admission { excess: Some(Excess { key, action, details, usage }) });
                }
                let Entry { record, live } = entry;
                record.limits.raise(&reached, &live.used, (record.step, record.worked_ms), now);
                let quota = limits::quota(record, &self.config, now);
                self.save(entry, &[event::Quota { pid, quota }.into()])
            };
            settle(pending).await?;
        }
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

    /// Changes the limits of an agent that lives.
    pub(crate) async fn set_limits(&self, pid: Pid, change: QuotaChange) -> Result<ResourceQuota> {
        let tokens = [change.max_tokens_per_session, change.max_tokens_per_day, change.max_wall_clock_ms];
        if tokens.contains(&Some(0)) || change.max_steps == Some(0) {
            return Err(ProcessError::BadLimit("A limit"));
        }
        let now = now_ms();
        let mut answer = None;
        self.commit(pid, |entry| {
            if entry.record.life.has_ended() {
                return Err(ProcessError::Ended(pid));
            }
            let mut events = Vec::new();
            entry.record.limits.set(change);
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
        answer.ok_or(ProcessError::NotFound(pid))
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
