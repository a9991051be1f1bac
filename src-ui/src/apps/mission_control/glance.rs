//! The few lines at the head of a card: what an agent last ran, saw and thought.

use std::rc::Rc;

use aether_protocol::domains::agent::{TrajectoryEntry, TrajectoryKind as Kind};
use serde_json::Value;

use super::unmarked::unmarked;

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
    Bad,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub ink: Ink,
    pub text: String,
}

/// The last lines of a trajectory, oldest first.
pub fn glance(entries: &[Rc<TrajectoryEntry>], ended: bool) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for entry in told_here(entries, ended).iter().rev() {
        let mut told = tell(entry, ended);
        told.append(&mut lines);
        lines = told;
        if lines.len() >= ROOM {
            break;
        }
    }
    lines.split_off(lines.len().saturating_sub(ROOM))
}

/// Without what the card itself says below: the call that is asked for, and of what has `ended` the thoughts about what
/// came out, where anything did.
fn told_here(entries: &[Rc<TrajectoryEntry>], ended: bool) -> &[Rc<TrajectoryEntry>] {
    if ended {
        let came_out = |entry: &Rc<TrajectoryEntry>| tell(entry, ended).iter().any(|line| line.ink != Ink::Thought);
        let until = entries.iter().rposition(came_out).map_or(entries.len(), |place| place + 1);
        return entries.get(..until).unwrap_or(entries);
    }
    match entries {
        [before @ .., action, ask] if ask.kind == Kind::Approval && action.kind == Kind::Action => before,
        _ => entries,
    }
}

fn tell(entry: &TrajectoryEntry, ended: bool) -> Vec<Line> {
    let text = entry.text.as_deref().unwrap_or_default();
    match entry.kind {
        Kind::Thought => first(Ink::Thought, &unmarked(text), 2),
        // What they say stands below, as a question or as the end.
        Kind::Action if matches!(entry.tool.as_deref(), Some("ask_user" | "complete")) => Vec::new(),
        Kind::Action => action(entry),
        Kind::Observation => seen(entry, text),
        Kind::Message => first(Ink::Thought, &format!("> {text}"), 1),
        // What ended it is the reason that the card gives.
        Kind::Failure if !ended => first(Ink::Bad, text, 2),
        // The card asks it, or tells how it ended.
        Kind::Question | Kind::Approval | Kind::StepLimit | Kind::Finished | Kind::Failure => Vec::new(),
        Kind::Started | Kind::Answer | Kind::Note | Kind::Shrunk | Kind::Extended => Vec::new(),
    }
}

/// What is done; of a file that is written, its first lines too.
fn action(entry: &TrajectoryEntry) -> Vec<Line> {
    let tool = entry.tool.as_deref().unwrap_or("tool");
    let args = entry.args.as_ref();
    let said = |name: &str| args.and_then(|args| args.get(name)).and_then(Value::as_str);
    match (tool, said("command"), said("thought")) {
        (_, Some(command), _) => vec![line(Ink::Command, &format!("$ {}", command.trim()))],
        ("think", _, Some(thought)) => first(Ink::Thought, &unmarked(thought), 2),
        _ => {
            let about = ["path", "url"].into_iter().find_map(said);
            let about = about.or_else(|| args?.as_object()?.values().find_map(Value::as_str)).unwrap_or_default();
            let mut lines = vec![line(Ink::Command, format!("{tool} {about}").trim())];
            if tool == "write_file" {
                lines.append(&mut first(Ink::Output, said("content").unwrap_or_default(), OF_ONE));
            }
            lines
        }
    }
}

