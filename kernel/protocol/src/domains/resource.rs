//! Budgets of agents: what they may use, and what they have used.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::PidRef;
use crate::ids::{OrgId, Pid, UserId};
use crate::table::Empty;

/// What happens when a limit is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnExceed {
    /// The agent waits, and a person is asked whether it goes on.
    #[default]
    Ask,
    /// The agent ends.
    Kill,
}

/// The most an agent may use, together with all the agents it has started.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceQuota {
    /// Input and output tokens of one run: 500,000 unless set.
    pub max_tokens_per_session: u64,
    /// Input and output tokens of one day (UTC): 2,000,000 unless set.
    pub max_tokens_per_day: u64,
    pub max_steps: u32,
    pub max_wall_clock_ms: u64,
    /// US dollars; no limit if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost_usd: Option<f64>,
    #[serde(default)]
    pub on_exceed: OnExceed,
}

/// The limits to change; those left out stay as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost_usd: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_exceed: Option<OnExceed>,
}

/// Whose agents: one user's, or those in one organisation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BudgetScope {
    User(UserId),
    Org(OrgId),
}

impl BudgetScope {
    /// The id of the user or the organisation. Ids of users and organisations never equal.
    pub fn id(&self) -> &str {
        match self {
            BudgetScope::User(user) => user.as_str(),
            BudgetScope::Org(org) => org.as_str(),
        }
    }

    /// The same as the id of an organisation, which there is none of where it is a user's.
    fn org(&self) -> OrgId {
        self.id().into()
    }
}

/// The most that all these agents together may use on one day (UTC); what is absent is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DayBudget {
    /// Input and output tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens_per_day: Option<u64>,
    /// US dollars, of what has a known price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost_usd_per_day: Option<f64>,
    #[serde(default)]
    pub on_exceed: OnExceed,
}

/// A day's budget, where it comes from, and what of it is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    pub scope: BudgetScope,
    /// What holds today: the tighter of the two below, with what was granted beyond for today.
    pub today: DayBudget,
    /// What administrators have set, or else the kernel's configuration: nobody else goes beyond.
    pub ceiling: DayBudget,
    /// What the user has set, or those who manage the organisation.
    pub own: DayBudget,
    pub used_tokens: u64,
    pub used_cost_usd: f64,
    /// When the next day's budget begins: midnight (UTC), in milliseconds since the Unix epoch.
    pub renews_at: u64,
}

/// `resource.getBudget`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BudgetRef {
    pub scope: BudgetScope,
}

/// `resource.setBudget`. The budget is set as a whole: what it leaves out is not limited by it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetBudget {
    pub scope: BudgetScope,
    pub budget: DayBudget,
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
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct HistoryQuery {
    /// How many days back, today included: 30 if absent, at most 366.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// Whose agents; the caller's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<BudgetScope>,
}

impl HistoryQuery {
    fn org(&self) -> OrgId {
        self.scope.as_ref().map(BudgetScope::org).unwrap_or_default()
    }

    fn user(&self) -> Vec<&str> {
        self.scope.iter().map(BudgetScope::id).collect()
    }
}

/// What these agents used on one day.
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
    /// JSON: `limit` (as in a quota or a budget), `allowed`, `used`; `budget`: whose it is (`agent`, `parent`, `user`,
    /// `org`), with the parent's `pid` or the `org`; `renewsAt` for limits of a day.
    pub details: String,
    pub usage: AgentUsage,
    /// True if nobody is asked: the agent ends.
    #[serde(default)]
    pub kill: bool,
}

/// `resource.admit`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct AskAdmission {
    pub pid: Pid,
    /// Steps taken by now, as only the loop knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
}

/// What `resource.admit` answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Admission {
    /// Absent if the agent may go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess: Option<Excess>,
    /// What happens to this agent where it goes round in circles.
    #[serde(default)]
    pub on_exceed: OnExceed,
}

domain! {
    /// Budgets of agents, of users and of organisations.
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
        /// What the caller's agents have used, or those of a user or in an organisation, day by day, oldest first; days
        /// without use are left out.
        history "resource.history" (HistoryQuery) -> Vec<DayUsage>,
            needs Org(AgentsView, |p| p.org()) or Own(User, |p| p.user()), audit refusals;
        /// What a user's agents, or those in an organisation, may use on one day, and have used today.
        get_budget "resource.getBudget" (BudgetRef) -> Budget,
            needs Org(AgentsView, |p| p.scope.org()) or Own(User, |p| p.scope.id()), audit refusals;
        /// Sets a day's budget: an administrator the ceiling, others what they allow themselves below it.
        set_budget "resource.setBudget" (SetBudget) -> Budget,
            needs Org(OrgSettings, |p| p.scope.org()) or Own(User, |p| p.scope.id()),
            order(|p| p.scope.id());
        /// Whether an agent may spend more: asked before each request to its model.
        admit "resource.admit" (AskAdmission) -> Admission, needs Agent, audit refusals;
    }
    events {
        /// An agent has used up one of its limits.
        Exceeded "resource.exceeded" { pid: Pid, reason: String, usage: AgentUsage } to owner(Pid, pid), journal;
        /// What an agent has used, after each call of its model.
        Usage "resource.usage" { pid: Pid, usage: AgentUsage } to owner(Pid, pid), live;
        /// The limits of an agent, when asked for or changed.
        Quota "resource.quota" { pid: Pid, quota: ResourceQuota } to owner(Pid, pid), live;
        /// A user's budget of a day was set, or more of it granted.
        UserBudget "resource.userBudget" { userId: UserId, budget: Budget } to user(userId), journal;
        /// An organisation's budget of a day was set, or more of it granted.
        OrgBudget "resource.orgBudget" { orgId: OrgId, budget: Budget } to org(orgId), journal;
    }
}
