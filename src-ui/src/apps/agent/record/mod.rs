//! What is known of an agent's journal, up to the entry that is looked at. Pure: no component, no browser.

mod bars;
mod figures;
mod rows;
mod versions;

use std::rc::Rc;

use aether_protocol::domains::agent::{TrajectoryEntry, TrajectoryKind};
use serde_json::Value;

use crate::store::Track;

pub use bars::{Bar, bars};
pub use figures::{Figures, Sum, figures};
pub use rows::{Call, Item, Row, rows};
pub use versions::{Version, Written, absolute, edited, written};

/// An entry; two are equal if they are the same one.
#[derive(Debug, Clone)]
pub struct Entry(pub Rc<TrajectoryEntry>);

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl std::ops::Deref for Entry {
    type Target = TrajectoryEntry;

    fn deref(&self) -> &TrajectoryEntry {
        &self.0
    }
}

/// A string of a call's arguments.
pub fn arg<'a>(args: Option<&'a Value>, name: &str) -> Option<&'a str> {
    args?.get(name)?.as_str()
}

/// The journal up to a moment: everything that is known, or what was there at a past entry.
#[derive(Debug, Clone)]
pub struct Record {
    track: Rc<Track>,
    end: usize,
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.track, &other.track) && self.end == other.end
    }
}

impl Record {
    /// As it is now, or as it was at the entry with this number.
    pub fn new(track: Rc<Track>, at: Option<u64>) -> Record {
        let all = track.entries();
        let end = at.map_or(all.len(), |at| all.partition_point(|entry| entry.n <= at));
        Record { track, end }
    }

    /// The entries up to the moment.
    pub fn entries(&self) -> &[Rc<TrajectoryEntry>] {
        self.track.entries().get(..self.end).unwrap_or_default()
    }

    /// All of them, also those after the moment.
    pub fn all(&self) -> &[Rc<TrajectoryEntry>] {
        self.track.entries()
    }

    pub fn track(&self) -> &Track {
        &self.track
    }

    pub fn last(&self) -> Option<&TrajectoryEntry> {
        self.entries().last().map(Rc::as_ref)
    }

    /// The step that the moment belongs to.
    pub fn step(&self) -> u32 {
        self.last().map_or(0, |entry| entry.step)
    }

    /// The number of the newest reply: what was written before it is told by it.
    pub fn last_thought(&self) -> Option<u64> {
        self.entries().iter().rev().find(|entry| entry.kind == TrajectoryKind::Thought).map(|entry| entry.n)
    }
}

#[cfg(test)]
pub mod samples {
    //! Entries for tests.

    use aether_protocol::domains::agent::{Origin, TrajectoryEntry, TrajectoryKind};
    use serde_json::Value;

    pub fn entry(n: u64, kind: TrajectoryKind) -> TrajectoryEntry {
        TrajectoryEntry::new(n, 1_000 * n, 1, kind, Origin::Model)
    }

    pub fn said(n: u64, kind: TrajectoryKind, text: &str) -> TrajectoryEntry {
        TrajectoryEntry { text: Some(text.to_owned()), ..entry(n, kind) }
    }

    pub fn action(n: u64, call: &str, tool: &str, args: Value) -> TrajectoryEntry {
        TrajectoryEntry {
            call_id: Some(call.to_owned()),
            tool: Some(tool.to_owned()),
            args: Some(args),
            ..entry(n, TrajectoryKind::Action)
        }
    }

    pub fn of_call(n: u64, call: &str, kind: TrajectoryKind, text: &str) -> TrajectoryEntry {
        TrajectoryEntry { call_id: Some(call.to_owned()), ..said(n, kind, text) }
    }

    pub fn observation(n: u64, call: &str, ok: bool, text: &str) -> TrajectoryEntry {
        TrajectoryEntry { ok: Some(ok), ..of_call(n, call, TrajectoryKind::Observation, text) }
    }
}

#[cfg(test)]
mod tests {
    use aether_protocol::domains::agent::Trajectory;

    use super::samples::{entry, said};
    use super::*;

    #[test]
    fn a_record_ends_at_the_entry_that_is_looked_at() {
        let mut track = Track::default();
        let entries = vec![
            said(2, TrajectoryKind::Thought, "a"),
            entry(5, TrajectoryKind::Note),
            entry(9, TrajectoryKind::Thought),
        ];
        track.take_in(Trajectory { entries, total: 3 });
        let track = Rc::new(track);
        let at = |n| Record::new(track.clone(), n);
        assert_eq!(at(None).entries().len(), 3);
        assert_eq!(at(Some(5)).entries().len(), 2);
        assert_eq!(at(Some(7)).entries().len(), 2, "between two entries the first one counts");
        assert_eq!(at(Some(1)).entries().len(), 0);
        assert_eq!((at(None).last_thought(), at(Some(5)).last_thought()), (Some(9), Some(2)));
    }
}
