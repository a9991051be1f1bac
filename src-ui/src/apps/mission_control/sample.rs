//! Agents for tests.

use std::rc::Rc;

use aether_protocol::Pid;
use aether_protocol::domains::process::ProcessInfo;

use crate::store::{Agent, Agents};

/// An agent in a state and a phase, changed as the test needs it.
pub fn agent(pid: u64, state: &str, phase: &str, change: impl FnOnce(&mut ProcessInfo)) -> Rc<Agent> {
    let mut info: ProcessInfo = serde_json::from_value(serde_json::json!({
        "pid": pid, "ppid": 1, "uid": "agent", "name": "coder", "command": "goal", "state": state, "agentPhase": phase,
        "cwd": "/", "env": {}, "createdAt": 0, "priority": 3, "cpuPercent": 0.0, "memoryMB": 0.0
    }))
    .expect("a process");
    change(&mut info);
    let mut agents = Agents::default();
    agents.change(Pid(pid), 1, Some(info));
    agents.get(Pid(pid)).expect("known")
}
