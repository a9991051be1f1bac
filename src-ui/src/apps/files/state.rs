//! What a window of files shows.

use std::rc::Rc;

use aether_protocol::WireError;
use aether_protocol::domains::fs::{FileStat, FileType, TrashEntry};
use serde::{Deserialize, Serialize};

use super::history::History;
use super::order::Order;
use super::path;
use super::selection::Selection;
use crate::kit::browser::storage;

/// What a window's args are where it shows the trash.
const TRASH: &str = "trash:";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Folder(String),
    Trash,
}

impl Place {
    pub fn read(args: &str, username: &str) -> Place {
        match args {
            TRASH => Place::Trash,
            "" => Place::Folder(path::home(username)),
            path => Place::Folder(path::normal(path, username)),
        }
    }

    pub fn args(&self) -> &str {
        match self {
            Place::Folder(path) => path,
            Place::Trash => TRASH,
        }
    }

    pub fn folder(&self) -> Option<&str> {
        match self {
            Place::Folder(path) => Some(path),
            Place::Trash => None,
        }
    }
}

/// How entries are shown, which the browser keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    pub order: Order,
    pub grid: bool,
    /// Names that begin with a dot are shown too.
    pub hidden: bool,
}

const VIEW: &str = "aether.files";

impl View {
    pub fn kept() -> View {
        let text = storage().and_then(|storage| storage.get_item(VIEW).ok().flatten());
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// Keeps it in the browser. One that keeps nothing begins with the usual view.
    pub fn keep(&self) {
        if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(self)) {
            let _ = storage.set_item(VIEW, &text);
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub enum Known {
    #[default]
    Loading,
    Since,
    Failed(WireError),
}

/// What can be taken back.
#[derive(Debug, Clone, PartialEq)]
pub enum Undo {
    /// Brings things back from the trash.
    Restore(Vec<String>),
    /// Moves things from where they are to where they were.
    Move(Vec<(String, String)>),
    /// Puts copies into the trash.
    Discard(Vec<String>),
}

/// Something was done, and can be taken back for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    pub id: u64,
    pub text: String,
    pub undo: Option<Undo>,
}

/// A name that is being typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Renaming {
    pub path: String,
    pub error: Option<String>,
    pub busy: bool,
}

/// A question over the window.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    Properties(Vec<Rc<FileStat>>),
    /// Deletes these for good; all that is in the trash without any.
    Purge(Option<Vec<String>>),
}

/// Where a menu is open, and of what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MenuAt {
    pub x: f64,
    pub y: f64,
    /// Of what is selected; else of the folder.
    pub selection: bool,
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub history: History<Place>,
    pub known: Known,
    /// Every entry there is.
    all: Rc<Vec<Rc<FileStat>>>,
    /// Those that are shown, in their order.
    rows: Rc<Vec<Rc<FileStat>>>,
    pub trash: Rc<Vec<TrashEntry>>,
    pub view: View,
    pub query: String,
    /// A search is on its way.
    pub searching: bool,
    pub selection: Selection,
    pub renaming: Option<Renaming>,
    pub typing_path: bool,
    pub searches: bool,
    pub done: Option<Done>,
    pub trouble: Option<String>,
    pub question: Option<Question>,
    pub menu: Option<MenuAt>,
    /// The folder that something is dragged over.
    pub over: Option<String>,
    /// Every press chooses: for fingers.
    pub picking: bool,
}

impl State {
    pub fn new(place: Place, view: View) -> State {
        State {
            history: History::new(place),
            known: Known::Loading,
            all: Rc::default(),
            rows: Rc::default(),
            trash: Rc::default(),
            view,
            query: String::new(),
            searching: false,
            selection: Selection::default(),
            renaming: None,
            typing_path: false,
            searches: false,
            done: None,
            trouble: None,
            question: None,
            menu: None,
            over: None,
            picking: false,
        }
    }

    pub fn place(&self) -> &Place {
        self.history.now()
    }

    pub fn folder(&self) -> Option<&str> {
        self.place().folder()
    }

    pub fn rows(&self) -> &Rc<Vec<Rc<FileStat>>> {
        &self.rows
    }

    /// How many there are that are not shown, because their names begin with a dot.
    pub fn unseen(&self) -> usize {
        self.all.len() - self.rows.len()
    }

    /// What an entry is known by: its path, or its id in the trash.
    pub fn keys(&self) -> Vec<&str> {
        match self.place() {
            Place::Trash => self.trash.iter().map(|entry| entry.id.as_str()).collect(),
            Place::Folder(_) => self.rows.iter().map(|entry| entry.path.as_str()).collect(),
        }
    }

    pub fn names(&self) -> Vec<&str> {
        match self.place() {
            Place::Trash => self.trash.iter().map(|entry| entry.name.as_str()).collect(),
            Place::Folder(_) => self.rows.iter().map(|entry| entry.name.as_str()).collect(),
        }
    }

    pub fn cursor(&self) -> Option<usize> {
        let cursor = self.selection.cursor()?;
        self.keys().iter().position(|key| *key == cursor)
    }

    /// The selected entries, in the order they are shown.
    pub fn selected(&self) -> Vec<Rc<FileStat>> {
        self.rows.iter().filter(|entry| self.selection.contains(&entry.path)).cloned().collect()
    }

