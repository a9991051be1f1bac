//! The table of runs that snapshots were taken of, and the statements on it.

use aether_base::snapshot::PartKept;
use aether_protocol::Pid;
use aether_store::Result;
use aether_store::rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use crate::table::Record;

/// How far a run had come.
#[derive(Debug, Clone, PartialEq)]
pub struct Captured {
    pub entries: u64,
    pub timeline: u64,
    pub record: Record,
    /// The record as it was kept: a later version of the kernel would write it otherwise, and take it for damaged.
    kept: String,
}

/// Keeps how far a run has come: with everything that was queued before this write, and nothing after.
pub fn capture(db: &Connection, snapshot: &str, record: &Record) -> Result<()> {
    let pid = record.pid.0;
    db.prepare_cached(
        "INSERT INTO process_snapshots (snapshot, pid, entries, timeline, record)
         VALUES (?1, ?2, (SELECT count(*) FROM journal WHERE pid = ?2),
                 (SELECT coalesce(max(id), 0) FROM timeline WHERE pid = ?2), ?3)",
    )?
    .execute((snapshot, pid, serde_json::to_string(record)?))?;
    Ok(())
}

pub fn load(db: &Connection, snapshot: &str) -> Result<Option<Captured>> {
    let row = db
        .prepare_cached("SELECT entries, timeline, record FROM process_snapshots WHERE snapshot = ?1")?
        .query_row([snapshot], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))
        .optional()?;
    row.map(|(entries, timeline, kept)| Ok(Captured { entries, timeline, record: serde_json::from_str(&kept)?, kept }))
        .transpose()
}

/// The process and the entries of its journal, added up.
pub fn measure(db: &Connection, captured: &Captured) -> Result<PartKept> {
    let mut sum = Sum::default();
    sum.add(&captured.kept);
    let mut statement = db.prepare_cached("SELECT entry FROM journal WHERE pid = ?1 AND n < ?2 ORDER BY n")?;
    let mut rows = statement.query((captured.record.pid.0, captured.entries))?;
    while let Some(row) = rows.next()? {
        sum.add(row.get_ref(0)?.as_str().map_err(aether_store::rusqlite::Error::from)?);
    }
    Ok(PartKept { bytes: sum.bytes, sha256: format!("{:x}", sum.digest.finalize()) })
}

#[derive(Default)]
struct Sum {
    bytes: u64,
    digest: Sha256,
}

impl Sum {
    /// With its length, so that no two ways to cut the same text are alike.
    fn add(&mut self, text: &str) {
        self.bytes += text.len() as u64;
        self.digest.update((text.len() as u64).to_le_bytes());
        self.digest.update(text);
    }
}

/// Copies a run for the process that goes on with it, and adds the entry that says so.
pub fn restore(db: &Connection, captured: &Captured, to: Pid, restored: &str) -> Result<()> {
    let (from, to) = (captured.record.pid.0, to.0);
    if captured.entries == 0 {
        return Ok(());
    }
    db.prepare_cached(
        "INSERT INTO journal (pid, n, entry) SELECT ?2, n, entry FROM journal WHERE pid = ?1 AND n < ?3",
    )?
    .execute((from, to, captured.entries))?;
    db.prepare_cached("INSERT INTO journal (pid, n, entry) VALUES (?1, ?2, ?3)")?.execute((
        to,
        captured.entries,
        restored,
    ))?;
    db.prepare_cached("INSERT INTO parts (pid, hash, bytes) SELECT ?2, hash, bytes FROM parts WHERE pid = ?1")?
        .execute((from, to))?;
    db.prepare_cached(
        "INSERT INTO timeline (pid, step, phase, tool, content, at)
         SELECT ?2, step, phase, tool, content, at FROM timeline WHERE pid = ?1 AND id <= ?3 ORDER BY id",
    )?
    .execute((from, to, captured.timeline))?;
    Ok(())
}

pub fn discard(db: &Connection, snapshots: &[String]) -> Result<()> {
    let mut statement = db.prepare_cached("DELETE FROM process_snapshots WHERE snapshot = ?1")?;
    snapshots.iter().try_for_each(|snapshot| statement.execute([snapshot]).map(drop))?;
    Ok(())
}

pub fn kept(db: &Connection) -> Result<Vec<String>> {
    let mut statement = db.prepare_cached("SELECT snapshot FROM process_snapshots")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.map(|row| Ok(row?)).collect()
}
