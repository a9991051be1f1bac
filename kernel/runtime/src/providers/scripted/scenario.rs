//! A scenario: its file, and which of its turns answers a conversation.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{NAME, last_result, refused};
use crate::chat::{ChatMessage, ChatRequest, StopReason, Turn, Usage};
use crate::providers::draft::Draft;
use crate::providers::error::{ProviderError, Said};

/// What `{{result}}` brings in at most, in characters.
const RESULT_LIMIT: usize = 2000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    #[serde(default)]
    repeat: bool,
    #[serde(rename = "turn", alias = "turns")]
    turns: Vec<ScriptedTurn>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptedTurn {
    when: Option<String>,
    at: Option<usize>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    calls: Vec<ScriptedCall>,
    usage: Option<Usage>,
    stop: Option<StopReason>,
    #[serde(default)]
    pub delay_ms: u64,
    pub fail: Option<Fail>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptedCall {
    tool: String,
    #[serde(default)]
    arguments: Map<String, Value>,
    raw_arguments: Option<String>,
}

/// An error that is given a number of times before the turn itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fail {
    error: FailKind,
    #[serde(default = "once")]
    pub times: u32,
    retry_after_ms: Option<u64>,
}

fn once() -> u32 {
    1
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FailKind {
    Auth,
    RateLimited,
    Overloaded,
    ContextLength,
    Unavailable,
    BadRequest,
    QuotaExhausted,
    InvalidReply,
}

impl Scenario {
    /// Reads a scenario. The error says where it is wrong and repeats nothing of the file, which may be any file.
    pub fn read(name: &str, text: &str) -> Result<Scenario, ProviderError> {
        let wrong = |line: usize| refused(&format!("the file {name} is not a scenario (see line {line})"));
        if name.ends_with(".json") {
            return serde_json::from_str(text).map_err(|error| {
                tracing::debug!(%error, name, "scenario");
                wrong(error.line())
            });
        }
        toml::from_str(text).map_err(|error| {
            tracing::debug!(error = error.message(), name, "scenario");
            let start = error.span().map_or(0, |span| span.start);
            wrong(text.bytes().take(start).filter(|b| *b == b'\n').count() + 1)
        })
    }

    /// The turn that comes next in a conversation; none after the last.
    pub fn turn_for(&self, messages: &[ChatMessage]) -> Option<&ScriptedTurn> {
        let ordinary: Vec<&ScriptedTurn> = self.turns.iter().filter(|turn| !turn.is_conditional()).collect();
        let (mut reply, mut said, mut since) = (0, 0, 0);
        for (place, message) in messages.iter().enumerate() {
            if matches!(message, ChatMessage::Assistant { .. }) {
                said += usize::from(self.conditional(reply, &messages[since..place]).is_none());
                reply += 1;
                since = place + 1;
            }
        }
        let place = match ordinary.len() {
            0 => 0,
            all if self.repeat => said % all,
            _ => said,
        };
        self.conditional(reply, &messages[since..]).or_else(|| ordinary.get(place).copied())
    }

    fn conditional(&self, reply: usize, since: &[ChatMessage]) -> Option<&ScriptedTurn> {
        self.turns.iter().find(|turn| turn.is_conditional() && turn.holds(reply, since))
    }
}

impl ScriptedTurn {
    fn is_conditional(&self) -> bool {
        self.when.is_some() || self.at.is_some()
    }

    fn holds(&self, reply: usize, since: &[ChatMessage]) -> bool {
        let said = |part: &String| {
            since.iter().any(|message| match message {
                ChatMessage::User { text } | ChatMessage::Tool { content: text, .. } => text.contains(part.as_str()),
                ChatMessage::Assistant { .. } => false,
            })
        };
        self.at.is_none_or(|at| at == reply) && self.when.as_ref().is_none_or(said)
    }

    /// The reply to a request.
    pub fn say(&self, request: &ChatRequest) -> Turn {
        let result: String = last_result(&request.messages).chars().take(RESULT_LIMIT).collect();
        let fill = |text: &str| text.replace("{{result}}", &result);
        let mut draft = Draft::default();
        draft.text(&fill(&self.text), &mut ());
        for call in &self.calls {
            let place = draft.open_call("", &call.tool, &mut ());
            let raw = call.raw_arguments.clone().unwrap_or_else(|| {
                let mut arguments = Value::Object(call.arguments.clone());
                fill_strings(&mut arguments, &fill);
                arguments.to_string()
            });
            draft.arguments(place, &Value::String(raw));
        }
        draft.stop = Some(self.stop.unwrap_or(StopReason::EndTurn));
        let mut turn = draft.finish();
        turn.usage = self.usage.unwrap_or_else(|| estimate(request, &turn));
        turn
    }
}

fn fill_strings(value: &mut Value, fill: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = fill(text),
        Value::Array(items) => items.iter_mut().for_each(|item| fill_strings(item, fill)),
        Value::Object(members) => members.values_mut().for_each(|member| fill_strings(member, fill)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A token for four characters, as it is in English on the whole.
fn estimate(request: &ChatRequest, turn: &Turn) -> Usage {
    let calls = |calls: &[crate::chat::ToolCall]| calls.iter().map(|call| call.raw_arguments.len()).sum::<usize>();
    let read = |message: &ChatMessage| match message {
        ChatMessage::User { text } => text.len(),
        ChatMessage::Assistant { text, calls: made } => text.len() + calls(made),
        ChatMessage::Tool { content, .. } => content.len(),
    };
    let input = request.system.len() + request.messages.iter().map(read).sum::<usize>();
    let output = turn.text.len() + calls(&turn.calls);
    Usage { input_tokens: (input / 4) as u64, output_tokens: (output / 4) as u64 }
}

impl Fail {
    pub fn error(&self) -> ProviderError {
        let (provider, said) = (NAME.to_owned(), Said::new("the scenario says so"));
        let retry_after = self.retry_after_ms.map(Duration::from_millis);
        match self.error {
            FailKind::Auth => ProviderError::Auth { provider, said },
            FailKind::RateLimited => ProviderError::RateLimited { provider, said, retry_after },
            FailKind::Overloaded => ProviderError::Overloaded { provider, said, retry_after },
            FailKind::ContextLength => ProviderError::ContextLength { provider, said },
            FailKind::Unavailable => ProviderError::Unavailable { provider, said, retry_after },
            FailKind::BadRequest => ProviderError::BadRequest { provider, said },
            FailKind::QuotaExhausted => ProviderError::QuotaExhausted { provider, said },
            FailKind::InvalidReply => ProviderError::InvalidReply { provider, said },
        }
    }
}
