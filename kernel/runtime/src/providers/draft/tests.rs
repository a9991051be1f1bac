use serde_json::json;

use super::*;

fn check(raw: &str, stop: StopReason) -> ToolCall {
    let mut draft = Draft { stop: Some(stop), ..Draft::default() };
    let place = draft.open_call("", "write_file", &mut ());
    draft.arguments(place, &json!(raw));
    draft.finish().calls.remove(0)
}

#[test]
fn missing_arguments_are_an_empty_object() {
    for raw in ["", "  \n", "null", "{}"] {
        let call = check(raw, StopReason::ToolUse);
        assert_eq!((call.arguments, call.invalid), (json!({}), None), "{raw:?}");
        assert_eq!((call.id.as_str(), call.raw_arguments.as_str()), ("call_1", raw));
    }
}

#[test]
fn arguments_that_are_no_object_say_why() {
    for raw in ["[1]", "\"x\"", "7", "{\"a\":", "{\"a\":1}}", "{a:1}"] {
        let call = check(raw, StopReason::ToolUse);
        assert_eq!((call.arguments, call.raw_arguments.as_str()), (json!({}), raw));
        assert!(call.invalid.is_some_and(|reason| reason.contains("JSON")), "{raw}");
    }
    let cut = check("{\"content\":\"long", StopReason::MaxTokens);
    assert!(cut.invalid.is_some_and(|reason| reason.contains("token limit")));
}

#[test]
fn ids_are_unique_within_a_reply() {
    for (given, expected) in [
        (&["a", "", "a", ""][..], &["a", "call_2", "call_3", "call_4"][..]),
        (&["call_2", "call_2"], &["call_2", "call_3"]),
        (&["call_2", ""], &["call_2", "call_3"]),
        (&["", "call_1"], &["call_2", "call_1"]),
        (&["", "call_1", "", "call_1"], &["call_2", "call_1", "call_3", "call_4"]),
    ] {
        let mut draft = Draft::default();
        draft.open_call("ghost", "", &mut ());
        for id in given {
            draft.open_call(id, "t", &mut ());
        }
        let ids: Vec<String> = draft.finish().calls.into_iter().map(|call| call.id).collect();
        assert_eq!(ids, expected, "{given:?}");
    }
}

#[test]
fn a_call_makes_an_ordinary_end_a_tool_use() {
    let mut draft = Draft { stop: Some(StopReason::EndTurn), ..Draft::default() };
    draft.open_call("a", "t", &mut ());
    assert_eq!(draft.finish().stop, StopReason::ToolUse);
}
