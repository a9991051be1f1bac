//! The table of policies, and the statements on it.

use aether_protocol::UserId;
use aether_protocol::domains::permission::{Effect, PermissionPolicy};
use aether_store::rusqlite::Connection;
use aether_store::{Migration, Result, StoreError};

/// Policies.
pub const PERMISSION_MIGRATIONS: &[Migration] = &[
    Migration { owner: "permission", number: 1, sql: include_str!("../../migrations/permissions/001.sql") },
    Migration { owner: "permission", number: 2, sql: include_str!("../../migrations/permissions/002.sql") },
];

/// Everything that is kept.
pub fn load(db: &Connection) -> Result<Vec<PermissionPolicy>> {
    let mut statement =
        db.prepare("SELECT id, subject, action, resource, effect, created_at, created_by FROM permission_policies")?;
    let rows = statement.query_map([], |row| {
        let policy = PermissionPolicy {
            id: row.get(0)?,
            subject: row.get(1)?,
            action: row.get(2)?,
            resource: row.get(3)?,
            effect: Effect::Deny,
            created_at: row.get(5)?,
            created_by: row.get::<_, Option<String>>(6)?.map(UserId),
        };
        Ok((policy, row.get::<_, String>(4)?))
    })?;
    rows.map(|row| {
        let (policy, effect) = row?;
        Ok(PermissionPolicy { effect: read_effect(&effect)?, ..policy })
    })
    .collect()
}

pub fn insert(db: &Connection, policy: &PermissionPolicy) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO permission_policies (id, subject, action, resource, effect, created_at, created_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((
        &policy.id,
        &policy.subject,
        &policy.action,
        &policy.resource,
        effect_name(policy.effect),
        policy.created_at,
        policy.created_by.as_ref().map(UserId::as_str),
    ))?;
    Ok(())
}

pub fn delete(db: &Connection, ids: &[String]) -> Result<()> {
    let mut statement = db.prepare_cached("DELETE FROM permission_policies WHERE id = ?1")?;
    for id in ids {
        statement.execute([id])?;
    }
    Ok(())
}

fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allow",
        Effect::Ask => "ask",
        Effect::Deny => "deny",
    }
}

fn read_effect(name: &str) -> Result<Effect> {
    match name {
        "allow" => Ok(Effect::Allow),
        "ask" => Ok(Effect::Ask),
        "deny" => Ok(Effect::Deny),
        other => Err(StoreError::Damaged(format!("a policy has the unknown effect {other:?}"))),
    }
}
