//! Showing an agent until it has ended, and asking the person what it asks.

use aether_protocol::domains::agent::{self, ApprovalKind};
use aether_protocol::domains::kernel::{self as kernels, event::EntityChanged};
use aether_protocol::domains::process::event::ApprovalRequired;
use aether_protocol::domains::process::{self, PidRef, ProcessInfo};
use aether_protocol::{Event, Pid};

use crate::kernel::Connected;
use crate::person::{Person, word};
use crate::print::Printer;
use crate::waits::Waits;
use crate::{Failure, Result, answer};

/// The exit code of a program that Ctrl+C has ended.
const INTERRUPTED: u8 = 130;

/// Shows an agent that may be anywhere in its run. Answers its exit code.
pub async fn watch(kernel: &Connected, pid: Pid, printer: &Printer) -> Result<u8> {
    let mut watch = Watch::new(kernel, pid, printer);
    watch
        .until_interrupted(async |watch| match watch.catch_up().await? {
            Some(code) => Ok(code),
            None => watch.follow().await,
        })
        .await
}

/// Shows an agent that was started on this connection. Answers its exit code.
pub async fn watch_new(kernel: &Connected, pid: Pid, printer: &Printer) -> Result<u8> {
    Watch::new(kernel, pid, printer).until_interrupted(Watch::follow).await
}

/// One agent that is being watched.
struct Watch<'k> {
    kernel: &'k Connected,
    pid: Pid,
    printer: &'k Printer,
    person: Person,
    /// What the agent asked last.
    asked: Option<ApprovalRequired>,
    /// True while that waits for an answer.
    open: bool,
    waits: Option<Waits>,
}

