//! The loop: it folds the journal into a state, does the one thing that state calls for, and journals it.

use std::sync::Arc;
use std::time::Duration;

use aether_protocol::domains::agent::{self, Directive, Finish, InboxQuery, Outcome, Report, event};
use aether_protocol::domains::process::{AgentConfig, AgentPhase, ProcessState};
use aether_protocol::{Event, Pid};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::chat::{Shared, ToolSpec};
use crate::context;
use crate::entry::Entry;
use crate::inbox;
use crate::ports::{JournalError, Line, Ports};
use crate::providers::Registry;
use crate::state::{End, Finished, IDLE_REPLIES, Started, State};
use crate::think::Sent;
use crate::tools;
use crate::trajectory::Trajectory;

/// Waits for a store that refuses for now: at first, and at most.
pub(crate) const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What a run may use where its configuration says nothing.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub max_steps: u32,
    /// Input and output tokens together.
    pub max_tokens: u64,
    /// How often it may do the same in a row; 0 for as often as it likes.
    pub max_repeats: u32,
}

/// One agent to drive.
#[derive(Debug)]
pub struct AgentSpec {
    pub pid: Pid,
    pub config: AgentConfig,
    /// Whether the loop may go on.
    pub directive: watch::Receiver<Directive>,
    /// The id of the newest message.
    pub inbox: watch::Receiver<u64>,
    /// Steps granted beyond the configuration.
    pub extra_steps: watch::Receiver<u32>,
    /// Cancelled when the process is ended, or the kernel closes.
    pub cancel: CancellationToken,
}

/// Drives agents.
#[derive(Clone)]
pub struct Runtime {
    pub registry: Arc<Registry>,
    pub limits: Limits,
}

/// Why a run goes no further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It was ended from outside, or the kernel closes: nothing more is journalled.
    Cancelled,
    /// It cannot go on; the sentence says why.
    Failed(String),
}

/// An entry on its way to the journal: with the bytes it names by hash, and the events that become visible with it.
pub(crate) type Record = (Entry, Vec<(String, Vec<u8>)>, Vec<Event>);

pub(crate) type Flow<T> = Result<T, Stop>;

/// A run on its way.
pub(crate) struct Run {
    pub runtime: Runtime,
    pub ports: Ports,
    pub spec: AgentSpec,
    pub state: State,
    /// The same journal, as people see it.
    pub story: Trajectory,
    /// What the journal has of the requests of this drive.
    pub sent: Sent,
    /// What the model is told of its tools, once it has been made.
    pub specs: Option<Shared<ToolSpec>>,
}

impl Runtime {
    /// Drives one agent until its run ends, it is ended from outside, or the kernel closes. A run that was journalled
    /// before goes on where it was.
    pub async fn drive(&self, ports: Ports, spec: AgentSpec) {
        let pid = spec.pid;
        let mut run = Run {
            runtime: self.clone(),
            ports,
            spec,
            state: State::default(),
            story: Trajectory::default(),
            sent: Sent::default(),
            specs: None,
        };
        match run.go().await {
            Ok(()) | Err(Stop::Cancelled) => {}
            Err(Stop::Failed(reason)) => {
                tracing::warn!(%pid, %reason, "run failed");
                // The process ends also where the journal, which may be what failed, cannot say so.
                let _ = run.end(Outcome::Error, reason.clone()).await;
                let at = run.ports.clock.now_ms();
                let _ = run.tell_end(Finished { outcome: Outcome::Error, summary: reason, at }).await;
            }
        }
    }
}

impl Run {
    async fn go(&mut self) -> Flow<()> {
        self.load().await?;
        if self.state.started.is_none() {
            self.start().await?;
        }
        loop {
            match self.state.end.clone() {
                End::Over(finished) => return self.tell_end(finished).await,
                End::Completing(summary) => {
                    // What a person has said meanwhile goes first.
                    self.read_messages().await?;
                    if self.state.end != End::NotYet {
                        self.end(Outcome::Success, summary).await?;
                    }
                    continue;
                }
                End::NotYet => {}
            }
            self.hold_while_paused().await?;
            if !self.state.pending.is_empty() {
                self.act().await?;
            } else if self.state.idle_replies >= IDLE_REPLIES {
                let reason = format!("The model answered {IDLE_REPLIES} times in a row without using a tool.");
                self.end(Outcome::Error, reason).await?;
            } else if self.state.step >= self.state.max_steps() {
                if !self.ended_at_steps().await? {
                    self.wait_for_steps().await?;
                }
            } else if self.within_limits().await? && self.makes_headway().await? {
                self.think().await?;
            }
        }
    }

