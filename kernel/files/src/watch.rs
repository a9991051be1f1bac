//! Watches: changes that others make to files (a sandboxed command, a program of the host) become events, too.
//!
//! A path is watched once, however many connections ask. What the operating system reports is gathered for a moment,
//! so that a burst becomes one event for each path; what this kernel did itself has been told already and is left out.
//! Reports come in the order of the changes, so a mark among them says that all of a command have been seen.

mod gathered;

#[cfg(target_os = "linux")]
#[path = "watch/inotify.rs"]
mod source;
#[cfg(not(target_os = "linux"))]
#[path = "watch/native.rs"]
mod source;

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aether_protocol::SessionId;
use aether_protocol::domains::fs::ChangeType;
use cap_std::fs::Dir;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::announce::Announcer;
use crate::error::{FsError, Result};
use crate::path::{is_under, split_last};
use crate::places::{Key, Spot};

use gathered::Gathered;
use source::Source;

/// Paths that one connection watches, at most.
pub const PER_SESSION: usize = 64;
/// How long reports are gathered before they are told.
const GATHER: Duration = Duration::from_millis(50);
/// Paths told of in one go, at most; beyond it, one event says that much has changed.
const TOLD: usize = 512;
/// Reports that wait to be told, at most.
const WAITING: usize = 8_192;
/// Connections remembered as closed, for commands of theirs that still run.
const CLOSED: usize = 256;

/// What is watched, for the part that asks the operating system.
pub struct Target {
    pub jail: Arc<Dir>,
    /// The watched path relative to the jail, or the directory the watched name is in.
    pub rel: String,
    /// The one name that matters, where a file is watched: files are replaced, so their directory is what tells.
    pub only: Option<String>,
    /// Where the jail is on this disk.
    #[cfg_attr(target_os = "linux", allow(dead_code))]
    pub disk: PathBuf,
}

/// One report of the operating system.
pub enum Report {
    Changed {
        watch: u64,
        rel: String,
        change: ChangeType,
    },
    /// What a watch began with has gone from where it was: nothing more is heard of it.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    Gone(u64),
    /// Whatever happened before this mark was made has been reported.
    Settled(u64),
    /// Reports were lost, of all watches.
    Lost,
}

/// Takes reports without waiting.
#[derive(Clone)]
pub struct Reporter {
    sender: Sender<Report>,
    lost: Arc<AtomicBool>,
}

impl Reporter {
    pub fn report(&self, report: Report) {
        if self.sender.try_send(report).is_err() {
            self.lost.store(true, Ordering::Relaxed);
        }
    }
}

struct Watched {
    id: u64,
    holders: HashSet<SessionId>,
}

#[derive(Default)]
struct State {
    watched: HashMap<Key, Watched>,
    /// The watched path and its jail, by watch.
    keys: HashMap<u64, (Key, Key)>,
    closed: VecDeque<SessionId>,
    /// Paths this kernel changes or whose reports are still to come: how many commands are at it, and the mark of the
    /// last that ended.
    touched: HashMap<Key, (usize, u64)>,
    marks: u64,
}

impl State {
    /// Refuses a connection that watches as much as it may.
    fn has_room(&self, session: &SessionId) -> Result<()> {
        let held = self.watched.values().filter(|watched| watched.holders.contains(session)).count();
        if held < PER_SESSION { Ok(()) } else { Err(FsError::TooManyWatches(PER_SESSION)) }
    }

    /// Forgets what was touched by commands whose reports have all been seen.
    fn settle(&mut self, mark: u64) {
        self.touched.retain(|_, (running, last)| *running > 0 || *last > mark);
    }
}

