use super::*;
use crate::chat::StopReason;
use crate::providers::testing::{tool, user};

fn scenario(text: &str) -> Scenario {
    Scenario::read("test.toml", text).expect("a scenario")
}

fn request(model: &str, messages: Vec<ChatMessage>) -> ChatRequest {
    ChatRequest { model: model.to_owned(), messages: messages.into(), ..ChatRequest::default() }
}

async fn play(provider: &Scripted, request: &ChatRequest) -> Result<Turn, ProviderError> {
    let (mut deltas, cancel) = (Vec::new(), CancellationToken::new());
    let completion = provider.complete(request, &mut deltas, &cancel).await?;
    assert_eq!(provider.read_reply(&completion.raw), Ok(completion.turn.clone()));
    let text: String =
        deltas.iter().filter_map(|d| if let Delta::Text(text) = d { Some(text.as_str()) } else { None }).collect();
    assert_eq!((text, deltas.is_empty()), (completion.turn.text.clone(), false));
    Ok(completion.turn)
}

#[tokio::test]
async fn the_tour_is_played_to_its_end() {
    let provider = Scripted::default();
    let mut conversation = request(DEFAULT, vec![user("Show me round.")]);
    let mut tools = Vec::new();
    loop {
        let turn = play(&provider, &conversation).await.expect("a turn");
        assert_eq!(turn.stop, StopReason::ToolUse);
        conversation.messages.push(turn.message());
        for call in &turn.calls {
            assert_eq!(call.invalid, None);
            tools.push(call.name.clone());
            conversation.messages.push(tool(&call.id, &call.name, "Visits of the week: 953", false));
        }
        if tools.last().is_some_and(|name| name == "complete") {
            let summary = turn.calls[0].arguments["summary"].as_str().expect("a summary");
            assert!(summary.ends_with("report.txt:\nVisits of the week: 953"), "{summary}");
            break;
        }
    }
    assert_eq!(tools, ["think", "list_files", "write_file", "write_file", "run_command", "read_file", "complete"]);
    assert_eq!(play(&provider, &conversation).await.expect_err("the end").code(), "bad_request");
}

const BRANCHES: &str = r#"
[[turn]]
text = "one"
[[turn]]
text = "two"
[[turn]]
when = "denied"
text = "sorry: {{result}}"
[[turn]]
at = 3
text = "third reply"
[[turn]]
text = "three"
"#;

#[test]
fn the_place_follows_from_the_conversation() {
    let scenario = scenario(BRANCHES);
    let mut messages = vec![user("Go.")];
    let mut texts = Vec::new();
    for answer in ["ok", "access denied", "ok", "ok", "denied again", ""] {
        let Some(turn) = scenario.turn_for(&messages) else { break };
        let turn = turn.say(&request("test", messages.clone()));
        texts.push(turn.text.clone());
        messages.push(turn.message());
        messages.push(tool("call_1", "t", answer, false));
    }
    assert_eq!(texts, ["one", "two", "sorry: access denied", "third reply", "three", "sorry: denied again"]);
    assert!(scenario.turn_for(&messages).is_none());
}

#[test]
fn a_scenario_may_begin_again() {
    let scenario = scenario("repeat = true\n[[turn]]\ntext = \"a\"\n[[turn]]\ntext = \"b\"\n");
    let mut messages = vec![user("Go.")];
    let mut texts = String::new();
    for _ in 0..5 {
        let turn = scenario.turn_for(&messages).expect("a turn").say(&request("test", messages.clone()));
        texts.push_str(&turn.text);
        messages.push(turn.message());
    }
    assert_eq!(texts, "ababa");
}

#[tokio::test]
async fn a_file_is_read_fails_as_often_as_it_says_and_bends_arguments() {
    let text = r#"{"turns": [{
        "fail": {"error": "rate_limited", "times": 2, "retry_after_ms": 5}, "delay_ms": 1,
        "text": "a b", "stop": "max_tokens", "usage": {"input_tokens": 3, "output_tokens": 4},
        "calls": [{"tool": "x", "raw_arguments": "{\"a\":"}, {"tool": "y"}]
    }]}"#;
    let (provider, _folder) = with_scenario("a.json", text);
    let ask = request("a.json", vec![user("Go.")]);
    for _ in 0..2 {
        let error = play(&provider, &ask).await.expect_err("a failure");
        assert_eq!((error.code(), error.retry_after()), ("rate_limited", Some(Duration::from_millis(5))));
    }
    let turn = play(&provider, &ask).await.expect("a turn");
    assert_eq!((turn.stop, turn.usage.input_tokens, turn.usage.output_tokens), (StopReason::MaxTokens, 3, 4));
    assert!(turn.calls[0].invalid.is_some() && turn.calls[1].invalid.is_none());
    let ids: Vec<&str> = turn.calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(ids, ["call_1", "call_2"]);
}

/// A provider with one scenario of its own.
fn with_scenario(name: &str, text: &str) -> (Scripted, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(name), text).expect("a file");
    let settings = ProviderSettings { scenarios: Some(folder.path().to_owned()), ..ProviderSettings::default() };
    (Scripted::new(&settings), folder)
}

#[tokio::test]
async fn what_is_no_scenario_is_refused_without_repeating_it() {
    let (provider, folder) = with_scenario("a.toml", "");
    let outside = folder.path().join("a.toml").display().to_string();
    for model in ["/nowhere/at-all.toml", "/", "/dev/zero", "../a.toml", "missing.toml", &outside] {
        assert_eq!(
            play(&provider, &request(model, vec![])).await.expect_err("an error").code(),
            "bad_request",
            "{model}"
        );
    }
    for (name, text) in [
        ("a.toml", "\n\npassword = \"hunter2\""),
        ("a.json", "{\n\n\"hunter2\": 1}"),
        ("a.toml", "[[turn]]\n\ntext = hunter2"),
    ] {
        let error = Scenario::read(name, text).expect_err("an error").to_string();
        assert!(error.contains("line 3") && !error.contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn cancelling_ends_a_slow_reply() {
    let (provider, _folder) = with_scenario("slow.toml", "[[turn]]\ntext = \"slow\"\ndelay_ms = 3600000\n");
    let (cancel, ask) = (CancellationToken::new(), request("slow.toml", vec![user("Go.")]));
    let mut sink = ();
    let (answer, ()) = tokio::join!(provider.complete(&ask, &mut sink, &cancel), async { cancel.cancel() });
    assert_eq!(answer, Err(ProviderError::Cancelled));
}
