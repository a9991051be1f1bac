//! The trajectory: journal entries as a person wants to see them. A fold like the state of a run, and as pure.

use std::collections::BTreeMap;

use aether_protocol::domains::agent::{Origin, TrajectoryEntry, TrajectoryKind as Kind};
use serde_json::{Value, json};

use crate::chat::Turn;
use crate::context;
use crate::entry::{CallId, Entry};
use crate::tools;

/// Bytes of a text, and of the strings in a call's arguments, that are shown.
const SHOWN: usize = 64 * 1024;
/// Characters of the line that says what an agent is doing.
const BRIEF: usize = 160;

/// What an entry tells a person, and what it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub entry: TrajectoryEntry,
    /// What the agent is doing or last did, on one line.
    pub brief: Option<String>,
    pub spent: Option<Spent>,
}

/// What one reply has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// `provider:model`.
    pub model: String,
    pub input_tokens: u64,
    pub output_tokens: u64,
}

#[derive(Debug, Clone)]
struct Call {
    tool: String,
    args: Value,
    /// When it began to run.
    began: Option<u64>,
    question: bool,
}

/// Tells the entries of one journal, in their order.
#[derive(Debug, Clone, Default)]
pub struct Trajectory {
    n: u64,
    /// The time of the latest entry that had one.
    at: u64,
    began: u64,
    requested: Option<u64>,
    model: String,
    /// Steps done.
    steps: u32,
    replies: u32,
    /// Calls without a result.
    calls: BTreeMap<CallId, Call>,
}

impl Trajectory {
    /// Where it stands after these entries.
    pub fn fold(entries: &[Entry]) -> Trajectory {
        let mut story = Trajectory::default();
        entries.iter().for_each(|entry| drop(story.tell(entry)));
        story
    }

    /// Takes the next entry, and tells it if a person wants to see it.
    pub fn tell(&mut self, entry: &Entry) -> Option<Told> {
        let n = self.n;
        self.n += 1;
        if let Some(at) = time_of(entry) {
            self.at = at;
        }
        match entry {
            Entry::Request { at, .. } => {
                self.requested = Some(*at);
                None
            }
            Entry::Started { .. } => self.started(n, entry),
            Entry::Messages { messages } => {
                let said = messages.iter().map(|message| message.content.as_str()).collect::<Vec<_>>().join("\n\n");
                let from = messages.iter().find_map(|message| message.from.as_ref());
                let origin = if from.is_some() { Origin::Agent } else { Origin::User };
                let mut told = self.text(n, self.steps, Kind::Message, origin, &said);
                told.args = from.map(|from| {
                    json!({ "fromPid": from.pid, "fromUid": from.pid.uid(), "channel": from.channel, "messageId": from.message_id })
                });
                Some(plain(told))
            }
            Entry::RequestFailed { error, .. } => {
                let told = self.text(n, self.steps + 1, Kind::Failure, Origin::Kernel, error);
                Some(with_brief(told, error))
            }
            Entry::Reply { turn, .. } => Some(self.reply(n, turn)),
            Entry::Intent { call, .. } => self.intent(n, *call),
            Entry::Asked { call, question, action, details, .. } => {
                Some(self.asked(n, *call, *question, action, details))
            }
            Entry::Answered { call, granted, reply, reason, .. } => {
                let question = self.calls.get(call).is_some_and(|call| call.question);
                let told = self.answer(n, *granted, reply.as_deref(), reason.clone());
                Some(plain(TrajectoryEntry { question: Some(question), ..self.of_call(*call, told) }))
            }
            Entry::Result { call, ok, output, interrupted, .. } => {
                Some(self.result(n, *call, *ok, output, *interrupted))
            }
            Entry::Restored { from, .. } => {
                let text = format!("Goes on from a snapshot of {}.", from.uid());
                Some(with_brief(self.text(n, self.steps, Kind::Note, Origin::Kernel, &text), &text))
            }
            Entry::Note { text } => Some(plain(self.text(n, self.steps, Kind::Note, Origin::Kernel, text))),
            Entry::Shrunk => {
                let text = "Older tool output was left out, to fit the model's context.";
                Some(plain(self.text(n, self.steps + 1, Kind::Shrunk, Origin::Kernel, text)))
            }
            Entry::StepLimit { steps, .. } => {
                let text = format!("The {steps} steps are used up.");
                Some(with_brief(self.text(n, self.steps, Kind::StepLimit, Origin::Kernel, &text), &text))
            }
            Entry::Extended { extra, .. } => {
                let text = format!("A person granted more steps: {extra} in all.");
                Some(plain(self.text(n, self.steps, Kind::Extended, Origin::Kernel, &text)))
            }
            Entry::LimitReached { action, details, .. } => {
                let mut told = self.text(n, self.steps, Kind::Approval, Origin::Kernel, action);
                told.args = serde_json::from_str(details).ok();
                Some(with_brief(told, action))
            }
            Entry::LimitAnswered { granted, reason, .. } => Some(plain(self.answer(n, *granted, None, reason.clone()))),
            Entry::Finished { outcome, summary, at } => {
                let origin = match outcome {
                    aether_protocol::domains::agent::Outcome::Success => Origin::Model,
                    _ => Origin::Kernel,
                };
                let mut told = self.text(n, self.steps, Kind::Finished, origin, summary);
                told.outcome = Some(*outcome);
                told.duration_ms = Some(at.saturating_sub(self.began));
                Some(with_brief(told, summary))
            }
        }
    }

