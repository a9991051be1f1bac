//! What an agent wants of the person, described once for every place that says it. Pure.

use aether_protocol::domains::agent::{Approval, ApprovalKind, Grant};
use serde_json::Value;

use super::{Agent, Standing};
use crate::kit::format::{self, unhidden};

/// Characters of a question that a headline holds; longer ones are told in `why`.
const HEADLINE: usize = 90;

/// Bytes that a line of an excerpt holds at the most.
const LINE: usize = 120;

/// What an ask is, and so how it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskKind {
    /// Something is to be allowed: yes or no.
    Allow,
    /// A limit of money, tokens or time: go on, or end it.
    Limit,
    /// Words are wanted.
    Question,
    /// Its steps are used up: more, or none.
    Steps,
    /// Something has to be set right first.
    Trouble,
}

/// What an agent wants, for toast, bell, card, panel, menu and Smart Bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub kind: AskKind,
    /// A title with its verb, without a full stop: "Coder wants to use the network".
    pub headline: String,
    /// What will run or change, to the letter: a machine's words.
    pub exact: Option<String>,
    /// It changes a file: there is a difference to look at.
    pub changes: bool,
    /// What a yes allows, and for how long: follows "Allows: ", without a full stop.
    pub allows: Option<String>,
    /// What else there is to know, as prose. Empty where the headline says it all.
    pub why: String,
}

impl Ask {
    /// What is asked by an approval of the agent with this name.
    pub fn of(name: &str, approval: &Approval) -> Ask {
        if approval.kind == ApprovalKind::Question {
            return question(name, &approval.action);
        }
        let details: Value = serde_json::from_str(&approval.details).unwrap_or_default();
        if let Some(limit) = details.get("limit").and_then(Value::as_str) {
            return limit_reached(name, limit, &details, &approval.action);
        }
        let call = Call::of(&details);
        let grant = approval.grant.as_ref();
        Ask {
            kind: AskKind::Allow,
            headline: format!("{name} wants to {}", unhidden(&verb(grant, &call))),
            exact: call.exact().or_else(|| granted(grant)).map(|text| unhidden(&text)),
            changes: call.changes(),
            allows: Some(unhidden(&allows(grant))),
            why: reason(grant, &call, &approval.action),
        }
    }

    /// An agent whose steps are used up.
    pub fn steps(name: &str, steps: u32) -> Ask {
        let counted = format!("{} {}", format::count(u64::from(steps)), if steps == 1 { "step" } else { "steps" });
        let why = "With more steps it goes on where it is. Stopped, it keeps what it has made.";
        plain(AskKind::Steps, format!("{name} reached its limit of {counted}"), why.to_owned())
    }

    /// An agent that cannot go on before something is set right.
    pub fn trouble(name: &str, reason: &str) -> Ask {
        plain(AskKind::Trouble, format!("{name} cannot go on"), reason.trim().to_owned())
    }

    /// What an agent wants, if it wants something; `open` is its oldest approval that is not answered.
    pub fn of_agent(agent: &Agent, open: Option<&Approval>) -> Option<Ask> {
        if agent.standing() != Standing::NeedsYou {
            return None;
        }
        let (name, info) = (agent.name(), &agent.info);
        Some(match (open, info.waiting_for.as_deref()) {
            (Some(approval), _) => Ask::of(name, approval),
            (None, Some("more steps")) => Ask::steps(name, info.max_steps.or(info.step).unwrap_or_default()),
            (None, Some(reason)) => Ask::trouble(name, reason),
            (None, None) => Ask::trouble(name, "It waits, and does not say for what."),
        })
    }

    /// What is wanted, where the agent's name stands beside it already: "wants to use the network".
    pub fn wants(&self, name: &str) -> &str {
        self.headline.strip_prefix(name).map_or(self.headline.as_str(), str::trim_start)
    }

    /// "Allows: the network, for the rest of this run."
    pub fn allowing(&self) -> Option<String> {
        self.allows.as_ref().map(|allows| format!("Allows: {allows}."))
    }

    /// The first `lines` lines of what will run or change, and whether there is more of it.
    pub fn excerpt(&self, lines: usize) -> Option<(&str, bool)> {
        let whole = self.exact.as_deref()?;
        let by_lines = whole.match_indices('\n').nth(lines.saturating_sub(1)).map_or(whole.len(), |(end, _)| end);
        let by_size = whole.floor_char_boundary(lines.saturating_mul(LINE));
        let shown = whole.get(..by_lines.min(by_size)).unwrap_or(whole);
        Some((shown, shown.len() < whole.trim_end().len()))
    }

