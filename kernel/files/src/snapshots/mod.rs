//! Snapshots: what an agent was at one moment, to go on from there as another process.
//!
//! What it owns: the list of snapshots, what each holds of a home, and the content of the files (`blobs`). What else
//! belongs to an agent is kept by whoever owns it, through a [`SnapshotPart`] each.
//! What it never does: know what a part means.
//!
//! A snapshot is there when its row is, which is written last; what a kernel that was killed left without a row is
//! cleared away by the next one. A restored agent gets its home before it stands in the process table, so none ever runs
//! without its files.

mod api;
mod blobs;
mod error;
mod restore;
mod store;
mod tree;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_base::ports::Owner;
use aether_base::snapshot::{PartKept, SnapshotAgents, SnapshotPart};
use aether_base::{Audience, Bus, fault, now_ms};
use aether_protocol::domains::snapshot::{SnapshotInfo, event};
use aether_protocol::{OrgId, Pid, UserId};

use crate::{Files, blocking};
pub use api::SnapshotApi;
use blobs::{Blobs, Pins};
use error::Result;
pub use error::SnapshotError;
pub use store::MIGRATIONS as SNAPSHOT_MIGRATIONS;

/// Bytes of a description.
const DESCRIPTION: usize = 1_024;

/// How much one user may keep.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotLimits {
    pub per_user: usize,
    /// Content that several snapshots hold counts for each.
    pub bytes_per_user: u64,
}

/// What snapshots are made of.
pub struct SnapshotParts {
    pub files: Arc<Files>,
    pub agents: Arc<dyn SnapshotAgents>,
    /// In the order in which they are restored. The one that starts the agent comes last.
    pub parts: Vec<Arc<dyn SnapshotPart>>,
    pub limits: SnapshotLimits,
}

/// A snapshot as it is known.
#[derive(Debug, Clone, PartialEq)]
struct Snapshot {
    info: SnapshotInfo,
    owner: UserId,
    org: Option<OrgId>,
    parts: BTreeMap<String, PartKept>,
}

/// What was captured and has no row yet.
struct Captured {
    read: tree::Read,
    parts: BTreeMap<String, PartKept>,
    pins: Pins,
}

impl Captured {
    fn size(&self) -> u64 {
        self.parts.values().fold(self.read.size, |size, part| size.saturating_add(part.bytes))
    }
}

/// The snapshots.
pub struct Snapshots {
    files: Arc<Files>,
    agents: Arc<dyn SnapshotAgents>,
    parts: Vec<Arc<dyn SnapshotPart>>,
    blobs: Arc<Blobs>,
    known: Mutex<HashMap<String, Snapshot>>,
    /// Snapshots whose row is being written, with their owners and sizes: they count already.
    written: Mutex<HashMap<String, (UserId, u64)>>,
    limits: SnapshotLimits,
}

/// A snapshot whose row is being written.
struct Written<'s> {
    snapshots: &'s Snapshots,
    id: String,
}

impl Drop for Written<'_> {
    fn drop(&mut self) {
        self.snapshots.written().remove(&self.id);
    }
}

impl Snapshots {
    /// Reads which snapshots there are, and clears away what an earlier kernel did not finish.
    ///
    /// # Errors
    /// When the database or the folder cannot be read.
    pub async fn open(root: &Path, parts: SnapshotParts) -> Result<Arc<Snapshots>> {
        let SnapshotParts { files, agents, parts, limits } = parts;
        let known = files.store.read(store::load).await?;
        let blobs = Arc::new(Blobs::open(root)?);
        let snapshots = Arc::new(Snapshots {
            files,
            agents,
            parts,
            blobs,
            known: Mutex::new(known),
            written: Mutex::default(),
            limits,
        });
        snapshots.clear_away().await?;
        Ok(snapshots)
    }

