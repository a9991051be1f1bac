//! Ollama (docs/api.md, "Generate a chat completion"): one JSON object a line, calls of tools as whole objects.

use async_trait::async_trait;
use reqwest::Url;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::call_ids::plain_name;
use super::draft::Draft;
use super::error::ProviderError;
use super::exchange::{Http, Peer, Post, endpoint};
use super::frames::Framing;
use super::openai::tools;
use super::probe::Probe;
use super::reader::{Format, read_whole};
use super::settings::ProviderSettings;
use super::{About, Availability, Completion, DeltaSink, Provider, decimal};
use crate::chat::{ChatMessage, ChatRequest, StopReason, ToolCall, Turn};

pub(crate) const NAME: &str = "ollama";
const HOST: &str = "http://localhost:11434";
const MODEL: &str = "llama3.1";

pub(crate) struct Ollama {
    peer: Peer,
    http: Http,
    base_url: String,
    /// The default model that somebody chose.
    chosen: Option<String>,
    probe: Probe,
}

impl Ollama {
    pub fn new(settings: &ProviderSettings, http: &Http) -> Ollama {
        Ollama {
            peer: Peer { name: NAME.to_owned(), key: None },
            http: http.clone(),
            base_url: settings.base_urls.get(NAME).map_or_else(|| HOST.to_owned(), |host| address(host)),
            chosen: settings.ollama_model.clone(),
            probe: Probe::default(),
        }
    }

    /// Of what the server has, what to use where nobody chose: the usual model in whatever size is there, else the
    /// first.
    fn usual(&self) -> Option<String> {
        let is_usual = |model: &String| model.split(':').next() == Some(MODEL);
        self.probe.models().into_iter().find(is_usual).or_else(|| self.probe.first())
    }

    fn endpoint(&self, path: &str) -> Result<Url, ProviderError> {
        endpoint(&self.base_url, &[], &["api", path], "OLLAMA_HOST")
    }
}

/// `OLLAMA_HOST` as Ollama itself reads it: the scheme and the port may be missing, and an address to listen on at
/// every interface is reached on this machine.
pub(crate) fn address(host: &str) -> String {
    let host = host.trim().trim_end_matches('/');
    let (scheme, rest) = match host.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, host),
    };
    let rest = match rest.strip_prefix("0.0.0.0") {
        Some(port) => format!("127.0.0.1{port}"),
        None if rest.is_empty() || rest.starts_with(':') => format!("127.0.0.1{rest}"),
        None => rest.to_owned(),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    match scheme {
        Some(scheme) => format!("{scheme}://{rest}"),
        None if has_port => format!("http://{rest}"),
        None => format!("http://{authority}:11434{}", &rest[authority.len()..]),
    }
}

#[async_trait]
impl Provider for Ollama {
    fn name(&self) -> &str {
        NAME
    }

    fn default_model(&self) -> String {
        self.chosen.clone().or_else(|| self.usual()).unwrap_or_else(|| MODEL.to_owned())
    }

    fn about(&self) -> About {
        About {
            label: "Ollama".to_owned(),
            needs_key: false,
            local: true,
            base_url: Some(self.base_url.clone()),
            has_key: false,
        }
    }

    fn models(&self) -> Vec<String> {
        let (mut models, default) = (self.probe.models(), self.default_model());
        if !models.contains(&default) {
            models.insert(0, default);
        }
        models
    }

    fn available(&self) -> Availability {
        self.probe.available()
    }

    async fn probe(&self) {
        if let Ok(url) = self.endpoint("tags") {
            self.probe.ask(&self.http, url, "models", "name").await;
        }
    }

    fn request_body(&self, request: &ChatRequest) -> Value {
        let mut body = json!({ "model": request.model, "messages": messages(request), "stream": true });
        if !request.tools.is_empty() {
            body["tools"] = tools(&request.tools);
        }
        let mut options = Map::new();
        if let Some(limit) = request.max_output_tokens {
            options.insert("num_predict".to_owned(), json!(limit));
        }
        if let Some(temperature) = request.temperature {
            options.insert("temperature".to_owned(), decimal(temperature));
        }
        if !options.is_empty() {
            body["options"] = Value::Object(options);
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
        let post = Post { url: self.endpoint("chat")?, headers: Vec::new(), body: self.request_body(request) };
        post.exchange::<Reply>(&self.http, &self.peer, sink, cancel).await
    }
}

/// Results carry the tool's name: Ollama's calls have no ids of their own.
fn messages(request: &ChatRequest) -> Vec<Value> {
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
                let calls: Vec<Value> = calls.iter().map(sent_call).collect();
                json!({ "role": "assistant", "content": text, "tool_calls": calls })
            }
            ChatMessage::Tool { name, content, .. } => {
                json!({ "role": "tool", "tool_name": plain_name(name), "content": content })
            }
        });
    }
    messages
}

fn sent_call(call: &ToolCall) -> Value {
    json!({ "function": { "name": plain_name(&call.name), "arguments": call.arguments } })
}

/// A reply being read: each line is a message with the text that is new; the last one says `done`.
#[derive(Default)]
struct Reply;

impl Format for Reply {
    const FRAMING: Framing = Framing::Lines;

    fn event(&mut self, event: &Value, draft: &mut Draft, sink: &mut dyn DeltaSink) {
        let message = &event["message"];
        draft.text(message["content"].as_str().unwrap_or_default(), sink);
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let function = &call["function"];
            let id = call["id"].as_str().unwrap_or_default();
            let place = draft.open_call(id, function["name"].as_str().unwrap_or_default(), sink);
            draft.arguments(place, &function["arguments"]);
        }
        if event["done"] == true {
            let count = |name: &str| event[name].as_u64().unwrap_or_default();
            draft.usage.input_tokens = count("prompt_eval_count");
            draft.usage.output_tokens = count("eval_count");
            draft.stop = Some(stop(event["done_reason"].as_str().unwrap_or("stop")));
            draft.closed = true;
        }
    }
}

fn stop(reason: &str) -> StopReason {
    match reason {
        "stop" => StopReason::EndTurn,
        "length" => StopReason::MaxTokens,
        _ => StopReason::Other,
    }
}

#[cfg(test)]
mod tests;
