//! The virtual file system: one root that looks the same to every client, on every operating system.
//!
//! What it owns: the places of the root (`/home`, `/shared`, `/tmp`), the way from a virtual path to a file that never
//! leaves its place, watches, shared mounts, the trash, and the homes that agents have left behind, snapshots of agents.
//! What it never does: decide whether a caller may name a path (that is the gate, which asks [`place`]), or open a
//! file by a path of the host.

mod announce;
mod api;
mod error;
mod homes;
mod jail;
mod measure;
mod path;
mod places;
mod platform;
mod quota;
mod search;
mod shared;
mod snapshots;
mod spot;
mod store;
mod transfer;
mod trash;
mod tree;
mod watch;
mod workspaces;

use std::path::Path;
use std::sync::Arc;

use aether_base::Bus;
use aether_base::ports::{EndedAgent, Owner};
use aether_protocol::domains::fs::event;
use aether_protocol::{Pid, SessionId, UserId};
use aether_store::Store;
use async_trait::async_trait;

pub use error::{FsError, Result};
pub use path::{PlaceOwner, normal, place};
pub use snapshots::{SNAPSHOT_MIGRATIONS, SnapshotApi, SnapshotError, SnapshotLimits, SnapshotParts, Snapshots};
pub use store::MIGRATIONS;
pub use transfer::Transfers;
pub use workspaces::{Workspaces, workspace_of};

use announce::Announcer;
use places::Places;
use quota::Quotas;
use trash::Trash;
use watch::Watches;

/// Who is who, as far as files need to know. Answers from memory where it does not say otherwise.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The name of a user.
    fn username(&self, user: &UserId) -> Option<String>;

    /// The user with this name. A directory that cannot tell answers `None`.
    fn user_named(&self, name: &str) -> Option<UserId> {
        let _ = name;
        None
    }

    /// The agents of a user that have not been reaped.
    fn agents_of(&self, user: &UserId) -> Vec<Pid>;

    /// Whose agent this is or was. A directory that does not remember ended agents answers `None`.
    fn owner_of(&self, pid: Pid) -> Option<UserId> {
        let _ = pid;
        None
    }

    /// What is remembered of those of these agents that have ended; it may have to be read. A directory that does not
    /// remember them answers nothing.
    async fn ended(&self, pids: Vec<Pid>) -> aether_base::Result<Vec<EndedAgent>> {
        drop(pids);
        Ok(Vec::new())
    }
}

/// The virtual file system.
pub struct Files {
    places: Arc<Places>,
    announcer: Arc<Announcer>,
    store: Arc<Store>,
    transfers: Transfers,
    watches: Arc<Watches>,
    trash: Arc<Trash>,
}

impl Files {
    /// Opens the places under the data root, making those that are missing.
    ///
    /// # Errors
    /// When a folder cannot be made or opened, or the shared mounts cannot be read.
    pub async fn open(
        root: &Path,
        bus: Arc<Bus>,
        directory: Arc<dyn Directory>,
        store: Arc<Store>,
        transfers: Transfers,
    ) -> Result<Arc<Files>> {
        let shares = store.read(store::load).await?;
        let places = Arc::new(Places::open(root, directory, shares, Quotas::new(transfers.home_quota))?);
        let announcer = Arc::new(Announcer { bus: bus.clone(), places: places.clone() });
        let watches = Arc::new(Watches::new(announcer.clone()));
        let trash = Trash::open(places.clone(), announcer.clone(), store.clone(), watches.clone()).await?;
        let files = Arc::new(Files { places, announcer, store, transfers, watches, trash });
        let places = files.places.clone();
        tokio::task::spawn_blocking(move || homes::finish_deletions(&places));
        bus.publish(event::Initialized { root: "/".to_owned() });
        Ok(files)
    }

    /// Whose something in the trash is. Answers from memory.
    pub fn trash_owner(&self, id: &str) -> Owner {
        self.trash.owner(id)
    }

    /// Where something in the trash was. Answers from memory.
    pub fn trash_path(&self, id: &str) -> Option<String> {
        self.trash.path(id)
    }

    /// Deletes for good what was thrown away before this time (milliseconds since the Unix epoch), and answers how much.
    ///
    /// # Errors
    /// When the disk or the database refuses.
    pub async fn purge_trash_before(&self, before: u64) -> Result<usize> {
        self.trash.purge_before(before).await
    }

    /// Ends the watches of a connection.
    pub fn session_closed(&self, session: &SessionId) {
        self.watches.session_closed(session);
    }

    /// Does work that waits for the disk.
    async fn blocking<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Places) -> Result<T> + Send + 'static,
    {
        let places = self.places.clone();
        blocking(move || work(&places)).await
    }
}

/// Does work that waits for the disk on a thread where nothing else waits.
async fn blocking<T, F>(work: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(FsError::Interrupted(error.to_string())))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