    /// The words that answer it with yes and with no, where one press does.
    pub fn answers(&self) -> Option<(&'static str, &'static str)> {
        match self.kind {
            AskKind::Allow => Some(("Approve", "Reject")),
            AskKind::Limit => Some(("Go on", "End it")),
            AskKind::Question | AskKind::Steps | AskKind::Trouble => None,
        }
    }
}

fn plain(kind: AskKind, headline: String, why: String) -> Ask {
    Ask { kind, headline, exact: None, changes: false, allows: None, why }
}

fn question(name: &str, asked: &str) -> Ask {
    let asked = asked.trim();
    let whole = !asked.contains('\n') && asked.chars().count() <= HEADLINE;
    if whole {
        return plain(AskKind::Question, format!("{name} asks: {asked}"), String::new());
    }
    plain(AskKind::Question, format!("{name} has a question"), asked.to_owned())
}

fn limit_reached(name: &str, limit: &str, details: &Value, action: &str) -> Ask {
    let figure = |member: &str| details.get(member).and_then(Value::as_f64);
    // Of others' budgets, and of going round in circles, the kernel's own sentence says it best.
    let own = details.get("budget").and_then(Value::as_str).is_none_or(|budget| budget == "agent");
    let Some(allowed) = figure("allowed").filter(|_| own && limit != "maxRepeats") else {
        return plain(AskKind::Limit, format!("{name} reached a limit"), action.to_owned());
    };
    let headline = format!("{name} reached its limit of {}", measured(limit, allowed));
    let used = figure("used").unwrap_or(allowed);
    let why = format!("It has used {}. Going on grants as much again; otherwise it ends here.", measured(limit, used));
    Ask { allows: Some(format!("{} more", measured(limit, allowed))), ..plain(AskKind::Limit, headline, why) }
}

/// A height of a limit, with its unit.
fn measured(limit: &str, value: f64) -> String {
    let whole = value.max(0.0) as u64;
    match limit {
        "maxCostUsd" => format::money(value),
        "maxTokensPerSession" => format!("{} tokens", format::count(whole)),
        "maxTokensPerDay" => format!("{} tokens a day", format::count(whole)),
        "maxWallClockMs" => format!("{} at work", format::duration(whole)),
        "maxSteps" => format!("{} steps", format::count(whole)),
        _ => format::count(whole),
    }
}

/// The call that is held back.
struct Call<'a> {
    tool: &'a str,
    args: Option<&'a Value>,
}

impl<'a> Call<'a> {
    fn of(details: &'a Value) -> Call<'a> {
        Call { tool: details.get("tool").and_then(Value::as_str).unwrap_or_default(), args: details.get("args") }
    }

    fn said(&self, name: &str) -> Option<&'a str> {
        self.args?.get(name).and_then(Value::as_str)
    }

    fn changes(&self) -> bool {
        matches!(self.tool, "write_file" | "edit_file")
    }

    /// What will run or change, to the letter.
    fn exact(&self) -> Option<String> {
        let text = match (self.tool, self.said("command"), self.said("path")) {
            ("", None, _) => return None,
            (_, Some(command), _) => command.trim().to_owned(),
            ("write_file", _, Some(path)) => {
                format!("write {path}\n{}", self.said("content").unwrap_or_default())
            }
            ("edit_file", _, Some(path)) => {
                let lines = |sign: &str, text: Option<&str>| -> String {
                    text.unwrap_or_default().lines().map(|line| format!("\n{sign}{line}")).collect()
                };
                format!("edit {path}{}{}", lines("- ", self.said("old")), lines("+ ", self.said("new")))
            }
            (tool, ..) => {
                let members = self.args.and_then(Value::as_object).into_iter().flatten();
                let told = members.map(|(name, value)| match value {
                    Value::String(text) => format!("\n{name}: {text}"),
                    other => format!("\n{name}: {other}"),
                });
                format!("{tool}{}", told.collect::<String>())
            }
        };
        Some(text)
    }
}

