//! The journal as rows: what belongs to one call of a tool stands in one row.

use std::collections::HashMap;
use std::rc::Rc;

use aether_protocol::domains::agent::{TrajectoryEntry, TrajectoryKind as Kind};

use super::{Entry, arg};

/// One row of the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The number of its first entry.
    pub n: u64,
    pub item: Item,
}

/// What a row tells of.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    One(Entry),
    Call(Call),
    /// The end of a run. The call that brought it about is this row too.
    End(Entry),
}

/// A call of a tool, or a limit that was reached: what was asked for it, and what came of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Call {
    pub action: Option<Entry>,
    /// What a person was asked, each with the answer.
    pub asked: Vec<(Entry, Option<Entry>)>,
    pub result: Option<Entry>,
}

impl Call {
    /// The tool, by whichever entry names it.
    pub fn tool(&self) -> &str {
        let named = [self.action.as_ref(), self.asked.first().map(|(asked, _)| asked), self.result.as_ref()];
        named.into_iter().flatten().find_map(|entry| entry.tool.as_deref()).unwrap_or_default()
    }

    /// True if it runs, as far as the record tells: it has begun, and waits for nobody.
    pub fn is_running(&self) -> bool {
        self.action.is_some() && self.result.is_none() && self.asked.iter().all(|(_, answer)| answer.is_some())
    }

    /// True if a person has not answered it yet.
    pub fn waits(&self) -> bool {
        self.result.is_none() && self.asked.iter().any(|(_, answer)| answer.is_none())
    }

    /// Milliseconds since 1970 from which it runs: since it was called, or allowed.
    pub fn runs_since(&self) -> u64 {
        let answers = self.asked.iter().filter_map(|(_, answer)| answer.as_ref());
        self.action.iter().chain(answers).map(|entry| entry.at).max().unwrap_or_default()
    }

    /// True if the result tells nothing that the row does not show already.
    pub fn result_is_known(&self) -> bool {
        match self.tool() {
            "think" | "complete" => self.result.as_ref().is_some_and(|result| result.ok == Some(true)),
            "ask_user" => self.asked.iter().any(|(_, answer)| answer.is_some()),
            _ => false,
        }
    }
}

/// The rows of these entries, in the order in which they began.
pub fn rows(entries: &[Rc<TrajectoryEntry>]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(entries.len());
    let mut calls: HashMap<&str, usize> = HashMap::new();
    // Limits are asked about outside of any call.
    let mut limit: Option<usize> = None;
    for entry in entries {
        let n = entry.n;
        let place = match (entry.kind, entry.call_id.as_deref()) {
            (Kind::Action | Kind::Observation | Kind::Approval | Kind::Question | Kind::Answer, Some(id)) => {
                *calls.entry(id).or_insert_with(|| begin(&mut rows, n))
            }
            (Kind::Approval, None) => *limit.insert(begin(&mut rows, n)),
            (Kind::Answer, None) if limit.is_some() => limit.take().unwrap_or_default(),
            (Kind::Thought, _) if entry.text.is_none() => continue,
            (Kind::Finished, _) => {
                // A call that only ended the run is told by its end.
                let n = rows.pop_if(|row| tells(row, entry)).map_or(n, |row| row.n);
                rows.push(Row { n, item: Item::End(Entry(entry.clone())) });
                continue;
            }
            _ => {
                rows.push(Row { n, item: Item::One(Entry(entry.clone())) });
                continue;
            }
        };
        if let Some(Row { item: Item::Call(call), .. }) = rows.get_mut(place) {
            add(call, Entry(entry.clone()));
        }
    }
    rows
}

/// Whether a row is the call that ended the run with this summary.
fn tells(row: &Row, end: &TrajectoryEntry) -> bool {
    let Item::Call(call) = &row.item else { return false };
    let summary = call.action.as_ref().and_then(|action| arg(action.args.as_ref(), "summary"));
    call.tool() == "complete" && call.asked.is_empty() && summary.map(str::trim) == end.text.as_deref().map(str::trim)
}

