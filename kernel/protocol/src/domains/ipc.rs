//! Messages between agents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::{AgentPhase, ProcessState};
use crate::ids::Pid;
use crate::table::Empty;

/// A message from one agent to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IpcMessage {
    /// `msg_<ms>_<6 characters>`.
    pub id: String,
    pub from_pid: Pid,
    pub to_pid: Pid,
    pub from_uid: String,
    pub to_uid: String,
    pub channel: String,
    pub payload: serde_json::Value,
    pub timestamp: u64,
    /// True once the receiver has taken it from its queue.
    pub delivered: bool,
    /// True where the payload is larger than what events carry: it is null then, and the receiver gets it whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}

/// `ipc.send`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewMessage {
    pub from_pid: Pid,
    pub to_pid: Pid,
    /// What it is about: 1 to 128 letters, digits and `. _ : - /`.
    pub channel: String,
    /// At most 1 MiB as JSON.
    pub payload: serde_json::Value,
    /// Names this sending among the sender's: sent again under the same key, it is queued once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Which agent has sent a message, for its receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sender {
    pub message_id: String,
    pub pid: Pid,
    pub channel: String,
}

/// What `ipc.send` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    pub message_id: String,
}

/// An agent one may write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IpcAgent {
    pub pid: Pid,
    pub uid: String,
    pub name: String,
    pub role: String,
    pub state: ProcessState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_phase: Option<AgentPhase>,
}

domain! {
    /// Messages between agents.
    ipc;
    commands {
        /// Puts a message into the queue of an agent that the sender's owner may see, and that may see the sender.
        send "ipc.send" (NewMessage) -> Sent, needs Own(Pid, |p| p.from_pid), order(|p| p.to_pid);
        /// The running agents the caller may see.
        list_agents "ipc.list_agents" (Empty) -> Vec<IpcAgent>, needs SignedIn, audit refusals;
    }
    events {
        /// A message was queued for an agent.
        Message "ipc.message" { message: IpcMessage } to owner(Pid, message.to_pid), journal;
        /// An agent took a message from its queue.
        Delivered "ipc.delivered" { messageId: String, toPid: Pid } to owner(Pid, toPid), journal;
    }
}
