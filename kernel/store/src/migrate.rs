//! Migrations: numbered steps, each subsystem's own, applied once and never changed after.

use rusqlite::Connection;

use crate::error::{Result, StoreError};

/// One step of one subsystem.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The subsystem that owns the tables.
    pub owner: &'static str,
    /// From 1, without gaps.
    pub number: u32,
    pub sql: &'static str,
}

/// Applies what has not been applied yet, each step in a transaction of its own.
pub fn apply(connection: &mut Connection, migrations: &[Migration]) -> Result<()> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (owner TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (owner, number))",
    )?;
    for migration in migrations {
        let transaction = connection.transaction()?;
        let done = transaction
            .prepare_cached("SELECT 1 FROM migrations WHERE owner = ?1 AND number = ?2")?
            .exists((migration.owner, migration.number))?;
        if done {
            continue;
        }
        transaction.execute_batch(migration.sql).map_err(|error| {
            StoreError::Failed(format!(
                "step {} of {} could not be applied: {error}",
                migration.number, migration.owner
            ))
        })?;
        transaction.execute("INSERT INTO migrations VALUES (?1, ?2)", (migration.owner, migration.number))?;
        transaction.commit()?;
    }
    Ok(())
}
