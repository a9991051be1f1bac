//! Reports from Linux (inotify(7)).
//!
//! Directories are watched by their open handle, not by their path: a sandboxed command that swaps one for a link at
//! the wrong moment gains nothing.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_protocol::domains::fs::ChangeType;
use cap_fs_ext::DirExt;
use cap_std::fs::Dir;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;

use super::{Report, Reporter, Target};
use crate::path::{below, is_under};

/// Directories below one watched path, at most.
const DIRECTORIES: usize = 8_192;
/// Bytes of events read at once.
const BUFFER: usize = 16 * 1_024;

/// A watched directory, as one watch sees it.
#[derive(Clone)]
struct Place {
    watch: u64,
    rel: String,
    /// True for the directory the watch began with.
    top: bool,
}

#[derive(Default)]
struct Table {
    targets: HashMap<u64, Arc<Target>>,
    /// By watch descriptor. Watches that overlap share descriptors.
    places: HashMap<i32, Vec<Place>>,
    /// Marks that are among the events, by watch descriptor.
    marks: HashMap<i32, u64>,
}

struct Shared {
    fd: OwnedFd,
    table: Mutex<Table>,
    stopped: AtomicBool,
    reporter: Reporter,
}

/// Listens to inotify on a thread of its own.
pub struct Source {
    shared: Arc<Shared>,
    /// A watch of nothing: taking it away wakes the thread.
    bell: i32,
    /// Where marks are watched for a moment: a file that nobody has.
    nowhere: OwnedFd,
}

impl Source {
    pub fn start(reporter: Reporter) -> io::Result<Source> {
        let fd = inotify::init(CreateFlags::CLOEXEC)?;
        let bell = inotify::add_watch(&fd, "/", WatchFlags::DELETE_SELF)?;
        let nowhere = rustix::fs::memfd_create("marks", rustix::fs::MemfdFlags::CLOEXEC)?;
        let shared = Shared { fd, table: Mutex::default(), stopped: AtomicBool::new(false), reporter };
        let shared = Arc::new(shared);
        let listening = shared.clone();
        std::thread::Builder::new().name("file-watches".into()).spawn(move || listening.listen())?;
        Ok(Source { shared, bell, nowhere })
    }

    pub fn add(&self, watch: u64, target: Target) -> io::Result<()> {
        let rel = target.rel.clone();
        self.shared.table().targets.insert(watch, Arc::new(target));
        let added = self.shared.add_tree(watch, &rel, true, |_| {});
        if added.is_err() {
            self.remove(watch);
        }
        added
    }

    /// Puts a mark behind the events so far: a watch that is taken away at once, of which the queue tells in its turn.
    pub fn mark(&self, mark: u64) -> io::Result<()> {
        let path = format!("/proc/self/fd/{}", self.nowhere.as_raw_fd());
        // Held throughout, so that no two marks share a descriptor.
        let mut table = self.shared.table();
        let descriptor = inotify::add_watch(&self.shared.fd, path, WatchFlags::DELETE_SELF)?;
        table.marks.insert(descriptor, mark);
        Ok(inotify::remove_watch(&self.shared.fd, descriptor)?)
    }

