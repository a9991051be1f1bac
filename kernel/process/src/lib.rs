//! Processes: the table, signals, the queue, approvals, messages, the agent journal, what agents use, sandboxes in use,
//! terminals.
//!
//! What it owns: who runs, in which state, what it waits for, and what it has journalled.
//! What it never does: think. The loop that drives an agent is told of a launch and reports back by commands.

mod agent_api;
mod api;
mod approvals;
mod entries;
mod environment;
mod error;
mod exec;
mod family;
mod ipc;
mod journal;
mod launch;
mod life;
mod origin;
mod queue;
mod resource;
mod resource_api;
mod snapshots;
mod spending;
mod store;
mod table;
mod terminals;
mod trajectory;
mod tty_api;
mod upkeep;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_base::bus::{Audience, Bus, Prepared};
use aether_base::config::{ProcessConfig, SandboxConfig};
use aether_base::ports::{Homes, Memberships, Models, Owner};
use aether_base::sandbox::Engine;
use aether_base::streams::Streams;
use aether_base::{Cx, now_ms};
use aether_protocol::domains::agent::Grant;
use aether_protocol::domains::kernel::ProcessCounts;
use aether_protocol::domains::kernel::event::EntityChanged;
use aether_protocol::domains::process::ProcessState;
use aether_protocol::{Event, Pid, UserId};
use aether_store::rusqlite::Connection;
use aether_store::{Pending, Store};
use bytes::Bytes;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

pub use error::{ProcessError, Result};
pub use journal::{AgentJournal, JournalLine};
pub use launch::Launch;
pub use resource::Spent;
pub use snapshots::ProcessPart;
pub use spending::Spending;
pub use store::MIGRATIONS;
pub use trajectory::{Teller, Told};
pub use upkeep::Load;

use exec::Sandboxes;
use resource::Prices;
use resource::tree::Ancestry;
use table::{Entry, Table};
use terminals::Terminals;

/// What the process group is made of.
pub struct Parts {
    pub store: Arc<Store>,
    pub bus: Arc<Bus>,
    pub streams: Arc<Streams>,
    pub engine: Arc<dyn Engine>,
    /// The bare host, for agents that are allowed there.
    pub host: Arc<dyn Engine>,
    pub homes: Arc<dyn Homes>,
    pub models: Arc<dyn Models>,
    /// Which organisations an agent may be put into.
    pub memberships: Arc<dyn Memberships>,
    /// Tells journals of earlier versions.
    pub teller: Arc<dyn Teller>,
    pub process: ProcessConfig,
    pub sandbox: SandboxConfig,
}

/// The process group.
pub struct Processes {
    store: Arc<Store>,
    streams: Arc<Streams>,
    models: Arc<dyn Models>,
    memberships: Arc<dyn Memberships>,
    homes: Arc<dyn Homes>,
    teller: Arc<dyn Teller>,
    prices: Arc<Prices>,
    config: ProcessConfig,
    policy: SandboxConfig,
    table: Mutex<Table>,
    sandboxes: Sandboxes,
    terminals: Arc<Terminals>,
    launches: mpsc::UnboundedSender<Launch>,
}

impl Processes {
    /// Reads the table back from the store. Nothing runs until [`Processes::recover`].
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(parts: Parts) -> Result<(Arc<Processes>, mpsc::UnboundedReceiver<Launch>)> {
        let (records, next) = parts.store.read(|db| Ok((store::load_records(db)?, store::next_pid(db)?))).await?;
        let ancestry = Ancestry::of(&records);
        let mut table = Table::new(records, next);
        (table.tree, table.budgets) = parts.store.read(|db| resource::store::open(db, ancestry, now_ms())).await?;
        let living: Vec<Pid> = table.entries.keys().copied().collect();
        let approvals = parts.store.read(move |db| {
            let of_one = |pid| Ok((store::approvals_of(db, pid)?, resource::store::used(db, pid, now_ms())?));
            living.into_iter().map(of_one).collect::<aether_store::Result<Vec<_>>>()
        });
        for (entry, (approvals, used)) in table.entries.values_mut().zip(approvals.await?) {
            approvals::restore(entry, approvals);
            entry.live.used = used;
        }
        for (pid, newest) in parts.store.read(store::newest_messages).await? {
            if let Some(entry) = table.entries.get(&pid) {
                entry.live.inbox.send_replace(newest);
            }
        }
        let (launches, launched) = mpsc::unbounded_channel();
        let processes = Arc::new(Processes {
            sandboxes: Sandboxes::new(parts.engine, parts.host, parts.homes.clone()),
            terminals: Terminals::new(parts.bus, parts.streams.clone()),
            table: Mutex::new(table),
            store: parts.store,
            streams: parts.streams,
            models: parts.models,
            memberships: parts.memberships,
            homes: parts.homes,
            teller: parts.teller,
            prices: Arc::new(Prices::read()?),
            config: parts.process,
            policy: parts.sandbox,
            launches,
        });
        Ok((processes, launched))
    }

    /// Whose process it is. Answers from memory.
    pub fn owner(&self, pid: Pid) -> Owner {
        let table = self.table();
        table
            .owners
            .get(&pid)
            .map_or(Owner::Missing, |(user, org)| Owner::User { user: user.clone(), org: org.clone() })
    }

    /// What a person has allowed this process for the step that runs now. Answers from memory.
    pub fn grants(&self, pid: Pid) -> Vec<Grant> {
        self.table().entries.get(&pid).map(|entry| entry.live.grants.clone()).unwrap_or_default()
    }

