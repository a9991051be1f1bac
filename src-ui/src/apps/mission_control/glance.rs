//! The few lines at the head of a card: what an agent last ran, saw and thought.

use std::rc::Rc;

use aether_protocol::domains::agent::{Outcome, TrajectoryEntry, TrajectoryKind as Kind};
use serde_json::Value;

/// Lines that a head has room for.
pub const ROOM: usize = 5;
/// Lines of one entry's text at most, and characters of a line.
const OF_ONE: usize = 4;
const WIDTH: usize = 160;

/// What a line is, which gives it its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// What runs.
    Command,
    /// What came out.
    Output,
    /// What the agent thinks or says.
    Thought,
    Asked,
    Good,
    Bad,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub ink: Ink,
    pub text: String,
}

/// The last lines of a trajectory, oldest first.
pub fn glance(entries: &[Rc<TrajectoryEntry>]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for entry in entries.iter().rev() {
        let mut told = tell(entry);
        told.append(&mut lines);
        lines = told;
        if lines.len() >= ROOM {
            break;
        }
    }
    lines.split_off(lines.len().saturating_sub(ROOM))
}

fn tell(entry: &TrajectoryEntry) -> Vec<Line> {
    let text = entry.text.as_deref().unwrap_or_default();
    match entry.kind {
        Kind::Thought => first(Ink::Thought, text, 2),
        // What they say comes again as a question or as the end.
        Kind::Action if matches!(entry.tool.as_deref(), Some("ask_user" | "complete")) => Vec::new(),
        Kind::Action => vec![action(entry)],
        Kind::Observation => seen(entry, text),
        Kind::Message => first(Ink::Thought, &format!("> {text}"), 1),
        Kind::Question | Kind::Approval | Kind::StepLimit => first(Ink::Asked, text, 2),
        Kind::Failure => first(Ink::Bad, text, 2),
        Kind::Finished => {
            let ink = if entry.outcome == Some(Outcome::Success) { Ink::Good } else { Ink::Bad };
            first(ink, text, OF_ONE)
        }
        Kind::Started | Kind::Answer | Kind::Note | Kind::Shrunk | Kind::Extended => Vec::new(),
    }
}

fn action(entry: &TrajectoryEntry) -> Line {
    let tool = entry.tool.as_deref().unwrap_or("tool");
    let args = entry.args.as_ref();
    let said = |name: &str| args.and_then(|args| args.get(name)).and_then(Value::as_str);
    match (tool, said("command"), said("thought")) {
        (_, Some(command), _) => line(Ink::Command, &format!("$ {}", command.trim())),
        ("think", _, Some(thought)) => line(Ink::Thought, thought.trim()),
        _ => {
            let about = ["path", "url"].into_iter().find_map(said);
            let about = about.or_else(|| args?.as_object()?.values().find_map(Value::as_str)).unwrap_or_default();
            line(Ink::Command, format!("{tool} {about}").trim())
        }
    }
}

/// What a tool gave: of a command's output the end, of a file or a list the beginning.
fn seen(entry: &TrajectoryEntry, text: &str) -> Vec<Line> {
    let ink = if entry.ok == Some(false) { Ink::Bad } else { Ink::Output };
    match entry.tool.as_deref() {
        // They only say that they were heard.
        Some("think" | "complete" | "ask_user") => Vec::new(),
        Some("run_command") => {
            let heads = ["exit code 0", "stdout:", "stderr:"];
            let told: Vec<&str> = lines_of(text).filter(|line| !heads.contains(line)).collect();
            let from = told.len().saturating_sub(OF_ONE);
            told.iter().skip(from).map(|text| line(ink, text)).collect()
        }
        _ => first(ink, text, OF_ONE),
    }
}

fn first(ink: Ink, text: &str, most: usize) -> Vec<Line> {
    lines_of(text).take(most).map(|text| line(ink, text)).collect()
}

fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty())
}

fn line(ink: Ink, text: &str) -> Line {
    let text = text.lines().next().unwrap_or_default();
    Line { ink, text: plain(text) }
}

/// Without what only moves a terminal's cursor or colours it.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' if letters.peek() == Some(&'[') => {
                letters.next();
                // A sequence ends with its first letter.
                while letters.next_if(|letter| !('@'..='~').contains(letter)).is_some() {}
                letters.next();
            }
            '\t' => out.push_str("  "),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
        if out.len() >= WIDTH {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use aether_protocol::domains::agent::Origin;
    use serde_json::json;

    use super::*;

    fn entry(n: u64, kind: Kind, tool: Option<&str>, text: &str, args: Value) -> Rc<TrajectoryEntry> {
        let mut entry = TrajectoryEntry::new(n, n, 1, kind, Origin::Tool);
        entry.tool = tool.map(str::to_owned);
        entry.text = (!text.is_empty()).then(|| text.to_owned());
        entry.args = (!args.is_null()).then_some(args);
        Rc::new(entry)
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_command_stands_above_the_end_of_what_it_printed() {
        let lines = glance(&[
            entry(1, Kind::Thought, None, "I test it.", Value::Null),
            entry(2, Kind::Action, Some("run_command"), "", json!({ "command": "cargo test\nls" })),
            entry(3, Kind::Observation, Some("run_command"), "exit code 0\nstdout:\na\nb\n\nc\nd\ne", Value::Null),
        ]);
        assert_eq!(texts(&lines), ["$ cargo test", "b", "c", "d", "e"]);
        assert_eq!((lines[0].ink, lines[1].ink), (Ink::Command, Ink::Output));
    }

    #[test]
    fn what_failed_is_marked_and_what_says_nothing_is_left_out() {
        let mut failed = (*entry(3, Kind::Observation, Some("run_command"), "exit code 2", Value::Null)).clone();
        failed.ok = Some(false);
        let lines = glance(&[
            entry(1, Kind::Action, Some("think"), "", json!({ "thought": "A plan." })),
            entry(2, Kind::Observation, Some("think"), "Noted.", Value::Null),
            Rc::new(failed),
            entry(4, Kind::Thought, None, "", Value::Null),
        ]);
        assert_eq!(texts(&lines), ["A plan.", "exit code 2"]);
        assert_eq!((lines[0].ink, lines[1].ink), (Ink::Thought, Ink::Bad));
    }

    #[test]
    fn other_tools_name_what_they_work_on() {
        let lines = glance(&[
            entry(1, Kind::Action, Some("write_file"), "", json!({ "content": "x", "path": "a.txt" })),
            entry(2, Kind::Action, Some("remember"), "", json!({ "what": "that" })),
            entry(3, Kind::Action, Some("list_files"), "", Value::Null),
        ]);
        assert_eq!(texts(&lines), ["write_file a.txt", "remember that", "list_files"]);
    }

    #[test]
    fn colours_of_a_terminal_are_left_out_and_long_lines_end() {
        assert_eq!(plain("\u{1b}[1;32mok\u{1b}[0m\t\u{7}x"), "ok  x");
        assert!(plain(&"ab".repeat(500)).len() <= WIDTH);
        assert_eq!(plain("\u{1b}"), "");
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(glance(&[]).is_empty());
        assert!(glance(&[entry(1, Kind::Started, None, "goal", Value::Null)]).is_empty());
    }
}
