//! Anthropic's Messages API (API reference, "Messages" and "Streaming messages"), version 2023-06-01.

use async_trait::async_trait;
use reqwest::header::HeaderName;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::call_ids::{CallIds, plain_name};
use super::draft::Draft;
use super::error::ProviderError;
use super::exchange::{Http, Peer, Post, endpoint};
use super::frames::Framing;
use super::reader::{Format, read_whole};
use super::settings::ProviderSettings;
use super::{About, Availability, Completion, DeltaSink, Provider, decimal};
use crate::chat::{ChatMessage, ChatRequest, StopReason, ToolSpec, Turn};

const NAME: &str = "anthropic";
const HINT: &str = "anthropic has no API key. Enter one in Settings, or set ANTHROPIC_API_KEY.";
const BASE_URL: &str = "https://api.anthropic.com";
const VERSION: &str = "2023-06-01";
const MODELS: [&str; 3] = ["claude-opus-4-6", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"];
/// The API wants a limit. This one is within what every listed model allows, and lets an agent write a whole file.
const DEFAULT_LIMIT: u32 = 8192;

pub(crate) struct Anthropic {
    peer: Peer,
    http: Http,
    base_url: String,
}

impl Anthropic {
    pub fn new(settings: &ProviderSettings, http: &Http) -> Anthropic {
        Anthropic {
            peer: Peer { name: NAME.to_owned(), key: settings.keys.get(NAME).cloned() },
            http: http.clone(),
            base_url: settings.base_urls.get(NAME).map_or(BASE_URL, String::as_str).to_owned(),
        }
    }
}

#[async_trait]
impl Provider for Anthropic {
    fn name(&self) -> &str {
        NAME
    }

    fn default_model(&self) -> String {
        MODELS[0].to_owned()
    }

    fn about(&self) -> About {
        About {
            label: "Anthropic".to_owned(),
            needs_key: true,
            local: false,
            base_url: Some(self.base_url.clone()),
            has_key: self.peer.key.is_some(),
        }
    }

    fn models(&self) -> Vec<String> {
        MODELS.map(str::to_owned).to_vec()
    }

    fn available(&self) -> Availability {
        match self.peer.key {
            Some(_) => Availability::Ready,
            None => Availability::NotConfigured { hint: HINT.to_owned() },
        }
    }

    async fn probe(&self) {}

    fn request_body(&self, request: &ChatRequest) -> Value {
        let mut body = json!({
            "model": request.model,
            "max_tokens": request.max_output_tokens.unwrap_or(DEFAULT_LIMIT),
            "messages": messages(&request.messages),
            "stream": true,
        });
        if !request.system.is_empty() {
            body["system"] = json!(request.system);
        }
        if !request.tools.is_empty() {
            let tool = |tool: &ToolSpec| json!({ "name": tool.name, "description": tool.description, "input_schema": tool.schema });
            body["tools"] = request.tools.iter().map(tool).collect();
        }
        if let Some(temperature) = request.temperature {
            body["temperature"] = decimal(temperature);
        }
        body
    }

    fn read_reply(&self, raw: &[u8]) -> Result<Turn, ProviderError> {
        read_whole::<Reply>(&self.peer, raw)
    }

    async fn complete(
        &self,
        request: &ChatRequest,
        sink: &mut dyn DeltaSink,
        cancel: &CancellationToken,
    ) -> Result<Completion, ProviderError> {
        let Some(key) = &self.peer.key else {
            return Err(ProviderError::NotConfigured { hint: HINT.to_owned() });
        };
        let post = Post {
            url: endpoint(&self.base_url, &["v1"], &["messages"], "ANTHROPIC_BASE_URL")?,
            headers: vec![
                (HeaderName::from_static("x-api-key"), key.expose().to_owned()),
                (HeaderName::from_static("anthropic-version"), VERSION.to_owned()),
            ],
            body: self.request_body(request),
        };
        post.exchange::<Reply>(&self.http, &self.peer, sink, cancel).await
    }
}

/// The API wants roles to alternate, the first to be the user's, the results of all calls in the one message that
/// follows them and before any text in it, and no empty text.
fn messages(messages: &[ChatMessage]) -> Vec<Value> {
    let mut ids = CallIds::plain();
    let mut rounds: Vec<Round> = Vec::new();
    for message in messages {
        match message {
            ChatMessage::User { text } => round(&mut rounds, "user").text(text),
            ChatMessage::Assistant { text, calls } => {
                let round = round(&mut rounds, "assistant");
                round.text(text);
                for (id, call) in ids.open(calls).iter().zip(calls) {
                    let name = plain_name(&call.name);
                    round.rest.push(json!({ "type": "tool_use", "id": id, "name": name, "input": call.arguments }));
                }
            }
            ChatMessage::Tool { call_id, content, is_error, .. } => {
                let id = ids.answer(call_id);
                let mut result = json!({ "type": "tool_result", "tool_use_id": id, "content": content });
                if *is_error {
                    result["is_error"] = json!(true);
                }
                round(&mut rounds, "user").results.push(result);
            }
        }
    }
    rounds.retain(|round| !round.is_empty());
    if rounds.first().is_none_or(|round| round.role != "user") {
        let begin = json!({ "type": "text", "text": "Begin." });
        rounds.insert(0, Round { role: "user", results: Vec::new(), rest: vec![begin] });
    }
    rounds.into_iter().map(Round::into_message).collect()
}

/// Messages of one role in a row.
struct Round {
    role: &'static str,
    results: Vec<Value>,
    rest: Vec<Value>,
}

fn round<'a>(rounds: &'a mut Vec<Round>, role: &'static str) -> &'a mut Round {
    let open = rounds.iter().rposition(|round| !round.is_empty()).filter(|place| rounds[*place].role == role);
    let place = open.unwrap_or_else(|| {
        rounds.push(Round { role, results: Vec::new(), rest: Vec::new() });
        rounds.len() - 1
    });
    &mut rounds[place]
}

impl Round {
    fn is_empty(&self) -> bool {
        self.results.is_empty() && self.rest.is_empty()
    }

    fn text(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.rest.push(json!({ "type": "text", "text": text }));
        }
    }

    fn into_message(self) -> Value {
        let content: Vec<Value> = self.results.into_iter().chain(self.rest).collect();
        json!({ "role": self.role, "content": content })
    }
}

