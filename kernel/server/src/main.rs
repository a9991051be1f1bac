//! `aetherd`: Aether OS without a window.

use std::process::ExitCode;

use aether_server::program::{self, Options};
use clap::Parser;

/// Aether OS without a window: agents, their files and terminals, served to browsers, programs and the aether command.
///
/// Settings come from these options, then from AETHER_* variables, then from <root>/etc/config.toml.
#[derive(Debug, Parser)]
#[command(name = "aetherd", version)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    program::headless("aetherd", &Arguments::parse().options)
}