struct Shared {
    state: Mutex<State>,
    announcer: Arc<Announcer>,
    /// Where nothing is watched, nobody has to remember what was touched.
    active: AtomicUsize,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, id: u64) {
        if self.state().keys.remove(&id).is_some() {
            self.active.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Forgets a watch that nothing more is heard of, so that the next one of its path begins anew.
    fn gone(&self, id: u64) {
        self.state().watched.retain(|_, watched| watched.id != id);
        self.forget(id);
    }
}

/// The watches of all connections.
pub struct Watches {
    shared: Arc<Shared>,
    source: Mutex<Option<Arc<Source>>>,
    next: AtomicU64,
}

impl Watches {
    pub fn new(announcer: Arc<Announcer>) -> Watches {
        let shared = Shared { state: Mutex::default(), announcer, active: AtomicUsize::new(0) };
        Watches { shared: Arc::new(shared), source: Mutex::new(None), next: AtomicU64::new(1) }
    }

    /// Joins a watch that is there already; false if there is none.
    pub fn hold(&self, session: &SessionId, key: &Key) -> Result<bool> {
        let mut state = self.shared.state();
        if state.watched.get(key).is_some_and(|watched| watched.holders.contains(session)) {
            return Ok(true);
        }
        state.has_room(session)?;
        let Some(watched) = state.watched.get_mut(key) else { return Ok(false) };
        watched.holders.insert(session.clone());
        Ok(true)
    }

    /// Watches a path for a connection. A directory is watched with all below it; of what is no directory, or not
    /// there yet, the name in its directory.
    pub async fn watch(&self, session: SessionId, key: Key, spot: Spot) -> Result<()> {
        let failed = |path: &str| {
            let path = path.to_owned();
            move |cause| FsError::Watch { path, cause }
        };
        let source = self.source().map_err(failed(&spot.shown))?;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let disk = self.shared.announcer.places.disk_path(&spot.base);
        // Known before the first report of it can arrive.
        self.shared.state().keys.insert(id, (key.clone(), spot.base.clone()));
        self.shared.active.fetch_add(1, Ordering::Relaxed);
        let (adding, shown) = (source.clone(), spot.shown.clone());
        let added = tokio::task::spawn_blocking(move || adding.add(id, target(spot, disk))).await;
        let added = added.unwrap_or_else(|error| Err(io::Error::other(error)));
        if let Err(cause) = added {
            self.shared.forget(id);
            return Err(match cause.kind() {
                io::ErrorKind::NotFound => FsError::NotFound(format!("watch '{shown}'")),
                io::ErrorKind::PermissionDenied if cause.raw_os_error().is_none() => FsError::LinkOutside(shown),
                _ => failed(&shown)(cause),
            });
        }
        let mut state = self.shared.state();
        let closed = state.closed.contains(&session);
        // Its other commands may have been faster, and so may another connection.
        let room = state.has_room(&session);
        // What is gone by now has no watch either.
        let wanted = !closed && room.is_ok() && state.keys.contains_key(&id);
        let mine = wanted && !state.watched.contains_key(&key);
        if wanted {
            let watched = state.watched.entry(key).or_insert_with(|| Watched { id, holders: HashSet::new() });
            watched.holders.insert(session);
        }
        drop(state);
        if !mine {
            self.end(vec![id]);
        }
        room
    }

    /// Ends a connection's watch of a path.
    pub fn unwatch(&self, session: &SessionId, key: &Key) {
        let mut state = self.shared.state();
        let Some(watched) = state.watched.get_mut(key) else { return };
        watched.holders.remove(session);
        if watched.holders.is_empty() {
            let id = watched.id;
            state.watched.remove(key);
            drop(state);
            self.end(vec![id]);
        }
    }

    /// Ends all watches of a connection.
    pub fn session_closed(&self, session: &SessionId) {
        let mut state = self.shared.state();
        if state.closed.len() == CLOSED {
            state.closed.pop_front();
        }
        state.closed.push_back(session.clone());
        let mut ended = Vec::new();
        state.watched.retain(|_, watched| {
            watched.holders.remove(session);
            if watched.holders.is_empty() {
                ended.push(watched.id);
            }
            !watched.holders.is_empty()
        });
        drop(state);
        self.end(ended);
    }

    /// Says that this kernel changes paths and tells of it itself, until the answer is dropped.
    pub fn touch(&self, keys: &[Key]) -> Touched {
        let keys = if self.shared.active.load(Ordering::Relaxed) == 0 { Vec::new() } else { keys.to_vec() };
        let mut all = Vec::with_capacity(keys.len());
        for key in keys {
            all.extend(self.shared.announcer.places.mirrors(&key));
            all.push(key);
        }
        if !all.is_empty() {
            let mut state = self.shared.state();
            for key in &all {
                state.touched.entry(key.clone()).or_default().0 += 1;
            }
        }
        Touched { shared: self.shared.clone(), source: self.started(), keys: all }
    }

    fn started(&self) -> Option<Arc<Source>> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends watches. Nothing more of them is told from now on; to listen no more takes a while where they are large.
    fn end(&self, ids: Vec<u64>) {
        ids.iter().for_each(|id| self.shared.gone(*id));
        let Some(source) = self.started().filter(|_| !ids.is_empty()) else { return };
        let remove = move || ids.iter().for_each(|id| source.remove(*id));
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }

    /// Ends the watches of what was moved away from a path, and of what is below it: where it is now, others may look.
    pub fn moved_away(&self, key: &Key) {
        let is_below = |watched: &Key| watched.user == key.user && is_under(&watched.path, &key.path);
        let below: Vec<u64> =
            self.shared.state().keys.iter().filter(|(_, (watched, _))| is_below(watched)).map(|(id, _)| *id).collect();
        self.end(below);
    }

    /// Starts to listen with the first watch.
    fn source(&self) -> io::Result<Arc<Source>> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = &*source {
            return Ok(source.clone());
        }
        let (sender, reports) = channel(WAITING);
        let lost = Arc::new(AtomicBool::new(false));
        let started = Arc::new(Source::start(Reporter { sender, lost: lost.clone() })?);
        tokio::spawn(tell(self.shared.clone(), reports, lost));
        *source = Some(started.clone());
        Ok(started)
    }
}

