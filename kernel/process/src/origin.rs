//! Which agent was started for something, by what its configuration says.

use aether_protocol::{Pid, UserId};
use aether_store::rusqlite::OptionalExtension;

use crate::Processes;
use crate::error::Result;

impl Processes {
    /// The agent of a user whose configuration has this text at `field.key`, among keys we do not know; also one that has
    /// ended. What is not on disk was never started.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn started_for(&self, owner: &UserId, field: &str, key: &str, text: &str) -> Result<Option<Pid>> {
        let path = format!("$.config.{field}.{key}");
        let (owner, text) = (owner.clone(), text.to_owned());
        let found = self.store.read(move |db| {
            let mut statement = db.prepare_cached(
                "SELECT pid FROM processes WHERE owner = ?1 AND record ->> ?2 = ?3 ORDER BY pid LIMIT 1",
            )?;
            let pid = statement.query_row((owner.as_str(), path, text), |row| row.get(0));
            Ok(pid.optional()?.map(Pid))
        });
        Ok(found.await?)
    }
}
