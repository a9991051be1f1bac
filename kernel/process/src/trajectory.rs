//! Trajectories on disk: of each journal, what people see, in pages.

use aether_protocol::domains::agent::{Trajectory, TrajectoryEntry, TrajectoryQuery};
use aether_protocol::{Event, Pid};
use aether_store::rusqlite::Connection;
use aether_store::{Result as StoreResult, StoreError};

use crate::Processes;
use crate::error::Result;
use crate::resource::Spent;

/// Entries in a page unless asked otherwise, and at most; and the bytes that end a page early.
const PAGE: u32 = 200;
const LONGEST_PAGE: u32 = 1_000;
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// What a journal entry tells a person, and what it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub entry: TrajectoryEntry,
    /// What the agent is doing or last did, on one line.
    pub brief: Option<String>,
    pub spent: Option<Spent>,
}

/// Knows what journal entries mean to people. Journals of earlier versions are told again by it, once.
pub trait Teller: Send + Sync {
    /// What the entries of one whole journal tell, in their order.
    ///
    /// # Errors
    /// When an entry cannot be read. The message is for the person.
    fn tell_all(&self, entries: &[String]) -> std::result::Result<Vec<Told>, String>;

    /// The entry by which the run of one process goes on as another.
    ///
    /// # Errors
    /// When it cannot be written. The message is for the person.
    fn restored(&self, from: Pid, pid: Pid, at: u64) -> std::result::Result<String, String>;
}

/// The entry as it reaches those who look on.
pub fn changed(pid: Pid, entry: &TrajectoryEntry) -> Event {
    crate::entity("trajectory", format!("{pid}/{}", entry.n), entry.n, Some(entry))
}

pub fn put(db: &Connection, pid: Pid, n: u64, entry: &str) -> StoreResult<()> {
    db.prepare_cached("INSERT OR IGNORE INTO trajectory (pid, n, entry) VALUES (?1, ?2, ?3)")?
        .execute((pid.0, n, entry))?;
    Ok(())
}

/// True if the journal was told from its beginning on, as it is written now.
fn is_told(db: &Connection, pid: Pid) -> StoreResult<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM trajectory WHERE pid = ?1 AND n = 0)
               OR NOT EXISTS (SELECT 1 FROM journal WHERE pid = ?1)";
    Ok(db.prepare_cached(sql)?.query_row([pid.0], |row| row.get(0))?)
}

fn page(db: &Connection, query: &TrajectoryQuery) -> StoreResult<Trajectory> {
    let pid = query.pid.0;
    let bound = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let total =
        db.prepare_cached("SELECT count(*) FROM trajectory WHERE pid = ?1")?.query_row([pid], |row| row.get(0))?;
    let order = if query.after.is_some() { "ASC" } else { "DESC" };
    let mut statement = db.prepare_cached(&format!(
        "SELECT entry FROM trajectory WHERE pid = ?1 AND n > ?2 AND n < ?3 ORDER BY n {order} LIMIT ?4"
    ))?;
    let limit = query.limit.unwrap_or(PAGE).min(LONGEST_PAGE);
    let (after, before) = (query.after.map_or(-1, bound), query.before.map_or(i64::MAX, bound));
    let mut rows = statement.query((pid, after, before, limit))?;
    let (mut entries, mut bytes): (Vec<TrajectoryEntry>, usize) = (Vec::new(), 0);
    while bytes < PAGE_BYTES
        && let Some(row) = rows.next()?
    {
        let text: String = row.get(0)?;
        bytes += text.len();
        entries.push(serde_json::from_str(&text)?);
    }
    if query.after.is_none() {
        entries.reverse();
    }
    Ok(Trajectory { entries, total })
}

impl Processes {
    pub(crate) async fn trajectory_page(&self, query: TrajectoryQuery) -> Result<Trajectory> {
        let pid = query.pid;
        if !self.store.read(move |db| is_told(db, pid)).await? {
            self.tell_again(pid).await?;
        }
        Ok(self.store.read(move |db| page(db, &query)).await?)
    }

    /// Tells a journal that an earlier version wrote, from its beginning on.
    async fn tell_again(&self, pid: Pid) -> Result<()> {
        let (teller, prices) = (self.teller.clone(), self.prices.clone());
        let told = self.store.read(move |db| {
            let mut statement = db.prepare_cached("SELECT entry FROM journal WHERE pid = ?1 ORDER BY n")?;
            let rows = statement.query_map([pid.0], |row| row.get(0))?;
            let entries = rows.collect::<std::result::Result<Vec<String>, _>>()?;
            let told = teller.tell_all(&entries).map_err(StoreError::Damaged)?;
            let priced = told.into_iter().map(|Told { mut entry, spent, .. }| {
                entry.cost_usd =
                    spent.and_then(|spent| prices.cost(&spent.model, spent.input_tokens, spent.output_tokens));
                Ok((entry.n, serde_json::to_string(&entry)?))
            });
            priced.collect::<StoreResult<Vec<_>>>()
        });
        let told = told.await?;
        self.store.write(move |db| told.iter().try_for_each(|(n, entry)| put(db, pid, *n, entry))).await?;
        Ok(())
    }
}
