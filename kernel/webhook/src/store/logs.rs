//! The log of attempts.

use aether_protocol::domains::webhook::{DeliveryStatus, WebhookLog};
use aether_store::Result;
use aether_store::rusqlite::Connection;

/// Attempts that are kept of one webhook, and what their payloads may take in all.
const KEPT: u64 = 200;
const KEPT_BYTES: u64 = 4 * 1024 * 1024;

/// One attempt.
pub struct Line {
    pub webhook_id: String,
    pub event_type: String,
    pub payload: String,
    pub status_code: Option<u16>,
    pub response_body: Option<String>,
    pub duration_ms: u64,
    pub success: bool,
    pub created_at: u64,
}

/// Writes an attempt down; the oldest go for it.
pub fn insert(db: &Connection, line: &Line) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO webhook_logs
             (webhook_id, event_type, payload, status_code, response_body, duration_ms, success, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        &line.webhook_id,
        &line.event_type,
        &line.payload,
        line.status_code,
        &line.response_body,
        line.duration_ms,
        line.success,
        line.created_at,
    ))?;
    db.prepare_cached(
        "DELETE FROM webhook_logs WHERE id IN (
             SELECT id FROM (
                 SELECT id, row_number() OVER newest AS place, sum(octet_length(payload)) OVER newest AS bytes
                 FROM webhook_logs WHERE webhook_id = ?1 WINDOW newest AS (ORDER BY id DESC))
             WHERE place > ?2 OR (place > 1 AND bytes > ?3))",
    )?
    .execute((&line.webhook_id, KEPT, KEPT_BYTES))?;
    Ok(())
}

/// Newest first.
pub fn list(db: &Connection, webhook: &str, limit: u32) -> Result<Vec<WebhookLog>> {
    let mut statement = db.prepare_cached(
        "SELECT id, event_type, payload, status_code, response_body, duration_ms, success, created_at
         FROM webhook_logs WHERE webhook_id = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map((webhook, limit), |row| {
        let success: bool = row.get(6)?;
        Ok(WebhookLog {
            id: row.get(0)?,
            webhook_id: webhook.to_owned(),
            event_type: row.get(1)?,
            payload: row.get(2)?,
            status_code: row.get(3)?,
            response_body: row.get(4)?,
            duration_ms: row.get(5)?,
            success,
            delivery_status: if success { DeliveryStatus::Delivered } else { DeliveryStatus::Failed },
            created_at: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}
