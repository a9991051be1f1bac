//! Work on the disk, always relative to the directory handle of a place.
//!
//! No path is checked and then opened: every name is resolved by the operating system or by cap-std below the handle,
//! so that a link which leaves the place is refused even if it appears in the middle of a command. What a sandboxed
//! command left there may be hostile: pipes, devices, links and names of any kind.

use std::io::{self, Read, Write};
use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use cap_fs_ext::DirExt;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};

use crate::error::{Doing, FsError, Result};
use crate::path::{TEMPORARY, split_last};
use crate::places::Spot;
use crate::{platform, tree};

/// Bytes of a file that is read or written in one command, at most.
pub const CONTENT: u64 = 10 * 1_024 * 1_024;
/// Entries of a directory that is listed, at most.
pub const ENTRIES: usize = 50_000;

/// This run's mark in the names of temporary files: those of earlier runs are left over from a kill.
static RUN: LazyLock<String> = LazyLock::new(|| {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("{TEMPORARY}{now:x}-{}-", std::process::id())
});

/// A name that no other file has, and that a sandboxed command which has seen others cannot take beforehand.
pub fn temporary_name() -> String {
    format!("{}{}", *RUN, uuid::Uuid::new_v4().simple())
}

/// True for the temporary files of a kernel that was killed: nothing will rename them any more.
pub fn is_left_over(name: &str) -> bool {
    name.starts_with(TEMPORARY) && !name.starts_with(&*RUN)
}

/// The directory a name is in: the place itself, or one below it.
pub enum Above<'d> {
    Jail(&'d Dir),
    Below(Dir),
}

impl Deref for Above<'_> {
    type Target = Dir;

    fn deref(&self) -> &Dir {
        match self {
            Above::Jail(dir) => dir,
            Above::Below(dir) => dir,
        }
    }
}

/// Opens the directory that a path's last name is in.
pub fn above<'d, 'p>(jail: &'d Dir, rel: &'p str) -> io::Result<(Above<'d>, &'p str)> {
    match split_last(rel) {
        ("", name) => Ok((Above::Jail(jail), name)),
        (parent, name) => Ok((Above::Below(jail.open_dir(parent)?), name)),
    }
}

/// Like [`above`], making what is missing.
pub fn made_above<'d, 'p>(jail: &'d Dir, rel: &'p str) -> io::Result<(Above<'d>, &'p str)> {
    match above(jail, rel) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            jail.create_dir_all(split_last(rel).0)?;
            above(jail, rel)
        }
        other => other,
    }
}

/// Opens a regular file to read. Neither a pipe nor a device holds it up.
pub fn open_file(dir: &Dir, rel: &str, shown: &str) -> Result<(File, Metadata)> {
    let doing = Doing::read("open", shown);
    if rel.is_empty() {
        return Err(FsError::IsDirectory(Doing::read("read", shown).words()));
    }
    let file = dir.open_with(rel, &platform::reading()).map_err(|error| doing.failed(error))?;
    let metadata = file.metadata().map_err(|error| doing.failed(error))?;
    if metadata.is_dir() {
        return Err(FsError::IsDirectory(Doing::read("read", shown).words()));
    }
    if !metadata.is_file() {
        return Err(FsError::NotRegular(shown.to_owned()));
    }
    Ok((file, metadata))
}

/// The text of a file.
pub fn read(dir: &Dir, rel: &str, shown: &str) -> Result<String> {
    let (file, metadata) = open_file(dir, rel, shown)?;
    let too_large = || FsError::TooLarge { path: shown.to_owned(), limit: CONTENT };
    if metadata.len() > CONTENT {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    // The file may grow while it is read.
    file.take(CONTENT + 1).read_to_end(&mut bytes).map_err(|error| Doing::read("read", shown).failed(error))?;
    if bytes.len() as u64 > CONTENT {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|_| FsError::NotText(shown.to_owned()))
}

/// A file on its way to its name. It goes away unless it gets there.
pub struct Temporary<D: Deref<Target = Dir>> {
    dir: D,
    name: String,
    file: Option<File>,
}

impl<D: Deref<Target = Dir>> Temporary<D> {
    pub fn create(dir: D) -> io::Result<Self> {
        let name = temporary_name();
        let file = dir.open_with(&name, OpenOptions::new().write(true).create_new(true))?;
        Ok(Temporary { dir, name, file: Some(file) })
    }

    pub fn file(&mut self) -> io::Result<&mut File> {
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Takes the name of what was there, in one step: others see the old content or the new, never a part of it.
    pub fn rename(mut self, dir: &Dir, name: &str) -> io::Result<()> {
        self.dir.rename(&self.name, dir, name)?;
        self.file = None;
        Ok(())
    }
}

impl<D: Deref<Target = Dir>> Drop for Temporary<D> {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // Best effort: a listing removes what stays.
            let _ = self.dir.remove_file(&self.name);
        }
    }
}

