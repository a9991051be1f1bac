//! Running an agent and showing its steps until it has ended.

use aether_protocol::Empty;
use aether_protocol::domains::llm;
use aether_protocol::domains::process::{self, AgentConfig, Spawn};

use crate::Result;
use crate::kernel::Connected;
use crate::print::Printer;
use crate::watch::watch_new;

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
    watch_new(kernel, spawned.pid, printer).await
}
