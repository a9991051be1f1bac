//! What lies in an agent's home: the folders that are open, kept current by the kernel's watch.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aether_protocol::domains::fs::{self, ChangeType, FileStat, FileType};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::apps::files::path::parent;
use crate::apps::files::watch::use_changes;
use crate::kernel::{Kernel, use_kernel};
use crate::kit::browser::Timeout;
use crate::store::{Slice, use_select, use_slice};

/// Changes come in bursts; a folder is listed again once for all of one.
const GATHER_MS: i32 = 300;

/// A folder as it is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Folder {
    Reading,
    Entries(Vec<FileStat>),
    Failed(String),
}

/// The open folders, by path.
pub type Folders = BTreeMap<String, Folder>;

/// One line of the home's tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub path: String,
    pub name: String,
    pub depth: usize,
    pub size: Option<u64>,
    /// For folders: whether it is open.
    pub open: Option<bool>,
    /// It could not be listed: why.
    pub failed: Option<String>,
}

/// The tree below `root` as lines, folders that are open with what is in them.
pub fn lines(folders: &Folders, root: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    below(folders, root, 0, &mut lines);
    lines
}

fn below(folders: &Folders, path: &str, depth: usize, lines: &mut Vec<Line>) {
    let Some(Folder::Entries(entries)) = folders.get(path) else { return };
    for entry in entries.iter().filter(|entry| !entry.is_hidden) {
        let folder = entry.kind == FileType::Directory;
        let failed = match folders.get(&entry.path) {
            Some(Folder::Failed(why)) => Some(why.clone()),
            _ => None,
        };
        lines.push(Line {
            path: entry.path.clone(),
            name: entry.name.clone(),
            depth,
            size: (!folder).then_some(entry.size),
            open: folder.then(|| folders.contains_key(&entry.path)),
            failed,
        });
        if folder {
            below(folders, &entry.path, depth + 1, lines);
        }
    }
}

/// A handle to the home: what is known, and a way to open and close folders.
#[derive(Clone, PartialEq)]
pub struct Home {
    pub root: String,
    pub folders: Slice<Folders>,
}

impl Home {
    /// Opens a folder, or closes it with everything in it.
    pub fn toggle(&self, kernel: &Kernel, path: &str) {
        if self.folders.get().contains_key(path) {
            let below = format!("{path}/");
            self.folders.update(|folders| folders.retain(|open, _| open != path && !open.starts_with(&below)));
        } else {
            self.list(kernel, path.to_owned());
        }
    }

    /// Lists a folder, which is open from now on.
    pub fn list(&self, kernel: &Kernel, path: String) {
        self.folders.update(|folders| {
            folders.entry(path.clone()).or_insert(Folder::Reading);
        });
        let (kernel, folders) = (kernel.clone(), self.folders.clone());
        spawn_local(async move {
            let found = match fs::Client(&kernel).ls(fs::Ls { path: path.clone() }).await {
                Ok(entries) => Folder::Entries(entries),
                Err(error) => Folder::Failed(error.message),
            };
            folders.update(|folders| {
                // It may have been closed meanwhile.
                if let Some(folder) = folders.get_mut(&path) {
                    *folder = found;
                }
            });
        });
    }
}

/// The home of an agent, kept current for as long as the caller is there.
#[hook]
pub fn use_home(root: &str) -> (Home, Rc<Folders>) {
    let kernel = use_kernel();
    let home = (*use_memo(root.to_owned(), |root| Home { root: root.clone(), folders: Slice::default() })).clone();
    let folders = use_slice(&home.folders);
    let epoch = use_select(&kernel.store().connection, |connection| connection.epoch);
    {
        let (home, kernel) = (home.clone(), kernel.clone());
        use_effect_with((root.to_owned(), epoch), move |(root, _)| {
            let open = home.folders.get().keys().cloned().chain([root.clone()]).collect::<BTreeSet<_>>();
            open.into_iter().for_each(|path| home.list(&kernel, path));
        });
    }
    let changed = use_gathered(&kernel, &home);
    use_changes(root, changed);
    (home, folders)
}

/// Lists folders again in which something has changed; changes that come close together are one.
#[hook]
fn use_gathered(kernel: &Kernel, home: &Home) -> Callback<(String, ChangeType)> {
    let dirty = use_mut_ref(BTreeSet::<String>::new);
    let timer = use_mut_ref(|| None::<Timeout>);
    let (kernel, home) = (kernel.clone(), home.clone());
    Callback::from(move |(path, _): (String, ChangeType)| {
        let folder = parent(&path).to_owned();
        if !home.folders.get().contains_key(&folder) {
            return;
        }
        dirty.borrow_mut().insert(folder);
        let mut waiting = timer.borrow_mut();
        if waiting.is_none() {
            let (dirty, again, home, kernel) = (dirty.clone(), timer.clone(), home.clone(), kernel.clone());
            *waiting = Timeout::new(GATHER_MS, move || {
                for path in std::mem::take(&mut *dirty.borrow_mut()) {
                    home.list(&kernel, path);
                }
                again.borrow_mut().take();
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use aether_protocol::domains::fs::{FileAccess, FileMode};

    use super::*;

    fn stat(path: &str, kind: FileType) -> FileStat {
        let none = FileAccess { read: true, write: false, execute: false };
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        FileStat {
            path: path.to_owned(),
            is_hidden: name.starts_with('.'),
            name,
            kind,
            size: 3,
            mode: FileMode { owner: none, group: none, other: none },
            uid: "agent_2".into(),
            created_at: 0.0,
            modified_at: 0.0,
        }
    }

    #[test]
    fn open_folders_show_what_is_in_them() {
        let mut folders = Folders::new();
        let (dir, file, hidden) = ("/home/a/data", "/home/a/x.txt", "/home/a/.cache");
        folders.insert(
            "/home/a".into(),
            Folder::Entries(vec![
                stat(dir, FileType::Directory),
                stat(hidden, FileType::Directory),
                stat(file, FileType::File),
            ]),
        );
        let shape = |folders: &Folders| {
            lines(folders, "/home/a")
                .iter()
                .map(|l| format!("{}{} {:?}", " ".repeat(l.depth), l.name, l.open))
                .collect::<Vec<_>>()
        };
        assert_eq!(shape(&folders), ["data Some(false)", "x.txt None"]);
        folders.insert(dir.into(), Folder::Entries(vec![stat("/home/a/data/v.csv", FileType::File)]));
        assert_eq!(shape(&folders), ["data Some(true)", " v.csv None", "x.txt None"]);
        assert!(lines(&folders, "/home/b").is_empty());
    }
}