    /// True if `child` was spawned by `parent`, also once it has ended. Answers from memory.
    pub fn is_child(&self, parent: Pid, child: Pid) -> bool {
        self.table().parents.get(&child) == Some(&parent)
    }

    /// The caller's processes by state; everyone's for an administrator.
    pub fn counts(&self, cx: &Cx) -> ProcessCounts {
        let mut counts = ProcessCounts::default();
        let table = self.table();
        let mine = |owner: &UserId| cx.caller.is_admin() || cx.caller.user() == Some(owner);
        for entry in table.entries.values().filter(|entry| mine(&entry.record.owner)) {
            let count = match entry.record.life.state {
                ProcessState::Created => &mut counts.created,
                ProcessState::Running => &mut counts.running,
                ProcessState::Sleeping => &mut counts.sleeping,
                ProcessState::Stopped => &mut counts.stopped,
                ProcessState::Paused => &mut counts.paused,
                ProcessState::Zombie => &mut counts.zombie,
                ProcessState::Dead => &mut counts.dead,
            };
            *count += 1;
        }
        let dead = table.owners.iter().filter(|(pid, (owner, _))| mine(owner) && !table.entries.contains_key(pid));
        counts.dead += dead.count() as u32;
        counts
    }

    /// Hands a piece of a thought to whoever watches it being written. A watcher that lags misses it: the whole
    /// thought comes as an event.
    pub fn write_thought(&self, pid: Pid, text: &str) {
        if let Some(entry) = self.table().entries.get_mut(&pid) {
            let piece = Bytes::copy_from_slice(text.as_bytes());
            entry
                .live
                .watchers
                .retain(|watcher| !matches!(watcher.try_send(piece.clone()), Err(TrySendError::Closed(_))));
        }
    }

    /// Whose terminal it is. Answers from memory.
    pub fn terminal_owner(&self, tty: &str) -> Owner {
        self.terminals.owner(tty).map_or(Owner::Missing, Owner::user)
    }

    /// The processes of a user that still have a place in the table.
    pub fn pids_of(&self, user: &UserId) -> Vec<Pid> {
        self.table()
            .entries
            .values()
            .filter(|entry| entry.record.owner == *user)
            .map(|entry| entry.record.pid)
            .collect()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes one entry and queues its row and its events in one write, in the order changes happen.
    fn change<F>(&self, pid: Pid, change: F) -> Result<Pending<()>>
    where
        F: FnOnce(&mut Entry) -> Result<Vec<Event>>,
    {
        let mut table = self.table();
        let entry = table.entries.get_mut(&pid).ok_or(ProcessError::NotFound(pid))?;
        let events = change(entry)?;
        Ok(self.save(entry, &events))
    }

    /// Like [`Processes::change`], and waits until it is on disk.
    async fn commit<F>(&self, pid: Pid, change: F) -> Result<()>
    where
        F: FnOnce(&mut Entry) -> Result<Vec<Event>>,
    {
        let pending = self.change(pid, change)?;
        settle(pending).await
    }

    /// Queues an entry's row with its events. Call it with the table locked, so that writes keep their order.
    fn save(&self, entry: &mut Entry, events: &[Event]) -> Pending<()> {
        self.save_with(entry, events, |_| Ok(()))
    }

    /// Like [`Processes::save`], with further rows in the same transaction.
    fn save_with<F>(&self, entry: &mut Entry, events: &[Event], rows: F) -> Pending<()>
    where
        F: FnOnce(&Connection) -> aether_store::Result<()> + Send + 'static,
    {
        self.save_telling(entry, events, Vec::new(), rows)
    }

    /// Like [`Processes::save_with`], with events for others than those who may see the process.
    fn save_telling<F>(&self, entry: &mut Entry, events: &[Event], told: Vec<Prepared>, rows: F) -> Pending<()>
    where
        F: FnOnce(&Connection) -> aether_store::Result<()> + Send + 'static,
    {
        entry.record.rev += 1;
        entry.record.cpu_ms = entry.live.usage.cpu_ms();
        let record = entry.record.clone();
        let mut prepared = prepare(entry, events);
        prepared.extend(told);
        prepared.push(entry.changed());
        self.store.begin(prepared, move |db| {
            store::put_record(db, &record)?;
            rows(db)
        })
    }
}

/// What an entity is now, whole, for stores that are fed by changes; `None` if it is gone.
fn entity<T: Serialize>(kind: &str, id: String, rev: u64, entity: Option<&T>) -> Event {
    let entity = entity.and_then(|entity| serde_json::to_value(entity).ok());
    EntityChanged { kind: kind.to_owned(), id, rev, entity }.into()
}

/// Serialises events for whoever may see this process.
fn prepare(entry: &Entry, events: &[Event]) -> Vec<Prepared> {
    let audience = entry.audience();
    events.iter().map(|event| Bus::prepare_to(event, audience.clone())).collect()
}

/// Waits for a queued write.
async fn settle<T>(pending: Pending<T>) -> Result<T> {
    Ok(pending.await.unwrap_or(Err(aether_store::StoreError::Closed))?)
}

/// Everyone who may see a process of this user.
fn audience(user: &UserId, org: Option<&aether_protocol::OrgId>) -> Audience {
    Audience::User { user: user.clone(), org: org.cloned() }
}

#[cfg(test)]
mod tests;
