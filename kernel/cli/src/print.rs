//! What the person reads: a line a step in a terminal, or an object a line for programs.
#![allow(clippy::print_stdout, clippy::print_stderr)] // It is a program for a terminal.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use aether_protocol::Event;
use aether_protocol::domains::agent::{self, AgentLogEntry, Approval, ApprovalKind};
use aether_protocol::domains::kernel::KernelStatus;
use aether_protocol::domains::process::event::ApprovalRequired;
use aether_protocol::domains::process::{self, ProcessInfo, Spawned};
use serde::Serialize;

/// Columns of a line that is cut to fit.
const WIDTH: usize = 150;

/// Prints in one of two ways.
pub struct Printer {
    json: bool,
    colour: bool,
}

/// Ends with an error.
pub fn failed(reason: &str) -> ExitCode {
    eprintln!("aether: {reason}");
    ExitCode::FAILURE
}

impl Printer {
    pub fn new(json: bool) -> Printer {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Printer { json, colour }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn line(&self, mark: &str, code: &str, text: &str) {
        println!("{} {text}", self.paint(code, &format!("{mark:>9}")));
    }

    fn object(&self, record: &impl Serialize) {
        println!("{}", serde_json::to_string(record).unwrap_or_default());
    }

    /// Something beside the work itself; never in the way of a program that reads.
    pub fn note(&self, text: &str) {
        eprintln!("{}", if self.json { text.to_owned() } else { self.paint("2", text) });
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
            println!("{}", event.json());
            return;
        }
        match event {
            Event::agent(agent::Event::Thought(said)) => self.line("thinks", "2", &short(&said.thought)),
            Event::agent(agent::Event::Action(act)) => {
                self.line("does", "36", &short(&format!("{} {}", act.tool, arguments(&act.args))));
            }
            Event::agent(agent::Event::Observation(seen)) => self.block("sees", "34", &seen.result),
            Event::agent(agent::Event::FileCreated(file)) => self.line("file", "35", &file.path),
            Event::agent(agent::Event::UserMessage(said)) => self.line("told", "33", &short(&said.content)),
            Event::agent(agent::Event::StepLimitReached(limit)) => self.line("waits", "33", &short(&limit.summary)),
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

    /// Text of several lines, indented below its mark.
    fn block(&self, mark: &str, code: &str, text: &str) {
        let mut lines = text.trim().lines();
        self.line(mark, code, lines.next().unwrap_or_default());
        for line in lines {
            println!("{:>9} {line}", "");
        }
    }

    pub fn asks(&self, asked: &ApprovalRequired) {
        if self.json {
            self.object(asked);
            return;
        }
        let mark = if asked.kind == Some(ApprovalKind::Question) { "asks" } else { "may it?" };
        self.line(mark, "33", &asked.action);
        if !asked.details.is_empty() {
            println!("{:>9} {}", "", short(&asked.details));
        }
    }

    pub fn prompt(&self, text: &str) {
        print!("{:>9} {text}", "");
        let _ = std::io::stdout().flush();
    }

    pub fn processes(&self, processes: &[ProcessInfo]) {
        if self.json {
            processes.iter().for_each(|process| self.object(process));
            return;
        }
        println!("{:>5}  {:<9} {:<10} {:>4}  {:<28} GOAL", "PID", "STATE", "PHASE", "STEP", "MODEL");
        for process in processes {
            let phase = process.agent_phase.map(|phase| format!("{phase:?}").to_lowercase()).unwrap_or_default();
            println!(
                "{:>5}  {:<9} {phase:<10} {:>4}  {:<28} {}",
                process.pid,
                format!("{:?}", process.state).to_lowercase(),
                process.step.unwrap_or_default(),
                process.model.as_deref().unwrap_or("auto"),
                short(process.env.get("AETHER_GOAL").map_or("", String::as_str)),
            );
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
                false => println!("{:>5}  {}  {}", approval.pid, approval.action, short(&approval.details)),
            }
        }
    }

    pub fn status(&self, status: &KernelStatus) {
        if self.json {
            self.object(status);
            return;
        }
        println!("Aether OS {}, up {} s", status.product, status.uptime / 1_000);
        println!("{} running, {} waiting", status.processes.running, status.processes.sleeping);
    }
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

/// A text on one line, cut to fit.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= WIDTH {
        return line;
    }
    line.chars().take(WIDTH - 1).chain(['…']).collect()
}
