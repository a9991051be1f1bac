//! The audit log: who had what done, and how it ended.
//!
//! What it owns: its rows, in a database of their own, and who may read which.
//! What it never does: make a command wait, or keep a command's arguments.

mod api;
mod store;

use std::sync::Arc;
use std::time::Duration;

use aether_base::ports::{Audit, AuditRecord};
use aether_base::{Caller, CallerKind};
use aether_protocol::domains::audit::{AuditEntryInfo, AuditFilters};
use aether_protocol::{Pid, UserId};
use aether_store::{Result, Store};

pub use store::AUDIT_MIGRATIONS;

/// How long rows are kept unless a setting says otherwise.
pub const RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

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
}

impl AuditLog {
    /// Over a store that has [`AUDIT_MIGRATIONS`]; its durability may be the lesser one.
    pub fn open(store: Arc<Store>) -> Arc<AuditLog> {
        Arc::new(AuditLog { store })
    }

    /// A page of rows, newest first, and how many there are in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn query(&self, scope: Scope, filters: AuditFilters) -> Result<(Vec<AuditEntryInfo>, u64)> {
        self.store.read(move |db| store::query(db, &scope, &filters)).await
    }

    /// Drops rows older than `before`, in milliseconds since the Unix epoch, and answers how many.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn trim(&self, before: u64) -> Result<usize> {
        let mut dropped = 0;
        loop {
            let rows = self.store.write(move |db| store::trim(db, before, TRIM)).await?;
            dropped += rows;
            if rows < TRIM {
                return Ok(dropped);
            }
        }
    }
}

impl Audit for AuditLog {
    fn record(&self, record: AuditRecord) {
        drop(self.store.begin(Vec::new(), move |db| {
            store::insert(db, &record).inspect_err(|error| {
                tracing::error!(action = record.action, result = record.result, %error, "an audit row was not kept");
            })
        }));
    }
}

#[cfg(test)]
mod tests;
