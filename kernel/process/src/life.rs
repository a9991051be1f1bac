//! The life of a process: which state follows which. Pure, so that every transition is tested without a kernel.

use aether_protocol::domains::agent::Outcome;
use aether_protocol::domains::process::{AgentPhase, ProcessState, Signal};
use serde::{Deserialize, Serialize};

use crate::error::{ProcessError, Result};

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    pub code: i32,
    pub outcome: Outcome,
    pub summary: String,
    /// Milliseconds since the Unix epoch.
    pub at: u64,
}

/// Where a process is, and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    pub state: ProcessState,
    pub phase: AgentPhase,
    /// True while it waits for a free place and has not started.
    pub queued: bool,
    /// Why it waits, in words for the person.
    #[serde(default)]
    pub waiting_for: Option<String>,
    /// True while it has used its steps up, and waits for more.
    #[serde(default)]
    pub at_limit: bool,
    /// Steps granted beyond its configuration.
    #[serde(default)]
    pub extra_steps: u32,
    #[serde(default)]
    pub exit: Option<Exit>,
}

/// What the driver of the loop and the sandbox have to do about a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Hold the loop and freeze what runs inside.
    Freeze,
    /// Let the loop and what runs inside go on.
    Thaw,
    /// Hand the signal to what runs inside.
    Forward,
    /// Nothing changes.
    None,
}

impl Life {
    pub fn new(queued: bool) -> Life {
        Life {
            state: ProcessState::Created,
            phase: AgentPhase::Booting,
            queued,
            waiting_for: queued.then(|| "a free place".to_owned()),
            at_limit: false,
            extra_steps: 0,
            exit: None,
        }
    }

    /// True for processes that take one of the places for running agents.
    pub fn is_active(&self) -> bool {
        !self.queued && !self.has_ended()
    }

    pub fn has_ended(&self) -> bool {
        matches!(self.state, ProcessState::Zombie | ProcessState::Dead)
    }

    /// Moves on as the loop reports it. A held or ended process stays what it is: the report is late.
    pub fn report(&mut self, state: ProcessState, phase: AgentPhase, waiting_for: Option<String>) {
        if self.has_ended() {
            return;
        }
        self.phase = phase;
        self.waiting_for = waiting_for;
        self.at_limit = (state, phase) == (ProcessState::Stopped, AgentPhase::Waiting);
        if !matches!(self.state, ProcessState::Paused | ProcessState::Stopped) || state == ProcessState::Stopped {
            self.state = state;
        }
    }

    pub fn signal(&mut self, signal: Signal) -> Effect {
        if self.has_ended() {
            return Effect::None;
        }
        match signal {
            // These end the process, which is not a change of its life but the end of it.
            Signal::SigTerm | Signal::SigKill => Effect::None,
            Signal::SigStop => {
                self.state = ProcessState::Stopped;
                Effect::Freeze
            }
            // More steps come by no signal, but what is held besides may go on.
            Signal::SigCont if self.at_limit => Effect::Thaw,
            Signal::SigCont => match self.state {
                ProcessState::Stopped | ProcessState::Paused if self.queued => {
                    self.state = ProcessState::Created;
                    Effect::Thaw
                }
                ProcessState::Stopped | ProcessState::Paused if self.phase != AgentPhase::Waiting => {
                    self.state = ProcessState::Running;
                    Effect::Thaw
                }
                ProcessState::Stopped | ProcessState::Paused => {
                    self.state = ProcessState::Sleeping;
                    Effect::Thaw
                }
                ProcessState::Created
                | ProcessState::Running
                | ProcessState::Sleeping
                | ProcessState::Zombie
                | ProcessState::Dead => Effect::None,
            },
            Signal::SigInt | Signal::SigUsr1 | Signal::SigUsr2 => Effect::Forward,
        }
    }

    pub fn pause(&mut self) -> Result<()> {
        match self.state {
            ProcessState::Running | ProcessState::Sleeping if !self.queued => {
                self.state = ProcessState::Paused;
                Ok(())
            }
            _ => Err(ProcessError::NotRunning),
        }
    }

    pub fn resume(&mut self) -> Result<()> {
        if self.state != ProcessState::Paused {
            return Err(ProcessError::NotPaused);
        }
        if self.phase == AgentPhase::Waiting {
            self.state = ProcessState::Sleeping;
        } else {
            self.state = ProcessState::Running;
            self.phase = AgentPhase::Thinking;
        }
        Ok(())
    }

