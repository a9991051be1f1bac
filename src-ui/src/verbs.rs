//! What a person does to agents, from whichever place of the screen: each is one command, and one that fails says so
//! in a notice.

use aether_protocol::domains::agent::{self, AnswerQuestion, Approval, Continue, SendMessage};
use aether_protocol::domains::process::{self, Approve, PidRef, Reject, SendSignal, Signal};
use aether_protocol::{Pid, WireError};

use crate::kernel::Kernel;

/// Steps that one press grants to an agent that has used its own up.
pub const MORE_STEPS: u32 = 25;

/// What follows where one agent is stopped.
pub const STOPPED: &str = "It ends at once, with everything it is running. Its files and its record stay.";

/// What a person says to what an agent asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Yes,
    /// With a reason for the agent to read.
    No(Option<String>),
    Reply(String),
}

impl Verdict {
    /// What is told where it did not reach the agent.
    pub fn failed(&self) -> &'static str {
        match self {
            Verdict::Yes => "It was not approved",
            Verdict::No(_) => "It was not refused",
            Verdict::Reply(_) => "The answer was not given",
        }
    }
}

impl Kernel {
    /// Lets an agent do what it asked for.
    pub fn approve(&self, approval: &Approval) {
        self.settle_aside(approval, Verdict::Yes);
    }

    /// Refuses what an agent asked for, with a reason for it to read.
    pub fn reject(&self, approval: &Approval, reason: Option<String>) {
        self.settle_aside(approval, Verdict::No(reason));
    }

    /// Answers an agent's question.
    pub fn answer(&self, approval: &Approval, reply: String) {
        self.settle_aside(approval, Verdict::Reply(reply));
    }

    fn settle_aside(&self, approval: &Approval, verdict: Verdict) {
        let (what, pid, id) = (verdict.failed(), approval.pid, approval.id.clone());
        self.verb(what, move |kernel| async move { kernel.settle(pid, id, verdict).await });
    }

    /// Answers what an agent asked.
    ///
    /// # Errors
    /// When the answer did not reach it.
    pub async fn settle(&self, pid: Pid, approval: String, verdict: Verdict) -> Result<(), WireError> {
        let approval_id = Some(approval);
        match verdict {
            Verdict::Yes => process::Client(self).approve(Approve { pid, approval_id }).await,
            Verdict::No(reason) => process::Client(self).reject(Reject { pid, reason, approval_id }).await,
            Verdict::Reply(reply) => agent::Client(self).answer(AnswerQuestion { pid, reply, approval_id }).await,
        }
    }

    /// Holds an agent before its next step.
    pub fn pause(&self, pid: Pid) {
        self.verb("It was not paused", move |kernel| async move { agent::Client(&kernel).pause(PidRef { pid }).await });
    }

    /// Lets a held agent go on.
    pub fn resume(&self, pid: Pid) {
        self.verb(
            "It does not go on",
            move |kernel| async move { agent::Client(&kernel).resume(PidRef { pid }).await },
        );
    }

    /// Grants more steps to an agent that has used its own up.
    pub fn extend(&self, pid: Pid, steps: u32) {
        let request = Continue { pid, extra_steps: Some(steps) };
        self.verb("It got no more steps", |kernel| async move { agent::Client(&kernel).extend(request).await });
    }

    /// Ends an agent at once, with everything it runs.
    pub fn stop(&self, pid: Pid) {
        let request = SendSignal { pid, signal: Signal::SigTerm };
        self.verb("It was not stopped", |kernel| async move { process::Client(&kernel).signal(request).await });
    }

    /// Says something to an agent, which it reads before its next thought.
    ///
    /// # Errors
    /// When it could not be said; the words are the caller's to keep.
    pub async fn tell(&self, pid: Pid, content: String) -> Result<(), WireError> {
        agent::Client(self).message(SendMessage { pid, content }).await.map(drop)
    }

    fn verb<F>(&self, what: &'static str, work: impl FnOnce(Kernel) -> F)
    where
        F: Future<Output = Result<(), WireError>> + 'static,
    {
        self.attempt(what, work(self.clone()));
    }
}
