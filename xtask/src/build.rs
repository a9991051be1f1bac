//! Building the programs.

use std::path::PathBuf;

use crate::Result;
use crate::sh::{cargo, run, step, target};

/// The programs that make up the headless product.
pub const PROGRAMS: &[&str] = &["aetherd", "aether", "aether-init"];

/// Builds the programs and answers the folder they are in.
pub fn programs(release: bool) -> Result<PathBuf> {
    let title = if release { "building Aether OS (release)" } else { "building Aether OS" };
    step(title, || {
        let mut build = cargo();
        build.args(["build", "-p", "aether-server", "-p", "aether-cli", "-p", "aether-init"]);
        if release {
            build.arg("--release");
        }
        run(&mut build)
    })?;
    Ok(target().join(if release { "release" } else { "debug" }))
}

/// Builds the program with the window beside the others, and answers the folder they are in.
pub fn desktop(release: bool) -> Result<PathBuf> {
    let folder = programs(release)?;
    step("building the window", || {
        let mut build = cargo();
        build.args(["build", "-p", "aether-desktop"]);
        if release {
            build.arg("--release");
        }
        run(&mut build)
    })?;
    Ok(folder)
}

/// `cargo xtask build`.
pub fn release() -> Result {
    let folder = programs(true)?;
    println!("The programs are in {}: {}.", folder.display(), PROGRAMS.join(", "));
    Ok(())
}
