//! The tables of webhooks, and the statements on them.

pub mod calls;
pub mod dlq;
pub mod hooks;
pub mod inbound;
pub mod logs;
pub mod queue;

use aether_store::rusqlite::{CachedStatement, Connection, OptionalExtension};
use aether_store::{Migration, Result, StoreError};

/// Webhooks. They refer to users: the migrations of identity go before.
pub const MIGRATIONS: &[Migration] = &[
    Migration { owner: "webhook", number: 1, sql: include_str!("../migrations/001.sql") },
    Migration { owner: "webhook", number: 2, sql: include_str!("../migrations/002.sql") },
];

/// Says that a user has as many as may be.
pub const TOO_MANY: &str = "too many webhooks";

/// The number of the last event that was looked at; `newest` from the first time on.
pub fn cursor(db: &Connection, newest: u64) -> Result<u64> {
    let found = db.prepare_cached("SELECT seq FROM webhook_cursor")?.query_row([], |row| row.get(0)).optional()?;
    if let Some(seq) = found {
        return Ok(seq);
    }
    db.prepare_cached("INSERT INTO webhook_cursor (seq) VALUES (?1)")?.execute([newest])?;
    Ok(newest)
}

pub fn set_cursor(db: &Connection, seq: u64) -> Result<()> {
    db.prepare_cached("UPDATE webhook_cursor SET seq = max(seq, ?1)")?.execute([seq])?;
    Ok(())
}

/// Refuses another row where a user has as many of this table as may be.
fn check_room(db: &Connection, table: &str, owner: &str, most: u64) -> Result<()> {
    let count: u64 = db
        .prepare_cached(&format!("SELECT count(*) FROM {table} WHERE owner = ?1"))?
        .query_row([owner], |row| row.get(0))?;
    if count < most { Ok(()) } else { Err(StoreError::Failed(TOO_MANY.to_owned())) }
}

/// Deletes rows and answers their ids.
fn ids_of(statement: &mut CachedStatement<'_>, of: &str) -> Result<Vec<String>> {
    let ids = statement.query_map([of], |row| row.get(0))?;
    Ok(ids.collect::<std::result::Result<_, _>>()?)
}
