//! Feedback: what people thought of a step an agent took.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::PidRef;
use crate::ids::Pid;

/// A thumb up or down: 1 or -1 on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "i8", into = "i8")]
#[schemars(extend("enum" = [1, -1]))]
pub enum Thumb {
    Up,
    Down,
}

impl TryFrom<i8> for Thumb {
    type Error = &'static str;

    fn try_from(number: i8) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Thumb::Up),
            -1 => Ok(Thumb::Down),
            _ => Err("a rating is 1 or -1"),
        }
    }
}

impl From<Thumb> for i8 {
    fn from(thumb: Thumb) -> Self {
        match thumb {
            Thumb::Up => 1,
            Thumb::Down => -1,
        }
    }
}

/// One person's word on one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedbackRecord {
    /// `fb_<ms>_<6 characters>`.
    pub id: String,
    pub pid: Pid,
    pub step: i64,
    pub rating: Thumb,
    #[serde(default)]
    pub comment: Option<String>,
    pub agent_uid: String,
    pub created_at: u64,
}

/// `feedback.submit`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SubmitFeedback {
    pub pid: Pid,
    pub step: i64,
    pub rating: Thumb,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The uid of the process.
    pub agent_uid: String,
}

/// `feedback.query`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FeedbackQuery {
    pub agent_uid: String,
    /// The most to answer: 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

domain! {
    /// Feedback: what people thought of a step an agent took.
    feedback;
    commands {
        /// Says how good a step of an agent was.
        submit "feedback.submit" (SubmitFeedback) -> FeedbackRecord,
            needs Own(AgentUid, |p| (&p.agent_uid, &p.pid.uid()));
        /// The feedback on one run.
        get "feedback.get" (PidRef) -> Vec<FeedbackRecord>, needs Own(Pid, |p| p.pid), audit refusals;
        /// The feedback on one agent, newest first.
        query "feedback.query" (FeedbackQuery) -> Vec<FeedbackRecord>,
            needs Own(AgentUid, |p| &p.agent_uid), audit refusals;
    }
    events {
        /// Somebody said how good a step was.
        Submitted "feedback.submitted" { feedback: FeedbackRecord } to owner(Pid, feedback.pid), journal;
    }
}
