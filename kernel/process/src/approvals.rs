//! Approvals: an agent asks, a person answers, and the answer outlives a restart.
//!
//! One request is open at a time. What a grant allows is exactly what was shown, for the step that asked.

use aether_base::{Caller, now_ms};
use aether_protocol::domains::agent::{
    Answer, Approval, ApprovalKind, ApprovalState, AskApproval, Grant, event as agent_event,
};
use aether_protocol::domains::process::{AgentPhase, ProcessState, event as process_event};
use aether_protocol::{Event, Pid};
use tokio::sync::oneshot;

use crate::error::{ProcessError, Result};
use crate::resource::{Raised, is_key};
use crate::store;
use crate::table::Entry;
use crate::{Processes, settle};
use aether_store::Pending;

/// What a person said.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub granted: bool,
    pub reason: Option<String>,
    pub reply: Option<String>,
}

impl Processes {
    /// Asks and waits for the answer, without limit. Asking the same thing again for the same call finds the earlier
    /// request, and its answer where there is one.
    pub async fn ask(&self, request: AskApproval) -> Result<Answer> {
        let pid = request.pid;
        let (sender, receiver) = oneshot::channel();
        let (pending, cancel) = {
            let mut table = self.table();
            let entry = table.entries.get_mut(&pid).ok_or(ProcessError::NotFound(pid))?;
            if entry.record.life.has_ended() {
                // Nobody would ever take the question away again.
                return Err(ProcessError::Ended(pid));
            }
            let approval = match entry.live.approvals.iter().find(|known| same_request(known, &request)).cloned() {
                Some(known) if known.state != ApprovalState::Open => {
                    apply(entry, &known);
                    return Ok(answer_of(&known));
                }
                Some(known) => known,
                None => new_approval(request, &entry.live.approvals),
            };
            let gone = superseded(entry, &approval);
            (self.open_request(entry, approval, gone, sender), entry.live.cancel.clone())
        };
        settle(pending).await?;
        tokio::select! {
            answer = receiver => answer.map_err(|_| ProcessError::Ended(pid)),
            () = cancel.cancelled() => Err(ProcessError::Ended(pid)),
        }
    }

    /// Answers the open request of a process, as a person who may.
    pub async fn answer(&self, caller: &Caller, pid: Pid, id: Option<String>, verdict: Verdict) -> Result<()> {
        if caller.pid().is_some() {
            return Err(ProcessError::NotAPerson);
        }
        let undo;
        let (pending, approval) = {
            let mut table = self.table();
            let entry = table.entries.get_mut(&pid).ok_or(ProcessError::NotFound(pid))?;
            let asked = self.answerable(caller, entry, id, &verdict)?.clone();
            let mut raised = if verdict.granted { self.raise(&mut table, caller, &asked)? } else { Raised::default() };
            undo = raised.undo();
            let entry = table.entries.get_mut(&pid).ok_or(ProcessError::NotFound(pid))?;
            let approval = self.answerable(caller, entry, Some(asked.id), &verdict)?;
            approval.state = if verdict.granted { ApprovalState::Granted } else { ApprovalState::Refused };
            approval.reason = verdict.reason;
            approval.reply = verdict.reply;
            approval.answered_at = Some(now_ms());
            let approval = approval.clone();
            (self.record_answer(entry, &approval, raised), approval)
        };
        let kept = settle(pending).await;
        let mut table = self.table();
        if kept.is_err() {
            undo.apply(&mut table);
        }
        let entry = table.entries.get_mut(&pid).ok_or(ProcessError::NotFound(pid))?;
        if let Err(error) = kept {
            // Nobody has answered then, and the agent still waits.
            entry.live.approvals.iter_mut().filter(|known| known.id == approval.id).for_each(reopen);
            let waiting = Some(approval.action);
            entry.record.life.report(ProcessState::Sleeping, AgentPhase::Waiting, waiting);
            return Err(error);
        }
        apply(entry, &approval);
        if let Some(waiting) = entry.live.waiting.remove(&approval.id) {
            // A loop that went away asks again when it comes back, and finds the answer.
            let _ = waiting.send(answer_of(&approval));
        }
        Ok(())
    }

