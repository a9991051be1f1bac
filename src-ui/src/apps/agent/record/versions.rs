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

/// What a file was before the agent first wrote it.
#[derive(Debug, Clone, PartialEq)]
pub enum Before {
    /// There was none.
    Nothing,
    /// The agent had read it.
    Read(Rc<str>),
    /// The journal does not say.
    Unknown,
}

/// A file with its versions, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub path: String,
    pub before: Before,
    pub versions: Vec<Version>,
    /// True if the agent has removed it since.
    pub removed: bool,
}

impl Written {
    pub fn last(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// The content before this version; nothing where it is not known.
    pub fn content_before(&self, index: usize) -> Option<&str> {
        match (index.checked_sub(1), &self.before) {
            (Some(before), _) => self.versions.get(before)?.content.as_deref(),
            (None, Before::Nothing) => Some(""),
            (None, Before::Read(content)) => Some(content),
            (None, Before::Unknown) => None,
        }
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
    let mut known = Known::new(entries, home);
    let mut begun: HashMap<&str, &TrajectoryEntry> = HashMap::new();
    for entry in entries {
        let Some(id) = entry.call_id.as_deref() else { continue };
        match entry.kind {
            Kind::Action => {
                begun.insert(id, entry);
                if entry.tool.as_deref() == Some("run_command") {
                    known.bare = false;
                }
            }
            Kind::Observation if entry.ok == Some(true) => {
                if let Some(action) = begun.remove(id) {
                    known.take_in(action, entry);
                }
            }
            _ => {}
        }
    }
    let mut files: Vec<Written> = known.files.into_values().collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.last().map(|version| version.n)));
    files
}

/// What is known of the files, entry by entry.
struct Known<'a> {
    home: &'a str,
    files: BTreeMap<String, Written>,
    /// What files were when the agent last looked at them, or took them away, before it wrote them.
    seen: HashMap<String, Before>,
    /// The home was empty when the agent began, and nothing has been done that could have put something unknown there.
    bare: bool,
}

