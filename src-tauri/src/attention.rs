//! What agents do while nobody looks: how many are at work, how many need a person, and what a person is told.
//!
//! A client of `aether.2` like the page, on a link of its own: it replaces what it knows by a snapshot and follows
//! `entity.changed` from there.

use std::collections::{HashMap, HashSet};

use aether_protocol::domains::agent::{Approval, ApprovalState, Outcome};
use aether_protocol::domains::process::{AgentPhase, ProcessInfo, ProcessState};
use aether_protocol::{Pid, Seq};
use aether_server::{Frame, Gone, Link, LinkSender};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::habits::Habits;

/// How many agents there are to look after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub working: usize,
    pub needing: usize,
}

impl Counts {
    /// True if closing the window would stop somebody.
    pub fn any(self) -> bool {
        self.working + self.needing > 0
    }

    /// As a person reads it.
    pub fn sentence(self) -> String {
        let agents = |count: usize| if count == 1 { "1 agent".to_owned() } else { format!("{count} agents") };
        match (self.working, self.needing) {
            (0, 0) => "No agent is at work".to_owned(),
            (working, 0) => format!("{} at work", agents(working)),
            (0, needing) => format!("{} waiting for you", agents(needing)),
            (working, needing) => format!("{} at work, {needing} waiting for you", agents(working)),
        }
    }
}

/// What a person is told when something happens that concerns them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub pid: Pid,
    pub title: String,
    pub text: String,
}

impl News {
    /// The address that shows what it is about.
    pub fn address(&self) -> String {
        format!("aether://agent/{}", self.pid)
    }
}

/// Why a link ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// The kernel is closing.
    Closing,
    /// It is to be opened again.
    Lost,
}

/// Who the agents are and what they are at.
#[derive(Default)]
pub struct Attention {
    agents: HashMap<Pid, Agent>,
    /// Who has asked something that nobody has answered yet.
    asking: HashSet<Pid>,
    habits: Habits,
    seq: Seq,
}

struct Agent {
    name: String,
    rev: u64,
    state: ProcessState,
    phase: Option<AgentPhase>,
}

#[derive(Deserialize)]
struct Head {
    r#type: String,
    #[serde(default)]
    seq: Option<Seq>,
}

#[derive(Deserialize)]
struct Welcome {
    #[serde(default)]
    snapshot: Option<Snapshot>,
    #[serde(default)]
    missed: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Snapshot {
    processes: Option<Vec<ProcessInfo>>,
    approvals: Option<Vec<Approval>>,
}

#[derive(Deserialize)]
struct Changed {
    kind: String,
    id: String,
    rev: u64,
    entity: Option<Value>,
}

#[derive(Deserialize)]
struct Asked {
    pid: Pid,
    action: String,
}

#[derive(Deserialize)]
struct Completed {
    pid: Pid,
    outcome: Outcome,
    summary: String,
}

#[derive(Deserialize)]
struct LimitReached {
    pid: Pid,
}

impl Attention {
    /// Follows what happens until the link ends. `changed` is told the counts after each frame, `news` what concerns a
    /// person.
    pub async fn follow(&mut self, mut link: Link, changed: impl Fn(Counts), news: impl Fn(News)) -> Ended {
        if self.begin(&link.sender).await.is_err() {
            return Ended::Lost;
        }
        while let Some(frame) = link.receiver.next().await {
            match frame {
                Frame::Text(text) => {
                    for told in self.read(&text) {
                        news(told);
                    }
                    changed(self.counts());
                }
                Frame::Binary(_) => {}
                Frame::Close { code: 1001, .. } => return Ended::Closing,
                Frame::Close { .. } => return Ended::Lost,
            }
        }
        Ended::Lost
    }

    async fn begin(&self, sender: &LinkSender) -> Result<(), Gone> {
        for frame in [json!({ "type": "hello", "since": self.seq }), Habits::question()] {
            sender.send(Frame::Text(frame.to_string())).await?;
        }
        Ok(())
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (pid, agent) in &self.agents {
            // An agent may wait for its model, too. One that has used up its steps is stopped while it waits, one whose
            // model has to be set right is paused.
            let waits = agent.phase == Some(AgentPhase::Waiting);
            match agent.state {
                ProcessState::Sleeping if waits && self.asking.contains(pid) => counts.needing += 1,
                ProcessState::Stopped | ProcessState::Paused if waits => counts.needing += 1,
                ProcessState::Created | ProcessState::Running | ProcessState::Sleeping => counts.working += 1,
                ProcessState::Stopped | ProcessState::Paused | ProcessState::Zombie | ProcessState::Dead => {}
            }
        }
        counts
    }

    /// Takes a frame, and answers what concerns a person in it.
    fn read(&mut self, frame: &str) -> Vec<News> {
        match serde_json::from_str::<Vec<&RawValue>>(frame) {
            Ok(events) => events.into_iter().filter_map(|event| self.event(event.get())).collect(),
            Err(_) => match serde_json::from_str::<Head>(frame) {
                Ok(head) if head.r#type == "welcome" => self.welcome(frame, head.seq),
                _ => self.event(frame).into_iter().collect(),
            },
        }
    }

