//! The commands of the `agent` domain: what people say to agents, and what loops report.

use aether_base::streams::ByteStream;
use aether_base::{Cx, Result, now_ms};
use aether_protocol::domains::agent::{
    Answer, AnswerQuestion, Api, Approval, ApprovalState, ApprovalsQuery, AskApproval, Continue, Exec, ExecResult,
    Finish, InboxQuery, MessageQueued, Report, SendMessage, Timeline, TimelineQuery, Trajectory, TrajectoryQuery,
    UserMessage, WaitChild, Watching, event,
};
use aether_protocol::domains::process::{AgentPhase, PidRef, ProcessInfo};
use aether_protocol::{Event, Pid};
use tokio::sync::mpsc;

use crate::approvals::Verdict;
use crate::error::ProcessError;
use crate::life::Exit;
use crate::table::Entry;
use crate::{Processes, settle, store};

/// Bytes of a message.
const MESSAGE: usize = 64 * 1024;
/// Steps granted where the person names no number.
const EXTRA_STEPS: u32 = 25;
/// Pieces of a thought that may wait for a watcher.
const PIECES: usize = 256;
/// Timeline rows in a page unless asked otherwise, and at most.
const PAGE: u32 = 50;
const LONGEST_PAGE: u32 = 1_000;

impl Api<Cx> for Processes {
    async fn pause(&self, _cx: &Cx, request: PidRef) -> Result<()> {
        let pid = request.pid;
        self.commit(pid, |entry| {
            let (paused, mut events) = entry.live_on(crate::life::Life::pause);
            paused?;
            self.hold(entry);
            events.push(event::Paused { pid }.into());
            events.push(event::Thought { pid, thought: "Paused by operator.".to_owned() }.into());
            Ok(events)
        })
        .await?;
        Ok(())
    }

    async fn resume(&self, _cx: &Cx, request: PidRef) -> Result<()> {
        let pid = request.pid;
        self.commit(pid, |entry| {
            let (resumed, mut events) = entry.live_on(crate::life::Life::resume);
            resumed?;
            self.let_go(entry);
            events.push(event::Resumed { pid }.into());
            events.push(event::Thought { pid, thought: "Resumed by operator.".to_owned() }.into());
            Ok(events)
        })
        .await?;
        Ok(())
    }

    async fn extend(&self, cx: &Cx, request: Continue) -> Result<()> {
        let (pid, admin) = (request.pid, cx.caller.is_admin());
        let extra = request.extra_steps.unwrap_or(EXTRA_STEPS).max(1);
        self.commit(pid, |entry| {
            let events = self.give_steps(entry, extra)?;
            entry.record.limits.grant_steps(extra, admin);
            Ok(events)
        })
        .await?;
        Ok(())
    }

    async fn message(&self, _cx: &Cx, request: SendMessage) -> Result<MessageQueued> {
        let SendMessage { pid, content } = request;
        if content.trim().is_empty() {
            return Err(ProcessError::EmptyMessage.into());
        }
        if content.len() > MESSAGE {
            return Err(ProcessError::TooLong { what: "A message", limit: MESSAGE }.into());
        }
        if !self.is_living(pid) {
            return Err(ProcessError::Ended(pid).into());
        }
        let timestamp = now_ms();
        let said: Event = event::UserMessage { pid, content: content.clone(), timestamp }.into();
        let prepared = {
            let table = self.table();
            let entry = table.entries.get(&pid).ok_or(ProcessError::NotFound(pid))?;
            crate::prepare(entry, &[said])
        };
        let id = self.store.commit(prepared, move |db| store::add_message(db, pid, &content, timestamp)).await?;
        self.wake(pid, id);
        Ok(MessageQueued { delivered: true, queued: true })
    }

    async fn timeline(&self, _cx: &Cx, request: TimelineQuery) -> Result<Timeline> {
        let limit = request.limit.unwrap_or(PAGE).min(LONGEST_PAGE);
        let offset = request.offset.unwrap_or(0);
        let (entries, total) = self.store.read(move |db| store::timeline(db, request.pid, limit, offset)).await?;
        Ok(Timeline { entries, total })
    }

    async fn trajectory(&self, _cx: &Cx, request: TrajectoryQuery) -> Result<Trajectory> {
        Ok(self.trajectory_page(request).await?)
    }

    async fn answer(&self, cx: &Cx, request: AnswerQuestion) -> Result<()> {
        let verdict = Verdict { granted: true, reason: None, reply: Some(request.reply) };
        Ok(Processes::answer(self, &cx.caller, request.pid, request.approval_id, verdict).await?)
    }