    /// Reads the journal. Keeps trying while it cannot be read for now.
    async fn load(&mut self) -> Flow<()> {
        let mut wait = FIRST_WAIT;
        let entries = loop {
            match self.ports.journal.load().await {
                Ok(entries) => break entries,
                Err(JournalError::Broken(reason)) => return Err(self.broken(reason)),
                Err(JournalError::Later(reason)) => {
                    tracing::warn!(pid = %self.spec.pid, %reason, "the journal could not be read; trying again");
                    wait = pause(&self.spec.cancel, wait).await?;
                }
            }
        };
        self.state = State::fold(&entries);
        self.story = Trajectory::fold(&entries);
        Ok(())
    }

    /// A journal that refuses may only be one that closes.
    fn broken(&self, reason: String) -> Stop {
        if self.spec.cancel.is_cancelled() { Stop::Cancelled } else { Stop::Failed(reason) }
    }

    /// Resolves the model and journals what the run begins with. Waits, saying so, while no model can be used.
    async fn start(&mut self) -> Flow<()> {
        let config = self.spec.config.clone();
        let model = loop {
            match self.runtime.registry.resolve(config.model.as_deref()).await {
                Ok((provider, model)) => match self.may_think(provider.name(), &model).await? {
                    Ok(()) => break format!("{}:{model}", provider.name()),
                    Err(refusal) => self.wait_for_person(refusal).await?,
                },
                Err(error) => self.wait_for_person(error.to_string()).await?,
            }
        };
        let pid = self.spec.pid;
        let max_steps = config.max_steps.unwrap_or(self.runtime.limits.max_steps).max(1);
        let entry = Entry::Started {
            at: self.ports.clock.now_ms(),
            role: config.role.clone(),
            goal: config.goal.clone(),
            model: model.clone(),
            max_steps,
            max_tokens: config.max_tokens.unwrap_or(self.runtime.limits.max_tokens),
            tools: tools::allowed(config.tools.as_deref()),
        };
        let thought = format!("Initialized as {}. Goal: {}", config.role, config.goal);
        let events = vec![
            event::Thought { pid, thought }.into(),
            event::Progress { pid, step: 0, maxSteps: max_steps, summary: "Started".to_owned() }.into(),
        ];
        let report = self.report(ProcessState::Running, AgentPhase::Thinking, None, Some(model));
        let journalled = self.journal(vec![(entry, Vec::new(), events)]);
        let (journalled, reported) = tokio::join!(journalled, report);
        self.applied(&journalled?);
        reported
    }

    pub(crate) fn started(&self) -> Flow<Started> {
        self.state.started.clone().ok_or_else(|| Stop::Failed("The journal has no beginning.".to_owned()))
    }

    /// Waits while a person has paused the agent.
    pub(crate) async fn hold_while_paused(&mut self) -> Flow<()> {
        loop {
            if self.spec.cancel.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            let directive = *self.spec.directive.borrow_and_update();
            match directive {
                Directive::Run => return Ok(()),
                Directive::Stop => return Err(Stop::Cancelled),
                Directive::Pause => {
                    let changed = self.spec.directive.changed();
                    tokio::select! {
                        () = self.spec.cancel.cancelled() => return Err(Stop::Cancelled),
                        changed = changed => changed.map_err(|_| Stop::Cancelled)?,
                    }
                }
            }
        }
    }

    /// Stops until a person resumes the agent: something has to be set right first, which `reason` names.
    pub(crate) async fn wait_for_person(&mut self, reason: String) -> Flow<()> {
        self.spec.directive.borrow_and_update();
        self.report(ProcessState::Paused, AgentPhase::Waiting, Some(reason), None).await?;
        let cancel = self.spec.cancel.clone();
        tokio::select! {
            () = cancel.cancelled() => return Err(Stop::Cancelled),
            changed = self.spec.directive.changed() => changed.map_err(|_| Stop::Cancelled)?,
        }
        self.hold_while_paused().await
    }

    /// Reads what people and other agents have said since the last time.
    pub(crate) async fn read_messages(&mut self) -> Flow<()> {
        if *self.spec.inbox.borrow_and_update() <= self.state.seen {
            return Ok(());
        }
        let query = InboxQuery { pid: self.spec.pid, after: self.state.seen, wait_ms: None };
        let messages = match agent::Client(&self.ports.gate).inbox(query).await {
            Ok(messages) => messages,
            Err(error) => {
                tracing::warn!(pid = %self.spec.pid, %error, "messages could not be read; they stay where they are");
                return Ok(());
            }
        };
        if messages.is_empty() {
            return Ok(());
        }
        let journalled = self.journal(inbox::entries(self.spec.pid, messages)).await?;
        self.applied(&journalled);
        Ok(())
    }

