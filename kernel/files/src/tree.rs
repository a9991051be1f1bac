//! Whole trees: removed and copied without recursion, because a sandboxed command can nest directories deeper than a
//! stack or the table of open files goes.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::Path;

use cap_fs_ext::{DirExt, MetadataExt};
use cap_std::fs::{Dir, Metadata, ReadDir};

use crate::error::{Doing, FsError, Result};
use crate::jail::{self, Temporary, made_above};
use crate::path::{TEMPORARY, below, split_last};
use crate::platform;

/// Levels of directories, at most: each is open while those below it are worked on.
const LEVELS: usize = 128;

fn too_deep(doing: &Doing<'_>) -> FsError {
    FsError::TooDeep { path: doing.path.to_owned(), limit: LEVELS }
}

/// One directory that is being emptied.
struct Emptied {
    name: OsString,
    dir: Dir,
    entries: ReadDir,
}

impl Emptied {
    fn open(above: &Dir, name: OsString) -> io::Result<Emptied> {
        let dir = above.open_dir_nofollow(&name)?;
        let entries = dir.entries()?;
        Ok(Emptied { name, dir, entries })
    }
}

/// Removes a directory with all that is in it. Links in it are removed, not followed.
pub fn remove(parent: &Dir, name: &str, doing: &Doing<'_>) -> Result<()> {
    Removal { parent, doing, lost: None }.run(name.into())
}

