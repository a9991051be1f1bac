//! The trajectory: what an agent has been through, entry by entry, as a person wants to see it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::ids::Pid;

/// `agent.trajectory`. Without `after` and `before` it is the newest page.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct TrajectoryQuery {
    pub pid: Pid,
    /// Only entries with a greater number: the first `limit` of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Only entries with a smaller number: the last `limit` of them, or with `after` the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// The most to answer: 200 if absent, at most 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A page of a trajectory, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trajectory {
    pub entries: Vec<TrajectoryEntry>,
    /// How many entries the whole trajectory has.
    pub total: u64,
}

/// What an entry tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TrajectoryKind {
    /// The run began; the text is its goal, `args` what it began with.
    Started,
    /// A person said something, or another agent did: then `args` says which, and on which channel.
    Message,
    /// The model replied; the text may be empty where it only called tools.
    Thought,
    /// A tool is about to run.
    Action,
    /// What a tool gave, or why it gave nothing.
    Observation,
    /// The agent asked a person something.
    Question,
    /// A person has to allow something first.
    Approval,
    /// What the person said.
    Answer,
    /// A note of the kernel to the model.
    Note,
    /// A request to the model failed.
    Failure,
    /// Older tool output was left out, to fit the model's context.
    Shrunk,
    /// The steps are used up.
    StepLimit,
    /// A person granted more steps.
    Extended,
    /// The run ended; the text is its summary.
    Finished,
}

/// Who wrote the text of an entry. What a tool or the web wrote is data, whatever it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    Model,
    Tool,
    /// A page or a service beyond this machine, brought in by a tool.
    Web,
    /// The person the agent works for.
    User,
    /// Another agent.
    Agent,
    Kernel,
}

/// One entry of a trajectory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrajectoryEntry {
    /// Its number in the agent's journal: numbers grow, with gaps.
    pub n: u64,
    /// Milliseconds since the Unix epoch.
    pub at: u64,
    /// The step it belongs to, from 1; 0 before the first.
    pub step: u32,
    pub kind: TrajectoryKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Names the call that an action, its observation and what was asked for it belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<serde_json::Value>,
    /// Whether the tool did what it was called for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    /// True if the kernel ended while the tool ran: its effect is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<bool>,
    pub origin: Origin,
    /// True for what is asked as a question, and for the answer to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<bool>,
    /// Why the person refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Absent where no price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Of a reply since its request, of a result since the tool began, of an end since the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// True if the text or the arguments are longer than what is shown of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

impl TrajectoryEntry {
    /// An entry with nothing but what every entry has.
    pub fn new(n: u64, at: u64, step: u32, kind: TrajectoryKind, origin: Origin) -> TrajectoryEntry {
        TrajectoryEntry {
            n,
            at,
            step,
            kind,
            tool: None,
            call_id: None,
            text: None,
            args: None,
            ok: None,
            interrupted: None,
            origin,
            question: None,
            granted: None,
            reason: None,
            input_tokens: None,
            output_tokens: None,
            cost_usd: None,
            duration_ms: None,
            truncated: None,
            outcome: None,
        }
    }
}