    fn started(&mut self, n: u64, entry: &Entry) -> Option<Told> {
        let Entry::Started { at, role, goal, model, max_steps, max_tokens, tools } = entry else { return None };
        self.began = *at;
        self.model.clone_from(model);
        let mut told = self.text(n, 0, Kind::Started, Origin::User, goal);
        told.args = Some(json!({
            "role": role, "model": model, "maxSteps": max_steps, "maxTokens": max_tokens, "tools": tools,
        }));
        Some(plain(told))
    }

    fn reply(&mut self, n: u64, turn: &Turn) -> Told {
        self.replies += 1;
        let step = self.steps + 1;
        if turn.calls.is_empty() {
            self.steps = step;
        }
        for (index, call) in turn.calls.iter().enumerate() {
            let id = CallId { turn: self.replies, index: index as u32 };
            let tool = tools::canonical(&call.name).to_owned();
            self.calls.insert(id, Call { tool, args: call.arguments.clone(), began: None, question: false });
        }
        let text = turn.text.trim();
        let mut told = self.text(n, step, Kind::Thought, Origin::Model, text);
        told.input_tokens = Some(turn.usage.input_tokens);
        told.output_tokens = Some(turn.usage.output_tokens);
        told.duration_ms = self.requested.take().map(|requested| self.at.saturating_sub(requested));
        let spent = Spent {
            model: self.model.clone(),
            input_tokens: turn.usage.input_tokens,
            output_tokens: turn.usage.output_tokens,
        };
        Told { spent: Some(spent), ..with_brief(told, text) }
    }

    fn intent(&mut self, n: u64, id: CallId) -> Option<Told> {
        let at = self.at;
        let call = self.calls.get_mut(&id)?;
        call.began = Some(at);
        let line = format!("{}: {}", call.tool, gist(&call.args));
        let (args, cut) = shown_args(&call.args);
        let told = self.of_call(id, self.entry(n, self.steps + 1, Kind::Action, Origin::Model));
        let told = TrajectoryEntry { args: Some(args), truncated: cut.then_some(true), ..told };
        Some(with_brief(told, &line))
    }

    fn asked(&mut self, n: u64, id: CallId, question: bool, action: &str, details: &str) -> Told {
        if let Some(call) = self.calls.get_mut(&id) {
            call.question = question;
            call.began = None;
        }
        let (kind, origin) = if question { (Kind::Question, Origin::Model) } else { (Kind::Approval, Origin::Kernel) };
        let mut told = self.of_call(id, self.text(n, self.steps + 1, kind, origin, action));
        told.question = Some(question);
        if let Ok(details) = serde_json::from_str::<Value>(details) {
            let (args, cut) = shown_args(&details);
            told.args = Some(args);
            told.truncated = told.truncated.or(cut.then_some(true));
        }
        with_brief(told, &format!("Asks: {action}"))
    }

    fn answer(&self, n: u64, granted: bool, reply: Option<&str>, reason: Option<String>) -> TrajectoryEntry {
        let mut told = self.text(n, self.steps + 1, Kind::Answer, Origin::User, reply.unwrap_or_default());
        told.granted = Some(granted);
        told.reason = reason;
        told
    }

