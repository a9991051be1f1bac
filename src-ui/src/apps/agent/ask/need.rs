//! What an agent wants of the person, and how it is put in words. Pure.

use std::rc::Rc;

use aether_protocol::domains::agent::{Approval, ApprovalKind};
use aether_protocol::domains::process::{AgentPhase, ProcessInfo, ProcessState};
use serde_json::Value;

use super::super::record::arg;
use crate::store::Ask;

/// What it waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Need {
    Approval(Rc<Approval>),
    Question(Rc<Approval>),
    /// Its steps are used up.
    Steps(u32),
    /// Something has to be set right first: the reason.
    Trouble(String),
}

impl Need {
    /// The same for as long as it is the same thing that is wanted.
    pub fn key(&self) -> String {
        match self {
            Need::Approval(approval) | Need::Question(approval) => approval.id.clone(),
            Need::Steps(steps) => format!("steps {steps}"),
            Need::Trouble(reason) => format!("trouble {reason}"),
        }
    }

    /// It in words.
    pub fn ask(&self, name: &str) -> Ask {
        match self {
            Need::Approval(approval) | Need::Question(approval) => Ask::of(name, approval),
            Need::Steps(steps) => Ask::steps(name, *steps),
            Need::Trouble(reason) => Ask::trouble(name, reason),
        }
    }

    /// What is read out when it comes up.
    pub fn sentence(&self, name: &str) -> String {
        let Ask { headline, why, .. } = self.ask(name);
        if why.is_empty() { headline } else { format!("{headline}. {why}") }
    }
}

/// What the agent waits for, if it waits for a person.
pub fn need(info: &ProcessInfo, open: Option<Rc<Approval>>) -> Option<Need> {
    if matches!(info.state, ProcessState::Zombie | ProcessState::Dead | ProcessState::Created) {
        return None;
    }
    if let Some(approval) = open {
        return Some(match approval.kind {
            ApprovalKind::Action => Need::Approval(approval),
            ApprovalKind::Question => Need::Question(approval),
        });
    }
    if info.agent_phase != Some(AgentPhase::Waiting) {
        return None;
    }
    match info.state {
        ProcessState::Stopped => Some(Need::Steps(info.max_steps.or(info.step).unwrap_or_default())),
        ProcessState::Paused => info.waiting_for.clone().map(Need::Trouble),
        _ => None,
    }
}

/// What an approval is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    Command(String),
    Write {
        path: String,
        content: String,
    },
    Edit {
        path: String,
        old: String,
        new: String,
        all: bool,
    },
    /// Another tool.
    Call {
        tool: String,
    },
    /// A limit, with what was used and what is allowed.
    Limit {
        limit: String,
        allowed: f64,
        used: f64,
    },
    Nothing,
}

/// Reads what an approval is about from its details.
pub fn subject(details: &str) -> Subject {
    let Ok(details) = serde_json::from_str::<Value>(details) else { return Subject::Nothing };
    if let (Some(limit), Some(allowed)) = (arg(Some(&details), "limit"), details.get("allowed").and_then(Value::as_f64))
    {
        let used = details.get("used").and_then(Value::as_f64).unwrap_or(0.0);
        return Subject::Limit { limit: limit.to_owned(), allowed, used };
    }
    let Some(tool) = arg(Some(&details), "tool") else { return Subject::Nothing };
    let args = details.get("args");
    let given = |name| arg(args, name).map(str::to_owned);
    let known = match tool {
        "run_command" => given("command").map(Subject::Command),
        "write_file" => given("path").zip(given("content")).map(|(path, content)| Subject::Write { path, content }),
        "edit_file" => given("path").zip(given("old").zip(given("new"))).map(|(path, (old, new))| {
            let all = args.and_then(|args| args.get("all")).and_then(Value::as_bool) == Some(true);
            Subject::Edit { path, old, new, all }
        }),
        _ => None,
    };
    known.unwrap_or_else(|| Subject::Call { tool: tool.to_owned() })
}

