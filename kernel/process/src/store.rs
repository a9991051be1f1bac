//! The tables of the process group and the statements on them.

use aether_base::now_ms;
use aether_protocol::domains::agent::{AgentLogEntry, Approval};
use aether_protocol::{Pid, UserId};
use aether_store::rusqlite::{Connection, OptionalExtension, Row};
use aether_store::{Migration, Result, StoreError};

use crate::resource::{self, Used};
use crate::table::Record;

/// The process group's tables.
pub const MIGRATIONS: &[Migration] = &[
    Migration { owner: "process", number: 1, sql: include_str!("../migrations/001.sql") },
    Migration { owner: "process", number: 2, sql: include_str!("../migrations/002.sql") },
    Migration { owner: "ipc", number: 1, sql: include_str!("../migrations/ipc_001.sql") },
    Migration { owner: "resource", number: 1, sql: include_str!("../migrations/resource_001.sql") },
    Migration { owner: "process_snapshots", number: 1, sql: include_str!("../migrations/snapshots_001.sql") },
];

/// Every process there is a record of.
pub fn load_records(db: &Connection) -> Result<Vec<Record>> {
    let mut statement = db.prepare_cached("SELECT record FROM processes ORDER BY pid")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.map(|row| Ok(serde_json::from_str(&row?)?)).collect()
}

pub fn next_pid(db: &Connection) -> Result<u64> {
    Ok(db.query_row("SELECT next FROM pid_counter", [], |row| row.get(0))?)
}

pub fn put_next_pid(db: &Connection, next: u64) -> Result<()> {
    db.prepare_cached("UPDATE pid_counter SET next = max(next, ?1)")?.execute([next])?;
    Ok(())
}

pub fn put_record(db: &Connection, record: &Record) -> Result<()> {
    let state = serde_json::to_value(record.life.state)?;
    db.prepare_cached(
        "INSERT INTO processes (pid, owner, state, record) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (pid) DO UPDATE SET state = excluded.state, record = excluded.record",
    )?
    .execute((record.pid.0, record.owner.as_str(), state.as_str(), serde_json::to_string(record)?))?;
    Ok(())
}

