//! Deliveries that were given up.

use aether_protocol::UserId;
use aether_protocol::domains::webhook::DlqEntry;
use aether_store::Result;
use aether_store::rusqlite::{Connection, OptionalExtension, Row};

use super::ids_of;
use super::queue::Delivery;

/// Dead letters that are kept of one webhook, and what their payloads may take in all.
const KEPT: u64 = 500;
const KEPT_BYTES: u64 = 16 * 1024 * 1024;
/// Bytes of payloads that end a page early.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// A delivery that was given up.
#[derive(Debug, Clone)]
pub struct Letter {
    pub delivery: Delivery,
    pub error: String,
    pub attempts: u32,
    pub created_at: u64,
}

/// The dead letters there are, each with its webhook.
pub fn ids(db: &Connection) -> Result<Vec<(String, String)>> {
    let mut statement = db.prepare("SELECT id, webhook_id FROM webhook_dlq")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

/// Keeps a dead letter, and answers those that had to go for it: the oldest.
pub fn insert(db: &Connection, letter: &Letter) -> Result<Vec<String>> {
    let Letter { delivery, error, attempts, created_at } = letter;
    db.prepare_cached(
        "INSERT INTO webhook_dlq (id, webhook_id, event_type, payload, error, attempts, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((
        &delivery.id,
        &delivery.webhook_id,
        &delivery.event_type,
        &delivery.payload,
        error,
        attempts,
        created_at,
    ))?;
    let mut trim = db.prepare_cached(
        "DELETE FROM webhook_dlq WHERE id IN (
             SELECT id FROM (
                 SELECT id, row_number() OVER newest AS place, sum(octet_length(payload)) OVER newest AS bytes
                 FROM webhook_dlq WHERE webhook_id = ?1 WINDOW newest AS (ORDER BY created_at DESC, rowid DESC))
             WHERE place > ?2 OR (place > 1 AND bytes > ?3))
         RETURNING id",
    )?;
    let dropped = trim.query_map((&delivery.webhook_id, KEPT, KEPT_BYTES), |row| row.get(0))?;
    Ok(dropped.collect::<std::result::Result<_, _>>()?)
}

/// Newest first; everybody's without an owner. Fewer where they are large.
pub fn list(db: &Connection, owner: Option<&UserId>, limit: u32, offset: u32) -> Result<Vec<DlqEntry>> {
    let mut statement = db.prepare_cached(
        "SELECT webhook_dlq.id, webhook_id, event_type, payload, error, attempts, webhook_dlq.created_at, retried_at
         FROM webhook_dlq JOIN webhooks ON webhooks.id = webhook_id
         WHERE ?1 IS NULL OR owner = ?1
         ORDER BY webhook_dlq.created_at DESC, webhook_dlq.rowid DESC LIMIT ?2 OFFSET ?3",
    )?;
    let mut rows = statement.query((owner.map(UserId::as_str), limit, offset))?;
    let (mut page, mut bytes) = (Vec::new(), 0);
    while bytes < PAGE_BYTES
        && let Some(row) = rows.next()?
    {
        let entry = read(row)?;
        bytes += entry.payload.len();
        page.push(entry);
    }
    Ok(page)
}

pub fn get(db: &Connection, id: &str) -> Result<Option<DlqEntry>> {
    let mut statement = db.prepare_cached(
        "SELECT id, webhook_id, event_type, payload, error, attempts, created_at, retried_at
         FROM webhook_dlq WHERE id = ?1",
    )?;
    Ok(statement.query_row([id], read).optional()?)
}

fn read(row: &Row<'_>) -> aether_store::rusqlite::Result<DlqEntry> {
    Ok(DlqEntry {
        id: row.get(0)?,
        webhook_id: row.get(1)?,
        event_type: row.get(2)?,
        payload: row.get(3)?,
        error: row.get(4)?,
        attempts: row.get(5)?,
        created_at: row.get(6)?,
        retried_at: row.get(7)?,
    })
}

/// Notes another attempt; `error` says why it failed, if it did.
pub fn retried(db: &Connection, id: &str, error: Option<&str>, now: u64) -> Result<()> {
    db.prepare_cached(
        "UPDATE webhook_dlq SET attempts = attempts + 1, retried_at = ?3, error = coalesce(?2, error) WHERE id = ?1",
    )?
    .execute((id, error, now))?;
    Ok(())
}

/// Deletes one, and answers which were deleted.
pub fn delete(db: &Connection, id: &str) -> Result<Vec<String>> {
    let mut statement = db.prepare_cached("DELETE FROM webhook_dlq WHERE id = ?1 RETURNING id")?;
    ids_of(&mut statement, id)
}

/// Deletes all of a user's, and answers which those were.
pub fn delete_all_of(db: &Connection, owner: &UserId) -> Result<Vec<String>> {
    let mut statement = db.prepare_cached(
        "DELETE FROM webhook_dlq WHERE webhook_id IN (SELECT id FROM webhooks WHERE owner = ?1) RETURNING id",
    )?;
    ids_of(&mut statement, owner.as_str())
}
