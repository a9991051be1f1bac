//! Signed calls that were taken.

use aether_protocol::Pid;
use aether_store::Result;
use aether_store::rusqlite::{Connection, OptionalExtension};

use crate::sign::Name;

/// Milliseconds that a call is known again.
const KEPT: u64 = 7 * 24 * 3_600 * 1_000;
/// Milliseconds that it is known again however many came after it: longer than a signature with a time is good.
const SURELY: u64 = 15 * 60 * 1_000;
/// Calls of one address that are known again beyond that.
const MOST: u64 = 16_384;

/// A call that was taken before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What its agent's configuration says.
    pub run: String,
    /// Absent where it is not known whether its agent has started.
    pub pid: Option<Pid>,
}

/// The call of this name that was taken, if any was.
pub fn find(db: &Connection, inbound: &str, name: &Name) -> Result<Option<Taken>> {
    let mut statement = db.prepare_cached("SELECT run, pid FROM inbound_calls WHERE inbound_id = ?1 AND name = ?2")?;
    let read = statement
        .query_row((inbound, name), |row| Ok(Taken { run: row.get(0)?, pid: row.get::<_, Option<u64>>(1)?.map(Pid) }));
    Ok(read.optional()?)
}

/// Notes that a call is about to start its agent; calls of long ago are forgotten.
pub fn take(db: &Connection, inbound: &str, names: &[Name], run: &str, now: u64) -> Result<()> {
    db.prepare_cached("DELETE FROM inbound_calls WHERE inbound_id = ?1 AND taken_at < ?2")?
        .execute((inbound, now.saturating_sub(KEPT)))?;
    db.prepare_cached(
        "DELETE FROM inbound_calls WHERE inbound_id = ?1 AND taken_at < min(?2, coalesce((
             SELECT taken_at FROM inbound_calls WHERE inbound_id = ?1 ORDER BY taken_at DESC LIMIT 1 OFFSET ?3), 0))",
    )?
    .execute((inbound, now.saturating_sub(SURELY), MOST))?;
    let mut insert = db.prepare_cached(
        "INSERT INTO inbound_calls (inbound_id, name, run, taken_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    for name in names {
        insert.execute((inbound, name, run, now))?;
    }
    Ok(())
}

/// The agent of a call has started.
pub fn started(db: &Connection, run: &str, pid: Pid) -> Result<()> {
    db.prepare_cached("UPDATE inbound_calls SET pid = ?2 WHERE run = ?1")?.execute((run, pid.0))?;
    Ok(())
}

/// A call has started nothing, and may come again.
pub fn forget(db: &Connection, run: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM inbound_calls WHERE run = ?1")?.execute([run])?;
    Ok(())
}
