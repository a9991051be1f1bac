//! The table of API tokens, and the statements on it.

use aether_protocol::{Scopes, UserId};
use aether_store::rusqlite::Connection;
use aether_store::{Result, StoreError};

use super::{Hash, Token};

/// Everything that is kept.
pub fn load(db: &Connection) -> Result<Vec<Token>> {
    let mut statement =
        db.prepare("SELECT id, user_id, name, prefix, hash, scopes, created_at, used_at, expires_at FROM api_tokens")?;
    let rows = statement.query_map([], |row| {
        let (id, user, name) = (row.get::<_, String>(0)?, UserId(row.get(1)?), row.get::<_, String>(2)?);
        let (prefix, hash, scopes) = (row.get::<_, String>(3)?, row.get::<_, Hash>(4)?, row.get::<_, String>(5)?);
        let (created_at, used_at, expires_at) = (row.get(6)?, row.get(7)?, row.get(8)?);
        Ok((id, user, name, prefix, hash, scopes, created_at, used_at, expires_at))
    })?;
    let mut tokens = Vec::new();
    for row in rows {
        let (id, user, name, prefix, hash, scopes, created_at, used_at, expires_at) = row?;
        let given: Vec<String> = serde_json::from_str(&scopes).map_err(|error| damaged(&id, &error.to_string()))?;
        match Scopes::parse(&given) {
            Ok(scopes) => {
                let scopes = scopes.into();
                tokens.push(Token {
                    id,
                    user,
                    name,
                    prefix,
                    hash,
                    scopes,
                    created_at,
                    used_at,
                    kept_at: used_at,
                    expires_at,
                });
            }
            // A domain of another version: less than was given is no token at all.
            Err(error) => tracing::warn!(%error, token = id, "an API token is left aside"),
        }
    }
    Ok(tokens)
}

pub fn insert(db: &Connection, token: &Token) -> Result<()> {
    let scopes = serde_json::to_string(&token.scopes.list()).map_err(|error| damaged(&token.id, &error.to_string()))?;
    db.prepare_cached(
        "INSERT INTO api_tokens (id, user_id, name, prefix, hash, scopes, created_at, used_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute((
        &token.id,
        token.user.as_str(),
        &token.name,
        &token.prefix,
        token.hash,
        scopes,
        token.created_at,
        token.used_at,
        token.expires_at,
    ))?;
    Ok(())
}

pub fn used(db: &Connection, id: &str, at: u64) -> Result<()> {
    db.prepare_cached("UPDATE api_tokens SET used_at = ?2 WHERE id = ?1")?.execute((id, at))?;
    Ok(())
}

pub fn delete(db: &Connection, id: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM api_tokens WHERE id = ?1")?.execute([id])?;
    Ok(())
}

pub fn delete_all_of(db: &Connection, user: &UserId) -> Result<()> {
    db.prepare_cached("DELETE FROM api_tokens WHERE user_id = ?1")?.execute([user.as_str()])?;
    Ok(())
}

fn damaged(id: &str, reason: &str) -> StoreError {
    StoreError::Damaged(format!("the scopes of the API token {id} cannot be read: {reason}"))
}
