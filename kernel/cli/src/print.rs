//! What the person reads: a line a step in a terminal, or an object a line for programs.

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use aether_protocol::domains::agent::{self, AgentLogEntry, Approval, ApprovalKind};
use aether_protocol::domains::audit::AuditEntryInfo;
use aether_protocol::domains::kernel::{BackupMade, KernelStatus};
use aether_protocol::domains::process::event::ApprovalRequired;
use aether_protocol::domains::process::{self, ProcessInfo, Spawned};
use aether_protocol::domains::snapshot::{Restored, SnapshotInfo};
use aether_protocol::{Event, Pid};
use serde::Serialize;

use crate::clean::{clean, clean_json};
use crate::waits::Waits;

/// Columns of a line that is cut to fit.
const WIDTH: usize = 150;
/// Characters of what an agent asks that are shown at once; what is allowed is not to be cut at the end of a line.
const LONGEST: usize = 4_000;
/// The exit code of a program that nobody reads any more, as shells tell it: 128 and SIGPIPE.
const UNREAD: i32 = 141;

/// Prints a line. Who reads may have read enough, as `head` does: then nothing is left to do, and nothing to say.
macro_rules! say {
    ($($line:tt)*) => {
        if let Err(error) = writeln!(std::io::stdout(), $($line)*) {
            unread(&error);
        }
    };
}

/// Tells the person beside it. Nobody may be there, which is no reason to end.
macro_rules! tell {
    ($($line:tt)*) => {
        drop(writeln!(std::io::stderr(), $($line)*))
    };
}

/// Ends where nothing can be printed.
fn unread(error: &std::io::Error) -> ! {
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(UNREAD);
    }
    tell!("aether: standard output could not be written: {error}. Look where it goes.");
    std::process::exit(1)
}

/// Prints in one of two ways. What is for the person alone, also where a program reads, goes to standard error.
pub struct Printer {
    json: bool,
    colour: bool,
    /// Whether standard error is coloured.
    noted: bool,
}

/// Ends with an error.
pub fn failed(reason: &str) -> ExitCode {
    tell!("aether: {}", clean(reason));
    ExitCode::FAILURE
}

impl Printer {
    pub fn new(json: bool) -> Printer {
        let plain = std::env::var_os("NO_COLOR").is_some();
        let colour = !plain && std::io::stdout().is_terminal();
        Printer { json, colour, noted: !plain && std::io::stderr().is_terminal() }
    }

    fn line(&self, mark: &str, code: &str, text: &str) {
        say!("{}", marked(self.colour, mark, code, text));
    }

    /// Text of several lines, indented below its mark.
    fn block(&self, mark: &str, code: &str, text: &str) {
        say!("{}", block(self.colour, mark, code, text));
    }

    fn object(&self, record: &impl Serialize) {
        say!("{}", clean_json(&serde_json::to_string(record).unwrap_or_default()));
    }

    /// Something beside the work itself; never in the way of a program that reads.
    pub fn note(&self, text: &str) {
        tell!("{}", paint(self.noted, "2", &clean(text)));
    }

    pub fn kernel_says(&self, line: &str) {
        self.note(line);
    }

    pub fn spawned(&self, spawned: &Spawned) {
        match (self.json, spawned.position) {
            (true, _) => self.object(spawned),
            (false, Some(place)) => self.line("queued", "33", &format!("agent {}, place {place}", spawned.pid)),
            (false, None) => self.line("agent", "36", &format!("{} in /home/{}", spawned.pid, spawned.uid)),
        }
    }

    pub fn event(&self, event: &Event) {
        if self.json {
            say!("{}", clean_json(&event.json()));
            return;
        }
        match event {
            Event::agent(agent::Event::Thought(said)) => self.line("thinks", "2", &short(&said.thought)),
            Event::agent(agent::Event::Action(act)) => {
                self.line("does", "36", &short(&format!("{} {}", act.tool, arguments(&act.args))));
            }
            Event::agent(agent::Event::Observation(seen)) => self.block("sees", "34", &seen.result),
            Event::agent(agent::Event::FileCreated(file)) => self.line("file", "35", &short(&file.path)),
            Event::agent(agent::Event::UserMessage(said)) => self.line("told", "33", &short(&said.content)),
            Event::agent(agent::Event::Completed(end)) => {
                let time = format!("{:.1} s", end.durationMs as f64 / 1_000.0);
                let steps = if end.steps == 1 { "1 step".to_owned() } else { format!("{} steps", end.steps) };
                self.line("done", "32", &format!("{:?} after {steps}, {time}", end.outcome));
                self.block("", "0", &end.summary);
            }
            Event::process(process::Event::Exit(exit)) if exit.code != 0 => {
                self.line("ended", "31", &format!("exit code {}", exit.code));
            }
            _ => {}
        }
    }

