//! What is done to files from a window of them. Whatever is replaced or deleted can be had back from the trash.

use std::rc::Rc;

use aether_protocol::domains::fs::{Cp, FileStat, FileType, Mkdir, Mv, Purge, Restore, Stat, Trash, Write};
use aether_protocol::{ErrorCode, WireError};
use wasm_bindgen_futures::spawn_local;

use super::cabinet::Cabinet;
use super::clipboard::{self, Held};
use super::conflict::Choice;
use super::name::{free, isolated, refusal};
use super::path;
use super::places::label;
use super::state::{Place, Renaming, Undo};
use crate::kit::format::plural;

/// Something that goes elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub path: String,
    pub is_folder: bool,
}

impl From<&Rc<FileStat>> for Item {
    fn from(entry: &Rc<FileStat>) -> Item {
        Item { path: entry.path.clone(), is_folder: entry.kind == FileType::Directory }
    }
}

/// Failures of several, told as one.
#[derive(Default)]
struct Failures(Vec<WireError>);

impl Failures {
    fn tell(self, cabinet: &Cabinet, all: usize, what: &str) {
        let Some(first) = self.0.first() else { return };
        let text = match (all, self.0.len()) {
            (1, _) => format!("It was not {what}. {}", first.message),
            (all, failed) => format!("{failed} of {all} were not {what}. {}", first.message),
        };
        cabinet.trouble(text);
    }
}

impl Cabinet {
    /// Opens an entry: a folder here, a file in a window of its own.
    pub fn open(&self, entry: &FileStat) {
        match entry.kind {
            FileType::Directory => self.go_to(&entry.path),
            FileType::File | FileType::Symlink | FileType::Pipe | FileType::Device => {
                self.desk().open_path(&entry.path, false);
            }
        }
    }

    pub fn open_selected(&self) {
        let chosen = self.state().get().selected();
        let one = chosen.len() == 1;
        for entry in &chosen {
            if one || entry.kind != FileType::Directory {
                self.open(entry);
            }
        }
    }

    /// Makes a folder or an empty file, and lets it be named.
    pub fn make(&self, is_folder: bool) {
        let state = self.state().get();
        let Some(folder) = state.folder().map(str::to_owned) else { return };
        let wanted = if is_folder { "New folder" } else { "New file.txt" };
        let name = free(wanted, is_folder, |name| state.has(name));
        let (cabinet, target) = (self.clone(), path::join(&folder, &name));
        spawn_local(async move {
            let made = if is_folder {
                cabinet.files().mkdir(Mkdir { path: target.clone(), recursive: None }).await
            } else {
                cabinet.files().write(Write { path: target.clone(), content: String::new() }).await
            };
            match made {
                Ok(()) => {
                    cabinet.expect([name]);
                    cabinet.update(|state| {
                        state.renaming = Some(Renaming { path: target, error: None, busy: false });
                    });
                }
                Err(error) => cabinet.trouble(format!("It was not made. {}", error.message)),
            }
        });
    }

    /// Lets the name of an entry be typed.
    pub fn begin_rename(&self) {
        let state = self.state().get();
        let Some(cursor) = state.selection.cursor().map(str::to_owned) else { return };
        if state.folder().is_some() && state.selection.len() <= 1 {
            self.update(|state| state.renaming = Some(Renaming { path: cursor, error: None, busy: false }));
        }
    }

    /// Gives an entry the name that was typed.
    pub fn rename(&self, from: String, name: String) {
        let state = self.state().get();
        // A field that goes says once more what was typed.
        if state.renaming.as_ref().is_none_or(|renaming| renaming.busy || renaming.path != from) {
            return;
        }
        if name == path::name(&from) {
            return self.update(|state| state.renaming = None);
        }
        if let Some(error) = refusal(&name) {
            return self.refuse_name(&from, error.to_owned());
        }
        let to = path::join(path::parent(&from), &name);
        let acting = self.begin();
        self.update(|state| state.renaming = Some(Renaming { path: from.clone(), error: None, busy: true }));
        let cabinet = self.clone();
        spawn_local(async move {
            let _acting = acting;
            match cabinet.exists(&to).await {
                Ok(None) => {}
                Ok(Some(_)) => return cabinet.refuse_name(&from, format!("{} is there already.", isolated(&name))),
                Err(error) => return cabinet.refuse_name(&from, error.message),
            }
            match cabinet.files().mv(Mv { from: from.clone(), to: to.clone() }).await {
                Ok(()) => {
                    cabinet.update(|state| {
                        state.renaming = None;
                        state.selection.renamed(&from, &to);
                    });
                    let text = format!("Renamed to {}", isolated(&name));
                    cabinet.expect([name]);
                    cabinet.done(text, Some(Undo::Move(vec![(to, from)])));
                }
                Err(error) => cabinet.refuse_name(&from, error.message),
            }
        });
    }

