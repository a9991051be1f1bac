//! The tables of jobs, triggers and the agents that came of them, and the statements on them.

use aether_protocol::{Pid, Seq, UserId};
use aether_store::rusqlite::{Connection, OptionalExtension};
use aether_store::{Migration, Result};

use crate::job::JobRecord;
use crate::trigger::TriggerRecord;

/// Jobs and triggers. They refer to users: the migrations of identity go before.
pub const MIGRATIONS: &[Migration] = &[
    Migration { owner: "schedule", number: 1, sql: include_str!("../migrations/001.sql") },
    Migration { owner: "schedule", number: 2, sql: include_str!("../migrations/002.sql") },
];

/// Everything that is kept.
pub struct Kept {
    pub jobs: Vec<JobRecord>,
    pub triggers: Vec<TriggerRecord>,
    /// Triggers by the agents that came of them.
    pub agents: Vec<(String, Pid)>,
}

pub fn load(db: &Connection) -> Result<Kept> {
    let texts = |sql: &str| -> Result<Vec<String>> {
        let mut statement = db.prepare(sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    };
    let jobs = texts("SELECT record FROM cron_jobs")?;
    let triggers = texts("SELECT record FROM event_triggers")?;
    let mut statement = db.prepare("SELECT trigger_id, pid FROM trigger_agents")?;
    let agents = statement.query_map([], |row| Ok((row.get(0)?, Pid(row.get(1)?))))?;
    Ok(Kept {
        jobs: jobs.iter().map(|text| Ok(serde_json::from_str(text)?)).collect::<Result<_>>()?,
        triggers: triggers.iter().map(|text| Ok(serde_json::from_str(text)?)).collect::<Result<_>>()?,
        agents: agents.collect::<std::result::Result<_, _>>()?,
    })
}

pub fn insert_job(db: &Connection, record: &JobRecord) -> Result<()> {
    let text = serde_json::to_string(record)?;
    db.prepare_cached("INSERT INTO cron_jobs (id, owner, record) VALUES (?1, ?2, ?3)")?.execute((
        record.job.id.as_str(),
        &record.job.owner_uid,
        text,
    ))?;
    Ok(())
}

/// Nothing happens where the job is gone: it stays gone.
pub fn update_job(db: &Connection, record: &JobRecord) -> Result<()> {
    let text = serde_json::to_string(record)?;
    db.prepare_cached("UPDATE cron_jobs SET record = ?2 WHERE id = ?1")?.execute((record.job.id.as_str(), text))?;
    Ok(())
}

pub fn delete_job(db: &Connection, id: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM cron_jobs WHERE id = ?1")?.execute([id])?;
    Ok(())
}

pub fn insert_trigger(db: &Connection, record: &TriggerRecord) -> Result<()> {
    let text = serde_json::to_string(record)?;
    db.prepare_cached("INSERT INTO event_triggers (id, owner, record) VALUES (?1, ?2, ?3)")?.execute((
        &record.trigger.id,
        &record.trigger.owner_uid,
        text,
    ))?;
    Ok(())
}

/// Nothing happens where the trigger is gone: it stays gone.
pub fn update_trigger(db: &Connection, record: &TriggerRecord) -> Result<()> {
    let text = serde_json::to_string(record)?;
    db.prepare_cached("UPDATE event_triggers SET record = ?2 WHERE id = ?1")?.execute((&record.trigger.id, text))?;
    Ok(())
}

pub fn delete_trigger(db: &Connection, id: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM event_triggers WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Notes that an agent came of these triggers, as far as they are still there.
pub fn insert_agent(db: &Connection, triggers: &[String], pid: Pid) -> Result<()> {
    let mut statement = db.prepare_cached(
        "INSERT OR IGNORE INTO trigger_agents (trigger_id, pid) SELECT id, ?2 FROM event_triggers WHERE id = ?1",
    )?;
    for trigger in triggers {
        statement.execute((trigger, pid.0))?;
    }
    Ok(())
}

/// How far a user's triggers have heard; `None` if none has heard anything yet.
pub fn cursor(db: &Connection, owner: &UserId) -> Result<Option<Seq>> {
    let mut statement = db.prepare_cached("SELECT seq FROM trigger_cursors WHERE owner = ?1")?;
    Ok(statement.query_row([owner.as_str()], |row| Ok(Seq(row.get(0)?))).optional()?)
}

pub fn set_cursor(db: &Connection, owner: &UserId, seq: Seq) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO trigger_cursors (owner, seq) VALUES (?1, ?2)
         ON CONFLICT (owner) DO UPDATE SET seq = max(seq, excluded.seq)",
    )?
    .execute((owner.as_str(), seq.0))?;
    Ok(())
}

/// Forgets agents that have ended long ago.
pub fn forget_agents(db: &Connection, pids: &[Pid]) -> Result<()> {
    let mut statement = db.prepare_cached("DELETE FROM trigger_agents WHERE pid = ?1")?;
    for pid in pids {
        statement.execute([pid.0])?;
    }
    Ok(())
}