/// Removes what has lost its name and is out of everybody's reach, however deep it is and whatever of it its owner has
/// closed to itself, as tools do that want nothing changed.
pub fn clear_away(parent: &Dir, name: &str, doing: &Doing<'_>) -> Result<()> {
    match parent.symlink_metadata(name) {
        Ok(there) if there.is_dir() => {}
        Ok(_) => return gone(parent.remove_file_or_symlink(name)).map_err(|error| doing.failed(error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(doing.failed(error)),
    }
    let mut removal = Removal { parent, doing, lost: Some(vec![name.to_owned()]) };
    while let Some(name) = removal.lost.as_mut().and_then(Vec::pop) {
        removal.run(name.into())?;
    }
    Ok(())
}

/// How directories are removed from this one.
struct Removal<'d> {
    parent: &'d Dir,
    doing: &'d Doing<'d>,
    /// Of what is out of everybody's reach, the directories whose turn comes later. A start clears away what has their
    /// names.
    lost: Option<Vec<String>>,
}

impl Removal<'_> {
    fn run(&mut self, name: OsString) -> Result<()> {
        let doing = self.doing;
        let failed = |error| doing.failed(error);
        let mut levels = vec![self.open(self.parent, name).map_err(failed)?];
        loop {
            let is_full = levels.len() == LEVELS;
            let Some(level) = levels.last_mut() else { return Ok(()) };
            let Some(entry) = level.entries.next() else {
                let name = levels.pop().map(|level| level.name).unwrap_or_default();
                let above = levels.last().map_or(self.parent, |level| &level.dir);
                gone(above.remove_dir(&name)).map_err(failed)?;
                continue;
            };
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            if !entry.file_type().map_err(failed)?.is_dir() {
                gone(level.dir.remove_file_or_symlink(&name)).map_err(failed)?;
                continue;
            }
            match self.open(&level.dir, name) {
                Ok(below) if is_full => self.put_off(&level.dir, &below.name)?,
                Ok(below) => levels.push(below),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }

    fn open(&self, above: &Dir, name: OsString) -> io::Result<Emptied> {
        if self.lost.is_some() {
            platform::unlock_dir(above, &name)?;
        }
        Emptied::open(above, name)
    }

    /// Takes a directory that is too deep to where it is not.
    fn put_off(&mut self, above: &Dir, name: &OsStr) -> Result<()> {
        let Some(lost) = &mut self.lost else { return Err(too_deep(self.doing)) };
        let later = jail::temporary_name();
        above.rename(name, self.parent, &later).map_err(|error| self.doing.failed(error))?;
        lost.push(later);
        Ok(())
    }
}

/// What others removed first is removed, too.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Says whether so many bytes more may be written.
pub type Admit<'a> = &'a mut dyn FnMut(u64) -> Result<()>;

/// One directory that is being copied.
struct Copied {
    /// Where it is in the place it is copied from.
    rel: String,
    from: Dir,
    to: Dir,
    entries: ReadDir,
}

/// Copies a file, a link, or a directory into what may be there already; true if the copy is new.
///
/// Executable bits are kept. Links are copied as links where they stay inside; others, pipes and devices are left out
/// of a tree, and refused by themselves. `admit` is asked for the bytes of each file before they are written.
pub fn copy(from: (&Dir, &str), to: (&Dir, &str), doing: &Doing<'_>, admit: Admit<'_>) -> Result<bool> {
    let (jail, rel) = from;
    let metadata = if rel.is_empty() { jail.dir_metadata() } else { jail.symlink_metadata(rel) };
    let source = Doing::read("lstat", doing.path);
    let metadata = metadata.map_err(|error| source.failed(error))?;
    if metadata.is_dir() {
        return copy_dir(from, to, doing, admit);
    }
    let (from_dir, from_name) = jail::above(jail, rel).map_err(|error| source.failed(error))?;
    let (to_dir, to_name) = made_above(to.0, to.1).map_err(|error| doing.failed(error))?;
    let old = jail::target(&to_dir, to_name, doing)?;
    if old.as_ref().is_some_and(|old| same(old, &metadata)) {
        return Ok(false);
    }
    if metadata.is_symlink() {
        let target = from_dir.read_link_contents(from_name).map_err(|error| doing.failed(error))?;
        if leaves(jail, rel, &target) {
            return Err(FsError::LinkOutside(doing.path.to_owned()));
        }
        link(&target, &to_dir, to_name).map_err(|error| doing.failed(error))?;
    } else {
        copy_file((&from_dir, from_name), (&to_dir, to_name), doing, admit)?;
    }
    Ok(old.is_none())
}

fn copy_dir(from: (&Dir, &str), to: (&Dir, &str), doing: &Doing<'_>, admit: Admit<'_>) -> Result<bool> {
    let failed = |error| doing.failed(error);
    let source = open(from.0, from.1).map_err(|error| Doing::read("opendir", doing.path).failed(error))?;
    let new = jail::make_dir(to.0, to.1, doing.to.unwrap_or(doing.path), true)?;
    let target = open(to.0, to.1).map_err(failed)?;
    // Reached by another name, the copy could be inside what is copied, and be copied for ever.
    let goal = target.dir_metadata().map_err(failed)?;
    if same(&goal, &source.dir_metadata().map_err(failed)?) {
        return Ok(false);
    }
    let entries = source.entries().map_err(failed)?;
    let mut levels = vec![Copied { rel: from.1.to_owned(), from: source, to: target, entries }];
    while let Some(level) = levels.last_mut() {
        let Some(entry) = level.entries.next() else {
            levels.pop();
            continue;
        };
        let entry = entry.map_err(failed)?;
        // A name that is no text cannot be named by any command, nor copied by one.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type().map_err(failed)?;
        let rel = below(&level.rel, &name);
        if name.starts_with(TEMPORARY) {
            continue;
        }
        if kind.is_dir() {
            let below = level.from.open_dir_nofollow(&name).map_err(failed)?;
            if same(&below.dir_metadata().map_err(failed)?, &goal) {
                continue;
            }
            jail::make_dir(&level.to, &name, doing.to.unwrap_or(doing.path), true)?;
            let copy = Copied {
                rel,
                entries: below.entries().map_err(failed)?,
                to: level.to.open_dir(&name).map_err(failed)?,
                from: below,
            };
            if levels.len() == LEVELS {
                return Err(too_deep(doing));
            }
            levels.push(copy);
        } else if kind.is_symlink() {
            let target = level.from.read_link_contents(&name).map_err(failed)?;
            if !leaves(from.0, &rel, &target) {
                link(&target, &level.to, &name).map_err(failed)?;
            }
        } else if kind.is_file() {
            copy_file((&level.from, &name), (&level.to, &name), doing, admit)?;
        }
    }
    Ok(new)
}

fn open(jail: &Dir, rel: &str) -> io::Result<Dir> {
    if rel.is_empty() { jail.try_clone() } else { jail.open_dir(rel) }
}

/// The same file by two names: copying it onto itself would lose it.
fn same(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// True if a link at `rel` that says `target` is refused because it leaves the directory; one that leads nowhere is not.
///
/// What is asked is the text that will be copied: the link itself may be another one by now.
fn leaves(jail: &Dir, rel: &str, target: &Path) -> bool {
    let followed = jail.metadata(Path::new(split_last(rel).0).join(target));
    followed.is_err_and(|error| error.kind() != io::ErrorKind::NotFound)
}

fn link(target: &Path, to: &Dir, name: &str) -> io::Result<()> {
    gone(to.remove_file_or_symlink(name))?;
    DirExt::symlink(to, target, name)
}

fn copy_file(from: (&Dir, &str), to: (&Dir, &str), doing: &Doing<'_>, admit: Admit<'_>) -> Result<()> {
    let (source, metadata) = jail::open_file(from.0, from.1, doing.path)?;
    let (to, to_name) = to;
    jail::target(to, to_name, doing)?;
    admit(metadata.len())?;
    let copied = move || -> io::Result<()> {
        let mut temporary = Temporary::create(to)?;
        // Not what is appended meanwhile: it may grow as fast as it is copied. The standard library's own files are
        // copied inside the operating system where it can.
        let mut source = source.into_std().take(metadata.len());
        io::copy(&mut source, &mut temporary.file()?.try_clone()?.into_std())?;
        platform::set_permission_bits(temporary.file()?, platform::permission_bits(&metadata))?;
        temporary.rename(to, to_name)
    };
    copied().map_err(|error| doing.failed(error))
}
