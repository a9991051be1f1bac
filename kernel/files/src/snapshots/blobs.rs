//! Content of files, each kept once under its SHA-256.
//!
//! A blob is written beside and renamed, so one that is there is whole. What is being kept is pinned, so that nothing
//! that ends meanwhile takes it away; what nobody holds goes with the last snapshot that held it, or at the next start.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use sha2::{Digest, Sha256};

use crate::error::FsError;
use crate::jail::Temporary;
use crate::platform;

/// Bytes that are read at once.
const PIECE: usize = 128 * 1024;

/// The content of files.
pub struct Blobs {
    dir: Dir,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How often each blob is pinned.
    pinned: HashMap<String, usize>,
    /// Blobs that may not be on the disk for good.
    unsynced: HashSet<String>,
    /// Removals under way, and what was pinned since the first of them began.
    removals: usize,
    touched: HashSet<String>,
}

/// What became of a file that is being kept.
pub enum Kept {
    Content {
        hash: String,
        size: u64,
    },
    /// It changed while it was read.
    Changed,
    /// It has more bytes than it may.
    TooLarge,
}

/// Keeps blobs from being removed until it is dropped.
pub struct Pins {
    blobs: Arc<Blobs>,
    hashes: Vec<String>,
}

/// A removal under way.
pub struct Removal(Arc<Blobs>);

impl Blobs {
    /// Opens the folder, making it if need be.
    pub fn open(root: &Path) -> Result<Blobs, FsError> {
        let path = root.join("var/snapshots/blobs");
        let opened = std::fs::create_dir_all(&path).and_then(|()| Dir::open_ambient_dir(&path, ambient_authority()));
        let dir = opened.map_err(|cause| FsError::Setup { path, cause })?;
        Ok(Blobs { dir, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to keep content.
    pub fn pins(self: &Arc<Self>) -> Pins {
        Pins { blobs: self.clone(), hashes: Vec::new() }
    }

    /// Begins to remove content. It is asked who holds what after this, not before.
    pub fn removal(self: &Arc<Self>) -> Removal {
        let mut state = self.state();
        state.removals += 1;
        let pinned: Vec<String> = state.pinned.keys().cloned().collect();
        state.touched.extend(pinned);
        Removal(self.clone())
    }

    /// Opens the content of a file.
    pub fn read(&self, hash: &str) -> io::Result<std::fs::File> {
        Ok(self.dir.open(hash)?.into_std())
    }

    /// What is in the folder and nobody holds, and what an earlier kernel did not finish.
    pub fn orphans(&self, held: &HashSet<String>) -> io::Result<Vec<String>> {
        let names = self.dir.entries()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        Ok(names.filter(|name| !held.contains(name)).collect())
    }

    /// Makes blobs outlast the power failing.
    pub fn settle(&self, hashes: &[String]) -> io::Result<()> {
        let unsynced: Vec<&String> = {
            let state = self.state();
            hashes.iter().filter(|hash| state.unsynced.contains(*hash)).collect()
        };
        if unsynced.is_empty() {
            return Ok(());
        }
        for hash in &unsynced {
            self.dir.open(hash)?.sync_all()?;
        }
        platform::flush(&self.dir);
        let mut state = self.state();
        for hash in unsynced {
            state.unsynced.remove(hash);
        }
        Ok(())
    }

    fn is_there(&self, hash: &str, size: u64) -> bool {
        self.dir.symlink_metadata(hash).is_ok_and(|known| known.len() == size)
    }

    fn write(&self, file: &mut std::fs::File, expected: &str, size: u64) -> io::Result<bool> {
        let mut temporary = Temporary::create(&self.dir)?;
        file.seek(SeekFrom::Start(0))?;
        let mut target = temporary.file()?.try_clone()?.into_std();
        // One that has grown is not what was read before: no more of it is needed to know that.
        let (hash, _) = digest(file, size, |piece| target.write_all(piece))?;
        if hash != expected {
            return Ok(false);
        }
        // In one go with the name, so that whoever finds the blob knows that it is to be flushed, and that nothing takes the
        // place of one that has been.
        let mut state = self.state();
        if self.is_there(expected, size) {
            return Ok(true);
        }
        state.unsynced.insert(hash);
        temporary.rename(&self.dir, expected)?;
        Ok(true)
    }
}

impl Pins {
    /// Keeps the content of a file of at most so many bytes. It is read twice where it is new.
    pub fn keep(&mut self, file: &mut std::fs::File, limit: u64) -> io::Result<Kept> {
        let (hash, size) = digest(file, limit, |_| Ok(()))?;
        if size > limit {
            return Ok(Kept::TooLarge);
        }
        {
            let mut state = self.blobs.state();
            *state.pinned.entry(hash.clone()).or_default() += 1;
            if state.removals > 0 {
                state.touched.insert(hash.clone());
            }
        }
        self.hashes.push(hash.clone());
        let kept = self.blobs.is_there(&hash, size) || self.blobs.write(file, &hash, size)?;
        Ok(if kept { Kept::Content { hash, size } } else { Kept::Changed })
    }

    pub fn hashes(&self) -> &[String] {
        &self.hashes
    }
}

impl Drop for Pins {
    fn drop(&mut self) {
        let mut state = self.blobs.state();
        for hash in &self.hashes {
            if let Some(count) = state.pinned.get_mut(hash) {
                *count -= 1;
                if *count == 0 {
                    state.pinned.remove(hash);
                }
            }
        }
    }
}

impl Removal {
    /// Removes what nobody holds, but for what somebody is about to hold.
    pub fn remove(&self, hashes: &[String]) -> io::Result<()> {
        for hash in hashes {
            let mut state = self.0.state();
            if state.pinned.contains_key(hash) || state.touched.contains(hash) {
                continue;
            }
            state.unsynced.remove(hash);
            // With the state held: whoever pins it after this finds that it is not there.
            match self.0.dir.remove_file(hash) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.removals = state.removals.saturating_sub(1);
        if state.removals == 0 {
            state.touched.clear();
        }
    }
}

/// The SHA-256 of what is read, and how much it was; reading ends above the limit.
pub fn digest(
    file: &mut impl Read,
    limit: u64,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<(String, u64)> {
    let (mut digest, mut size, mut piece) = (Sha256::new(), 0_u64, vec![0; PIECE]);
    while size <= limit {
        let read = match file.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let Some(read) = piece.get(..read).filter(|read| !read.is_empty()) else { break };
        size += read.len() as u64;
        digest.update(read);
        each(read)?;
    }
    Ok((format!("{:x}", digest.finalize()), size))
}
