//! The process as a part of snapshots: how far a run had come, and another process that goes on from there.
//!
//! An agent is held at a boundary of its journal: what is queued by then is in the snapshot, and nothing else is queued
//! until it has been taken. So a snapshot is what a kernel finds that is killed at that moment, and a restored run goes
//! on as one does after a restart.

mod store;

use std::sync::Arc;

use aether_base::ports::Owner;
use aether_base::snapshot::{Held, PartKept, SnapshotAgents, SnapshotPart, Successor};
use aether_base::{Result as BaseResult, now_ms};
use aether_protocol::domains::agent::Directive;
use aether_protocol::domains::process::{Signal, event};
use aether_protocol::{Event, Pid, TtyId};
use aether_store::Pending;
use async_trait::async_trait;

use crate::error::{ProcessError, Result};
use crate::life::Life;
use crate::table::{Entry, Record};
use crate::{Processes, settle};
use store::Captured;

/// The process group, as snapshots know it.
pub struct ProcessPart(pub Arc<Processes>);

/// Lets go of an agent when it is dropped.
struct Hold {
    processes: Arc<Processes>,
    pid: Pid,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let table = self.processes.table();
        let Some(entry) = table.entries.get(&self.pid) else { return };
        entry.live.captures.send_modify(|captures| *captures = captures.saturating_sub(1));
        let (free, runs) = (*entry.live.captures.borrow() == 0, *entry.live.directive.borrow() == Directive::Run);
        if free && runs {
            let inside = self.processes.sandboxes.running(self.pid);
            inside.iter().for_each(|sandbox| sandbox.signal(Signal::SigCont));
        }
    }
}

#[async_trait]
impl SnapshotAgents for ProcessPart {
    fn owner(&self, pid: Pid) -> Owner {
        self.0.owner(pid)
    }

    fn hold(&self, pid: Pid) -> Held {
        let hold = Hold { processes: self.0.clone(), pid };
        if let Some(entry) = self.0.table().entries.get(&pid) {
            entry.live.captures.send_modify(|captures| *captures += 1);
            self.0.sandboxes.running(pid).iter().for_each(|sandbox| sandbox.signal(Signal::SigStop));
        }
        Box::new(hold)
    }

    async fn reserve(&self, snapshot: &str, within_share: bool) -> BaseResult<Pid> {
        let record = self.0.capture_of(snapshot).await?.record;
        if within_share {
            self.0.check_share(&record.owner)?;
        }
        record.config.org_id.as_ref().map_or(Ok(()), |org| self.0.check_org(&record.owner, org))?;
        self.0.models.check(&record.owner, record.config.model.as_deref()).await?;
        let pid = {
            let mut table = self.0.table();
            self.0.has_room(&table)?;
            table.next += 1;
            Pid(table.next - 1)
        };
        self.0.store.write(move |db| crate::store::put_next_pid(db, pid.0 + 1)).await?;
        Ok(pid)
    }
}

#[async_trait]
impl SnapshotPart for ProcessPart {
    fn name(&self) -> &'static str {
        "process"
    }

    async fn capture(&self, snapshot: &str, pid: Pid) -> BaseResult<PartKept> {
        let living = self.0.table().entries.get(&pid).map(|entry| entry.record.clone());
        let record = match living {
            Some(record) => Some(record),
            None => self.0.store.read(move |db| crate::store::record(db, pid)).await?,
        };
        let record = record.ok_or(ProcessError::NotFound(pid))?;
        let id = snapshot.to_owned();
        self.0.store.write(move |db| store::capture(db, &id, &record)).await?;
        self.measure(snapshot).await
    }

    async fn measure(&self, snapshot: &str) -> BaseResult<PartKept> {
        let captured = self.0.capture_of(snapshot).await?;
        Ok(self.0.store.read(move |db| store::measure(db, &captured)).await?)
    }

    async fn restore(&self, snapshot: &str, to: Successor) -> BaseResult<()> {
        let captured = self.0.capture_of(snapshot).await?;
        Ok(self.0.go_on(captured, to).await?)
    }

    async fn discard(&self, snapshots: Vec<String>) -> BaseResult<()> {
        Ok(self.0.store.write(move |db| store::discard(db, &snapshots)).await?)
    }

    async fn kept(&self) -> BaseResult<Vec<String>> {
        Ok(self.0.store.read(store::kept).await?)
    }
}

