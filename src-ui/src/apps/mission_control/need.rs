//! What an agent wants of the person.

use std::rc::Rc;

use aether_protocol::domains::agent::{Approval, ApprovalKind, Grant, Outcome};
use serde_json::Value;

use crate::store::{Agent, Standing};

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub enum Need {
    /// Something is to be allowed.
    Allow(Rc<Approval>),
    /// It has reached a limit of money, tokens or time.
    Beyond(Rc<Approval>),
    Question(Rc<Approval>),
    /// Its steps are used up.
    Steps,
    /// Something has to be set right first.
    Trouble(String),
}

impl Need {
    /// What an agent needs, if it needs the person.
    pub fn of(agent: &Agent, approval: Option<Rc<Approval>>) -> Option<Need> {
        if agent.standing() != Standing::NeedsYou {
            return None;
        }
        Some(match approval {
            Some(approval) if approval.kind == ApprovalKind::Question => Need::Question(approval),
            Some(approval) if details(&approval).get("limit").is_some() => Need::Beyond(approval),
            Some(approval) => Need::Allow(approval),
            None => match agent.info.waiting_for.as_deref() {
                Some("more steps") => Need::Steps,
                Some(reason) => Need::Trouble(reason.to_owned()),
                None => Need::Trouble("It waits, and does not say for what.".to_owned()),
            },
        })
    }

    /// True where one press answers it.
    pub fn can_approve(&self) -> bool {
        matches!(self, Need::Allow(_) | Need::Beyond(_))
    }

    pub fn approval(&self) -> Option<&Rc<Approval>> {
        match self {
            Need::Allow(approval) | Need::Beyond(approval) | Need::Question(approval) => Some(approval),
            Need::Steps | Need::Trouble(_) => None,
        }
    }
}

/// What an approval is about, to be read before it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    /// What it allows, in words.
    pub about: String,
    /// What will run or change, to the letter.
    pub text: Option<String>,
    /// It changes a file: there is a difference to look at.
    pub changes: bool,
}

/// See [`Exact`].
pub fn exact(approval: &Approval) -> Exact {
    let details = details(approval);
    let tool = details.get("tool").and_then(Value::as_str).unwrap_or_default();
    let args = details.get("args").cloned().unwrap_or_default();
    let said = |name: &str| args.get(name).and_then(Value::as_str);
    let text = match (tool, said("command"), said("path")) {
        (_, Some(command), _) => Some(command.trim().to_owned()),
        ("write_file", _, Some(path)) => Some(format!("write {path}\n{}", said("content").unwrap_or_default())),
        ("edit_file", _, Some(path)) => {
            let lines = |sign: &str, text: &str| text.lines().map(|line| format!("\n{sign}{line}")).collect::<String>();
            let (old, new) = (said("old").unwrap_or_default(), said("new").unwrap_or_default());
            Some(format!("edit {path}{}{}", lines("- ", old), lines("+ ", new)))
        }
        ("", ..) => granted(approval.grant.as_ref()),
        _ => Some(call(tool, &args)),
    };
    let changes = matches!(tool, "write_file" | "edit_file");
    // The command is right below.
    let about = approval.action.replace(" The command to run first is in the details.", "");
    Exact { about, text, changes }
}

fn granted(grant: Option<&Grant>) -> Option<String> {
    match grant? {
        Grant::ReadPath { path } => Some(format!("read {path}")),
        Grant::WritePath { path } => Some(format!("write {path}")),
        Grant::Network | Grant::Host => None,
    }
}

fn call(tool: &str, args: &Value) -> String {
    let Some(members) = args.as_object() else { return tool.to_owned() };
    let told = members.iter().map(|(name, value)| match value {
        Value::String(text) => format!("\n{name}: {text}"),
        other => format!("\n{name}: {other}"),
    });
    format!("{tool}{}", told.collect::<String>())
}

fn details(approval: &Approval) -> Value {
    serde_json::from_str(&approval.details).unwrap_or_default()
}

