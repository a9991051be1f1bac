//! The table of what is in the trash, and the statements on it.

use aether_protocol::UserId;
use aether_protocol::domains::fs::{FileType, TrashEntry};
use aether_store::Result;
use aether_store::rusqlite::{Connection, Row, types::Type};

use super::Trashed;
use crate::path::split_last;

/// Everything that is kept.
pub fn load(db: &Connection) -> Result<Vec<Trashed>> {
    let mut statement = db.prepare("SELECT id, path, tmp_of, owner, kind, size, deleted_at FROM trash")?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> aether_store::rusqlite::Result<Trashed> {
    let path: String = row.get(1)?;
    let kind: String = row.get(4)?;
    let kind = serde_json::from_value::<FileType>(kind.into())
        .map_err(|error| aether_store::rusqlite::Error::FromSqlConversionFailure(4, Type::Text, Box::new(error)))?;
    let name = split_last(&path).1.to_owned();
    let entry = TrashEntry { id: row.get(0)?, name, path, kind, size: row.get(5)?, deleted_at: row.get(6)? };
    let user = |text: Option<String>| text.map(UserId);
    Ok(Trashed { entry, tmp_of: user(row.get(2)?), owner: user(row.get(3)?) })
}

pub fn insert(db: &Connection, trashed: &Trashed) -> Result<()> {
    let Trashed { entry, tmp_of, owner } = trashed;
    let kind = serde_json::to_value(entry.kind).unwrap_or_default();
    db.prepare_cached(
        "INSERT INTO trash (id, path, tmp_of, owner, kind, size, deleted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((
        &entry.id,
        &entry.path,
        tmp_of.as_ref().map(UserId::as_str),
        owner.as_ref().map(UserId::as_str),
        kind.as_str().unwrap_or("file"),
        entry.size,
        entry.deleted_at,
    ))?;
    Ok(())
}

pub fn delete(db: &Connection, ids: &[String]) -> Result<()> {
    let mut statement = db.prepare_cached("DELETE FROM trash WHERE id = ?1")?;
    for id in ids {
        statement.execute([id])?;
    }
    Ok(())
}
