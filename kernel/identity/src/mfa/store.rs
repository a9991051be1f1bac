//! The table of second factors, and the statements on it.

use std::collections::HashMap;

use aether_protocol::UserId;
use aether_store::rusqlite::Connection;
use aether_store::{Result, StoreError};

use super::Factor;

/// Every second factor, by whose it is.
pub fn load(db: &Connection) -> Result<HashMap<UserId, Factor>> {
    let mut statement = db.prepare("SELECT user_id, secret, enabled, last_step, recovery FROM second_factors")?;
    let rows = statement.query_map([], |row| {
        let factor = Factor { secret: row.get(1)?, enabled: row.get(2)?, last_step: row.get(3)?, recovery: Vec::new() };
        Ok((UserId(row.get(0)?), factor, row.get::<_, Vec<u8>>(4)?))
    })?;
    let mut factors = HashMap::new();
    for row in rows {
        let (user, factor, recovery) = row?;
        let (hashes, []) = recovery.as_chunks::<32>() else {
            return Err(StoreError::Damaged(format!("the recovery codes of user {user} are cut off")));
        };
        factors.insert(user, Factor { recovery: hashes.to_vec(), ..factor });
    }
    Ok(factors)
}

/// Keeps a user's second factor as it is now, or that there is none.
pub fn put(db: &Connection, user: &UserId, factor: Option<&Factor>) -> Result<()> {
    let Some(factor) = factor else {
        db.prepare_cached("DELETE FROM second_factors WHERE user_id = ?1")?.execute([user.as_str()])?;
        return Ok(());
    };
    db.prepare_cached(
        "INSERT INTO second_factors (user_id, secret, enabled, last_step, recovery) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, enabled = excluded.enabled,
             last_step = excluded.last_step, recovery = excluded.recovery",
    )?
    .execute((user.as_str(), &factor.secret, factor.enabled, factor.last_step, factor.recovery.as_flattened()))?;
    Ok(())
}
