//! What a person enters to deploy an agent, and what becomes of it.

use aether_protocol::WireError;
use aether_protocol::domains::process::{AgentConfig, ProcessInfo, SandboxConfig, SandboxType};
use serde::{Deserialize, Serialize};

use crate::kit::format;

/// What the kernel takes where nothing is said.
pub const STEPS: u32 = 50;
pub const TOKENS: u64 = 500_000;
/// Who starts first while agents wait for a place.
pub const PRIORITIES: [(u8, &str); 5] = [(1, "First"), (2, "Sooner"), (NORMAL, "Normal"), (4, "Later"), (5, "Last")];
pub const NORMAL: u8 = 3;
/// Bytes of a role, and of a goal.
const ROLE: usize = 256;
const GOAL: usize = 64 * 1024;

/// Roles to choose from, each with what it is good for.
pub const ROLES: [(&str, &str); 7] = [
    ("Coder", "writes and changes programs"),
    ("Researcher", "finds out and compares"),
    ("Analyst", "works with data"),
    ("Writer", "drafts and edits text"),
    ("SysAdmin", "looks after machines"),
    ("Reviewer", "reads what others did"),
    ("Tester", "tries to break it"),
];

/// Goals to begin from: a short name, the role that suits it, and the whole goal.
pub const EXAMPLES: [(&str, &str, &str); 4] = [
    (
        "Write a program",
        "Coder",
        "Write a program that finds duplicate files below a folder, with tests, and run them.",
    ),
    ("Chart data", "Analyst", "Clean the file sales.csv, sum the revenue by region and month, and draw it as a chart."),
    (
        "Compare options",
        "Researcher",
        "Compare three ways to search vectors in SQLite and write one page with a recommendation.",
    ),
    ("Review changes", "Reviewer", "Read the files in my project folder and list what is wrong or risky, worst first."),
];

/// The form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Draft {
    pub role: String,
    /// Said anew each time.
    #[serde(skip)]
    pub goal: String,
    pub model: String,
    /// On the machine itself, outside of any sandbox.
    pub host: bool,
    pub network: bool,
    pub max_steps: Option<f64>,
    pub max_tokens: Option<f64>,
    pub max_cost: Option<f64>,
    /// 1 (first) to 5 (last).
    pub priority: u8,
}

impl Default for Draft {
    fn default() -> Self {
        Draft {
            role: String::new(),
            goal: String::new(),
            model: "auto".to_owned(),
            host: false,
            network: false,
            max_steps: None,
            max_tokens: None,
            max_cost: None,
            priority: NORMAL,
        }
    }
}

/// A part of the form, and what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    Role,
    Goal,
    Model,
    Sandbox,
    Steps,
    Tokens,
    Cost,
    /// None of them, or all.
    Whole,
}

/// What is wrong, part by part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(Vec<(Part, String)>);

