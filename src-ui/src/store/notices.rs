//! Notices: what happened that a person may want to act on.

use std::collections::VecDeque;
use std::rc::Rc;

use aether_protocol::Pid;

/// Notices that are kept.
const KEPT: usize = 100;

/// What a notice is about, and so what can be done from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// An agent waits to be allowed something.
    Approval {
        pid: Pid,
        id: String,
    },
    /// An agent asks something.
    Question {
        pid: Pid,
        id: String,
    },
    Done {
        pid: Pid,
    },
    Failed {
        pid: Pid,
    },
    /// Something that concerns no agent.
    Message,
    /// Something of this screen's that failed.
    Trouble,
}

impl About {
    pub fn pid(&self) -> Option<Pid> {
        match self {
            About::Approval { pid, .. } | About::Question { pid, .. } | About::Done { pid } | About::Failed { pid } => {
                Some(*pid)
            }
            About::Message | About::Trouble => None,
        }
    }

    /// True for what stays on the screen until it is answered.
    pub fn waits(&self) -> bool {
        matches!(self, About::Approval { .. } | About::Question { .. })
    }
}

/// One notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub id: u64,
    pub about: About,
    pub title: String,
    /// A machine's words where it is about an approval: shown as such.
    pub body: String,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    pub read: bool,
    /// True while it is shown over the desktop.
    pub shown: bool,
}

/// Which notices show themselves over the desktop. What waits for the person always does, and what failed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pops {
    /// An agent is done.
    pub done: bool,
    /// An agent has failed.
    pub failed: bool,
}

impl Default for Pops {
    fn default() -> Self {
        Pops { done: true, failed: true }
    }
}

impl Pops {
    fn allows(self, about: &About) -> bool {
        match about {
            About::Done { .. } => self.done,
            About::Failed { .. } => self.failed,
            About::Approval { .. } | About::Question { .. } | About::Message | About::Trouble => true,
        }
    }
}

/// The slice, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Notices {
    all: VecDeque<Rc<Notice>>,
    next: u64,
    pops: Pops,
}

impl Notices {
    pub fn all(&self) -> impl Iterator<Item = &Rc<Notice>> {
        self.all.iter()
    }

    /// The number of the newest there has been.
    pub fn newest(&self) -> u64 {
        self.next
    }

    pub fn unread(&self) -> usize {
        self.all.iter().filter(|notice| !notice.read).count()
    }

    /// Those over the desktop, newest first.
    pub fn shown(&self) -> Vec<Rc<Notice>> {
        self.all.iter().filter(|notice| notice.shown).cloned().collect()
    }

    /// Adds a notice. One about the same approval takes the place of the other.
    pub fn add(&mut self, about: About, title: String, body: String, at: i64) {
        if about.waits() {
            self.all.retain(|notice| notice.about != about);
        }
        self.next += 1;
        let shown = self.pops.allows(&about);
        self.all.push_front(Rc::new(Notice { id: self.next, about, title, body, at, read: false, shown }));
        self.all.truncate(KEPT);
    }

    /// Says which notices show themselves from now on.
    pub fn set_pops(&mut self, pops: Pops) {
        self.pops = pops;
    }

    /// Takes a notice off the desktop; it stays in the list.
    pub fn hide(&mut self, id: u64) {
        self.change(|notice| notice.id == id, |notice| notice.shown = false);
    }

    /// Removes a notice for good.
    pub fn dismiss(&mut self, id: u64) {
        self.all.retain(|notice| notice.id != id);
    }

    pub fn clear(&mut self) {
        self.all.clear();
    }

    pub fn mark_read(&mut self) {
        self.change(|notice| !notice.read, |notice| notice.read = true);
    }

    /// An approval or question is settled: what asked for it goes.
    pub fn settled(&mut self, approval: &str) {
        self.all.retain(|notice| match &notice.about {
            About::Approval { id, .. } | About::Question { id, .. } => id != approval,
            About::Done { .. } | About::Failed { .. } | About::Message | About::Trouble => true,
        });
    }

    /// Takes away what asks for something that is no longer open.
    pub fn keep_open(&mut self, open: &[String]) {
        self.all.retain(|notice| match &notice.about {
            About::Approval { id, .. } | About::Question { id, .. } => open.contains(id),
            About::Done { .. } | About::Failed { .. } | About::Message | About::Trouble => true,
        });
    }

    fn change(&mut self, which: impl Fn(&Notice) -> bool, change: impl Fn(&mut Notice)) {
        for notice in self.all.iter_mut().filter(|notice| which(notice)) {
            change(Rc::make_mut(notice));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn approval(id: &str) -> About {
        About::Approval { pid: Pid(2), id: id.to_owned() }
    }

    #[test]
    fn one_approval_has_one_notice_which_goes_when_it_is_settled() {
        let mut notices = Notices::default();
        notices.add(approval("a"), "Coder".into(), "rm".into(), 1);
        notices.add(approval("a"), "Coder".into(), "rm".into(), 2);
        notices.add(About::Done { pid: Pid(2) }, "Done".into(), String::new(), 3);
        assert_eq!(notices.all().count(), 2);
        notices.keep_open(&["a".to_owned()]);
        assert_eq!(notices.all().count(), 2);
        notices.settled("a");
        assert_eq!(notices.all().count(), 1);
    }

    #[test]
    fn what_a_person_does_not_want_shown_is_in_the_list_only() {
        let mut notices = Notices::default();
        notices.set_pops(Pops { done: false, failed: true });
        notices.add(About::Done { pid: Pid(2) }, "Done".into(), String::new(), 1);
        notices.add(approval("a"), "Coder".into(), "rm".into(), 2);
        assert_eq!((notices.all().count(), notices.shown().len(), notices.unread()), (2, 1, 2));
    }

    #[test]
    fn a_hidden_notice_stays_unread_in_the_list() {
        let mut notices = Notices::default();
        notices.add(About::Message, "Hello".into(), String::new(), 1);
        let id = notices.all().next().expect("added").id;
        notices.hide(id);
        assert_eq!((notices.shown().len(), notices.unread()), (0, 1));
        notices.mark_read();
        assert_eq!(notices.unread(), 0);
        notices.dismiss(id);
        assert_eq!(notices.all().count(), 0);
    }
}
