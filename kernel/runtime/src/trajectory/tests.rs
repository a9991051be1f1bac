use aether_protocol::Pid;
use aether_protocol::domains::agent::{Outcome, UserMessage};
use aether_protocol::domains::ipc::Sender;

use super::*;
use crate::chat::{StopReason, ToolCall, Usage};

fn reply(calls: &[(&str, Value)], at: u64) -> Entry {
    let calls = calls.iter().map(|(name, arguments)| ToolCall {
        id: "c".to_owned(),
        name: (*name).to_owned(),
        arguments: arguments.clone(),
        raw_arguments: arguments.to_string(),
        invalid: None,
        signature: None,
    });
    let usage = Usage { input_tokens: 10, output_tokens: 5 };
    let turn = Turn { text: "so".to_owned(), calls: calls.collect(), usage, stop: StopReason::ToolUse };
    Entry::Reply { turn, raw: String::new(), at }
}

fn started() -> Entry {
    Entry::Started {
        at: 100,
        role: "r".into(),
        goal: "g".into(),
        model: "openai:m".into(),
        max_steps: 5,
        max_tokens: 9,
        tools: Vec::new(),
    }
}

fn result(turn: u32, index: u32, output: &str, at: u64) -> Entry {
    Entry::Result { call: CallId { turn, index }, ok: true, output: output.to_owned(), interrupted: false, at }
}

fn tell(entries: &[Entry]) -> Vec<Told> {
    let mut story = Trajectory::default();
    entries.iter().filter_map(|entry| story.tell(entry)).collect()
}

#[test]
fn a_step_tells_what_was_thought_done_and_seen() {
    let call = CallId { turn: 1, index: 0 };
    let told = tell(&[
        started(),
        Entry::Request { attempt: 1, same: 0, parts: Vec::new(), at: 110 },
        reply(&[("bash", json!({ "command": "ls -l" }))], 150),
        Entry::Intent { call, at: 160 },
        result(1, 0, "a.txt", 190),
        Entry::Request { attempt: 1, same: 0, parts: Vec::new(), at: 200 },
        reply(&[], 210),
        Entry::Note { text: "call a tool".into() },
        Entry::Finished { outcome: Outcome::Error, summary: "no".into(), at: 400 },
    ]);
    let seen: Vec<_> =
        told.iter().map(|told| (told.entry.n, told.entry.kind, told.entry.step, told.entry.at)).collect();
    assert_eq!(
        seen,
        [
            (0, Kind::Started, 0, 100),
            (2, Kind::Thought, 1, 150),
            (3, Kind::Action, 1, 160),
            (4, Kind::Observation, 1, 190),
            (6, Kind::Thought, 2, 210),
            (7, Kind::Note, 2, 210),
            (8, Kind::Finished, 2, 400),
        ]
    );
    let spent = Spent { model: "openai:m".into(), input_tokens: 10, output_tokens: 5 };
    assert_eq!((told[1].spent.as_ref(), told[1].entry.duration_ms), (Some(&spent), Some(40)));
    assert_eq!((told[2].entry.tool.as_deref(), told[2].entry.call_id.as_deref()), (Some("run_command"), Some("t1c0")));
    assert_eq!(told[2].brief.as_deref(), Some("run_command: ls -l"));
    let observed = &told[3].entry;
    assert_eq!(
        (observed.tool.as_deref(), observed.duration_ms, observed.ok),
        (Some("run_command"), Some(30), Some(true))
    );
    assert_eq!((observed.origin, told[4].entry.duration_ms), (Origin::Tool, Some(10)));
    assert_eq!((told[6].entry.outcome, told[6].entry.duration_ms), (Some(Outcome::Error), Some(300)));
}

#[test]
fn a_question_and_its_answer_are_told_as_such() {
    let call = CallId { turn: 1, index: 0 };
    let told = tell(&[
        started(),
        reply(&[("ask_user", json!({ "question": "which?" }))], 120),
        Entry::Intent { call, at: 130 },
        Entry::Asked { call, question: true, action: "which?".into(), details: String::new(), grant: None, at: 130 },
        Entry::Answered { call, granted: true, reply: Some("both".into()), reason: None, at: 500 },
        result(1, 0, "The person answered: both", 501),
    ]);
    let asked = &told[3].entry;
    assert_eq!((asked.kind, asked.question, asked.origin), (Kind::Question, Some(true), Origin::Model));
    let answer = &told[4].entry;
    assert_eq!((answer.text.as_deref(), answer.granted, answer.question), (Some("both"), Some(true), Some(true)));
    assert_eq!((answer.origin, answer.at, answer.call_id.as_deref()), (Origin::User, 500, Some("t1c0")));
    assert_eq!((told[5].entry.origin, told[5].entry.duration_ms), (Origin::User, None), "nothing ran");
}

#[test]
fn what_has_no_time_of_its_own_takes_that_of_the_entry_before() {
    let call = CallId { turn: 1, index: 0 };
    let told = tell(&[started(), reply(&[("stat", json!({}))], 120), Entry::Intent { call, at: 0 }, Entry::Shrunk]);
    assert_eq!(told.iter().map(|told| told.entry.at).collect::<Vec<_>>(), [100, 120, 120, 120]);
}

#[test]
fn what_is_shown_is_bounded() {
    let long = "ä".repeat(SHOWN);
    let call = CallId { turn: 1, index: 0 };
    let args = json!({ "path": "a", "content": long, "more": ["b".repeat(SHOWN)] });
    let told = tell(&[
        started(),
        reply(&[("write_file", args)], 120),
        Entry::Intent { call, at: 130 },
        result(1, 0, &long, 140),
    ]);
    for told in &told[2..] {
        assert_eq!(told.entry.truncated, Some(true));
        assert!(serde_json::to_string(&told.entry).expect("json").len() < SHOWN + 1024);
        assert!(told.brief.as_ref().is_some_and(|line| line.chars().count() <= BRIEF));
    }
}

#[test]
fn a_limit_is_told_as_an_approval_and_its_answer() {
    let told = tell(&[
        started(),
        Entry::LimitReached { key: "k".into(), action: "Go on?".into(), details: r#"{"used":9}"#.into(), at: 200 },
        Entry::LimitAnswered { key: "k".into(), granted: false, reason: Some("enough".into()), at: 300 },
    ]);
    assert_eq!((told[1].entry.kind, &told[1].entry.args), (Kind::Approval, &Some(json!({ "used": 9 }))));
    assert_eq!((told[2].entry.granted, told[2].entry.reason.as_deref()), (Some(false), Some("enough")));
}

#[test]
fn a_message_tells_whether_a_person_or_another_agent_said_it() {
    let said = |from| Entry::Messages {
        messages: vec![UserMessage { id: 1, content: "look left".into(), timestamp: 5, from }],
    };
    let from = Sender { message_id: "msg_1_a".into(), pid: Pid(7), channel: "chat".into() };
    let told = tell(&[said(None), said(Some(from))]);
    let seen: Vec<_> = told.iter().map(|told| (told.entry.kind, told.entry.origin)).collect();
    assert_eq!(seen, [(Kind::Message, Origin::User), (Kind::Message, Origin::Agent)]);
    assert_eq!((&told[0].entry.args, told[1].entry.text.as_deref()), (&None, Some("look left")));
    let args = json!({ "fromPid": 7, "fromUid": "agent_7", "channel": "chat", "messageId": "msg_1_a" });
    assert_eq!(told[1].entry.args, Some(args));
}
