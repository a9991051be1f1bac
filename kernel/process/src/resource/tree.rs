//! The tree of agents: what one uses, all above it use too, also those that have ended.

use std::collections::{BTreeMap, HashMap, HashSet};

use aether_protocol::domains::process::ProcessState;
use aether_protocol::{OrgId, Pid};

use super::Used;
use crate::table::{Record, Table};

/// What an agent and all below it have used.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    pub tokens: u64,
    pub cost_usd: f64,
    /// A day, by its number, and the tokens of that day.
    pub today: (u64, u64),
    pub steps: u64,
    pub worked_ms: u64,
}

impl Sum {
    /// What one agent has used by itself.
    pub fn own(record: &Record, used: &Used) -> Sum {
        Sum {
            tokens: used.tokens(),
            cost_usd: used.cost_usd,
            today: used.today,
            steps: record.step.into(),
            worked_ms: record.worked_ms,
        }
    }

    pub fn plus(self, other: Sum) -> Sum {
        let today = match self.today.0.cmp(&other.today.0) {
            std::cmp::Ordering::Less => other.today,
            std::cmp::Ordering::Equal => (self.today.0, self.today.1.saturating_add(other.today.1)),
            std::cmp::Ordering::Greater => self.today,
        };
        Sum {
            tokens: self.tokens.saturating_add(other.tokens),
            cost_usd: self.cost_usd + other.cost_usd,
            today,
            steps: self.steps.saturating_add(other.steps),
            worked_ms: self.worked_ms.saturating_add(other.worked_ms),
        }
    }

    pub fn tokens_on(&self, day: u64) -> u64 {
        if self.today.0 == day { self.today.1 } else { 0 }
    }
}

/// What the tree needs of agents that are not in the table any more.
#[derive(Debug, Default)]
pub struct Tree {
    /// Agents that have ended above agents that live.
    pub ended: BTreeMap<Pid, (Record, Used)>,
    /// What those have used that have ended and have none below them, by the next above that is known.
    pub below: HashMap<Pid, Sum>,
}

/// Which of the ended agents a start has to know of.
#[derive(Debug, Default)]
pub struct Ancestry {
    pub above: Vec<Record>,
    /// Each with the next above it that is known.
    pub below: Vec<(Record, Pid)>,
}

impl Ancestry {
    /// Looks through every record there is.
    pub fn of(records: &[Record]) -> Ancestry {
        let by_pid: HashMap<Pid, &Record> = records.iter().map(|record| (record.pid, record)).collect();
        let above = |pid: Pid| {
            let next = |pid: &Pid| by_pid.get(pid).map(|record| record.ppid).filter(|above| above < pid);
            std::iter::successors(Some(pid), next).skip(1).filter(|pid| by_pid.contains_key(pid))
        };
        let (dead, living): (Vec<_>, Vec<_>) =
            records.iter().partition(|record| record.life.state == ProcessState::Dead);
        let with_above = |record: &&Record| std::iter::once(record.pid).chain(above(record.pid));
        let known: HashSet<Pid> = living.iter().flat_map(with_above).collect();
        let mut ancestry = Ancestry::default();
        for record in dead {
            if known.contains(&record.pid) {
                ancestry.above.push(record.clone());
            } else if let Some(next) = above(record.pid).find(|pid| known.contains(pid)) {
                ancestry.below.push((record.clone(), next));
            }
        }
        ancestry
    }
}

impl Table {
    /// The record of an agent that lives, or has ended above one that does.
    pub fn record(&self, pid: Pid) -> Option<&Record> {
        let ended = || self.tree.ended.get(&pid).map(|(record, _)| record);
        self.entries.get(&pid).map(|entry| &entry.record).or_else(ended)
    }

    /// The agents above one, the nearest first.
    pub fn above(&self, pid: Pid) -> impl Iterator<Item = Pid> {
        let next = |pid: &Pid| self.record(*pid).map(|record| record.ppid).filter(|above| above < pid);
        std::iter::successors(Some(pid), next).skip(1).filter(|pid| self.record(*pid).is_some())
    }

    /// What an agent and all that came of it have used.
    pub fn sum(&self, pid: Pid) -> Sum {
        let living = self.entries.values().map(|entry| (&entry.record, &entry.live.used));
        let ended = self.tree.ended.values().map(|(record, used)| (record, used));
        let within =
            living.chain(ended).filter(|(one, _)| one.pid == pid || self.above(one.pid).any(|above| above == pid));
        within.fold(Sum::default(), |sum, (one, used)| {
            let below = self.tree.below.get(&one.pid).copied().unwrap_or_default();
            sum.plus(Sum::own(one, used)).plus(below)
        })
    }

    /// The organisation that pays for an agent: its own, or the nearest one above it.
    pub fn payer(&self, pid: Pid) -> Option<OrgId> {
        let org = |pid: Pid| self.owners.get(&pid).and_then(|(_, org)| org.clone());
        std::iter::once(pid).chain(self.above(pid)).find_map(org)
    }

    /// Takes an agent that is over out of the table. What it has used goes on counting for those above it, and its
    /// limits for those below.
    pub fn retire(&mut self, pid: Pid) {
        let Some(entry) = self.entries.remove(&pid) else { return };
        self.tree.ended.insert(pid, (entry.record, entry.live.used));
        let mut next = Some(pid);
        while let Some(pid) = next.take() {
            let has_below = |record: &Record| record.ppid == pid;
            let living = self.entries.values().any(|entry| has_below(&entry.record));
            if living || self.tree.ended.values().any(|(record, _)| has_below(record)) {
                return;
            }
            let Some((record, used)) = self.tree.ended.remove(&pid) else { return };
            let sum = Sum::own(&record, &used).plus(self.tree.below.remove(&pid).unwrap_or_default());
            if self.record(record.ppid).is_some() {
                let below = self.tree.below.entry(record.ppid).or_default();
                *below = below.plus(sum);
                next = Some(record.ppid).filter(|above| self.tree.ended.contains_key(above));
            }
        }
    }
}
