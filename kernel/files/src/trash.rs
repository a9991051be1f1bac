//! The trash: what was thrown away, kept for a while so that it can come back.
//!
//! It lies in a folder of its own beside the places, which no virtual path leads to and no sandbox shows. What is in it
//! stands in the database before it is moved there, and leaves the database after it was moved away: a kernel that is
//! killed between the two loses nothing, and the next start puts the two in line.

mod names;
mod store;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_base::ports::Owner;
use aether_base::{Caller, Cx, Result, fault, now_ms};
use aether_protocol::domains::fs::{ChangeType, Purge, Restore, Restored, TrashEntry};
use aether_protocol::{Pid, UserId};
use aether_store::Store;

use crate::announce::Announcer;
use crate::error::{Doing, FsError, Result as FsResult};
use crate::path::{Place, VirtualPath, is_under, join, split, split_last};
use crate::places::{Intent, Key, Places};
use crate::watch::Watches;
use crate::{blocking, jail, platform, tree};

/// Things one user may have in the trash.
const MOST: usize = 10_000;
/// Names that are tried for something whose own is taken.
const TRIED: usize = 1_000;

/// Something in the trash.
#[derive(Debug, Clone)]
struct Trashed {
    entry: TrashEntry,
    /// The user whose temporary files it was among.
    tmp_of: Option<UserId>,
    /// Whose it is; nobody's is an administrator's.
    owner: Option<UserId>,
}

/// What is in the trash, and the parts that moving it takes.
pub struct Trash {
    entries: Mutex<HashMap<String, Trashed>>,
    places: Arc<Places>,
    announcer: Arc<Announcer>,
    store: Arc<Store>,
    watches: Arc<Watches>,
}

impl Trash {
    /// Reads what is in the trash and clears away what an earlier kernel did not finish.
    pub async fn open(
        places: Arc<Places>,
        announcer: Arc<Announcer>,
        store: Arc<Store>,
        watches: Arc<Watches>,
    ) -> FsResult<Arc<Trash>> {
        let known = store.read(store::load).await?;
        let disk = places.clone();
        let (there, gone) = blocking(move || Ok(in_line(&disk, known))).await?;
        if !gone.is_empty() {
            store.write(move |db| store::delete(db, &gone)).await?;
        }
        let entries = there.into_iter().map(|trashed| (trashed.entry.id.clone(), trashed)).collect();
        Ok(Arc::new(Trash { entries: Mutex::new(entries), places, announcer, store, watches }))
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Trashed>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, id: &str) -> FsResult<Trashed> {
        self.entries().get(id).cloned().ok_or_else(|| FsError::NotInTrash(id.to_owned()))
    }

    /// Whose something in the trash is. Answers from memory.
    pub fn owner(&self, id: &str) -> Owner {
        match self.entries().get(id) {
            None => Owner::Missing,
            Some(trashed) => trashed.owner.clone().map_or(Owner::Kernel, Owner::user),
        }
    }

    /// Where something in the trash was. Answers from memory.
    pub fn path(&self, id: &str) -> Option<String> {
        self.entries().get(id).map(|trashed| trashed.entry.path.clone())
    }

    /// Moves a file or directory into the trash.
    pub async fn discard(self: &Arc<Self>, cx: &Cx, path: &str) -> Result<TrashEntry> {
        let path = VirtualPath::parse(path)?;
        let key = self.places.key(&cx.caller, &path)?;
        let owner = self.owner_of(&cx.caller, &key);
        if self.entries().values().filter(|trashed| trashed.owner == owner).count() >= MOST {
            return Err(FsError::TrashFull(MOST).into());
        }
        let (trash, caller) = (self.clone(), cx.caller.clone());
        // A client that hangs up must not leave it half done.
        done(tokio::spawn(async move { trash.take_in(&caller, path, key, owner).await }).await)
    }

