//! `aether-desktop`: Aether OS as an installed program, the kernel in the same process as its window.
//!
//! What it owns: the window and what the system gives a program (tray, notifications, links, menus), and the bridge
//! between the page and the kernel. What it never does: work of the kernel; it is a client of `aether.2` like others.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod attention;
mod batch;
mod bridge;
mod desktop;
mod downloads;
mod drawing;
mod ending;
mod files;
mod habits;
mod landing;
mod menu;
mod notice;
mod settings;
#[cfg(test)]
mod testing;
mod tray;

use std::process::ExitCode;

use aether_server::program::{self, Options};
use clap::Parser;

/// The name of the program.
const NAME: &str = "aether-desktop";

/// Aether OS as a window: agents, their files and terminals, on this machine.
///
/// Settings come from these options, then from AETHER_* variables, then from <root>/etc/config.toml.
#[derive(Debug, Parser)]
#[command(name = NAME, version)]
struct Arguments {
    /// Runs without a window, as aetherd does
    #[arg(long)]
    headless: bool,
    #[command(flatten)]
    options: Options,
    /// What to show: addresses like aether://agent/17
    #[arg(value_name = "ADDRESS")]
    addresses: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.headless {
        program::headless(NAME, &arguments.options)
    } else {
        drawing::prepare();
        desktop::run(&arguments.options, arguments.addresses)
    }
}
