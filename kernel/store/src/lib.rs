//! SQLite: one writer that groups commits, readers that never wait for it, migrations, and the event log.
//!
//! What it owns: connections, transactions, durability, sequence numbers of events.
//! What it never does: know a table of a subsystem. Each brings its own migrations and statements.

mod backup;
mod error;
mod events;
mod migrate;
mod reader;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aether_base::bus::{Bus, EventLog, Logged, Prepared};
use aether_protocol::Seq;
use rusqlite::Connection;

pub use error::{Result, StoreError};
pub use migrate::Migration;
pub use rusqlite;

use reader::Readers;
use writer::Writer;

pub use writer::Counts;

/// What a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The power failing right after it (`synchronous=FULL`): what was acknowledged stays.
    Full,
    /// The program failing right after it (`synchronous=NORMAL`): for logs and metrics.
    Normal,
}

/// One database file.
pub struct Store {
    writer: Writer,
    readers: Readers,
    path: PathBuf,
}

impl Store {
    /// Opens or creates a database and brings it up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged, or a migration fails. A damaged file is left as it is.
    pub fn open(path: &Path, durability: Durability, migrations: &[Migration], bus: Arc<Bus>) -> Result<Arc<Store>> {
        let mut connection = connect(path, durability)?;
        migrate::apply(&mut connection, events::MIGRATIONS)?;
        migrate::apply(&mut connection, migrations)?;
        let sequence = events::Sequence::load(&connection)?;
        let writer = Writer::start(connection, sequence, bus)?;
        Ok(Arc::new(Store { writer, readers: Readers::new(path), path: path.to_owned() }))
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` in a transaction and waits until it is on disk. Work that arrives together shares one commit.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.commit(Vec::new(), work).await
    }

    /// Like [`Store::write`], with events that are logged in the same transaction and delivered after it: either
    /// both the change and its events are kept, or neither.
    pub async fn commit<T, F>(&self, events: Vec<Prepared>, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.begin(events, work).await.unwrap_or(Err(StoreError::Closed))
    }

    /// Queues work like [`Store::commit`] and returns at once, so that a caller can fix the order of its writes
    /// while it holds a lock, and wait for them after.
    pub fn begin<T, F>(&self, events: Vec<Prepared>, work: F) -> Pending<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.writer.submit(events, work)
    }

    /// Reads from a snapshot of what is committed. Never waits for the writer.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.readers.read(work).await
    }

    /// Logged events after `since`, oldest first; `None` if the log no longer reaches back that far.
    pub async fn events_since(&self, since: Seq, limit: usize) -> Result<Option<Vec<Logged>>> {
        self.read(move |db| events::read_since(db, since, limit)).await
    }

    /// The first logged events after `since`, as many as `most`; `None` if the log no longer reaches back that far. For
    /// whoever goes on from the last of them.
    pub async fn events_page(&self, since: Seq, most: usize) -> Result<Option<Vec<Logged>>> {
        self.read(move |db| events::read_page(db, since, most)).await
    }

    /// The highest number of those that were dropped from the log.
    pub async fn trimmed(&self) -> Result<Seq> {
        self.read(events::trimmed).await
    }

    /// Drops events beyond `keep` and those older than `before` (milliseconds since the epoch).
    pub async fn trim_events(&self, keep: u64, before: u64) -> Result<usize> {
        self.write(move |db| events::trim(db, keep, before)).await
    }

    /// The highest sequence number given so far.
    pub fn seq(&self) -> Seq {
        self.writer.seq()
    }

    /// Copies what is committed to a new file, while reads and writes go on.
    ///
    /// # Errors
    /// When there is such a file already, the disk is full, or the copy does not hold.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        let to = to.to_owned();
        self.read(move |db| backup::write(db, &to)).await
    }

    /// What the writer has done and has to do.
    pub fn counts(&self) -> Counts {
        self.writer.counts()
    }

    /// Writes what is queued, folds the write-ahead log into the database and closes. Later calls answer
    /// [`StoreError::Closed`].
    pub async fn close(&self) {
        self.writer.close().await;
    }
}

/// A queued write: await it to know that it is on disk.
pub type Pending<T> = tokio::sync::oneshot::Receiver<Result<T>>;

impl EventLog for Store {
    fn append(&self, events: Vec<Prepared>) {
        self.writer.tell(events);
    }
}

fn connect(path: &Path, durability: Durability) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

#[cfg(test)]
mod tests;
