//! OpenAI's Chat Completions (API reference, "Chat": "Create chat completion" and "Streaming"), and every server that
//! speaks the same.

use async_trait::async_trait;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::call_ids::{CallIds, plain_name};
use super::declared::Declared;
use super::draft::Draft;
use super::error::ProviderError;
use super::exchange::{Http, Peer, Post, endpoint};
use super::frames::Framing;
use super::probe::Probe;
use super::reader::{Format, read_whole};
use super::settings::ProviderSettings;
use super::{About, Availability, Completion, DeltaSink, Provider, decimal};
use crate::chat::{ChatMessage, ChatRequest, StopReason, ToolCall, ToolSpec, Turn};

const BASE_URL: &str = "https://api.openai.com/v1";
const MODELS: [&str; 4] = ["gpt-5.2", "gpt-5.3-codex", "gpt-4o", "gpt-4o-mini"];

/// A server that speaks OpenAI's format.
pub(crate) struct OpenAi {
    peer: Peer,
    label: String,
    http: Http,
    base_url: String,
    /// The setting of its address, for error messages.
    base_url_env: String,
    key_env: Option<String>,
    /// Somebody set its address: it may be used without a key.
    addressed: bool,
    local: bool,
    default_model: String,
    models: Vec<String>,
    /// OpenAI's own newer models refuse `max_tokens`, other servers do not know `max_completion_tokens`.
    limit_field: &'static str,
    stream_options: bool,
    probe: Probe,
}

impl OpenAi {
    /// OpenAI itself, or the server that stands at `OPENAI_BASE_URL`.
    pub fn new(settings: &ProviderSettings, http: &Http) -> OpenAi {
        let declared = Declared {
            name: "openai".to_owned(),
            label: "OpenAI".to_owned(),
            base_url: BASE_URL.to_owned(),
            key_env: Some("OPENAI_API_KEY".to_owned()),
            local: false,
            default_model: MODELS[0].to_owned(),
            models: MODELS.map(str::to_owned).to_vec(),
            stream_options: true,
        };
        let mut provider = OpenAi::declared(declared, settings, http);
        if provider.base_url.trim_end_matches('/') == BASE_URL {
            provider.limit_field = "max_completion_tokens";
        }
        provider
    }

    /// A provider that is data.
    pub fn declared(declared: Declared, settings: &ProviderSettings, http: &Http) -> OpenAi {
        let address = settings.base_urls.get(&declared.name);
        OpenAi {
            label: declared.label.clone(),
            http: http.clone(),
            base_url: address.unwrap_or(&declared.base_url).clone(),
            base_url_env: declared.base_url_env(),
            key_env: declared.key_env,
            addressed: address.is_some(),
            local: declared.local,
            default_model: declared.default_model,
            models: declared.models,
            limit_field: "max_tokens",
            stream_options: declared.stream_options,
            probe: Probe::default(),
            peer: Peer { key: settings.keys.get(&declared.name).cloned(), name: declared.name },
        }
    }

    fn is_asked(&self) -> bool {
        self.local && !self.addressed && self.peer.key.is_none()
    }
}

#[async_trait]
impl Provider for OpenAi {
    fn name(&self) -> &str {
        &self.peer.name
    }

    fn default_model(&self) -> String {
        // A server on this machine serves what is loaded there.
        match self.probe.first() {
            Some(first) if self.default_model.is_empty() => first,
            _ => self.default_model.clone(),
        }
    }

    fn about(&self) -> About {
        About {
            label: self.label.clone(),
            needs_key: self.key_env.is_some(),
            local: self.local,
            base_url: Some(self.base_url.clone()),
            has_key: self.peer.key.is_some(),
        }
    }

    fn models(&self) -> Vec<String> {
        if self.is_asked() { self.probe.models() } else { self.models.clone() }
    }

    fn available(&self) -> Availability {
        if self.peer.key.is_some() || self.addressed {
            return Availability::Ready;
        }
        match &self.key_env {
            Some(key_env) => Availability::NotConfigured {
                hint: format!(
                    "{} has no API key. Enter one in Settings, or set {key_env}, or {} for a server that needs none.",
                    self.peer.name, self.base_url_env
                ),
            },
            None => self.probe.available(),
        }
    }

    async fn probe(&self) {
        if self.is_asked()
            && let Ok(url) = endpoint(&self.base_url, &[], &["models"], &self.base_url_env)
        {
            self.probe.ask(&self.http, url, "data", "id").await;
        }
    }