    fn refuse_name(&self, path: &str, error: String) {
        self.update(|state| {
            // Only where it is still the name that is typed.
            if state.renaming.as_ref().is_some_and(|renaming| renaming.path == path) {
                state.renaming = Some(Renaming { path: path.to_owned(), error: Some(error), busy: false });
            }
        });
    }

    pub(super) async fn exists(&self, path: &str) -> Result<Option<FileStat>, WireError> {
        match self.files().stat(Stat { path: path.to_owned() }).await {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if error.code == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A name in a folder that is not taken.
    pub(super) async fn free_name(&self, folder: &str, name: &str, is_folder: bool) -> Result<String, WireError> {
        let mut taken = vec![name.to_owned()];
        loop {
            let candidate = free(name, is_folder, |name| taken.iter().any(|taken| taken == name));
            if self.exists(&path::join(folder, &candidate)).await?.is_none() {
                return Ok(candidate);
            }
            taken.push(candidate);
        }
    }

    /// Notes what is selected, to be moved or copied elsewhere.
    pub fn hold(&self, moves: bool) {
        let items: Vec<Item> = self.state().get().selected().iter().map(Item::from).collect();
        if !items.is_empty() {
            clipboard::hold(Held { items, moves });
        }
    }

    /// Puts what was noted into the folder that is shown.
    pub fn paste(&self) {
        let Some(folder) = self.state().get().folder().map(str::to_owned) else { return };
        let held = clipboard::held();
        if held.items.is_empty() {
            return;
        }
        if held.moves {
            clipboard::hold(Held::default());
        }
        self.put(held.items, folder, held.moves);
    }

    /// Moves or copies things into a folder.
    pub fn put(&self, items: Vec<Item>, folder: String, moves: bool) {
        let (cabinet, acting) = (self.clone(), self.begin());
        spawn_local(async move {
            let _acting = acting;
            let (mut placed, mut failures) = (Vec::new(), Failures::default());
            let (all, mut for_all) = (items.len(), None);
            for (index, item) in items.into_iter().enumerate() {
                let more = index + 1 < all;
                match cabinet.put_one(&item, &folder, moves, more, &mut for_all).await {
                    Ok(Some(to)) => placed.push((to, item.path)),
                    Ok(None) => {}
                    Err(error) => failures.0.push(error),
                }
            }
            failures.tell(&cabinet, all, if moves { "moved" } else { "copied" });
            if placed.is_empty() {
                return;
            }
            if cabinet.state().get().folder() == Some(&folder) {
                cabinet.expect(placed.iter().map(|(to, _)| path::name(to).to_owned()));
            }
            let (verb, undo) = if moves {
                ("Moved", Undo::Move(placed.clone()))
            } else {
                ("Copied", Undo::Discard(placed.iter().map(|(to, _)| to.clone()).collect()))
            };
            let text = format!("{verb} {} to {}", cabinet.several(&placed), label(&cabinet, &folder));
            cabinet.done(text, Some(undo));
        });
    }

    fn several(&self, placed: &[(String, String)]) -> String {
        match placed {
            [(to, _)] => isolated(path::name(to)),
            many => plural(many.len() as u64, "item", "items"),
        }
    }

    async fn put_one(
        &self,
        item: &Item,
        folder: &str,
        moves: bool,
        more: bool,
        for_all: &mut Option<Choice>,
    ) -> Result<Option<String>, WireError> {
        let from = item.path.clone();
        let mut name = path::name(&from).to_owned();
        let stays = path::parent(&from) == folder;
        if moves && stays {
            return Ok(None);
        }
        if path::below(folder, &from).is_some() {
            let name = isolated(&name);
            return Err(WireError::invalid(format!("{name} cannot go into itself. Choose a folder outside of it.")));
        }
        if stays {
            name = self.free_name(folder, &name, item.is_folder).await?;
        } else if let Some(there) = self.exists(&path::join(folder, &name)).await? {
            let choice = match *for_all {
                Some(choice) => choice,
                None => {
                    let answer = self.conflicts().ask(&name, folder, true, more).await;
                    *for_all = answer.all.then_some(answer.choice);
                    answer.choice
                }
            };
            match choice {
                Choice::Skip => return Ok(None),
                Choice::KeepBoth => name = self.free_name(folder, &name, item.is_folder).await?,
                // What is replaced can be had back.
                Choice::Replace => drop(self.files().trash(Trash { path: there.path }).await?),
            }
        }
        let to = path::join(folder, &name);
        if moves {
            self.files().mv(Mv { from, to: to.clone() }).await?;
        } else {
            self.files().cp(Cp { from, to: to.clone() }).await?;
        }
        Ok(Some(to))
    }

    /// Throws away what is selected; it can be taken back.
    pub fn trash_selected(&self) {
        let paths: Vec<String> = self.state().get().selected().iter().map(|entry| entry.path.clone()).collect();
        self.throw(paths);
    }

    /// Throws things away.
    pub fn throw(&self, paths: Vec<String>) {
        if paths.is_empty() {
            return;
        }
        let (cabinet, acting) = (self.clone(), self.begin());
        spawn_local(async move {
            let _acting = acting;
            let (mut entries, mut failures, all) = (Vec::new(), Failures::default(), paths.len());
            for path in paths {
                match cabinet.files().trash(Trash { path }).await {
                    Ok(entry) => entries.push(entry),
                    Err(error) => failures.0.push(error),
                }
            }
            failures.tell(&cabinet, all, "moved to the trash");
            let what = match entries.as_slice() {
                [] => return,
                [one] => isolated(&one.name),
                many => plural(many.len() as u64, "item", "items"),
            };
            let ids = entries.into_iter().map(|entry| entry.id).collect();
            cabinet.done(format!("{what} moved to the trash"), Some(Undo::Restore(ids)));
        });
    }

    /// Brings the selected things in the trash back to where they were.
    pub fn restore_selected(&self) {
        let ids: Vec<String> = self.state().get().selection.paths().map(str::to_owned).collect();
        let cabinet = self.clone();
        spawn_local(async move { cabinet.restore(ids).await });
    }

    async fn restore(&self, ids: Vec<String>) {
        let (mut back, mut failures, all) = (Vec::new(), Failures::default(), ids.len());
        for id in ids {
            match self.files().restore(Restore { entry_id: id, to: None }).await {
                Ok(restored) => back.push(restored.path),
                Err(error) => failures.0.push(error),
            }
        }
        failures.tell(self, all, "put back");
        let text = match back.as_slice() {
            [] => return,
            [one] => format!("{} is back in {}", isolated(path::name(one)), label(self, path::parent(one))),
            many => format!("{} are back", plural(many.len() as u64, "item", "items")),
        };
        let here = self.state().get().folder().map(str::to_owned);
        let shown: Vec<String> = back
            .iter()
            .filter(|path| here.as_deref() == Some(path::parent(path)))
            .map(|path| path::name(path).to_owned())
            .collect();
        if !shown.is_empty() {
            self.expect(shown);
        }
        self.done(text, None);
    }

    /// Deletes things in the trash for good; all of them without ids.
    pub fn purge(&self, ids: Option<Vec<String>>) {
        let cabinet = self.clone();
        self.update(|state| state.question = None);
        spawn_local(async move {
            match cabinet.files().purge(Purge { ids }).await {
                Ok(()) => cabinet.done(String::from("Deleted for good"), None),
                Err(error) => cabinet.trouble(format!("It was not deleted. {}", error.message)),
            }
        });
    }

    /// Takes back what was done last, or what is being done once it is.
    pub fn undo(&self) {
        let undo = self.state().get().done.as_ref().and_then(|done| done.undo.clone());
        let Some(undo) = undo else { return self.undo_later() };
        self.update(|state| state.done = None);
        let cabinet = self.clone();
        spawn_local(async move {
            match undo {
                Undo::Restore(ids) => cabinet.restore(ids).await,
                Undo::Discard(paths) => cabinet.throw(paths),
                Undo::Move(moved) => cabinet.move_back(moved).await,
            }
        });
    }

    async fn move_back(&self, moved: Vec<(String, String)>) {
        let (mut names, mut failures, all) = (Vec::new(), Failures::default(), moved.len());
        for (now, before) in moved {
            let moved = match self.exists(&before).await {
                Ok(None) => self.files().mv(Mv { from: now, to: before.clone() }).await,
                Ok(Some(_)) => {
                    let name = isolated(path::name(&before));
                    Err(WireError::invalid(format!("{name} is there again. Rename one of them first.")))
                }
                Err(error) => Err(error),
            };
            match moved {
                Ok(()) => names.push(path::name(&before).to_owned()),
                Err(error) => failures.0.push(error),
            }
        }
        failures.tell(self, all, "moved back");
        if !names.is_empty() {
            self.expect(names);
            self.done(String::from("Taken back"), None);
        }
    }

    /// Saves the selected files on the person's machine, one after the other.
    pub fn download_selected(&self) {
        let chosen = self.state().get().selected();
        let files: Vec<_> = chosen.iter().filter(|entry| entry.kind == FileType::File).collect();
        if files.len() < chosen.len() {
            self.trouble(String::from("Folders cannot be downloaded as a whole. Open them and download their files."));
        }
        for entry in files {
            super::browser::save(&self.kernel().door().download_url(&entry.path), &entry.name);
        }
    }

    /// The trash, or the folder that something came from.
    pub fn show(&self, path: &str) {
        self.go(Place::Folder(path::parent(path).to_owned()));
        self.expect([path::name(path).to_owned()]);
    }
}
