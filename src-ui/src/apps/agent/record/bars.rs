//! The journal as bars of a time line: one an entry, or one for several where there are more than fit.

use std::rc::Rc;

use aether_protocol::domains::agent::{Outcome, TrajectoryEntry, TrajectoryKind as Kind};

use crate::kit::Tone;

/// What a bar stands for, the most telling last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    Quiet,
    Seen,
    Did,
    Thought,
    Person,
    Done,
    Asked,
    Failed,
}

impl Lane {
    pub fn tone(self) -> Tone {
        match self {
            Lane::Quiet | Lane::Seen | Lane::Person => Tone::Neutral,
            // As the icons of the stream are.
            Lane::Did => Tone::Paused,
            Lane::Thought => Tone::Working,
            Lane::Done => Tone::Done,
            Lane::Asked => Tone::NeedsYou,
            Lane::Failed => Tone::Failed,
        }
    }

    pub fn class(self) -> &'static str {
        match self {
            Lane::Quiet => "bar--quiet",
            Lane::Seen => "bar--seen",
            Lane::Did => "bar--did",
            Lane::Thought => "bar--thought",
            Lane::Person => "bar--person",
            Lane::Done => "bar--done",
            Lane::Asked => "bar--asked",
            Lane::Failed => "bar--failed",
        }
    }
}

/// One bar: the entries from `from` up to `to`, without it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    pub from: usize,
    pub to: usize,
    pub lane: Lane,
    /// 0 to 1.
    pub height: f64,
}

/// What an entry stands for.
pub fn lane(entry: &TrajectoryEntry) -> Lane {
    match entry.kind {
        Kind::Thought => Lane::Thought,
        Kind::Action => match entry.tool.as_deref() {
            Some("think") => Lane::Thought,
            Some("ask_user") => Lane::Asked,
            Some("complete") => Lane::Done,
            _ => Lane::Did,
        },
        Kind::Observation if entry.ok == Some(false) => Lane::Failed,
        Kind::Observation => Lane::Seen,
        Kind::Question | Kind::Approval | Kind::StepLimit => Lane::Asked,
        Kind::Answer | Kind::Message | Kind::Started | Kind::Extended => Lane::Person,
        Kind::Failure => Lane::Failed,
        Kind::Finished if entry.outcome == Some(Outcome::Success) => Lane::Done,
        Kind::Finished => Lane::Failed,
        Kind::Note | Kind::Shrunk => Lane::Quiet,
    }
}

/// How much of it there was, from how long it took and how much it says.
fn weight(entry: &TrajectoryEntry) -> f64 {
    let text = entry.text.as_ref().map_or(0, String::len);
    let args = entry
        .args
        .as_ref()
        .and_then(|args| args.as_object())
        .map_or(0, |args| args.values().filter_map(|value| value.as_str()).map(str::len).sum::<usize>());
    // Ten minutes, or 64 KiB, fill the height.
    let time = (1.0 + entry.duration_ms.unwrap_or(0) as f64 / 100.0).ln() / 6_001_f64.ln();
    let size = (1.0 + (text + args) as f64 / 16.0).ln() / 4_097_f64.ln();
    time.max(size).clamp(0.0, 1.0)
}

/// At most `most` bars for these entries, which all have a place in one of them.
pub fn bars(entries: &[Rc<TrajectoryEntry>], most: usize) -> Vec<Bar> {
    let count = entries.len().min(most.max(1));
    let edge = |bar: usize| bar * entries.len() / count.max(1);
    (0..count)
        .map(|bar| {
            let (from, to) = (edge(bar), edge(bar + 1));
            let part = entries.get(from..to).unwrap_or_default();
            Bar {
                from,
                to,
                lane: part.iter().map(|entry| lane(entry)).max().unwrap_or(Lane::Quiet),
                height: part.iter().map(|entry| weight(entry)).fold(0.0, f64::max),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{action, entry, observation, said};
    use super::*;

    fn many(count: u64) -> Vec<Rc<TrajectoryEntry>> {
        (0..count).map(|n| Rc::new(said(n, Kind::Thought, "some words"))).collect()
    }

    #[test]
    fn a_few_entries_have_a_bar_each_and_many_share_them_without_a_hole() {
        assert!(bars(&[], 100).is_empty());
        assert_eq!(bars(&many(7), 100).len(), 7);
        let shared = bars(&many(5_003), 120);
        assert_eq!(shared.len(), 120);
        assert_eq!((shared[0].from, shared[119].to), (0, 5_003));
        assert!(shared.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].from < pair[0].to));
    }

    #[test]
    fn the_most_telling_entry_colours_a_shared_bar() {
        let mut entries = many(10);
        entries[4] = Rc::new(observation(4, "c", false, "no"));
        entries[8] = Rc::new(entry(8, Kind::Approval));
        let bars = bars(&entries, 2);
        assert_eq!(bars.iter().map(|bar| bar.lane).collect::<Vec<_>>(), [Lane::Failed, Lane::Asked]);
    }

    #[test]
    fn a_call_has_the_colour_of_its_icon() {
        let tone = |tool: &str| lane(&action(1, "c", tool, serde_json::json!({}))).tone();
        assert_eq!([tone("run_command"), tone("think")], [Tone::Paused, Tone::Working]);
        assert_eq!([tone("ask_user"), tone("complete")], [Tone::NeedsYou, Tone::Done]);
    }

    #[test]
    fn what_took_longer_or_says_more_is_higher() {
        let short = TrajectoryEntry { duration_ms: Some(50), ..entry(1, Kind::Observation) };
        let long = TrajectoryEntry { duration_ms: Some(60_000), ..entry(1, Kind::Observation) };
        let huge = said(1, Kind::Observation, &"x".repeat(200_000));
        assert!(weight(&short) < weight(&long));
        assert_eq!(weight(&huge), 1.0);
    }
}
