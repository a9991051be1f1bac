//! The table of the audit log and the statements on it.

use aether_base::ports::AuditRecord;
use aether_protocol::domains::audit::{AuditEntryInfo, AuditFilters};
use aether_protocol::{Pid, UserId};
use aether_store::rusqlite::types::Value;
use aether_store::rusqlite::{Connection, Row, params_from_iter};
use aether_store::{Migration, Result};

use super::Scope;

/// The audit log, in a database of its own.
pub const AUDIT_MIGRATIONS: &[Migration] =
    &[Migration { owner: "audit", number: 1, sql: include_str!("../../migrations/audit/001.sql") }];

/// Rows of a page if the query does not say.
const PAGE: u32 = 50;
/// Rows of a page at most.
const LONGEST_PAGE: u32 = 1_000;

pub fn insert(db: &Connection, record: &AuditRecord) -> Result<()> {
    let uid = record.actor_pid.map(Pid::uid).or_else(|| record.actor_user.as_ref().map(ToString::to_string));
    let metadata = serde_json::json!({ "result": record.result, "user": record.actor_user });
    db.prepare_cached(
        "INSERT INTO audit (timestamp, event_type, actor_pid, actor_uid, actor_user, action, target, metadata, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?1)",
    )?
    .execute((
        record.at,
        event_type(record),
        record.actor_pid.map(|pid| pid.0),
        uid,
        record.actor_user.as_ref().map(UserId::as_str),
        record.action,
        &record.target,
        metadata.to_string(),
    ))?;
    Ok(())
}

/// The kinds that existing clients filter by.
fn event_type(record: &AuditRecord) -> &'static str {
    if record.action.starts_with("auth.") || record.action.starts_with("user.") {
        "auth"
    } else if record.actor_pid.is_some() {
        "tool.invocation"
    } else {
        "admin"
    }
}

/// A page, newest first, and the number of all rows that match.
pub fn query(db: &Connection, scope: &Scope, filters: &AuditFilters) -> Result<(Vec<AuditEntryInfo>, u64)> {
    let Some((conditions, mut values)) = conditions(scope, filters) else {
        return Ok((Vec::new(), 0));
    };
    let total = db
        .prepare_cached(&format!("SELECT count(*) FROM audit{conditions}"))?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    values.push(filters.limit.unwrap_or(PAGE).min(LONGEST_PAGE).into());
    values.push(filters.offset.unwrap_or(0).into());
    let mut statement = db.prepare_cached(&format!(
        "SELECT id, timestamp, event_type, actor_pid, actor_uid, action, target, args_sanitized, result_hash, metadata,
                created_at
         FROM audit{conditions} ORDER BY id DESC LIMIT ? OFFSET ?"
    ))?;
    let rows = statement.query_map(params_from_iter(&values), entry)?;
    let entries = rows.collect::<Result<Vec<_>, _>>()?;
    Ok((entries, total))
}

/// What a row has to meet; nothing does where the scope is empty. Text from the query only ever becomes a value.
fn conditions(scope: &Scope, filters: &AuditFilters) -> Option<(String, Vec<Value>)> {
    let number = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let text = |text: &String| Value::Text(text.clone());
    let within = match scope {
        Scope::Everything => None,
        Scope::User(user) => Some(("actor_user = ?", Value::Text(user.0.clone()))),
        Scope::Agent(pid) => Some(("actor_pid = ?", number(pid.0))),
        Scope::Nothing => return None,
    };
    let met = [
        within,
        filters.pid.map(|pid| ("actor_pid = ?", number(pid.0))),
        filters.uid.as_ref().map(|uid| ("actor_uid = ?", text(uid))),
        filters.action.as_ref().map(|action| ("action = ?", text(action))),
        filters.event_type.as_ref().map(|kind| ("event_type = ?", text(kind))),
        filters.start_time.map(|start| ("timestamp >= ?", number(start))),
        filters.end_time.map(|end| ("timestamp <= ?", number(end))),
    ];
    let (conditions, values): (Vec<_>, Vec<_>) = met.into_iter().flatten().unzip();
    let head = if conditions.is_empty() { "" } else { " WHERE " };
    Some((format!("{head}{}", conditions.join(" AND ")), values))
}

fn entry(row: &Row<'_>) -> aether_store::rusqlite::Result<AuditEntryInfo> {
    Ok(AuditEntryInfo {
        id: row.get(0)?,
        timestamp: row.get(1)?,
        event_type: row.get(2)?,
        actor_pid: row.get::<_, Option<u64>>(3)?.map(Pid),
        actor_uid: row.get(4)?,
        action: row.get(5)?,
        target: row.get(6)?,
        args_sanitized: row.get(7)?,
        result_hash: row.get(8)?,
        metadata: row.get(9)?,
        created_at: row.get(10)?,
    })
}

/// Deletes at most `rows` rows older than `before`, in milliseconds since the Unix epoch, or beyond the newest `keep`.
pub fn trim(db: &Connection, before: u64, keep: u64, rows: usize) -> Result<usize> {
    let old = db
        .prepare_cached(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE timestamp < ?1 ORDER BY timestamp LIMIT ?2)",
        )?
        .execute((before, rows))?;
    // Ids are given without gaps, so nothing has to be counted.
    let beyond = db
        .prepare_cached(
            "DELETE FROM audit WHERE id IN
                 (SELECT id FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?1 ORDER BY id LIMIT ?2)",
        )?
        .execute((keep, rows - old))?;
    Ok(old + beyond)
}
