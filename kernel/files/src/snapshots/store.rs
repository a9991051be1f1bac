//! The tables of snapshots and the statements on them.

use std::collections::{BTreeMap, HashMap, HashSet};

use aether_protocol::domains::snapshot::SnapshotInfo;
use aether_protocol::{OrgId, Pid, UserId};
use aether_store::rusqlite::{Connection, Row};
use aether_store::{Migration, Result, StoreError};

use super::Snapshot;
use super::tree::{Item, Kind};

/// Snapshots and what they hold.
pub const MIGRATIONS: &[Migration] =
    &[Migration { owner: "snapshots", number: 1, sql: include_str!("../../migrations/snapshots_001.sql") }];

pub fn load(db: &Connection) -> Result<HashMap<String, Snapshot>> {
    let mut statement =
        db.prepare("SELECT id, pid, taken_at, size, description, left_out, owner, org, parts FROM snapshots")?;
    let rows = statement.query_map([], |row| Ok((read(row)?, row.get::<_, String>(8)?)))?;
    rows.map(|row| {
        let (mut snapshot, parts) = row?;
        snapshot.parts = serde_json::from_str(&parts)?;
        Ok((snapshot.info.id.clone(), snapshot))
    })
    .collect()
}

fn read(row: &Row<'_>) -> aether_store::rusqlite::Result<Snapshot> {
    let info = SnapshotInfo {
        id: row.get(0)?,
        pid: Pid(row.get(1)?),
        timestamp: row.get(2)?,
        size: row.get(3)?,
        description: row.get(4)?,
        left_out: Some(row.get(5)?).filter(|left_out| *left_out > 0),
    };
    let org: Option<String> = row.get(7)?;
    Ok(Snapshot { info, owner: UserId(row.get(6)?), org: org.map(OrgId), parts: BTreeMap::new() })
}

pub fn insert(db: &Connection, snapshot: &Snapshot, items: &[Item]) -> Result<()> {
    let Snapshot { info, owner, org, parts } = snapshot;
    db.prepare_cached(
        "INSERT INTO snapshots (id, pid, owner, org, taken_at, description, size, left_out, parts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute((
        &info.id,
        info.pid.0,
        owner.as_str(),
        org.as_ref().map(OrgId::as_str),
        info.timestamp,
        &info.description,
        info.size,
        info.left_out.unwrap_or(0),
        serde_json::to_string(parts)?,
    ))?;
    let mut statement = db.prepare_cached(
        "INSERT INTO snapshot_entries (snapshot, path, kind, mode, size, modified, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for item in items {
        let (kind, content) = match &item.kind {
            Kind::Directory => ("directory", None),
            Kind::File { hash } => ("file", Some(hash)),
            Kind::Link { target } => ("link", Some(target)),
        };
        statement.execute((&info.id, &item.path, kind, item.mode, item.size, item.modified, content))?;
    }
    Ok(())
}

/// What a snapshot holds of the home, each directory before what is in it.
pub fn items(db: &Connection, snapshot: &str) -> Result<Vec<Item>> {
    let mut statement = db.prepare_cached(
        "SELECT path, kind, mode, size, modified, content FROM snapshot_entries WHERE snapshot = ?1 ORDER BY path",
    )?;
    let mut rows = statement.query([snapshot])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let (path, kind): (String, String) = (row.get(0)?, row.get(1)?);
        let content = || row.get::<_, String>(5);
        let kind = match kind.as_str() {
            "directory" => Kind::Directory,
            "file" => Kind::File { hash: content()? },
            "link" => Kind::Link { target: content()? },
            other => return Err(StoreError::Damaged(format!("{path} of snapshot {snapshot} is a {other}"))),
        };
        items.push(Item { path, kind, mode: row.get(2)?, size: row.get(3)?, modified: row.get(4)? });
    }
    Ok(items)
}

/// Forgets a snapshot, and answers what content no other one holds.
pub fn delete(db: &Connection, id: &str) -> Result<Vec<String>> {
    let hashes = db
        .prepare_cached("SELECT DISTINCT content FROM snapshot_entries WHERE snapshot = ?1 AND kind = 'file'")?
        .query_map([id], |row| row.get(0))?
        .collect::<aether_store::rusqlite::Result<Vec<String>>>()?;
    db.prepare_cached("DELETE FROM snapshot_entries WHERE snapshot = ?1")?.execute([id])?;
    db.prepare_cached("DELETE FROM snapshots WHERE id = ?1")?.execute([id])?;
    unheld(db, hashes)
}

/// Of these, the content that no snapshot holds.
pub fn unheld(db: &Connection, mut hashes: Vec<String>) -> Result<Vec<String>> {
    let mut statement =
        db.prepare_cached("SELECT EXISTS (SELECT 1 FROM snapshot_entries WHERE content = ?1 AND kind = 'file')")?;
    let mut failed = None;
    hashes.retain(|hash| match statement.query_row([hash], |row| row.get::<_, bool>(0)) {
        Ok(held) => !held,
        Err(error) => {
            failed = Some(error);
            false
        }
    });
    failed.map_or(Ok(hashes), |error| Err(error.into()))
}

/// All content that snapshots hold.
pub fn held(db: &Connection) -> Result<HashSet<String>> {
    let mut statement = db.prepare_cached("SELECT DISTINCT content FROM snapshot_entries WHERE kind = 'file'")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.map(|row| Ok(row?)).collect()
}

pub fn begin_home(db: &Connection, pid: Pid) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO snapshot_homes (pid) VALUES (?1)")?.execute([pid.0])?;
    Ok(())
}

pub fn end_home(db: &Connection, pid: Pid) -> Result<()> {
    db.prepare_cached("DELETE FROM snapshot_homes WHERE pid = ?1")?.execute([pid.0])?;
    Ok(())
}

/// Agents whose home was being filled when the kernel ended.
pub fn begun_homes(db: &Connection) -> Result<Vec<Pid>> {
    let mut statement = db.prepare_cached("SELECT pid FROM snapshot_homes")?;
    let rows = statement.query_map([], |row| Ok(Pid(row.get(0)?)))?;
    rows.map(|row| Ok(row?)).collect()
}
