//! Deliveries still to be made.

use aether_store::Result;
use aether_store::rusqlite::{Connection, OptionalExtension};

use super::dlq::{self, Letter};

/// Deliveries that may wait for one webhook, and what they may take in all.
const MOST: u64 = 1_000;
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// One event on its way to one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its receiver sees it, the same in every attempt.
    pub id: String,
    pub webhook_id: String,
    /// The number of the event.
    pub seq: u64,
    pub event_type: String,
    pub payload: String,
}

/// A delivery and when it is to be made.
#[derive(Debug, Clone)]
pub struct Due {
    pub delivery: Delivery,
    /// Attempts made so far.
    pub attempts: u32,
    /// Milliseconds since the Unix epoch.
    pub next_at: u64,
}

/// A delivery that had no room in its queue.
#[derive(Debug)]
pub struct Refused {
    pub letter: Letter,
    /// Older dead letters that had to go for it.
    pub dropped: Vec<String>,
}

/// Queues deliveries, and answers those that had no room.
pub fn insert(db: &Connection, deliveries: Vec<Delivery>, now: u64) -> Result<Vec<Refused>> {
    let mut exists = db.prepare_cached("SELECT 1 FROM webhooks WHERE id = ?1")?;
    let mut size =
        db.prepare_cached("SELECT count(*), coalesce(sum(bytes), 0) FROM webhook_queue WHERE webhook_id = ?1")?;
    let mut insert = db.prepare_cached(
        "INSERT INTO webhook_queue (id, webhook_id, seq, event_type, payload, bytes, attempts, next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7) ON CONFLICT DO NOTHING",
    )?;
    let mut refused = Vec::new();
    for delivery in deliveries {
        // It was forgotten meanwhile.
        if !exists.exists([&delivery.webhook_id])? {
            continue;
        }
        let (count, bytes): (u64, u64) =
            size.query_row([&delivery.webhook_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if count >= MOST || bytes >= MOST_BYTES {
            let error = "Too many deliveries wait for this webhook already.".to_owned();
            let letter = Letter { delivery, error, attempts: 0, created_at: now };
            let dropped = dlq::insert(db, &letter)?;
            refused.push(Refused { letter, dropped });
            continue;
        }
        insert.execute((
            &delivery.id,
            &delivery.webhook_id,
            delivery.seq,
            &delivery.event_type,
            &delivery.payload,
            delivery.payload.len() as u64,
            now,
        ))?;
    }
    Ok(refused)
}

/// The delivery of a webhook that is due first; of those due together, the one of the earlier event. All that wait for the
/// end of a rest are due together then.
pub fn first(db: &Connection, webhook: &str, rests_until: u64) -> Result<Option<Due>> {
    let mut statement = db.prepare_cached(
        "SELECT id, seq, event_type, payload, attempts, next_at FROM webhook_queue
         WHERE rowid = (SELECT rowid FROM webhook_queue WHERE webhook_id = ?1 ORDER BY max(next_at, ?2), seq LIMIT 1)",
    )?;
    let read = |row: &aether_store::rusqlite::Row<'_>| {
        let delivery = Delivery {
            id: row.get(0)?,
            webhook_id: webhook.to_owned(),
            seq: row.get(1)?,
            event_type: row.get(2)?,
            payload: row.get(3)?,
        };
        Ok(Due { delivery, attempts: row.get(4)?, next_at: row.get(5)? })
    };
    Ok(statement.query_row((webhook, rests_until), read).optional()?)
}

pub fn later(db: &Connection, id: &str, attempts: u32, next_at: u64) -> Result<()> {
    db.prepare_cached("UPDATE webhook_queue SET attempts = ?2, next_at = ?3 WHERE id = ?1")?
        .execute((id, attempts, next_at))?;
    Ok(())
}

pub fn delete(db: &Connection, id: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM webhook_queue WHERE id = ?1")?.execute([id])?;
    Ok(())
}
