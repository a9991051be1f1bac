//! A reply while it is being received.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::DeltaSink;
use crate::chat::{Delta, StopReason, ToolCall, Turn, Usage};

/// What has arrived of a reply. Each format's reader fills it; deltas go out as it grows.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    text: String,
    calls: Vec<CallDraft>,
    pub usage: Usage,
    /// Set once the provider has said why the reply ended; without it the reply is cut off.
    pub stop: Option<StopReason>,
    /// Nothing of the reply can follow.
    pub closed: bool,
}

/// A call while its arguments are being received.
#[derive(Debug, Default)]
struct CallDraft {
    id: String,
    name: String,
    raw: String,
    signature: Option<String>,
}

impl Draft {
    pub fn text(&mut self, piece: &str, sink: &mut dyn DeltaSink) {
        if !piece.is_empty() {
            self.text.push_str(piece);
            sink.delta(Delta::Text(piece.to_owned()));
        }
    }

    /// Begins a call and gives its place. An empty id is filled in at the end.
    pub fn open_call(&mut self, id: &str, name: &str, sink: &mut dyn DeltaSink) -> usize {
        self.calls.push(CallDraft { id: id.to_owned(), ..CallDraft::default() });
        let place = self.calls.len() - 1;
        self.name_call(place, name, sink);
        place
    }

    /// Names a call that was begun without a name. Later names are ignored: some servers repeat it in every fragment.
    pub fn name_call(&mut self, place: usize, name: &str, sink: &mut dyn DeltaSink) {
        if let Some(call) = self.calls.get_mut(place)
            && call.name.is_empty()
            && !name.is_empty()
        {
            call.name = name.to_owned();
            sink.delta(Delta::CallStarted { name: name.to_owned() });
        }
    }

    /// Adds to the arguments of a call: a fragment of their text, or all of them as an object.
    pub fn arguments(&mut self, place: usize, arguments: &Value) {
        if let Some(call) = self.calls.get_mut(place) {
            match arguments {
                Value::Null => {}
                Value::String(fragment) => call.raw.push_str(fragment),
                whole => call.raw.push_str(&whole.to_string()),
            }
        }
    }

    pub fn sign_call(&mut self, place: usize, signature: Option<&str>) {
        if let Some(call) = self.calls.get_mut(place) {
            call.signature = signature.map(str::to_owned);
        }
    }

    pub fn call_id(&self, place: usize) -> &str {
        self.calls.get(place).map_or("", |call| &call.id)
    }

    /// The reply as it is now.
    pub fn finish(self) -> Turn {
        let stop = self.stop.unwrap_or_default();
        let drafts: Vec<CallDraft> =
            self.calls.into_iter().filter(|draft| !draft.name.is_empty() || !draft.raw.is_empty()).collect();
        let mut calls: Vec<ToolCall> = Vec::with_capacity(drafts.len());
        for (id, draft) in own_ids(&drafts).into_iter().zip(drafts) {
            let (arguments, invalid) = match read_arguments(&draft.raw, stop) {
                Ok(arguments) => (arguments, None),
                Err(reason) => (Map::new(), Some(reason)),
            };
            calls.push(ToolCall {
                id,
                name: draft.name,
                arguments: Value::Object(arguments),
                raw_arguments: draft.raw,
                invalid,
                signature: draft.signature,
            });
        }
        // Several servers end a reply with calls as if it were an ordinary one.
        let stop = if stop == StopReason::EndTurn && !calls.is_empty() { StopReason::ToolUse } else { stop };
        Turn { text: self.text, calls, usage: self.usage, stop }
    }
}

/// An id for every call that no other of them has. The first that came with an id keeps it.
fn own_ids(calls: &[CallDraft]) -> Vec<String> {
    let mut taken: HashSet<String> = calls.iter().map(|call| call.id.clone()).collect();
    let mut kept = HashSet::new();
    let mut ids = Vec::with_capacity(calls.len());
    for (place, call) in calls.iter().enumerate() {
        if !call.id.is_empty() && kept.insert(&call.id) {
            ids.push(call.id.clone());
            continue;
        }
        let mut number = place + 1;
        while !taken.insert(format!("call_{number}")) {
            number += 1;
        }
        ids.push(format!("call_{number}"));
    }
    ids
}

/// Reads arguments as an object; nothing and `null` mean none. The reason of a failure is for the model.
fn read_arguments(raw: &str, stop: StopReason) -> Result<Map<String, Value>, String> {
    if raw.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(raw) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err("The arguments are not a JSON object.".to_owned()),
        Err(error) if error.is_eof() && stop == StopReason::MaxTokens => {
            Err("The reply reached its token limit inside the arguments. Send less in one call.".to_owned())
        }
        Err(error) => Err(format!("The arguments are not valid JSON: {error}.")),
    }
}

#[cfg(test)]
mod tests;