/// Paths that this kernel is changing.
pub struct Touched {
    shared: Arc<Shared>,
    source: Option<Arc<Source>>,
    keys: Vec<Key>,
}

impl Drop for Touched {
    fn drop(&mut self) {
        if self.keys.is_empty() {
            return;
        }
        let mut state = self.shared.state();
        state.marks += 1;
        let mark = state.marks;
        for key in &self.keys {
            if let Some((running, last)) = state.touched.get_mut(key) {
                *running = running.saturating_sub(1);
                *last = mark;
            }
        }
        drop(state);
        let marked = self.source.as_ref().is_some_and(|source| source.mark(mark).is_ok());
        if !marked {
            self.shared.state().settle(mark);
        }
    }
}

fn target(spot: Spot, disk: PathBuf) -> Target {
    let Spot { jail, rel, .. } = spot;
    let is_dir = rel.is_empty() || jail.symlink_metadata(&rel).is_ok_and(|metadata| metadata.is_dir());
    if is_dir {
        return Target { jail, rel, only: None, disk };
    }
    let (parent, name) = split_last(&rel);
    Target { rel: parent.to_owned(), only: Some(name.to_owned()), jail, disk }
}

/// Gathers reports and tells of them, until nobody reports any more.
async fn tell(shared: Arc<Shared>, mut reports: Receiver<Report>, lost: Arc<AtomicBool>) {
    while let Some(first) = reports.recv().await {
        let mut gathered = Gathered::default();
        gathered.add(&shared, first);
        let end = tokio::time::Instant::now() + GATHER;
        while let Ok(Some(report)) = tokio::time::timeout_at(end, reports.recv()).await {
            gathered.add(&shared, report);
        }
        let much = lost.swap(false, Ordering::Relaxed) || gathered.lost || gathered.order.len() > TOLD;
        if much {
            let watched: HashSet<Key> = shared.state().keys.values().map(|(key, _)| key.clone()).collect();
            watched.iter().for_each(|key| shared.announcer.changed(key, ChangeType::Modify));
        } else {
            for key in &gathered.order {
                if let Some(change) = gathered.changes.get(key) {
                    shared.announcer.changed(key, *change);
                }
            }
        }
        if much {
            // A mark may be among what was lost.
            let mut state = shared.state();
            let marks = state.marks;
            state.settle(marks);
        }
    }
}
