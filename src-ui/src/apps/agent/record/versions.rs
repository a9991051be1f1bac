//! The files an agent wrote, version by version, as its journal tells of them.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use aether_protocol::domains::agent::{TrajectoryEntry, TrajectoryKind as Kind};

use super::arg;

/// One content that a file had.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// The number of the entry that wrote it.
    pub n: u64,
    pub step: u32,
    pub at: u64,
    /// Nothing where the journal does not keep all of it.
    pub content: Option<Rc<str>>,
}

/// A file with its versions, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub path: String,
    pub versions: Vec<Version>,
    /// True if the agent has removed it since.
    pub removed: bool,
}

impl Written {
    pub fn last(&self) -> Option<&Version> {
        self.versions.last()
    }
}

/// A path as the kernel knows it: what is relative is under the home.
pub fn absolute(home: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{home}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The files that these entries wrote, the one written last first.
pub fn written(entries: &[Rc<TrajectoryEntry>], home: &str) -> Vec<Written> {
    let mut files: BTreeMap<String, Written> = BTreeMap::new();
    let mut begun: HashMap<&str, &TrajectoryEntry> = HashMap::new();
    for entry in entries {
        let Some(id) = entry.call_id.as_deref() else { continue };
        match entry.kind {
            Kind::Action => drop(begun.insert(id, entry)),
            Kind::Observation if entry.ok == Some(true) => {
                if let Some(action) = begun.remove(id) {
                    apply(&mut files, action, entry.at, home);
                }
            }
            _ => {}
        }
    }
    let mut files: Vec<Written> = files.into_values().collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.last().map(|version| version.n)));
    files
}

fn apply(files: &mut BTreeMap<String, Written>, action: &TrajectoryEntry, at: u64, home: &str) {
    let given = |name| arg(action.args.as_ref(), name);
    let path_of = |name| given(name).map(|path| absolute(home, path));
    let whole = action.truncated != Some(true);
    match action.tool.as_deref().unwrap_or_default() {
        "write_file" => {
            let Some(path) = path_of("path") else { return };
            let content = given("content").filter(|_| whole).map(Rc::from);
            add(files, &path, Version { n: action.n, step: action.step, at, content });
        }
        "edit_file" => {
            let Some(path) = path_of("path") else { return };
            let before = files.get(&path).and_then(|file| file.last()).and_then(|version| version.content.clone());
            let all = action.args.as_ref().and_then(|args| args.get("all")).and_then(|all| all.as_bool()) == Some(true);
            let content = match (before, given("old"), given("new")) {
                (Some(before), Some(old), Some(new)) if whole => Some(Rc::from(edited(&before, old, new, all))),
                _ => None,
            };
            add(files, &path, Version { n: action.n, step: action.step, at, content });
        }
        "mv" => {
            if let (Some(from), Some(to)) = (path_of("source"), path_of("destination"))
                && let Some(file) = files.remove(&from)
            {
                files.insert(to.clone(), Written { path: to, ..file });
            }
        }
        "rm" => {
            if let Some(path) = path_of("path") {
                let below = format!("{path}/");
                for file in files.values_mut().filter(|file| file.path == path || file.path.starts_with(&below)) {
                    file.removed = true;
                }
            }
        }
        _ => {}
    }
}

/// A text with its first, or every, `old` replaced.
pub fn edited(content: &str, old: &str, new: &str, all: bool) -> String {
    if all { content.replace(old, new) } else { content.replacen(old, new, 1) }
}

fn add(files: &mut BTreeMap<String, Written>, path: &str, version: Version) {
    let empty = || Written { path: path.to_owned(), versions: Vec::new(), removed: false };
    let file = files.entry(path.to_owned()).or_insert_with(empty);
    file.removed = false;
    file.versions.push(version);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::samples::{action, observation};
    use super::*;

    const HOME: &str = "/home/agent_7";

    fn history(calls: &[(&str, Value, bool)]) -> Vec<Written> {
        let mut entries = Vec::new();
        for (index, (tool, args, ok)) in calls.iter().enumerate() {
            let (n, id) = (index as u64 * 2, format!("t{index}c0"));
            entries.push(Rc::new(action(n, &id, tool, args.clone())));
            entries.push(Rc::new(observation(n + 1, &id, *ok, "")));
        }
        written(&entries, HOME)
    }

    fn contents(file: &Written) -> Vec<Option<&str>> {
        file.versions.iter().map(|version| version.content.as_deref()).collect()
    }

    #[test]
    fn writing_and_editing_make_versions_and_what_failed_makes_none() {
        let files = history(&[
            ("write_file", json!({"path": "a.txt", "content": "one two two"}), true),
            ("write_file", json!({"path": "./b/../b.txt", "content": "b"}), true),
            ("edit_file", json!({"path": "/home/agent_7/a.txt", "old": "two", "new": "2"}), true),
            ("edit_file", json!({"path": "a.txt", "old": "two", "new": "2", "all": true}), true),
            ("write_file", json!({"path": "a.txt", "content": "refused"}), false),
        ]);
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["/home/agent_7/a.txt", "/home/agent_7/b.txt"], "the last written first");
        assert_eq!(contents(&files[0]), [Some("one two two"), Some("one 2 two"), Some("one 2 2")]);
    }

    #[test]
    fn what_the_journal_does_not_keep_whole_has_no_content() {
        let mut cut = action(0, "t1c0", "write_file", json!({"path": "a", "content": "half"}));
        cut.truncated = Some(true);
        let edit = action(2, "t2c0", "edit_file", json!({"path": "a", "old": "h", "new": "H"}));
        let entries = [cut, observation(1, "t1c0", true, ""), edit, observation(3, "t2c0", true, "")];
        let files = written(&entries.map(Rc::new), HOME);
        assert_eq!(contents(&files[0]), [None, None]);
    }

    #[test]
    fn a_moved_file_keeps_its_versions_and_a_removed_one_says_so() {
        let files = history(&[
            ("write_file", json!({"path": "a", "content": "1"}), true),
            ("write_file", json!({"path": "dir/x", "content": "2"}), true),
            ("mv", json!({"source": "a", "destination": "b"}), true),
            ("rm", json!({"path": "dir"}), true),
        ]);
        let shape: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.removed)).collect();
        assert_eq!(shape, [("/home/agent_7/dir/x", true), ("/home/agent_7/b", false)]);
    }

    #[test]
    fn paths_do_not_leave_the_root() {
        assert_eq!(absolute(HOME, "../../../../etc/hosts"), "/etc/hosts");
        assert_eq!(absolute(HOME, "/tmp//x/"), "/tmp/x");
    }
}
