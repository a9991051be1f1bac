//! Files on their way to the kernel: read a slice at a time, sent as fast as they are taken, whatever their size.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use aether_protocol::domains::fs::{self, FileType, UploadEnd};
use aether_protocol::{ErrorCode, WireError};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::cabinet::Cabinet;
use super::conflict::Choice;
use super::path;
use crate::kit::format::bytes;
use crate::store::Slice;

/// Bytes that are read at a time.
const SLICE: f64 = 262_144.0;

#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    Waiting,
    Sending,
    Done,
    /// Nothing was changed.
    Failed(String),
    Cancelled,
}

/// One file on its way.
#[derive(Clone, PartialEq)]
pub struct Upload {
    pub id: u64,
    pub name: String,
    pub folder: String,
    pub size: f64,
    pub sent: f64,
    pub stage: Stage,
    file: web_sys::File,
}

impl Upload {
    pub fn is_over(&self) -> bool {
        !matches!(self.stage, Stage::Waiting | Stage::Sending)
    }

    pub fn may_retry(&self) -> bool {
        matches!(self.stage, Stage::Failed(_) | Stage::Cancelled)
    }
}

#[derive(Default)]
struct Inner {
    all: Slice<Vec<Rc<Upload>>>,
    next: Cell<u64>,
    running: Cell<bool>,
    cancels: RefCell<HashMap<u64, oneshot::Sender<()>>>,
    /// What was answered for all that are waiting.
    for_all: Cell<Option<Choice>>,
}

/// The uploads of a window.
#[derive(Clone, Default)]
pub struct Uploads(Rc<Inner>);

impl PartialEq for Uploads {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Uploads {
    pub fn slice(&self) -> &Slice<Vec<Rc<Upload>>> {
        &self.0.all
    }

    /// Sends files, each into its folder, one after the other.
    pub fn send(&self, cabinet: &Cabinet, files: Vec<(web_sys::File, String)>) {
        if files.is_empty() {
            return;
        }
        self.0.all.update(|all| {
            // What went well needs no place beside what is new.
            all.retain(|upload| upload.stage != Stage::Done);
            for (file, folder) in files {
                let id = self.0.next.get() + 1;
                self.0.next.set(id);
                all.push(Rc::new(Upload {
                    id,
                    name: file.name(),
                    folder,
                    size: file.size(),
                    sent: 0.0,
                    stage: Stage::Waiting,
                    file,
                }));
            }
        });
        self.run(cabinet);
    }

    pub fn cancel(&self, id: u64) {
        self.0.cancels.borrow_mut().remove(&id);
        self.change(id, |upload| {
            if !upload.is_over() {
                upload.stage = Stage::Cancelled;
            }
        });
    }

    pub fn cancel_all(&self) {
        for upload in self.0.all.get().iter().filter(|upload| !upload.is_over()) {
            self.cancel(upload.id);
        }
    }

    pub fn retry(&self, cabinet: &Cabinet, id: u64) {
        self.change(id, |upload| (upload.stage, upload.sent) = (Stage::Waiting, 0.0));
        self.run(cabinet);
    }

    /// Takes what is over off the list.
    pub fn clear(&self) {
        self.0.all.update(|all| all.retain(|upload| !upload.is_over()));
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Upload)) {
        self.0.all.update(|all| {
            if let Some(upload) = all.iter_mut().find(|upload| upload.id == id) {
                change(Rc::make_mut(upload));
            }
        });
    }

    fn run(&self, cabinet: &Cabinet) {
        if self.0.running.replace(true) {
            return;
        }
        let (uploads, cabinet) = (self.clone(), cabinet.clone());
        spawn_local(async move {
            while let Some(next) = uploads.waiting() {
                uploads.one(&cabinet, next).await;
            }
            uploads.0.for_all.set(None);
            uploads.0.running.set(false);
        });
    }

    fn waiting(&self) -> Option<Rc<Upload>> {
        self.0.all.get().iter().find(|upload| upload.stage == Stage::Waiting).cloned()
    }

