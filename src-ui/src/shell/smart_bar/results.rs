//! What a query of the Smart Bar finds: pure, so that its order is tested without a page.

use std::rc::Rc;

use aether_protocol::Pid;
use aether_protocol::domains::fs::{FileStat, FileType};

use crate::store::{Agent, Ask, Standing};

/// The most of a kind.
const MOST: usize = 6;

/// What choosing a result does.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    App(&'static str),
    Action(&'static str),
    Agent(Pid),
    Path {
        path: String,
        is_folder: bool,
    },
    /// A new agent with this goal.
    Deploy(String),
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub target: Target,
    pub title: String,
    pub detail: String,
    /// Of an agent: how it is.
    pub standing: Option<Standing>,
    score: u32,
}

/// A kind of results, under its heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    pub title: &'static str,
    pub found: Vec<Found>,
}

/// What can be found beside agents and files: an id, its words, and what stands at its end.
pub struct Named {
    pub target: Target,
    pub title: &'static str,
    pub detail: String,
}

/// The files that a query found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Searched {
    pub query: String,
    pub found: Vec<FileStat>,
}

impl Searched {
    /// Those that answer another query too, until its own are found: Enter does not wait for them.
    pub fn of(&self, query: &str) -> Vec<FileStat> {
        let answers = |file: &&FileStat| query == self.query || score(query, &file.name) > 0;
        self.found.iter().filter(answers).cloned().collect()
    }
}

/// How well `text` answers `query`: the words of the query must all be in it; 0 says that they are not.
pub fn score(query: &str, text: &str) -> u32 {
    let text = text.to_lowercase();
    let query = query.to_lowercase();
    let mut score = 0;
    for word in query.split_whitespace() {
        score += match text.find(word) {
            Some(0) => 4,
            Some(at) if text[..at].ends_with(|before: char| !before.is_alphanumeric()) => 3,
            Some(_) => 1,
            None => return 0,
        };
    }
    score
}

/// Everything a query finds, the best of each kind first. An empty query shows what there is to choose from, and before
/// it who waits for the person. `agents` come with what they ask for.
pub fn search(query: &str, named: Vec<Named>, agents: &[(Rc<Agent>, Option<Ask>)], files: &[FileStat]) -> Vec<Section> {
    let query = query.trim();
    let matches = |text: &str| if query.is_empty() { 1 } else { score(query, text) };
    let (mut apps, mut actions) = (Vec::new(), Vec::new());
    for Named { target, title, detail } in named {
        let found = Found { score: matches(title), title: title.to_owned(), detail, standing: None, target };
        if matches!(found.target, Target::App(_)) { apps.push(found) } else { actions.push(found) }
    }
    let found = |(agent, ask): &(Rc<Agent>, Option<Ask>)| Found {
        score: matches(&format!("{} {} {}", agent.name(), agent.pid(), agent.goal())),
        target: Target::Agent(agent.pid()),
        title: format!("{} #{}", agent.name(), agent.pid()),
        detail: ask.as_ref().map_or_else(|| agent.goal().to_owned(), |ask| ask.wants(agent.name()).to_owned()),
        standing: Some(agent.standing()),
    };
    let waits = |(agent, _): &&(Rc<Agent>, Option<Ask>)| query.is_empty() && agent.standing() == Standing::NeedsYou;
    let needy = agents.iter().filter(waits).map(found).collect();
    let agents = agents.iter().filter(|agent| !waits(agent)).map(found).collect();
    let files = files
        .iter()
        .map(|file| Found {
            score: 1,
            target: Target::Path { path: file.path.clone(), is_folder: file.kind == FileType::Directory },
            title: file.name.clone(),
            detail: file.path.clone(),
            standing: None,
        })
        .collect();
    if query.is_empty() {
        actions.clear();
    }
    let mut sections = vec![
        section("Needs you", needy),
        section("Apps", apps),
        section("Agents", agents),
        section("Files", files),
        section("Actions", actions),
    ];
    if !query.is_empty() {
        let deploy = Found {
            target: Target::Deploy(query.to_owned()),
            title: format!("Deploy an agent to \u{201c}{query}\u{201d}"),
            detail: String::new(),
            standing: None,
            score: 1,
        };
        sections.push(section("New agent", vec![deploy]));
    }
    sections.retain(|section| !section.found.is_empty());
    sections
}

