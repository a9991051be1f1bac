use super::*;
use crate::providers::testing::{self, calls, http, request};

fn reply(raw: &str) -> Turn {
    testing::reply::<Reply>(raw)
}

fn line(message: &str) -> String {
    format!("{{\"model\":\"llama3.1\",\"created_at\":\"2025-01-01T00:00:00Z\",\"message\":{message},\"done\":false}}\n")
}

fn last(reason: &str) -> String {
    format!(
        "{{\"model\":\"llama3.1\",\"message\":{{\"role\":\"assistant\",\"content\":\"\"}},\"done_reason\":\"{reason}\",\"done\":true,\"total_duration\":5,\"prompt_eval_count\":26,\"eval_count\":83}}\n"
    )
}

#[test]
fn text_comes_in_lines() {
    let turn = reply(
        &(line(r#"{"role":"assistant","content":"Grü"}"#)
            + &line(r#"{"role":"assistant","content":"ße","thinking":"hm"}"#)
            + &last("stop")),
    );
    assert_eq!((turn.text.as_str(), turn.stop), ("Grüße", StopReason::EndTurn));
    assert_eq!((turn.usage.input_tokens, turn.usage.output_tokens), (26, 83));
}

#[test]
fn calls_are_whole_objects_and_get_ids() {
    let turn = reply(
        &(line(
            r#"{"role":"assistant","content":"I look.","tool_calls":[{"function":{"name":"list_files","arguments":{"path":"."}}},{"function":{"index":1,"name":"think","arguments":{}}}]}"#,
        ) + &line(
            r#"{"role":"assistant","content":"","tool_calls":[{"id":"c9","function":{"name":"stat","arguments":"{\"path\":\"a\"}"}}]}"#,
        ) + &last("stop")),
    );
    let expect = [
        ("list_files", "call_1", json!({ "path": "." })),
        ("think", "call_2", json!({})),
        ("stat", "c9", json!({ "path": "a" })),
    ];
    assert_eq!((calls(&turn), turn.stop, turn.text.as_str()), (expect.to_vec(), StopReason::ToolUse, "I look."));
}

#[test]
fn a_reply_may_be_empty_or_at_its_limit() {
    assert_eq!(reply(&last("length")).stop, StopReason::MaxTokens);
    assert_eq!(reply(&last("stop")).text, "");
}

#[test]
fn errors_and_other_bodies_are_told_apart() {
    let begun = line(r#"{"role":"assistant","content":"a"}"#);
    let fault = testing::fault::<Reply>;
    assert_eq!(
        fault(&format!("{begun}{{\"error\":\"model runner has unexpectedly stopped\"}}\n")).code(),
        "unavailable"
    );
    for html in ["<html>\n<body>no</body></html>\n", "<html>no</html>", "Ollama is running"] {
        assert_eq!(fault(html).code(), "invalid_reply", "{html}");
    }
    assert_eq!(fault("").code(), "unavailable");
}

#[test]
fn the_body_is_what_the_api_describes() {
    let body = Ollama::new(&ProviderSettings::default(), &http()).request_body(&request("llama3.1"));
    let function = |name: &str, arguments: Value| json!({ "function": { "name": name, "arguments": arguments } });
    assert_eq!(
        body["messages"],
        json!([
            { "role": "system", "content": "You are an agent." },
            { "role": "user", "content": "Read a." },
            { "role": "assistant", "content": "I read.", "tool_calls": [
                function("read_file", json!({ "path": "a" })), function("no_such_tool", json!({})),
            ] },
            { "role": "user", "content": "Hurry." },
            { "role": "tool", "tool_name": "read_file", "content": "text of a" },
            { "role": "tool", "tool_name": "no_such_tool", "content": "There is no such tool." },
            { "role": "assistant", "content": "", "tool_calls": [function("think", json!({ "thought": "?" }))] },
            { "role": "tool", "tool_name": "think", "content": "ok" },
        ])
    );
    assert_eq!(body["options"], json!({ "num_predict": 500, "temperature": 0.7 }));
    assert_eq!(body["tools"][0]["type"], "function");
}

#[test]
fn the_host_is_read_as_ollama_reads_it() {
    for (host, expect) in [
        ("localhost", "http://localhost:11434"),
        ("box:8080/", "http://box:8080"),
        (":5000", "http://127.0.0.1:5000"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("http://box:1", "http://box:1"),
        ("https://ollama.example/base/", "https://ollama.example/base"),
        ("box/base", "http://box:11434/base"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:7", "http://[::1]:7"),
    ] {
        assert_eq!(address(host), expect, "{host}");
    }
}
