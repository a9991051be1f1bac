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
    sh::run(cargo().args(["test", "-q", "-p", "aether-protocol"]).env("UPDATE_SCHEMAS", "1"))
}

fn tests(filter: Option<&String>) -> Result {
    // The black-box tests start these programs.
    sh::run(cargo().args(["build", "-p", "aether-server", "-p", "aether-cli", "-p", "aether-init"]))?;
    sh::run(
        cargo().args(["build", "-p", "aether-server", "--features", "fault-points", "--target-dir"]).arg(faulty()),
    )?;
    let mut command = match setup::nextest() {
        Some(program) if program.components().count() > 1 => {
            let mut command = sh::program(program);
            command.args(["nextest", "run"]);
            command
        }
        Some(_) => {
            let mut command = cargo();
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

/// The server with fault points is another program: it must never be taken for the one that is shipped.
fn faulty() -> std::path::PathBuf {
    sh::target().join("fault-points")
}

/// Licences, sources and bans, where the tool is there.
fn dependencies() -> Result {
    if !crate::host::has("cargo-deny") {
        println!("    cargo-deny is not installed; licences and bans were not checked (cargo install cargo-deny)");
        return Ok(());
    }
    sh::run(program("cargo-deny").args(["check", "bans", "licenses", "sources"]))
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