    /// Why an agent stands still, and what lets it go on; with the event that says so, for programs.
    pub fn waits(&self, waits: &Waits, pid: Pid, event: Option<&Event>) {
        match (self.json, event) {
            (true, Some(event)) => say!("{}", clean_json(&event.json())),
            (true, None) => self.note(&waits.reason),
            (false, _) => self.block("waits", "33", &waits.reason),
        }
        if let Some(way_on) = waits.way_on(pid) {
            self.note(&way_on);
        }
    }

    /// What an agent asks. The question stands where its answer is typed, wherever the output goes.
    pub fn asks(&self, asked: &ApprovalRequired) {
        if self.json {
            let event: Event = asked.clone().into();
            say!("{}", clean_json(&event.json()));
        }
        let mark = if asked.kind == Some(ApprovalKind::Question) { "asks" } else { "may it?" };
        tell!("{}", block(self.noted, mark, "33", &long(&asked.action)));
        if !asked.details.trim().is_empty() {
            tell!("{}", block(self.noted, "", "0", &long(&asked.details)));
        }
    }

    /// How to answer from elsewhere.
    pub fn how_to_answer(&self, asked: &ApprovalRequired) {
        let request = asked.approvalId.as_ref().map(|id| format!(" --id {id}")).unwrap_or_default();
        let meant = format!("{}{request}", asked.pid);
        self.note(&match asked.kind {
            Some(ApprovalKind::Question) => format!("It waits for an answer: `aether answer {meant} TEXT`."),
            Some(ApprovalKind::Action) | None => {
                format!("It waits for your word: `aether approve {meant}` or `aether reject {meant}`.")
            }
        });
    }

    pub fn prompt(&self, text: &str) {
        // Nobody may be there to read it.
        let _ = write!(std::io::stderr(), "{:>9} {text}", "");
    }

    /// Leaves the line on which something was asked.
    pub fn leave_prompt(&self) {
        tell!("");
    }

    /// What a person has answered.
    pub fn answered(&self, how: &str, approval: &Approval) {
        if !self.json {
            self.line(how, "32", &short(&approval.action));
        }
    }

    pub fn processes(&self, processes: &[ProcessInfo]) {
        if self.json {
            processes.iter().for_each(|process| self.object(process));
            return;
        }
        say!("{:>5}  {:<9} {:<10} {:>4}  {:<28} GOAL", "PID", "STATE", "PHASE", "STEP", "MODEL");
        for process in processes {
            let phase = process.agent_phase.map(|phase| format!("{phase:?}").to_lowercase()).unwrap_or_default();
            say!(
                "{:>5}  {:<9} {phase:<10} {:>4}  {:<28} {}",
                process.pid,
                format!("{:?}", process.state).to_lowercase(),
                process.step.unwrap_or_default(),
                clean(process.model.as_deref().unwrap_or("auto")),
                clean(&short(process.env.get("AETHER_GOAL").map_or("", String::as_str))),
            );
            if let Some(reason) = &process.waiting_for {
                say!("{:>5}  waits: {}", "", clean(&one_line(reason)));
            }
        }
    }

    pub fn snapshots(&self, snapshots: &[SnapshotInfo]) {
        for snapshot in snapshots {
            if self.json {
                self.object(snapshot);
                continue;
            }
            let left_out = snapshot.left_out.map(|count| format!(" ({count} entries left out)")).unwrap_or_default();
            let description = one_line(&snapshot.description);
            let what = format!("{}{left_out}", clean(&description));
            say!("{:<28} {:>5} {:>12} B  {what}", snapshot.id, snapshot.pid, snapshot.size);
        }
    }

    /// The agent that goes on from a snapshot.
    pub fn restored(&self, restored: Restored) {
        match self.json {
            true => self.object(&restored),
            false => say!("{}", restored.new_pid),
        }
    }

    pub fn timeline(&self, entries: &[AgentLogEntry]) {
        for entry in entries {
            match self.json {
                true => self.object(entry),
                false => self.block(&entry.phase, "36", &entry.content),
            }
        }
    }

    pub fn approvals(&self, approvals: &[Approval]) {
        for approval in approvals {
            match self.json {
                true => self.object(approval),
                false => {
                    let head = format!("{}: {}", approval.id, approval.action);
                    self.block(&approval.pid.to_string(), "33", &head);
                    if !approval.details.trim().is_empty() {
                        self.block("", "0", &approval.details);
                    }
                }
            }
        }
    }