    pub fn remove(&self, watch: u64) {
        self.shared.remove(watch);
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Release);
        let _ = inotify::remove_watch(&self.shared.fd, self.bell);
    }
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove(&self, watch: u64) {
        let mut table = self.table();
        table.targets.remove(&watch);
        self.drop_places(&mut table, |place| place.watch == watch);
    }

    /// Forgets places, and descriptors that nobody needs any more.
    fn drop_places(&self, table: &mut Table, unwanted: impl Fn(&Place) -> bool) {
        table.places.retain(|descriptor, places| {
            places.retain(|place| !unwanted(place));
            if places.is_empty() {
                // It is gone already where the directory is.
                let _ = inotify::remove_watch(&self.fd, *descriptor);
            }
            !places.is_empty()
        });
    }

    /// Watches a directory, and all below it where no single name is meant. `found` is told what is in them.
    fn add_tree(&self, watch: u64, rel: &str, top: bool, mut found: impl FnMut(String)) -> io::Result<()> {
        let Some(target) = self.table().targets.get(&watch).cloned() else { return Ok(()) };
        let mut count = self.table().places.values().flatten().filter(|place| place.watch == watch).count();
        let too_many = || io::Error::other(format!("it holds more than {DIRECTORIES} directories"));
        let mut waiting = vec![(rel.to_owned(), top)];
        while let Some((rel, top)) = waiting.pop() {
            let dir = match open(&target.jail, &rel, top) {
                Ok(dir) => dir,
                Err(error) if top => return Err(error),
                // Gone again, or not a directory any more.
                Err(_) => continue,
            };
            count += 1;
            if count > DIRECTORIES {
                return Err(too_many());
            }
            // Before its entries are listed: what comes after is reported.
            self.add_dir(&dir, Place { watch, rel: rel.clone(), top })?;
            if target.only.is_some() {
                return Ok(());
            }
            for entry in dir.entries().into_iter().flatten().flatten() {
                let Ok(name) = entry.file_name().into_string() else { continue };
                let rel = below(&rel, &name);
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    waiting.push((rel.clone(), false));
                }
                // What waits counts, so that no directory of very many has all their names kept first.
                if count + waiting.len() > DIRECTORIES {
                    return Err(too_many());
                }
                found(rel);
            }
        }
        Ok(())
    }

    fn add_dir(&self, dir: &Dir, place: Place) -> io::Result<()> {
        let mut mask = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MODIFY
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::MASK_ADD
            | WatchFlags::ONLYDIR;
        if place.top {
            mask |= WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF;
        }
        // The thread finds the descriptor in the table, or waits for the lock until it does.
        let mut table = self.table();
        if !table.targets.contains_key(&place.watch) {
            return Ok(());
        }
        let path = format!("/proc/self/fd/{}", dir.as_raw_fd());
        let descriptor = inotify::add_watch(&self.fd, path, mask).map_err(|error| match error {
            Errno::NOSPC => io::Error::other("the system's limit of watches is reached"),
            other => other.into(),
        })?;
        let places = table.places.entry(descriptor).or_default();
        // A directory that was moved is the same one at another place.
        places.retain(|other| other.watch != place.watch || (other.top && !place.top));
        if !places.iter().any(|other| other.watch == place.watch) {
            places.push(place);
        }
        Ok(())
    }

    fn listen(&self) {
        let mut buffer = vec![MaybeUninit::uninit(); BUFFER];
        let mut events = inotify::Reader::new(&self.fd, &mut buffer);
        while !self.stopped.load(Ordering::Acquire) {
            match events.next() {
                Ok(event) => {
                    let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
                    // A name that is no text cannot be told.
                    match name.map(OsStr::to_str) {
                        Some(Some(name)) => self.take(event.wd(), event.events(), name),
                        None => self.take(event.wd(), event.events(), ""),
                        Some(None) => {}
                    }
                }
                Err(Errno::INTR) => {}
                Err(error) => {
                    tracing::warn!(%error, "watches of files ended");
                    return;
                }
            }
        }
    }

    fn take(&self, descriptor: i32, what: ReadFlags, name: &str) {
        if what.contains(ReadFlags::QUEUE_OVERFLOW) {
            self.table().marks.clear();
            return self.reporter.report(Report::Lost);
        }
        let places = {
            let mut table = self.table();
            if what.contains(ReadFlags::IGNORED) {
                table.places.remove(&descriptor);
                if let Some(mark) = table.marks.remove(&descriptor) {
                    drop(table);
                    self.reporter.report(Report::Settled(mark));
                }
                return;
            }
            table.places.get(&descriptor).cloned().unwrap_or_default()
        };
        let change = if what.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO) {
            ChangeType::Create
        } else if what
            .intersects(ReadFlags::DELETE | ReadFlags::MOVED_FROM | ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF)
        {
            ChangeType::Delete
        } else if what.contains(ReadFlags::MODIFY) {
            ChangeType::Modify
        } else {
            return;
        };
        let itself = what.intersects(ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF);
        for place in places {
            let Some(target) = self.table().targets.get(&place.watch).cloned() else { continue };
            let meant = match &target.only {
                Some(only) => only == name,
                None => !itself || place.top,
            };
            let rel = if name.is_empty() { place.rel } else { below(&place.rel, name) };
            if meant {
                self.changed(place.watch, rel.clone(), change);
            }
            if itself && place.top {
                // Where it is now may be nobody's business who watched it here.
                self.remove(place.watch);
                self.reporter.report(Report::Gone(place.watch));
            }
            if !meant {
                continue;
            }
            if what.contains(ReadFlags::ISDIR) && target.only.is_none() && !itself {
                self.moved(place.watch, &rel, change);
            }
        }
    }

    /// A directory came or went: so did what is below it.
    fn moved(&self, watch: u64, rel: &str, change: ChangeType) {
        match change {
            ChangeType::Create => {
                // What was put into it before it was watched is reported from its listing.
                let added = self.add_tree(watch, rel, false, |rel| self.changed(watch, rel, ChangeType::Create));
                if let Err(error) = added {
                    tracing::debug!(%error, "a new directory is not watched");
                }
            }
            ChangeType::Delete => {
                self.drop_places(&mut self.table(), |place| place.watch == watch && is_under(&place.rel, rel));
            }
            ChangeType::Modify => {}
        }
    }

    fn changed(&self, watch: u64, rel: String, change: ChangeType) {
        self.reporter.report(Report::Changed { watch, rel, change });
    }
}

/// Opens a directory below the jail. The first one may be reached by a link that stays inside; those below it may not.
fn open(jail: &Dir, rel: &str, top: bool) -> io::Result<Dir> {
    match (rel, top) {
        ("", _) => jail.try_clone(),
        (rel, true) => jail.open_dir(rel),
        (rel, false) => jail.open_dir_nofollow(rel),
    }
}
