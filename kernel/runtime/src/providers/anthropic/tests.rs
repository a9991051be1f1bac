use super::*;
use crate::chat::ToolCall;
use crate::providers::testing::{self, calls, http, request, tool, user};

fn reply(raw: &str) -> Turn {
    testing::reply::<Reply>(raw)
}

/// Events as the API writes them: the name, then the data that repeats it.
fn stream(events: &[&str]) -> String {
    let event = |data: &&str| {
        let name = serde_json::from_str::<Value>(data).expect("JSON")["type"].as_str().unwrap_or_default().to_owned();
        format!("event: {name}\ndata: {data}\n\n")
    };
    events.iter().map(event).collect()
}

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"stop_reason":null,"usage":{"input_tokens":25,"cache_read_input_tokens":100,"cache_creation_input_tokens":5,"output_tokens":1}}}"#;
const PING: &str = r#"{"type":"ping"}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

#[test]
fn blocks_of_text_and_calls_are_put_together() {
    let turn = reply(&stream(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        PING,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"I write "}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ü."}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"write_file","input":{}}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"path\": \"a"}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"}"}}"#,
        r#"{"type":"content_block_stop","index":1}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_2","name":"list_agents","input":{}}}"#,
        r#"{"type":"content_block_stop","index":2}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89}}"#,
        STOP,
    ]));
    assert_eq!((turn.text.as_str(), turn.stop), ("I write ü.", StopReason::ToolUse));
    assert_eq!(
        calls(&turn),
        [("write_file", "toolu_1", json!({ "path": "a" })), ("list_agents", "toolu_2", json!({}))]
    );
    assert_eq!((turn.usage.input_tokens, turn.usage.output_tokens), (130, 89));
}

#[test]
fn arguments_cut_off_by_the_limit_say_so() {
    let turn = reply(&stream(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"write_file","input":{}}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"content\":\"lon"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":9}}"#,
        STOP,
    ]));
    assert_eq!((turn.stop, &turn.calls[0].arguments), (StopReason::MaxTokens, &json!({})));
    assert!(turn.calls[0].invalid.as_ref().is_some_and(|reason| reason.contains("token limit")));
}

#[test]
fn an_empty_reply_and_thoughts_are_no_error() {
    let turn = reply(&stream(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":30,"output_tokens":2}}"#,
        STOP,
    ]));
    assert_eq!((turn.text.as_str(), turn.calls.len(), turn.stop), ("", 0, StopReason::EndTurn));
    assert_eq!(turn.usage.input_tokens, 30);
}

#[test]
fn an_error_inside_the_stream_ends_it() {
    for (kind, code) in [
        ("overloaded_error", "overloaded"),
        ("api_error", "unavailable"),
        ("rate_limit_error", "rate_limited"),
        ("authentication_error", "auth"),
        ("invalid_request_error", "bad_request"),
    ] {
        let error = format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"Something."}}}}"#);
        assert_eq!(testing::fault::<Reply>(&stream(&[START, PING, &error])).code(), code, "{kind}");
    }
}

fn provider() -> Anthropic {
    Anthropic::new(&ProviderSettings::default(), &http())
}

#[test]
fn the_body_is_what_the_api_describes() {
    let body = provider().request_body(&request("claude"));
    assert_eq!(
        body["messages"],
        json!([
            { "role": "user", "content": [{ "type": "text", "text": "Read a." }] },
            { "role": "assistant", "content": [
                { "type": "text", "text": "I read." },
                { "type": "tool_use", "id": "call_1", "name": "read_file", "input": { "path": "a" } },
                { "type": "tool_use", "id": "call_2", "name": "no_such_tool", "input": {} },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "call_1", "content": "text of a" },
                { "type": "tool_result", "tool_use_id": "call_2", "content": "There is no such tool.", "is_error": true },
                { "type": "text", "text": "Hurry." },
            ] },
            { "role": "assistant", "content": [
                { "type": "tool_use", "id": "call_2_1", "name": "think", "input": { "thought": "?" } },
            ] },
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "call_2_1", "content": "ok" }] },
        ])
    );
    assert_eq!((&body["system"], &body["max_tokens"]), (&json!("You are an agent."), &json!(500)));
    assert_eq!(body["tools"][0]["input_schema"]["required"], json!(["path"]));
}

#[test]
fn a_conversation_begins_with_the_user_and_has_no_empty_text() {
    let said = |text: &str| ChatMessage::Assistant { text: text.into(), calls: Vec::<ToolCall>::new() };
    let check = |conversation: &[ChatMessage], roles: &[&str]| {
        let sent = messages(conversation);
        assert_eq!(sent.iter().filter_map(|m| m["role"].as_str()).collect::<Vec<_>>(), roles);
        assert!(!json!(sent).to_string().contains("\"text\":\"\""));
    };
    check(&[], &["user"]);
    check(&[said("Hello.")], &["user", "assistant"]);
    check(&[user(" "), said(""), user("a"), said("b"), said("c")], &["user", "assistant"]);
    check(&[user("a"), said(""), tool("x", "t", "", false), user("b")], &["user"]);
}
