//! What was measured while the window is open: the machine, and each agent.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use aether_protocol::Pid;
use aether_protocol::domains::kernel::{KernelMetricRecord, KernelStats};
use aether_protocol::domains::process::ProcessInfo;

const MIB: f64 = 1024.0 * 1024.0;
const HOUR: f64 = 3_600_000.0;
/// Measurements of an agent that are kept: what its line shows.
const KEPT: usize = 60;

/// Points of a plot: milliseconds since 1970, and a figure.
pub(super) type Points = Vec<(f64, f64)>;

/// What an agent uses now, and used before.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Usage {
    /// Of one core.
    pub cpu_percent: f64,
    pub memory_mb: f64,
    history: VecDeque<f64>,
}

impl Usage {
    /// Shares of one core, the oldest first.
    pub fn history(&self) -> Rc<[f64]> {
        self.history.iter().map(|percent| percent / 100.0).collect()
    }
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Figures {
    /// The newest of the machine.
    pub stats: Option<KernelStats>,
    cpu: VecDeque<(f64, f64)>,
    memory: VecDeque<(f64, f64)>,
    agents: BTreeMap<Pid, Usage>,
}

impl Figures {
    /// Takes in what was measured at `now`, in milliseconds since 1970.
    pub fn push(&mut self, now: f64, stats: KernelStats, living: &[ProcessInfo]) {
        if self.cpu.back().is_none_or(|(last, _)| *last < now) {
            self.cpu.push_back((now, stats.cpu_percent / 100.0));
            self.memory.push_back((now, stats.memory_used_mb as f64 * MIB));
        }
        for points in [&mut self.cpu, &mut self.memory] {
            while points.front().is_some_and(|(at, _)| *at < now - HOUR) {
                points.pop_front();
            }
        }
        self.stats = Some(stats);
        self.agents.retain(|pid, _| living.iter().any(|info| info.pid == *pid));
        for info in living {
            let usage = self.agents.entry(info.pid).or_default();
            (usage.cpu_percent, usage.memory_mb) = (info.cpu_percent, info.memory_mb);
            usage.history.push_back(info.cpu_percent);
            if usage.history.len() > KEPT {
                usage.history.pop_front();
            }
        }
    }

    /// What an agent uses, where it was measured.
    pub fn of(&self, pid: Pid) -> Option<&Usage> {
        self.agents.get(&pid)
    }

    /// The machine's load, as a share of all its cores.
    pub fn machine_cpu(&self) -> Points {
        self.cpu.iter().copied().collect()
    }

    /// The machine's memory in use, in bytes.
    pub fn machine_memory(&self) -> Points {
        self.memory.iter().copied().collect()
    }
}

/// What the agents used, as a share of all `cores`, and in bytes.
pub(super) fn agents_over_time<'a>(
    samples: impl Iterator<Item = &'a KernelMetricRecord> + Clone,
    cores: u32,
) -> (Points, Points) {
    let all = f64::from(cores.max(1)) * 100.0;
    let cpu = samples.clone().map(|sample| (sample.timestamp as f64, sample.cpu_percent / all)).collect();
    let memory = samples.map(|sample| (sample.timestamp as f64, sample.memory_mb * MIB)).collect();
    (cpu, memory)
}

/// A whole number of megabytes as bytes.
pub(super) fn bytes(megabytes: u64) -> u64 {
    megabytes.saturating_mul(1024 * 1024)
}

#[cfg(test)]
pub(super) mod tests {
    use aether_protocol::domains::process::ProcessInfo;

    use super::*;

    pub fn stats(cpu: f64) -> KernelStats {
        KernelStats {
            cpu_percent: cpu,
            cores: 4,
            memory_used_mb: 100,
            memory_total_mb: 400,
            disk_used_mb: 1,
            disk_total_mb: 2,
            hostname: None,
            os: String::new(),
            uptime_seconds: 9,
        }
    }

    pub fn process(pid: u64, cpu: f64) -> ProcessInfo {
        serde_json::from_value(serde_json::json!({
            "pid": pid, "ppid": 1, "uid": "agent", "name": "coder", "command": "goal", "state": "running", "cwd": "/",
            "env": {}, "createdAt": 1_000, "priority": 3, "cpuPercent": cpu, "memoryMB": 10.0
        }))
        .expect("a process")
    }

    #[test]
    fn an_hour_of_the_machine_is_kept() {
        let mut figures = Figures::default();
        for minute in 0..90 {
            figures.push(f64::from(minute) * 60_000.0, stats(50.0), &[]);
        }
        let points = figures.machine_cpu();
        assert_eq!((points.len(), points.first().map(|point| point.0)), (61, Some(29.0 * 60_000.0)));
        assert_eq!(points.last().map(|point| point.1), Some(0.5));
        figures.push(0.0, stats(1.0), &[]);
        assert_eq!(figures.machine_cpu().len(), 61, "what comes late is no point");
    }

    #[test]
    fn an_agents_line_ends_with_it() {
        let mut figures = Figures::default();
        for n in 0..100 {
            figures.push(f64::from(n), stats(0.0), &[process(2, f64::from(n)), process(3, 1.0)]);
        }
        let usage = figures.of(Pid(2)).expect("measured");
        assert_eq!((usage.cpu_percent, usage.history().len()), (99.0, KEPT));
        assert_eq!(usage.history().last(), Some(&0.99));
        figures.push(200.0, stats(0.0), &[process(3, 1.0)]);
        assert!(figures.of(Pid(2)).is_none() && figures.of(Pid(3)).is_some());
    }

    #[test]
    fn agents_are_measured_against_the_whole_machine() {
        let sample = KernelMetricRecord {
            timestamp: 5,
            process_count: 1,
            cpu_percent: 200.0,
            memory_mb: 1.0,
            container_count: 0,
        };
        let (cpu, memory) = agents_over_time([sample].iter(), 4);
        assert_eq!((cpu, memory), (vec![(5.0, 0.5)], vec![(5.0, MIB)]));
    }
}
