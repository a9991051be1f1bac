//! The table of the audit log and the statements on it.

use aether_base::audit::name;
use aether_base::now_ms;
use aether_base::ports::{AuditRecord, Audited};
use aether_protocol::domains::audit::{AuditEntryInfo, AuditFilters};
use aether_protocol::{Pid, UserId};
use aether_store::rusqlite::types::Value;
use aether_store::rusqlite::{Connection, OptionalExtension, Row as Record, params_from_iter};
use aether_store::{Migration, Result};

use super::Scope;
use super::chain::{COLUMNS, Chain, Hash, Row, SealKey, TAMPERED, hash_of, hex};

/// The audit log, in a database of its own.
pub const AUDIT_MIGRATIONS: &[Migration] = &[
    Migration { owner: "audit", number: 1, sql: include_str!("../../migrations/audit/001.sql") },
    Migration { owner: "audit", number: 2, sql: include_str!("../../migrations/audit/002.sql") },
];

/// Rows of a page if the query does not say.
const PAGE: u32 = 50;
/// Rows of a page at most, and of a part of an export.
const LONGEST_PAGE: u32 = 1_000;

/// What a record becomes, the number aside.
fn row_of(record: &AuditRecord) -> Result<Row> {
    let at = i64::try_from(record.at).unwrap_or(i64::MAX);
    let actor_pid = record.actor_pid.map(|pid| i64::try_from(pid.0).unwrap_or(i64::MAX));
    let metadata = serde_json::json!({ "result": record.result, "user": record.actor_user });
    Ok(Row {
        id: 0,
        timestamp: at,
        event_type: event_type(record).to_owned(),
        actor_pid,
        actor_uid: record.actor_pid.map(Pid::uid).or_else(|| record.actor_user.as_ref().map(ToString::to_string)),
        actor_user: record.actor_user.as_ref().map(|user| user.as_str().to_owned()),
        action: name(&record.action),
        target: record.target.clone(),
        args_sanitized: record.arguments.clone(),
        result_hash: record.result_hash.clone(),
        metadata: Some(metadata.to_string()),
        created_at: at,
    })
}

/// The kinds that existing clients filter by.
fn event_type(record: &AuditRecord) -> &'static str {
    match record.about {
        Audited::Tool => "tool.invocation",
        Audited::Command if record.action.starts_with("auth.") || record.action.starts_with("user.") => "auth",
        Audited::Command => "admin",
    }
}

pub fn insert(db: &Connection, key: &SealKey, record: &AuditRecord) -> Result<()> {
    let chain = sound(db, key, record.at)?;
    extend(db, key, &chain, row_of(record)?)?;
    Ok(())
}

/// Adds a row of the log's own.
pub fn note(db: &Connection, key: &SealKey, at: u64, action: &str, metadata: &serde_json::Value) -> Result<()> {
    let chain = sound(db, key, at)?;
    extend(db, key, &chain, own(at, action, metadata))?;
    Ok(())
}

fn own(at: u64, action: &str, metadata: &serde_json::Value) -> Row {
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    Row {
        timestamp: at,
        event_type: "admin".to_owned(),
        action: action.to_owned(),
        metadata: Some(metadata.to_string()),
        created_at: at,
        ..Row::default()
    }
}

/// The chain to go on from. Where its end was tampered with, that becomes a row first: the next seal would cover it up.
fn sound(db: &Connection, key: &SealKey, at: u64) -> Result<Chain> {
    let chain = Chain::read(db)?;
    let why = match &chain {
        None => "what says where the chain ends was gone",
        Some(chain) if last_below(db, i64::MAX)?.unwrap_or(chain.anchor()) != chain.head() => {
            "the newest row was not the one the chain ends with"
        }
        Some(chain) if !chain.is_sealed(key) => "the seal was not by this kernel's secret",
        Some(chain) => return Ok(chain.clone()),
    };
    tracing::error!(why, "the audit log was changed by somebody else, or AETHER_SECRET is another one than before");
    let metadata = serde_json::json!({ "result": "TAMPERED", "user": null, "why": why });
    extend(db, key, &chain.unwrap_or_default(), own(at, TAMPERED, &metadata))
}