    fn request_body(&self, request: &ChatRequest) -> Value {
        let mut body = json!({ "model": request.model, "messages": messages(request), "stream": true });
        if self.stream_options {
            body["stream_options"] = json!({ "include_usage": true });
        }
        if !request.tools.is_empty() {
            body["tools"] = tools(&request.tools);
        }
        if let Some(limit) = request.max_output_tokens {
            body[self.limit_field] = json!(limit);
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
        if let Availability::NotConfigured { hint } = self.available() {
            return Err(ProviderError::NotConfigured { hint });
        }
        let key = self.peer.key.as_ref().map(|key| (AUTHORIZATION, format!("Bearer {}", key.expose())));
        let post = Post {
            url: endpoint(&self.base_url, &[], &["chat", "completions"], &self.base_url_env)?,
            headers: key.into_iter().collect(),
            body: self.request_body(request),
        };
        post.exchange::<Reply>(&self.http, &self.peer, sink, cancel).await
    }
}

fn messages(request: &ChatRequest) -> Vec<Value> {
    let mut ids = CallIds::exact();
    let mut messages = Vec::with_capacity(request.messages.len() + 1);
    if !request.system.is_empty() {
        messages.push(json!({ "role": "system", "content": request.system }));
    }
    for message in &request.messages {
        messages.push(match message {
            ChatMessage::User { text } => json!({ "role": "user", "content": text }),
            ChatMessage::Assistant { text, calls } if calls.is_empty() => {
                json!({ "role": "assistant", "content": text })
            }
            ChatMessage::Assistant { text, calls } => {
                let content = if text.is_empty() { Value::Null } else { json!(text) };
                let calls: Vec<Value> =
                    ids.open(calls).iter().zip(calls).map(|(id, call)| sent_call(id, call)).collect();
                json!({ "role": "assistant", "content": content, "tool_calls": calls })
            }
            ChatMessage::Tool { call_id, content, .. } => {
                json!({ "role": "tool", "tool_call_id": ids.answer(call_id), "content": content })
            }
        });
    }
    messages
}

fn sent_call(id: &str, call: &ToolCall) -> Value {
    // As the model wrote them, so that the provider's cache still fits; but servers that put arguments into a template
    // refuse text that is no JSON object.
    let written = call.invalid.is_none() && call.raw_arguments.trim_start().starts_with('{');
    let arguments = if written { call.raw_arguments.clone() } else { call.arguments.to_string() };
    let function = json!({ "name": plain_name(&call.name), "arguments": arguments });
    json!({ "id": id, "type": "function", "function": function })
}

/// Tools as OpenAI and Ollama want them.
pub(super) fn tools(tools: &[ToolSpec]) -> Value {
    let function = |tool: &ToolSpec| {
        let ToolSpec { name, description, schema } = tool;
        json!({ "type": "function", "function": { "name": name, "description": description, "parameters": schema } })
    };
    tools.iter().map(function).collect()
}

/// A reply being read: chunks with a `delta`, the calls in fragments by their index.
#[derive(Default)]
struct Reply {
    /// The index of each call, by its place in the draft; none where the server leaves it out.
    indices: Vec<Option<u64>>,
    /// The text is the model's refusal.
    refused: bool,
}

impl Format for Reply {
    const FRAMING: Framing = Framing::Sse;

    fn event(&mut self, event: &Value, draft: &mut Draft, sink: &mut dyn DeltaSink) {
        let count = |name: &str| event["usage"][name].as_u64();
        draft.usage.input_tokens = count("prompt_tokens").unwrap_or(draft.usage.input_tokens);
        draft.usage.output_tokens = count("completion_tokens").unwrap_or(draft.usage.output_tokens);
        let choice = &event["choices"][0];
        let delta = &choice["delta"];
        match &delta["content"] {
            Value::String(text) => draft.text(text, sink),
            // Mistral's reasoning models send parts; those that are no text are thoughts.
            Value::Array(parts) => {
                parts.iter().filter_map(|part| part["text"].as_str()).for_each(|text| draft.text(text, sink));
            }
            _ => {}
        }
        for fragment in delta["tool_calls"].as_array().into_iter().flatten() {
            self.call(fragment, draft, sink);
        }
        if let Some(refusal) = delta["refusal"].as_str() {
            self.refused = true;
            draft.text(refusal, sink);
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            draft.stop = Some(if self.refused { StopReason::Refusal } else { stop(reason) });
        }
    }
}

impl Reply {
    fn call(&mut self, fragment: &Value, draft: &mut Draft, sink: &mut dyn DeltaSink) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (id, name) = (text(&fragment["id"]), text(&fragment["function"]["name"]));
        let index = fragment["index"].as_u64();
        let known = match index {
            Some(_) => self.indices.iter().rposition(|i| *i == index),
            None if !id.is_empty() => (0..self.indices.len()).rfind(|place| draft.call_id(*place) == id),
            None if name.is_empty() => self.indices.len().checked_sub(1),
            None => None,
        };
        // Some servers give every call the index 0 and tell them apart by their ids only.
        let another = |place: &usize| !name.is_empty() && !id.is_empty() && draft.call_id(*place) != id;
        let place = match known.filter(|place| !another(place)) {
            Some(place) => place,
            None => {
                self.indices.push(index);
                draft.open_call(&id, "", sink)
            }
        };
        draft.name_call(place, &name, sink);
        draft.arguments(place, &fragment["function"]["arguments"]);
    }
}

fn stop(reason: &str) -> StopReason {
    match reason {
        "stop" => StopReason::EndTurn,
        "tool_calls" | "function_call" => StopReason::ToolUse,
        "length" => StopReason::MaxTokens,
        "content_filter" => StopReason::Refusal,
        _ => StopReason::Other,
    }
}

#[cfg(test)]
mod tests;