/// What it wants to do, after "wants to".
fn verb(grant: Option<&Grant>, call: &Call<'_>) -> String {
    let named = |fallback: &str| file_name(call.said("path").unwrap_or(fallback)).to_owned();
    match (grant, call.tool) {
        (Some(Grant::Network), _) => "use the network".to_owned(),
        (Some(Grant::Host), _) => "run a command on this machine itself".to_owned(),
        (Some(Grant::WritePath { path }), "write_file") => format!("write {}", named(path)),
        (Some(Grant::WritePath { path }), "edit_file") => format!("edit {}", named(path)),
        (Some(Grant::WritePath { path }), "remove") => format!("delete {}", named(path)),
        (Some(Grant::WritePath { path }), _) => format!("change {}", file_name(path)),
        (Some(Grant::ReadPath { path }), _) => format!("read {}", file_name(path)),
        (None, "run_command") => "run a command".to_owned(),
        (None, "write_file") if call.said("path").is_some() => format!("write {}", named("")),
        (None, "edit_file") if call.said("path").is_some() => format!("edit {}", named("")),
        (None, "") => "go on".to_owned(),
        (None, tool) => format!("use {tool}"),
    }
}

/// The last part of a path; the whole of one that has none.
fn file_name(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    let name = trimmed.rsplit('/').next().unwrap_or(trimmed);
    if name.is_empty() { path } else { name }
}

fn granted(grant: Option<&Grant>) -> Option<String> {
    match grant? {
        Grant::ReadPath { path } => Some(format!("read {path}")),
        Grant::WritePath { path } => Some(format!("change {path}")),
        Grant::Network | Grant::Host => None,
    }
}

fn allows(grant: Option<&Grant>) -> String {
    match grant {
        Some(Grant::Network) => "the network, for the rest of this run".to_owned(),
        Some(Grant::Host) => "commands on this machine itself, for the rest of this run".to_owned(),
        Some(Grant::ReadPath { path }) => format!("reading {path}, for this one call"),
        Some(Grant::WritePath { path }) => format!("changing {path}, for this one call"),
        None => "this one call".to_owned(),
    }
}

/// Why it asks. The kernel's own sentence repeats what is shown beside it, so it is told only where nothing better is
/// known.
fn reason(grant: Option<&Grant>, call: &Call<'_>, action: &str) -> String {
    match grant {
        Some(Grant::Network) => "Its sandbox has no network until you allow it.".to_owned(),
        Some(Grant::Host) => "It runs outside any sandbox: it can read and change what you can.".to_owned(),
        Some(Grant::ReadPath { .. } | Grant::WritePath { .. }) => "This is outside the agent's home.".to_owned(),
        None if call.tool.is_empty() => action.trim().to_owned(),
        None => without_tool(action.trim(), call.tool),
    }
}

/// A sentence that only names the tool says nothing that the headline does not.
fn without_tool(action: &str, tool: &str) -> String {
    if action.eq_ignore_ascii_case(tool) { String::new() } else { action.to_owned() }
}

#[cfg(test)]
mod tests {
    use aether_protocol::Pid;
    use aether_protocol::domains::agent::ApprovalState;
    use serde_json::json;

    use super::*;

    fn ask(grant: Option<Grant>, details: &Value) -> Ask {
        Ask::of("Coder", &approval(ApprovalKind::Action, "Do it.", grant, details))
    }

    fn approval(kind: ApprovalKind, action: &str, grant: Option<Grant>, details: &Value) -> Approval {
        Approval {
            id: "a".into(),
            pid: Pid(2),
            call_id: "1.0".into(),
            kind,
            action: action.into(),
            details: details.to_string(),
            grant,
            created_at: 0,
            state: ApprovalState::Open,
            reason: None,
            reply: None,
            answered_at: None,
        }
    }

    #[test]
    fn a_command_is_told_by_what_it_needs_and_shown_to_the_letter() {
        let details = json!({ "tool": "run_command", "args": { "command": "git push\n" } });
        let network = ask(Some(Grant::Network), &details);
        assert_eq!(network.headline, "Coder wants to use the network");
        assert_eq!(network.wants("Coder"), "wants to use the network");
        assert_eq!(network.wants("Writer"), network.headline, "a name that is none of the headline's stays out of it");
        assert_eq!(network.exact.as_deref(), Some("git push"));
        assert_eq!(network.allowing().as_deref(), Some("Allows: the network, for the rest of this run."));
        assert!(!network.why.contains("Do it"));
        assert_eq!(ask(Some(Grant::Host), &details).headline, "Coder wants to run a command on this machine itself");
        assert_eq!(ask(None, &details).headline, "Coder wants to run a command");
    }

