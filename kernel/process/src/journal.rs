//! The agent journal: every boundary an agent crosses, on disk before its effect is visible.
//!
//! An entry, its events and its timeline rows share one commit. The loop numbers its entries itself; a number that
//! is taken already means that two loops drive one agent, and is refused.

use std::sync::Arc;

use aether_base::fault;
use aether_base::now_ms;
use aether_protocol::domains::resource::{BudgetScope, event};
use aether_protocol::domains::{agent, ipc};
use aether_protocol::{Event, Pid};
use aether_store::rusqlite::{Connection, OptionalExtension};
use aether_store::{Pending, Result, Store};

use crate::Processes;
use crate::resource::{self, Reply};
use crate::store::{self, TimelineRow};
use crate::trajectory::{self, Told};

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
    /// What it tells a person, if anything.
    pub told: Option<Told>,
}

/// The journal of one agent.
#[derive(Clone)]
pub struct AgentJournal {
    pid: Pid,
    store: Arc<Store>,
    processes: Arc<Processes>,
}

/// What entries have cost, and their write on its way.
struct Written {
    replies: Vec<Reply>,
    /// Whose budgets the replies count to.
    scopes: Arc<[BudgetScope]>,
    pending: Pending<()>,
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

    /// Appends entries in one commit, with their events, and with what they tell and have cost.
    pub async fn append(&self, mut lines: Vec<JournalLine>) -> Result<()> {
        let Written { replies, scopes, pending } = loop {
            match self.processes.write_journal(self.pid, lines) {
                Ok(written) => break written,
                Err(held) => lines = held,
            }
            self.processes.captured(self.pid).await;
        };
        let outcome = pending.await.unwrap_or(Err(aether_store::StoreError::Closed));
        if outcome.is_err() && !replies.is_empty() {
            let mut table = self.processes.table();
            replies.iter().for_each(|reply| table.take_back(self.pid, &scopes, reply));
        }
        fault::point("journal.kept");
        outcome
    }
}

impl Processes {
    /// Queues entries. What they have cost is counted in memory at once, so that whatever is written after them knows.
    /// While a snapshot of the agent is taken nothing is queued, and the entries come back.
    fn write_journal(&self, pid: Pid, mut lines: Vec<JournalLine>) -> Result<Written, Vec<JournalLine>> {
        let now = now_ms();
        let mut table = self.table();
        if table.entries.get(&pid).is_some_and(|entry| *entry.live.captures.borrow() > 0) {
            return Err(lines);
        }
        let owner = table.owners.get(&pid).map(|(owner, _)| owner.clone()).unwrap_or_default();
        let scopes: Arc<[BudgetScope]> = table.scopes(pid, &owner).into();
        let (mut replies, mut events, mut noted) = (Vec::new(), Vec::new(), false);
        for line in &mut lines {
            events.append(&mut line.events.clone());
            let Some(told) = &mut line.told else { continue };
            if let Some(spent) = &told.spent {
                let reply = self.priced(spent, told.entry.at);
                told.entry.cost_usd = reply.cost_usd;
                replies.push(reply);
            }
            events.push(trajectory::changed(pid, &told.entry));
            if let Some(entry) = table.entries.get_mut(&pid) {
                entry.note(told);
                noted = true;
            }
        }
        for reply in &replies {
            table.count(pid, &scopes, reply);
            let entry = table.entries.get(&pid);
            events.extend(entry.map(|entry| event::Usage { pid, usage: entry.record.usage(&entry.live.used) }.into()));
        }
        let (mut prepared, mut record) = (Vec::new(), None);
        if let Some(entry) = table.entries.get_mut(&pid) {
            prepared = crate::prepare(entry, &events);
            if noted {
                entry.record.rev += 1;
                prepared.push(entry.changed());
                record = Some(entry.record.clone());
            }
        }
        let (counted, counted_for) = (replies.clone(), scopes.clone());
        let pending = self.store.begin(prepared, move |db| {
            lines.iter().try_for_each(|line| put_line(db, pid, line, now))?;
            counted.iter().try_for_each(|reply| resource::store::count(db, pid, &counted_for, reply))?;
            record.iter().try_for_each(|record| store::put_record(db, record))?;
            fault::point("journal.written");
            Ok(())
        });
        Ok(Written { replies, scopes, pending })
    }
}

fn put_line(db: &Connection, pid: Pid, line: &JournalLine, now: u64) -> Result<()> {
    for (hash, bytes) in &line.parts {
        db.prepare_cached("INSERT OR IGNORE INTO parts (pid, hash, bytes) VALUES (?1, ?2, ?3)")?
            .execute((pid.0, hash, bytes))?;
    }
    db.prepare_cached("INSERT INTO journal (pid, n, entry) VALUES (?1, ?2, ?3)")?.execute((
        pid.0,
        line.n,
        &line.entry,
    ))?;
    if let Some(told) = &line.told {
        trajectory::put(db, pid, line.n, &serde_json::to_string(&told.entry)?)?;
    }
    for event in &line.events {
        if let Event::ipc(ipc::Event::Delivered(delivered)) = event {
            crate::ipc::store::delivered(db, pid, &delivered.messageId)?;
        }
    }
    for row in line.events.iter().filter_map(|event| timeline_row(event, line.step, now)) {
        store::add_timeline(db, pid, &row)?;
    }
    Ok(())
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
