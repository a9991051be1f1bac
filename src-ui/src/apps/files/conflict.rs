//! A name that is taken where something should go, and what a person wants then.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;

use crate::store::Slice;

/// What is done where a name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Replace,
    KeepBoth,
    Skip,
}

/// A choice, and whether it is for all that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub choice: Choice,
    pub all: bool,
}

/// One question.
pub struct Conflict {
    pub name: String,
    pub folder: String,
    /// A folder stands in the way of a file, or the other way round: it cannot be replaced.
    pub may_replace: bool,
    /// More follow that could be answered the same way.
    pub more: bool,
    answer: RefCell<Option<oneshot::Sender<Answer>>>,
}

/// The questions that wait for an answer, the first one shown.
#[derive(Clone, Default, PartialEq)]
pub struct Conflicts(Slice<Vec<Shared>>);

/// One question; equal to itself alone.
#[derive(Clone)]
pub struct Shared(pub Rc<Conflict>);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Conflicts {
    pub fn slice(&self) -> &Slice<Vec<Shared>> {
        &self.0
    }

    /// Asks, and waits for the answer. A window that is closed skips.
    pub async fn ask(&self, name: &str, folder: &str, may_replace: bool, more: bool) -> Answer {
        let (answer, answered) = oneshot::channel();
        let conflict = Conflict {
            name: name.to_owned(),
            folder: folder.to_owned(),
            may_replace,
            more,
            answer: RefCell::new(Some(answer)),
        };
        self.0.update(|asked| asked.push(Shared(Rc::new(conflict))));
        answered.await.unwrap_or(Answer { choice: Choice::Skip, all: true })
    }

    /// Answers the question that is shown.
    pub fn answer(&self, answer: Answer) {
        let Some(first) = self.0.get().first().cloned() else { return };
        self.0.update(|asked| drop(asked.remove(0)));
        if let Some(waiting) = first.0.answer.borrow_mut().take() {
            // Whoever asked may be gone by now.
            let _ = waiting.send(answer);
        }
    }

    /// Nobody is there to answer any more.
    pub fn give_up(&self) {
        self.0.set(Vec::new());
    }
}