impl<'k> Watch<'k> {
    fn new(kernel: &'k Connected, pid: Pid, printer: &'k Printer) -> Watch<'k> {
        Watch { kernel, pid, printer, person: Person::here(), asked: None, open: false, waits: None }
    }

    /// Does the work until Ctrl+C, wherever in it that comes.
    async fn until_interrupted(&mut self, work: impl AsyncFnOnce(&mut Self) -> Result<u8>) -> Result<u8> {
        let (pid, printer, kernel, typed) = (self.pid, self.printer, self.kernel, self.person.is_here());
        tokio::select! {
            done = work(self) => done,
            _ = tokio::signal::ctrl_c() => {
                let fate = if kernel.is_ours() { "goes on with the next start" } else { "goes on without you" };
                if typed {
                    printer.leave_prompt();
                }
                printer.note(&format!(
                    "Agent {pid} {fate}. `aether watch {pid}` shows it again, `aether stop {pid}` ends it."
                ));
                Ok(INTERRUPTED)
            }
        }
    }

    /// Shows what the agent waits for already. Answers the exit code of one that has ended before we looked.
    async fn catch_up(&mut self) -> Result<Option<u8>> {
        let info = process::Client(&self.kernel.link).info(PidRef { pid: self.pid }).await?;
        if let Some(exit) = info.exit_code {
            self.printer.note(&format!("Agent {0} has ended; `aether log {0}` prints what it did.", self.pid));
            return Ok(Some(code(exit)));
        }
        match answer::open(&self.kernel.link, self.pid).await? {
            Some(approval) => self.ask(&answer::announced(approval)),
            None => self.stands(&info, None),
        }
        Ok(None)
    }

    async fn follow(&mut self) -> Result<u8> {
        loop {
            tokio::select! {
                // What has become of the request comes before what is typed about it.
                biased;
                event = self.kernel.link.event() => {
                    let event = event.ok_or_else(|| Failure::Unreachable("The kernel closed the connection.".to_owned()));
                    if let Some(code) = self.take(&event?).await {
                        return Ok(code);
                    }
                }
                line = self.person.line(), if self.open && self.person.is_here() => self.typed(line).await,
            }
        }
    }

    /// Shows an event. Answers the exit code once the agent has ended.
    async fn take(&mut self, event: &Event) -> Option<u8> {
        let pid = self.pid;
        match event {
            Event::process(process::Event::ApprovalRequired(asked)) if asked.pid == pid => self.ask(asked),
            Event::process(process::Event::Exit(exit)) if exit.pid == pid => {
                self.ask_no_more();
                self.printer.event(event);
                return Some(code(exit.code));
            }
            Event::agent(agent::Event::Approved(agent::event::Approved { pid: of }))
            | Event::agent(agent::Event::Rejected(agent::event::Rejected { pid: of, .. }))
                if *of == pid =>
            {
                self.answered().await;
            }
            Event::agent(agent::Event::Completed(end)) if end.pid == pid => {
                self.ask_no_more();
                self.printer.event(event);
            }
            Event::agent(agent) if about(agent) == Some(pid) => self.show(event),
            Event::kernel(kernels::Event::EntityChanged(changed)) => self.changed(changed, event),
            _ => {}
        }
        None
    }

    fn show(&self, event: &Event) {
        if !self.prompts() {
            self.printer.event(event);
            return;
        }
        self.printer.leave_prompt();
        self.printer.event(event);
        self.prompt();
    }

    fn prompts(&self) -> bool {
        self.open && self.person.is_here()
    }

    /// Shows what the agent asks, and asks the person. Without one, says how to answer from elsewhere.
    fn ask(&mut self, asked: &ApprovalRequired) {
        // What was open when we came may be announced once more.
        if self.asked.as_ref().is_some_and(|known| known.approvalId.is_some() && known.approvalId == asked.approvalId) {
            return;
        }
        self.printer.asks(asked);
        self.asked = Some(asked.clone());
        self.open = true;
        if self.person.is_here() {
            self.person.listen();
            self.prompt();
        } else {
            self.printer.how_to_answer(asked);
        }
    }

    fn prompt(&self) {
        let question = self.asked.as_ref().is_some_and(|asked| asked.kind == Some(ApprovalKind::Question));
        self.printer.prompt(if question { "Your answer: " } else { "Allow it? [y/N] " });
    }

    /// Sends what the person typed. Where it comes too late, the agent is shown all the same.
    async fn typed(&mut self, line: Option<String>) {
        let Some(asked) = self.asked.clone() else { return };
        let Some(line) = line else {
            self.person.left();
            self.printer.leave_prompt();
            self.printer.how_to_answer(&asked);
            return;
        };
        let Some(word) = word(asked.kind.unwrap_or(ApprovalKind::Action), &line) else {
            self.prompt();
            return;
        };
        self.open = false;
        let Err(error) = answer::say(&self.kernel.link, self.pid, asked.approvalId.clone(), word).await else { return };
        self.printer.note(&error.to_string());
        self.open = self.is_open(&asked).await;
        if self.open {
            self.prompt();
        }
    }

    /// Somebody has answered something: if that was what we ask about, nobody has to any more.
    async fn answered(&mut self) {
        let Some(asked) = self.asked.clone().filter(|_| self.open) else { return };
        if self.is_open(&asked).await {
            return;
        }
        self.ask_no_more();
        self.printer.note("It was answered elsewhere.");
    }

    fn ask_no_more(&mut self) {
        if self.prompts() {
            self.printer.leave_prompt();
        }
        self.open = false;
    }

    async fn is_open(&self, asked: &ApprovalRequired) -> bool {
        let open = answer::open(&self.kernel.link, self.pid).await.ok().flatten();
        open.is_some_and(|open| asked.approvalId.as_ref().is_none_or(|id| *id == open.id))
    }

    fn changed(&mut self, changed: &EntityChanged, event: &Event) {
        if changed.kind != "process" || changed.id != self.pid.to_string() {
            return;
        }
        let info = changed.entity.clone().and_then(|entity| serde_json::from_value::<ProcessInfo>(entity).ok());
        if let Some(info) = info {
            self.stands(&info, Some(event));
        }
    }

    /// Says why the agent does not go on, if that is new.
    fn stands(&mut self, info: &ProcessInfo, event: Option<&Event>) {
        // Requests are shown where they are asked.
        let asked = self.asked.as_ref().is_some_and(|asked| info.waiting_for.as_ref() == Some(&asked.action));
        let waits = Waits::of(info).filter(|_| !asked);
        let before = std::mem::replace(&mut self.waits, waits);
        let Some(waits) = self.waits.as_ref().filter(|waits| waits.is_news(before.as_ref())) else { return };
        if self.prompts() {
            self.printer.leave_prompt();
        }
        self.printer.waits(waits, self.pid, event);
        if self.prompts() {
            self.prompt();
        }
    }
}

fn code(exit: i32) -> u8 {
    u8::try_from(exit).unwrap_or(1)
}

/// Whose event it is, of those that are shown.
fn about(event: &agent::Event) -> Option<Pid> {
    match event {
        agent::Event::Thought(event) => Some(event.pid),
        agent::Event::Action(event) => Some(event.pid),
        agent::Event::Observation(event) => Some(event.pid),
        agent::Event::FileCreated(event) => Some(event.pid),
        agent::Event::UserMessage(event) => Some(event.pid),
        agent::Event::StepLimitReached(event) => Some(event.pid),
        _ => None,
    }
}