fn section(title: &'static str, mut found: Vec<Found>) -> Section {
    found.retain(|found| found.score > 0);
    found.sort_by_key(|found| std::cmp::Reverse(found.score));
    found.truncate(MOST);
    Section { title, found }
}

#[cfg(test)]
mod tests {
    use aether_protocol::domains::fs::{FileAccess, FileMode};
    use aether_protocol::domains::process::ProcessInfo;

    use super::*;
    use crate::store::Agents;

    fn named(id: &'static str, title: &'static str) -> Named {
        Named { target: Target::App(id), title, detail: String::new() }
    }

    fn titles(query: &str) -> Vec<String> {
        let apps = vec![named("m", "System Monitor"), named("s", "Settings"), named("t", "Terminal")];
        search(query, apps, &[], &[]).into_iter().flat_map(|s| s.found).map(|found| found.title).collect()
    }

    #[test]
    fn beginnings_of_words_come_before_their_middles() {
        assert_eq!(titles("se")[0], "Settings");
        assert_eq!(titles("mon")[0], "System Monitor");
        assert_eq!(titles("t")[0], "Terminal");
    }

    #[test]
    fn every_query_can_become_an_agent_and_an_empty_one_shows_what_there_is() {
        assert_eq!(titles("zzz"), ["Deploy an agent to \u{201c}zzz\u{201d}"]);
        assert_eq!(titles("").len(), 3);
    }

    #[test]
    fn who_waits_for_the_person_comes_first_and_says_what_for() {
        let mut agents = Agents::default();
        let process = |pid: u64, phase: &str| -> ProcessInfo {
            serde_json::from_value(serde_json::json!({
                "pid": pid, "ppid": 1, "uid": "agent", "name": "coder", "command": "goal", "state": "running",
                "cwd": "/", "env": {}, "createdAt": 1_000, "priority": 3, "cpuPercent": 0.0, "memoryMB": 0.0,
                "agentPhase": phase
            }))
            .expect("a process")
        };
        agents.replace(vec![process(2, "thinking"), process(3, "waiting")]);
        let known: Vec<_> =
            agents.sorted().into_iter().map(|agent| (agent.clone(), Ask::of_agent(&agent, None))).collect();
        let sections = search("", vec![named("s", "Settings")], &known, &[]);
        assert_eq!(sections.iter().map(|section| section.title).collect::<Vec<_>>(), ["Needs you", "Apps", "Agents"]);
        let first = &sections[0].found[0];
        assert_eq!((first.target.clone(), first.standing), (Target::Agent(Pid(3)), Some(Standing::NeedsYou)));
        assert_eq!(first.detail, "cannot go on");
        let sought = search("coder", Vec::new(), &known, &[]);
        assert_eq!((sought[0].title, sought[0].found.len()), ("Agents", 2), "a query finds them in one list");
    }

    #[test]
    fn files_of_the_query_before_are_left_only_where_they_answer_this_one() {
        let none = FileAccess { read: true, write: false, execute: false };
        let file = |name: &str| FileStat {
            path: format!("/shared/{name}"),
            name: name.to_owned(),
            kind: FileType::File,
            size: 3,
            mode: FileMode { owner: none, group: none, other: none },
            uid: "ada".into(),
            created_at: 0.0,
            modified_at: 0.0,
            is_hidden: false,
        };
        let searched = Searched { query: "no".into(), found: vec![file("notes.md"), file("nothing.txt")] };
        let names = |query: &str| searched.of(query).into_iter().map(|file| file.name).collect::<Vec<_>>();
        assert_eq!(names("no"), ["notes.md", "nothing.txt"]);
        assert_eq!(names("not"), ["notes.md", "nothing.txt"]);
        assert_eq!(names("note"), ["notes.md"]);
        assert!(names("z").is_empty());
    }

    #[test]
    fn all_words_have_to_be_there() {
        assert_eq!(score("sys mon", "System Monitor"), 7);
        assert_eq!(score("sys xyz", "System Monitor"), 0);
    }
}
