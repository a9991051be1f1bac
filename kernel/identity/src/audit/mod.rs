//! The audit log: who had what done, and how it ended.
//!
//! What it owns: its rows, in a database of their own, the chain that shows what was done to them, and who may read
//! which. What it never does: make a command wait, or keep a secret or what a file contains.

mod api;
mod chain;
mod store;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use aether_base::ports::{Audit, AuditRecord};
use aether_base::{Caller, CallerKind, Config, now_ms};
use aether_protocol::domains::audit::{AuditEntryInfo, AuditFilters};
use aether_protocol::{Pid, UserId};
use aether_store::{Result, Store};

use crate::secret;

pub use chain::{Hash, SealKey, hex};
pub use store::AUDIT_MIGRATIONS;
pub use verify::{Break, Link, Report, Seal, VerifyError, verify};

/// Bytes of a target that are kept.
const TARGET: usize = 256;

/// Rows that may wait for the disk. What comes while so many do is counted, and not kept.
const WAITING: usize = 10_000;

/// Rows deleted by one write, or taken into the chain, so that new rows do not wait for all of it.
const TRIM: usize = 10_000;

/// Where the audit log of a kernel is.
pub fn file(root: &Path) -> PathBuf {
    root.join("var/logs.db")
}

/// The key that a kernel seals its audit log with: from the secret in the settings, or that of its folder. `None` if it
/// has none yet.
///
/// # Errors
/// When the secret's file cannot be read, or by others too.
pub fn seal_key(root: &Path, given: Option<&str>) -> crate::error::Result<Option<SealKey>> {
    Ok(match given {
        Some(secret) => Some(SealKey::derived(secret)),
        None => secret::find(root)?.map(|secret| SealKey::derived(&secret)),
    })
}

/// What the audit log is told.
#[derive(Clone)]
pub struct AuditSettings {
    pub key: SealKey,
    /// Rows kept, the newest; 0 for all.
    pub max_rows: u64,
}

impl AuditSettings {
    /// From the configuration of a kernel.
    ///
    /// # Errors
    /// As [`seal_key`]; the secret is made where there is none.
    pub fn from(config: &Config) -> crate::error::Result<AuditSettings> {
        let key = match &config.secret {
            Some(secret) => SealKey::derived(secret),
            None => SealKey::derived(&secret::load(&config.root)?),
        };
        Ok(AuditSettings { key, max_rows: config.audit.max_rows })
    }
}

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
    settings: AuditSettings,
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
    /// Over a store that has [`AUDIT_MIGRATIONS`]; its durability may be the lesser one. Rows of an earlier version are
    /// taken into the chain.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn open(store: Arc<Store>, settings: AuditSettings) -> Result<Arc<AuditLog>> {
        loop {
            let key = settings.key.clone();
            if !store.write(move |db| store::adopt(db, &key, TRIM)).await? {
                break;
            }
        }
        Ok(Arc::new(AuditLog { store, settings, waiting: Arc::default(), dropped: AtomicU64::new(0) }))
    }

    /// A page of rows, newest first, and how many there are in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn query(&self, scope: Scope, filters: AuditFilters) -> Result<(Vec<AuditEntryInfo>, u64)> {
        self.settled().await;
        self.store.read(move |db| store::query(db, &scope, &filters)).await
    }

    /// A part of the rows after `after`, oldest first, and where the next part begins if there is one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn export(&self, filters: AuditFilters, after: i64) -> Result<(Vec<AuditEntryInfo>, Option<i64>)> {
        self.settled().await;
        self.store.read(move |db| store::export(db, &filters, after)).await
    }

    /// Waits for what was recorded before, so that whoever was answered finds what it did. A disk that takes no more
    /// keeps nobody from reading.
    async fn settled(&self) {
        if let Err(error) = self.store.write(|_| Ok(())).await {
            tracing::debug!(%error, "the audit log is read without what could not be kept");
        }
    }

    /// Drops the oldest rows: those older than `before`, in milliseconds since the Unix epoch, and those beyond the
    /// newest that are kept. Answers how many.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn trim(&self, before: u64) -> Result<usize> {
        let kept = if self.settings.max_rows == 0 { u64::MAX } else { self.settings.max_rows };
        let mut dropped = 0;
        loop {
            let key = self.settings.key.clone();
            let rows = self.store.write(move |db| store::trim(db, &key, before, kept, TRIM)).await?;
            dropped += rows;
            if rows == 0 {
                return Ok(dropped);
            }
        }
    }

    /// A place for one more row, if there is any, and how many were dropped before it.
    fn place(&self) -> Option<(Place, u64)> {
        let others = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(self.waiting.clone());
        if others < WAITING {
            return Some((place, self.dropped.swap(0, Ordering::Relaxed)));
        }
        if self.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(waiting = others, "the disk does not keep up: audit rows are being dropped");
        }
        None
    }
}

impl Audit for AuditLog {
    fn record(&self, mut record: AuditRecord) {
        let Some((place, dropped)) = self.place() else { return };
        if let Some(target) = &mut record.target {
            target.truncate(target.floor_char_boundary(TARGET));
            target.shrink_to_fit();
        }
        let key = self.settings.key.clone();
        drop(self.store.begin(Vec::new(), move |db| {
            let _place = place;
            if dropped > 0 {
                tracing::warn!(dropped, "audit rows were not kept because too many were waiting for the disk");
                let metadata = serde_json::json!({ "result": "DROPPED", "user": null, "rows": dropped });
                store::note(db, &key, now_ms(), "audit.dropped", &metadata)?;
            }
            store::insert(db, &key, &record).inspect_err(|error| {
                tracing::error!(action = %record.action, result = record.result, %error, "an audit row was not kept");
            })
        }));
    }
}

#[cfg(test)]
mod tests;
