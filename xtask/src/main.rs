//! `cargo xtask`: builds, runs, tests and packs Aether OS, and sets up the machine for it.
//!
//! What it owns: which program to start with which arguments, in which order, and what is missing on this machine.
//! What it never does: work of the product itself.
#![allow(clippy::print_stdout, clippy::print_stderr)] // It is a program for a terminal.

mod build;
mod dist;
mod doctor;
mod host;
mod run;
mod schemathesis;
mod screen;
mod setup;
mod sh;
mod test;
mod tidy;
mod ui;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  run [-- ARGS]    sets up what is missing, builds and opens Aether OS: a window, or the server where there is no display
                   or `-- --headless` is said; `-- --tour` runs the tour
  test [FILTER]    everything that must hold: format, lints, tidy, schemas, unit and black-box tests, the screen
  test screen [FILTER]  the screen's tests, the comparison of pictures among them
  build            the release programs into the target folder, with the desktop in them
  build-ui         the desktop as the browser loads it; --release as it is shipped
  dev [-- ARGS]    the server and the desktop from a debug build, restarted by you
  soak [--release] [--agents N]  thousands of agents, clients that come and go: fails where memory or open files grow
  bench            the figures of speed, each beside a bare baseline
  schemathesis     asks a server everything that its OpenAPI description says, as everybody who may
  dist             an archive of the release programs, and packages that the system installs
  doctor           what this machine has, what it lacks, and the remedy
  setup [--all]    installs what is missing; --all adds what only the screen and its tests need
  tidy             the rules of the tree that no compiler checks
  schema           writes the generated schemas anew";

/// Why a command of ours stopped. The sentence is for the person.
type Result<T = ()> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let done = match command.as_str() {
        "run" => run::run(&rest),
        "dev" => run::dev(&rest),
        "test" => test::run(&rest),
        "build" => build::release(),
        "build-ui" => ui::command(&rest),
        "bench" => test::bench(&rest),
        "schemathesis" => schemathesis::run(&rest),
        "soak" => test::soak(&rest),
        "dist" => dist::run(),
        "doctor" => doctor::run(),
        "setup" => setup::command(&rest),
        "tidy" => tidy::run(),
        "schema" => test::write_schemas(),
        "" | "help" | "-h" | "--help" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no command {other}.\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
