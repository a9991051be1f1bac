//! Acting: the calls of a reply, each journalled before it runs and after it has run.
//!
//! Calls that only read run at the same time; the others run alone, in the order the model gave them.

use aether_protocol::domains::agent::{self, Answer, ApprovalKind, AskApproval, event};
use aether_protocol::domains::process::{AgentPhase, ProcessState};
use aether_protocol::{ErrorCode, Event};
use futures_util::future::join_all;

use crate::context;
use crate::entry::{CallId, Entry};
use crate::ports::{Ended, ToolUse};
use crate::run::{FIRST_WAIT, Flow, Run, Stop, pause};
use crate::state::{Answered, Asked, PendingCall};
use crate::tools::{self, AnyTool, Effect, Output, ToolCx, ToolError};

/// Characters of a result that its event carries.
const OBSERVATION: usize = 500;

/// Calls that run at the same time, at most.
const BATCH: usize = 8;
/// Characters of a result that are journalled.
const KEPT: usize = 256 * 1024;

/// What to do about one call, by what the journal says of it.
enum Plan {
    /// Run it; several such calls may run at the same time if all of them only read.
    Run(&'static dyn AnyTool),
    /// A person is asked, or was and has not answered.
    Ask(Asked),
    /// Its result is known without running anything.
    Known { ok: bool, output: String, interrupted: bool },
}

type Ran = (CallId, Result<Output, ToolError>);

impl Run {
    /// Does the next of the pending calls: one, or several that only read.
    pub(crate) async fn act(&mut self) -> Flow<()> {
        let Some(first) = self.state.pending.values().next().cloned() else { return Ok(()) };
        match self.plan(&first)? {
            Plan::Known { ok, output, interrupted } => {
                let text = Output { text: output, events: Vec::new() };
                self.observe(&first, ok, text, interrupted).await
            }
            Plan::Ask(asked) => self.ask(&first, asked).await,
            Plan::Run(tool) => {
                let batch = self.batch(first, tool)?;
                self.run_batch(batch).await
            }
        }
    }

    fn plan(&self, pending: &PendingCall) -> Flow<Plan> {
        let allowed = self.started()?.tools;
        if crate::state::End::NotYet != self.state.end {
            let output = "Skipped: the run was completed before.".to_owned();
            return Ok(Plan::Known { ok: false, output, interrupted: false });
        }
        if let Some(why) = &pending.call.invalid {
            let output = format!("The arguments could not be read: {why}");
            return Ok(Plan::Known { ok: false, output, interrupted: false });
        }
        let Some(tool) = tools::find(&pending.call.name, &allowed) else {
            let output = format!("There is no tool {}. The tools are: {}.", pending.call.name, allowed.join(", "));
            return Ok(Plan::Known { ok: false, output, interrupted: false });
        };
        Ok(match (&pending.asked, &pending.answered) {
            (Some(asked), None) => Plan::Ask(asked.clone()),
            (Some(asked), Some(answered)) if asked.question || !answered.granted => answered_result(asked, answered),
            _ if pending.intent && tool.effect() == Effect::Act => Plan::Known {
                ok: false,
                output: "Interrupted: Aether OS was restarted while this ran. Its effect is unknown; check before you \
                         do it again."
                    .to_owned(),
                interrupted: true,
            },
            _ => Plan::Run(tool),
        })
    }

    /// The call, with those after it that may run at the same time.
    fn batch(&self, first: PendingCall, tool: &'static dyn AnyTool) -> Flow<Vec<(PendingCall, &'static dyn AnyTool)>> {
        let parallel = tool.effect() == Effect::Read;
        let mut batch = vec![(first, tool)];
        if parallel {
            for pending in self.state.pending.values().skip(1) {
                match self.plan(pending)? {
                    Plan::Run(tool) if tool.effect() == Effect::Read => batch.push((pending.clone(), tool)),
                    Plan::Run(_) | Plan::Ask(_) | Plan::Known { .. } => break,
                }
                if batch.len() == BATCH {
                    break;
                }
            }
        }
        Ok(batch)
    }

