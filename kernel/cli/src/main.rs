//! `aether`: the command line of Aether OS.
//!
//! What it owns: words typed in a terminal, and what is printed for them.
//! What it never does: work of the kernel. It is one more client of the wire (docs/wire.md), by the local owner's socket.

mod answer;
mod audit;
mod automation;
mod backup;
mod clean;
mod kernel;
mod link;
mod log;
mod options;
mod person;
mod print;
mod run;
mod waits;
mod watch;

use std::process::ExitCode;

use aether_protocol::domains::agent::{self, ApprovalsQuery, Continue, SendMessage};
use aether_protocol::domains::process::{self, PidRef, SendSignal, Signal};
use aether_protocol::domains::snapshot::{self, Create, SnapshotQuery, SnapshotRef};
use aether_protocol::encoded::Encoded;
use aether_protocol::{Empty, Pid, domains};
use clap::Parser;

use crate::answer::Word;
use crate::kernel::Connected;
use crate::options::{Command, Options, Request, Snapshot};
use crate::print::Printer;

/// Why a command of ours stopped. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Refused(#[from] aether_protocol::WireError),
    #[error("{0}")]
    Unreachable(String),
}

pub type Result<T, E = Failure> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return print::failed(&format!("No threads could be started: {error}.")),
    };
    match runtime.block_on(serve(options)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => print::failed(&error.to_string()),
    }
}

/// Does what the words ask for and answers the exit code.
async fn serve(options: Options) -> Result<u8> {
    let printer = Printer::new(options.json);
    if let Command::Audit(audit::Command::Verify { file, head }) = &options.command {
        return audit::verify(&options, file.as_deref(), head.as_deref()).await;
    }
    let starts_agents = matches!(options.command, Command::Run(_) | Command::Tour { .. });
    let kernel = kernel::connect(&options, starts_agents, &printer).await?;
    let done = command(&kernel, options.command, &printer).await;
    kernel.leave().await;
    done
}

async fn command(kernel: &Connected, command: Command, printer: &Printer) -> Result<u8> {
    let link = &kernel.link;
    match command {
        Command::Run(goal) => return run::run(kernel, goal.config()?, printer).await,
        Command::Tour { scripted } => return run::run(kernel, run::tour(kernel, scripted).await?, printer).await,
        Command::Watch { pid } => return watch::watch(kernel, Pid(pid), printer).await,
        Command::Ps => {
            let listed = process::Client(link).list(Empty {}).await?;
            printer.processes(&listed.iter().map(Encoded::read).collect::<std::result::Result<Vec<_>, _>>()?);
        }
        Command::Log { pid } => log::log(link, Pid(pid), |entries| printer.timeline(entries)).await?,
        Command::Backup { file } => backup::backup(kernel, file.as_deref(), printer).await?,
        Command::Status => printer.status(&domains::kernel::Client(link).status(Empty {}).await?),
        Command::Stop { pid, now } => {
            let signal = if now { Signal::SigKill } else { Signal::SigTerm };
            process::Client(link).signal(SendSignal { pid: Pid(pid), signal }).await?;
        }
        Command::Pause { pid } => agent::Client(link).pause(PidRef { pid: Pid(pid) }).await?,
        Command::Resume { pid } => agent::Client(link).resume(PidRef { pid: Pid(pid) }).await?,
        Command::Continue { pid, steps } => {
            agent::Client(link).extend(Continue { pid: Pid(pid), extra_steps: steps }).await?;
        }
        Command::Tell { pid, text } => {
            agent::Client(link).message(SendMessage { pid: Pid(pid), content: text.join(" ") }).await?;
        }
        Command::Fork { pid } => printer.restored(snapshot::Client(link).fork(PidRef { pid: Pid(pid) }).await?),
        Command::Snapshot(what) => snapshot(kernel, what, printer).await?,
        Command::Cron(command) => automation::cron(link, command, printer).await?,
        Command::Trigger(command) => automation::trigger(link, command, printer).await?,
        Command::Webhook(command) => automation::webhook(link, command, printer).await?,
        Command::Approvals => {
            printer.approvals(&agent::Client(link).approvals(ApprovalsQuery { pid: None }).await?);
        }
        Command::Approve { pid, request } => answer(kernel, pid, &request, Word::Yes, printer).await?,
        Command::Reject { pid, request, reason } => answer(kernel, pid, &request, Word::No(reason), printer).await?,
        Command::Answer { pid, request, text } => {
            answer(kernel, pid, &request, Word::Text(text.join(" ")), printer).await?;
        }
        Command::Audit(command) => audit::run(link, command, printer).await?,
    }
    Ok(0)
}

async fn snapshot(kernel: &Connected, what: Snapshot, printer: &Printer) -> Result<()> {
    let snapshots = snapshot::Client(&kernel.link);
    match what {
        Snapshot::Ls { pid } => printer.snapshots(&snapshots.list(SnapshotQuery { pid: pid.map(Pid) }).await?),
        Snapshot::Create { pid, description } => {
            printer.snapshots(&[snapshots.create(Create { pid: Pid(pid), description }).await?]);
        }
        Snapshot::Restore { id } => printer.restored(snapshots.restore(SnapshotRef { snapshot_id: id }).await?),
        Snapshot::Rm { id } => snapshots.delete(SnapshotRef { snapshot_id: id }).await?,
    }
    Ok(())
}

async fn answer(kernel: &Connected, pid: u64, request: &Request, word: Word, printer: &Printer) -> Result<()> {
    let done = match word {
        Word::Yes => "allowed",
        Word::No(_) => "refused",
        Word::Text(_) => "answered",
    };
    let approval = answer::answer(&kernel.link, Pid(pid), request.id.as_deref(), word).await?;
    printer.answered(done, &approval);
    Ok(())
}
