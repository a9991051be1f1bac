//! The commands of the `process` domain.

use aether_base::{Cx, Result};
use aether_protocol::Empty;
use aether_protocol::domains::process::{
    Api, Approve, HistoryQuery, PidRef, PrioritySet, ProcessInfo, ProcessState, QueuedSpawnRequest, Reject, SendSignal,
    SetPriority, Signal, Spawn, Spawned, event,
};
use aether_protocol::encoded::Encoded;
use aether_protocol::{Event, Pid};

use crate::approvals::Verdict;
use crate::error::ProcessError;
use crate::launch::killed;
use crate::life::Effect;
use crate::{Processes, settle};

impl Api<Cx> for Processes {
    async fn spawn(&self, cx: &Cx, request: Spawn) -> Result<Spawned> {
        let owner = cx.user()?;
        Ok(match cx.caller.pid() {
            Some(parent) => self.spawn_child(owner, parent, request.config).await?,
            None => self.spawn_within(owner, Pid(0), request.config, !cx.caller.is_admin()).await?,
        })
    }

    async fn signal(&self, _cx: &Cx, request: SendSignal) -> Result<()> {
        let SendSignal { pid, signal } = request;
        if let Some(code) = signal_ends(signal) {
            // Ended before anything is written: stop is stop, also on a full disk.
            return Ok(self.end(pid, Some(name(signal)), killed(code, name(signal))).await?);
        }
        let pending = self.change(pid, |entry| {
            let (effect, mut events) = entry.live_on(|life| life.signal(signal));
            match effect {
                Effect::Freeze => self.hold(entry),
                Effect::Thaw => self.let_go(entry),
                Effect::Forward => {
                    events.push(event::Signal { pid, signal: name(signal).to_owned() }.into());
                    self.sandboxes.running(pid).iter().for_each(|sandbox| sandbox.signal(signal));
                }
                Effect::None => {}
            }
            Ok(events)
        })?;
        let kept = settle(pending).await;
        if signal == Signal::SigCont {
            // One that was held in the queue takes its turn again.
            self.launch_ready();
        }
        Ok(kept?)
    }

    async fn list(&self, cx: &Cx, _request: Empty) -> Result<Vec<Encoded<ProcessInfo>>> {
        let processes = self.visible(cx)?;
        cx.tell(|| event::List { processes: processes.clone() });
        Ok(processes)
    }

    async fn history(&self, cx: &Cx, request: HistoryQuery) -> Result<Vec<ProcessInfo>> {
        let owner = if cx.caller.is_admin() { None } else { Some(cx.user()?.clone()) };
        let limit = request.limit.unwrap_or(100).min(1_000);
        let records = self.store.read(move |db| crate::store::dead_records(db, owner.as_ref(), limit)).await?;
        Ok(records.iter().map(|(record, used)| record.info(used)).collect())
    }

    async fn info(&self, _cx: &Cx, request: PidRef) -> Result<ProcessInfo> {
        self.refresh(request.pid);
        Ok(self.look_up(request).await?)
    }

    async fn approve(&self, cx: &Cx, request: Approve) -> Result<()> {
        let verdict = Verdict { granted: true, reason: None, reply: None };
        self.answer(&cx.caller, request.pid, request.approval_id, verdict).await?;
        // Where more was allowed than this agent's, others that waited for it go on.
        self.release().await;
        Ok(())
    }

    async fn reject(&self, cx: &Cx, request: Reject) -> Result<()> {
        let verdict = Verdict { granted: false, reason: request.reason, reply: None };
        Ok(self.answer(&cx.caller, request.pid, request.approval_id, verdict).await?)
    }

    async fn set_priority(&self, _cx: &Cx, request: SetPriority) -> Result<PrioritySet> {
        let SetPriority { pid, priority } = request;
        let priority =
            u8::try_from(priority).ok().filter(|level| (1..=5).contains(level)).ok_or(ProcessError::BadPriority)?;
        self.commit(pid, |entry| {
            let previous = entry.record.priority;
            entry.record.priority = priority;
            let nice = crate::exec::niceness(priority);
            self.sandboxes.running(pid).iter().for_each(|sandbox| sandbox.set_nice(nice));
            let changed: Event =
                event::PriorityChanged { pid, priority: priority.into(), previousPriority: previous.into() }.into();
            Ok(vec![changed])
        })
        .await?;
        Ok(PrioritySet { pid, priority })
    }

    async fn get_queue(&self, cx: &Cx, _request: Empty) -> Result<Vec<QueuedSpawnRequest>> {
        let table = self.table();
        let mine = |record: &crate::table::Record| cx.caller.is_admin() || cx.caller.user() == Some(&record.owner);
        let queue = table.queue();
        Ok(queue
            .iter()
            .filter_map(|pid| table.entries.get(pid))
            .map(|entry| &entry.record)
            .filter(|record| mine(record))
            .map(crate::table::Record::queued)
            .collect())
    }
}

impl Processes {
    /// One process, dead or not.
    pub(crate) async fn look_up(&self, PidRef { pid }: PidRef) -> crate::Result<ProcessInfo> {
        let living = self.table().entries.get(&pid).map(crate::table::Entry::info);
        if let Some(info) = living {
            return Ok(info);
        }
        let kept = self.store.read(move |db| crate::store::kept(db, pid)).await?;
        let (record, used) = kept.ok_or(ProcessError::NotFound(pid))?;
        Ok(record.info(&used))
    }

    /// The processes a caller may see.
    fn visible(&self, cx: &Cx) -> Result<Vec<Encoded<ProcessInfo>>> {
        let viewer = aether_base::Viewer::of(&cx.caller);
        let mine = |entry: &crate::table::Entry| {
            // What is dead is history, as soon as that is kept.
            entry.record.life.state != ProcessState::Dead
                && (cx.caller.user() == Some(&entry.record.owner) || cx.bus.visible(&entry.audience(), &viewer))
        };
        Ok(self.table().entries.shown(mine)?)
    }
}

/// The exit code of a process that this signal ends.
fn signal_ends(signal: Signal) -> Option<i32> {
    match signal {
        Signal::SigTerm => Some(143),
        Signal::SigKill => Some(137),
        Signal::SigStop | Signal::SigCont | Signal::SigInt | Signal::SigUsr1 | Signal::SigUsr2 => None,
    }
}

fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::SigTerm => "SIGTERM",
        Signal::SigKill => "SIGKILL",
        Signal::SigStop => "SIGSTOP",
        Signal::SigCont => "SIGCONT",
        Signal::SigInt => "SIGINT",
        Signal::SigUsr1 => "SIGUSR1",
        Signal::SigUsr2 => "SIGUSR2",
    }
}
