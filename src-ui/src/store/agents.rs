//! Agents, by what they want of the person: the order in which every screen shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aether_protocol::Pid;
use aether_protocol::domains::agent::Outcome;
use aether_protocol::domains::process::{AgentPhase, ProcessInfo, ProcessState};

/// What an agent's state means to the person who owns it, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    NeedsYou,
    Working,
    Paused,
    Queued,
    Failed,
    Done,
}

impl Standing {
    pub const ALL: [Standing; 6] =
        [Standing::NeedsYou, Standing::Working, Standing::Paused, Standing::Queued, Standing::Failed, Standing::Done];

    pub fn label(self) -> &'static str {
        match self {
            Standing::NeedsYou => "Needs you",
            Standing::Working => "Working",
            Standing::Paused => "Paused",
            Standing::Queued => "Queued",
            Standing::Failed => "Failed",
            Standing::Done => "Done",
        }
    }

    /// True while the agent may still do something.
    pub fn is_alive(self) -> bool {
        !matches!(self, Standing::Failed | Standing::Done)
    }
}

/// One agent as the screen knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    pub info: ProcessInfo,
    rev: u64,
    /// It has asked the person something and waits for the answer.
    asks: bool,
}

impl Agent {
    pub fn pid(&self) -> Pid {
        self.info.pid
    }

    /// The name to show: its role, where it was given one.
    pub fn name(&self) -> &str {
        self.info.role.as_deref().filter(|role| !role.is_empty()).unwrap_or(&self.info.name)
    }

    pub fn goal(&self) -> &str {
        self.info.goal.as_deref().unwrap_or(&self.info.command)
    }

    pub fn standing(&self) -> Standing {
        let standing = standing(&self.info);
        if self.asks && standing.is_alive() { Standing::NeedsYou } else { standing }
    }

    /// The step that it is on; `told` is the one that its record is at. The kernel counts those that are done, and the
    /// record is ahead of it while one is held.
    pub fn under_way(&self, told: Option<u32>) -> u32 {
        let on_one = match self.standing() {
            Standing::Working | Standing::NeedsYou => self.info.started_at.is_some(),
            Standing::Paused | Standing::Queued | Standing::Failed | Standing::Done => false,
        };
        let done = self.info.step.unwrap_or_default();
        let step = done.saturating_add(u32::from(on_one)).max(told.unwrap_or_default());
        step.min(self.info.max_steps.unwrap_or(u32::MAX))
    }

    /// What it does right now, in a word or two.
    pub fn doing(&self) -> &'static str {
        let standing = self.standing();
        match (standing, self.info.agent_phase) {
            (Standing::Working, Some(AgentPhase::Booting)) => "Starting",
            (Standing::Working, Some(AgentPhase::Thinking)) => "Thinking",
            (Standing::Working, Some(AgentPhase::Executing)) => "Acting",
            (Standing::Working, Some(AgentPhase::Waiting)) => "Waiting",
            (standing, _) => standing.label(),
        }
    }
}

/// See [`Standing`].
pub fn standing(info: &ProcessInfo) -> Standing {
    let failed = match info.outcome {
        Some(Outcome::Success) => false,
        Some(Outcome::Timeout | Outcome::Aborted | Outcome::Error) => true,
        None => info.agent_phase == Some(AgentPhase::Failed) || info.exit_code.is_some_and(|code| code != 0),
    };
    match (info.state, info.agent_phase) {
        (ProcessState::Zombie | ProcessState::Dead, _) if failed => Standing::Failed,
        (ProcessState::Zombie | ProcessState::Dead, _) => Standing::Done,
        (ProcessState::Created, _) => Standing::Queued,
        // One that backs off from its provider sleeps; whatever else waits, waits for a person.
        (ProcessState::Running | ProcessState::Paused | ProcessState::Stopped, Some(AgentPhase::Waiting)) => {
            Standing::NeedsYou
        }
        (ProcessState::Paused | ProcessState::Stopped, _) => Standing::Paused,
        (ProcessState::Running | ProcessState::Sleeping, _) => Standing::Working,
    }
}

/// The slice: every agent the person may see, the ended ones too.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Agents {
    by_pid: BTreeMap<Pid, Rc<Agent>>,
    asking: BTreeSet<Pid>,
    /// True once the kernel has said what there is.
    pub known: bool,
}

