//! What all agents have used, for who watches over the kernel.

use aether_store::rusqlite::Connection;

use crate::{Processes, Result};

/// What one model was used for, since the first day.
#[derive(Debug, Clone, PartialEq)]
pub struct Spending {
    pub provider: String,
    pub model: String,
    pub replies: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// Of replies whose price is known.
    pub cost_usd: f64,
}

impl Processes {
    /// What all agents have used, by model: the `most` with the most replies.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn spending(&self, most: u32) -> Result<Vec<Spending>> {
        Ok(self.store.read(move |db| spending(db, most)).await?)
    }

    /// Agents that wait for a place.
    pub fn queued(&self) -> usize {
        self.table().queue().len()
    }
}

fn spending(db: &Connection, most: u32) -> aether_store::Result<Vec<Spending>> {
    let mut statement = db.prepare_cached(
        "SELECT provider, model, sum(replies), sum(input_tokens), sum(output_tokens), sum(cost_usd)
         FROM usage GROUP BY provider, model ORDER BY sum(replies) DESC LIMIT ?1",
    )?;
    let rows = statement.query_map([most], |row| {
        Ok(Spending {
            provider: row.get(0)?,
            model: row.get(1)?,
            replies: row.get(2)?,
            input_tokens: row.get(3)?,
            output_tokens: row.get(4)?,
            cost_usd: row.get(5)?,
        })
    })?;
    rows.map(|row| Ok(row?)).collect()
}
