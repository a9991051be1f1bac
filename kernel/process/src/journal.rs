//! The agent journal: every boundary an agent crosses, on disk before its effect is visible.
//!
//! An entry, its events and its timeline rows share one commit. The loop numbers its entries itself; a number that
//! is taken already means that two loops drive one agent, and is refused.

use std::sync::Arc;

use aether_base::fault;
use aether_base::{Bus, now_ms};
use aether_protocol::domains::agent;
use aether_protocol::{Event, Pid};
use aether_store::rusqlite::OptionalExtension;
use aether_store::{Result, Store};

use crate::Processes;
use crate::store::{self, TimelineRow};

/// One entry with what belongs to it.
#[derive(Debug, Clone, Default)]
pub struct JournalLine {
    /// Its place, from 0, without gaps.
    pub n: u64,
    /// The entry as JSON.
    pub entry: String,
    /// Bytes it refers to, by the hash the entry names.
    pub parts: Vec<(String, Vec<u8>)>,
    /// What becomes visible with it.
    pub events: Vec<Event>,
    /// The step it belongs to, for the timeline.
    pub step: u32,
}

/// The journal of one agent.
#[derive(Clone)]
pub struct AgentJournal {
    pid: Pid,
    store: Arc<Store>,
    processes: Arc<Processes>,
}

impl Processes {
    /// The journal of an agent.
    pub fn journal(self: &Arc<Self>, pid: Pid) -> AgentJournal {
        AgentJournal { pid, store: self.store.clone(), processes: self.clone() }
    }
}

impl AgentJournal {
    /// Every entry so far, in order, as JSON.
    pub async fn load(&self) -> Result<Vec<String>> {
        let pid = self.pid;
        self.store
            .read(move |db| {
                let mut statement = db.prepare_cached("SELECT entry FROM journal WHERE pid = ?1 ORDER BY n")?;
                let rows = statement.query_map([pid.0], |row| row.get(0))?;
                rows.map(|row| Ok(row?)).collect()
            })
            .await
    }

    /// The bytes an entry refers to.
    pub async fn part(&self, hash: String) -> Result<Option<Vec<u8>>> {
        let pid = self.pid;
        self.store
            .read(move |db| {
                Ok(db
                    .prepare_cached("SELECT bytes FROM parts WHERE pid = ?1 AND hash = ?2")?
                    .query_row((pid.0, hash), |row| row.get(0))
                    .optional()?)
            })
            .await
    }

    /// Appends entries in one commit, with their events.
    pub async fn append(&self, lines: Vec<JournalLine>) -> Result<()> {
        let pid = self.pid;
        let audience = self.processes.table().entries.get(&pid).map(crate::table::Entry::audience);
        let mut prepared = Vec::new();
        if let Some(audience) = audience {
            for event in lines.iter().flat_map(|line| &line.events) {
                prepared.push(Bus::prepare_to(event, audience.clone()));
            }
        }
        let now = now_ms();
        let pending = self.store.begin(prepared, move |db| {
            for line in &lines {
                for (hash, bytes) in &line.parts {
                    db.prepare_cached("INSERT OR IGNORE INTO parts (pid, hash, bytes) VALUES (?1, ?2, ?3)")?
                        .execute((pid.0, hash, bytes))?;
                }
                db.prepare_cached("INSERT INTO journal (pid, n, entry) VALUES (?1, ?2, ?3)")?.execute((
                    pid.0,
                    line.n,
                    &line.entry,
                ))?;
                for row in line.events.iter().filter_map(|event| timeline_row(event, line.step, now)) {
                    store::add_timeline(db, pid, &row)?;
                }
            }
            fault::point("journal.written");
            Ok(())
        });
        let outcome = pending.await.unwrap_or(Err(aether_store::StoreError::Closed));
        fault::point("journal.kept");
        outcome
    }
}

/// What the timeline keeps of an event.
fn timeline_row(event: &Event, step: u32, at: u64) -> Option<TimelineRow> {
    let Event::agent(event) = event else { return None };
    let (phase, tool, content) = match event {
        agent::Event::Thought(thought) => ("thought", None, thought.thought.clone()),
        agent::Event::Action(action) => ("action", Some(action.tool.clone()), action.args.to_string()),
        agent::Event::Observation(observation) => ("observation", None, observation.result.clone()),
        _ => return None,
    };
    Some(TimelineRow { step, phase, tool, content, at })
}