/// Arguments, as a person reads them.
pub fn written(args: Option<&Value>) -> String {
    match args {
        None | Some(Value::Null) => String::new(),
        Some(Value::Object(members)) => members
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) => format!("{name}: {text}"),
                other => format!("{name}: {other}"),
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Some(other) => other.to_string(),
    }
}

/// The name of a limit.
pub fn limit_name(limit: &str) -> &'static str {
    match limit {
        "maxCostUsd" => "Cost",
        "maxTokensPerSession" => "Tokens of this run",
        "maxTokensPerDay" => "Tokens of today",
        "maxWallClockMs" => "Time at work",
        "maxSteps" => "Steps",
        _ => "Limit",
    }
}

#[cfg(test)]
mod tests {
    use aether_protocol::Pid;
    use aether_protocol::domains::agent::ApprovalState;
    use serde_json::json;

    use super::*;

    fn info(state: ProcessState, phase: AgentPhase, waiting: Option<&str>) -> ProcessInfo {
        let mut info: ProcessInfo = serde_json::from_value(json!({
            "pid": 2, "ppid": 1, "uid": "agent_2", "name": "coder", "command": "goal", "state": "running", "cwd": "/",
            "env": {}, "createdAt": 0, "priority": 3, "cpuPercent": 0.0, "memoryMB": 0.0, "step": 12
        }))
        .expect("a process");
        (info.state, info.agent_phase, info.waiting_for) = (state, Some(phase), waiting.map(str::to_owned));
        info
    }

    fn approval(kind: ApprovalKind) -> Rc<Approval> {
        Rc::new(Approval {
            id: "a".into(),
            pid: Pid(2),
            call_id: "t1c0".into(),
            kind,
            action: "do it".into(),
            details: String::new(),
            grant: None,
            created_at: 0,
            state: ApprovalState::Open,
            reason: None,
            reply: None,
            answered_at: None,
        })
    }

    #[test]
    fn what_is_wanted_follows_from_the_state() {
        let waits = |state, waiting| need(&info(state, AgentPhase::Waiting, waiting), None);
        assert_eq!(waits(ProcessState::Stopped, Some("more steps")), Some(Need::Steps(12)));
        assert_eq!(waits(ProcessState::Paused, Some("No key.")), Some(Need::Trouble("No key.".into())));
        assert_eq!(waits(ProcessState::Sleeping, Some("Trying again in 4 s.")), None);
        assert_eq!(need(&info(ProcessState::Paused, AgentPhase::Thinking, None), None), None, "a person paused it");
        assert_eq!(need(&info(ProcessState::Stopped, AgentPhase::Executing, None), None), None);
        let asked = |state, kind| need(&info(state, AgentPhase::Waiting, None), Some(approval(kind)));
        assert!(matches!(asked(ProcessState::Sleeping, ApprovalKind::Action), Some(Need::Approval(_))));
        assert!(matches!(asked(ProcessState::Sleeping, ApprovalKind::Question), Some(Need::Question(_))));
        assert_eq!(asked(ProcessState::Dead, ApprovalKind::Action), None);
    }

    #[test]
    fn an_approval_shows_exactly_what_will_run_or_change() {
        let run = json!({"tool": "run_command", "args": {"command": "git push", "network": true}});
        assert_eq!(subject(&run.to_string()), Subject::Command("git push".into()));
        let write = json!({"tool": "write_file", "args": {"path": "/tmp/a", "content": "x"}});
        assert_eq!(subject(&write.to_string()), Subject::Write { path: "/tmp/a".into(), content: "x".into() });
        let other = json!({"tool": "move", "args": {"from": "a", "to": "b"}});
        assert_eq!(subject(&other.to_string()), Subject::Call { tool: "move".into() });
        let limit = json!({"limit": "maxCostUsd", "allowed": 0.5, "used": 0.51});
        assert_eq!(
            subject(&limit.to_string()),
            Subject::Limit { limit: "maxCostUsd".into(), allowed: 0.5, used: 0.51 }
        );
        assert_eq!(subject(""), Subject::Nothing);
    }
}