/// Adds a row to the chain, in the transaction of the caller.
fn extend(db: &Connection, key: &SealKey, chain: &Chain, mut row: Row) -> Result<Chain> {
    // Beyond the head there are rows only if somebody else has put them there. They stay, and what is new is kept too.
    let last = last_below(db, i64::MAX)?.map_or(0, |(id, _)| id);
    row.id = chain.head_id.max(last) + 1;
    let hash = row.hash(&chain.head_hash)?;
    db.prepare_cached(&format!("INSERT INTO audit ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)"))?
        .execute((
        row.id,
        row.timestamp,
        row.event_type,
        row.actor_pid,
        row.actor_uid,
        row.actor_user,
        row.action,
        row.target,
        row.args_sanitized,
        row.result_hash,
        row.metadata,
        row.created_at,
        &hash[..],
    ))?;
    let chain = Chain { head_id: row.id, head_hash: hash, ..chain.clone() };
    chain.write(db, Some(key))?;
    Ok(chain)
}

/// Gives at most `rows` rows of an earlier version their hashes, and answers whether there may be more. The last time the
/// chain is sealed; from then on no row is taken in without having been written as one of it.
pub fn adopt(db: &Connection, key: &SealKey, rows: usize) -> Result<bool> {
    let Some(mut chain) = Chain::read(db)?.filter(|chain| chain.seal.is_empty()) else { return Ok(false) };
    let mut older =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM audit WHERE id > ?1 AND hash IS NULL ORDER BY id LIMIT ?2"))?;
    let older = older.query_map((chain.head_id, rows), Row::read)?.collect::<Result<Vec<_>, _>>()?;
    let mut give = db.prepare_cached("UPDATE audit SET hash = ?2 WHERE id = ?1")?;
    for row in &older {
        let hash = row.hash(&chain.head_hash)?;
        give.execute((row.id, &hash[..]))?;
        chain = Chain { head_id: row.id, head_hash: hash, adopted_id: row.id, ..chain };
    }
    let more = older.len() == rows;
    chain.write(db, (!more).then_some(key))?;
    Ok(more)
}

