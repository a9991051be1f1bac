//! What a person does to agents, from whichever place of the screen: each is one command, and one that fails says so
//! in a notice.

use aether_protocol::domains::agent::{self, AnswerQuestion, Approval, Continue, SendMessage};
use aether_protocol::domains::process::{self, Approve, PidRef, Reject, SendSignal, Signal};
use aether_protocol::{Pid, WireError};

use crate::kernel::Kernel;

impl Kernel {
    /// Lets an agent do what it asked for.
    pub fn approve(&self, approval: &Approval) {
        let request = Approve { pid: approval.pid, approval_id: Some(approval.id.clone()) };
        self.verb("It was not approved", |kernel| async move { process::Client(&kernel).approve(request).await });
    }

    /// Refuses what an agent asked for, with a reason for it to read.
    pub fn reject(&self, approval: &Approval, reason: Option<String>) {
        let request = Reject { pid: approval.pid, reason, approval_id: Some(approval.id.clone()) };
        self.verb("It was not refused", |kernel| async move { process::Client(&kernel).reject(request).await });
    }

    /// Answers an agent's question.
    pub fn answer(&self, approval: &Approval, reply: String) {
        let request = AnswerQuestion { pid: approval.pid, reply, approval_id: Some(approval.id.clone()) };
        self.verb("The answer was not given", |kernel| async move { agent::Client(&kernel).answer(request).await });
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
