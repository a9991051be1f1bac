//! The state of a run: the fold of its journal. Pure.

use std::collections::BTreeMap;

use aether_protocol::Pid;
use aether_protocol::domains::agent::Outcome;

use crate::chat::{ChatMessage, Shared, ToolCall, Turn};
use crate::context::{self, Label};
use crate::entry::{CallId, Entry};
use crate::repeats::Repeats;

/// Replies in a row without a tool call before the run is given up.
pub const IDLE_REPLIES: u32 = 3;

/// How the keys of questions begin that are about an agent going round in circles.
pub const RUNAWAY: &str = "runaway:";

/// What the journal says of one call of the latest reply.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingCall {
    pub id: CallId,
    pub call: ToolCall,
    /// It is running, or was when the kernel ended.
    pub intent: bool,
    pub asked: Option<Asked>,
    pub answered: Option<Answered>,
    /// What people have allowed for this call so far.
    pub granted: Vec<Asked>,
}

/// What a person was asked for a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub question: bool,
    pub action: String,
    pub details: String,
    pub grant: Option<aether_protocol::domains::agent::Grant>,
}

/// What the person said.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    pub granted: bool,
    pub reply: Option<String>,
    pub reason: Option<String>,
}

/// How the run began.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    pub at: u64,
    pub role: String,
    pub goal: String,
    pub model: String,
    pub max_steps: u32,
    pub tools: Vec<String>,
}

/// How the run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    pub outcome: Outcome,
    pub summary: String,
    pub at: u64,
}

/// The state of a run.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The number of the next entry.
    pub n: u64,
    pub started: Option<Started>,
    pub messages: Shared<ChatMessage>,
    /// Steps taken: replies whose calls all have their results.
    pub step: u32,
    pub extra_steps: u32,
    /// The id of the newest message that was read.
    pub seen: u64,
    /// Requests sent for the reply that is awaited; zero if none is.
    pub attempts: u32,
    /// True while a request is out and nothing is known of it.
    pub in_flight: bool,
    /// Calls without a result, in their order.
    pub pending: BTreeMap<CallId, PendingCall>,
    pub idle_replies: u32,
    pub at_limit: bool,
    /// The limit that was reached last.
    pub limit: Option<Limit>,
    /// What it has done lately, to see whether it goes round in circles.
    pub repeats: Repeats,
    pub shrunk: u32,
    /// What the model is told as soon as no call waits for its result.
    pub told_later: Option<String>,
    pub end: End,
}

/// A limit that was reached, and what a person said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    pub key: String,
    pub granted: Option<bool>,
}

/// How far the end of a run has come.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum End {
    #[default]
    NotYet,
    /// The model called `complete`; what remains is to say so.
    Completing(String),
    Over(Finished),
}

impl State {
    /// The state after these entries.
    pub fn fold(entries: &[Entry]) -> State {
        let mut state = State::default();
        entries.iter().for_each(|entry| state.apply(entry));
        state
    }

    /// Steps the run may take in all.
    pub fn max_steps(&self) -> u32 {
        self.started.as_ref().map_or(0, |started| started.max_steps).saturating_add(self.extra_steps)
    }

    /// The number of the reply whose calls are pending.
    pub fn turn(&self) -> u32 {
        self.messages.iter().filter(|message| matches!(message, ChatMessage::Assistant { .. })).count() as u32
    }

