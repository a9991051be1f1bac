//! Limits of what a run may use. The kernel counts; the loop asks before it spends, and a person decides whether a run
//! at its limit goes on.

use aether_protocol::domains::agent::{ApprovalKind, AskApproval, Outcome, event};
use aether_protocol::domains::process::{AgentPhase, PidRef, ProcessState};
use aether_protocol::domains::resource::{self, Excess};
use aether_protocol::{ErrorCode, Event};

use crate::entry::Entry;
use crate::run::{FIRST_WAIT, Flow, Run, Stop, pause};

impl Run {
    /// True if the run may ask its model once more. At a limit it waits until a person has said so; refused, it ends.
    pub(crate) async fn within_limits(&mut self) -> Flow<bool> {
        loop {
            let Some(excess) = self.excess().await? else {
                // Answered, but the kernel ended before the answer was journalled.
                if let Some(limit) = self.state.limit.clone().filter(|limit| limit.granted.is_none()) {
                    self.limit_answered(limit.key, true, None).await?;
                }
                return Ok(true);
            };
            let known = self.state.limit.clone().filter(|limit| limit.key == excess.key);
            if known.is_none() {
                self.limit_reached(&excess).await?;
            }
            if known.and_then(|limit| limit.granted) != Some(false) {
                let request = AskApproval {
                    pid: self.spec.pid,
                    call_id: excess.key.clone(),
                    kind: ApprovalKind::Action,
                    action: excess.action.clone(),
                    details: excess.details.clone(),
                    grant: None,
                };
                let answer = self.put(request).await?;
                self.limit_answered(excess.key.clone(), answer.granted, answer.reason).await?;
                if answer.granted {
                    continue;
                }
            }
            let summary = format!("Ended at a limit, as a person decided: {}", excess.action);
            self.end(Outcome::Timeout, summary).await?;
            return Ok(false);
        }
    }

    /// The limit that is reached, if one is.
    async fn excess(&self) -> Flow<Option<Excess>> {
        let mut wait = FIRST_WAIT;
        loop {
            match resource::Client(&self.ports.gate).admit(PidRef { pid: self.spec.pid }).await {
                Ok(admission) => return Ok(admission.excess),
                Err(_) if self.spec.cancel.is_cancelled() => return Err(Stop::Cancelled),
                Err(error) if error.code == ErrorCode::Unavailable => wait = pause(&self.spec.cancel, wait).await?,
                Err(error) => return Err(Stop::Failed(format!("What it may use could not be read: {error}"))),
            }
        }
    }

    async fn limit_reached(&mut self, excess: &Excess) -> Flow<()> {
        let Excess { key, action, details, usage } = excess.clone();
        let exceeded = resource::event::Exceeded { pid: self.spec.pid, reason: action.clone(), usage };
        let at = self.ports.clock.now_ms();
        self.record(Entry::LimitReached { key, action, details, at }, vec![exceeded.into()]).await
    }

    async fn limit_answered(&mut self, key: String, granted: bool, reason: Option<String>) -> Flow<()> {
        let at = self.ports.clock.now_ms();
        self.record(Entry::LimitAnswered { key, granted, reason, at }, Vec::new()).await
    }

    pub(crate) async fn wait_for_steps(&mut self) -> Flow<()> {
        let pid = self.spec.pid;
        let (steps, extra) = (self.state.step, self.state.extra_steps);
        if *self.spec.extra_steps.borrow_and_update() <= extra {
            // The state first: whoever hears of the limit may grant steps at once.
            let waiting = Some("more steps".to_owned());
            self.report(ProcessState::Stopped, AgentPhase::Waiting, waiting, None).await?;
            if !self.state.at_limit {
                let summary = format!("Reached step limit ({steps}). Waiting for continue signal...");
                let reason = format!("The {steps} steps are used up.");
                let mut events: Vec<Event> = vec![
                    event::Thought { pid, thought: summary.clone() }.into(),
                    event::StepLimitReached { pid, stepsCompleted: steps, summary }.into(),
                ];
                if let Ok(usage) = resource::Client(&self.ports.gate).get_usage(PidRef { pid }).await {
                    events.push(resource::event::Exceeded { pid, reason, usage }.into());
                }
                self.record(Entry::StepLimit { steps, at: self.ports.clock.now_ms() }, events).await?;
            }
            let cancel = self.spec.cancel.clone();
            tokio::select! {
                () = cancel.cancelled() => return Err(Stop::Cancelled),
                granted = self.spec.extra_steps.wait_for(|granted| *granted > extra) => {
                    granted.map_err(|_| Stop::Cancelled)?;
                }
            }
        }
        let extra = *self.spec.extra_steps.borrow();
        let at = self.ports.clock.now_ms();
        self.record(Entry::Extended { extra, at }, Vec::new()).await
    }
}