    async fn one(&self, cabinet: &Cabinet, upload: Rc<Upload>) {
        let id = upload.id;
        let (cancel, cancelled) = oneshot::channel::<()>();
        self.0.cancels.borrow_mut().insert(id, cancel);
        self.change(id, |upload| upload.stage = Stage::Sending);
        let work = Box::pin(self.transfer(cabinet, &upload));
        // Giving the work up ends its stream, and the kernel forgets what has come.
        let ended = match select(work, cancelled).await {
            Either::Left((ended, _)) => ended,
            Either::Right(_) => Ok(None),
        };
        self.0.cancels.borrow_mut().remove(&id);
        match ended {
            Ok(Some(name)) => {
                self.change(id, |upload| (upload.stage, upload.sent) = (Stage::Done, upload.size));
                if cabinet.state().get().folder() == Some(&upload.folder) {
                    cabinet.expect([name]);
                }
            }
            Ok(None) => self.change(id, |upload| upload.stage = Stage::Cancelled),
            Err(error) => self.change(id, |upload| {
                let path = path::join(&upload.folder, &upload.name);
                upload.stage = Stage::Failed(match error.code {
                    ErrorCode::TooLarge => readable(&error.message, &path),
                    _ => error.message,
                });
            }),
        }
    }

    /// Sends one file; answers the name it got, `None` if it was left out.
    async fn transfer(&self, cabinet: &Cabinet, upload: &Upload) -> Result<Option<String>, WireError> {
        let Some(name) = self.name(cabinet, upload).await? else { return Ok(None) };
        let target = path::join(&upload.folder, &name);
        let request = fs::Upload { path: target, size: Some(upload.size as u64) };
        // One that is too large is refused before a byte of it is read.
        let (_, mut stream) = cabinet.kernel().open_stream(fs::Command::upload(request)).await?;
        let writer = stream.writer();
        let mut sent = 0.0;
        while sent < upload.size {
            let part = read(&upload.file, sent, (sent + SLICE).min(upload.size)).await?;
            if part.is_empty() || !writer.write(&part).await {
                break;
            }
            sent += part.len() as f64;
            self.change(upload.id, |upload| upload.sent = sent);
        }
        let lost = || WireError::unavailable("The connection was lost before all of it had been sent. Send it again.");
        let end = stream.next().await.ok_or_else(lost)?;
        match serde_json::from_slice(&end) {
            Ok(UploadEnd::Done { .. }) => Ok(Some(name)),
            Ok(UploadEnd::Failed(error)) => Err(error),
            Err(_) => Err(lost()),
        }
    }

    /// The name under which a file goes, after the person has been asked where that is taken.
    async fn name(&self, cabinet: &Cabinet, upload: &Upload) -> Result<Option<String>, WireError> {
        let Some(there) = cabinet.exists(&path::join(&upload.folder, &upload.name)).await? else {
            return Ok(Some(upload.name.clone()));
        };
        let may_replace = there.kind == FileType::File;
        let choice = match self.0.for_all.get().filter(|choice| may_replace || *choice != Choice::Replace) {
            Some(choice) => choice,
            None => {
                let more = self.waiting().is_some();
                let answer = cabinet.conflicts().ask(&upload.name, &upload.folder, may_replace, more).await;
                if answer.all {
                    self.0.for_all.set(Some(answer.choice));
                }
                answer.choice
            }
        };
        match choice {
            Choice::Skip => Ok(None),
            Choice::Replace => Ok(Some(upload.name.clone())),
            Choice::KeepBoth => cabinet.free_name(&upload.folder, &upload.name, false).await.map(Some),
        }
    }
}

/// A sentence on sizes with them as people read them, and without the path that stands above it already.
fn readable(message: &str, path: &str) -> String {
    let (subject, rest) = message.strip_prefix(path).map_or(("", message), |rest| ("It", rest));
    let words = rest.replace(" bytes", "");
    let words = words.split(' ').map(|word| {
        let figures = word.trim_end_matches(|c: char| c.is_ascii_punctuation());
        match figures.parse::<u64>() {
            Ok(size) if figures.len() > 3 => {
                format!("{}{}", bytes(size), word.get(figures.len()..).unwrap_or_default())
            }
            Ok(_) | Err(_) => word.to_owned(),
        }
    });
    format!("{subject}{}", words.collect::<Vec<_>>().join(" "))
}

async fn read(file: &web_sys::File, from: f64, to: f64) -> Result<Vec<u8>, WireError> {
    let unreadable = |_| {
        WireError::new(
            ErrorCode::Unavailable,
            "The file could not be read on this machine. Look whether it is still there.",
        )
    };
    let slice = file.slice_with_f64_and_f64(from, to).map_err(unreadable)?;
    let buffer = JsFuture::from(slice.array_buffer()).await.map_err(unreadable)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_said_in_sizes_that_people_read() {
        let message =
            "/home/ada/1234567.bin would have 60000000 bytes, and an upload at most 52428800. Send less, or raise X.";
        let expect = "It would have 60 MB, and an upload at most 52 MB. Send less, or raise X.";
        assert_eq!(readable(message, "/home/ada/1234567.bin"), expect);
        assert_eq!(readable("Something else, 12 of it.", "/a"), "Something else, 12 of it.");
    }
}