    /// Changes what is chosen by the entry at an index.
    pub fn choose(&mut self, index: usize, how: super::selection::How) {
        let mut selection = std::mem::take(&mut self.selection);
        selection.choose(&self.keys(), index, how);
        self.selection = selection;
    }

    pub fn choose_these(&mut self, places: &[usize], before: &Selection) {
        let mut selection = std::mem::take(&mut self.selection);
        selection.choose_these(&self.keys(), places, before);
        self.selection = selection;
    }

    pub fn choose_all(&mut self) {
        let mut selection = std::mem::take(&mut self.selection);
        selection.choose_all(&self.keys());
        self.selection = selection;
    }

    /// Another place: nothing of the one before is shown as if it were there.
    pub fn arrive(&mut self) {
        self.known = Known::Loading;
        (self.all, self.rows, self.trash) = Default::default();
        self.selection = Selection::default();
        (self.query, self.searches, self.searching) = Default::default();
        (self.renaming, self.trouble, self.menu, self.over, self.question) = Default::default();
        (self.typing_path, self.picking) = (false, false);
    }

    /// Takes in what is in the folder now.
    pub fn take_in(&mut self, entries: Vec<FileStat>) {
        self.known = Known::Since;
        self.all = Rc::new(entries.into_iter().map(Rc::new).collect());
        self.arrange(self.query.is_empty());
    }

    /// Takes in what is in the trash now.
    pub fn take_in_trash(&mut self, entries: Vec<TrashEntry>) {
        self.known = Known::Since;
        let before = std::mem::replace(&mut self.trash, Rc::new(entries));
        let before: Vec<&str> = before.iter().map(|entry| entry.id.as_str()).collect();
        let mut selection = std::mem::take(&mut self.selection);
        selection.settle(&before, &self.keys());
        self.selection = selection;
    }

    /// Shows the entries as the view says; what was found stays in the order of the search.
    pub fn arrange(&mut self, sorts: bool) {
        let hidden = self.view.hidden || !self.query.is_empty();
        let mut rows: Vec<_> = self.all.iter().filter(|entry| hidden || !entry.is_hidden).cloned().collect();
        if sorts {
            self.view.order.sort(&mut rows);
        }
        let before = std::mem::replace(&mut self.rows, Rc::new(rows));
        let before: Vec<&str> = before.iter().map(|entry| entry.path.as_str()).collect();
        let mut selection = std::mem::take(&mut self.selection);
        selection.settle(&before, &self.keys());
        self.selection = selection;
    }

    /// Whether a folder is shown that has an entry of this name.
    pub fn has(&self, name: &str) -> bool {
        self.all.iter().any(|entry| entry.name == name)
    }

    /// "3 of 120 selected, 12 MB".
    pub fn summary(&self) -> String {
        use crate::kit::format::{bytes, count, plural};
        let all = if *self.place() == Place::Trash { self.trash.len() } else { self.rows.len() };
        if self.selection.is_empty() {
            let items = plural(all as u64, "item", "items");
            return match self.unseen() {
                0 => items,
                unseen => format!("{items}, {} hidden", count(unseen as u64)),
            };
        }
        let files = self.rows.iter().filter(|entry| self.selection.contains(&entry.path));
        let size: u64 = files.filter(|entry| entry.kind != FileType::Directory).map(|entry| entry.size).sum();
        let chosen = format!("{} of {} selected", count(self.selection.len() as u64), count(all as u64));
        if size > 0 { format!("{chosen}, {}", bytes(size)) } else { chosen }
    }
}

#[cfg(test)]
mod tests {
    use super::super::order::tests::entry;
    use super::super::selection::How;
    use super::*;

    fn state(names: &[&str]) -> State {
        let mut state = State::new(Place::read("/home/root", "ada"), View::default());
        state.take_in(names.iter().map(|name| (*entry(name, FileType::File, 10, 0.0)).clone()).collect());
        state
    }

    #[test]
    fn args_name_places() {
        assert_eq!(Place::read("", "ada"), Place::Folder("/home/ada".into()));
        assert_eq!(Place::read("trash:", "ada"), Place::Trash);
        for args in ["/shared", "trash:"] {
            assert_eq!(Place::read(args, "ada").args(), args);
        }
    }

    #[test]
    fn a_folder_that_changes_keeps_what_is_chosen() {
        let mut state = state(&["b", "a", ".c"]);
        assert_eq!((state.names(), state.unseen()), (vec!["a", "b"], 1));
        state.choose(1, How::Only);
        state.take_in(["0", "a", "b"].iter().map(|name| (*entry(name, FileType::File, 1, 0.0)).clone()).collect());
        assert_eq!((state.cursor(), state.selected().len()), (Some(2), 1));
        assert_eq!(state.summary(), "1 of 3 selected, 1 B");
        state.arrive();
        assert!(state.selection.is_empty() && state.rows().is_empty() && state.known == Known::Loading);
    }

    #[test]
    fn what_was_found_stays_in_its_order_and_hides_nothing() {
        let mut state = state(&["a"]);
        state.query = "x".into();
        state.take_in(["z", ".y", "x"].iter().map(|name| (*entry(name, FileType::File, 1, 0.0)).clone()).collect());
        assert_eq!(state.names(), ["z", ".y", "x"]);
        assert_eq!(state.summary(), "3 items");
    }
}
