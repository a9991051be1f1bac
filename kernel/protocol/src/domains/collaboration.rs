//! Agents that work together: what they ask of each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::Pid;

/// What one agent wants of another; the channel of its message is `collab:` and this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CollaborationProtocol {
    ReviewRequest,
    ReviewResponse,
    TaskDelegate,
    TaskAccepted,
    TaskRejected,
    TaskCompleted,
    StatusUpdate,
    KnowledgeShare,
}

domain! {
    /// Agents that work together.
    collaboration;
    commands {}
    events {
        /// An agent turned to another one; what it said is a message between the two processes.
        Message "collaboration.message" { protocol: CollaborationProtocol, fromPid: Pid, toPid: Pid }
            to owner(Pid, fromPid), journal;
    }
}