    async fn take_in(
        &self,
        caller: &Arc<Caller>,
        path: VirtualPath,
        key: Key,
        owner: Option<UserId>,
    ) -> Result<TrashEntry> {
        let touched = self.watches.touch(std::slice::from_ref(&key));
        let (places, caller) = (self.places.clone(), caller.clone());
        let (spot, metadata) = blocking(move || {
            let spot = places.spot(&caller, &path, Intent::Write)?;
            spot.changeable()?;
            let doing = Doing::write("rename", &spot.shown);
            let metadata = spot.jail.symlink_metadata(&spot.rel).map_err(|error| doing.failed(error))?;
            Ok((spot, metadata))
        })
        .await?;
        let entry = TrashEntry {
            id: uuid::Uuid::new_v4().to_string(),
            name: split_last(&key.path).1.to_owned(),
            path: key.path.clone(),
            kind: platform::kind(metadata.file_type()),
            size: metadata.len(),
            deleted_at: now_ms(),
        };
        let trashed = Trashed { entry: entry.clone(), tmp_of: key.user.clone(), owner };
        let row = trashed.clone();
        self.store.write(move |db| store::insert(db, &row)).await?;
        fault::point("trash-recorded");
        let (places, id) = (self.places.clone(), entry.id.clone());
        let moved = blocking(move || {
            let doing = Doing::write("rename", &spot.shown);
            jail::rename((&spot.jail, &spot.rel), (&places.trash, &id), &doing).map_err(|error| match error {
                FsError::OtherDisk { from, .. } => FsError::NoTrashThere(from),
                error => error,
            })
        })
        .await;
        if let Err(error) = moved {
            self.forget(vec![entry.id]).await?;
            return Err(error.into());
        }
        fault::point("trash-moved");
        self.watches.moved_away(&key);
        self.entries().insert(entry.id.clone(), trashed);
        drop(touched);
        self.announcer.changed(&key, ChangeType::Delete);
        Ok(entry)
    }

    /// What of the trash is the caller's, newest first.
    pub fn list(&self, caller: &Caller) -> Vec<TrashEntry> {
        let entries = self.entries();
        let mut listed: Vec<TrashEntry> =
            entries.values().filter(|trashed| is_own(caller, trashed)).map(|trashed| trashed.entry.clone()).collect();
        listed.sort_by(|a, b| b.deleted_at.cmp(&a.deleted_at).then_with(|| a.path.cmp(&b.path)));
        listed
    }

    /// Puts something back where it was, or elsewhere.
    pub async fn restore(self: &Arc<Self>, cx: &Cx, request: Restore) -> Result<Restored> {
        let trashed = self.get(&request.entry_id)?;
        let elsewhere_only = trashed.tmp_of.is_some() && trashed.tmp_of.as_ref() != cx.caller.user();
        let path = match request.to {
            Some(to) => VirtualPath::parse(&to)?,
            None if elsewhere_only => return Err(FsError::RestoreWhere(trashed.entry.path).into()),
            None => VirtualPath::parse(&trashed.entry.path)?,
        };
        let (trash, caller) = (self.clone(), cx.caller.clone());
        done(tokio::spawn(async move { trash.give_back(&caller, path, trashed.entry).await }).await)
    }

    async fn give_back(&self, caller: &Arc<Caller>, path: VirtualPath, entry: TrashEntry) -> Result<Restored> {
        let id = entry.id.clone();
        let key = self.places.key(caller, &path)?;
        let (above, name) = split_last(&key.path);
        let touched = self.watches.touch(std::slice::from_ref(&key));
        let (places, asker) = (self.places.clone(), caller.clone());
        let restored = blocking(move || {
            let spot = places.spot(&asker, &path, Intent::Write)?;
            spot.changeable()?;
            let doing = Doing::write("rename", &spot.shown);
            places.admit_tree((&places.trash, &entry.id), &spot)?;
            let (dir, own) = jail::made_above(&spot.jail, &spot.rel).map_err(|error| doing.failed(error))?;
            for name in names::numbered(own, entry.kind).take(TRIED) {
                match platform::rename_new(&places.trash, &entry.id, &dir, &name) {
                    Ok(()) => {
                        platform::flush(&dir);
                        return Ok(name);
                    }
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(FsError::NotInTrash(entry.id)),
                    Err(error) => return Err(doing.failed(error)),
                }
            }
            Err(FsError::Exists(doing.words()))
        })
        .await?;
        fault::point("trash-restored");
        self.forget(vec![id]).await?;
        drop(touched);
        let shown = if restored == name { key.path.clone() } else { join(above, &restored) };
        self.announcer.changed(&Key { path: shown.clone(), user: key.user }, ChangeType::Create);
        Ok(Restored { path: shown })
    }

    /// Deletes for good: these, or all of the caller's.
    pub async fn purge(self: &Arc<Self>, cx: &Cx, request: Purge) -> Result<()> {
        let ids = match request.ids {
            Some(ids) => {
                ids.into_iter().map(|id| self.get(&id).map(|found| found.entry.id)).collect::<FsResult<_>>()?
            }
            None => self.list(&cx.caller).into_iter().map(|entry| entry.id).collect(),
        };
        Ok(self.delete(ids).await?)
    }

    /// Deletes what was thrown away before this time (milliseconds since the Unix epoch), and answers how much.
    pub async fn purge_before(self: &Arc<Self>, before: u64) -> FsResult<usize> {
        self.delete_where(|trashed| trashed.entry.deleted_at < before).await
    }

