//! Starting Aether OS from the source tree.

use crate::setup::{For, ensure};
use crate::sh::{program, run as run_program};
use crate::{Result, build, ui};

/// `cargo xtask run`: set-up, build, start. With `--tour` (or any other argument of `aether run`) the command line
/// instead of the server.
pub fn run(words: &[String]) -> Result {
    let words = arguments(words);
    ensure(For::Run)?;
    let folder = build::programs(false, None)?;
    if words.first().is_some_and(|word| word == "--tour") {
        return run_program(program(folder.join("aether")).arg("tour").args(&words[1..]));
    }
    let desktop = ui::build(false)?;
    run_program(program(folder.join("aetherd")).args(words).env("AETHER_UI", desktop))
}

/// `cargo xtask dev`: like `run` without set-up.
pub fn dev(words: &[String]) -> Result {
    let folder = build::programs(false, None)?;
    let desktop = ui::build(false)?;
    let mut server = program(folder.join("aetherd"));
    run_program(server.args(arguments(words)).env("AETHER_LOG_LEVEL", "debug").env("AETHER_UI", desktop))
}

fn arguments(words: &[String]) -> &[String] {
    match words.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => words,
    }
}
