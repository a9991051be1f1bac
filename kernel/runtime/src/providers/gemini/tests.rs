use super::*;
use crate::providers::testing::{self, call, calls, http, request, tool, user};

fn reply(raw: &str) -> Turn {
    testing::reply::<Reply>(raw)
}

fn event(parts: &str, more: &str) -> String {
    format!(
        "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{parts}],\"role\":\"model\"}},\"index\":0{more}}}],\"usageMetadata\":{{\"promptTokenCount\":20,\"candidatesTokenCount\":7,\"thoughtsTokenCount\":30,\"totalTokenCount\":57}},\"modelVersion\":\"gemini-3-flash\"}}\r\n\r\n"
    )
}

const END: &str = ",\"finishReason\":\"STOP\"";

#[test]
fn text_comes_in_pieces_without_the_thoughts() {
    let turn = reply(&format!(
        "{}{}{}",
        event(r#"{"text":"hm","thought":true}"#, ""),
        event(r#"{"text":"Grü"}"#, ""),
        event(r#"{"text":"ße"},{"text":"","thoughtSignature":"c2ln"}"#, END)
    ));
    assert_eq!((turn.text.as_str(), turn.stop), ("Grüße", StopReason::EndTurn));
    assert_eq!((turn.usage.input_tokens, turn.usage.output_tokens), (20, 37));
}

#[test]
fn calls_get_ids_and_keep_their_signature() {
    let turn = reply(&format!(
        "{}{}",
        event(
            r#"{"text":"I look."},{"functionCall":{"name":"list_files","args":{"path":"."}},"thoughtSignature":"c2ln"}"#,
            ""
        ),
        event(
            r#"{"functionCall":{"name":"think"}},{"functionCall":{"id":"f3","name":"stat","args":{"path":"a"}}}"#,
            END
        )
    ));
    let expect = [
        ("list_files", "call_1", json!({ "path": "." })),
        ("think", "call_2", json!({})),
        ("stat", "f3", json!({ "path": "a" })),
    ];
    assert_eq!(calls(&turn), expect);
    assert_eq!(turn.stop, StopReason::ToolUse);
    let signatures: Vec<_> = turn.calls.iter().map(|call| call.signature.as_deref()).collect();
    assert_eq!(signatures, [Some("c2ln"), None, None]);
}

#[test]
fn refusals_limits_and_empty_replies_are_turns() {
    for (raw, stop) in [
        (event("", ",\"finishReason\":\"SAFETY\""), StopReason::Refusal),
        (event("", ",\"finishReason\":\"MAX_TOKENS\""), StopReason::MaxTokens),
        (event("", ",\"finishReason\":\"MALFORMED_FUNCTION_CALL\""), StopReason::Other),
        ("data: {\"candidates\":[{\"finishReason\":\"STOP\",\"index\":0}]}\r\n\r\n".to_owned(), StopReason::EndTurn),
        ("data: {\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"}}\n\n".to_owned(), StopReason::Refusal),
    ] {
        let turn = reply(&raw);
        assert_eq!((turn.text.as_str(), turn.calls.len(), turn.stop), ("", 0, stop), "{raw}");
    }
}

#[test]
fn an_error_inside_the_stream_ends_it() {
    let error =
        r#"{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}"#;
    let fault = testing::fault::<Reply>;
    assert_eq!(fault(&format!("{}data: {error}\r\n\r\n", event(r#"{"text":"a"}"#, ""))).code(), "overloaded");
    assert_eq!(fault(&format!("[{error}]")).code(), "overloaded");
    assert_eq!(fault("<html>no</html>").code(), "invalid_reply");
}

fn body(request: &ChatRequest) -> Value {
    Gemini::new(&ProviderSettings::default(), &http()).request_body(request)
}

#[test]
fn the_body_is_what_the_api_describes() {
    let body = body(&request("gemini-2.5-pro"));
    let answer = |name: &str, response: Value| json!({ "functionResponse": { "name": name, "response": response } });
    assert_eq!(
        body["contents"],
        json!([
            { "role": "user", "parts": [{ "text": "Read a." }] },
            { "role": "model", "parts": [
                { "text": "I read." },
                { "functionCall": { "name": "read_file", "args": { "path": "a" } } },
                { "functionCall": { "name": "no_such_tool", "args": {} } },
            ] },
            { "role": "user", "parts": [
                { "text": "Hurry." },
                answer("read_file", json!({ "output": "text of a" })),
                answer("no_such_tool", json!({ "error": "There is no such tool." })),
            ] },
            { "role": "model", "parts": [{ "functionCall": { "name": "think", "args": { "thought": "?" } } }] },
            { "role": "user", "parts": [answer("think", json!({ "output": "ok" }))] },
        ])
    );
    assert_eq!(body["systemInstruction"], json!({ "parts": [{ "text": "You are an agent." }] }));
    assert_eq!(body["generationConfig"], json!({ "maxOutputTokens": 500, "temperature": 0.7 }));
    assert_eq!(
        body["tools"][0]["functionDeclarations"][0]["parameters"],
        json!({ "type": "object", "properties": { "path": { "type": "string" } }, "required": ["path"] })
    );
}

#[test]
fn signatures_and_ids_go_back_as_they_came() {
    let mut signed = call("f3", "stat", json!({}));
    signed.signature = Some("c2ln".to_owned());
    let unsigned = call("call_2", "think", json!({}));
    let mut ask = request("gemini-3-flash");
    ask.messages = vec![
        ChatMessage::Assistant { text: String::new(), calls: vec![signed.clone(), unsigned.clone()] },
        tool("f3", "stat", "ok", false),
        tool("call_2", "think", "ok", false),
        user("Go on."),
        ChatMessage::Assistant { text: String::new(), calls: vec![unsigned, signed] },
    ]
    .into();
    let contents = &body(&ask)["contents"];
    assert_eq!(contents[0]["parts"], json!([{ "text": "Begin." }]));
    let first = &contents[1]["parts"];
    assert_eq!(
        first[0],
        json!({ "functionCall": { "name": "stat", "args": {}, "id": "f3" }, "thoughtSignature": "c2ln" })
    );
    assert_eq!(first[1], json!({ "functionCall": { "name": "think", "args": {} } }));
    assert_eq!(contents[2]["parts"][0]["functionResponse"]["id"], "f3");
    assert_eq!(contents[3]["parts"][0]["thoughtSignature"], NO_SIGNATURE);
}