/// The newest row before `id` and its hash; zeros if it has none.
fn last_below(db: &Connection, id: i64) -> Result<Option<(i64, Hash)>> {
    let read = |record: &Record<'_>| Ok((record.get(0)?, hash_of(record, 1).unwrap_or_default()));
    Ok(db
        .prepare_cached("SELECT id, hash FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([id], read)
        .optional()?)
}

/// A page, newest first, and the number of all rows that match.
pub fn query(db: &Connection, scope: &Scope, filters: &AuditFilters) -> Result<(Vec<AuditEntryInfo>, u64)> {
    let Some((conditions, mut values)) = conditions(scope, filters, None) else {
        return Ok((Vec::new(), 0));
    };
    let total = db
        .prepare_cached(&format!("SELECT count(*) FROM audit{conditions}"))?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    values.push(filters.limit.unwrap_or(PAGE).min(LONGEST_PAGE).into());
    values.push(filters.offset.unwrap_or(0).into());
    let mut statement =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM audit{conditions} ORDER BY id DESC LIMIT ? OFFSET ?"))?;
    let rows = statement.query_map(params_from_iter(&values), entry)?;
    let entries = rows.collect::<Result<Vec<_>, _>>()?;
    Ok((entries, total))
}

/// The rows after `after`, oldest first, and the last of them if there are more.
pub fn export(db: &Connection, filters: &AuditFilters, after: i64) -> Result<(Vec<AuditEntryInfo>, Option<i64>)> {
    let Some((conditions, mut values)) = conditions(&Scope::Everything, filters, Some(after)) else {
        return Ok((Vec::new(), None));
    };
    let rows = filters.limit.unwrap_or(LONGEST_PAGE).clamp(1, LONGEST_PAGE);
    values.push(rows.into());
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM audit{conditions} ORDER BY id LIMIT ?"))?;
    let entries = statement.query_map(params_from_iter(&values), entry)?.collect::<Result<Vec<_>, _>>()?;
    let full = entries.len() >= rows as usize;
    let last = entries.last().map(|entry| entry.id).filter(|_| full);
    Ok((entries, last))
}

/// What a row has to meet; nothing does where the scope is empty. Text from the query only ever becomes a value.
fn conditions(scope: &Scope, filters: &AuditFilters, after: Option<i64>) -> Option<(String, Vec<Value>)> {
    let number = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let text = |text: &String| Value::Text(text.clone());
    let user = |user: &UserId| Value::Text(user.0.clone());
    let within = match scope {
        Scope::Everything => None,
        Scope::User(id) => Some(("actor_user = ?", user(id))),
        Scope::Agent(pid) => Some(("actor_pid = ?", number(pid.0))),
        Scope::Nothing => return None,
    };
    let met = [
        within,
        after.map(|id| ("id > ?", Value::Integer(id))),
        filters.pid.map(|pid| ("actor_pid = ?", number(pid.0))),
        filters.uid.as_ref().map(|uid| ("actor_uid = ?", text(uid))),
        filters.user.as_ref().map(|id| ("actor_user = ?", user(id))),
        filters.action.as_ref().map(|action| ("action = ?", text(action))),
        filters.event_type.as_ref().map(|kind| ("event_type = ?", text(kind))),
        filters.start_time.map(|start| ("timestamp >= ?", number(start))),
        filters.end_time.map(|end| ("timestamp <= ?", number(end))),
    ];
    let (conditions, values): (Vec<_>, Vec<_>) = met.into_iter().flatten().unzip();
    let head = if conditions.is_empty() { "" } else { " WHERE " };
    Some((format!("{head}{}", conditions.join(" AND ")), values))
}

fn entry(record: &Record<'_>) -> aether_store::rusqlite::Result<AuditEntryInfo> {
    let row = Row::read(record)?;
    Ok(AuditEntryInfo {
        id: row.id,
        timestamp: u64::try_from(row.timestamp).unwrap_or_default(),
        event_type: row.event_type,
        actor_pid: row.actor_pid.and_then(|pid| u64::try_from(pid).ok()).map(Pid),
        actor_uid: row.actor_uid,
        action: row.action,
        target: row.target,
        args_sanitized: row.args_sanitized,
        result_hash: row.result_hash,
        metadata: row.metadata,
        created_at: u64::try_from(row.created_at).unwrap_or_default(),
        hash: record.get::<_, Option<Vec<u8>>>(12)?.map(|hash| hex(&hash)),
    })
}

/// Removes at most `rows` of the oldest rows: those before the first that is not older than `before`, in milliseconds
/// since the Unix epoch, and those beyond the newest `keep`. The last of them becomes the anchor of the chain.
pub fn trim(db: &Connection, key: &SealKey, before: u64, keep: u64, rows: usize) -> Result<usize> {
    let ends = |record: &Record<'_>| Ok((record.get::<_, Option<i64>>(0)?, record.get::<_, Option<i64>>(1)?));
    let (Some(first), Some(last)) = db.prepare_cached("SELECT min(id), max(id) FROM audit")?.query_row([], ends)?
    else {
        return Ok(0);
    };
    // Not by the index: the first of them is near the beginning, by number.
    let young: Option<i64> = db
        .prepare_cached("SELECT id FROM audit WHERE +timestamp >= ?1 ORDER BY id LIMIT 1")?
        .query_row([i64::try_from(before).unwrap_or(i64::MAX)], |record| record.get(0))
        .optional()?;
    let kept = i64::try_from(keep).unwrap_or(i64::MAX);
    let end = young.unwrap_or(last + 1).max(last.saturating_sub(kept) + 1);
    let end = end.min(first.saturating_add(i64::try_from(rows).unwrap_or(i64::MAX)));
    let Some((id, hash)) = last_below(db, end)? else { return Ok(0) };
    let chain = sound(db, key, now_ms())?;
    if id > chain.anchor_id {
        Chain { anchor_id: id, anchor_hash: hash, ..chain }.write(db, Some(key))?;
    }
    Ok(db.prepare_cached("DELETE FROM audit WHERE id < ?1")?.execute([end])?)
}