    async fn run_batch(&mut self, batch: Vec<(PendingCall, &'static dyn AnyTool)>) -> Flow<()> {
        let pid = self.spec.pid;
        let at = self.ports.clock.now_ms();
        let intents = batch
            .iter()
            .map(|(pending, tool)| {
                let args = pending.call.arguments.clone();
                let action = event::Action { pid, tool: tool.name().to_owned(), args };
                (Entry::Intent { call: pending.id, at }, Vec::new(), vec![action.into()])
            })
            .collect();
        let report = self.report(ProcessState::Running, AgentPhase::Executing, None, None);
        let (journalled, reported) = tokio::join!(self.journal(intents), report);
        self.applied(&journalled?);
        reported?;
        let calls = batch.iter().map(|(pending, tool)| self.run_one(pending, *tool));
        let ran: Vec<Ran> = tokio::select! {
            biased;
            () = self.spec.cancel.cancelled() => Vec::new(),
            ran = join_all(calls) => ran,
        };
        if self.spec.cancel.is_cancelled() {
            // What came out of a command that was killed with the kernel says nothing of the command.
            batch.iter().for_each(|(pending, _)| self.used(pending, Ended::Cancelled, None));
            return Err(Stop::Cancelled);
        }
        for ((pending, _), (_, outcome)) in batch.into_iter().zip(ran) {
            match outcome {
                Ok(output) => self.observe(&pending, true, output, false).await?,
                Err(ToolError::Tell(text)) => {
                    self.observe(&pending, false, Output { text, events: Vec::new() }, false).await?;
                }
                Err(ToolError::Cancelled) => {
                    self.used(&pending, Ended::Cancelled, None);
                    return Err(Stop::Cancelled);
                }
                Err(ToolError::Approval { action, .. }) if was_allowed(&pending, &action) => {
                    let text = format!("This was allowed and is refused all the same: {action}");
                    self.observe(&pending, false, Output { text, events: Vec::new() }, false).await?;
                }
                Err(ToolError::Approval { action, grant }) => {
                    let details = serde_json::json!({
                        "tool": tools::canonical(&pending.call.name),
                        "args": pending.call.arguments,
                    })
                    .to_string();
                    let at = self.ports.clock.now_ms();
                    let asked = Entry::Asked { call: pending.id, question: false, action, details, grant, at };
                    self.record(asked, Vec::new()).await?;
                }
                Err(ToolError::Question(question)) => {
                    let asked = Entry::Asked {
                        call: pending.id,
                        question: true,
                        action: question,
                        details: String::new(),
                        grant: None,
                        at: self.ports.clock.now_ms(),
                    };
                    self.record(asked, Vec::new()).await?;
                }
            }
        }
        Ok(())
    }

    async fn run_one(&self, pending: &PendingCall, tool: &'static dyn AnyTool) -> Ran {
        let cx = ToolCx {
            pid: self.spec.pid,
            gate: self.ports.gate.clone(),
            call_id: pending.id.to_string(),
            seen: self.state.seen,
            at: self.ports.clock.now_ms(),
        };
        if !tools::is_vital(tool.name())
            && let Err(error) = self.ports.gate.0.may_use(tool.name())
            && !(error.code == ErrorCode::ApprovalRequired && was_allowed(pending, &error.message))
        {
            return (pending.id, Err(error.into()));
        }
        for asked in &pending.granted {
            // A grant is for this call alone. Asking again finds the answer and brings it back.
            if let Err(error) = agent::Client(&self.ports.gate).ask(self.request(pending.id, asked.clone())).await {
                return (pending.id, Err(error.into()));
            }
        }
        (pending.id, tool.call(&cx, pending.call.arguments.clone()).await)
    }

    fn request(&self, call: CallId, asked: Asked) -> AskApproval {
        AskApproval {
            pid: self.spec.pid,
            call_id: call.to_string(),
            kind: if asked.question { ApprovalKind::Question } else { ApprovalKind::Action },
            action: asked.action,
            details: asked.details,
            grant: asked.grant,
        }
    }

    fn used(&self, pending: &PendingCall, ended: Ended, output: Option<&str>) {
        let (tool, arguments) = (tools::canonical(&pending.call.name), &pending.call.arguments);
        self.ports.gate.0.used(&ToolUse { tool, arguments, ended, output });
    }

    /// Journals a result, with what becomes visible with it.
    async fn observe(&mut self, pending: &PendingCall, ok: bool, output: Output, interrupted: bool) -> Flow<()> {
        let ended = match (interrupted, ok) {
            (true, _) => Ended::Interrupted,
            (false, true) => Ended::Well,
            (false, false) => Ended::Badly,
        };
        // Before it is journalled: a kill between the two makes two lines of one call, and never none.
        self.used(pending, ended, Some(&output.text));
        let pid = self.spec.pid;
        let mut events: Vec<Event> = output.events;
        let result = context::cut(&output.text, OBSERVATION);
        events.push(event::Observation { pid, result }.into());
        if self.state.pending.len() == 1 {
            let summary = context::brief(&format!("{}: {}", pending.call.name, output.text), 100);
            let step = self.state.step + 1;
            events.push(event::Progress { pid, step, maxSteps: self.state.max_steps(), summary }.into());
        }
        let at = self.ports.clock.now_ms();
        let output = context::cut(&output.text, KEPT);
        let entry = Entry::Result { call: pending.id, ok, output, interrupted, at };
        self.record(entry, events).await
    }

    /// Asks the person and journals the answer. After a restart it finds the request that is open already.
    async fn ask(&mut self, pending: &PendingCall, asked: Asked) -> Flow<()> {
        let answer = self.put(self.request(pending.id, asked)).await?;
        let Answer { granted, reply, reason, .. } = answer;
        let at = self.ports.clock.now_ms();
        self.record(Entry::Answered { call: pending.id, granted, reply, reason, at }, Vec::new()).await
    }

    /// Puts something to a person and waits for the answer.
    pub(crate) async fn put(&self, request: AskApproval) -> Flow<Answer> {
        let client = agent::Client(&self.ports.gate);
        let mut wait = FIRST_WAIT;
        loop {
            let answer = tokio::select! {
                biased;
                () = self.spec.cancel.cancelled() => return Err(Stop::Cancelled),
                answer = client.ask(request.clone()) => answer,
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(_) if self.spec.cancel.is_cancelled() => return Err(Stop::Cancelled),
                // A question that could not be kept is asked again.
                Err(error) if error.code == ErrorCode::Unavailable => wait = pause(&self.spec.cancel, wait).await?,
                Err(error) => return Err(Stop::Failed(format!("A person could not be asked: {error}"))),
            }
        }
    }
}

/// True if a person has allowed exactly this for the call.
fn was_allowed(pending: &PendingCall, action: &str) -> bool {
    pending.granted.iter().any(|asked| asked.action == action)
}

/// What the model is told of an answer that lets nothing run.
fn answered_result(asked: &Asked, answered: &Answered) -> Plan {
    let known = |ok, output| Plan::Known { ok, output, interrupted: false };
    match (asked.question, answered.granted) {
        (true, true) => match &answered.reply {
            Some(reply) => known(true, format!("The person answered: {reply}")),
            None => known(true, "The person agreed.".to_owned()),
        },
        (true, false) => known(false, "The person did not answer the question.".to_owned()),
        (false, _) => match &answered.reason {
            Some(reason) => known(false, format!("A person refused this: {reason}")),
            None => known(false, "A person refused this.".to_owned()),
        },
    }
}
