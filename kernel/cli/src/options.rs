//! The words of the command line.

use std::path::PathBuf;

use aether_protocol::WireError;
use aether_protocol::domains::process::{AgentConfig, SandboxConfig};
use clap::{Args, Parser, Subcommand};

use crate::audit;

use crate::automation::{Cron, Hook, Trigger};

/// Runs agents and looks after them.
#[derive(Debug, Parser)]
#[command(name = "aether", version)]
pub struct Options {
    /// The folder of the kernel to talk to; ~/.aether unless set [AETHER_FS_ROOT]
    #[arg(long, global = true)]
    pub root: Option<PathBuf>,
    /// A kernel elsewhere, as ws://HOST:PORT; AETHER_TOKEN holds the token for it [AETHER_URL]
    #[arg(long, global = true)]
    pub url: Option<String>,
    /// Prints JSON, an object a line
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Starts an agent on a goal and shows its steps
    Run(Goal),
    /// Shows an agent at work: with a model where one is set up, else with scripted replies and all else real
    Tour {
        /// Asks no model also where one is set up
        #[arg(long)]
        scripted: bool,
    },
    /// Shows the steps of an agent from now on
    Watch { pid: u64 },
    /// Lists the agents
    Ps,
    /// Prints what an agent thought, did and saw
    Log { pid: u64 },
    /// Says how the kernel is
    Status,
    /// Copies the kernel's databases while it runs
    Backup {
        /// Where the copy is to be; the audit log's is put beside it. In the kernel's own folder `backups` unless set
        file: Option<PathBuf>,
    },
    /// Ends an agent
    Stop {
        pid: u64,
        /// Without letting it close what it holds
        #[arg(long)]
        now: bool,
    },
    /// Holds an agent before its next step
    Pause { pid: u64 },
    /// Lets a held agent go on
    Resume { pid: u64 },
    /// Grants more steps to an agent that has used its own up
    Continue {
        pid: u64,
        /// How many; 25 unless set
        #[arg(long)]
        steps: Option<u32>,
    },
    /// Says something to an agent
    Tell {
        pid: u64,
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Starts another agent from what an agent is now
    Fork { pid: u64 },
    /// Keeps what an agent is, to go on from there
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// Jobs that start an agent by the clock
    #[command(subcommand)]
    Cron(Cron),
    /// Triggers that start an agent when something happens
    #[command(subcommand)]
    Trigger(Trigger),
    /// Addresses that are told of events
    #[command(subcommand)]
    Webhook(Hook),
    /// Lists what agents wait for
    Approvals,
    /// Allows what an agent asked for
    Approve {
        pid: u64,
        #[command(flatten)]
        request: Request,
    },
    /// Refuses what an agent asked for
    Reject {
        pid: u64,
        reason: Option<String>,
        #[command(flatten)]
        request: Request,
    },
    /// Answers a question of an agent
    Answer {
        pid: u64,
        #[command(flatten)]
        request: Request,
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Reads, exports and checks the audit log: who had what done
    #[command(subcommand)]
    Audit(audit::Command),
}

#[derive(Debug, Subcommand)]
pub enum Snapshot {
    /// Lists the snapshots, the newest first
    Ls {
        /// Only of this agent
        pid: Option<u64>,
    },
    /// Takes a snapshot of an agent
    Create {
        pid: u64,
        /// What it is good for
        description: Option<String>,
    },
    /// Starts another agent from a snapshot
    Restore { id: String },
    /// Deletes a snapshot
    Rm { id: String },
}

/// Which request is meant.
#[derive(Debug, Args)]
pub struct Request {
    /// Only the request with this id, as `aether approvals` lists it; the one that is open unless set
    #[arg(long)]
    pub id: Option<String>,
}

/// What an agent is to reach and with what.
#[derive(Debug, Args)]
pub struct Goal {
    /// What it is to reach, in a sentence
    #[arg(required = true)]
    goal: Vec<String>,
    /// provider:model, such as openai:gpt-4.1 or ollama:llama3.1; the first that is available unless set
    #[arg(long)]
    model: Option<String>,
    /// What it is, in a word or two
    #[arg(long, default_value = "Assistant")]
    role: String,
    /// Replies of the model it may take
    #[arg(long)]
    max_steps: Option<u32>,
    /// Asks for the network for its commands
    #[arg(long)]
    network: bool,
}

impl Goal {
    pub fn config(self) -> Result<AgentConfig, WireError> {
        let goal = self.goal.join(" ");
        if goal.trim().is_empty() {
            return Err(WireError::invalid("An agent needs a goal. Say in a sentence what it should reach."));
        }
        let sandbox = self.network.then(|| SandboxConfig { network_access: Some(true), ..SandboxConfig::default() });
        Ok(AgentConfig {
            role: self.role,
            goal,
            model: self.model,
            max_steps: self.max_steps,
            sandbox,
            ..AgentConfig::default()
        })
    }
}