    fn welcome(&mut self, frame: &str, seq: Option<Seq>) -> Vec<News> {
        let Ok(welcome) = serde_json::from_str::<Welcome>(frame) else {
            tracing::warn!("the kernel's welcome could not be read");
            return Vec::new();
        };
        if let Some(Snapshot { processes, approvals }) = welcome.snapshot {
            self.agents = processes.into_iter().flatten().map(|info| (info.pid, Agent::of(info, 0))).collect();
            let open = approvals.into_iter().flatten().filter(|approval| approval.state == ApprovalState::Open);
            self.asking = open.map(|approval| approval.pid).collect();
        }
        let news = welcome.missed.iter().filter_map(|event| self.event(event.get())).collect();
        self.seq = seq.unwrap_or(self.seq);
        news
    }

    fn event(&mut self, event: &str) -> Option<News> {
        let head: Head = serde_json::from_str(event).ok()?;
        self.seq = head.seq.unwrap_or(self.seq);
        match head.r#type.as_str() {
            "response.ok" => {
                self.habits.answered(event);
                None
            }
            "entity.changed" => self.change(serde_json::from_str(event).ok()?),
            "process.approval_required" => {
                let asked: Asked = serde_json::from_str(event).ok()?;
                self.asking.insert(asked.pid);
                Some(self.news(asked.pid, "needs you", asked.action))
            }
            "agent.stepLimitReached" => {
                let reached: LimitReached = serde_json::from_str(event).ok()?;
                Some(self.news(reached.pid, "needs you", "It has used up its steps and waits for more.".to_owned()))
            }
            "agent.completed" => {
                let completed: Completed = serde_json::from_str(event).ok()?;
                let wanted = self.habits.switches;
                let (became, calls) = match completed.outcome {
                    Outcome::Success => ("is done", wanted.done),
                    Outcome::Timeout => ("ran out of time", wanted.failed),
                    // Whoever stops an agent knows that it stops.
                    Outcome::Aborted => return None,
                    Outcome::Error => ("failed", wanted.failed),
                };
                calls.then(|| self.news(completed.pid, became, completed.summary))
            }
            _ => None,
        }
    }

    fn change(&mut self, changed: Changed) -> Option<News> {
        if changed.kind == "preference" {
            let value = changed.entity.and_then(|entity| entity.get("value").cloned()).unwrap_or_default();
            self.habits.changed(&changed.id, value, changed.rev);
            return None;
        }
        let pid = changed.id.parse().ok().map(Pid).filter(|_| changed.kind == "process")?;
        if self.agents.get(&pid).is_some_and(|agent| agent.rev > changed.rev) {
            return None;
        }
        let info: Option<ProcessInfo> = changed.entity.and_then(|entity| serde_json::from_value(entity).ok());
        let obstacle = info.as_ref().and_then(|info| info.waiting_for.clone());
        let agent = info.map(|info| Agent::of(info, changed.rev));
        if agent.as_ref().is_none_or(|agent| agent.phase != Some(AgentPhase::Waiting)) {
            // What was asked has been answered, or nobody is there to hear it.
            self.asking.remove(&pid);
        }
        let is_stuck = |agent: &Agent| (agent.state, agent.phase) == (ProcessState::Paused, Some(AgentPhase::Waiting));
        let gets_stuck = agent.as_ref().is_some_and(is_stuck) && !self.agents.get(&pid).is_some_and(is_stuck);
        match agent {
            Some(agent) => drop(self.agents.insert(pid, agent)),
            None => drop(self.agents.remove(&pid)),
        }
        // Who has asked something is paused by a person, who knows it.
        let obstacle = obstacle.filter(|_| gets_stuck && !self.asking.contains(&pid))?;
        Some(self.news(pid, "needs you", obstacle))
    }

    fn news(&self, pid: Pid, what: &str, text: String) -> News {
        let name = self.agents.get(&pid).map_or_else(|| format!("Agent {pid}"), |agent| agent.name.clone());
        News { pid, title: format!("{name} {what}"), text }
    }
}

