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

/// What is measured over less than this says little.
const FRESH: Duration = Duration::from_millis(500);

/// What a process and everything in its sandbox uses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// Of one core, since the sample before.
    pub cpu_percent: f64,
    pub memory_mb: f64,
    /// CPU time of everything it has ever run, that of earlier runs of the kernel included.
    total: Duration,
    last: Option<(Instant, Duration)>,
}

impl Usage {
    /// Of a process that had used that many milliseconds when it was last kept.
    pub fn after(cpu_ms: u64) -> Usage {
        Usage { total: Duration::from_millis(cpu_ms), ..Usage::default() }
    }

    /// CPU time in milliseconds.
    pub fn cpu_ms(&self) -> u64 {
        u64::try_from(self.total.as_millis()).unwrap_or(u64::MAX)
    }

    /// Of a process that runs nothing: what it starts next is counted from here.
    fn idle(self, at: Instant) -> Usage {
        Usage { total: self.total, last: Some((at, Duration::ZERO)), ..Usage::default() }
    }

    fn is_fresh(&self, at: Instant) -> bool {
        self.last.is_some_and(|(before, _)| at.duration_since(before) < FRESH)
    }

    /// The usage after another sample: CPU time so far, and bytes of memory.
    fn next(self, at: Instant, cpu: Duration, memory: u64) -> Usage {
        let cpu_percent = self.last.map_or(0.0, |(before, used)| {
            let passed = at.duration_since(before).as_secs_f64();
            // Less than before means that some of what was counted has ended.
            if passed > 0.0 { cpu.saturating_sub(used).as_secs_f64() / passed * 100.0 } else { self.cpu_percent }
        });
        let before = self.last.map_or(Duration::ZERO, |(_, used)| used);
        let total = self.total + cpu.saturating_sub(before);
        Usage { cpu_percent, memory_mb: memory as f64 / (1024.0 * 1024.0), total, last: Some((at, cpu)) }
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
            let Some(usage) = self.measure(pid) else { continue };
            load.cpu_percent += usage.cpu_percent;
            load.memory_mb += usage.memory_mb;
        }
        load
    }

    /// Looks what one process and everything in its sandbox uses: commands and terminals with all they have started.
    pub(crate) fn measure(&self, pid: Pid) -> Option<Usage> {
        // Outside the lock: an engine may have to look at many processes.
        let used = self.sandboxes.running(pid).iter().filter_map(|sandbox| sandbox.usage()).reduce(add);
        let mut table = self.table();
        let entry = table.entries.get_mut(&pid)?;
        let now = Instant::now();
        entry.live.usage = match used {
            Some((cpu, memory)) => entry.live.usage.next(now, cpu, memory),
            None => entry.live.usage.idle(now),
        };
        Some(entry.live.usage)
    }

    /// The same for somebody who asks, unless it has just been looked at.
    pub(crate) fn refresh(&self, pid: Pid) {
        let stale = self.table().entries.get(&pid).is_some_and(|entry| !entry.live.usage.is_fresh(Instant::now()));
        if stale {
            self.measure(pid);
        }
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

    #[test]
    fn the_whole_cpu_time_is_kept_over_the_ends_of_sandboxes_and_of_the_kernel() {
        let start = Instant::now();
        let second = |n| start + Duration::from_secs(n);
        let idle = Usage::after(1_000).idle(start);
        let first = idle.next(second(1), Duration::from_millis(500), 0);
        assert_eq!((first.cpu_percent, first.cpu_ms()), (50.0, 1_500), "counted from the moment nothing ran");
        let over = first.idle(second(2));
        assert_eq!((over.cpu_percent, over.cpu_ms()), (0.0, 1_500));
        assert_eq!(over.next(second(3), Duration::from_millis(250), 0).cpu_ms(), 1_750);
    }
}
