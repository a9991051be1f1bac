//! Registrations.

use aether_protocol::UserId;
use aether_store::Result;
use aether_store::rusqlite::{Connection, Row};

use super::check_room;
use crate::known::Record;

/// Every webhook, with what is sealed of it.
pub fn load(db: &Connection) -> Result<Vec<(Record, Vec<u8>)>> {
    let mut statement = db.prepare(
        "SELECT id, owner, name, url, events, filters, sealed, enabled, disabled_because, retry_count, timeout_ms,
                created_at, last_triggered, failure_count, since
         FROM webhooks",
    )?;
    let rows = statement.query_map([], read)?.collect::<std::result::Result<Vec<_>, _>>()?;
    rows.into_iter()
        .map(|(mut record, events, filters, sealed)| {
            record.events = serde_json::from_str(&events)?;
            record.filters = filters.as_deref().map(serde_json::from_str).transpose()?;
            Ok((record, sealed))
        })
        .collect()
}

type Read = (Record, String, Option<String>, Vec<u8>);

fn read(row: &Row<'_>) -> aether_store::rusqlite::Result<Read> {
    let record = Record {
        id: row.get(0)?,
        owner: UserId(row.get(1)?),
        name: row.get(2)?,
        url: row.get(3)?,
        events: Vec::new(),
        filters: None,
        enabled: row.get(7)?,
        disabled_because: row.get(8)?,
        retry_count: row.get(9)?,
        timeout_ms: row.get(10)?,
        created_at: row.get(11)?,
        last_triggered: row.get(12)?,
        failure_count: row.get(13)?,
        since: row.get(14)?,
    };
    Ok((record, row.get(4)?, row.get(5)?, row.get(6)?))
}

pub fn insert(db: &Connection, record: &Record, sealed: &[u8], most: u64) -> Result<()> {
    let owner = record.owner.as_str();
    check_room(db, "webhooks", owner, most)?;
    db.prepare_cached(
        "INSERT INTO webhooks (id, owner, name, url, events, filters, sealed, enabled, retry_count, timeout_ms, created_at,
                               failure_count, since)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute((
        &record.id,
        owner,
        &record.name,
        &record.url,
        serde_json::to_string(&record.events)?,
        record.filters.as_ref().map(serde_json::to_string).transpose()?,
        sealed,
        record.enabled,
        record.retry_count,
        record.timeout_ms,
        record.created_at,
        record.failure_count,
        record.since,
    ))?;
    Ok(())
}

/// What belongs to it goes with it.
pub fn delete(db: &Connection, id: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM webhooks WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Switched on, it begins anew after the event numbered `since`. False where it was so already, or there is none.
pub fn switch(db: &Connection, id: &str, on: bool, since: u64) -> Result<bool> {
    let changed = match on {
        true => db
            .prepare_cached(
                "UPDATE webhooks SET enabled = 1, disabled_because = NULL, failure_count = 0, since = ?2
                 WHERE id = ?1 AND NOT enabled",
            )?
            .execute((id, since))?,
        false => db.prepare_cached("UPDATE webhooks SET enabled = 0 WHERE id = ?1 AND enabled")?.execute([id])?,
    };
    Ok(changed > 0)
}

/// A delivery arrived.
pub fn succeeded(db: &Connection, id: &str, now: u64) -> Result<()> {
    db.prepare_cached("UPDATE webhooks SET last_triggered = ?2, failure_count = 0 WHERE id = ?1")?
        .execute((id, now))?;
    Ok(())
}

/// A delivery was given up; after so many in a row none is made any more. Answers how many that were, whether it is still
/// enabled, and why not.
pub fn failed(db: &Connection, id: &str, now: u64, most: u64, because: &str) -> Result<(u64, bool, Option<String>)> {
    let mut statement = db.prepare_cached(
        "UPDATE webhooks SET last_triggered = ?2, failure_count = failure_count + 1,
                enabled = CASE WHEN failure_count + 1 >= ?3 THEN 0 ELSE enabled END,
                disabled_because = CASE WHEN failure_count + 1 >= ?3 THEN ?4 ELSE disabled_because END
         WHERE id = ?1 RETURNING failure_count, enabled, disabled_because",
    )?;
    Ok(statement.query_row((id, now, most, because), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}
