//! Everything that must hold, the cheap things first.

use std::path::Path;

use crate::setup::{self, For, Wasm, ensure};
use crate::sh::{self, cargo, program, step};
use crate::{Result, screen, tidy, ui};

/// `cargo xtask test [FILTER]`: with a filter, only the tests whose name contains it; `screen` chooses those of the
/// screen, which may have a filter of their own.
pub fn run(words: &[String]) -> Result {
    if words.first().is_some_and(|word| word == "screen") {
        return screen::tests(words.get(1), &ui::build(true)?);
    }
    if let Some(filter) = words.first() {
        ensure(For::Test)?;
        return tests(Some(filter), &ui::build(false)?);
    }
    step("format", || sh::run(cargo().args(["fmt", "--all", "--check"])))?;
    step("tidy", tidy::run)?;
    ensure(For::Test)?;
    step("lints", || sh::run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])))?;
    step("dependencies", dependencies)?;
    step("lints for the browser", browser)?;
    let desktop = ui::build(true)?;
    step("size of the desktop", || ui::weigh(&desktop))?;
    step("other systems", other_systems)?;
    step("tests", || tests(None, &desktop))?;
    step("screen", || screen::usual(&desktop))
}

/// `cargo xtask bench`.
pub fn bench(words: &[String]) -> Result {
    ensure(For::Run)?;
    crate::build::programs(true, None)?;
    sh::run(cargo().args(["run", "--release", "-p", "aether-tests", "--bin", "bench", "--"]).args(words))?;
    screen::bench(words, &ui::build(true)?)
}

/// `cargo xtask soak [--release] [--agents N] [--clients N]`.
pub fn soak(words: &[String]) -> Result {
    ensure(For::Run)?;
    let (release, words): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| *word == "--release");
    crate::build::programs(!release.is_empty(), None)?;
    let mut soak = cargo();
    soak.arg("run").args(release).args(["-p", "aether-tests", "--bin", "soak", "--"]).args(words);
    sh::run(&mut soak)
}

/// `cargo xtask schema`.
pub fn write_schemas() -> Result {
    sh::run(cargo().args(["test", "-q", "-p", "aether-protocol"]).env("AETHER_UPDATE_SCHEMAS", "1"))
}

fn tests(filter: Option<&String>, desktop: &Path) -> Result {
    faulty_server()?;
    // The black-box tests start these programs.
    sh::run(cargo().args(["build", "-p", "aether-server", "-p", "aether-cli", "-p", "aether-init"]))?;
    let mut command = match setup::nextest() {
        Some(nextest) => {
            let mut command = program(nextest);
            command.args(["nextest", "run"]);
            command
        }
        None => {
            let mut command = cargo();
            command.arg("test");
            command
        }
    };
    command.arg("--workspace").args(filter).env("AETHER_UI", desktop);
    sh::run(&mut command)
}

/// The server with fault points is another program, in a folder of its own: it must never be taken for the one that is
/// shipped. It is built beside that one, so that both share what they are made of.
fn faulty_server() -> Result {
    sh::run(cargo().args(["build", "-p", "aether-server", "--features", "fault-points"]))?;
    let name = format!("aetherd{}", std::env::consts::EXE_SUFFIX);
    let folder = sh::target().join("fault-points");
    let copied = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::copy(sh::target().join("debug").join(&name), folder.join(&name)));
    copied.map(drop).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Licences, sources and bans.
fn dependencies() -> Result {
    let deny = setup::deny().ok_or("cargo-deny is not installed")?;
    sh::run(program(deny).args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))
}

/// The desktop and the protocol as the browser runs them.
fn browser() -> Result {
    let (mut cargo, compiler) = ui::compiler()?;
    let lints = Path::new("/usr/bin/cargo-clippy").is_file();
    if compiler == Wasm::Debian && lints {
        // Called by its path: the `cargo clippy` of rustup would lint with another compiler.
        let plain = std::mem::replace(&mut cargo, program("/usr/bin/cargo-clippy"));
        cargo.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("CARGO", "/usr/bin/cargo");
        cargo.env_remove("RUSTUP_TOOLCHAIN");
    }
    cargo.arg(if compiler == Wasm::Rustup || lints { "clippy" } else { "check" });
    cargo.args(["--quiet", "-p", "aether-ui", "-p", "aether-protocol"]);
    ui::for_browser(&mut cargo, compiler);
    if compiler == Wasm::Rustup || lints {
        cargo.args(["--", "-D", "warnings"]);
    }
    sh::run(&mut cargo)
}

/// What is written for one operating system alone, where a compiler for it is at hand. Linking needs that system.
fn other_systems() -> Result {
    const PARTS: [&str; 2] = ["aether-sandbox", "aether-init"];
    for target in ["aarch64-apple-darwin", "x86_64-pc-windows-gnu"] {
        if setup::add_target(target) {
            let packages = PARTS.iter().flat_map(|part| ["-p", part]);
            sh::run(cargo().args(["check", "--quiet", "--target", target]).args(packages))?;
        } else if setup::debian_compiler() && (!target.contains("windows") || setup::has_dlltool()) {
            check_for(target, "std,panic_unwind", &PARTS)?;
        } else {
            println!("    there is no compiler for {target} here; not checked");
        }
    }
    Ok(())
}

/// Type-checks with Debian's compiler, which builds the standard library from its source.
fn check_for(target: &str, library: &str, packages: &[&str]) -> Result {
    let mut check = program("/usr/bin/cargo");
    check.args(["check", "--quiet", "--target", target]).arg(format!("-Zbuild-std={library}"));
    check.args(packages.iter().flat_map(|package| ["-p", package]));
    check.arg("--target-dir").arg(sh::target().join("other-systems"));
    check.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTUP_TOOLCHAIN");
    sh::run(&mut check)
}
