//! Why an agent stands still, and what lets it go on.

use aether_protocol::Pid;
use aether_protocol::domains::process::{AgentPhase, ProcessInfo, ProcessState};

/// An agent that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    pub reason: String,
    pub until: Until,
}

/// What ends a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// A person sets something right and resumes it.
    Resumed,
    /// A person grants more steps.
    Continued,
    /// It goes on by itself.
    Time,
}

impl Waits {
    pub fn of(info: &ProcessInfo) -> Option<Waits> {
        let until = match (info.state, info.agent_phase) {
            (ProcessState::Paused, _) => Until::Resumed,
            (ProcessState::Stopped, Some(AgentPhase::Waiting)) => Until::Continued,
            (ProcessState::Zombie | ProcessState::Dead, _) => return None,
            (ProcessState::Created | ProcessState::Running | ProcessState::Sleeping | ProcessState::Stopped, _) => {
                Until::Time
            }
        };
        let reason = match (until, &info.waiting_for) {
            (Until::Continued, reason) => format!("for {}", reason.as_deref().unwrap_or("more steps")),
            (Until::Resumed, None) => "until it is resumed".to_owned(),
            (Until::Time, None) => return None,
            (Until::Time, Some(reason)) if info.state == ProcessState::Created => format!("for {reason}"),
            (Until::Resumed | Until::Time, Some(reason)) => reason.clone(),
        };
        Some(Waits { reason, until })
    }

    /// True if a person who knows what was said before does not know this.
    pub fn is_news(&self, before: Option<&Waits>) -> bool {
        match before {
            // Just resumed: it says the same until it has tried again.
            Some(before) if before.reason == self.reason => before.until != self.until && self.until != Until::Time,
            Some(_) | None => true,
        }
    }

    /// What a person can do about it, if it needs one.
    pub fn way_on(&self, pid: Pid) -> Option<String> {
        match self.until {
            Until::Resumed => Some(format!(
                "Once that is set right, `aether resume {pid}` lets it go on; `aether stop {pid}` ends it."
            )),
            Until::Continued => Some(format!(
                "`aether continue {pid}` grants more, `aether continue {pid} --steps N` as many as you say; \
                 `aether stop {pid}` ends it."
            )),
            Until::Time => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(state: &str, phase: &str, waiting_for: Option<&str>) -> ProcessInfo {
        let record = serde_json::json!({
            "pid": 2, "ppid": 0, "uid": "agent_2", "name": "a", "command": "a", "state": state, "agentPhase": phase,
            "cwd": "/", "env": {}, "createdAt": 0, "priority": 3, "cpuPercent": 0.0, "memoryMB": 0.0,
            "waitingFor": waiting_for,
        });
        serde_json::from_value(record).expect("a process")
    }

    #[test]
    fn each_wait_names_what_ends_it() {
        let until = |state, phase, reason| Waits::of(&info(state, phase, reason)).map(|waits| waits.until);
        assert_eq!(until("paused", "waiting", Some("openai refused the API key.")), Some(Until::Resumed));
        assert_eq!(until("paused", "thinking", None), Some(Until::Resumed));
        assert_eq!(until("stopped", "waiting", Some("more steps")), Some(Until::Continued));
        assert_eq!(until("sleeping", "waiting", Some("Trying again in 4 s.")), Some(Until::Time));
        assert_eq!(until("created", "booting", Some("a free place")), Some(Until::Time));
        assert_eq!(until("running", "thinking", None), None);
        assert_eq!(until("zombie", "failed", None), None);
    }

    #[test]
    fn the_same_reason_is_told_again_only_when_it_holds_again() {
        let waits = |state| Waits::of(&info(state, "waiting", Some("no key"))).expect("it waits");
        let (held, resumed) = (waits("paused"), waits("sleeping"));
        assert!(held.is_news(None));
        assert!(!held.is_news(Some(&held)));
        assert!(!resumed.is_news(Some(&held)));
        assert!(held.is_news(Some(&resumed)));
    }
}
