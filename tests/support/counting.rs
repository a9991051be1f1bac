//! A model server that counts what it is asked. It outlives the kernels that ask it, which none by others does in a
//! way that tells one request from its repetition.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

/// One reply to one agent: which goal, which of its replies (from 0).
pub type Turn = (String, usize);

/// What the model says as its reply number `turn` to the agent with this goal: text and tool calls.
pub type Script = fn(goal: &str, turn: usize) -> (String, Vec<(&'static str, Value)>);

struct Shared {
    script: Script,
    asked: Mutex<HashMap<Turn, usize>>,
    offered: Mutex<BTreeSet<String>>,
    away: AtomicBool,
}

/// A running server, in OpenAI's format, at this address. Each reply counts as 90 tokens in and 10 out.
pub struct CountingModel {
    pub url: String,
    shared: Arc<Shared>,
}

impl CountingModel {
    pub async fn start(script: Script) -> CountingModel {
        let shared = Arc::new(Shared {
            script,
            asked: Mutex::default(),
            offered: Mutex::default(),
            away: AtomicBool::new(false),
        });
        let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        CountingModel { url, shared }
    }

    /// Answers nothing but errors from now on.
    pub fn go_away(&self) {
        self.shared.away.store(true, Ordering::Relaxed);
    }

    pub fn come_back(&self) {
        self.shared.away.store(false, Ordering::Relaxed);
    }

    /// The names of all tools that an agent has offered it so far.
    pub fn offered(&self) -> BTreeSet<String> {
        self.shared.offered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often each reply has been asked for so far.
    pub fn asked(&self) -> HashMap<Turn, usize> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn complete(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    if shared.away.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, r#"{"error":{"message":"away"}}"#).into_response();
    }
    let request: Value = serde_json::from_slice(&body).expect("a request");
    let messages = request["messages"].as_array().expect("messages");
    let goal = messages
        .iter()
        .find(|message| message["role"] == "user")
        .and_then(|message| message["content"].as_str())
        .expect("a goal")
        .trim_start_matches("Your goal: ")
        .to_owned();
    let tools = request["tools"].as_array().into_iter().flatten();
    let tools = tools.filter_map(|tool| tool["function"]["name"].as_str()).map(str::to_owned);
    shared.offered.lock().unwrap_or_else(PoisonError::into_inner).extend(tools);
    let turn = messages.iter().filter(|message| message["role"] == "assistant").count();
    *shared.asked.lock().unwrap_or_else(PoisonError::into_inner).entry((goal.clone(), turn)).or_default() += 1;
    let (text, calls) = (shared.script)(&goal, turn);
    let calls: Vec<Value> = calls
        .into_iter()
        .enumerate()
        .map(|(index, (name, arguments))| {
            json!({
                "index": index,
                "id": format!("call_{turn}_{index}"),
                "type": "function",
                "function": { "name": name, "arguments": arguments.to_string() },
            })
        })
        .collect();
    let chunk = |delta: Value, finish: Value| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        format!("data: {}\n\n", json!({ "id": "c", "object": "chat.completion.chunk", "choices": [choice] }))
    };
    let usage = json!({ "prompt_tokens": 90, "completion_tokens": 10 });
    let reply = [
        chunk(json!({ "role": "assistant", "content": text }), Value::Null),
        chunk(json!({ "tool_calls": calls }), Value::Null),
        chunk(json!({}), "tool_calls".into()),
        format!("data: {}\n\n", json!({ "id": "c", "object": "chat.completion.chunk", "choices": [], "usage": usage })),
        "data: [DONE]\n\n".to_owned(),
    ];
    ([(header::CONTENT_TYPE, "text/event-stream")], reply.concat()).into_response()
}