/// What a tool gave: of a command's output the end, of a file or a list the beginning.
fn seen(entry: &TrajectoryEntry, text: &str) -> Vec<Line> {
    let ink = if entry.ok == Some(false) { Ink::Bad } else { Ink::Output };
    match entry.tool.as_deref() {
        // They only say that they were heard.
        Some("think" | "complete" | "ask_user") => Vec::new(),
        // What was written stands above.
        Some("write_file") if ink == Ink::Output => Vec::new(),
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
        let lines = glance(
            &[
                entry(1, Kind::Thought, None, "I test it.", Value::Null),
                entry(2, Kind::Action, Some("run_command"), "", json!({ "command": "cargo test\nls" })),
                entry(3, Kind::Observation, Some("run_command"), "exit code 0\nstdout:\na\nb\n\nc\nd\ne", Value::Null),
            ],
            false,
        );
        assert_eq!(texts(&lines), ["$ cargo test", "b", "c", "d", "e"]);
        assert_eq!((lines[0].ink, lines[1].ink), (Ink::Command, Ink::Output));
    }

    #[test]
    fn what_failed_is_marked_and_what_says_nothing_is_left_out() {
        let mut failed = (*entry(3, Kind::Observation, Some("run_command"), "exit code 2", Value::Null)).clone();
        failed.ok = Some(false);
        let lines = glance(
            &[
                entry(1, Kind::Action, Some("think"), "", json!({ "thought": "A plan." })),
                entry(2, Kind::Observation, Some("think"), "Noted.", Value::Null),
                Rc::new(failed),
                entry(4, Kind::Thought, None, "", Value::Null),
            ],
            false,
        );
        assert_eq!(texts(&lines), ["A plan.", "exit code 2"]);
        assert_eq!((lines[0].ink, lines[1].ink), (Ink::Thought, Ink::Bad));
    }

    #[test]
    fn other_tools_name_what_they_work_on() {
        let lines = glance(
            &[
                entry(1, Kind::Action, Some("write_file"), "", json!({ "content": "x", "path": "a.txt" })),
                entry(2, Kind::Action, Some("remember"), "", json!({ "what": "that" })),
                entry(3, Kind::Action, Some("list_files"), "", Value::Null),
            ],
            false,
        );
        assert_eq!(texts(&lines), ["write_file a.txt", "x", "remember that", "list_files"]);
    }

    #[test]
    fn what_the_card_says_below_is_not_said_twice() {
        let whole = [
            entry(1, Kind::Action, Some("write_file"), "", json!({ "path": "a.md", "content": "# A\n\none\n" })),
            entry(2, Kind::Observation, Some("write_file"), "Wrote 8 bytes.", Value::Null),
            entry(3, Kind::Approval, Some("run_command"), "Use the network.", Value::Null),
            entry(4, Kind::Thought, None, "It is **done**.", Value::Null),
            entry(5, Kind::Failure, None, "No answer.", Value::Null),
            entry(6, Kind::Finished, None, "All is in a.md.", Value::Null),
        ];
        let living = glance(&whole, false);
        assert_eq!(texts(&living), ["write_file a.md", "# A", "one", "It is done.", "No answer."]);
        assert_eq!(texts(&glance(&whole, true)), ["write_file a.md", "# A", "one"]);
        let asks = [
            entry(1, Kind::Thought, None, "I send it.", Value::Null),
            entry(2, Kind::Action, Some("run_command"), "", json!({ "command": "git push" })),
            entry(3, Kind::Approval, Some("run_command"), "Use the network.", Value::Null),
        ];
        assert_eq!(texts(&glance(&asks, false)), ["I send it."]);
        assert_eq!(texts(&glance(&asks[..2], false)), ["I send it.", "$ git push"]);
        // Where nothing came out, what was thought is all there is.
        assert_eq!(texts(&glance(&whole[3..], true)), ["It is done."]);
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let long = (0..40).map(|n| format!("{n}\n")).collect::<String>();
        let lines = glance(&[entry(1, Kind::Observation, Some("run_command"), &long, Value::Null)], false);
        assert_eq!((lines.len(), lines.last().map(|line| line.text.as_str())), (OF_ONE, Some("39")));
    }

    #[test]
    fn colours_of_a_terminal_are_left_out_and_long_lines_end() {
        assert_eq!(plain("\u{1b}[1;32mok\u{1b}[0m\t\u{7}x"), "ok  x");
        assert!(plain(&"ab".repeat(500)).len() <= WIDTH);
        assert_eq!(plain("\u{1b}"), "");
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(glance(&[], false).is_empty());
        assert!(glance(&[entry(1, Kind::Started, None, "goal", Value::Null)], false).is_empty());
    }
}