impl<'a> Known<'a> {
    fn new(entries: &[Rc<TrajectoryEntry>], home: &'a str) -> Known<'a> {
        let whole = entries.first().is_some_and(|first| first.kind == Kind::Started);
        Known { home, files: BTreeMap::new(), seen: HashMap::new(), bare: whole }
    }

    fn take_in(&mut self, action: &TrajectoryEntry, seen: &TrajectoryEntry) {
        let given = |name| arg(action.args.as_ref(), name);
        let path_of = |name| given(name).map(|path| absolute(self.home, path));
        let whole = action.truncated != Some(true);
        match action.tool.as_deref().unwrap_or_default() {
            "read_file" => {
                if let Some(path) = path_of("path").filter(|_| seen.truncated != Some(true)) {
                    let content = Rc::from(seen.text.as_deref().unwrap_or_default());
                    self.seen.insert(path, Before::Read(content));
                }
            }
            "write_file" => {
                let Some(path) = path_of("path") else { return };
                let content = given("content").filter(|_| whole).map(Rc::from);
                self.add(&path, Version { n: action.n, step: action.step, at: seen.at, content });
            }
            "edit_file" => {
                let Some(path) = path_of("path") else { return };
                let all = action.args.as_ref().and_then(|args| args.get("all")?.as_bool()) == Some(true);
                let content = match (self.content(&path), given("old"), given("new")) {
                    (Some(before), Some(old), Some(new)) if whole && before.contains(old) => {
                        Some(Rc::from(edited(&before, old, new, all)))
                    }
                    _ => None,
                };
                self.add(&path, Version { n: action.n, step: action.step, at: seen.at, content });
            }
            "mv" | "cp" => {
                let (Some(from), Some(to)) = (path_of("source"), path_of("destination")) else { return };
                let copy = Version { n: action.n, step: action.step, at: seen.at, content: self.content(&from) };
                if action.tool.as_deref() == Some("mv") { self.moved(&from, to, copy) } else { self.copied(to, copy) }
            }
            "rm" => {
                if let Some(path) = path_of("path") {
                    self.removed(path);
                }
            }
            _ => {}
        }
    }

    /// The content of a file as it is last known.
    fn content(&self, path: &str) -> Option<Rc<str>> {
        match (self.files.get(path), self.seen.get(path)) {
            (Some(file), _) => file.last()?.content.clone(),
            (None, Some(Before::Read(content))) => Some(content.clone()),
            (None, Some(Before::Nothing | Before::Unknown) | None) => None,
        }
    }

    fn add(&mut self, path: &str, version: Version) {
        if !self.files.contains_key(path) {
            let new = self.bare && path.strip_prefix(self.home).is_some_and(|rest| rest.starts_with('/'));
            let before = self.seen.remove(path).unwrap_or(if new { Before::Nothing } else { Before::Unknown });
            let file = Written { path: path.to_owned(), before, versions: Vec::new(), removed: false };
            self.files.insert(path.to_owned(), file);
        }
        if let Some(file) = self.files.get_mut(path) {
            file.removed = false;
            file.versions.push(version);
        }
    }

    fn moved(&mut self, from: &str, to: String, copy: Version) {
        if let Some(file) = self.files.remove(from) {
            self.files.insert(to.clone(), Written { path: to, ..file });
        } else {
            self.moved_below(from, &to);
            self.copied(to, copy);
        }
        self.seen.insert(from.to_owned(), Before::Nothing);
    }

    /// What is in a folder goes with it.
    fn moved_below(&mut self, from: &str, to: &str) {
        let below = format!("{from}/");
        let (inside, others) =
            std::mem::take(&mut self.files).into_iter().partition(|(path, _)| path.starts_with(&below));
        self.files = others;
        for (path, file) in inside {
            let path = format!("{to}/{}", path.strip_prefix(&below).unwrap_or(&path));
            self.files.insert(path.clone(), Written { path, ..file });
        }
    }

    fn copied(&mut self, to: String, copy: Version) {
        // It may be a folder, with anything in it.
        self.bare &= copy.content.is_some();
        if self.files.contains_key(&to) {
            self.add(&to, copy);
        } else {
            self.seen.insert(to, copy.content.map_or(Before::Unknown, Before::Read));
        }
    }

    fn removed(&mut self, path: String) {
        let below = format!("{path}/");
        for file in self.files.values_mut().filter(|file| file.path == path || file.path.starts_with(&below)) {
            file.removed = true;
        }
        self.seen.retain(|seen, _| !seen.starts_with(&below));
        self.seen.insert(path, Before::Nothing);
    }
}

/// A text with its first, or every, `old` replaced.
pub fn edited(content: &str, old: &str, new: &str, all: bool) -> String {
    if all { content.replace(old, new) } else { content.replacen(old, new, 1) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::samples::{action, entry, observation};
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

    fn begun(mut entries: Vec<TrajectoryEntry>) -> Vec<Written> {
        entries.insert(0, entry(0, Kind::Started));
        written(&entries.into_iter().map(Rc::new).collect::<Vec<_>>(), HOME)
    }

    fn call(n: u64, tool: &str, args: Value, said: &str) -> [TrajectoryEntry; 2] {
        let id = format!("t{n}c0");
        [action(n, &id, tool, args), observation(n + 1, &id, true, said)]
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
    fn what_is_in_a_folder_moves_with_it_and_what_is_copied_over_a_file_is_its_next_version() {
        let files = history(&[
            ("write_file", json!({"path": "old/x", "content": "1"}), true),
            ("write_file", json!({"path": "a", "content": "one"}), true),
            ("write_file", json!({"path": "b", "content": "two"}), true),
            ("mv", json!({"source": "old", "destination": "new"}), true),
            ("cp", json!({"source": "a", "destination": "b"}), true),
            ("edit_file", json!({"path": "b", "old": "one", "new": "1"}), true),
        ]);
        let shape: Vec<_> = files.iter().map(|file| (file.path.as_str(), contents(file))).collect();
        let expected = [
            ("/home/agent_7/b", vec![Some("two"), Some("one"), Some("1")]),
            ("/home/agent_7/a", vec![Some("one")]),
            ("/home/agent_7/new/x", vec![Some("1")]),
        ];
        assert_eq!(shape, expected);
    }

    #[test]
    fn paths_do_not_leave_the_root() {
        assert_eq!(absolute(HOME, "../../../../etc/hosts"), "/etc/hosts");
        assert_eq!(absolute(HOME, "/tmp//x/"), "/tmp/x");
    }

    #[test]
    fn what_a_file_was_before_is_what_the_agent_saw_of_it() {
        let write = |n, path: &str| call(n, "write_file", json!({"path": path, "content": "new"}), "Wrote 3 bytes.");
        let before = |calls: Vec<[TrajectoryEntry; 2]>| {
            let file = begun(calls.into_iter().flatten().collect()).remove(0);
            file.content_before(0).map(str::to_owned)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(before(vec![write(1, "a")]), some(""), "its home was empty");
        assert_eq!(before(vec![write(1, "/shared/a")]), None, "what others share may have been there");
        let read = call(1, "read_file", json!({"path": "/shared/a"}), "old");
        assert_eq!(before(vec![read, write(3, "/shared/a")]), some("old"));
        let ran = call(1, "run_command", json!({"command": "touch a"}), "");
        assert_eq!(before(vec![ran, write(3, "a")]), None, "a command may have made it");
        let gone = call(1, "rm", json!({"path": "/shared/a"}), "Removed.");
        assert_eq!(before(vec![gone, write(3, "/shared/a")]), some(""));
        let later = written(&write(1, "a").map(Rc::new), HOME);
        assert_eq!(later[0].content_before(0), None, "the beginning of the record is not there");
    }

    #[test]
    fn an_edit_of_what_was_read_is_known_whole() {
        let mut cut = call(5, "read_file", json!({"path": "/shared/b"}), "half");
        cut[1].truncated = Some(true);
        let entries = [
            call(1, "read_file", json!({"path": "/shared/a"}), "one two"),
            call(3, "edit_file", json!({"path": "/shared/a", "old": "two", "new": "2"}), "Edited."),
            cut,
            call(7, "edit_file", json!({"path": "/shared/b", "old": "half", "new": "all"}), "Edited."),
        ];
        let files = begun(entries.into_iter().flatten().collect());
        assert_eq!((contents(&files[0]), files[0].content_before(0)), (vec![None], None));
        assert_eq!((contents(&files[1]), files[1].content_before(0)), (vec![Some("one 2")], Some("one two")));
    }
}