impl Agent {
    fn of(info: ProcessInfo, rev: u64) -> Agent {
        Agent { name: info.name, rev, state: info.state, phase: info.agent_phase }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{block_on, program};

    fn process(pid: u64, state: &str, phase: &str) -> Value {
        json!({
            "pid": pid, "ppid": 1, "uid": format!("agent_{pid}"), "name": format!("Coder {pid}"), "command": "",
            "state": state, "agentPhase": phase, "cwd": "/", "env": {}, "createdAt": 0, "priority": 3,
            "cpuPercent": 0.0, "memoryMB": 0.0,
        })
    }

    fn changed(pid: u64, rev: u64, entity: &Value) -> String {
        let id = pid.to_string();
        json!({ "type": "entity.changed", "kind": "process", "id": id, "seq": 9, "rev": rev, "entity": entity })
            .to_string()
    }

    fn welcomed() -> Attention {
        let mut attention = Attention::default();
        let processes = [process(2, "running", "thinking"), process(3, "sleeping", "waiting")];
        let approval = json!({
            "id": "a", "pid": 3, "callId": "c", "kind": "action", "action": "use the network", "details": "",
            "createdAt": 0, "state": "open",
        });
        let snapshot = json!({ "processes": processes, "approvals": [approval] });
        let welcome = json!({ "type": "welcome", "seq": 8, "snapshot": snapshot });
        assert!(attention.read(&welcome.to_string()).is_empty());
        attention
    }

    #[test]
    fn agents_at_work_and_in_need_are_told_apart() {
        let mut attention = welcomed();
        assert_eq!(attention.counts(), Counts { working: 1, needing: 1 });
        assert_eq!(attention.counts().sentence(), "1 agent at work, 1 waiting for you");
        attention.read(&changed(3, 5, &process(3, "running", "executing")));
        assert_eq!(attention.counts(), Counts { working: 2, needing: 0 });
        attention.read(&changed(3, 4, &process(3, "sleeping", "waiting")));
        assert_eq!(attention.counts(), Counts { working: 2, needing: 0 }, "an older state changes nothing");
        attention.read(&changed(3, 5, &process(3, "sleeping", "waiting")));
        assert_eq!(attention.counts(), Counts { working: 2, needing: 0 }, "it waits for its model");
        let asked = json!({ "type": "process.approval_required", "seq": 9, "pid": 3, "action": "x", "details": "" });
        assert_eq!(attention.read(&asked.to_string()).len(), 1);
        assert_eq!(attention.counts(), Counts { working: 1, needing: 1 });
        attention.read(&changed(3, 6, &process(3, "zombie", "completed")));
        attention.read(&changed(2, 7, &Value::Null));
        assert_eq!(attention.counts(), Counts::default());
        assert!(!attention.counts().any());
        assert_eq!(attention.seq, Seq(9));
    }

    #[test]
    fn an_agent_whose_model_has_to_be_set_right_needs_a_person() {
        let mut attention = welcomed();
        let mut stuck = process(2, "paused", "waiting");
        stuck["waitingFor"] = json!("the key is not valid");
        let news = attention.read(&changed(2, 1, &stuck));
        assert_eq!(news.iter().map(|news| news.text.as_str()).collect::<Vec<_>>(), ["the key is not valid"]);
        assert_eq!(attention.counts(), Counts { working: 0, needing: 2 });
        assert!(attention.read(&changed(2, 2, &stuck)).is_empty(), "it is said once");
        assert!(attention.read(&changed(3, 2, &process(3, "paused", "waiting"))).is_empty());
    }

    #[test]
    fn a_person_is_told_what_concerns_them_and_nothing_else() {
        let mut attention = welcomed();
        let events = json!([
            { "type": "agent.thought", "seq": 9, "pid": 2, "thought": "hm" },
            { "type": "process.approval_required", "seq": 10, "pid": 3, "action": "use the network", "details": "" },
            { "type": "agent.completed", "seq": 11, "pid": 2, "outcome": "success", "steps": 1, "durationMs": 1,
              "role": "", "goal": "", "summary": "All tests pass." },
            { "type": "agent.completed", "seq": 12, "pid": 9, "outcome": "aborted", "steps": 1, "durationMs": 1,
              "role": "", "goal": "", "summary": "" },
        ]);
        let news = attention.read(&events.to_string());
        let shown: Vec<_> = news.iter().map(|news| (news.title.as_str(), news.text.as_str())).collect();
        assert_eq!(shown, [("Coder 3 needs you", "use the network"), ("Coder 2 is done", "All tests pass.")]);
        assert_eq!(news[0].address(), "aether://agent/3");
    }

    #[test]
    fn the_switches_of_the_settings_are_obeyed() {
        block_on(switched_off());
    }

    async fn switched_off() {
        let root = tempfile::tempdir().expect("a folder");
        let program = program(root.path()).await;
        let done = json!({ "type": "agent.completed", "seq": 1, "pid": 2, "outcome": "success", "summary": "" });
        let set = json!({ "type": "preference.set", "id": "set", "key": "desktop.habits", "value": { "done": false } });
        let hears = async |attention: &mut Attention, link: &mut Link| {
            while !attention.read(&done.to_string()).is_empty() {
                let Some(Frame::Text(frame)) = link.receiver.next().await else { panic!("the link is closed") };
                attention.read(&frame);
            }
        };
        let (mut first, mut link) = (Attention::default(), program.server().link());
        first.begin(&link.sender).await.expect("begun");
        link.sender.send(Frame::Text(set.to_string())).await.expect("sent");
        hears(&mut first, &mut link).await;
        let (mut later, mut link) = (Attention::default(), program.server().link());
        later.begin(&link.sender).await.expect("begun");
        hears(&mut later, &mut link).await;
        program.end().await.expect("an end");
    }
}
