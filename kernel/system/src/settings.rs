//! What administrators set for the whole kernel while it runs. Never a secret.

use aether_store::rusqlite::{Connection, OptionalExtension};
use aether_store::{Migration, Result};

pub const MIGRATIONS: &[Migration] =
    &[Migration { owner: "system", number: 1, sql: include_str!("../migrations/001.sql") }];

/// The setting's value, if somebody set it.
pub fn find(db: &Connection, name: &str) -> Result<Option<String>> {
    let mut statement = db.prepare_cached("SELECT value FROM kernel_settings WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// Sets a value, or takes it away.
pub fn set(db: &Connection, name: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => db
            .prepare_cached(
                "INSERT INTO kernel_settings (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )?
            .execute((name, value))?,
        None => db.prepare_cached("DELETE FROM kernel_settings WHERE name = ?1")?.execute([name])?,
    };
    Ok(())
}
