//! The audit log: who had what done, and how it ended.
//!
//! What it owns: its rows, in a database of their own, and who may read which.
//! What it never does: make a command wait, or keep a command's arguments.

mod api;
mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use aether_base::ports::{Audit, AuditRecord};
use aether_base::{Caller, CallerKind};
use aether_protocol::domains::audit::{AuditEntryInfo, AuditFilters};
use aether_protocol::{Pid, UserId};
use aether_store::{Result, Store};

pub use store::AUDIT_MIGRATIONS;

/// How long rows are kept unless a setting says otherwise.
pub const RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Rows kept, the newest.
const KEPT: u64 = 1_000_000;

/// Bytes of a target that are kept.
const TARGET: usize = 256;

/// Rows that may wait for the disk. What comes while so many do is counted, and not kept.
const WAITING: usize = 10_000;

/// Rows deleted by one write, so that new rows do not wait for the whole trimming.
const TRIM: usize = 10_000;

/// Whose rows a query may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Everything,
    /// What the user did, and its agents.
    User(UserId),
    /// What one agent did.
    Agent(Pid),
    Nothing,
}

impl Scope {
    /// What a caller may read: administrators everything, everybody else their own.
    pub fn of(caller: &Caller) -> Scope {
        match &caller.kind {
            _ if caller.is_admin() => Scope::Everything,
            CallerKind::User { user, .. } => Scope::User(user.clone()),
            CallerKind::Agent { pid, .. } => Scope::Agent(*pid),
            CallerKind::Anonymous | CallerKind::Kernel => Scope::Nothing,
        }
    }
}

/// The audit log.
pub struct AuditLog {
    store: Arc<Store>,
    /// Rows that wait for the disk.
    waiting: Arc<AtomicUsize>,
    /// Rows that were not kept since the last that was.
    dropped: AtomicU64,
}

/// A row's place among those that wait.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl AuditLog {
    /// Over a store that has [`AUDIT_MIGRATIONS`]; its durability may be the lesser one.
    pub fn open(store: Arc<Store>) -> Arc<AuditLog> {
        Arc::new(AuditLog { store, waiting: Arc::default(), dropped: AtomicU64::new(0) })
    }

    /// A page of rows, newest first, and how many there are in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn query(&self, scope: Scope, filters: AuditFilters) -> Result<(Vec<AuditEntryInfo>, u64)> {
        self.store.read(move |db| store::query(db, &scope, &filters)).await
    }

    /// Drops rows older than `before`, in milliseconds since the Unix epoch, and those beyond the newest million, and
    /// answers how many.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn trim(&self, before: u64) -> Result<usize> {
        let mut dropped = 0;
        loop {
            let rows = self.store.write(move |db| store::trim(db, before, KEPT, TRIM)).await?;
            dropped += rows;
            if rows < TRIM {
                return Ok(dropped);
            }
        }
    }

    /// A place for one more row, if there is any.
    fn place(&self) -> Option<Place> {
        let others = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(self.waiting.clone());
        if others < WAITING {
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                tracing::warn!(dropped, "audit rows were not kept because too many were waiting for the disk");
            }
            return Some(place);
        }
        if self.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(waiting = others, "the disk does not keep up: audit rows are being dropped");
        }
        None
    }
}

impl Audit for AuditLog {
    fn record(&self, mut record: AuditRecord) {
        let Some(place) = self.place() else { return };
        if let Some(target) = &mut record.target {
            target.truncate(target.floor_char_boundary(TARGET));
            target.shrink_to_fit();
        }
        drop(self.store.begin(Vec::new(), move |db| {
            let _place = place;
            store::insert(db, &record).inspect_err(|error| {
                tracing::error!(action = record.action, result = record.result, %error, "an audit row was not kept");
            })
        }));
    }
}

#[cfg(test)]
mod tests;
