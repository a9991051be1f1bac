//! Counting what a directory holds.

use std::io;
use std::time::UNIX_EPOCH;

use cap_fs_ext::DirExt;
use cap_std::fs::{Dir, Metadata, ReadDir};

/// Levels of directories that are counted.
const LEVELS: usize = 128;
/// Entries that one question may count.
pub const ENTRIES: u64 = 200_000;

/// How much a directory holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Bytes of its files.
    pub size: u64,
    pub entries: u64,
    /// The latest change of anything in it, in milliseconds since the Unix epoch.
    pub modified_at: u64,
    /// True if there is more than was counted.
    pub partial: bool,
}

impl Measured {
    fn count(&mut self, metadata: &Metadata) {
        let modified = metadata.modified().ok().and_then(|time| time.into_std().duration_since(UNIX_EPOCH).ok());
        let modified = modified.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        self.modified_at = self.modified_at.max(modified);
        if metadata.is_file() {
            self.size = self.size.saturating_add(metadata.len());
        }
    }
}

/// Counts what is in a directory, by handles below its parent's. Links count for themselves and are not followed; what
/// cannot be read, or is too much, makes the count a part.
pub fn measure(parent: &Dir, name: &str, most: u64) -> io::Result<Measured> {
    measure_dir(parent.open_dir_nofollow(name)?, most)
}

/// Counts what is in this directory.
pub fn measure_dir(home: Dir, most: u64) -> io::Result<Measured> {
    let mut measured = Measured::default();
    measured.count(&home.dir_metadata()?);
    let mut levels: Vec<(Dir, ReadDir)> = vec![open(home)?];
    while let Some((dir, entries)) = levels.last_mut() {
        let Some(entry) = entries.next() else {
            levels.pop();
            continue;
        };
        if measured.entries == most {
            measured.partial = true;
            break;
        }
        let Some((name, metadata)) = entry.ok().and_then(|entry| Some((entry.file_name(), entry.metadata().ok()?)))
        else {
            measured.partial = true;
            continue;
        };
        measured.entries += 1;
        measured.count(&metadata);
        if metadata.is_dir() {
            let below = dir.open_dir_nofollow(&name).and_then(open);
            match below {
                Ok(below) if levels.len() < LEVELS => levels.push(below),
                Ok(_) | Err(_) => measured.partial = true,
            }
        }
    }
    Ok(measured)
}

fn open(dir: Dir) -> io::Result<(Dir, ReadDir)> {
    let entries = dir.entries()?;
    Ok((dir, entries))
}