/// A reply being read: content blocks by index, each begun, filled and ended.
#[derive(Default)]
struct Reply {
    /// The block of each call, by its place in the draft.
    blocks: Vec<u64>,
}

impl Format for Reply {
    const FRAMING: Framing = Framing::Sse;

    fn event(&mut self, event: &Value, draft: &mut Draft, sink: &mut dyn DeltaSink) {
        match event["type"].as_str().unwrap_or_default() {
            "message_start" => usage(&event["message"]["usage"], draft),
            "content_block_start" => self.begin(event, draft, sink),
            "content_block_delta" => self.fill(event, draft, sink),
            "message_delta" => {
                usage(&event["usage"], draft);
                if let Some(reason) = event["delta"]["stop_reason"].as_str() {
                    draft.stop = Some(stop(reason));
                }
            }
            "message_stop" => draft.closed = true,
            _ => {}
        }
    }
}

impl Reply {
    fn begin(&mut self, event: &Value, draft: &mut Draft, sink: &mut dyn DeltaSink) {
        let block = &event["content_block"];
        let text = |name: &str| block[name].as_str().unwrap_or_default();
        match text("type") {
            "text" => draft.text(text("text"), sink),
            "tool_use" => {
                self.blocks.push(event["index"].as_u64().unwrap_or_default());
                let place = draft.open_call(text("id"), text("name"), sink);
                // The API begins with an empty object and streams the text of the real one.
                if block["input"].as_object().is_some_and(|input| !input.is_empty()) {
                    draft.arguments(place, &block["input"]);
                }
            }
            _ => {}
        }
    }

    fn fill(&mut self, event: &Value, draft: &mut Draft, sink: &mut dyn DeltaSink) {
        let delta = &event["delta"];
        match delta["type"].as_str().unwrap_or_default() {
            "text_delta" => draft.text(delta["text"].as_str().unwrap_or_default(), sink),
            "input_json_delta" => {
                let index = event["index"].as_u64().unwrap_or_default();
                if let Some(place) = self.blocks.iter().rposition(|block| *block == index) {
                    draft.arguments(place, &delta["partial_json"]);
                }
            }
            _ => {}
        }
    }
}

/// Input read from or written to the cache was read by the model as well. Later counts replace earlier ones.
fn usage(usage: &Value, draft: &mut Draft) {
    if usage["input_tokens"].is_u64() {
        let names = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
        draft.usage.input_tokens = names.iter().filter_map(|name| usage[name].as_u64()).sum();
    }
    draft.usage.output_tokens = usage["output_tokens"].as_u64().unwrap_or(draft.usage.output_tokens);
}

fn stop(reason: &str) -> StopReason {
    match reason {
        "end_turn" | "stop_sequence" => StopReason::EndTurn,
        "tool_use" => StopReason::ToolUse,
        "max_tokens" | "model_context_window_exceeded" => StopReason::MaxTokens,
        "refusal" => StopReason::Refusal,
        _ => StopReason::Other,
    }
}

#[cfg(test)]
mod tests;