    #[test]
    fn a_change_names_its_file_and_has_a_difference() {
        let path = "/shared/report.md".to_owned();
        let write = json!({ "tool": "write_file", "args": { "path": &path, "content": "a\nb" } });
        let write = ask(Some(Grant::WritePath { path }), &write);
        assert_eq!(write.headline, "Coder wants to write report.md");
        assert_eq!((write.exact.as_deref(), write.changes), (Some("write /shared/report.md\na\nb"), true));
        let edit = json!({ "tool": "edit_file", "args": { "path": "x", "old": "a", "new": "b" } });
        let edit = ask(None, &edit);
        assert_eq!(
            (edit.headline.as_str(), edit.exact.as_deref()),
            ("Coder wants to edit x", Some("edit x\n- a\n+ b"))
        );
        let read = ask(Some(Grant::ReadPath { path: "/tmp/".into() }), &Value::Null);
        assert_eq!((read.headline.as_str(), read.exact.as_deref()), ("Coder wants to read tmp", Some("read /tmp/")));
        assert_eq!(ask(Some(Grant::ReadPath { path: "/".into() }), &Value::Null).headline, "Coder wants to read /");
    }

    #[test]
    fn an_excerpt_says_that_there_is_more() {
        let of = |command: &str| ask(None, &json!({ "tool": "run_command", "args": { "command": command } }));
        assert_eq!(of("a\nb").excerpt(2), Some(("a\nb", false)));
        assert_eq!(of("a\nb\nc").excerpt(2), Some(("a\nb", true)));
        assert!(of(&"\u{e9}".repeat(LINE * 2)).excerpt(2).is_some_and(|(shown, more)| more && shown.len() <= LINE * 2));
        assert_eq!(ask(None, &Value::Null).excerpt(2), None);
    }

    #[test]
    fn no_sign_hides_what_will_run() {
        let turned = ask(None, &json!({ "tool": "run_command", "args": { "command": "ls \u{202e}x\rrm\tb" } }));
        assert_eq!(turned.exact.as_deref(), Some("ls \\u{202e}x\\u{d}rm\tb"));
        let path = "/shared/\u{202e}txt.sh".to_owned();
        let write = json!({ "tool": "write_file", "args": { "path": &path, "content": "" } });
        let write = ask(Some(Grant::WritePath { path }), &write);
        assert_eq!(write.headline, "Coder wants to write \\u{202e}txt.sh");
        assert!(write.allowing().is_some_and(|allowing| allowing.contains("\\u{202e}")));
    }

    #[test]
    fn another_tool_is_told_with_its_arguments() {
        let other = ask(None, &json!({ "tool": "mv", "args": { "from": "a", "times": 2 } }));
        assert_eq!(
            (other.headline.as_str(), other.exact.as_deref()),
            ("Coder wants to use mv", Some("mv\nfrom: a\ntimes: 2"))
        );
        let bare = ask(None, &Value::Null);
        assert_eq!((bare.headline.as_str(), bare.exact, bare.why.as_str()), ("Coder wants to go on", None, "Do it."));
    }

    #[test]
    fn a_question_stands_in_the_headline_where_it_fits() {
        let of = |text: &str| Ask::of("Coder", &approval(ApprovalKind::Question, text, None, &Value::Null));
        assert_eq!((of("Which?").headline.as_str(), of("Which?").why.as_str()), ("Coder asks: Which?", ""));
        let long = of("Which?\n- this\n- that");
        assert_eq!((long.headline.as_str(), long.why.as_str()), ("Coder has a question", "Which?\n- this\n- that"));
        assert_eq!((long.kind, long.answers()), (AskKind::Question, None));
    }

    #[test]
    fn a_limit_is_told_with_its_height() {
        let of = |limit: &str, allowed: f64| ask(None, &json!({ "limit": limit, "allowed": allowed, "used": allowed }));
        assert_eq!(of("maxCostUsd", 0.5).headline, "Coder reached its limit of $0.50");
        assert_eq!(of("maxTokensPerDay", 900.0).headline, "Coder reached its limit of 900 tokens a day");
        assert_eq!(of("maxWallClockMs", 120_000.0).headline, "Coder reached its limit of 2 min at work");
        assert_eq!(of("maxCostUsd", 0.5).answers(), Some(("Go on", "End it")));
        assert_eq!(ask(None, &json!({ "limit": "x" })).headline, "Coder reached a limit");
        let of_day = json!({ "limit": "maxTokensPerDay", "allowed": 900, "used": 900, "budget": "user" });
        assert_eq!(ask(None, &of_day).headline, "Coder reached a limit");
        assert_eq!(Ask::steps("Coder", 20).headline, "Coder reached its limit of 20 steps");
        assert_eq!(Ask::steps("Coder", 1).headline, "Coder reached its limit of 1 step");
    }
}
