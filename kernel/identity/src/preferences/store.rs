//! The tables of preferences, and the statements on them.

use aether_protocol::UserId;
use aether_protocol::domains::preference::PreferenceLine;
use aether_store::rusqlite::{Connection, OptionalExtension};
use aether_store::{Migration, Result};

/// Preferences. They refer to users: the migrations of identity go before.
pub const PREFERENCE_MIGRATIONS: &[Migration] =
    &[Migration { owner: "preference", number: 1, sql: include_str!("../../migrations/preferences/001.sql") }];

/// What became of a value that was to be kept.
pub enum Kept {
    /// It is there, under this new revision.
    Changed(u64),
    /// It was there already, under this one.
    Unchanged(u64),
    /// Another revision is there than the one to replace.
    Conflict,
    TooMany,
}

/// What became of a preference that was to be forgotten.
pub enum Deleted {
    At(u64),
    Missing,
}

/// A value as JSON text, and its revision.
pub fn get(db: &Connection, user: &UserId, key: &str) -> Result<Option<(String, u64)>> {
    let mut statement = db.prepare_cached("SELECT value, rev FROM preferences WHERE user_id = ?1 AND key = ?2")?;
    Ok(statement.query_row((user.as_str(), key), |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

pub fn set(db: &Connection, user: &UserId, key: &str, value: &str, replaces: Option<u64>, most: u64) -> Result<Kept> {
    let found = get(db, user, key)?;
    let current = found.as_ref().map_or(0, |(_, rev)| *rev);
    if replaces.is_some_and(|rev| rev != current) {
        return Ok(Kept::Conflict);
    }
    match found {
        Some((kept, rev)) if kept == value => return Ok(Kept::Unchanged(rev)),
        Some(_) => {}
        None if count(db, user)? >= most => return Ok(Kept::TooMany),
        None => {}
    }
    let rev = next_rev(db, user)?;
    db.prepare_cached(
        "INSERT INTO preferences (user_id, key, value, rev) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (user_id, key) DO UPDATE SET value = excluded.value, rev = excluded.rev",
    )?
    .execute((user.as_str(), key, value, rev))?;
    Ok(Kept::Changed(rev))
}

pub fn delete(db: &Connection, user: &UserId, key: &str) -> Result<Deleted> {
    let gone =
        db.prepare_cached("DELETE FROM preferences WHERE user_id = ?1 AND key = ?2")?.execute((user.as_str(), key))?;
    if gone == 0 { Ok(Deleted::Missing) } else { Ok(Deleted::At(next_rev(db, user)?)) }
}

/// By key.
pub fn list(db: &Connection, user: &UserId) -> Result<Vec<PreferenceLine>> {
    let mut statement = db.prepare_cached("SELECT key, rev FROM preferences WHERE user_id = ?1 ORDER BY key")?;
    let rows = statement.query_map([user.as_str()], |row| Ok(PreferenceLine { key: row.get(0)?, rev: row.get(1)? }))?;
    rows.map(|row| Ok(row?)).collect()
}

fn count(db: &Connection, user: &UserId) -> Result<u64> {
    let mut statement = db.prepare_cached("SELECT count(*) FROM preferences WHERE user_id = ?1")?;
    Ok(statement.query_row([user.as_str()], |row| row.get(0))?)
}

fn next_rev(db: &Connection, user: &UserId) -> Result<u64> {
    let mut statement = db.prepare_cached(
        "INSERT INTO preference_revs (user_id, newest) VALUES (?1, 1)
         ON CONFLICT (user_id) DO UPDATE SET newest = newest + 1 RETURNING newest",
    )?;
    Ok(statement.query_row([user.as_str()], |row| row.get(0))?)
}