/// One process, dead or not.
pub fn record(db: &Connection, pid: Pid) -> Result<Option<Record>> {
    let text: Option<String> = db
        .prepare_cached("SELECT record FROM processes WHERE pid = ?1")?
        .query_row([pid.0], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// One process with what it has used, dead or not.
pub fn kept(db: &Connection, pid: Pid) -> Result<Option<(Record, Used)>> {
    let Some(record) = record(db, pid)? else { return Ok(None) };
    Ok(Some((record, resource::store::used(db, pid, now_ms())?)))
}

/// Dead processes, newest first: of one user, or of all.
pub fn dead_records(db: &Connection, owner: Option<&UserId>, limit: u32) -> Result<Vec<(Record, Used)>> {
    let mut statement = db.prepare_cached(
        "SELECT record FROM processes WHERE state = 'dead' AND (?1 IS NULL OR owner = ?1) ORDER BY pid DESC LIMIT ?2",
    )?;
    let rows = statement.query_map((owner.map(UserId::as_str), limit), |row| row.get::<_, String>(0))?;
    rows.map(|row| {
        let record: Record = serde_json::from_str(&row?)?;
        let used = resource::store::used(db, record.pid, now_ms())?;
        Ok((record, used))
    })
    .collect()
}

/// Drops what is kept of the runs of processes that ended before this time; their records stay, and runs that a snapshot
/// begins with.
pub fn forget_before(db: &Connection, before: u64) -> Result<usize> {
    let mut statement = db.prepare_cached(
        "SELECT pid FROM processes WHERE state = 'dead' AND record ->> '$.life.exit.at' < ?1
         AND EXISTS (SELECT 1 FROM journal WHERE journal.pid = processes.pid)
         AND NOT EXISTS (SELECT 1 FROM process_snapshots WHERE process_snapshots.pid = processes.pid)",
    )?;
    let pids = statement.query_map([before], |row| row.get(0))?.collect::<Result<Vec<u64>, _>>()?;
    for pid in &pids {
        for table in ["journal", "trajectory", "parts", "timeline", "messages", "ipc_messages", "approvals"] {
            db.prepare_cached(&format!("DELETE FROM {table} WHERE pid = ?1"))?.execute([pid])?;
        }
    }
    Ok(pids.len())
}

pub fn put_approval(db: &Connection, approval: &Approval) -> Result<()> {
    let state = serde_json::to_value(approval.state)?;
    db.prepare_cached(
        "INSERT INTO approvals (id, pid, call_id, state, record) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, record = excluded.record",
    )?
    .execute((
        &approval.id,
        approval.pid.0,
        &approval.call_id,
        state.as_str(),
        serde_json::to_string(approval)?,
    ))?;
    Ok(())
}

/// Forgets an approval that nobody is asked for any more.
pub fn delete_approval(db: &Connection, id: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM approvals WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// The approvals of one process, oldest first.
pub fn approvals_of(db: &Connection, pid: Pid) -> Result<Vec<Approval>> {
    let mut statement = db.prepare_cached("SELECT record FROM approvals WHERE pid = ?1 ORDER BY rowid")?;
    let rows = statement.query_map([pid.0], |row| row.get::<_, String>(0))?;
    rows.map(|row| Ok(serde_json::from_str(&row?)?)).collect()
}

pub fn add_message(db: &Connection, pid: Pid, content: &str, at: u64) -> Result<u64> {
    db.prepare_cached("INSERT INTO messages (pid, content, at) VALUES (?1, ?2, ?3)")?.execute((pid.0, content, at))?;
    u64::try_from(db.last_insert_rowid()).map_err(|error| StoreError::Failed(error.to_string()))
}

/// The id of the newest message to each process.
pub fn newest_messages(db: &Connection) -> Result<Vec<(Pid, u64)>> {
    let mut statement = db.prepare_cached("SELECT pid, max(id) FROM messages GROUP BY pid")?;
    let rows = statement.query_map([], |row| Ok((Pid(row.get(0)?), row.get(1)?)))?;
    rows.map(|row| Ok(row?)).collect()
}

/// One line of a timeline on its way to disk.
#[derive(Debug, Clone)]
pub struct TimelineRow {
    pub step: u32,
    pub phase: &'static str,
    pub tool: Option<String>,
    pub content: String,
    pub at: u64,
}

pub fn add_timeline(db: &Connection, pid: Pid, row: &TimelineRow) -> Result<()> {
    db.prepare_cached("INSERT INTO timeline (pid, step, phase, tool, content, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute((pid.0, row.step, row.phase, &row.tool, &row.content, row.at))?;
    Ok(())
}

fn timeline_entry(row: &Row<'_>) -> aether_store::rusqlite::Result<AgentLogEntry> {
    Ok(AgentLogEntry {
        id: Some(row.get(0)?),
        pid: Pid(row.get(1)?),
        step: row.get(2)?,
        phase: row.get(3)?,
        tool: row.get(4)?,
        content: row.get(5)?,
        timestamp: row.get(6)?,
    })
}

/// A page of a timeline, oldest first, and how long the whole is.
pub fn timeline(db: &Connection, pid: Pid, limit: u32, offset: u32) -> Result<(Vec<AgentLogEntry>, u64)> {
    let total =
        db.prepare_cached("SELECT count(*) FROM timeline WHERE pid = ?1")?.query_row([pid.0], |row| row.get(0))?;
    let mut statement = db.prepare_cached(
        "SELECT id, pid, step, phase, tool, content, at FROM timeline WHERE pid = ?1 ORDER BY id LIMIT ?2 OFFSET ?3",
    )?;
    let rows = statement.query_map((pid.0, limit, offset), timeline_entry)?;
    let entries = rows.map(|row| Ok(row?)).collect::<Result<Vec<_>>>()?;
    Ok((entries, total))
}