    /// Grants more steps to an agent that has used its own up.
    pub fn extend(&mut self, steps: u32) -> Result<()> {
        if !self.at_limit || self.has_ended() {
            return Err(ProcessError::NotAtLimit);
        }
        self.at_limit = false;
        self.extra_steps = self.extra_steps.saturating_add(steps);
        self.state = ProcessState::Running;
        self.phase = AgentPhase::Thinking;
        self.waiting_for = None;
        Ok(())
    }

    /// Ends the process; the first end is the one that counts.
    pub fn end(&mut self, exit: Exit) -> bool {
        if self.has_ended() {
            return false;
        }
        self.state = ProcessState::Zombie;
        self.phase = if exit.outcome == Outcome::Success { AgentPhase::Completed } else { AgentPhase::Failed };
        self.waiting_for = None;
        self.queued = false;
        self.exit = Some(exit);
        true
    }

    /// Nothing of it is left but its record.
    pub fn reap(&mut self) {
        self.state = ProcessState::Dead;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(state: ProcessState, phase: AgentPhase) -> Life {
        Life { state, phase, ..Life::new(false) }
    }

    #[test]
    fn signals_do_what_they_are_named_for() {
        let check = |state, phase, signal, effect, after| {
            let mut life = life(state, phase);
            assert_eq!(life.signal(signal), effect, "{signal:?} in {state:?}");
            assert_eq!(life.state, after, "{signal:?} in {state:?}");
        };
        use ProcessState::{Paused, Running, Sleeping, Stopped, Zombie};
        let thinking = AgentPhase::Thinking;
        check(Running, thinking, Signal::SigStop, Effect::Freeze, Stopped);
        check(Stopped, thinking, Signal::SigCont, Effect::Thaw, Running);
        check(Stopped, AgentPhase::Waiting, Signal::SigCont, Effect::Thaw, Sleeping);
        check(Paused, thinking, Signal::SigCont, Effect::Thaw, Running);
        check(Running, thinking, Signal::SigCont, Effect::None, Running);
        check(Running, thinking, Signal::SigInt, Effect::Forward, Running);
        check(Zombie, thinking, Signal::SigKill, Effect::None, Zombie);
        let mut queued = Life::new(true);
        queued.signal(Signal::SigStop);
        assert_eq!((queued.signal(Signal::SigCont), queued.state), (Effect::Thaw, ProcessState::Created));
    }

    #[test]
    fn a_late_report_does_not_wake_what_was_paused_or_killed() {
        let mut paused = life(ProcessState::Running, AgentPhase::Executing);
        paused.pause().expect("running");
        paused.report(ProcessState::Running, AgentPhase::Observing, None);
        assert_eq!((paused.state, paused.phase), (ProcessState::Paused, AgentPhase::Observing));
        paused.end(Exit { code: 137, outcome: Outcome::Aborted, summary: String::new(), at: 0 });
        paused.report(ProcessState::Running, AgentPhase::Thinking, None);
        assert_eq!(paused.state, ProcessState::Zombie);
    }

    #[test]
    fn only_what_runs_can_be_paused_and_only_what_is_paused_resumed() {
        let mut queued = Life::new(true);
        assert!(queued.pause().is_err());
        let mut running = life(ProcessState::Running, AgentPhase::Thinking);
        assert!(running.resume().is_err());
        running.pause().expect("running");
        assert!(running.pause().is_err());
        running.resume().expect("paused");
        assert_eq!(running.state, ProcessState::Running);
    }

    #[test]
    fn steps_are_granted_only_at_the_limit() {
        let mut working = life(ProcessState::Running, AgentPhase::Thinking);
        assert!(working.extend(5).is_err());
        let mut held = life(ProcessState::Sleeping, AgentPhase::Waiting);
        held.signal(Signal::SigStop);
        assert!(held.extend(5).is_err(), "what waits for something else gets no steps");
        let mut at_limit = life(ProcessState::Running, AgentPhase::Thinking);
        at_limit.report(ProcessState::Stopped, AgentPhase::Waiting, Some("more steps".into()));
        assert_eq!((at_limit.signal(Signal::SigCont), at_limit.state), (Effect::Thaw, ProcessState::Stopped));
        at_limit.extend(5).expect("at the limit");
        assert_eq!((at_limit.extra_steps, at_limit.state), (5, ProcessState::Running));
    }
}
