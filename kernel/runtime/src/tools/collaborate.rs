//! Tools by which agents ask each other for work: messages whose channel names what is asked, and whose payload is the
//! same for every receiver.

use aether_protocol::Pid;
use aether_protocol::domains::collaboration::{CollaborationProtocol as Protocol, event};
use aether_protocol::domains::ipc::{self, NewMessage};
use aether_protocol::domains::memory::MemoryLayer;
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Effect, Output, Tool, ToolCx, ToolError};

/// How soon something is wanted.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Urgency {
    Low,
    #[default]
    Medium,
    High,
}

/// Asks another agent to review something. Its answer comes as a message that names the correlation id you get.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RequestReviewInput {
    /// The pid of the agent.
    pid: u64,
    /// What it is about, in a few words.
    subject: String,
    /// What is to be reviewed.
    content: String,
    /// What the reviewer has to know besides.
    #[serde(default)]
    context: Option<String>,
    #[serde(default)]
    urgency: Urgency,
}

pub struct RequestReview;

#[async_trait]
impl Tool for RequestReview {
    const NAME: &'static str = "request_review";
    const EFFECT: Effect = Effect::Idempotent;
    type Input = RequestReviewInput;

    async fn run(cx: &ToolCx, input: RequestReviewInput) -> Result<Output, ToolError> {
        // The same after a restart, as the message is.
        let correlation = format!("review_{}_{}", cx.pid, cx.call_id);
        let payload = json!({
            "subject": input.subject,
            "content": input.content,
            "context": input.context,
            "urgency": input.urgency,
        });
        let said = format!("Asked. The answer will name the correlation id {correlation}.");
        tell(cx, Pid(input.pid), Protocol::ReviewRequest, payload, Some(&correlation), said).await
    }
}

/// Answers another agent's request for a review.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RespondToReviewInput {
    /// The pid of the agent that asked.
    pid: u64,
    /// The correlation id of its request.
    correlation_id: String,
    /// Whether what you have reviewed can stay as it is.
    approved: bool,
    /// What you have found.
    feedback: String,
    /// What could be done better.
    #[serde(default)]
    suggestions: Vec<String>,
}

pub struct RespondToReview;

#[async_trait]
impl Tool for RespondToReview {
    const NAME: &'static str = "respond_to_review";
    const EFFECT: Effect = Effect::Idempotent;
    type Input = RespondToReviewInput;

    async fn run(cx: &ToolCx, input: RespondToReviewInput) -> Result<Output, ToolError> {
        let payload = json!({
            "approved": input.approved,
            "feedback": input.feedback,
            "suggestions": input.suggestions,
        });
        let correlation = Some(input.correlation_id.as_str());
        tell(cx, Pid(input.pid), Protocol::ReviewResponse, payload, correlation, "Answered.".to_owned()).await
    }
}

/// Asks another agent at work to take over a task. It is free to refuse, and answers by a message.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct DelegateTaskInput {
    /// The pid of the agent.
    pid: u64,
    /// What it should reach.
    goal: String,
    /// What it has to know besides.
    #[serde(default)]
    context: Option<String>,
    #[serde(default)]
    priority: Urgency,
}

pub struct DelegateTask;

#[async_trait]
impl Tool for DelegateTask {
    const NAME: &'static str = "delegate_task";
    const EFFECT: Effect = Effect::Idempotent;
    type Input = DelegateTaskInput;

    async fn run(cx: &ToolCx, input: DelegateTaskInput) -> Result<Output, ToolError> {
        let correlation = format!("task_{}_{}", cx.pid, cx.call_id);
        let payload = json!({ "goal": input.goal, "context": input.context, "priority": input.priority });
        let said = format!("Asked, under the correlation id {correlation}.");
        tell(cx, Pid(input.pid), Protocol::TaskDelegate, payload, Some(&correlation), said).await
    }
}

/// Tells another agent something that it may need to know later.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ShareKnowledgeInput {
    /// The pid of the agent.
    pid: u64,
    /// What it is about, in a few words.
    topic: String,
    /// What you know of it.
    content: String,
    /// What kind of knowledge it is: what is so, if absent.
    #[serde(default = "semantic")]
    layer: MemoryLayer,
    /// Words to find it by.
    #[serde(default)]
    tags: Vec<String>,
}

fn semantic() -> MemoryLayer {
    MemoryLayer::Semantic
}

pub struct ShareKnowledge;

#[async_trait]
impl Tool for ShareKnowledge {
    const NAME: &'static str = "share_knowledge";
    const EFFECT: Effect = Effect::Idempotent;
    type Input = ShareKnowledgeInput;

    async fn run(cx: &ToolCx, input: ShareKnowledgeInput) -> Result<Output, ToolError> {
        let payload = json!({
            "topic": input.topic,
            "content": input.content,
            "layer": input.layer,
            "tags": input.tags,
        });
        tell(cx, Pid(input.pid), Protocol::KnowledgeShare, payload, None, "Told.".to_owned()).await
    }
}

/// Sends what is asked of another agent, and tells those who look on.
async fn tell(
    cx: &ToolCx,
    to: Pid,
    protocol: Protocol,
    payload: Value,
    correlation: Option<&str>,
    said: String,
) -> Result<Output, ToolError> {
    if to == cx.pid {
        return Err(ToolError::Tell("That is your own pid. Name another agent's.".to_owned()));
    }
    let name = serde_json::to_value(protocol).unwrap_or_default();
    let channel = format!("collab:{}", name.as_str().unwrap_or_default());
    let payload = json!({
        "protocol": name,
        "from_uid": cx.pid.uid(),
        "from_pid": cx.pid,
        "to_uid": to.uid(),
        "to_pid": to,
        "payload": payload,
        "correlation_id": correlation,
        "timestamp": cx.at,
    });
    let message = NewMessage { from_pid: cx.pid, to_pid: to, channel, payload, key: Some(cx.call_id.clone()) };
    ipc::Client(&cx.gate).send(message).await?;
    let told = event::Message { protocol, fromPid: cx.pid, toPid: to };
    Ok(Output { text: said, events: vec![told.into()] })
}
