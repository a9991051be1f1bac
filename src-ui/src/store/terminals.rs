//! Shells that have ended, as far as anybody may still look at what they left.

use std::collections::VecDeque;

use aether_protocol::TtyId;

/// Endings that are remembered: more than a person has terminals open.
const KEPT: usize = 128;

/// The slice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terminals {
    ended: VecDeque<(TtyId, Option<i32>)>,
}

impl Terminals {
    /// Whether the shell of a terminal has ended while this screen was there, and by which code.
    pub fn ended(&self, id: &TtyId) -> Option<Option<i32>> {
        self.ended.iter().find(|(ended, _)| ended == id).map(|(_, code)| *code)
    }

    /// Takes in that a shell has ended.
    pub fn end(&mut self, id: TtyId, code: Option<i32>) {
        if self.ended(&id).is_some() {
            return;
        }
        self.ended.push_back((id, code));
        if self.ended.len() > KEPT {
            self.ended.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_remembered_once_and_not_for_ever() {
        let mut terminals = Terminals::default();
        terminals.end("tty_1".into(), Some(0));
        terminals.end("tty_1".into(), Some(1));
        assert_eq!(terminals.ended(&"tty_1".into()), Some(Some(0)));
        for n in 0..KEPT {
            terminals.end(format!("later_{n}").into(), None);
        }
        assert_eq!(terminals.ended(&"tty_1".into()), None);
        assert_eq!(terminals.ended(&"later_0".into()), Some(None));
    }
}