    /// Deletes what came from an agent's home.
    pub async fn purge_home(self: &Arc<Self>, pid: Pid) -> FsResult<usize> {
        let home = pid.home();
        self.delete_where(|trashed| is_under(&trashed.entry.path, &home)).await
    }

    async fn delete_where(self: &Arc<Self>, is: impl Fn(&Trashed) -> bool) -> FsResult<usize> {
        let ids: Vec<String> =
            self.entries().values().filter(|trashed| is(trashed)).map(|trashed| trashed.entry.id.clone()).collect();
        let count = ids.len();
        self.delete(ids).await?;
        Ok(count)
    }

    async fn delete(self: &Arc<Self>, ids: Vec<String>) -> FsResult<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let trash = self.clone();
        let deleted = tokio::spawn(async move {
            let places = trash.places.clone();
            // Their names go first: what is half deleted is in nobody's list.
            let Doomed { ids, names, failed } = blocking(move || Ok(Doomed::rename(&places, ids))).await?;
            trash.forget(ids).await?;
            let places = trash.places.clone();
            // One that stays keeps no other.
            blocking(move || names.iter().map(|name| clear_away(&places, name)).fold(Ok(()), Result::and)).await?;
            failed.map_or(Ok(()), Err)
        });
        deleted.await.unwrap_or_else(|error| Err(FsError::Interrupted(error.to_string())))
    }

    async fn forget(&self, ids: Vec<String>) -> FsResult<()> {
        let rows = ids.clone();
        self.store.write(move |db| store::delete(db, &rows)).await?;
        let mut entries = self.entries();
        ids.iter().for_each(|id| drop(entries.remove(id)));
        Ok(())
    }

    /// Whose place a path is in. The gate has seen that it is the caller's, unless an administrator asks.
    fn owner_of(&self, caller: &Caller, key: &Key) -> Option<UserId> {
        if !caller.is_admin() {
            return caller.user().cloned();
        }
        if key.user.is_some() {
            return key.user.clone();
        }
        match VirtualPath::parse(&key.path).ok()?.place() {
            Place::AgentHome(pid, _) => self.places.directory.owner_of(pid),
            Place::UserHome(name, _) => self.places.directory.user_named(name),
            Place::Shared(rest) => self.places.shares().get(split(rest).0).map(|share| share.owner.clone()),
            Place::Root | Place::Homes | Place::OwnHome(_) | Place::Tmp(_) | Place::Outside => None,
        }
    }
}

/// An agent's own is what came from its home.
fn is_own(caller: &Caller, trashed: &Trashed) -> bool {
    match (&trashed.owner, caller.pid()) {
        (None, _) => caller.is_admin(),
        (owner, None) => owner.as_ref() == caller.user(),
        (owner, Some(pid)) => owner.as_ref() == caller.user() && is_under(&trashed.entry.path, &pid.home()),
    }
}

/// Of what the database knows, what is on the disk and what is not. What an earlier kernel was deleting is deleted.
fn in_line(places: &Places, known: Vec<Trashed>) -> (Vec<Trashed>, Vec<String>) {
    let (there, gone): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|trashed| match places.trash.symlink_metadata(&trashed.entry.id) {
            Ok(_) => true,
            // Whatever else keeps it from being looked at may pass.
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        });
    for entry in places.trash.entries().into_iter().flatten().flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if jail::is_left_over(&name) {
            if let Err(error) = clear_away(places, &name) {
                tracing::warn!(%error, "what was deleted from the trash could not be cleared away");
            }
        } else if !there.iter().any(|trashed| trashed.entry.id == name) {
            tracing::warn!(name, "the trash holds something that nothing is known of; it is left alone");
        }
    }
    (there, gone.into_iter().map(|trashed| trashed.entry.id).collect())
}

fn clear_away(places: &Places, name: &str) -> FsResult<()> {
    tree::clear_away(&places.trash, name, &Doing::write("rm", "the trash"))
}

/// What is about to be deleted.
#[derive(Default)]
struct Doomed {
    ids: Vec<String>,
    /// Their names on disk, from which nothing leads back.
    names: Vec<String>,
    /// Why another one keeps its name.
    failed: Option<FsError>,
}

impl Doomed {
    fn rename(places: &Places, ids: Vec<String>) -> Doomed {
        let mut doomed = Doomed::default();
        for id in ids {
            let name = jail::temporary_name();
            match places.trash.rename(&id, &places.trash, &name) {
                Ok(()) => doomed.names.push(name),
                // Somebody else has deleted it, or put it back.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    doomed.failed = Some(Doing::write("rm", &id).failed(error));
                    continue;
                }
            }
            doomed.ids.push(id);
        }
        doomed
    }
}

fn done<T>(joined: std::result::Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    joined.unwrap_or_else(|error| Err(FsError::Interrupted(error.to_string()).into()))
}
