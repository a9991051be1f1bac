//! Everything that must hold, the cheap things first.

use crate::setup::{self, For, Wasm, ensure};
use crate::sh::{self, cargo, program, step};
use crate::{Result, tidy};

/// `cargo xtask test [FILTER]`: with a filter, only the tests whose name contains it.
pub fn run(words: &[String]) -> Result {
    if let Some(filter) = words.first() {
        ensure(For::Test)?;
        return tests(Some(filter));
    }
    step("format", || sh::run(cargo().args(["fmt", "--all", "--check"])))?;
    step("tidy", tidy::run)?;
    ensure(For::Test)?;
    step("lints", || sh::run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])))?;
    step("dependencies", dependencies)?;
    step("protocol for the browser", protocol_for_wasm)?;
    step("tests", || tests(None))
}

/// `cargo xtask bench`.
pub fn bench(words: &[String]) -> Result {
    ensure(For::Run)?;
    crate::build::programs(true)?;
    sh::run(cargo().args(["run", "--release", "-p", "aether-tests", "--bin", "bench", "--"]).args(words))
}

/// `cargo xtask schema`.
pub fn write_schemas() -> Result {
    sh::run(cargo().args(["test", "-q", "-p", "aether-protocol"]).env("AETHER_UPDATE_SCHEMAS", "1"))
}

fn tests(filter: Option<&String>) -> Result {
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
    command.arg("--workspace").args(filter);
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

fn protocol_for_wasm() -> Result {
    match setup::wasm() {
        Some(Wasm::Rustup) => {
            sh::run(cargo().args(["check", "-p", "aether-protocol", "--target", "wasm32-unknown-unknown"]))
        }
        Some(Wasm::Debian) => sh::run(
            program("/usr/bin/cargo")
                .args(["check", "-p", "aether-protocol", "--target", "wasm32-unknown-unknown"])
                .arg("-Zbuild-std=std,panic_abort")
                .arg("--target-dir")
                .arg(sh::target().join("wasm"))
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .env_remove("RUSTUP_TOOLCHAIN"),
        ),
        None => {
            println!("    there is no WebAssembly compiler; not checked (cargo xtask setup --all)");
            Ok(())
        }
    }
}
