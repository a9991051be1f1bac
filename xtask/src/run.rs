//! Starting Aether OS from the source tree.

use crate::host;
use crate::setup::{For, ensure};
use crate::sh::{program, run as run_program};
use crate::{Result, build, ui};

/// `cargo xtask run`: set-up, build, start: the window where there is a display, the server where there is none or
/// `--headless` is said. With `--tour` the command line instead.
pub fn run(words: &[String]) -> Result {
    let words = arguments(words);
    let says = |option: &str| words.iter().any(|word| word == option);
    if host::has_display() && !says("--headless") && !says("--tour") {
        ensure(For::Window)?;
        let folder = build::desktop(false)?;
        return run_program(program(folder.join(build::DESKTOP)).args(words));
    }
    ensure(For::Run)?;
    let folder = build::programs(false, None)?;
    if words.first().is_some_and(|word| word == "--tour") {
        return run_program(program(folder.join("aether")).arg("tour").args(&words[1..]));
    }
    let desktop = ui::build(false)?;
    let words = words.iter().filter(|word| *word != "--headless");
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
