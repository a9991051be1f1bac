//! Tools by which agents find and tell each other.

use std::fmt::Write;

use aether_protocol::domains::agent::{self, InboxQuery, Report, UserMessage};
use aether_protocol::domains::ipc::{self, NewMessage};
use aether_protocol::domains::process::{AgentPhase, ProcessState};
use aether_protocol::{Empty, Pid};
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Effect, Output, Tool, ToolCx, ToolError};
use crate::context;

/// Seconds an agent waits for a message at once, at most.
const LONGEST_WAIT: f64 = 600.0;
/// Characters of a role in a list.
const ROLE: usize = 80;

/// Lists the other agents at work that you may write to: pid, role and state.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListAgentsInput {}

pub struct ListAgents;

#[async_trait]
impl Tool for ListAgents {
    const NAME: &'static str = "list_agents";
    const EFFECT: Effect = Effect::Read;
    type Input = ListAgentsInput;

    async fn run(cx: &ToolCx, _input: ListAgentsInput) -> Result<Output, ToolError> {
        let agents = ipc::Client(&cx.gate).list_agents(Empty {}).await?;
        let mut text = String::new();
        for agent in agents.iter().filter(|agent| agent.pid != cx.pid) {
            let state = serde_json::to_value(agent.state).unwrap_or_default();
            let role = context::brief(&agent.role, ROLE);
            let _ = writeln!(text, "pid {}: {role} ({})", agent.pid, state.as_str().unwrap_or_default());
        }
        if text.is_empty() {
            text.push_str("No other agent is at work.");
        }
        Ok(text.trim_end().to_owned().into())
    }
}

/// Sends a message to another agent, which reads it before its next thought. It need not be at work yet, but must not
/// have ended.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SendMessageInput {
    /// The pid of the agent, from `list_agents` or from a message of it.
    pid: u64,
    /// What to say.
    #[serde(alias = "payload")]
    message: String,
    /// What it is about, in one word; `default` if absent.
    #[serde(default)]
    channel: Option<String>,
}

pub struct SendMessage;

#[async_trait]
impl Tool for SendMessage {
    const NAME: &'static str = "send_message";
    // A message is sent under the key of its call, so that it is queued once.
    const EFFECT: Effect = Effect::Idempotent;
    type Input = SendMessageInput;

    async fn run(cx: &ToolCx, input: SendMessageInput) -> Result<Output, ToolError> {
        let to = Pid(input.pid);
        if to == cx.pid {
            return Err(ToolError::Tell("That is your own pid. Name another agent's.".to_owned()));
        }
        if input.message.trim().is_empty() {
            return Err(ToolError::Tell("The message is empty.".to_owned()));
        }
        let message = NewMessage {
            from_pid: cx.pid,
            to_pid: to,
            channel: input.channel.unwrap_or_else(|| "default".to_owned()),
            payload: input.message.into(),
            key: Some(cx.call_id.clone()),
        };
        let sent = ipc::Client(&cx.gate).send(message).await?;
        Ok(format!("Queued for pid {to} as {}.", sent.message_id).into())
    }
}

/// Looks whether messages have come for you, and can wait for one. You read them before your next thought in any case,
/// so use it to wait for an answer.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CheckMessagesInput {
    /// Seconds to wait for a message if there is none yet: 0 if absent, at most 600.
    #[serde(default)]
    wait_seconds: Option<f64>,
}

pub struct CheckMessages;

#[async_trait]
impl Tool for CheckMessages {
    const NAME: &'static str = "check_messages";
    const EFFECT: Effect = Effect::Read;
    type Input = CheckMessagesInput;

    async fn run(cx: &ToolCx, input: CheckMessagesInput) -> Result<Output, ToolError> {
        let mut messages = unread(cx, None).await?;
        let seconds = input.wait_seconds.filter(|seconds| *seconds > 0.0).map(|seconds| seconds.min(LONGEST_WAIT));
        if messages.is_empty()
            && let Some(seconds) = seconds
        {
            let waiting = Some("a message".to_owned());
            report(cx, ProcessState::Sleeping, AgentPhase::Waiting, waiting).await?;
            let come = unread(cx, Some((seconds * 1_000.0) as u64)).await;
            // Not as one that executes: that would take from calls beside this one what a person has allowed them.
            report(cx, ProcessState::Running, AgentPhase::Observing, None).await?;
            messages = come?;
        }
        let text = match messages.len() {
            0 => "No message has come.".to_owned(),
            1 => "One message has come. It follows.".to_owned(),
            many => format!("{many} messages have come. They follow."),
        };
        Ok(text.into())
    }
}

async fn unread(cx: &ToolCx, wait_ms: Option<u64>) -> Result<Vec<UserMessage>, ToolError> {
    let query = InboxQuery { pid: cx.pid, after: cx.seen, wait_ms };
    Ok(agent::Client(&cx.gate).inbox(query).await?)
}

pub(super) async fn report(
    cx: &ToolCx,
    state: ProcessState,
    phase: AgentPhase,
    waiting_for: Option<String>,
) -> Result<(), ToolError> {
    let report = Report { pid: cx.pid, state, phase, step: None, model: None, waiting_for };
    Ok(agent::Client(&cx.gate).report(report).await?)
}
