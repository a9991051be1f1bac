//! What is done to files from a window of them. Whatever is replaced or deleted can be had back from the trash.

mod folders;
mod put;
mod rename;
mod trash;
mod undo;

use std::rc::Rc;

use aether_protocol::domains::fs::{FileStat, FileType, Mkdir, Stat, Write};
use aether_protocol::{ErrorCode, WireError};
use wasm_bindgen_futures::spawn_local;

use super::cabinet::Cabinet;
use super::name::free;
use super::path;
use super::state::{Place, Renaming};

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
