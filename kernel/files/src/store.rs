//! The tables of shared mounts, and the statements on them.

use aether_protocol::{Pid, UserId};
use aether_store::rusqlite::Connection;
use aether_store::{Migration, Result, StoreError};

use crate::path::is_under;
use crate::shared::{Share, Shares};

/// Shared mounts and who has them mounted, and the trash.
pub const MIGRATIONS: &[Migration] = &[
    Migration { owner: "files", number: 1, sql: include_str!("../migrations/001.sql") },
    Migration { owner: "files", number: 2, sql: include_str!("../migrations/002.sql") },
];

/// Everything that is kept.
pub fn load(db: &Connection) -> Result<Shares> {
    let mut shares = Shares::default();
    let mut statement = db.prepare("SELECT name, owner_pid, owner FROM shared_mounts")?;
    let rows = statement.query_map([], |row| {
        Ok(Share { name: row.get(0)?, owner_pid: Pid(row.get(1)?), owner: UserId(row.get(2)?) })
    })?;
    for share in rows {
        shares.put(share?);
    }
    let mut statement = db.prepare("SELECT pid, name, point FROM shared_mounted")?;
    let rows = statement.query_map([], |row| Ok((Pid(row.get(0)?), row.get(1)?, row.get(2)?)))?;
    for mounted in rows {
        let (pid, name, point): (Pid, String, String) = mounted?;
        shares.mount(pid, &name, point);
    }
    Ok(shares)
}

pub fn insert_share(db: &Connection, share: &Share, now: u64) -> Result<()> {
    db.prepare_cached("INSERT INTO shared_mounts (name, owner_pid, owner, created_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute((&share.name, share.owner_pid.0, share.owner.as_str(), now))?;
    Ok(())
}

/// Mounts what is shared, unless something is mounted at, above or below that point: it may have come since that was looked
/// at.
pub fn insert_mount(db: &Connection, pid: Pid, name: &str, point: &str) -> Result<()> {
    let mut statement = db.prepare_cached("SELECT point FROM shared_mounted WHERE pid = ?1")?;
    for taken in statement.query_map([pid.0], |row| row.get::<_, String>(0))? {
        let taken = taken?;
        if is_under(point, &taken) || is_under(&taken, point) {
            return Err(StoreError::Exists);
        }
    }
    db.prepare_cached("INSERT INTO shared_mounted (pid, name, point) VALUES (?1, ?2, ?3)")?
        .execute((pid.0, name, point))?;
    Ok(())
}

pub fn delete_mount(db: &Connection, pid: Pid, name: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM shared_mounted WHERE pid = ?1 AND name = ?2")?.execute((pid.0, name))?;
    Ok(())
}

/// Everything an agent has mounted.
pub fn delete_mounts(db: &Connection, pid: Pid) -> Result<()> {
    db.prepare_cached("DELETE FROM shared_mounted WHERE pid = ?1")?.execute([pid.0])?;
    Ok(())
}
