//! Google's Gemini API, v1beta (API reference, "Generating content": `models.streamGenerateContent`).

mod schema;

use async_trait::async_trait;
use reqwest::header::HeaderName;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::call_ids::plain_name;
use super::draft::Draft;
use super::error::ProviderError;
use super::exchange::{Http, Peer, Post, endpoint};
use super::frames::Framing;
use super::reader::{Format, read_whole};
use super::settings::ProviderSettings;
use super::{About, Availability, Completion, DeltaSink, Provider, decimal};
use crate::chat::{ChatMessage, ChatRequest, StopReason, ToolCall, ToolSpec, Turn};

const NAME: &str = "gemini";
const HINT: &str = "gemini has no API key. Enter one in Settings, or set GEMINI_API_KEY.";
const BASE_URL: &str = "https://generativelanguage.googleapis.com";
const MODELS: [&str; 4] = ["gemini-3-flash", "gemini-3-pro", "gemini-2.5-flash", "gemini-2.5-pro"];
/// What stands for the signature of a call that another model made ("Thought signatures", FAQ). Gemini 3 refuses a
/// first call without one.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

pub(crate) struct Gemini {
    peer: Peer,
    http: Http,
    base_url: String,
}

impl Gemini {
    pub fn new(settings: &ProviderSettings, http: &Http) -> Gemini {
        Gemini {
            peer: Peer { name: NAME.to_owned(), key: settings.keys.get(NAME).cloned() },
            http: http.clone(),
            base_url: settings.base_urls.get(NAME).map_or(BASE_URL, String::as_str).to_owned(),
        }
    }
}

#[async_trait]
impl Provider for Gemini {
    fn name(&self) -> &str {
        NAME
    }

    fn default_model(&self) -> String {
        MODELS[0].to_owned()
    }

    fn about(&self) -> About {
        About {
            label: "Google Gemini".to_owned(),
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
        let mut body = json!({ "contents": contents(request) });
        if !request.system.is_empty() {
            body["systemInstruction"] = json!({ "parts": [{ "text": request.system }] });
        }
        if !request.tools.is_empty() {
            let declarations: Vec<Value> = request.tools.iter().map(declaration).collect();
            body["tools"] = json!([{ "functionDeclarations": declarations }]);
        }
        let mut generation = Map::new();
        if let Some(limit) = request.max_output_tokens {
            generation.insert("maxOutputTokens".to_owned(), json!(limit));
        }
        if let Some(temperature) = request.temperature {
            generation.insert("temperature".to_owned(), decimal(temperature));
        }
        if !generation.is_empty() {
            body["generationConfig"] = Value::Object(generation);
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
        let model = request.model.strip_prefix("models/").unwrap_or(&request.model);
        let method = format!("{model}:streamGenerateContent");
        let mut url = endpoint(&self.base_url, &["v1beta", "v1"], &["models", &method], "GEMINI_BASE_URL")?;
        url.set_query(Some("alt=sse"));
        let post = Post {
            url,
            headers: vec![(HeaderName::from_static("x-goog-api-key"), key.expose().to_owned())],
            body: self.request_body(request),
        };
        post.exchange::<Reply>(&self.http, &self.peer, sink, cancel).await
    }
}

fn declaration(tool: &ToolSpec) -> Value {
    let mut declaration = json!({ "name": tool.name, "description": tool.description });
    if let Some(parameters) = schema::parameters(&tool.schema) {
        declaration["parameters"] = parameters;
    }
    declaration
}

/// The API wants roles to alternate, beginning with the user's, and the results of calls in the user's next turn.
fn contents(request: &ChatRequest) -> Vec<Value> {
    let unsigned = request.model.contains("gemini-3");
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in &request.messages {
        let (role, parts) = match message {
            ChatMessage::User { text } => ("user", text_part(text).into_iter().collect()),
            ChatMessage::Assistant { text, calls } => {
                let calls = calls.iter().enumerate().map(|(place, call)| call_part(place, call, unsigned));
                ("model", text_part(text).into_iter().chain(calls).collect())
            }
            ChatMessage::Tool { call_id, name, content, is_error } => {
                // "output" and "error" are the names the API's own description of a response uses.
                let response = if *is_error { json!({ "error": content }) } else { json!({ "output": content }) };
                let mut function = json!({ "name": plain_name(name), "response": response });
                if !is_generated(call_id) {
                    function["id"] = json!(call_id);
                }
                ("user", vec![json!({ "functionResponse": function })])
            }
        };
        match turns.last_mut().filter(|turn| turn.0 == role) {
            _ if parts.is_empty() => {}
            Some(turn) => turn.1.extend(parts),
            None => turns.push((role, parts)),
        }
    }
    if turns.first().is_none_or(|turn| turn.0 != "user") {
        turns.insert(0, ("user", vec![json!({ "text": "Begin." })]));
    }
    turns.into_iter().map(|(role, parts)| json!({ "role": role, "parts": parts })).collect()
}

fn text_part(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| json!({ "text": text }))
}

fn call_part(place: usize, call: &ToolCall, unsigned: bool) -> Value {
    let mut function = json!({ "name": plain_name(&call.name), "args": call.arguments });
    if !is_generated(&call.id) {
        function["id"] = json!(call.id);
    }
    let mut part = json!({ "functionCall": function });
    match &call.signature {
        Some(signature) => part["thoughtSignature"] = json!(signature),
        None if unsigned && place == 0 => part["thoughtSignature"] = json!(NO_SIGNATURE),
        None => {}
    }
    part
}

/// Whether an id is one that we filled in: the API never saw it.
fn is_generated(id: &str) -> bool {
    id.strip_prefix("call_").is_some_and(|n| !n.is_empty() && n.len() < 4 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// A reply being read: each event is a whole response with the parts that are new.
#[derive(Default)]
struct Reply;

impl Format for Reply {
    const FRAMING: Framing = Framing::Sse;

    fn event(&mut self, event: &Value, draft: &mut Draft, sink: &mut dyn DeltaSink) {
        let usage = &event["usageMetadata"];
        if usage.is_object() {
            let count = |name: &str| usage[name].as_u64();
            draft.usage.input_tokens = count("promptTokenCount").unwrap_or(draft.usage.input_tokens);
            if let Some(shown) = count("candidatesTokenCount") {
                draft.usage.output_tokens = shown + count("thoughtsTokenCount").unwrap_or_default();
            }
        }
        let candidate = &event["candidates"][0];
        for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
            read_part(part, draft, sink);
        }
        if let Some(reason) = candidate["finishReason"].as_str() {
            draft.stop = Some(stop(reason));
        } else if event["promptFeedback"]["blockReason"].is_string() {
            draft.stop = Some(StopReason::Refusal);
        }
    }
}

fn read_part(part: &Value, draft: &mut Draft, sink: &mut dyn DeltaSink) {
    if part["thought"] == true {
        return;
    }
    if let Some(text) = part["text"].as_str() {
        draft.text(text, sink);
    }
    let function = &part["functionCall"];
    if function.is_object() {
        let text = |name: &str| function[name].as_str().unwrap_or_default();
        let place = draft.open_call(text("id"), text("name"), sink);
        draft.arguments(place, &function["args"]);
        draft.sign_call(place, part["thoughtSignature"].as_str());
    }
}

fn stop(reason: &str) -> StopReason {
    match reason {
        "STOP" => StopReason::EndTurn,
        "FUNCTION_CALL" => StopReason::ToolUse,
        "MAX_TOKENS" => StopReason::MaxTokens,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" => StopReason::Refusal,
        _ => StopReason::Other,
    }
}

#[cfg(test)]
mod tests;
