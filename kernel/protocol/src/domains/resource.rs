//! Budgets of agents: what they may use, and what they have used.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::PidRef;
use crate::ids::Pid;
use crate::table::Empty;

/// The most an agent may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceQuota {
    /// Input and output tokens of one run: 500,000 unless set.
    pub max_tokens_per_session: u64,
    /// Input and output tokens of one day (UTC): 2,000,000 unless set.
    pub max_tokens_per_day: u64,
    pub max_steps: u32,
    pub max_wall_clock_ms: u64,
}

/// The limits to change; those left out stay as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuotaChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens_per_session: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens_per_day: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_wall_clock_ms: Option<u64>,
}

/// What an agent has used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentUsage {
    pub pid: Pid,
    pub total_input_tokens: u64,
    pub total_output_tokens: u64,
    pub total_steps: u32,
    pub started_at: u64,
    #[serde(rename = "estimatedCostUSD")]
    pub estimated_cost_usd: f64,
    pub provider: String,
}

/// `resource.setQuota`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct SetQuota {
    pub pid: Pid,
    pub quota: QuotaChange,
}

/// `resource.history`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
pub struct HistoryQuery {
    /// How many days back, today included: 30 if absent, at most 366.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// What the caller's agents used on one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DayUsage {
    /// `YYYY-MM-DD` in UTC.
    pub day: String,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// Of what has a known price.
    pub cost_usd: f64,
    /// How many agents used anything.
    pub agents: u32,
}

/// A limit that an agent has reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Excess {
    /// Names this limit at this height: a grant that raises it leads to another key.
    pub key: String,
    /// What a person is asked.
    pub action: String,
    /// JSON: `limit` (as in a quota, or `maxCostUsd`), `allowed`, `used`.
    pub details: String,
    pub usage: AgentUsage,
}

/// What `resource.admit` answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Admission {
    /// Absent if the agent may go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess: Option<Excess>,
}

domain! {
    /// Budgets of agents.
    resource;
    commands {
        /// The limits of an agent, which are the kernel's own where none were set.
        get_quota "resource.getQuota" (PidRef) -> ResourceQuota, needs Own(ViewPid, |p| p.pid), audit refusals;
        /// Changes the limits of an agent.
        set_quota "resource.setQuota" (SetQuota) -> ResourceQuota, needs Own(Pid, |p| p.pid), order(|p| p.pid);
        /// What an agent has used so far.
        get_usage "resource.getUsage" (PidRef) -> AgentUsage, needs Own(ViewPid, |p| p.pid), audit refusals;
        /// What each of the caller's agents has used.
        get_summary "resource.getSummary" (Empty) -> Vec<AgentUsage>, needs SignedIn, audit refusals
            => get at "/resources/summary";
        /// What the caller's agents have used, day by day, oldest first; days without use are left out.
        history "resource.history" (HistoryQuery) -> Vec<DayUsage>, needs SignedIn, audit refusals;
        /// Whether an agent may spend more: asked before each request to its model.
        admit "resource.admit" (PidRef) -> Admission, needs Agent, audit refusals;
    }
    events {
        /// An agent has used up one of its limits.
        Exceeded "resource.exceeded" { pid: Pid, reason: String, usage: AgentUsage } to owner(Pid, pid), journal;
        /// What an agent has used, after each call of its model.
        Usage "resource.usage" { pid: Pid, usage: AgentUsage } to owner(Pid, pid), live;
        /// The limits of an agent, when asked for or changed.
        Quota "resource.quota" { pid: Pid, quota: ResourceQuota } to owner(Pid, pid), live;
    }
}