    async fn watch(&self, cx: &Cx, request: PidRef) -> Result<Watching> {
        let session = cx.caller.session.as_ref().ok_or(ProcessError::NoStreams)?;
        let (output, receiver) = mpsc::channel(PIECES);
        let mut table = self.table();
        let entry = table.entries.get_mut(&request.pid).ok_or(ProcessError::NotFound(request.pid))?;
        // An agent that says nothing looks after none of those that have gone.
        entry.live.watchers.retain(|watcher| !watcher.is_closed());
        entry.live.watchers.push(output);
        let (input, _) = mpsc::channel(1);
        Ok(Watching { stream: self.streams.offer(session, ByteStream { output: receiver, input }) })
    }

    async fn approvals(&self, cx: &Cx, request: ApprovalsQuery) -> Result<Vec<Approval>> {
        let pids = match request.pid {
            Some(pid) => vec![pid],
            None => self.table().entries.keys().copied().collect(),
        };
        let mine: Vec<Pid> = pids.into_iter().filter(|pid| self.may_look(cx, *pid)).collect();
        let rows = self
            .store
            .read(move |db| {
                mine.into_iter().map(|pid| store::approvals_of(db, pid)).collect::<aether_store::Result<Vec<_>>>()
            })
            .await?;
        // Of one agent the whole history; of all, what waits for an answer.
        let every = request.pid.is_some();
        Ok(rows.into_iter().flatten().filter(|approval| every || approval.state == ApprovalState::Open).collect())
    }

    async fn inbox(&self, cx: &Cx, request: InboxQuery) -> Result<Vec<UserMessage>> {
        own_process(cx, request.pid)?;
        Ok(self.unread(request).await?)
    }

    async fn wait(&self, cx: &Cx, request: WaitChild) -> Result<ProcessInfo> {
        own_process(cx, request.pid)?;
        Ok(self.wait_for_child(request).await?)
    }

    async fn exec(&self, cx: &Cx, request: Exec) -> Result<ExecResult> {
        own_process(cx, request.pid)?;
        Ok(Processes::exec(self, request).await?)
    }

    async fn ask(&self, cx: &Cx, request: AskApproval) -> Result<Answer> {
        own_process(cx, request.pid)?;
        Ok(Processes::ask(self, request).await?)
    }

    async fn report(&self, cx: &Cx, request: Report) -> Result<()> {
        own_process(cx, request.pid)?;
        let pending = self.change(request.pid, |entry| {
            let Report { state, phase, step, model, waiting_for, .. } = request;
            if matches!(phase, AgentPhase::Thinking | AgentPhase::Executing) {
                // A grant is for one call, which brings it back itself.
                entry.live.grants.clear();
            }
            entry.record.step = step.unwrap_or(entry.record.step);
            entry.record.model = model.or(entry.record.model.take());
            let (_, events) = entry.live_on(|life| life.report(state, phase, waiting_for));
            Ok(events)
        })?;
        Ok(settle(pending).await?)
    }

    async fn finish(&self, cx: &Cx, request: Finish) -> Result<()> {
        own_process(cx, request.pid)?;
        let exit = Exit { code: request.exit_code, outcome: request.outcome, summary: request.summary, at: now_ms() };
        Ok(Processes::finish(self, request.pid, exit).await?)
    }
}

impl Processes {
    /// Lets an agent that has used its steps up take more.
    pub(crate) fn give_steps(&self, entry: &mut Entry, extra: u32) -> crate::Result<Vec<Event>> {
        let (extended, mut events) = entry.live_on(|life| life.extend(extra));
        extended?;
        self.let_go(entry);
        entry.live.extra_steps.send_replace(entry.record.life.extra_steps);
        events.push(event::Continued { pid: entry.record.pid, extraSteps: extra }.into());
        Ok(events)
    }

    fn may_look(&self, cx: &Cx, pid: Pid) -> bool {
        let viewer = aether_base::Viewer::of(&cx.caller);
        self.table().entries.get(&pid).is_some_and(|entry| {
            cx.caller.user() == Some(&entry.record.owner) || cx.bus.visible(&entry.audience(), &viewer)
        })
    }
}

/// A loop speaks for its own process and for no other.
pub(crate) fn own_process(cx: &Cx, pid: Pid) -> Result<()> {
    if cx.caller.pid() == Some(pid) {
        return Ok(());
    }
    Err(ProcessError::Refused("An agent may report only for its own process.".to_owned()).into())
}