    /// Takes the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        self.n += 1;
        match entry {
            Entry::Started { at, role, goal, model, max_steps, tools, .. } => {
                self.messages.push(ChatMessage::User { text: context::goal(goal) });
                self.started = Some(Started {
                    at: *at,
                    role: role.clone(),
                    goal: goal.clone(),
                    model: model.clone(),
                    max_steps: *max_steps,
                    tools: tools.clone(),
                });
            }
            Entry::Messages { messages } => {
                for message in messages {
                    self.seen = self.seen.max(message.id);
                    match &message.from {
                        None => self.say(Label::Person, &message.content),
                        Some(from) => {
                            self.messages.push(ChatMessage::User { text: context::heard(from, &message.content) });
                        }
                    }
                }
                self.repeats.forget();
                if matches!(self.end, End::Completing(_)) {
                    self.end = End::NotYet;
                }
            }
            Entry::Request { attempt, .. } => {
                self.attempts = *attempt;
                self.in_flight = true;
            }
            Entry::RequestFailed { .. } => self.in_flight = false,
            Entry::Reply { turn, .. } => self.reply(turn),
            Entry::Intent { call, .. } => self.with(*call, |pending| pending.intent = true),
            Entry::Asked { call, question, action, details, grant, .. } => {
                let asked = Asked {
                    question: *question,
                    action: action.clone(),
                    details: details.clone(),
                    grant: grant.clone(),
                };
                self.with(*call, |pending| {
                    pending.intent = false;
                    pending.answered = None;
                    pending.asked = Some(asked);
                });
            }
            Entry::Answered { call, granted, reply, reason, .. } => {
                let answered = Answered { granted: *granted, reply: reply.clone(), reason: reason.clone() };
                self.with(*call, |pending| {
                    let allowed = pending.asked.clone().filter(|asked| answered.granted && !asked.question);
                    pending.granted.extend(allowed);
                    pending.answered = Some(answered);
                });
            }
            Entry::Result { call, ok, output, .. } => self.result(*call, *ok, output),
            Entry::Note { text } => self.say(Label::Kernel, text),
            Entry::Shrunk => {
                self.shrunk += 1;
                context::shrink(&mut self.messages, self.shrunk);
            }
            Entry::StepLimit { .. } => self.at_limit = true,
            Entry::Extended { extra, .. } => {
                self.extra_steps = *extra;
                self.at_limit = false;
            }
            Entry::LimitReached { key, .. } => self.limit = Some(Limit { key: key.clone(), granted: None }),
            Entry::LimitAnswered { key, granted, .. } => {
                if *granted && key.starts_with(RUNAWAY) {
                    self.repeats.forget();
                }
                self.limit = Some(Limit { key: key.clone(), granted: Some(*granted) });
            }
            Entry::Restored { from, pid, .. } => self.restored(*from, *pid),
            Entry::Finished { outcome, summary, at } => {
                self.end = End::Over(Finished { outcome: *outcome, summary: summary.clone(), at: *at });
            }
        }
    }

    fn reply(&mut self, turn: &Turn) {
        self.attempts = 0;
        self.in_flight = false;
        self.shrunk = 0;
        self.repeats.reply(turn);
        self.messages.push(turn.message());
        let number = self.turn();
        for (index, call) in turn.calls.iter().enumerate() {
            let id = CallId { turn: number, index: index as u32 };
            let pending =
                PendingCall { id, call: call.clone(), intent: false, asked: None, answered: None, granted: Vec::new() };
            self.pending.insert(id, pending);
        }
        if turn.calls.is_empty() {
            self.idle_replies += 1;
            self.step += 1;
        } else {
            self.idle_replies = 0;
        }
    }

    fn result(&mut self, call: CallId, ok: bool, output: &str) {
        let Some(pending) = self.pending.remove(&call) else { return };
        let name = pending.call.name;
        if ok && crate::tools::canonical(&name) == crate::tools::COMPLETE {
            self.end = End::Completing(output.to_owned());
        }
        let content = context::tool_output(&name, output);
        self.messages.push(ChatMessage::Tool { call_id: pending.call.id, name, content, is_error: !ok });
        if self.pending.is_empty() {
            self.step += 1;
            if let Some(text) = self.told_later.take() {
                self.say(Label::Kernel, &text);
            }
        }
    }

    /// What people said to the process before holds for it alone: this one asks again. An end is none any more.
    fn restored(&mut self, from: Pid, pid: Pid) {
        self.attempts = 0;
        self.in_flight = false;
        self.idle_replies = 0;
        self.limit = None;
        self.end = End::NotYet;
        for pending in self.pending.values_mut() {
            pending.asked = None;
            pending.answered = None;
            pending.granted.clear();
        }
        let text = context::restored(from, pid);
        if self.pending.is_empty() {
            self.say(Label::Kernel, &text);
        } else {
            self.told_later = Some(text);
        }
    }

    fn say(&mut self, label: Label, text: &str) {
        self.messages.push(ChatMessage::User { text: context::said(label, text) });
    }

    fn with(&mut self, call: CallId, change: impl FnOnce(&mut PendingCall)) {
        if let Some(pending) = self.pending.get_mut(&call) {
            change(pending);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{StopReason, Usage};
    use serde_json::json;

    fn call(name: &str) -> ToolCall {
        ToolCall {
            id: format!("p_{name}"),
            name: name.to_owned(),
            arguments: json!({}),
            raw_arguments: "{}".to_owned(),
            invalid: None,
            signature: None,
        }
    }

    fn reply(calls: Vec<ToolCall>) -> Entry {
        let usage = Usage { input_tokens: 10, output_tokens: 5 };
        let turn = Turn { text: "so".to_owned(), calls, usage, stop: StopReason::ToolUse };
        Entry::Reply { turn, raw: String::new(), at: 0 }
    }

    fn result(turn: u32, index: u32) -> Entry {
        Entry::Result { call: CallId { turn, index }, ok: true, output: "done".to_owned(), interrupted: false, at: 0 }
    }

    #[test]
    fn a_step_ends_with_the_last_result_of_its_calls() {
        let mut state = State::fold(&[reply(vec![call("list_files"), call("complete")])]);
        assert_eq!((state.pending.len(), state.step), (2, 0));
        state.apply(&result(1, 0));
        assert_eq!((state.step, &state.end), (0, &End::NotYet));
        state.apply(&result(1, 1));
        assert_eq!((state.step, &state.end), (1, &End::Completing("done".to_owned())));
        assert_eq!(state.n, 3);
    }

    #[test]
    fn asking_takes_the_intent_back_because_nothing_has_started() {
        let id = CallId { turn: 1, index: 0 };
        let asked = Entry::Asked {
            call: id,
            question: false,
            action: "run".into(),
            details: String::new(),
            grant: None,
            at: 0,
        };
        let mut state = State::fold(&[reply(vec![call("run_command")]), Entry::Intent { call: id, at: 0 }]);
        assert!(state.pending[&id].intent);
        state.apply(&asked);
        assert!(!state.pending[&id].intent && state.pending[&id].answered.is_none());
        state.apply(&Entry::Answered { call: id, granted: true, reply: None, reason: None, at: 0 });
        assert!(state.pending[&id].answered.as_ref().is_some_and(|answer| answer.granted));
    }

    #[test]
    fn a_restored_run_has_not_ended_and_asks_again_what_was_allowed() {
        let restored = Entry::Restored { from: Pid(5), pid: Pid(9), at: 0 };
        let mut over = State::fold(&[reply(vec![call("complete")]), result(1, 0)]);
        over.apply(&Entry::Finished { outcome: Outcome::Success, summary: "done".into(), at: 0 });
        over.apply(&restored);
        assert_eq!(over.end, End::NotYet);
        assert!(matches!(over.messages.last(), Some(ChatMessage::User { text }) if text.contains("/home/agent_9")));

        let id = CallId { turn: 1, index: 0 };
        let asked = Entry::Asked {
            call: id,
            question: false,
            action: "run".into(),
            details: String::new(),
            grant: None,
            at: 0,
        };
        let answered = Entry::Answered { call: id, granted: true, reply: None, reason: None, at: 0 };
        let mut state = State::fold(&[reply(vec![call("run_command")]), asked, answered]);
        state.apply(&Entry::Intent { call: id, at: 0 });
        state.apply(&restored);
        let pending = &state.pending[&id];
        assert!(pending.intent && pending.asked.is_none() && pending.granted.is_empty(), "{pending:?}");
        assert!(matches!(state.messages.last(), Some(ChatMessage::Assistant { .. })), "calls are answered first");
        state.apply(&result(1, 0));
        assert!(matches!(state.messages.last(), Some(ChatMessage::User { text }) if text.contains("snapshot")));
    }

    #[test]
    fn a_request_without_a_reply_is_in_flight() {
        let request = |attempt| Entry::Request { attempt, same: 0, parts: Vec::new(), at: 0 };
        let mut state = State::fold(&[request(1)]);
        assert!(state.in_flight);
        state.apply(&Entry::RequestFailed { error: "away".into(), at: 0 });
        assert!(!state.in_flight);
        state.apply(&request(2));
        assert_eq!(state.attempts, 2);
        state.apply(&reply(Vec::new()));
        assert_eq!((state.attempts, state.idle_replies, state.step), (0, 1, 1));
    }

    #[test]
    fn entries_survive_the_way_to_disk_and_back() {
        let entries = [
            reply(vec![call("think")]),
            result(1, 0),
            Entry::Shrunk,
            Entry::Finished { outcome: Outcome::Success, summary: "ok".into(), at: 7 },
        ];
        for entry in entries {
            let text = serde_json::to_string(&entry).expect("written");
            assert_eq!(serde_json::from_str::<Entry>(&text).expect("read"), entry);
        }
    }
}