    /// The open request that is meant, if this person may answer it so.
    fn answerable<'e>(
        &self,
        caller: &Caller,
        entry: &'e mut Entry,
        id: Option<String>,
        verdict: &Verdict,
    ) -> Result<&'e mut Approval> {
        if entry.record.life.has_ended() {
            return Err(ProcessError::Ended(entry.record.pid));
        }
        let owns = caller.user() == Some(&entry.record.owner);
        let named = id.is_some();
        let mut open = entry.live.approvals.iter_mut().filter(|approval| approval.state == ApprovalState::Open);
        let approval = match id {
            Some(id) => open.find(|approval| approval.id == id).ok_or(ProcessError::StaleApproval(id))?,
            None => open.next().ok_or(ProcessError::NotWaiting)?,
        };
        if verdict.reply.is_some() && approval.kind != ApprovalKind::Question {
            return Err(ProcessError::NotAQuestion);
        }
        if verdict.granted && approval.grant == Some(Grant::Host) {
            // Whoever commands the host commands the kernel: its owner only, and knowing what is asked.
            if !(caller.is_admin() && owns) {
                return Err(ProcessError::HostByAdmin);
            }
            if !named {
                return Err(ProcessError::Unnamed);
            }
        }
        Ok(approval)
    }

    fn open_request(
        &self,
        entry: &mut Entry,
        approval: Approval,
        gone: Vec<String>,
        sender: oneshot::Sender<Answer>,
    ) -> Pending<()> {
        let (_, mut events) = entry.live_on(|life| {
            life.report(ProcessState::Sleeping, AgentPhase::Waiting, Some(approval.action.clone()));
        });
        events.extend(gone.iter().map(|id| no_longer(entry, id)));
        events.push(required(&approval));
        events.push(changed(entry, &approval));
        entry.live.waiting.insert(approval.id.clone(), sender);
        if !entry.live.approvals.iter().any(|known| known.id == approval.id) {
            entry.live.approvals.push(approval.clone());
        }
        self.save_with(entry, &events, move |db| {
            gone.iter().try_for_each(|id| store::delete_approval(db, id))?;
            store::put_approval(db, &approval)
        })
    }

    /// Keeps an answer, with the limit that was raised by it.
    fn record_answer(&self, entry: &mut Entry, approval: &Approval, mut raised: Raised) -> Pending<()> {
        let granted = approval.state == ApprovalState::Granted;
        let phase = if granted { AgentPhase::Executing } else { AgentPhase::Thinking };
        let (_, mut events) = entry.live_on(|life| life.report(ProcessState::Running, phase, None));
        events.insert(0, answered(approval, granted));
        events.push(changed(entry, approval));
        events.append(&mut raised.events);
        let row = approval.clone();
        let told = std::mem::take(&mut raised.told);
        self.save_telling(entry, &events, told, move |db| {
            raised.put(db)?;
            store::put_approval(db, &row)
        })
    }
}

/// What an approval is now, under the number its process has after the change.
fn changed(entry: &Entry, approval: &Approval) -> Event {
    crate::entity("approval", approval.id.clone(), entry.record.rev + 1, Some(approval))
}

/// What an agent that ends no longer waits for.
pub fn withdrawn(entry: &Entry) -> Vec<Event> {
    let open = entry.live.approvals.iter().filter(|approval| approval.state == ApprovalState::Open);
    open.map(|approval| no_longer(entry, &approval.id)).collect()
}

/// That nobody is asked this any more, under the number its process has after the change.
fn no_longer(entry: &Entry, id: &str) -> Event {
    crate::entity::<Approval>("approval", id.to_owned(), entry.record.rev + 1, None)
}