    fn result(&mut self, n: u64, id: CallId, ok: bool, output: &str, interrupted: bool) -> Told {
        let step = self.steps + 1;
        let call = self.calls.get(&id);
        let tool = call.map(|call| call.tool.clone()).unwrap_or_default();
        let origin = match call {
            Some(call) if call.question => Origin::User,
            Some(Call { began: Some(_), .. }) if !interrupted => tools::origin(&tool),
            // Nothing ran that could have written it.
            _ => Origin::Kernel,
        };
        let duration = call.and_then(|call| call.began).filter(|_| !interrupted);
        let mut told = self.of_call(id, self.text(n, step, Kind::Observation, origin, output));
        told.ok = Some(ok);
        told.interrupted = interrupted.then_some(true);
        told.duration_ms = duration.map(|began| self.at.saturating_sub(began));
        self.calls.remove(&id);
        if self.calls.is_empty() {
            self.steps = step;
        }
        let start: String = output.chars().take(4 * BRIEF).collect();
        with_brief(told, &format!("{tool}: {start}"))
    }

    fn entry(&self, n: u64, step: u32, kind: Kind, origin: Origin) -> TrajectoryEntry {
        TrajectoryEntry::new(n, self.at, step, kind, origin)
    }

    fn text(&self, n: u64, step: u32, kind: Kind, origin: Origin, text: &str) -> TrajectoryEntry {
        let (text, cut) = shown(text, SHOWN);
        let text = (!text.is_empty()).then_some(text);
        TrajectoryEntry { text, truncated: cut.then_some(true), ..self.entry(n, step, kind, origin) }
    }

    fn of_call(&self, id: CallId, told: TrajectoryEntry) -> TrajectoryEntry {
        let tool = self.calls.get(&id).map(|call| call.tool.clone());
        TrajectoryEntry { tool, call_id: Some(id.to_string()), ..told }
    }
}

fn plain(entry: TrajectoryEntry) -> Told {
    Told { entry, brief: None, spent: None }
}

fn with_brief(entry: TrajectoryEntry, text: &str) -> Told {
    let line = context::brief(text, BRIEF);
    Told { entry, brief: (!line.is_empty()).then_some(line), spent: None }
}

/// When it happened, for entries that say so.
fn time_of(entry: &Entry) -> Option<u64> {
    let at = match entry {
        Entry::Messages { messages } => messages.last()?.timestamp,
        Entry::Started { at, .. }
        | Entry::Request { at, .. }
        | Entry::RequestFailed { at, .. }
        | Entry::Reply { at, .. }
        | Entry::Intent { at, .. }
        | Entry::Asked { at, .. }
        | Entry::Answered { at, .. }
        | Entry::Result { at, .. }
        | Entry::StepLimit { at, .. }
        | Entry::Extended { at, .. }
        | Entry::LimitReached { at, .. }
        | Entry::LimitAnswered { at, .. }
        | Entry::Restored { at, .. }
        | Entry::Finished { at, .. } => *at,
        Entry::Note { .. } | Entry::Shrunk => return None,
    };
    // Journals of earlier versions keep no time for some of them.
    (at > 0).then_some(at)
}

/// The beginning and the end of a text within so many bytes, and whether that is less than all of it.
fn shown(text: &str, limit: usize) -> (String, bool) {
    if text.len() <= limit {
        return (text.to_owned(), false);
    }
    let head = text.floor_char_boundary(limit / 4 * 3);
    let tail = text.ceil_char_boundary(text.len() - limit / 4);
    let (start, end) = (&text[..head], &text[tail..]);
    (format!("{start}\n[... {} bytes left out ...]\n{end}", tail - head), true)
}

/// Arguments with their strings within the limit together, and whether any was longer.
fn shown_args(args: &Value) -> (Value, bool) {
    fn within(value: &mut Value, left: &mut usize, cut: &mut bool) {
        match value {
            Value::String(text) => {
                if text.len() > *left {
                    *text = shown(text, *left).0;
                    *cut = true;
                }
                *left = left.saturating_sub(text.len());
            }
            Value::Array(items) => items.iter_mut().for_each(|item| within(item, left, cut)),
            Value::Object(members) => members.values_mut().for_each(|member| within(member, left, cut)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let (mut args, mut left, mut cut) = (args.clone(), SHOWN, false);
    within(&mut args, &mut left, &mut cut);
    (args, cut)
}

/// The argument that says most of a call: its first string.
fn gist(args: &Value) -> String {
    const TELLING: [&str; 6] = ["command", "path", "url", "question", "thought", "summary"];
    let text = |value: &Value| value.as_str().map(|text| text.chars().take(4 * BRIEF).collect::<String>());
    let Some(members) = args.as_object() else { return String::new() };
    let telling = TELLING.iter().find_map(|name| members.get(*name).and_then(text));
    telling.or_else(|| members.values().find_map(text)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