fn begin(rows: &mut Vec<Row>, n: u64) -> usize {
    rows.push(Row { n, item: Item::Call(Call::default()) });
    rows.len() - 1
}

fn add(call: &mut Call, entry: Entry) {
    match entry.kind {
        // A call that had to be allowed first begins twice.
        Kind::Action => drop(call.action.get_or_insert(entry)),
        Kind::Observation => call.result = Some(entry),
        Kind::Answer => {
            if let Some((_, answer)) = call.asked.iter_mut().rev().find(|(_, answer)| answer.is_none()) {
                *answer = Some(entry);
            }
        }
        _ => call.asked.push((entry, None)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::samples::{action, entry, observation, of_call, said};
    use super::*;

    fn shape(entries: Vec<TrajectoryEntry>) -> Vec<String> {
        let entries: Vec<_> = entries.into_iter().map(Rc::new).collect();
        let row = |row: &Row| match &row.item {
            Item::One(entry) => format!("{} {:?}", row.n, entry.kind),
            Item::End(entry) => format!("{} the end, {:?}", row.n, entry.kind),
            Item::Call(call) => format!(
                "{} {} asked {} answered {} result {}",
                row.n,
                call.tool(),
                call.asked.len(),
                call.asked.iter().filter(|(_, answer)| answer.is_some()).count(),
                call.result.as_ref().map_or(0, |result| result.n)
            ),
        };
        rows(&entries).iter().map(row).collect()
    }

    #[test]
    fn what_a_call_gave_stands_with_it_also_where_calls_run_at_the_same_time() {
        let shape = shape(vec![
            said(1, Kind::Thought, "hm"),
            action(2, "t1c0", "read_file", json!({"path": "a"})),
            action(3, "t1c1", "read_file", json!({"path": "b"})),
            observation(4, "t1c1", true, "b"),
            observation(5, "t1c0", true, "a"),
            entry(6, Kind::Thought),
            said(7, Kind::Message, "hi"),
        ]);
        let expected = [
            "1 Thought",
            "2 read_file asked 0 answered 0 result 5",
            "3 read_file asked 0 answered 0 result 4",
            "7 Message",
        ];
        assert_eq!(shape, expected);
    }

    #[test]
    fn a_call_that_was_allowed_is_one_row_though_it_began_twice() {
        let run = || json!({"command": "curl"});
        let shape = shape(vec![
            action(1, "t1c0", "run_command", run()),
            of_call(2, "t1c0", Kind::Approval, "Use the network"),
            of_call(3, "t1c0", Kind::Answer, ""),
            action(4, "t1c0", "run_command", run()),
            observation(5, "t1c0", true, "exit code 0"),
        ]);
        assert_eq!(shape, ["1 run_command asked 1 answered 1 result 5"]);
    }

    #[test]
    fn a_limit_is_answered_outside_of_any_call() {
        let shape = shape(vec![
            said(1, Kind::Approval, "Go on?"),
            said(2, Kind::Answer, ""),
            said(3, Kind::Answer, "stray"),
            said(4, Kind::Finished, "done"),
        ]);
        assert_eq!(shape, ["1  asked 1 answered 1 result 0", "3 Answer", "4 the end, Finished"]);
    }

    #[test]
    fn a_call_that_ended_the_run_and_the_end_are_one_row() {
        let end = |summary: &str| {
            let complete = action(1, "t1c0", "complete", json!({"summary": "All done. "}));
            shape(vec![complete, observation(2, "t1c0", true, "All done."), said(3, Kind::Finished, summary)])
        };
        assert_eq!(end("All done."), ["1 the end, Finished"]);
        assert_eq!(end("Stopped by its owner."), ["1 complete asked 0 answered 0 result 2", "3 the end, Finished"]);
    }

    #[test]
    fn five_thousand_entries_keep_their_order() {
        let entries = (0..5_000).map(|n| said(n, Kind::Thought, "t")).collect::<Vec<_>>();
        let entries: Vec<_> = entries.into_iter().map(Rc::new).collect();
        let rows = rows(&entries);
        assert!(rows.len() == 5_000 && rows.is_sorted_by_key(|row| row.n));
    }
}