/// Why an agent that has ended did not do what it should.
pub fn why(agent: &Agent) -> String {
    let info = &agent.info;
    let summary = info.summary.as_deref().map(str::trim).filter(|summary| !summary.is_empty());
    match (summary, info.outcome) {
        // Which signal ended it is of no help.
        (_, Some(Outcome::Aborted)) => "It was stopped before it was done.".to_owned(),
        (Some(summary), _) => summary.to_owned(),
        (None, Some(Outcome::Timeout)) => "It reached a limit before it was done.".to_owned(),
        (None, _) => match info.exit_code {
            Some(code) => format!("It ended with code {code} and left no summary. Open it to see its last steps."),
            None => "It left no summary. Open it to see its last steps.".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use aether_protocol::Pid;
    use aether_protocol::domains::agent::ApprovalState;
    use serde_json::json;

    use super::super::sample::agent;
    use super::*;

    fn approval(kind: ApprovalKind, details: &Value) -> Rc<Approval> {
        Rc::new(Approval {
            id: "a".into(),
            pid: Pid(2),
            call_id: "1.0".into(),
            kind,
            action: "Use the network for the rest of this run. The command to run first is in the details.".into(),
            details: details.to_string(),
            grant: Some(Grant::Network),
            created_at: 0,
            state: ApprovalState::Open,
            reason: None,
            reply: None,
            answered_at: None,
        })
    }

    #[test]
    fn an_agent_says_what_it_waits_for() {
        let waiting = agent(2, "running", "waiting", |info| info.waiting_for = Some("x".into()));
        let of = |approval: Rc<Approval>| Need::of(&waiting, Some(approval));
        let network = approval(ApprovalKind::Action, &json!({ "tool": "run_command" }));
        assert!(of(network.clone()).is_some_and(|need| need.can_approve()));
        let limit = approval(ApprovalKind::Action, &json!({ "limit": "maxCostUsd" }));
        assert!(matches!(of(limit), Some(Need::Beyond(_))));
        assert!(matches!(of(approval(ApprovalKind::Question, &Value::Null)), Some(Need::Question(_))));
        assert_eq!(Need::of(&waiting, None), Some(Need::Trouble("x".into())));
        let steps = agent(2, "stopped", "waiting", |info| info.waiting_for = Some("more steps".into()));
        assert_eq!(Need::of(&steps, None), Some(Need::Steps));
        assert_eq!(Need::of(&agent(2, "running", "thinking", |_| {}), Some(network)), None);
    }

    #[test]
    fn what_will_run_or_change_is_shown_to_the_letter() {
        let of = |details: Value| exact(&approval(ApprovalKind::Action, &details));
        let command = of(json!({ "tool": "run_command", "args": { "command": "git push\n" } }));
        assert_eq!(command.text.as_deref(), Some("git push"));
        assert_eq!(command.about, "Use the network for the rest of this run.");
        let write = of(json!({ "tool": "write_file", "args": { "path": "/etc/x", "content": "a\nb" } }));
        assert_eq!((write.text.as_deref(), write.changes), (Some("write /etc/x\na\nb"), true));
        let edit = of(json!({ "tool": "edit_file", "args": { "path": "x", "old": "a", "new": "b" } }));
        assert_eq!(edit.text.as_deref(), Some("edit x\n- a\n+ b"));
        let other = of(json!({ "tool": "mv", "args": { "from": "a", "times": 2 } }));
        assert_eq!(other.text.as_deref(), Some("mv\nfrom: a\ntimes: 2"));
        assert_eq!(of(Value::Null).text, None);
    }

    #[test]
    fn a_failure_always_says_something() {
        let told = |code: Option<i32>, summary: Option<&str>| {
            why(&agent(2, "dead", "failed", |info| {
                (info.exit_code, info.summary) = (code, summary.map(str::to_owned));
            }))
        };
        assert_eq!(told(Some(1), Some(" no key ")), "no key");
        assert!(told(Some(3), Some("  ")).contains("code 3"));
        assert!(!told(None, None).is_empty());
    }
}