    /// Journals one entry with its events, then lets the state know.
    pub(crate) async fn record(&mut self, entry: Entry, events: Vec<Event>) -> Flow<()> {
        let journalled = self.journal(vec![(entry, Vec::new(), events)]).await?;
        self.applied(&journalled);
        Ok(())
    }

    /// Journals entries in one commit and answers them. Keeps trying while the disk is full or the database locked.
    pub(crate) fn journal(&self, entries: Vec<Record>) -> impl Future<Output = Flow<Vec<Entry>>> + Send + use<> {
        let mut story = self.story.clone();
        let lines: Vec<Line> = entries
            .into_iter()
            .zip(self.state.n..)
            .map(|((entry, parts, events), n)| {
                let told = story.tell(&entry);
                Line { n, entry, parts, events, step: self.state.step, told }
            })
            .collect();
        let (ports, cancel, pid) = (self.ports.clone(), self.spec.cancel.clone(), self.spec.pid);
        async move {
            let mut wait = FIRST_WAIT;
            loop {
                match ports.journal.append(lines.clone()).await {
                    Ok(()) => return Ok(lines.into_iter().map(|line| line.entry).collect()),
                    Err(JournalError::Broken(reason)) => {
                        return if cancel.is_cancelled() { Err(Stop::Cancelled) } else { Err(Stop::Failed(reason)) };
                    }
                    Err(JournalError::Later(reason)) => {
                        tracing::warn!(%pid, %reason, "the journal could not be written; trying again");
                        wait = pause(&cancel, wait).await?;
                    }
                }
            }
        }
    }

    pub(crate) fn applied(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.state.apply(entry);
            self.story.tell(entry);
        }
    }

    /// Tells the process table where the run is. A table that has ended the process says so by cancelling.
    pub(crate) fn report(
        &self,
        state: ProcessState,
        phase: AgentPhase,
        waiting_for: Option<String>,
        model: Option<String>,
    ) -> impl Future<Output = Flow<()>> + Send + use<> {
        let report = Report { pid: self.spec.pid, state, phase, step: Some(self.state.step), model, waiting_for };
        let (gate, cancel) = (self.ports.gate.clone(), self.spec.cancel.clone());
        async move {
            if let Err(error) = agent::Client(&gate).report(report).await {
                if cancel.is_cancelled() {
                    return Err(Stop::Cancelled);
                }
                tracing::warn!(%error, "a report was not taken");
            }
            Ok(())
        }
    }

    /// Journals the end of the run; the loop then tells it.
    pub(crate) async fn end(&mut self, outcome: Outcome, summary: String) -> Flow<()> {
        let at = self.ports.clock.now_ms();
        let started = self.state.started.clone();
        let completed = event::Completed {
            pid: self.spec.pid,
            outcome,
            steps: self.state.step,
            durationMs: started.as_ref().map_or(0, |started| at.saturating_sub(started.at)),
            role: self.spec.config.role.clone(),
            goal: self.spec.config.goal.clone(),
            summary: context::brief(&summary, 300),
        };
        self.record(Entry::Finished { outcome, summary, at }, vec![completed.into()]).await
    }

    /// Tells the process table that the run is over; it takes the process down. Telling it twice does no harm.
    async fn tell_end(&self, finished: Finished) -> Flow<()> {
        let exit_code = match finished.outcome {
            Outcome::Success => 0,
            Outcome::Timeout => 124,
            Outcome::Aborted => 143,
            Outcome::Error => 1,
        };
        let finish = Finish { pid: self.spec.pid, outcome: finished.outcome, exit_code, summary: finished.summary };
        match agent::Client(&self.ports.gate).finish(finish).await {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::warn!(pid = %self.spec.pid, %error, "the end was not taken; the next start says it again");
                Err(Stop::Cancelled)
            }
        }
    }
}

/// Waits before another try; answers how long to wait before the one after it.
pub(crate) async fn pause(cancel: &CancellationToken, wait: Duration) -> Flow<Duration> {
    tokio::select! {
        () = cancel.cancelled() => Err(Stop::Cancelled),
        () = tokio::time::sleep(wait) => Ok((wait * 2).min(LONGEST_WAIT)), // backoff
    }
}