/// Writes a file whole; true if it is new.
///
/// The rename is what makes it atomic. Nothing is flushed to the disk: a kernel that is killed loses no acknowledged
/// write, because the pages are the operating system's by then; a power cut may.
pub fn write(jail: &Dir, rel: &str, shown: &str, content: &[u8]) -> Result<bool> {
    let doing = Doing::write("open", shown);
    if rel.is_empty() {
        return Err(FsError::IsDirectory(doing.words()));
    }
    if content.len() as u64 > CONTENT {
        return Err(FsError::TooLarge { path: shown.to_owned(), limit: CONTENT });
    }
    let (dir, name) = made_above(jail, rel).map_err(|error| doing.failed(error))?;
    let old = target(&dir, name, &doing)?;
    let written = || -> io::Result<()> {
        let mut temporary = Temporary::create(&*dir)?;
        temporary.file()?.write_all(content)?;
        settle(temporary, &dir, name, old.as_ref())
    };
    written().map_err(|error| doing.failed(error))?;
    Ok(old.is_none())
}

/// Puts a temporary file in its place, with the permission bits of what it replaces.
fn settle<D>(mut temporary: Temporary<D>, dir: &Dir, name: &str, old: Option<&Metadata>) -> io::Result<()>
where
    D: Deref<Target = Dir>,
{
    if let Some(old) = old.filter(|old| old.is_file()) {
        platform::set_permission_bits(temporary.file()?, platform::permission_bits(old))?;
    }
    temporary.rename(dir, name)
}

/// A file that arrives bit by bit. Until it has settled, nothing is changed where it goes: neither what is there, nor
/// the directories above it.
pub struct Arrival {
    spot: Spot,
    temporary: Temporary<Arc<Dir>>,
}