impl Faults {
    pub fn of(&self, part: Part) -> Option<&str> {
        self.0.iter().find(|(at, _)| *at == part).map(|(_, text)| text.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn first(&self) -> Option<Part> {
        self.0.first().map(|(part, _)| *part)
    }

    /// Without those of a part that is being changed.
    pub fn without(&self, part: Part) -> Faults {
        Faults(self.0.iter().filter(|(at, _)| *at != part && *at != Part::Whole).cloned().collect())
    }

    fn add(&mut self, part: Part, text: &str) {
        self.0.push((part, text.to_owned()));
    }

    /// What the kernel refused, at the part it is about.
    pub fn refused(error: &WireError) -> Faults {
        Faults(vec![(part_of(&error.message), error.message.clone())])
    }
}

impl Draft {
    /// As an agent was set up that has been before.
    pub fn like(info: &ProcessInfo) -> Draft {
        let sandbox = info.sandbox.as_ref();
        Draft {
            role: info.role.clone().unwrap_or_default(),
            goal: info.goal.clone().unwrap_or_else(|| info.command.clone()),
            model: info.model.clone().unwrap_or_else(|| "auto".to_owned()),
            host: sandbox.is_some_and(|sandbox| sandbox.kind == Some(SandboxType::Host)),
            network: sandbox.is_some_and(|sandbox| sandbox.network_access == Some(true)),
            max_steps: info.max_steps.map(f64::from),
            max_tokens: info.max_tokens.map(|tokens| tokens as f64),
            max_cost: info.max_cost_usd,
            priority: info.priority.clamp(1, 5),
        }
    }

    /// What is wrong with it before anybody is asked.
    pub fn check(&self) -> Faults {
        let mut faults = Faults::default();
        if self.role.len() > ROLE {
            faults.add(Part::Role, "A role is a word or two. Put the rest into the goal.");
        }
        if self.goal.trim().is_empty() {
            faults.add(Part::Goal, "Say in a sentence what the agent should reach.");
        } else if self.goal.len() > GOAL {
            faults.add(Part::Goal, "A goal has 64 KB at most. Put what is longer into a file and name it.");
        }
        let whole = |value: Option<f64>, most: f64| {
            value.is_none_or(|value| value >= 1.0 && value <= most && value.fract() == 0.0)
        };
        if !whole(self.max_steps, f64::from(u32::MAX)) {
            faults.add(Part::Steps, "Enter a whole number from 1 on, or leave it empty.");
        }
        if !whole(self.max_tokens, 1e15) {
            faults.add(Part::Tokens, "Enter a whole number from 1 on, or leave it empty.");
        }
        if self.max_cost.is_some_and(|cost| !(cost.is_finite() && cost > 0.0)) {
            faults.add(Part::Cost, "Enter an amount above zero, or leave it empty.");
        }
        faults
    }

    /// The limits in a line: "50 steps, 500 000 tokens, no cost limit".
    pub fn limits(&self) -> String {
        let whole = |value: Option<f64>, default: u64| value.map_or(default, |value| value.max(0.0) as u64);
        let steps = format::plural(whole(self.max_steps, u64::from(STEPS)), "step", "steps");
        let tokens = format::plural(whole(self.max_tokens, TOKENS), "token", "tokens");
        let cost = self.max_cost.map_or_else(|| "no cost limit".to_owned(), format::money);
        let turn = PRIORITIES.iter().find(|(value, _)| *value == self.priority && self.priority != NORMAL);
        let turn = turn.map(|(_, label)| format!(", {} in the queue", label.to_lowercase())).unwrap_or_default();
        format!("{steps}, {tokens}, {cost}{turn}")
    }

    /// What the kernel is asked for.
    pub fn config(&self) -> AgentConfig {
        let model = self.model.trim();
        let sandbox = SandboxConfig {
            kind: Some(if self.host { SandboxType::Host } else { SandboxType::Confined }),
            network_access: self.network.then_some(true),
            ..SandboxConfig::default()
        };
        AgentConfig {
            role: self.role.trim().to_owned(),
            goal: self.goal.trim().to_owned(),
            model: (!model.is_empty() && model != "auto").then(|| model.to_owned()),
            max_steps: self.max_steps.map(|steps| steps as u32),
            max_tokens: self.max_tokens.map(|tokens| tokens as u64),
            max_cost_usd: self.max_cost,
            priority: Some(self.priority),
            sandbox: Some(sandbox),
            ..AgentConfig::default()
        }
    }
}

/// The kernel's refusals name what they are about in words.
fn part_of(message: &str) -> Part {
    let message = message.to_lowercase();
    let names = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if names(&["maxcostusd"]) {
        Part::Cost
    } else if names(&["a role may"]) {
        Part::Role
    } else if names(&["needs a goal", "a goal may"]) {
        Part::Goal
    } else if names(&["bare host", "sandbox"]) {
        Part::Sandbox
    } else if names(&["model", "provider", "api_key"]) {
        Part::Model
    } else {
        Part::Whole
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_form_lacks_only_its_goal() {
        let faults = Draft::default().check();
        assert_eq!(faults.first(), Some(Part::Goal));
        assert!(faults.without(Part::Goal).is_empty());
    }

    #[test]
    fn limits_are_whole_and_above_zero() {
        let draft = Draft {
            goal: "x".into(),
            max_steps: Some(0.0),
            max_tokens: Some(1.5),
            max_cost: Some(0.0),
            role: "r".repeat(300),
            ..Draft::default()
        };
        let faults = draft.check();
        for part in [Part::Steps, Part::Tokens, Part::Cost, Part::Role] {
            assert!(faults.of(part).is_some(), "{part:?}");
        }
        let draft = Draft { goal: "x".into(), max_steps: Some(1.0), max_cost: Some(0.01), ..Draft::default() };
        assert!(draft.check().is_empty());
    }

    #[test]
    fn the_limits_are_told_in_a_line() {
        let line = |draft: Draft| draft.limits().replace('\u{202f}', " ");
        assert_eq!(line(Draft::default()), "50 steps, 500 000 tokens, no cost limit");
        let draft = Draft {
            max_steps: Some(1.0),
            max_tokens: Some(9_000.0),
            max_cost: Some(0.5),
            priority: 1,
            ..Draft::default()
        };
        assert_eq!(line(draft), "1 step, 9 000 tokens, $0.50, first in the queue");
    }

    #[test]
    fn what_is_left_out_is_left_to_the_kernel() {
        let config = Draft { goal: " Do it. ".into(), ..Draft::default() }.config();
        let sent = serde_json::to_value(&config).expect("json");
        let sandbox = json!({ "type": "confined" });
        assert_eq!(sent, json!({ "role": "", "goal": "Do it.", "priority": 3, "sandbox": sandbox }));
    }

    #[test]
    fn what_is_entered_is_sent() {
        let draft = Draft {
            role: "Coder".into(),
            goal: "Do it.".into(),
            model: "openai:gpt-4.1".into(),
            host: true,
            network: true,
            max_steps: Some(20.0),
            max_tokens: Some(9_000.0),
            max_cost: Some(0.5),
            priority: 1,
        };
        let sent = serde_json::to_value(draft.config()).expect("json");
        assert_eq!(
            sent,
            json!({
                "role": "Coder", "goal": "Do it.", "model": "openai:gpt-4.1", "maxSteps": 20, "maxTokens": 9000,
                "maxCostUsd": 0.5, "priority": 1, "sandbox": { "type": "host", "networkAccess": true },
            })
        );
    }

    #[test]
    fn an_agent_is_set_up_again_as_it_was() {
        let info: ProcessInfo = serde_json::from_value(json!({
            "pid": 7, "ppid": 1, "uid": "agent_7", "name": "Coder Agent", "command": "", "state": "dead", "cwd": "/",
            "env": {}, "createdAt": 0, "priority": 2, "cpuPercent": 0.0, "memoryMB": 0.0, "role": "Coder", "goal": "Do it.",
            "model": "openai:gpt-4.1", "maxSteps": 20, "maxTokens": 9000, "maxCostUsd": 0.5,
            "sandbox": { "type": "host", "networkAccess": true },
        }))
        .expect("a process");
        let expect = Draft {
            role: "Coder".into(),
            goal: "Do it.".into(),
            model: "openai:gpt-4.1".into(),
            host: true,
            network: true,
            max_steps: Some(20.0),
            max_tokens: Some(9_000.0),
            max_cost: Some(0.5),
            priority: 2,
        };
        assert_eq!(Draft::like(&info), expect);
    }

    #[test]
    fn choices_are_kept_without_the_goal_and_read_by_later_versions() {
        let draft = Draft { role: "Coder".into(), goal: "secret".into(), max_steps: Some(9.0), ..Draft::default() };
        let kept = serde_json::to_value(&draft).expect("json");
        assert!(!kept.to_string().contains("secret"));
        let again: Draft = serde_json::from_value(kept).expect("a draft");
        assert_eq!(again, Draft { goal: String::new(), ..draft });
        let sparse: Draft = serde_json::from_value(json!({ "role": "x", "later": 1 })).expect("a draft");
        assert_eq!(sparse.priority, 3);
    }

    #[test]
    fn a_refusal_stands_at_the_part_it_is_about() {
        let part = |text: &str| Faults::refused(&WireError::invalid(text)).first();
        assert_eq!(part("An agent needs a goal. Say in a sentence what it should reach."), Some(Part::Goal));
        assert_eq!(part("No model provider is set up. Enter a key in Settings."), Some(Part::Model));
        assert_eq!(part("maxCostUsd must be above zero."), Some(Part::Cost));
        assert_eq!(part("You have 40 agents, which is your share of this kernel."), Some(Part::Whole));
    }
}
