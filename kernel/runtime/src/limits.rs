//! Limits of what a run may use. The kernel counts; the loop asks before it spends, and a person decides whether a run
//! at its limit goes on.

use aether_protocol::domains::agent::{ApprovalKind, AskApproval, Outcome, event};
use aether_protocol::domains::process::{AgentPhase, PidRef, ProcessState};
use aether_protocol::domains::resource::{self, Admission, AskAdmission, Excess, OnExceed};
use aether_protocol::{ErrorCode, Event};
use serde_json::json;

use crate::entry::Entry;
use crate::run::{FIRST_WAIT, Flow, Run, Stop, pause};
use crate::state::{Limit, RUNAWAY};

impl Run {
    /// True if the run may ask its model once more. At a limit it waits until a person has said so; refused, it ends.
    pub(crate) async fn within_limits(&mut self) -> Flow<bool> {
        loop {
            let Some(excess) = self.admission().await?.excess else {
                // Answered, but the kernel ended before the answer was journalled.
                let answered = |limit: &Limit| limit.granted.is_none() && !limit.key.starts_with(RUNAWAY);
                if let Some(limit) = self.state.limit.clone().filter(answered) {
                    self.limit_answered(limit.key, true, None).await?;
                }
                return Ok(true);
            };
            if !self.may_exceed(&excess).await? {
                return Ok(false);
            }
        }
    }

    /// True if the run does not go round in circles, or a person lets it go on all the same.
    pub(crate) async fn makes_headway(&mut self) -> Flow<bool> {
        let times = self.runtime.limits.max_repeats;
        let Some(circle) = self.state.repeats.circle(times) else { return Ok(true) };
        let told = circle.told();
        let pid = self.spec.pid;
        let kill = self.admission().await?.on_exceed == OnExceed::Kill;
        let usage = match resource::Client(&self.ports.gate).get_usage(PidRef { pid }).await {
            Ok(usage) => usage,
            Err(_) if self.spec.cancel.is_cancelled() => return Err(Stop::Cancelled),
            Err(error) => return Err(Stop::Failed(format!("What it has used could not be read: {error}"))),
        };
        let excess = Excess {
            // The same after a restart, and another one the next time.
            key: match &self.state.limit {
                Some(limit) if limit.key.starts_with(RUNAWAY) && limit.granted != Some(true) => limit.key.clone(),
                _ => format!("{RUNAWAY}{}", self.state.n),
            },
            action: format!(
                "Go on? It seems to go round in circles: it has made {told}. Approving lets it go on, rejecting ends it."
            ),
            details: json!({ "limit": "maxRepeats", "allowed": times, "used": circle.times, "does": circle.does })
                .to_string(),
            usage,
            kill,
        };
        if !self.may_exceed(&excess).await? {
            return Ok(false);
        }
        let text = format!("You have made {told}. A person lets you go on: try another way.");
        self.record(Entry::Note { text }, Vec::new()).await?;
        Ok(true)
    }

    /// True if the run has ended because its steps are used up and its policy is not to ask.
    pub(crate) async fn ended_at_steps(&mut self) -> Flow<bool> {
        match self.admission().await?.excess.filter(|excess| excess.kill) {
            Some(excess) => Ok(!self.may_exceed(&excess).await?),
            None => Ok(false),
        }
    }

    /// Says that a limit is reached, and asks a person whether the run goes on. Where it does not, it has ended.
    async fn may_exceed(&mut self, excess: &Excess) -> Flow<bool> {
        let known = self.state.limit.clone().filter(|limit| limit.key == excess.key);
        if known.is_none() {
            self.limit_reached(excess).await?;
        }
        if excess.kill {
            let summary = format!("Ended at a limit, as its policy is: {}", reached(&excess.action));
            self.end(Outcome::Timeout, summary).await?;
            return Ok(false);
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
                return Ok(true);
            }
        }
        let summary = format!("Ended at a limit, as a person decided: {}", reached(&excess.action));
        self.end(Outcome::Timeout, summary).await?;
        Ok(false)
    }

    /// Whether the run may spend more, by what the kernel has counted.
    async fn admission(&self) -> Flow<Admission> {
        let request = AskAdmission { pid: self.spec.pid, step: Some(self.state.step) };
        let mut wait = FIRST_WAIT;
        loop {
            match resource::Client(&self.ports.gate).admit(request).await {
                Ok(admission) => return Ok(admission),
                Err(_) if self.spec.cancel.is_cancelled() => return Err(Stop::Cancelled),
                Err(error) if error.code == ErrorCode::Unavailable => wait = pause(&self.spec.cancel, wait).await?,
                Err(error) => return Err(Stop::Failed(format!("What it may use could not be read: {error}"))),
            }
        }
    }

    async fn limit_reached(&mut self, excess: &Excess) -> Flow<()> {
        let Excess { key, action, details, usage, .. } = excess.clone();
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

/// Which limit it was, of a question on it.
fn reached(action: &str) -> &str {
    let sentences = action.split_once("? ").map_or(action, |(_, after)| after);
    sentences.rsplit_once(" Approving ").map_or(sentences, |(before, _)| before)
}
