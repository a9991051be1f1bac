//! What the tests of the formats share: recorded bytes, read in every cut.

use serde_json::{Value, json};

use super::error::ProviderError;
use super::exchange::{Http, Peer};
use super::reader::{Format, Reader, read_whole};
use super::settings::{ApiKey, ProviderSettings};
use crate::chat::{ChatMessage, ChatRequest, Delta, ToolCall, ToolSpec, Turn};

pub(crate) fn peer() -> Peer {
    Peer { name: "peer".to_owned(), key: ApiKey::new("secret-key") }
}

/// A client as the process has it: the TLS provider is installed once.
pub(crate) fn http() -> Http {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Http::new(&ProviderSettings::default()).expect("a client")
}

fn read<F: Format>(pieces: &[&[u8]]) -> Result<(Turn, Vec<Delta>), ProviderError> {
    let (peer, mut deltas) = (peer(), Vec::new());
    let mut reader = Reader::<F>::new(&peer);
    for piece in pieces {
        reader.feed(piece, &mut deltas)?;
    }
    Ok((reader.finish(&mut deltas)?, deltas))
}

/// Reads a whole reply in one piece, in every cut into two, and byte by byte: all give the same. Every beginning of it
/// is either cut off or has all text and calls already. Gives the turn.
pub(crate) fn reply<F: Format>(raw: &str) -> Turn {
    let raw = raw.as_bytes();
    let turn = read_whole::<F>(&peer(), raw).expect("a turn");
    let mut all = None;
    for cut in 0..=raw.len() {
        let (again, deltas) = read::<F>(&[&raw[..cut], &raw[cut..]]).expect("a turn");
        assert_eq!(again, turn, "cut at {cut}");
        assert_eq!(&deltas, all.get_or_insert_with(|| deltas.clone()), "cut at {cut}");
        match read_whole::<F>(&peer(), &raw[..cut]) {
            Ok(early) => assert_eq!((early.text, early.calls), (turn.text.clone(), turn.calls.clone()), "until {cut}"),
            Err(error) => {
                assert_eq!((error.code(), error.is_transient()), ("unavailable", true), "until {cut}: {error}")
            }
        }
    }
    let (again, deltas) = read::<F>(&raw.chunks(1).collect::<Vec<_>>()).expect("a turn");
    assert_eq!(again, turn);
    let text: String =
        deltas.iter().filter_map(|d| if let Delta::Text(text) = d { Some(text.as_str()) } else { None }).collect();
    let names: Vec<&str> = deltas
        .iter()
        .filter_map(|d| if let Delta::CallStarted { name } = d { Some(name.as_str()) } else { None })
        .collect();
    assert_eq!(text, turn.text);
    assert_eq!(names, turn.calls.iter().map(|call| call.name.as_str()).collect::<Vec<_>>());
    turn
}

/// The error that a body with status 200 gives, in every cut the same.
pub(crate) fn fault<F: Format>(raw: &str) -> ProviderError {
    let raw = raw.as_bytes();
    let error = read_whole::<F>(&peer(), raw).expect_err("an error");
    for cut in 0..=raw.len() {
        assert_eq!(read::<F>(&[&raw[..cut], &raw[cut..]]).expect_err("an error"), error, "cut at {cut}");
    }
    error
}

/// Calls as name, id, arguments.
pub(crate) fn calls(turn: &Turn) -> Vec<(&str, &str, Value)> {
    turn.calls.iter().map(|call| (call.name.as_str(), call.id.as_str(), call.arguments.clone())).collect()
}

pub(crate) fn call(id: &str, name: &str, arguments: Value) -> ToolCall {
    let raw_arguments = arguments.to_string();
    ToolCall { id: id.into(), name: name.into(), arguments, raw_arguments, invalid: None, signature: None }
}

pub(crate) fn tool(call_id: &str, name: &str, content: &str, is_error: bool) -> ChatMessage {
    ChatMessage::Tool { call_id: call_id.into(), name: name.into(), content: content.into(), is_error }
}

pub(crate) fn user(text: &str) -> ChatMessage {
    ChatMessage::User { text: text.into() }
}

/// A conversation with everything in it: two calls at once, one failed, a word of the operator in between.
pub(crate) fn request(model: &str) -> ChatRequest {
    let read = call("call_1", "read_file", json!({ "path": "a" }));
    let mut odd = call("call_2", "no.such tool", json!({}));
    odd.raw_arguments = "{\"cut".to_owned();
    odd.invalid = Some("cut off".to_owned());
    ChatRequest {
        model: model.to_owned(),
        system: "You are an agent.".to_owned(),
        messages: vec![
            user("Read a."),
            ChatMessage::Assistant { text: "I read.".to_owned(), calls: vec![read, odd] },
            user("Hurry."),
            tool("call_1", "read_file", "text of a", false),
            tool("call_2", "no.such tool", "There is no such tool.", true),
            ChatMessage::Assistant {
                text: String::new(),
                calls: vec![call("call_1", "think", json!({ "thought": "?" }))],
            },
            tool("call_1", "think", "ok", false),
        ]
        .into(),
        tools: vec![ToolSpec {
            name: "read_file".to_owned(),
            description: "Reads a file.".to_owned(),
            schema: json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "properties": { "path": { "type": "string" } },
                "required": ["path"],
                "additionalProperties": false,
            }),
        }]
        .into(),
        max_output_tokens: Some(500),
        temperature: Some(0.7),
    }
}