impl Arrival {
    pub fn begin(spot: Spot) -> Result<Arrival> {
        let doing = Doing::write("open", &spot.shown);
        if spot.rel.is_empty() {
            return Err(FsError::IsDirectory(doing.words()));
        }
        let dir = match above(&spot.jail, &spot.rel) {
            Ok((dir, name)) => {
                target(&dir, name, &doing)?;
                match dir {
                    Above::Jail(_) => spot.jail.clone(),
                    Above::Below(dir) => Arc::new(dir),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => spot.jail.clone(),
            Err(error) => return Err(doing.failed(error)),
        };
        let temporary = Temporary::create(dir).map_err(|error| doing.failed(error))?;
        Ok(Arrival { spot, temporary })
    }

    /// One more handle of the file, to write to.
    pub fn file(&mut self) -> io::Result<std::fs::File> {
        Ok(self.temporary.file()?.try_clone()?.into_std())
    }

    /// Puts the file in its place; true if it is new.
    pub fn settle(self) -> Result<bool> {
        let Arrival { spot, temporary } = self;
        let doing = Doing::write("open", &spot.shown);
        let (dir, name) = made_above(&spot.jail, &spot.rel).map_err(|error| doing.failed(error))?;
        let old = target(&dir, name, &doing)?;
        settle(temporary, &dir, name, old.as_ref()).map_err(|error| doing.failed(error))?;
        Ok(old.is_none())
    }
}

/// What a new file would replace: never a directory.
pub fn target(dir: &Dir, name: &str, doing: &Doing<'_>) -> Result<Option<Metadata>> {
    match dir.symlink_metadata(name) {
        Ok(old) if old.is_dir() => Err(FsError::IsDirectory(doing.words())),
        Ok(old) => Ok(Some(old)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(doing.failed(error)),
    }
}

/// What is known of a path; links are followed as long as they stay inside.
pub fn metadata(jail: &Dir, rel: &str, shown: &str) -> Result<Metadata> {
    let metadata = if rel.is_empty() { jail.dir_metadata() } else { jail.metadata(rel) };
    metadata.map_err(|error| Doing::read("stat", shown).failed(error))
}

/// The entries of a directory. Those that vanish meanwhile or have no readable name are left out; links are not
/// followed.
pub fn list(jail: &Dir, rel: &str, shown: &str) -> Result<Vec<(String, Metadata)>> {
    let failed = |error| Doing::read("scandir", shown).failed(error);
    let entries = if rel.is_empty() { jail.entries() } else { jail.read_dir(rel) };
    let mut listed = Vec::new();
    for entry in entries.map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with(TEMPORARY) {
            if is_left_over(&name) {
                let _ = entry.remove_file();
            }
            continue;
        }
        let Ok(metadata) = entry.metadata() else { continue };
        if listed.len() == ENTRIES {
            return Err(FsError::TooMany { path: shown.to_owned(), limit: ENTRIES });
        }
        listed.push((name, metadata));
    }
    Ok(listed)
}

/// Makes a directory; true if it is new.
pub fn make_dir(jail: &Dir, rel: &str, shown: &str, recursive: bool) -> Result<bool> {
    let doing = Doing::write("mkdir", shown);
    if rel.is_empty() {
        return if recursive { Ok(false) } else { Err(FsError::Exists(doing.words())) };
    }
    match jail.create_dir(rel) {
        Ok(()) => Ok(true),
        Err(error) if recursive && error.kind() == io::ErrorKind::AlreadyExists => {
            let is_dir = jail.metadata(rel).map_err(|error| doing.failed(error))?.is_dir();
            if is_dir { Ok(false) } else { Err(FsError::Exists(doing.words())) }
        }
        Err(error) if recursive && error.kind() == io::ErrorKind::NotFound => {
            jail.create_dir_all(rel).map_err(|error| doing.failed(error))?;
            Ok(true)
        }
        Err(error) => Err(doing.failed(error)),
    }
}

/// Removes a file, a link or a directory; false if there was none.
pub fn remove(jail: &Dir, rel: &str, shown: &str, recursive: bool) -> Result<bool> {
    let doing = Doing::write("rm", shown);
    let missing = |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    let (dir, name) = match above(jail, rel) {
        Ok(found) => found,
        Err(error) if missing(&error) => return Ok(false),
        Err(error) => return Err(doing.failed(error)),
    };
    let removed = match dir.symlink_metadata(name) {
        Ok(metadata) if !metadata.is_dir() => dir.remove_file_or_symlink(name),
        Ok(_) if recursive => return tree::remove(&dir, name, &doing).map(|()| true),
        Ok(_) => dir.remove_dir(name).or_else(|error| {
            if error.kind() != io::ErrorKind::DirectoryNotEmpty {
                return Err(error);
            }
            // A listing shows it as empty if only left-over temporary files are in it, and takes them away.
            let _ = list(&dir, name, shown);
            dir.remove_dir(name)
        }),
        Err(error) => Err(error),
    };
    match removed {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(doing.failed(error)),
    }
}

/// Moves within a place or from one to another.
pub fn rename(from: (&Dir, &str), to: (&Dir, &str), doing: &Doing<'_>) -> Result<()> {
    let renamed = || -> io::Result<()> {
        let (old_dir, old_name) = above(from.0, from.1)?;
        let (new_dir, new_name) = above(to.0, to.1)?;
        old_dir.rename(old_name, &new_dir, new_name)
    };
    renamed().map_err(|error| match error.kind() {
        // The operating system's words for a directory that is moved below itself.
        io::ErrorKind::InvalidInput => {
            FsError::IntoItself { from: doing.path.to_owned(), to: doing.to.unwrap_or(doing.path).to_owned() }
        }
        _ => doing.failed(error),
    })
}