    async fn clear_away(&self) -> Result<()> {
        for pid in self.files.store.read(store::begun_homes).await? {
            if self.agents.owner(pid) == Owner::Missing {
                self.files.delete_home(pid).await?;
            }
            self.files.store.write(move |db| store::end_home(db, pid)).await?;
        }
        let directory = self.files.places.directory.clone();
        let owners: HashSet<UserId> = self.known().values().map(|snapshot| snapshot.owner.clone()).collect();
        for gone in owners.iter().filter(|owner| directory.username(owner).is_none()) {
            self.departed(gone).await;
        }
        for part in &self.parts {
            let mut kept = part.kept().await?;
            kept.retain(|id| !self.known().contains_key(id));
            if !kept.is_empty() {
                part.discard(kept).await?;
            }
        }
        let held = self.files.store.read(store::held).await?;
        let blobs = self.blobs.clone();
        let removal = self.blobs.removal();
        let removed = blocking(move || Ok(blobs.orphans(&held).and_then(|orphans| removal.remove(&orphans)))).await?;
        if let Err(error) = removed {
            tracing::warn!(%error, "content that no snapshot holds could not be cleared away");
        }
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Snapshot>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose a snapshot is. Answers from memory.
    pub fn owner(&self, id: &str) -> Owner {
        let known = self.known();
        known
            .get(id)
            .map_or(Owner::Missing, |snapshot| Owner::User { user: snapshot.owner.clone(), org: snapshot.org.clone() })
    }

    fn get(&self, id: &str) -> Result<Snapshot> {
        self.known().get(id).cloned().ok_or_else(|| SnapshotError::NotFound(id.to_owned()))
    }

    fn written(&self) -> MutexGuard<'_, HashMap<String, (UserId, u64)>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a snapshot whose row is about to be written, if there is room for it.
    fn begin(&self, snapshot: &Snapshot) -> Result<Written<'_>> {
        let mut written = self.written();
        if snapshot.info.size > self.room_beside(&snapshot.owner, &written)? {
            return Err(SnapshotError::TooLarge(self.limits.bytes_per_user));
        }
        let id = snapshot.info.id.clone();
        written.insert(id.clone(), (snapshot.owner.clone(), snapshot.info.size));
        Ok(Written { snapshots: self, id })
    }

    /// Bytes that a user may still keep, or why it may keep no more.
    fn room(&self, owner: &UserId) -> Result<u64> {
        self.room_beside(owner, &self.written())
    }

    fn room_beside(&self, owner: &UserId, written: &HashMap<String, (UserId, u64)>) -> Result<u64> {
        let known = self.known();
        let kept = known.values().filter(|one| one.owner == *owner).map(|one| one.info.size);
        let coming = written.iter().filter(|(id, (of, _))| of == owner && !known.contains_key(*id));
        let own: Vec<u64> = kept.chain(coming.map(|(_, (_, size))| *size)).collect();
        if own.len() >= self.limits.per_user {
            return Err(SnapshotError::TooMany(own.len()));
        }
        let held = own.iter().fold(0_u64, |held, size| held.saturating_add(*size));
        let left = self.limits.bytes_per_user.saturating_sub(held);
        if left == 0 { Err(SnapshotError::TooLarge(self.limits.bytes_per_user)) } else { Ok(left) }
    }

    /// An id that no snapshot has.
    fn new_id(&self, pid: Pid, at: u64) -> String {
        let known = self.known();
        (at..).map(|at| format!("snap_{pid}_{at}")).find(|id| !known.contains_key(id)).unwrap_or_default()
    }

    fn owner_of(&self, pid: Pid) -> Result<(UserId, Option<OrgId>)> {
        match self.agents.owner(pid) {
            Owner::User { user, org } => Ok((user, org)),
            Owner::Org(_) | Owner::Everyone | Owner::Kernel | Owner::Missing => Err(SnapshotError::NoProcess(pid)),
        }
    }

    /// Takes a snapshot.
    async fn create(&self, pid: Pid, description: String) -> Result<SnapshotInfo> {
        let (owner, org) = self.owner_of(pid)?;
        let room = self.room(&owner)?;
        let at = now_ms();
        let id = self.new_id(pid, at);
        let captured = self.capture(&id, pid, room).await?;
        let kept = self.record(
            Snapshot {
                info: SnapshotInfo {
                    id: id.clone(),
                    pid,
                    timestamp: at,
                    size: captured.size(),
                    description,
                    left_out: Some(captured.read.left_out).filter(|left_out| *left_out > 0),
                },
                owner,
                org,
                parts: captured.parts.clone(),
            },
            &captured,
        );
        match kept.await {
            Ok(info) => Ok(info),
            Err(error) => {
                self.abandon(&id, captured.pins).await;
                Err(error)
            }
        }
    }

    /// Writes the row, which makes it a snapshot.
    async fn record(&self, snapshot: Snapshot, captured: &Captured) -> Result<SnapshotInfo> {
        let _written = self.begin(&snapshot)?;
        let created = event::Created { snapshot: snapshot.info.clone() }.into();
        let prepared = vec![Bus::prepare_to(&created, audience(&snapshot))];
        let (row, items) = (snapshot.clone(), captured.read.items.clone());
        fault::point("snapshot-captured");
        self.files.store.commit(prepared, move |db| store::insert(db, &row, &items)).await?;
        let info = snapshot.info.clone();
        self.known().insert(info.id.clone(), snapshot);
        Ok(info)
    }

