//! Ids and names of calls as a request may carry them.

use std::collections::HashSet;

use crate::chat::ToolCall;

/// Gives every call of a conversation an id that is its own: generated ids repeat from reply to reply, and a
/// conversation may have been held with several providers.
#[derive(Debug)]
pub(crate) struct CallIds {
    /// What an id may look like here.
    spelling: fn(&str) -> String,
    used: HashSet<String>,
    /// The calls of the last assistant message, in their order.
    current: Vec<Sent>,
    replies: usize,
}

#[derive(Debug)]
struct Sent {
    /// As the conversation has it, where two calls of an older one may have the same.
    call_id: String,
    id: String,
    answered: bool,
}

impl CallIds {
    /// Ids stay as they came: some servers keep data in them that they want back.
    pub fn exact() -> CallIds {
        CallIds::new(str::to_owned)
    }

    /// Ids of letters, digits, `_` and `-` only: the Anthropic API refuses others.
    pub fn plain() -> CallIds {
        CallIds::new(plain)
    }

    fn new(spelling: fn(&str) -> String) -> CallIds {
        CallIds { spelling, used: HashSet::new(), current: Vec::new(), replies: 0 }
    }

    /// Begins an assistant message and gives the ids of its calls in their order.
    pub fn open(&mut self, calls: &[ToolCall]) -> Vec<String> {
        self.replies += 1;
        self.current.clear();
        let mut ids = Vec::with_capacity(calls.len());
        for (place, call) in calls.iter().enumerate() {
            let mut id = (self.spelling)(&call.id);
            let mut suffix = format!("call_{}_{}", self.replies, place + 1);
            while id.is_empty() || self.used.contains(&id) {
                id = suffix.clone();
                suffix.push('x');
            }
            self.used.insert(id.clone());
            self.current.push(Sent { call_id: call.id.clone(), id: id.clone(), answered: false });
            ids.push(id);
        }
        ids
    }

    /// The id under which a result answers a call of the last assistant message: of those that share an id, the first
    /// without a result.
    pub fn answer(&mut self, call_id: &str) -> String {
        match self.current.iter_mut().find(|call| call.call_id == call_id && !call.answered) {
            Some(call) => {
                call.answered = true;
                call.id.clone()
            }
            None => (self.spelling)(call_id),
        }
    }
}

/// A tool's name that every provider accepts: a model may have called for one that never existed.
pub(crate) fn plain_name(name: &str) -> String {
    let name = plain(name);
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

fn plain(text: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
    text.chars().take(64).map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(id: &str) -> ToolCall {
        let arguments = json!({});
        ToolCall {
            id: id.into(),
            name: "t".into(),
            arguments,
            raw_arguments: "{}".into(),
            invalid: None,
            signature: None,
        }
    }

    #[test]
    fn a_repeated_id_is_replaced_and_its_answer_follows() {
        let mut ids = CallIds::plain();
        assert_eq!(ids.open(&[call("call_1"), call("call_2")]), ["call_1", "call_2"]);
        assert_eq!(ids.answer("call_2"), "call_2");
        assert_eq!(ids.open(&[call("call_1"), call("a b/c")]), ["call_2_1", "a_b_c"]);
        assert_eq!((ids.answer("call_1"), ids.answer("a b/c")), ("call_2_1".into(), "a_b_c".into()));
    }

    #[test]
    fn a_replacement_never_meets_an_id_that_is_there() {
        let mut ids = CallIds::plain();
        assert_eq!(ids.open(&[call("call_2_1"), call("")]), ["call_2_1", "call_1_2"]);
        assert_eq!(ids.open(&[call("")]), ["call_2_1x"]);
    }

    #[test]
    fn exact_ids_are_only_replaced_where_they_repeat() {
        let mut ids = CallIds::exact();
        assert_eq!(ids.open(&[call("functions.ls:0"), call("functions.ls:0")]), ["functions.ls:0", "call_1_2"]);
    }

    #[test]
    fn results_of_calls_that_share_an_id_answer_one_each() {
        let mut ids = CallIds::plain();
        assert_eq!(ids.open(&[call("call_2"), call("b"), call("call_2")]), ["call_2", "b", "call_1_3"]);
        assert_eq!(["call_2", "call_2", "b"].map(|id| ids.answer(id)), ["call_2", "call_1_3", "b"]);
    }

    #[test]
    fn names_are_plain() {
        assert_eq!(plain_name("files.read now"), "files_read_now");
        assert_eq!(plain_name(""), "unnamed");
    }
}
