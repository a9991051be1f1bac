//! Tools by which an agent speaks: to itself, to the person, and to say that it is done.

use aether_protocol::domains::agent::event;
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{COMPLETE, Effect, Output, Tool, ToolCx, ToolError};

/// Writes a thought down without doing anything. Use it to plan before acting.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ThinkInput {
    /// The thought.
    #[serde(default)]
    thought: String,
}

pub struct Think;

#[async_trait]
impl Tool for Think {
    const NAME: &'static str = "think";
    const EFFECT: Effect = Effect::Read;
    type Input = ThinkInput;

    async fn run(cx: &ToolCx, input: ThinkInput) -> Result<Output, ToolError> {
        let events = vec![event::Thought { pid: cx.pid, thought: input.thought }.into()];
        Ok(Output { text: "Noted.".to_owned(), events })
    }
}

/// Asks the person you work for a question and waits for the answer. Use it only for what you cannot find out yourself.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AskUserInput {
    /// The question, in one or two sentences.
    question: String,
}

pub struct AskUser;

#[async_trait]
impl Tool for AskUser {
    const NAME: &'static str = "ask_user";
    const EFFECT: Effect = Effect::Read;
    type Input = AskUserInput;

    async fn run(_cx: &ToolCx, input: AskUserInput) -> Result<Output, ToolError> {
        if input.question.trim().is_empty() {
            return Err(ToolError::Tell("The question is empty.".to_owned()));
        }
        Err(ToolError::Question(input.question))
    }
}

/// Ends the run. Call it once the goal is reached, or once it is clear that it cannot be.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CompleteInput {
    /// What was reached, where the results are, and what is left open.
    #[serde(default)]
    summary: String,
}

pub struct Complete;

#[async_trait]
impl Tool for Complete {
    const NAME: &'static str = COMPLETE;
    const EFFECT: Effect = Effect::Idempotent;
    type Input = CompleteInput;

    async fn run(_cx: &ToolCx, input: CompleteInput) -> Result<Output, ToolError> {
        let summary = if input.summary.trim().is_empty() { "Done." } else { input.summary.trim() };
        Ok(summary.to_owned().into())
    }
}
