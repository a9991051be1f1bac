//! A home as a snapshot holds it: read from its directory handle, and written below one. Links are kept as what they
//! say and never followed.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::{Dir, Metadata, OpenOptions, ReadDir};

use super::blobs::{self, Blobs, Kept, Pins};
use super::error::{Result, SnapshotError};
use crate::error::{Doing, FsError};
use crate::path::{TEMPORARY, below, join};
use crate::{jail, platform};

/// Levels of directories, and entries of one home.
const LEVELS: usize = 128;
const ENTRIES: usize = 200_000;
/// Bytes of a path. One that is longer can be reached by its directories alone: nobody could name it, nor what makes the
/// home again.
const PATH: usize = 4_095;
/// Bytes of all paths of one home, and of where its links lead: they are held at once, and count for nobody.
/// Tests make no home of so many.
const PATHS: usize = if cfg!(test) { 256 * 1_024 } else { 32 * 1_024 * 1_024 };
/// Times that a file is read which changes meanwhile.
const TRIES: usize = 3;

/// One entry of a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Relative to the home.
    pub path: String,
    pub kind: Kind,
    pub mode: u32,
    pub size: u64,
    /// Nanoseconds since the Unix epoch.
    pub modified: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Directory,
    File { hash: String },
    Link { target: String },
}

/// A home as it is.
#[derive(Debug, Default)]
pub struct Read {
    pub items: Vec<Item>,
    /// Bytes of the files.
    pub size: u64,
    /// Entries that cannot be kept.
    pub left_out: u64,
}

struct Level {
    rel: String,
    dir: Dir,
    entries: ReadDir,
}

/// Keeps all that is in a home, of at most so many bytes. What vanishes meanwhile is not in it.
pub fn read(home: &Dir, shown: &str, pins: &mut Pins, limit: u64) -> Result<Read> {
    let failed = |rel: &str, error: io::Error| Doing::read("open", &join(shown, rel)).failed(error);
    let open = |rel: String, dir: Dir| {
        let entries = dir.entries().map_err(|error| failed(&rel, error))?;
        Ok::<_, SnapshotError>(Level { rel, dir, entries })
    };
    let (mut read, mut paths) = (Read::default(), 0);
    let mut levels = vec![open(String::new(), home.try_clone().map_err(|error| failed("", error))?)?];
    while let Some(level) = levels.last_mut() {
        let Some(entry) = level.entries.next() else {
            levels.pop();
            continue;
        };
        let entry = entry.map_err(|error| failed(&level.rel, error))?;
        let Ok(name) = entry.file_name().into_string() else {
            read.left_out += 1;
            continue;
        };
        if name.starts_with(TEMPORARY) {
            continue;
        }
        if read.items.len() == ENTRIES {
            return Err(SnapshotError::TooManyEntries { path: shown.to_owned(), limit: ENTRIES });
        }
        let rel = below(&level.rel, &name);
        if rel.len() > PATH {
            read.left_out += 1;
            continue;
        }
        match keep(&level.dir, &name, rel.clone(), pins, limit.saturating_sub(read.size)) {
            Ok(Some(item)) => {
                paths += rel.len();
                match &item.kind {
                    Kind::File { .. } => read.size += item.size,
                    Kind::Link { target } => paths += target.len(),
                    Kind::Directory => {}
                }
                if paths > PATHS {
                    return Err(SnapshotError::TooLongPaths { path: shown.to_owned(), limit: PATHS });
                }
                if item.kind == Kind::Directory {
                    let dir = match level.dir.open_dir_nofollow(&name) {
                        Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                        dir => dir.map_err(|error| failed(&rel, error))?,
                    };
                    read.items.push(item);
                    if levels.len() == LEVELS {
                        return Err(FsError::TooDeep { path: shown.to_owned(), limit: LEVELS }.into());
                    }
                    levels.push(open(rel, dir)?);
                } else {
                    read.items.push(item);
                }
            }
            Ok(None) => read.left_out += 1,
            Err(Unkept::Gone) => {}
            Err(Unkept::Io(error)) => return Err(failed(&rel, error).into()),
            Err(Unkept::Refused(Refusal::Changing)) => return Err(SnapshotError::Changing(join(shown, &rel))),
            Err(Unkept::Refused(Refusal::TooLarge)) => return Err(SnapshotError::TooLarge(limit)),
        }
    }
    // As the store orders them.
    read.items.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(read)
}

