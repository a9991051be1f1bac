//! The person at the terminal.

use std::io::IsTerminal;

use aether_protocol::domains::agent::ApprovalKind;
use tokio::sync::mpsc;

use crate::answer::Word;

/// Whoever answers where we are, if someone does.
pub struct Person {
    here: bool,
    /// What is typed; absent until something is asked, so that what runs beside us keeps the terminal.
    lines: Option<mpsc::UnboundedReceiver<String>>,
}

impl Person {
    pub fn here() -> Person {
        Person { here: std::io::stdin().is_terminal(), lines: None }
    }

    pub fn is_here(&self) -> bool {
        self.here
    }

    /// The terminal has closed, or nobody was there.
    pub fn left(&mut self) {
        self.here = false;
    }

    /// Begins to listen for an answer. What was typed before the question stood there was not meant for it.
    pub fn listen(&mut self) {
        #[cfg(unix)]
        let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
        let lines = self.lines.get_or_insert_with(read);
        while lines.try_recv().is_ok() {}
    }

    /// The next line; `None` once there will be no more.
    pub async fn line(&mut self) -> Option<String> {
        self.lines.as_mut()?.recv().await
    }
}

/// Reads on a thread of its own, which ends with the program: a read of a terminal cannot be called off.
fn read() -> mpsc::UnboundedReceiver<String> {
    let (typed, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() || line.is_ok_and(|line| typed.send(line).is_err()) {
                return;
            }
        }
    });
    lines
}

/// What a typed line says to a request; `None` if it says nothing yet.
pub fn word(kind: ApprovalKind, line: &str) -> Option<Word> {
    let line = line.trim();
    match kind {
        ApprovalKind::Question => (!line.is_empty()).then(|| Word::Text(line.to_owned())),
        ApprovalKind::Action => Some(match line.to_lowercase().as_str() {
            "y" | "yes" => Word::Yes,
            "" | "n" | "no" => Word::No(None),
            _ => Word::No(Some(line.to_owned())),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_allows_and_what_else_is_typed_is_the_reason() {
        let action = |line| word(ApprovalKind::Action, line);
        assert_eq!(action(" Yes \n"), Some(Word::Yes));
        assert_eq!(action("y"), Some(Word::Yes));
        assert_eq!(action(""), Some(Word::No(None)));
        assert_eq!(action("NO"), Some(Word::No(None)));
        assert_eq!(action("yes but not now"), Some(Word::No(Some("yes but not now".to_owned()))));
        assert_eq!(word(ApprovalKind::Question, "  "), None);
        assert_eq!(word(ApprovalKind::Question, "y"), Some(Word::Text("y".to_owned())));
    }
}