    /// Lines of the audit log, the newest first.
    pub fn audit(&self, entries: &[AuditEntryInfo], total: u64) {
        if self.json {
            entries.iter().for_each(|entry| self.object(entry));
            return;
        }
        for entry in entries {
            let at = i64::try_from(entry.timestamp).ok().and_then(chrono::DateTime::from_timestamp_millis);
            let at = at.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default();
            let result =
                entry.metadata.as_deref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
            let result =
                result.as_ref().and_then(|metadata| metadata["result"].as_str()).unwrap_or_default().to_owned();
            let what = [entry.target.as_deref(), entry.args_sanitized.as_deref()].into_iter().flatten();
            say!(
                "{:>8}  {at}  {:<12} {:<20} {:<12} {}",
                entry.id,
                clean(entry.actor_uid.as_deref().unwrap_or("-")),
                clean(&entry.action),
                clean(&result),
                clean(&short(&what.collect::<Vec<_>>().join(" "))),
            );
        }
        if total > entries.len() as u64 {
            self.note(&format!("{} of {total} lines.", entries.len()));
        }
    }

    /// Records below a heading, a line each.
    pub fn list<T: Serialize>(&self, records: &[T], heading: &str, line: impl Fn(&T) -> String) {
        if self.json {
            records.iter().for_each(|record| self.object(record));
            return;
        }
        say!("{heading}");
        records.iter().for_each(|record| say!("{}", clean(&line(record)).replace('\n', "\\u{a}")));
    }

    /// What a command has made or done, in a word.
    pub fn made(&self, record: &impl Serialize, word: &str) {
        match self.json {
            true => self.object(record),
            false => say!("{}", clean(word)),
        }
    }

    pub fn status(&self, status: &KernelStatus) {
        if self.json {
            self.object(status);
            return;
        }
        say!("Aether OS {}, up {} s", status.product, status.uptime / 1_000);
        say!("{} running, {} waiting", status.processes.running, status.processes.sleeping);
    }

    pub fn backup(&self, made: &BackupMade) {
        if self.json {
            self.object(made);
            return;
        }
        say!("{}", clean(&made.path));
        say!("{}", clean(&made.logs_path));
    }
}

fn paint(colour: bool, code: &str, text: &str) -> String {
    if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// One line behind its mark. Whatever the text holds, it stays one line.
fn marked(colour: bool, mark: &str, code: &str, text: &str) -> String {
    let mark = format!("{:>9}", clean(mark).replace('\n', " "));
    format!("{} {}", paint(colour, code, &mark), clean(text).replace('\n', "\\u{a}"))
}

fn block(colour: bool, mark: &str, code: &str, text: &str) -> String {
    let mut lines = text.trim().lines();
    let first = marked(colour, mark, code, lines.next().unwrap_or_default());
    let rest = lines.map(|line| format!("\n{:>9} {}", "", clean(line)));
    rest.fold(first, |all, line| all + &line)
}

/// The arguments of a call, the way a person says them.
fn arguments(args: &serde_json::Value) -> String {
    let Some(fields) = args.as_object() else { return args.to_string() };
    // What a person wants to read of a call, where it has it: not the whole content of a file.
    if let Some(main) = ["command", "path"].iter().find_map(|name| fields.get(*name)?.as_str()) {
        return main.to_owned();
    }
    let shown = fields.iter().map(|(name, value)| match value.as_str() {
        Some(text) if fields.len() == 1 => text.to_owned(),
        Some(text) => format!("{name}={text}"),
        None => format!("{name}={value}"),
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// A text that is cut only where it would fill the screen many times, and says so.
fn long(text: &str) -> String {
    let more = text.chars().count().saturating_sub(LONGEST);
    if more == 0 {
        return text.to_owned();
    }
    let shown: String = text.chars().take(LONGEST).collect();
    format!("{shown}\n({more} more characters are not shown here; `aether approvals` prints all)")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text on one line, cut to fit.
fn short(text: &str) -> String {
    let line = one_line(text);
    if line.chars().count() <= WIDTH {
        return line;
    }
    line.chars().take(WIDTH - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_others_looks_like_ours() {
        assert_eq!(marked(false, "file", "35", "a\n  may it? ls"), "     file a\\u{a}  may it? ls");
        assert_eq!(block(false, "sees", "34", "a\r\nb\u{1b}[2J\n"), "     sees a\n          b\\u{1b}[2J");
        let long = long(&"x".repeat(LONGEST + 7));
        assert!(long.contains("(7 more characters"), "{long}");
    }
}