enum Unkept {
    Gone,
    Io(io::Error),
    Refused(Refusal),
}

enum Refusal {
    Changing,
    TooLarge,
}

impl From<io::Error> for Unkept {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Unkept::Gone } else { Unkept::Io(error) }
    }
}

/// Keeps one entry; `None` for what is neither a file, nor a directory, nor a link.
fn keep(dir: &Dir, name: &str, path: String, pins: &mut Pins, left: u64) -> std::result::Result<Option<Item>, Unkept> {
    let metadata = dir.symlink_metadata(name)?;
    let item = |kind, metadata: &Metadata, size| Item {
        path,
        kind,
        mode: platform::permission_bits(metadata),
        size,
        modified: modified(metadata),
    };
    if metadata.is_dir() {
        return Ok(Some(item(Kind::Directory, &metadata, 0)));
    }
    if metadata.is_symlink() {
        let target = dir.read_link_contents(name)?.into_os_string().into_string();
        return Ok(target.ok().map(|target| item(Kind::Link { target }, &metadata, 0)));
    }
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut options = platform::reading();
    options.follow(FollowSymlinks::No);
    for _ in 0..TRIES {
        let file = dir.open_with(name, &options)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(None);
        }
        match pins.keep(&mut file.into_std(), left)? {
            Kept::Content { hash, size } => return Ok(Some(item(Kind::File { hash }, &metadata, size))),
            Kept::TooLarge => return Err(Unkept::Refused(Refusal::TooLarge)),
            Kept::Changed => {}
        }
    }
    Err(Unkept::Refused(Refusal::Changing))
}

fn modified(metadata: &Metadata) -> Option<i64> {
    let since = metadata.modified().ok()?.into_std().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok()
}

/// Fills an empty directory that nobody else can reach. Content that is not what was kept is refused by the file's name.
pub fn write(home: &Dir, shown: &str, items: &[Item], blobs: &Blobs) -> Result<()> {
    for item in items {
        let path = join(shown, &item.path);
        let failed = |error| SnapshotError::from(Doing::write("open", &path).failed(error));
        let (dir, name) = jail::above(home, &item.path).map_err(failed)?;
        match &item.kind {
            Kind::Directory => dir.create_dir(name).map_err(failed)?,
            Kind::File { hash } => {
                let mut content = match blobs.read(hash) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(SnapshotError::Damaged(path)),
                    content => content.map_err(failed)?,
                };
                let created = dir.open_with(name, OpenOptions::new().write(true).create_new(true)).map_err(failed)?;
                let mut target = created.try_clone().map_err(failed)?.into_std();
                let copied = blobs::digest(&mut content, item.size, |piece| io::Write::write_all(&mut target, piece));
                if copied.map_err(failed)? != (hash.clone(), item.size) {
                    return Err(SnapshotError::Damaged(path));
                }
                platform::set_permission_bits(&created, item.mode).map_err(failed)?;
                if let Some(modified) = item.modified.and_then(|nanos| u64::try_from(nanos).ok()) {
                    let modified: SystemTime = UNIX_EPOCH + Duration::from_nanos(modified);
                    target.set_modified(modified).map_err(failed)?;
                }
            }
            Kind::Link { .. } => {}
        }
    }
    // Links last, so that no way leads over one; then the bits of directories, from below, which may close them.
    for item in items.iter().rev() {
        let path = join(shown, &item.path);
        let failed = |error| SnapshotError::from(Doing::write("open", &path).failed(error));
        let (dir, name) = jail::above(home, &item.path).map_err(failed)?;
        match &item.kind {
            Kind::Link { target } => platform::link(&dir, target, name).map_err(failed)?,
            Kind::Directory => platform::set_dir_bits(&dir, name, item.mode).map_err(failed)?,
            Kind::File { .. } => {}
        }
    }
    Ok(())
}
