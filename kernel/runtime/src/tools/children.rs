//! Tools by which an agent has others work for it: children, which are processes of the same owner with at most its own
//! rights.

use aether_protocol::Pid;
use aether_protocol::domains::agent::{self, Outcome, WaitChild};
use aether_protocol::domains::process::{self, AgentConfig, AgentPhase, ProcessInfo, ProcessState, Spawn};
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::agents::report;
use super::{Effect, Output, Tool, ToolCx, ToolError};

/// Seconds the end of a child is waited for at once, at most.
const LONGEST_WAIT: f64 = 600.0;

/// Starts another agent that works on a part of your task while you go on. It is your child: it has at most your tools
/// and rights, a home of its own which you may read, and is ended if you are. Wait for its result with `wait_for_agent`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SpawnAgentInput {
    /// What it is, in a few words: `Tester`.
    role: String,
    /// What it should reach, with all that it has to know. It sees nothing of your conversation.
    goal: String,
    /// Names of skills it should use.
    #[serde(default)]
    skills: Vec<String>,
    /// `provider:model`; yours if absent.
    #[serde(default)]
    model: Option<String>,
}

pub struct SpawnAgent;

#[async_trait]
impl Tool for SpawnAgent {
    const NAME: &'static str = "spawn_agent";
    // The kernel starts one for each call.
    const EFFECT: Effect = Effect::Idempotent;
    type Input = SpawnAgentInput;

    async fn run(cx: &ToolCx, input: SpawnAgentInput) -> Result<Output, ToolError> {
        let config = AgentConfig {
            role: input.role,
            goal: input.goal,
            model: input.model.filter(|model| !model.trim().is_empty()),
            skills: Some(input.skills).filter(|skills| !skills.is_empty()),
            extra: [("spawnedBy".to_owned(), json!({ "call": cx.call_id }))].into(),
            ..AgentConfig::default()
        };
        let spawned = process::Client(&cx.gate).spawn(Spawn { config }).await?;
        let (pid, home) = (spawned.pid, spawned.pid.home());
        let waits = match spawned.position {
            Some(place) => format!(" All places are taken: it is number {place} of those that wait for one."),
            None => String::new(),
        };
        Ok(format!("Started as pid {pid}, with the home {home}.{waits}").into())
    }
}

/// Waits for the end of an agent that you have started, and gives how it ended and what it says of its result.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WaitForAgentInput {
    /// The pid that `spawn_agent` gave.
    pid: u64,
    /// Seconds to wait: 600 if absent, and at most. With 0 you only look.
    #[serde(default)]
    wait_seconds: Option<f64>,
}

pub struct WaitForAgent;

#[async_trait]
impl Tool for WaitForAgent {
    const NAME: &'static str = "wait_for_agent";
    const EFFECT: Effect = Effect::Read;
    type Input = WaitForAgentInput;

    async fn run(cx: &ToolCx, input: WaitForAgentInput) -> Result<Output, ToolError> {
        let child = Pid(input.pid);
        let seconds = input.wait_seconds.unwrap_or(LONGEST_WAIT).clamp(0.0, LONGEST_WAIT);
        let waiting = Some(format!("agent {child}"));
        report(cx, ProcessState::Sleeping, AgentPhase::Waiting, waiting).await?;
        let request = WaitChild { pid: cx.pid, child, wait_ms: (seconds * 1_000.0) as u64 };
        let waited = agent::Client(&cx.gate).wait(request).await;
        // Not as one that executes: that would take from calls beside this one what a person has allowed them.
        report(cx, ProcessState::Running, AgentPhase::Observing, None).await?;
        Ok(told(&waited?).into())
    }
}

/// How it ended, or what it is doing.
fn told(child: &ProcessInfo) -> String {
    let pid = child.pid;
    let Some(code) = child.exit_code else {
        let waits = child.waiting_for.as_ref().map(|what| format!(" It waits for {what}.")).unwrap_or_default();
        let last = child.last_action.as_ref().map(|action| format!(" Last: {action}")).unwrap_or_default();
        return format!("pid {pid} has not ended yet.{waits}{last}");
    };
    let how = match child.outcome {
        Some(Outcome::Success) => "has reached its goal",
        Some(Outcome::Aborted) => "was ended from outside",
        Some(Outcome::Timeout) => "has run out of time",
        Some(Outcome::Error) | None => "has failed",
    };
    format!("pid {pid} {how} (exit code {code}). It says: {}", child.summary.as_deref().unwrap_or_default())
}