impl Processes {
    /// Waits while a snapshot of the agent is taken.
    pub(crate) async fn captured(&self, pid: Pid) {
        let captures = self.table().entries.get(&pid).map(|entry| entry.live.captures.subscribe());
        if let Some(mut captures) = captures {
            // One that is gone is not captured any more.
            let _ = captures.wait_for(|captures| *captures == 0).await;
        }
    }

    async fn capture_of(&self, snapshot: &str) -> Result<Captured> {
        let id = snapshot.to_owned();
        let captured = self.store.read(move |db| store::load(db, &id)).await?;
        captured.ok_or_else(|| ProcessError::NoSnapshot(snapshot.to_owned()))
    }

    fn has_room(&self, table: &crate::table::Table) -> Result<()> {
        let living = table.entries.values().filter(|entry| !entry.record.life.has_ended()).count();
        if living >= self.config.max_processes { Err(ProcessError::TableFull(living)) } else { Ok(()) }
    }

    /// Puts the process that a run goes on as into the table: it starts at once, or queues if all places are taken. Its
    /// home is there.
    async fn go_on(&self, captured: Captured, to: Successor) -> Result<()> {
        let pid = to.pid;
        let (tty, pending) = self.enter(captured, to)?;
        if let Err(error) = settle(pending).await {
            // What is not on disk was refused, and must not start later.
            self.table().remove(pid);
            self.terminals.close_all(pid);
            return Err(error);
        }
        if let Some(entry) = self.table().entries.get_mut(&pid) {
            entry.live.kept = true;
        }
        if let Some(tty) = self.terminals.get(&tty) {
            self.terminals.announce(&tty);
        }
        self.launch_ready();
        Ok(())
    }

    fn enter(&self, captured: Captured, to: Successor) -> Result<(TtyId, Pending<()>)> {
        let now = now_ms();
        let restored = self.teller.restored(captured.record.pid, to.pid, now).map_err(ProcessError::NotRestored)?;
        let mut table = self.table();
        self.has_room(&table)?;
        // Whatever ends a parent looks for its children afterwards; one that has ended by now looks for none, and a start
        // ends what such a one has left.
        let parent = table.entries.get(&to.ppid).filter(|parent| !parent.record.life.has_ended());
        let to = Successor { ppid: parent.map_or(Pid(0), |parent| parent.record.pid), ..to };
        let queued = self.must_wait(&table, &captured.record.owner);
        let mut entry = Entry::new(successor(&captured, to, queued, now));
        entry.live.kept = false;
        let (pid, tty) = (to.pid, entry.record.tty.clone());
        self.terminals.register(tty.clone(), pid, entry.record.owner.clone());
        let mut events: Vec<Event> = vec![event::Spawned { pid, info: entry.info() }.into()];
        let priority = entry.record.priority.into();
        table.insert(entry);
        if queued && let Some(position) = table.place_of(pid) {
            events.push(event::Queued { pid, priority, position }.into());
        }
        let entry = table.entries.get_mut(&pid).ok_or(ProcessError::NotFound(pid))?;
        let pending = self.save_with(entry, &events, move |db| store::restore(db, &captured, pid, &restored));
        Ok((tty, pending))
    }
}

/// The process that goes on: what it was to do and may do is as it was, what it uses is counted from nothing.
fn successor(captured: &Captured, to: Successor, queued: bool, now: u64) -> Record {
    let old = &captured.record;
    Record {
        pid: to.pid,
        ppid: to.ppid,
        owner: old.owner.clone(),
        config: old.config.clone(),
        life: Life { extra_steps: old.life.extra_steps, ..Life::new(queued) },
        created_at: now,
        priority: old.priority,
        tty: TtyId(format!("tty_{}_{now}_0", to.pid)),
        model: old.model.clone(),
        step: old.step,
        max_steps: old.max_steps,
        limits: old.limits.afresh(),
        started_at: (captured.entries > 0).then_some(now),
        last_action: None,
        worked_ms: 0,
        cpu_ms: 0,
        depth: old.depth,
        forked_from: Some(old.pid),
        rev: 0,
    }
}
