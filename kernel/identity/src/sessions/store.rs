//! The table of sessions, and the statements on it.

use aether_protocol::UserId;
use aether_store::Result;
use aether_store::rusqlite::Connection;

use super::Session;

/// Sessions that have not expired. `now` is in seconds since the Unix epoch.
pub fn load(db: &Connection, now: u64) -> Result<Vec<Session>> {
    let mut statement = db.prepare(
        "SELECT id, user_id, jti, created_at, seen_at, expires_at, address, user_agent FROM sessions
         WHERE expires_at > ?1",
    )?;
    let rows = statement.query_map([now], |row| {
        Ok(Session {
            id: row.get(0)?,
            user: UserId(row.get(1)?),
            jti: row.get(2)?,
            created_at: row.get(3)?,
            seen_at: row.get(4)?,
            kept_at: row.get(4)?,
            expires_at: row.get(5)?,
            address: row.get(6)?,
            user_agent: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?)
}

/// Keeps a session, in place of what it was, and drops those that have expired.
pub fn put(db: &Connection, session: &Session, now: u64) -> Result<()> {
    db.prepare_cached("DELETE FROM sessions WHERE expires_at <= ?1")?.execute([now])?;
    db.prepare_cached(
        "INSERT OR REPLACE INTO sessions (id, user_id, jti, created_at, seen_at, expires_at, address, user_agent)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        &session.id,
        session.user.as_str(),
        &session.jti,
        session.created_at,
        session.seen_at,
        session.expires_at,
        &session.address,
        &session.user_agent,
    ))?;
    Ok(())
}

pub fn seen(db: &Connection, id: &str, at: u64) -> Result<()> {
    db.prepare_cached("UPDATE sessions SET seen_at = ?2 WHERE id = ?1")?.execute((id, at))?;
    Ok(())
}

/// Every session of a user but the one with this token.
pub fn delete_others(db: &Connection, user: &UserId, keep: Option<&str>) -> Result<()> {
    db.prepare_cached("DELETE FROM sessions WHERE user_id = ?1 AND jti IS NOT ?2")?.execute((user.as_str(), keep))?;
    Ok(())
}

pub fn delete(db: &Connection, jti: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM sessions WHERE jti = ?1")?.execute([jti])?;
    Ok(())
}