impl Agents {
    pub fn get(&self, pid: Pid) -> Option<Rc<Agent>> {
        self.by_pid.get(&pid).cloned()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Rc<Agent>> {
        self.by_pid.values()
    }

    pub fn count(&self, standing: Standing) -> usize {
        self.iter().filter(|agent| agent.standing() == standing).count()
    }

    /// All agents, the most urgent first, and among equals the newest.
    pub fn sorted(&self) -> Vec<Rc<Agent>> {
        let mut agents: Vec<_> = self.iter().cloned().collect();
        agents.sort_by_key(|agent| (agent.standing(), std::cmp::Reverse(agent.pid())));
        agents
    }

    /// Takes in everything there is. Ended ones that are known already stay.
    pub fn replace(&mut self, living: Vec<ProcessInfo>) {
        self.by_pid.retain(|_, agent| !agent.standing().is_alive());
        for info in living {
            self.by_pid.insert(info.pid, Rc::new(Agent { asks: self.asking.contains(&info.pid), info, rev: 0 }));
        }
        self.known = true;
    }

    /// Takes in ended ones, where nothing newer is known.
    pub fn remember(&mut self, ended: Vec<ProcessInfo>) {
        for info in ended {
            self.by_pid.entry(info.pid).or_insert_with(|| Rc::new(Agent { info, rev: 0, asks: false }));
        }
    }

    /// Takes in one, if it is newer than what is known. `None` says that it is gone without a record.
    pub fn change(&mut self, pid: Pid, rev: u64, info: Option<ProcessInfo>) {
        if self.by_pid.get(&pid).is_some_and(|known| known.rev > rev) {
            return;
        }
        match info {
            Some(info) => {
                let asks = self.asking.contains(&pid);
                self.by_pid.insert(pid, Rc::new(Agent { info, rev, asks }));
            }
            None => drop(self.by_pid.remove(&pid)),
        }
    }

    /// Which agents have asked the person something.
    pub fn set_asking(&mut self, asking: BTreeSet<Pid>) {
        for (pid, agent) in &mut self.by_pid {
            let asks = asking.contains(pid);
            if agent.asks != asks {
                Rc::make_mut(agent).asks = asks;
            }
        }
        self.asking = asking;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(pid: u64, state: ProcessState, phase: AgentPhase) -> ProcessInfo {
        let mut info: ProcessInfo = serde_json::from_value(serde_json::json!({
            "pid": pid, "ppid": 1, "uid": "agent", "name": "coder", "command": "goal", "state": "running", "cwd": "/",
            "env": {}, "createdAt": 0, "priority": 3, "cpuPercent": 0.0, "memoryMB": 0.0
        }))
        .expect("a process");
        (info.state, info.agent_phase) = (state, Some(phase));
        info
    }

    #[test]
    fn who_needs_the_person_comes_first_and_the_newest_among_equals() {
        let mut agents = Agents::default();
        agents.replace(vec![
            info(2, ProcessState::Running, AgentPhase::Thinking),
            info(3, ProcessState::Running, AgentPhase::Waiting),
            info(4, ProcessState::Running, AgentPhase::Executing),
            info(5, ProcessState::Created, AgentPhase::Idle),
        ]);
        let order: Vec<u64> = agents.sorted().iter().map(|agent| agent.pid().0).collect();
        assert_eq!(order, [3, 4, 2, 5]);
    }

    #[test]
    fn an_older_copy_changes_nothing_and_a_newer_one_does() {
        let mut agents = Agents::default();
        agents.change(Pid(2), 5, Some(info(2, ProcessState::Running, AgentPhase::Thinking)));
        agents.change(Pid(2), 4, Some(info(2, ProcessState::Paused, AgentPhase::Idle)));
        assert_eq!(agents.get(Pid(2)).expect("known").standing(), Standing::Working);
        agents.change(Pid(2), 6, None);
        assert!(agents.get(Pid(2)).is_none());
    }

    #[test]
    fn a_snapshot_keeps_ended_agents_and_drops_living_ones_it_does_not_name() {
        let mut agents = Agents::default();
        agents.change(Pid(2), 1, Some(info(2, ProcessState::Dead, AgentPhase::Completed)));
        agents.change(Pid(3), 1, Some(info(3, ProcessState::Running, AgentPhase::Thinking)));
        agents.replace(Vec::new());
        assert!(agents.get(Pid(2)).is_some() && agents.get(Pid(3)).is_none());
    }

    #[test]
    fn one_that_asks_needs_the_person_whatever_else_it_waits_for() {
        let mut agents = Agents::default();
        agents.replace(vec![info(2, ProcessState::Sleeping, AgentPhase::Waiting)]);
        agents.set_asking(BTreeSet::from([Pid(2)]));
        assert_eq!(agents.get(Pid(2)).expect("known").standing(), Standing::NeedsYou);
        agents.change(Pid(2), 1, Some(info(2, ProcessState::Dead, AgentPhase::Failed)));
        assert_eq!(agents.get(Pid(2)).expect("known").standing(), Standing::Failed);
        agents.set_asking(BTreeSet::new());
        agents.change(Pid(2), 2, Some(info(2, ProcessState::Running, AgentPhase::Thinking)));
        assert_eq!(agents.get(Pid(2)).expect("known").standing(), Standing::Working);
    }

    #[test]
    fn the_step_is_the_one_that_it_is_on() {
        let with = |done: u32, state, phase| {
            let mut info = info(1, state, phase);
            (info.step, info.max_steps, info.started_at) = (Some(done), Some(3), Some(1));
            Agent { info, rev: 0, asks: false }
        };
        let thinking = with(2, ProcessState::Running, AgentPhase::Thinking);
        let waiting = with(2, ProcessState::Running, AgentPhase::Waiting);
        assert_eq!((thinking.under_way(Some(2)), waiting.under_way(Some(3))), (3, 3));
        let paused = with(2, ProcessState::Paused, AgentPhase::Idle);
        assert_eq!((paused.under_way(Some(2)), paused.under_way(Some(3))), (2, 3));
        assert_eq!(with(3, ProcessState::Running, AgentPhase::Waiting).under_way(Some(3)), 3, "there is no fourth");
        let queued = Agent { info: info(1, ProcessState::Created, AgentPhase::Idle), rev: 0, asks: false };
        assert_eq!(queued.under_way(None), 0);
    }

    #[test]
    fn a_sleeping_agent_works_and_a_failed_one_says_so() {
        assert_eq!(standing(&info(1, ProcessState::Sleeping, AgentPhase::Waiting)), Standing::Working);
        assert_eq!(standing(&info(1, ProcessState::Zombie, AgentPhase::Failed)), Standing::Failed);
        assert_eq!(standing(&info(1, ProcessState::Zombie, AgentPhase::Completed)), Standing::Done);
    }
}