    /// Captures all that an agent is, under this id. The agent is held while its parts and files are read.
    async fn capture(&self, id: &str, pid: Pid, room: u64) -> Result<Captured> {
        let held = self.agents.hold(pid);
        let pins = self.blobs.pins();
        let captured = async {
            let mut parts = BTreeMap::new();
            for part in &self.parts {
                parts.insert(part.name().to_owned(), part.capture(id, pid).await?);
            }
            fault::point("snapshot-part");
            let (places, home) = (self.files.places.clone(), pid.uid());
            let (read, back) = blocking(move || {
                let mut pins = pins;
                let read = match places.home(&home) {
                    Ok(dir) => tree::read(&dir, &format!("/home/{home}"), &mut pins, room),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(tree::Read::default()),
                    Err(error) => Err(crate::error::Doing::read("open", &format!("/home/{home}")).failed(error).into()),
                };
                Ok((read, pins))
            })
            .await?;
            Ok::<_, SnapshotError>((read, parts, back))
        };
        let captured = captured.await;
        drop(held);
        let (read, parts, pins) = match captured {
            Ok((Ok(read), parts, pins)) => (read, parts, pins),
            Ok((Err(error), _, pins)) => {
                self.abandon(id, pins).await;
                return Err(error);
            }
            Err(error) => {
                self.abandon(id, self.blobs.pins()).await;
                return Err(error);
            }
        };
        let (blobs, hashes) = (self.blobs.clone(), pins.hashes().to_vec());
        let settled = blocking(move || Ok(blobs.settle(&hashes))).await?;
        if let Err(error) = settled {
            self.abandon(id, pins).await;
            return Err(crate::error::Doing::write("fsync", "the snapshot").failed(error).into());
        }
        Ok(Captured { read, parts, pins })
    }

    /// Takes back what was captured under an id that has no row.
    async fn abandon(&self, id: &str, pins: Pins) {
        for part in &self.parts {
            if let Err(error) = part.discard(vec![id.to_owned()]).await {
                tracing::warn!(%error, id, "a part of no snapshot stays until the next start");
            }
        }
        let hashes = pins.hashes().to_vec();
        drop(pins);
        let removal = self.blobs.removal();
        let unheld = self.files.store.read(move |db| store::unheld(db, hashes)).await;
        self.remove(removal, unheld).await;
    }

    /// Forgets a snapshot, and removes what no other one holds.
    async fn delete(&self, id: &str) -> Result<()> {
        let snapshot = self.get(id)?;
        let removal = self.blobs.removal();
        let deleted = event::Deleted { snapshotId: id.to_owned() }.into();
        let prepared = vec![Bus::prepare_to(&deleted, audience(&snapshot))];
        let row = id.to_owned();
        let unheld = self.files.store.commit(prepared, move |db| store::delete(db, &row)).await?;
        self.known().remove(id);
        fault::point("snapshot-deleted");
        for part in snapshot.parts.keys().filter_map(|name| self.part(name)) {
            part.discard(vec![id.to_owned()]).await?;
        }
        self.remove(removal, Ok(unheld)).await;
        Ok(())
    }

    async fn remove(&self, removal: blobs::Removal, unheld: aether_store::Result<Vec<String>>) {
        let removed = match unheld {
            Ok(hashes) => blocking(move || Ok(removal.remove(&hashes))).await,
            Err(error) => Err(error.into()),
        };
        let failed = match removed {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::warn!(error = failed, "content that no snapshot holds stays until the next start");
    }

    fn part(&self, name: &str) -> Option<&Arc<dyn SnapshotPart>> {
        self.parts.iter().find(|part| part.name() == name)
    }

    /// Deletes the snapshots of a user who is gone.
    pub async fn departed(&self, user: &UserId) {
        let own: Vec<String> =
            self.known().values().filter(|one| one.owner == *user).map(|one| one.info.id.clone()).collect();
        for id in own {
            if let Err(error) = self.delete(&id).await {
                tracing::warn!(%error, id, "a snapshot of a user who is gone could not be deleted");
            }
        }
    }
}

#[cfg(test)]
pub use blobs::{Blobs as TestBlobs, Kept as TestKept, Pins as TestPins};

fn audience(snapshot: &Snapshot) -> Audience {
    Audience::User { user: snapshot.owner.clone(), org: snapshot.org.clone() }
}
