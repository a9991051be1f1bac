use super::*;
use crate::providers::settings::ApiKey;
use crate::providers::testing::{self, calls, http, request};

fn reply(raw: &str) -> Turn {
    testing::reply::<Reply>(raw)
}

fn fault(raw: &str) -> ProviderError {
    testing::fault::<Reply>(raw)
}

fn chunk(delta: &str, finish: &str) -> String {
    format!(
        "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}],\"usage\":null}}\n\n"
    )
}

fn stream(deltas: &[&str], finish: &str) -> String {
    let mut text: String = deltas.iter().map(|delta| chunk(delta, "null")).collect();
    text.push_str(&chunk("{}", &format!("\"{finish}\"")));
    text.push_str(
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":82,\"completion_tokens\":17,\"total_tokens\":99}}\n\n",
    );
    text + "data: [DONE]\n\n"
}

#[test]
fn text_comes_in_pieces_and_usage_at_the_end() {
    let turn = reply(&stream(
        &[r#"{"role":"assistant","content":""}"#, r#"{"content":"Grü"}"#, r#"{"content":"ße\n"}"#],
        "stop",
    ));
    assert_eq!((turn.text.as_str(), turn.stop), ("Grüße\n", StopReason::EndTurn));
    assert_eq!((turn.usage.input_tokens, turn.usage.output_tokens), (82, 17));
}

#[test]
fn calls_come_in_fragments_beside_text() {
    let turn = reply(&stream(
        &[
            r#"{"role":"assistant","content":"I look."}"#,
            r#"{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"list_files","arguments":""}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"pa"}}]}"#,
            r#"{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"think","arguments":""}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"th\":\".\"}"}}]}"#,
        ],
        "tool_calls",
    ));
    assert_eq!((turn.text.as_str(), turn.stop), ("I look.", StopReason::ToolUse));
    assert_eq!(calls(&turn), [("list_files", "call_a", json!({ "path": "." })), ("think", "call_b", json!({}))]);
    assert_eq!(turn.calls[0].raw_arguments, r#"{"path":"."}"#);
}

#[test]
fn servers_that_bend_the_format_are_understood() {
    let no_index = stream(
        &[
            r#"{"tool_calls":[{"id":"x","function":{"name":"a","arguments":"{\"n\":"}}]}"#,
            r#"{"tool_calls":[{"function":{"arguments":"1}"}}]}"#,
            r#"{"tool_calls":[{"id":"y","function":{"name":"b","arguments":{"n":2}}}]}"#,
        ],
        "stop",
    );
    let one_index = stream(
        &[
            r#"{"tool_calls":[{"index":0,"id":"x","function":{"name":"a","arguments":"{\"n\":1}"}}]}"#,
            r#"{"tool_calls":[{"index":0,"id":"y","function":{"name":"b","arguments":"{\"n\":"}}]}"#,
            r#"{"tool_calls":[{"index":0,"id":"y","function":{"name":"b","arguments":"2}"}}]}"#,
        ],
        "tool_calls",
    );
    for raw in [no_index, one_index] {
        let turn = reply(&raw);
        assert_eq!(calls(&turn), [("a", "x", json!({ "n": 1 })), ("b", "y", json!({ "n": 2 }))]);
        assert_eq!(turn.stop, StopReason::ToolUse);
    }
}

#[test]
fn arguments_that_are_no_json_are_kept_with_the_reason() {
    let turn = reply(&stream(
        &[r#"{"tool_calls":[{"index":0,"id":"","function":{"name":"write_file","arguments":"{\"path\": oops"}}]}"#],
        "tool_calls",
    ));
    assert_eq!(calls(&turn), [("write_file", "call_1", json!({}))]);
    assert_eq!(turn.calls[0].raw_arguments, "{\"path\": oops");
    assert!(turn.calls[0].invalid.is_some());
}

#[test]
fn a_reply_may_be_empty_or_refused() {
    assert_eq!(reply("data:\n\ndata: {\"error\":{}}\n\ndata: [DONE]\n\n"), Turn::default());
    assert_eq!(reply(&stream(&[], "length")).stop, StopReason::MaxTokens);
    let refused = reply(&stream(&[r#"{"refusal":"I can't."}"#], "stop"));
    assert_eq!((refused.text.as_str(), refused.stop), ("I can't.", StopReason::Refusal));
}

#[test]
fn an_error_inside_the_stream_ends_it() {
    let begun = chunk(r#"{"content":"Once"}"#, "null");
    for (error, code) in [
        (r#"{"message":"The server had an error","type":"server_error"}"#, "unavailable"),
        (r#"{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}"#, "rate_limited"),
        (r#"{"message":"Provider returned error","code":502}"#, "unavailable"),
        (r#"{"message":"too long","code":"context_length_exceeded"}"#, "context_length"),
    ] {
        assert_eq!(fault(&format!("{begun}data: {{\"error\":{error}}}\n\n")).code(), code, "{error}");
    }
}

#[test]
fn a_body_that_is_no_stream_is_explained() {
    for (raw, code) in [
        ("<!DOCTYPE html>\n<html><body>Sign in</body></html>", "invalid_reply"),
        ("hello", "invalid_reply"),
        ("data: hello\n\n", "invalid_reply"),
        ("{\"error\":{\"message\":\"bad key\",\"code\":\"invalid_api_key\"}}", "auth"),
        ("{\n  \"error\": \"no\"\n}\n", "unavailable"),
        ("", "unavailable"),
    ] {
        assert_eq!(fault(raw).code(), code, "{raw}");
    }
}

fn provider(settings: &ProviderSettings) -> OpenAi {
    OpenAi::new(settings, &http())
}

#[test]
fn the_body_is_what_the_api_describes() {
    let settings = ProviderSettings::default();
    let body = provider(&settings).request_body(&request("gpt-4o"));
    let function = |name: &str, arguments: &str| json!({ "name": name, "arguments": arguments });
    assert_eq!(
        body["messages"],
        json!([
            { "role": "system", "content": "You are an agent." },
            { "role": "user", "content": "Read a." },
            { "role": "assistant", "content": "I read.", "tool_calls": [
                { "id": "call_1", "type": "function", "function": function("read_file", r#"{"path":"a"}"#) },
                { "id": "call_2", "type": "function", "function": function("no_such_tool", "{}") },
            ] },
            { "role": "user", "content": "Hurry." },
            { "role": "tool", "tool_call_id": "call_1", "content": "text of a" },
            { "role": "tool", "tool_call_id": "call_2", "content": "There is no such tool." },
            { "role": "assistant", "content": null, "tool_calls": [
                { "id": "call_2_1", "type": "function", "function": function("think", r#"{"thought":"?"}"#) },
            ] },
            { "role": "tool", "tool_call_id": "call_2_1", "content": "ok" },
        ])
    );
    assert_eq!((&body["stream"], &body["stream_options"]), (&json!(true), &json!({ "include_usage": true })));
    assert_eq!((&body["temperature"], &body["max_completion_tokens"]), (&json!(0.7), &json!(500)));
    assert_eq!(body["tools"][0]["function"]["parameters"]["required"], json!(["path"]));
}

#[test]
fn another_server_gets_the_older_field_and_needs_no_key() {
    let mut settings = ProviderSettings::default();
    assert!(matches!(provider(&settings).available(), Availability::NotConfigured { .. }));
    settings.base_urls.insert("openai".into(), format!("{BASE_URL}/"));
    assert_eq!(provider(&settings).request_body(&request("m"))["max_completion_tokens"], 500);
    settings.base_urls.insert("openai".into(), "http://127.0.0.1:9/v1".into());
    assert_eq!(provider(&settings).available(), Availability::Ready);
    let body = provider(&settings).request_body(&request("m"));
    assert_eq!((&body["max_tokens"], &body["max_completion_tokens"]), (&json!(500), &Value::Null));
}

#[tokio::test]
async fn nothing_is_sent_without_a_key_or_to_a_wrong_address() {
    let mut settings = ProviderSettings::default();
    let ask = async |settings: &ProviderSettings| {
        provider(settings).complete(&request("m"), &mut (), &CancellationToken::new()).await.expect_err("an error")
    };
    assert_eq!(ask(&settings).await.code(), "not_configured");
    settings.base_urls.insert("openai".into(), "localhost:9".into());
    assert!(ask(&settings).await.to_string().contains("OPENAI_BASE_URL"));
    settings.base_urls.insert("openai".into(), "http://127.0.0.1:9/v1".into());
    settings.keys.extend(ApiKey::new("k\u{7}").map(|key| ("openai".to_owned(), key)));
    assert_eq!(ask(&settings).await.code(), "auth");
}

#[tokio::test]
async fn a_cancelled_request_ends_at_once() {
    let mut settings = ProviderSettings::default();
    settings.base_urls.insert("openai".into(), "http://192.0.2.1/v1".into());
    let cancel = CancellationToken::new();
    cancel.cancel();
    let outcome = provider(&settings).complete(&request("m"), &mut (), &cancel).await;
    assert_eq!(outcome, Err(ProviderError::Cancelled));
}
