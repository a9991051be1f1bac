//! What a journal holds: one entry for every boundary the loop crosses, in the order it crossed them.
//!
//! The state of a run is the fold of its entries ([`crate::state::State::apply`]), live and after a restart alike. So
//! nothing that the loop decides by may come from anywhere else: not the clock, not the process table, not chance.
//!
//! `at` is in milliseconds since the Unix epoch. Where it has a default, journals of earlier versions lack it.

use aether_protocol::Pid;
use aether_protocol::domains::agent::{Grant, Outcome, UserMessage};
use serde::{Deserialize, Serialize};

use crate::chat::Turn;

/// One crossing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// The run began, with everything its first prompt is made of.
    Started {
        /// Milliseconds since the Unix epoch.
        at: u64,
        role: String,
        goal: String,
        /// `provider:model`, resolved.
        model: String,
        max_steps: u32,
        max_tokens: u64,
        /// The tools it may use, by name.
        tools: Vec<String>,
    },
    /// Messages from people were read, or one from another agent.
    Messages { messages: Vec<UserMessage> },
    /// A request is about to be sent. Its body is the first parts of the request before, as many as are the same, and
    /// then these in their order: named whole each time, a long run's journal would grow by its square.
    Request {
        /// From 1; above 1 it was sent again, after a failure or a restart.
        attempt: u32,
        #[serde(default, skip_serializing_if = "is_none_the_same")]
        same: usize,
        parts: Vec<String>,
        at: u64,
    },
    /// The provider refused the request or did not answer it.
    RequestFailed {
        error: String,
        #[serde(default)]
        at: u64,
    },
    /// The reply, read from the bytes that `raw` names.
    Reply { turn: Turn, raw: String, at: u64 },
    /// A tool is about to run.
    Intent {
        call: CallId,
        #[serde(default)]
        at: u64,
    },
    /// The tool did not start: a person is asked first.
    Asked {
        call: CallId,
        question: bool,
        action: String,
        details: String,
        grant: Option<Grant>,
        #[serde(default)]
        at: u64,
    },
    /// The person answered.
    Answered {
        call: CallId,
        granted: bool,
        reply: Option<String>,
        reason: Option<String>,
        #[serde(default)]
        at: u64,
    },
    /// What the tool gave, or why it gave nothing.
    Result {
        call: CallId,
        ok: bool,
        output: String,
        /// True if the kernel ended while it ran: its effect is unknown.
        #[serde(default)]
        interrupted: bool,
        at: u64,
    },
    /// A note of the loop's own to the model.
    Note { text: String },
    /// Older tool output was left out, to fit the model's context.
    Shrunk,
    /// The steps are used up.
    StepLimit {
        steps: u32,
        #[serde(default)]
        at: u64,
    },
    /// A person granted more; `extra` is the sum of all grants.
    Extended {
        extra: u32,
        #[serde(default)]
        at: u64,
    },
    /// A limit of what the run may use is reached: a person is asked whether it goes on.
    LimitReached {
        /// Names the limit at its height.
        key: String,
        action: String,
        details: String,
        at: u64,
    },
    /// The person answered.
    LimitAnswered { key: String, granted: bool, reason: Option<String>, at: u64 },
    /// The run goes on as another process, from a snapshot or as a fork: what came before is `from`'s.
    Restored { from: Pid, pid: Pid, at: u64 },
    /// The run ended.
    Finished { outcome: Outcome, summary: String, at: u64 },
}

/// A tool call: which reply, which call in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId {
    pub turn: u32,
    pub index: u32,
}

impl std::fmt::Display for CallId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "t{}c{}", self.turn, self.index)
    }
}

fn is_none_the_same(same: &usize) -> bool {
    *same == 0
}
