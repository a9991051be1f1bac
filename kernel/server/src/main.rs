//! `aetherd`: Aether OS without a window.

use std::process::ExitCode;

use aether_server::audit;
use aether_server::program::{self, Options};
use clap::{Parser, Subcommand};

/// Aether OS without a window: agents, their files and terminals, served to browsers, programs and the aether command.
///
/// Settings come from these options, then from AETHER_* variables, then from <root>/etc/config.toml.
#[derive(Debug, Parser)]
#[command(name = "aetherd", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    instead: Option<Instead>,
}

/// What it does in place of running a kernel.
#[derive(Debug, Subcommand)]
enum Instead {
    /// The audit log, by its file
    #[command(subcommand)]
    Audit(audit::Command),
}

fn main() -> ExitCode {
    let Arguments { options, instead } = Arguments::parse();
    match instead {
        None => program::headless("aetherd", &options),
        Some(Instead::Audit(command)) => audit::run("aetherd", &command),
    }
}
