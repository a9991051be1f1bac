//! Running an agent and showing its steps until it has ended.

use aether_protocol::domains::process::{self, AgentConfig, PidRef, ProcessInfo, Spawn};
use aether_protocol::domains::{agent, llm, process as processes};
use aether_protocol::{Empty, ErrorCode, Event, Pid};

use crate::Result;
use crate::answer::Person;
use crate::kernel::Connected;
use crate::print::Printer;

/// Where a provider of this name is set up, the tour is real; [`SCRIPTED`] only plays.
const SCRIPTED: &str = "scripted";

/// The agent of the tour. Where no model is set up its replies are scripted, and it says so; loop, tools, sandbox and
/// files are the real ones in either case.
pub async fn tour(kernel: &Connected, scripted: bool) -> Result<AgentConfig> {
    let real = !scripted && {
        let providers = llm::Client(&kernel.link).list(Empty {}).await?;
        providers.iter().any(|provider| provider.available && provider.name != SCRIPTED)
    };
    Ok(AgentConfig {
        role: "Guide".to_owned(),
        goal: "Show one round of work: write some data and a program, run it in the sandbox, and report.".to_owned(),
        model: (!real).then(|| format!("{SCRIPTED}:tour")),
        ..AgentConfig::default()
    })
}

/// Starts an agent and shows it to its end. Answers its exit code.
pub async fn run(kernel: &Connected, config: AgentConfig, printer: &Printer) -> Result<u8> {
    if config.model.as_deref().is_some_and(|model| model.starts_with(SCRIPTED)) {
        printer.note("The replies of this agent are scripted: no model is asked. Everything else is real.");
    }
    let spawned = process::Client(&kernel.link).spawn(Spawn { config }).await?;
    printer.spawned(&spawned);
    watch(kernel, spawned.pid, printer).await
}

/// Shows an agent to its end. Answers its exit code.
pub async fn watch(kernel: &Connected, pid: Pid, printer: &Printer) -> Result<u8> {
    let mut person = Person::here();
    if let Some(code) = ended(kernel, pid, printer).await? {
        return Ok(code);
    }
    loop {
        let event = tokio::select! {
            event = kernel.link.event() => event,
            _ = tokio::signal::ctrl_c() => {
                let fate = if kernel.is_ours() { "goes on with the next start" } else { "goes on without you" };
                printer.note(&format!("Agent {pid} {fate}. `aether watch {pid}` shows it again, `aether stop {pid}` ends it."));
                return Ok(130);
            }
        };
        let Some(event) = event else {
            return Err(crate::Failure::Unreachable("The kernel closed the connection.".to_owned()));
        };
        match &event {
            Event::process(processes::Event::ApprovalRequired(asked)) if asked.pid == pid => {
                person.asked(&kernel.link, asked, printer).await?;
            }
            Event::process(processes::Event::Exit(exit)) if exit.pid == pid => {
                printer.event(&event);
                return Ok(code(exit.code));
            }
            Event::agent(agent) if about(agent) == Some(pid) => printer.event(&event),
            _ => {}
        }
    }
}

/// The exit code of a process that ended before we looked.
async fn ended(kernel: &Connected, pid: Pid, printer: &Printer) -> Result<Option<u8>> {
    match process::Client(&kernel.link).info(PidRef { pid }).await {
        Ok(ProcessInfo { exit_code: Some(exit), .. }) => {
            printer.note(&format!("Agent {pid} has ended; `aether log {pid}` prints what it did."));
            Ok(Some(code(exit)))
        }
        Ok(_) => Ok(None),
        Err(error) if error.code == ErrorCode::NotFound => Err(error.into()),
        Err(error) => Err(error.into()),
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
        agent::Event::Completed(event) => Some(event.pid),
        _ => None,
    }
}
