//! What an agent wants of the person, as its card says it.

use std::rc::Rc;

use aether_protocol::domains::agent::{Approval, Outcome};

use crate::store::{Agent, Ask, AskKind};

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    pub ask: Ask,
    /// What is answered, where it is one.
    pub approval: Option<Rc<Approval>>,
}

impl Need {
    /// What an agent needs, if it needs the person.
    pub fn of(agent: &Agent, approval: Option<Rc<Approval>>) -> Option<Need> {
        Ask::of_agent(agent, approval.as_deref()).map(|ask| Need { ask, approval })
    }

    /// The approval that one press answers.
    pub fn to_approve(&self) -> Option<&Rc<Approval>> {
        match self.ask.kind {
            AskKind::Allow | AskKind::Limit => self.approval.as_ref(),
            AskKind::Question | AskKind::Steps | AskKind::Trouble => None,
        }
    }

    /// Its title without the name, which stands above it already.
    pub fn title(&self, name: &str) -> String {
        let mut letters = self.ask.wants(name).chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }

    /// What else there is to know. Of what is to be allowed that is what a yes allows; the rest is in the details.
    pub fn more(&self) -> Option<String> {
        let granted = self.approval.as_ref().is_some_and(|approval| approval.grant.is_some());
        let why = Some(self.ask.why.clone()).filter(|why| !why.is_empty());
        match (self.ask.kind, granted) {
            (AskKind::Allow, true) => self.ask.allowing(),
            (AskKind::Allow, false) => why.or_else(|| self.ask.allowing()),
            (AskKind::Limit | AskKind::Question | AskKind::Steps | AskKind::Trouble, _) => why,
        }
    }
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
            Some(code) => format!("It ended with code {code} and left no summary."),
            None => "It left no summary.".to_owned(),
        },
    }
}

/// What to do about it.
pub fn remedy(agent: &Agent) -> &'static str {
    match agent.info.outcome {
        Some(Outcome::Aborted) => "Its files are kept. Try again to begin anew with the same goal.",
        Some(Outcome::Timeout) => "Try again with higher limits, or with a smaller goal.",
        Some(Outcome::Error | Outcome::Success) | None => {
            "See its last steps in the details, then try again with another model or a clearer goal."
        }
    }
}

#[cfg(test)]
mod tests {
    use aether_protocol::Pid;
    use aether_protocol::domains::agent::{ApprovalKind, ApprovalState, Grant};
    use serde_json::{Value, json};

    use super::super::sample::agent;
    use super::*;

    fn approval(kind: ApprovalKind, grant: Option<Grant>, details: &Value) -> Rc<Approval> {
        Rc::new(Approval {
            id: "a".into(),
            pid: Pid(2),
            call_id: "1.0".into(),
            kind,
            action: "May it?".into(),
            details: details.to_string(),
            grant,
            created_at: 0,
            state: ApprovalState::Open,
            reason: None,
            reply: None,
            answered_at: None,
        })
    }

    fn waiting() -> Rc<Agent> {
        agent(2, "running", "waiting", |info| (info.role, info.waiting_for) = (Some("Coder".into()), Some("x".into())))
    }

    #[test]
    fn one_press_answers_what_is_a_yes_or_a_no() {
        let of = |approval: Rc<Approval>| Need::of(&waiting(), Some(approval)).expect("a need");
        let call = json!({ "tool": "run_command", "args": { "command": "git push" } });
        assert!(of(approval(ApprovalKind::Action, Some(Grant::Network), &call)).to_approve().is_some());
        let limit = json!({ "limit": "maxCostUsd", "allowed": 1.0, "used": 1.0 });
        assert!(of(approval(ApprovalKind::Action, None, &limit)).to_approve().is_some());
        assert!(of(approval(ApprovalKind::Question, None, &Value::Null)).to_approve().is_none());
        assert!(Need::of(&waiting(), None).is_some_and(|need| need.to_approve().is_none()));
        let thinking = agent(2, "running", "thinking", |_| {});
        assert_eq!(Need::of(&thinking, Some(approval(ApprovalKind::Question, None, &Value::Null))), None);
    }

    #[test]
    fn a_title_says_what_is_wanted_and_what_follows_what_a_yes_allows() {
        let call = json!({ "tool": "run_command", "args": { "command": "git push" } });
        let network = Need::of(&waiting(), Some(approval(ApprovalKind::Action, Some(Grant::Network), &call)));
        let network = network.expect("a need");
        assert_eq!(network.title("Coder"), "Wants to use the network");
        assert!(network.more().is_some_and(|more| more.starts_with("Allows: the network")));
        let asked = Need::of(&waiting(), Some(approval(ApprovalKind::Question, None, &Value::Null))).expect("a need");
        assert_eq!((asked.title("Coder").as_str(), asked.more()), ("Asks: May it?", None));
        // A name that is none of the title's stays out of it.
        assert_eq!(asked.title("Writer"), "Coder asks: May it?");
        let trouble = Need::of(&waiting(), None).expect("a need");
        assert_eq!((trouble.title("Coder").as_str(), trouble.more().as_deref()), ("Cannot go on", Some("x")));
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
        assert!(!remedy(&agent(2, "dead", "failed", |_| {})).is_empty());
    }
}
