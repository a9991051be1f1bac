//! Runaways: an agent that does the same again and again. A fold of the journal, so that a restart sees the same.

use std::collections::VecDeque;

use crate::chat::Turn;
use crate::tools;

/// The longest circle that is looked for, in calls.
const LONGEST: usize = 3;
/// What is remembered, in calls; the most times that can be asked for follow from it.
const KEPT: usize = 96;

/// What one call, or a reply without calls, does; equal where two do the same.
type Mark = blake3::Hash;

/// What an agent has done lately.
#[derive(Debug, Clone, Default)]
pub struct Repeats {
    /// The latest last.
    done: VecDeque<(Mark, String)>,
}

/// A circle an agent goes round in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// What it does in one round, by name.
    pub does: Vec<String>,
    pub times: usize,
}

impl Repeats {
    /// Takes the next reply.
    pub fn reply(&mut self, turn: &Turn) {
        if turn.calls.is_empty() {
            self.take("reply", turn.text.trim());
        }
        for call in &turn.calls {
            let mut arguments = call.arguments.clone();
            arguments.sort_all_objects();
            self.take(tools::canonical(&call.name), &arguments.to_string());
        }
    }

    /// Something new has come from outside, and what is done about it is no repetition.
    pub fn forget(&mut self) {
        self.done.clear();
    }

    /// The shortest circle that the agent has gone round this many times, if it has; zero times is never.
    pub fn circle(&self, times: u32) -> Option<Circle> {
        let times = usize::try_from(times).unwrap_or(usize::MAX).min(KEPT / LONGEST);
        (1..=LONGEST).filter(|_| times > 1).find_map(|length| {
            let start = self.done.len().checked_sub(length * times)?;
            let round = self.done.range(start..);
            let again = self.done.range(start + length..);
            let same = round.zip(again).all(|((one, _), (other, _))| one == other);
            let does = || self.done.range(self.done.len() - length..).map(|(_, name)| name.clone()).collect();
            same.then(|| Circle { does: does(), times })
        })
    }

    fn take(&mut self, name: &str, what: &str) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(name.as_bytes()).update(&[0]).update(what.as_bytes());
        self.done.push_back((hasher.finalize(), name.to_owned()));
        if self.done.len() > KEPT {
            self.done.pop_front();
        }
    }
}

impl Circle {
    /// What happened, for a person and for the model.
    pub fn told(&self) -> String {
        let Circle { does, times } = self;
        match does.as_slice() {
            [only] if only == "reply" => format!("the same reply {times} times in a row"),
            [only] => format!("the same call of {only} with the same arguments {times} times in a row"),
            round => format!("the same round of {} with the same arguments {times} times in a row", round.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{StopReason, ToolCall, Usage};
    use serde_json::{Value, json};

    fn turn(text: &str, calls: &[(&str, Value)]) -> Turn {
        let call = |(name, arguments): &(&str, Value)| ToolCall {
            id: String::new(),
            name: (*name).to_owned(),
            arguments: arguments.clone(),
            raw_arguments: arguments.to_string(),
            invalid: None,
            signature: None,
        };
        let usage = Usage { input_tokens: 0, output_tokens: 0 };
        Turn { text: text.to_owned(), calls: calls.iter().map(call).collect(), usage, stop: StopReason::ToolUse }
    }

    fn after(turns: &[Turn]) -> Repeats {
        let mut repeats = Repeats::default();
        turns.iter().for_each(|turn| repeats.reply(turn));
        repeats
    }

    #[test]
    fn the_same_call_is_a_circle_when_it_was_made_often_enough() {
        let look = |path: &str| turn("again", &[("read_file", json!({ "path": path, "limit": 3 }))]);
        let four = after(&[look("a"), look("a"), look("a"), look("a")]);
        assert_eq!(four.circle(5), None);
        assert_eq!(four.circle(4).expect("a circle").does, ["read_file"]);
        assert_eq!((four.circle(0), four.circle(1)), (None, None), "never, and nonsense");
        assert_eq!(after(&[look("a"), look("a"), look("b"), look("a"), look("a")]).circle(3), None);
        let other_order = turn("", &[("read_file", json!({ "limit": 3, "path": "a" }))]);
        assert!(after(&[look("a"), other_order, look("a")]).circle(3).is_some(), "what is said beside it is no matter");
        let at_once = after(&[turn("", &vec![("think", json!({})); 5])]);
        assert!(at_once.circle(5).expect("a circle").told().contains("call of think with the same arguments 5 times"));
    }

    #[test]
    fn pairs_and_idle_replies_are_circles_too() {
        let pair = [turn("", &[("a", json!({}))]), turn("", &[("b", json!({}))])];
        let rounds = |times: usize| after(&pair.iter().cycle().take(2 * times).cloned().collect::<Vec<_>>());
        assert_eq!(rounds(4).circle(5), None);
        assert_eq!(rounds(5).circle(5), Some(Circle { does: vec!["a".into(), "b".into()], times: 5 }));
        let idle = turn("I am done.", &[]);
        assert_eq!(after(&[idle.clone(), idle.clone()]).circle(2).expect("a circle").does, ["reply"]);
        assert_eq!(after(&[idle, turn("No.", &[])]).circle(2), None);
    }

    #[test]
    fn news_begin_it_anew_and_old_things_are_forgotten() {
        let same = turn("", &[("think", json!({}))]);
        let mut repeats = after(&[same.clone(), same.clone()]);
        repeats.forget();
        repeats.reply(&same);
        assert_eq!(repeats.circle(2), None);
        (0..2 * KEPT).for_each(|_| repeats.reply(&same));
        assert_eq!(repeats.done.len(), KEPT);
        assert!(repeats.circle(u32::MAX).is_some(), "as many as are remembered");
    }
}
