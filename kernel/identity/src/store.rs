//! The tables of users, their second factors and revoked tokens, and the statements on them.

use aether_protocol::{Role, UserId};
use aether_store::rusqlite::Connection;
use aether_store::{Migration, Result, StoreError};

use crate::directory::{Directory, User};
use crate::{mfa, sessions};

/// Users, their second factors and revoked tokens.
pub const MIGRATIONS: &[Migration] = &[
    Migration { owner: "identity", number: 1, sql: include_str!("../migrations/001.sql") },
    Migration { owner: "identity", number: 2, sql: include_str!("../migrations/002.sql") },
    Migration { owner: "identity", number: 3, sql: include_str!("../migrations/003.sql") },
];

/// Everything that is kept. Revocations of expired tokens stay out: `now` is in seconds since the Unix epoch.
pub fn load(db: &Connection, now: u64) -> Result<Directory> {
    let mut statement =
        db.prepare("SELECT id, username, display_name, role, password, generation, kept_token, created_at FROM users")?;
    let rows = statement.query_map([], |row| {
        let user = User {
            id: UserId(row.get(0)?),
            username: row.get(1)?,
            display_name: row.get(2)?,
            role: Role::User,
            password: row.get(4)?,
            generation: row.get(5)?,
            kept_token: row.get(6)?,
            created_at: row.get(7)?,
            factor: None,
        };
        Ok((user, row.get::<_, String>(3)?))
    })?;
    let mut factors = mfa::store::load(db)?;
    let mut users = Vec::new();
    for row in rows {
        let (user, role) = row?;
        users.push(User { role: read_role(&role)?, factor: factors.remove(&user.id), ..user });
    }
    let retired = db
        .prepare("SELECT username FROM retired_names")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    let revoked = db
        .prepare("SELECT jti, expires_at FROM revoked_tokens WHERE expires_at > ?1")?
        .query_map([now], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<Vec<(String, u64)>, _>>()?;
    Ok(Directory::new(users, retired, revoked))
}

pub fn insert_user(db: &Connection, user: &User) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO users (id, username, display_name, role, password, generation, kept_token, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        user.id.as_str(),
        &user.username,
        &user.display_name,
        role_name(user.role),
        &user.password,
        user.generation,
        &user.kept_token,
        user.created_at,
    ))?;
    Ok(())
}

/// Sets what tokens are judged by; sessions but that of the one that is kept go with it.
pub fn update_password(db: &Connection, user: &User) -> Result<()> {
    sessions::store::delete_others(db, &user.id, user.kept_token.as_deref())?;
    db.prepare_cached("UPDATE users SET password = ?2, generation = ?3, kept_token = ?4 WHERE id = ?1")?.execute((
        user.id.as_str(),
        &user.password,
        user.generation,
        &user.kept_token,
    ))?;
    Ok(())
}

/// What a user changes about itself but the password.
pub fn update_user(db: &Connection, user: &User) -> Result<()> {
    db.prepare_cached("UPDATE users SET display_name = ?2 WHERE id = ?1")?
        .execute((user.id.as_str(), &user.display_name))?;
    mfa::store::put(db, &user.id, user.factor.as_ref())
}

pub fn delete_user(db: &Connection, user: &User) -> Result<()> {
    db.prepare_cached("DELETE FROM users WHERE id = ?1")?.execute([user.id.as_str()])?;
    db.prepare_cached("INSERT OR IGNORE INTO retired_names (username) VALUES (?1)")?.execute([&user.username])?;
    Ok(())
}

/// Times are seconds since the Unix epoch.
pub fn revoke(db: &Connection, jti: &str, until: u64, now: u64) -> Result<()> {
    sessions::store::delete(db, jti)?;
    db.prepare_cached("DELETE FROM revoked_tokens WHERE expires_at <= ?1")?.execute([now])?;
    db.prepare_cached("INSERT OR REPLACE INTO revoked_tokens (jti, expires_at) VALUES (?1, ?2)")?
        .execute((jti, until))?;
    Ok(())
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::User => "user",
    }
}

fn read_role(name: &str) -> Result<Role> {
    match name {
        "admin" => Ok(Role::Admin),
        "user" => Ok(Role::User),
        other => Err(StoreError::Damaged(format!("a user has the unknown role {other:?}"))),
    }
}
