//! Trajectories: for every agent that is looked at, what it has been through.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use aether_protocol::domains::agent::{Trajectory, TrajectoryEntry};
use aether_protocol::{Pid, WireError};

use super::Slice;

/// How much of it is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Known {
    #[default]
    Nothing,
    Loading,
    /// Everything from the first known entry on.
    Since,
    Failed(WireError),
}

/// One agent's trajectory: a stretch without holes that ends with the newest entry.
#[derive(Debug, Clone, Default)]
pub struct Track {
    entries: Vec<Rc<TrajectoryEntry>>,
    pub known: Known,
    /// True if there is nothing before the first entry.
    pub whole: bool,
    /// The last entry that was known when the link was opened again: some may be missing after it.
    hole: Option<u64>,
}

impl Track {
    pub fn entries(&self) -> &[Rc<TrajectoryEntry>] {
        &self.entries
    }

    pub fn last(&self) -> Option<u64> {
        self.entries.last().map(|entry| entry.n)
    }

    pub fn first(&self) -> Option<u64> {
        self.entries.first().map(|entry| entry.n)
    }

    /// The entry after which something may be missing.
    pub fn missing_after(&self) -> Option<u64> {
        self.hole.or(self.last())
    }

    /// Nothing is missing any more.
    pub fn complete(&mut self) {
        self.hole = None;
    }

    /// Takes in an entry where it belongs; one that is known is replaced.
    pub fn insert(&mut self, entry: TrajectoryEntry) {
        match self.entries.binary_search_by_key(&entry.n, |known| known.n) {
            Ok(place) => self.entries[place] = Rc::new(entry),
            Err(place) => self.entries.insert(place, Rc::new(entry)),
        }
    }

    /// Takes in a page. `from_start` says that nothing comes before it.
    pub fn take_in(&mut self, page: Trajectory) {
        for entry in page.entries {
            self.insert(entry);
        }
        self.whole = self.whole || self.entries.len() as u64 >= page.total;
        self.known = Known::Since;
    }
}

/// The trajectories that somebody looks at.
#[derive(Clone, Default)]
pub struct Trajectories(Rc<RefCell<HashMap<Pid, Slice<Track>>>>);

impl Trajectories {
    /// The slice of one agent, made where there is none.
    pub fn of(&self, pid: Pid) -> Slice<Track> {
        self.0.borrow_mut().entry(pid).or_default().clone()
    }

    /// Takes in an entry that has just been written, if the agent is looked at.
    pub fn heard(&self, pid: Pid, entry: TrajectoryEntry) {
        let slice = self.0.borrow().get(&pid).cloned();
        if let Some(slice) = slice {
            slice.update(|track| track.insert(entry));
        }
    }

    /// The link is open again: what is heard from now on may lie beyond a hole.
    pub(super) fn reopened(&self) {
        for slice in self.0.borrow().values() {
            slice.update(|track| track.hole = track.hole.or(track.last()));
        }
    }

    /// The agents that are looked at.
    pub fn pids(&self) -> Vec<Pid> {
        self.0.borrow().keys().copied().collect()
    }

    /// Forgets everything: somebody else has signed in.
    pub fn clear(&self) {
        for slice in self.0.borrow().values() {
            slice.set(Track::default());
        }
    }
}

#[cfg(test)]
mod tests {
    use aether_protocol::domains::agent::{Origin, TrajectoryKind};

    use super::*;

    fn entry(n: u64) -> TrajectoryEntry {
        TrajectoryEntry::new(n, n, 1, TrajectoryKind::Thought, Origin::Model)
    }

    fn numbers(track: &Track) -> Vec<u64> {
        track.entries().iter().map(|entry| entry.n).collect()
    }

    #[test]
    fn pages_and_live_entries_come_together_in_order_and_once() {
        let mut track = Track::default();
        track.insert(entry(9));
        track.take_in(Trajectory { entries: vec![entry(4), entry(7), entry(9)], total: 5 });
        assert_eq!(numbers(&track), [4, 7, 9]);
        assert!(!track.whole);
        track.take_in(Trajectory { entries: vec![entry(1), entry(3)], total: 5 });
        assert_eq!(numbers(&track), [1, 3, 4, 7, 9]);
        assert!(track.whole);
    }

    #[test]
    fn what_was_missed_while_the_link_was_lost_is_asked_for_though_newer_entries_came_first() {
        let all = Trajectories::default();
        all.of(Pid(2)).update(|track| track.take_in(Trajectory { entries: vec![entry(1), entry(2)], total: 2 }));
        all.reopened();
        all.heard(Pid(2), entry(9));
        assert_eq!(all.of(Pid(2)).get().missing_after(), Some(2));
        all.of(Pid(2)).update(Track::complete);
        assert_eq!(all.of(Pid(2)).get().missing_after(), Some(9));
    }

    #[test]
    fn only_agents_that_are_looked_at_are_kept() {
        let all = Trajectories::default();
        all.heard(Pid(2), entry(1));
        assert!(all.of(Pid(2)).get().entries().is_empty());
        all.heard(Pid(2), entry(2));
        assert_eq!(numbers(&all.of(Pid(2)).get()), [2]);
    }
}