/// Takes away what was asked of another limit: it has changed meanwhile, and a run waits at one only.
fn superseded(entry: &mut Entry, asked: &Approval) -> Vec<String> {
    let of_limit = |approval: &Approval| is_key(&approval.call_id) && approval.state == ApprovalState::Open;
    if !of_limit(asked) {
        return Vec::new();
    }
    let others = entry.live.approvals.extract_if(.., |other| of_limit(other) && other.id != asked.id);
    let gone: Vec<String> = others.map(|approval| approval.id).collect();
    gone.iter().for_each(|id| drop(entry.live.waiting.remove(id)));
    gone
}

/// What people were asked by an agent, as whole entities.
pub fn entities(entry: &Entry) -> Vec<Event> {
    let rev = entry.record.rev;
    let known = entry.live.approvals.iter();
    known.map(|approval| crate::entity("approval", approval.id.clone(), rev, Some(approval))).collect()
}

fn reopen(approval: &mut Approval) {
    approval.state = ApprovalState::Open;
    approval.reason = None;
    approval.reply = None;
    approval.answered_at = None;
}

/// Finds what people have been asked and have said so far, after a restart.
pub fn restore(entry: &mut Entry, approvals: Vec<Approval>) {
    // What was granted for a step is found again when the step is; this holds for the run.
    let for_the_run = |approval: &&Approval| matches!(approval.grant, Some(Grant::Network | Grant::Host));
    approvals.iter().filter(for_the_run).for_each(|approval| apply(entry, approval));
    entry.live.approvals = approvals;
}

fn same_request(known: &Approval, request: &AskApproval) -> bool {
    if is_key(&request.call_id) {
        // The key says which limit it is, and at which height; what others have used of it meanwhile is no new question.
        // Where it was granted, the limit is raised: whoever asks again has reached it anew.
        return known.call_id == request.call_id && known.state != ApprovalState::Granted;
    }
    known.call_id == request.call_id && known.action == request.action && known.grant == request.grant
}

fn apply(entry: &mut Entry, approval: &Approval) {
    match (&approval.grant, approval.state) {
        (Some(Grant::Network), ApprovalState::Granted) => entry.live.network = Some(true),
        (Some(Grant::Network), ApprovalState::Refused) => entry.live.network = Some(false),
        (Some(Grant::Host), ApprovalState::Granted) => entry.live.host = Some(true),
        (Some(Grant::Host), ApprovalState::Refused) => entry.live.host = Some(false),
        (Some(grant), ApprovalState::Granted) => entry.live.grants.push(grant.clone()),
        (_, ApprovalState::Open | ApprovalState::Refused) | (None, ApprovalState::Granted) => {}
    }
}

fn new_approval(request: AskApproval, known: &[Approval]) -> Approval {
    let number = |approval: &Approval| approval.id.rsplit('_').next().and_then(|number| number.parse::<u64>().ok());
    let last = known.iter().filter_map(number).max().unwrap_or(0);
    Approval {
        id: format!("apr_{}_{}", request.pid, last + 1),
        pid: request.pid,
        call_id: request.call_id,
        kind: request.kind,
        action: request.action,
        details: request.details,
        grant: request.grant,
        created_at: now_ms(),
        state: ApprovalState::Open,
        reason: None,
        reply: None,
        answered_at: None,
    }
}

fn required(approval: &Approval) -> Event {
    process_event::ApprovalRequired {
        pid: approval.pid,
        action: approval.action.clone(),
        details: approval.details.clone(),
        approvalId: Some(approval.id.clone()),
        kind: Some(approval.kind),
    }
    .into()
}

fn answered(approval: &Approval, granted: bool) -> Event {
    match (approval.kind, granted) {
        (_, true) => agent_event::Approved { pid: approval.pid }.into(),
        (ApprovalKind::Action | ApprovalKind::Question, false) => {
            agent_event::Rejected { pid: approval.pid, reason: approval.reason.clone() }.into()
        }
    }
}

fn answer_of(approval: &Approval) -> Answer {
    Answer {
        approval_id: approval.id.clone(),
        granted: approval.state == ApprovalState::Granted,
        reply: approval.reply.clone(),
        reason: approval.reason.clone(),
    }
}
