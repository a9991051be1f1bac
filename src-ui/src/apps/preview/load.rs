//! What is known of a file that is shown: its facts, and of its bytes as much as is looked at.

use std::rc::Rc;

use aether_protocol::domains::fs::{self, ChangeType, Download, FileStat, FileType, Stat};
use aether_protocol::{ErrorCode, WireError};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::apps::files::kind::Kind;
use crate::apps::files::path::parent;
use crate::apps::files::watch::use_changes;
use crate::kernel::{Kernel, use_kernel};
use crate::store::{Slice, use_select, use_slice};

/// Bytes of a text that are fetched at a time.
pub const STEP: u64 = 1_000_000;
/// Bytes of a text that are shown at most; the rest is for a download.
pub const MOST: u64 = 8_000_000;
/// Bytes of anything else that are looked at.
const GLANCE: u64 = 4_096;

/// A file, as far as it was fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct Here {
    pub stat: FileStat,
    pub kind: Kind,
    pub bytes: Rc<Vec<u8>>,
}

impl Here {
    pub fn is_whole(&self) -> bool {
        self.bytes.len() as u64 >= self.stat.size
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub enum Known {
    #[default]
    Loading,
    Here(Here),
    Failed(WireError),
}

/// The slice that a view of a file shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct File {
    pub known: Known,
    /// Something of it is on its way.
    pub busy: bool,
    /// It changed while something of it was on its way.
    again: bool,
    /// It is no longer where it was; what is known of it is from before.
    pub gone: bool,
    /// More of it could not be fetched.
    pub trouble: Option<String>,
}

/// A file that is shown, and how more of it is asked for.
#[derive(Clone, PartialEq)]
pub struct Loader {
    kernel: Kernel,
    path: String,
    file: Slice<File>,
}

/// The file at a path, kept current.
#[hook]
pub fn use_file(path: &AttrValue) -> (Loader, Rc<File>) {
    let kernel = use_kernel();
    let loader = {
        let kernel = kernel.clone();
        use_memo(path.clone(), |path| Loader { kernel, path: path.to_string(), file: Slice::default() })
    };
    let epoch = use_select(&kernel.store().connection, |connection| connection.epoch);
    {
        let loader = loader.clone();
        use_effect_with((path.clone(), epoch), move |_| loader.look());
    }
    let changed = {
        let loader = loader.clone();
        Callback::from(move |(changed, _): (String, ChangeType)| {
            // A change of the folder itself says that much has changed in it.
            if changed == loader.path || changed == parent(&loader.path) {
                loader.look();
            }
        })
    };
    use_changes(parent(path), changed);
    let file = use_slice(&loader.file);
    ((*loader).clone(), file)
}

impl Loader {
    /// Looks again: fetches what has changed, and shows what was there until it has come.
    pub fn look(&self) {
        if self.file.get().busy {
            // What is on its way may be older than what was just heard of.
            return self.file.update(|file| file.again = true);
        }
        self.file.update(|file| file.busy = true);
        let loader = self.clone();
        spawn_local(async move {
            loop {
                let seen = loader.seen().await;
                let again = loader.file.get().again;
                loader.file.update(|file| take_in(file, seen, again));
                if !again {
                    return;
                }
            }
        });
    }

    /// Fetches the next part of a text.
    pub fn more(&self) {
        let now = self.file.get();
        let Known::Here(here) = &now.known else { return };
        if now.busy {
            return;
        }
        self.file.update(|file| file.busy = true);
        let (loader, here) = (self.clone(), here.clone());
        spawn_local(async move {
            let from = here.bytes.len() as u64;
            let fetched = fetch(&loader.kernel, &loader.path, from, STEP).await;
            loader.file.update(|file| {
                file.busy = false;
                match fetched {
                    Ok(more) => {
                        let mut bytes = here.bytes.to_vec();
                        bytes.extend(more);
                        file.trouble = None;
                        file.known = Known::Here(Here { bytes: Rc::new(bytes), ..here });
                    }
                    Err(error) => file.trouble = Some(error.message),
                }
            });
            // What changed in between makes two parts of different files; the next look tells.
            loader.look();
        });
    }

    async fn seen(&self) -> Result<Option<Here>, WireError> {
        let stat = fs::Client(&self.kernel).stat(Stat { path: self.path.clone() }).await?;
        let kind = Kind::of(&stat.name, stat.kind);
        let before = self.file.get();
        let wanted = match &before.known {
            Known::Here(here) => {
                let same = here.stat.modified_at == stat.modified_at && here.stat.size == stat.size;
                if same && !before.gone {
                    return Ok(None);
                }
                (here.bytes.len() as u64).clamp(STEP, MOST)
            }
            Known::Loading | Known::Failed(_) => STEP,
        };
        let wanted = match kind {
            _ if stat.kind != FileType::File => 0,
            Kind::Image | Kind::Audio | Kind::Video | Kind::Pdf => 0,
            kind if kind.is_text() => wanted,
            _ => GLANCE,
        };
        let bytes = match wanted.min(stat.size) {
            0 => Vec::new(),
            wanted => fetch(&self.kernel, &self.path, 0, wanted).await?,
        };
        Ok(Some(Here { stat, kind, bytes: Rc::new(bytes) }))
    }
}

fn take_in(file: &mut File, seen: Result<Option<Here>, WireError>, again: bool) {
    (file.busy, file.again, file.trouble) = (again, false, None);
    match seen {
        Ok(Some(here)) => *file = File { known: Known::Here(here), busy: again, ..File::default() },
        Ok(None) => file.gone = false,
        Err(error) if error.code == ErrorCode::NotFound && matches!(file.known, Known::Here(_)) => file.gone = true,
        // What is known stays; it is still true as far as anybody knows.
        Err(error) if matches!(file.known, Known::Here(_)) => file.trouble = Some(error.message),
        Err(error) => file.known = Known::Failed(error),
    }
}

/// Bytes of a file, which come as fast as they are taken.
async fn fetch(kernel: &Kernel, path: &str, offset: u64, length: u64) -> Result<Vec<u8>, WireError> {
    let request = Download { path: path.to_owned(), offset: Some(offset), length: Some(length) };
    let (reply, mut stream) = kernel.open_stream(fs::Command::download(request)).await?;
    let size = reply.read::<fs::Downloading>()?.size;
    let expected = length.min(size.saturating_sub(offset));
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend(chunk);
    }
    if (bytes.len() as u64) < expected {
        return Err(WireError::unavailable("The file ended too early. Try again."));
    }
    Ok(bytes)
}
