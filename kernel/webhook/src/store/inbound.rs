//! Addresses of ours.

use aether_protocol::UserId;
use aether_store::Result;
use aether_store::rusqlite::Connection;

use super::check_room;
use crate::inbound::Row;

/// Every address of ours, with what is sealed of it.
pub fn load(db: &Connection) -> Result<Vec<(Row, Option<Vec<u8>>)>> {
    let mut statement = db.prepare(
        "SELECT id, owner, name, token_hash, agent_config, transform, sealed, last_triggered, trigger_count, created_at
         FROM inbound_webhooks",
    )?;
    let rows = statement.query_map([], |row| {
        let config: String = row.get(4)?;
        let row_without = Row {
            id: row.get(0)?,
            owner: UserId(row.get(1)?),
            name: row.get(2)?,
            token_hash: row.get(3)?,
            config: Default::default(),
            transform: row.get(5)?,
            last_triggered: row.get(7)?,
            trigger_count: row.get(8)?,
            created_at: row.get(9)?,
        };
        Ok((row_without, config, row.get(6)?))
    })?;
    rows.map(|read| {
        let (row, config, sealed) = read?;
        Ok((Row { config: serde_json::from_str(&config)?, ..row }, sealed))
    })
    .collect()
}

pub fn insert(db: &Connection, row: &Row, sealed: Option<&[u8]>, most: u64) -> Result<()> {
    let owner = row.owner.as_str();
    check_room(db, "inbound_webhooks", owner, most)?;
    db.prepare_cached(
        "INSERT INTO inbound_webhooks
             (id, owner, name, token_hash, agent_config, transform, sealed, trigger_count, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8)",
    )?
    .execute((
        &row.id,
        owner,
        &row.name,
        &row.token_hash,
        serde_json::to_string(&row.config)?,
        &row.transform,
        sealed,
        row.created_at,
    ))?;
    Ok(())
}

pub fn delete(db: &Connection, id: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM inbound_webhooks WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// It was called, and started an agent.
pub fn triggered(db: &Connection, id: &str, now: u64) -> Result<()> {
    db.prepare_cached(
        "UPDATE inbound_webhooks SET last_triggered = ?2, trigger_count = trigger_count + 1 WHERE id = ?1",
    )?
    .execute((id, now))?;
    Ok(())
}
