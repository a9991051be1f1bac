//! Upkeep: what processes use right now, and what is no longer kept of those that ended.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aether_base::ports::EndedAgent;
use aether_base::{Prepared, Result};
use aether_protocol::Pid;
use aether_protocol::domains::process::ProcessState;

use crate::Processes;
use crate::store;
use crate::table::Entry;

/// What a process and everything in its sandbox uses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// Of one core, since the sample before.
    pub cpu_percent: f64,
    pub memory_mb: f64,
    last: Option<(Instant, Duration)>,
}

impl Usage {
    /// The usage after another sample: CPU time so far, and bytes of memory.
    fn next(self, at: Instant, cpu: Duration, memory: u64) -> Usage {
        let cpu_percent = self.last.map_or(0.0, |(before, used)| {
            let passed = at.duration_since(before).as_secs_f64();
            // Less than before means that some of what was counted has ended.
            if passed > 0.0 { cpu.saturating_sub(used).as_secs_f64() / passed * 100.0 } else { self.cpu_percent }
        });
        Usage { cpu_percent, memory_mb: memory as f64 / (1024.0 * 1024.0), last: Some((at, cpu)) }
    }
}

/// What all processes use together.
#[derive(Debug, Clone, Copy, Default)]
pub struct Load {
    pub processes: usize,
    pub cpu_percent: f64,
    pub memory_mb: f64,
}

fn add(one: (Duration, u64), other: (Duration, u64)) -> (Duration, u64) {
    (one.0 + other.0, one.1 + other.1)
}

impl Processes {
    /// Looks what every process uses, and answers the sum.
    pub fn sample(&self) -> Load {
        let living: Vec<Pid> = self.table().entries.keys().copied().collect();
        let mut load = Load { processes: living.len(), ..Load::default() };
        for pid in living {
            // Outside the lock: an engine may have to look at many processes.
            let used = self.sandboxes.running(pid).iter().filter_map(|sandbox| sandbox.usage()).reduce(add);
            let mut table = self.table();
            let Some(entry) = table.entries.get_mut(&pid) else { continue };
            entry.live.usage = match used {
                Some((cpu, memory)) => entry.live.usage.next(Instant::now(), cpu, memory),
                None => Usage::default(),
            };
            load.cpu_percent += entry.live.usage.cpu_percent;
            load.memory_mb += entry.live.usage.memory_mb;
        }
        load
    }

    /// What processes and their approvals are now, as whole entities for whoever may see them: all that live, and the ended ones named.
    pub async fn entities(&self, ended: BTreeSet<Pid>) -> Result<Vec<Prepared>> {
        let mut entities: Vec<Prepared> = Vec::new();
        for entry in self.table().entries.values() {
            entities.push(entry.changed());
            entities.extend(crate::prepare(entry, &crate::approvals::entities(entry)));
        }
        let dead = self.store.read(move |db| {
            let records = ended.into_iter().map(|pid| store::kept(db, pid));
            records.collect::<aether_store::Result<Vec<_>>>()
        });
        let dead = dead.await?.into_iter().flatten().filter(|(record, _)| record.life.state == ProcessState::Dead);
        entities.extend(dead.map(|(record, used)| {
            let mut entry = Entry::new(record);
            entry.live.used = used;
            entry.changed()
        }));
        Ok(entities)
    }

    /// What is remembered of those of these processes that have ended.
    pub async fn ended(&self, pids: Vec<Pid>) -> Result<Vec<EndedAgent>> {
        let records = self.store.read(move |db| {
            pids.into_iter().map(|pid| store::record(db, pid)).collect::<aether_store::Result<Vec<_>>>()
        });
        let ended = records.await?.into_iter().flatten().filter(|record| record.life.has_ended());
        let told = ended.map(|record| EndedAgent {
            pid: record.pid,
            at: record.life.exit.as_ref().map(|exit| exit.at),
            role: record.config.role,
        });
        Ok(told.collect())
    }

    /// Drops journals, timelines and messages of processes that ended before this time (milliseconds since the Unix
    /// epoch). Their records and homes stay. Answers how many processes it was.
    pub async fn forget_before(&self, before: u64) -> Result<usize> {
        Ok(self.store.write(move |db| store::forget_before(db, before)).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_what_was_used_between_two_samples() {
        let start = Instant::now();
        let second = |n| start + Duration::from_secs(n);
        let first = Usage::default().next(start, Duration::from_secs(3), 1024 * 1024);
        assert_eq!((first.cpu_percent, first.memory_mb), (0.0, 1.0));
        let busy = first.next(second(2), Duration::from_secs(4), 0);
        assert_eq!(busy.cpu_percent, 50.0);
        assert_eq!(busy.next(second(4), Duration::from_secs(1), 0).cpu_percent, 0.0, "part of it has ended");
    }
}
