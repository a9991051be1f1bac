//! Building the programs.

use std::path::{Path, PathBuf};

use crate::setup::{For, ensure};
use crate::sh::{cargo, run, step, target};
use crate::{Result, ui};

/// The programs that make up the headless product.
pub const PROGRAMS: &[&str] = &["aetherd", "aether", "aether-init"];
/// The program with the window.
pub const DESKTOP: &str = "aether-desktop";

/// Builds the programs and answers the folder they are in. `desktop` becomes part of the server.
pub fn programs(release: bool, desktop: Option<&Path>) -> Result<PathBuf> {
    let title = if release { "building Aether OS (release)" } else { "building Aether OS" };
    step(title, || {
        let mut build = cargo();
        build.args(["build", "-p", "aether-server", "-p", "aether-cli", "-p", "aether-init"]);
        if release {
            build.arg("--release");
        }
        if let Some(desktop) = desktop {
            build.args(["--features", "aether-server/ui"]).env("AETHER_UI", desktop);
        }
        run(&mut build)
    })?;
    Ok(target().join(if release { "release" } else { "debug" }))
}

/// Builds the headless product as it is shipped, and answers the folder it is in.
pub fn shipped() -> Result<PathBuf> {
    ensure(For::Run)?;
    programs(true, Some(&ui::build(true)?))
}

/// Builds everything as it is shipped, and answers the folder it is in. The window's program has the desktop in it
/// twice: for its window, and for the browsers that it serves with `--headless`.
pub fn packed() -> Result<PathBuf> {
    let page = ui::build(true)?;
    step("building Aether OS and its window (release)", || {
        let mut build = cargo();
        // All at once: what they share would be built again for what each alone asks of it.
        build.args(["build", "--release", "-p", "aether-server", "-p", "aether-cli", "-p", "aether-init"]);
        build.args(["-p", DESKTOP, "--features", "aether-server/ui"]);
        run(build.env("AETHER_UI", &page))
    })?;
    Ok(target().join("release"))
}

/// Builds the program with the window beside the others, and answers the folder they are in.
pub fn desktop(release: bool) -> Result<PathBuf> {
    window(release, &ui::build(release)?)
}

/// Like [`desktop`], with this page in the window.
pub fn window(release: bool, page: &Path) -> Result<PathBuf> {
    let folder = programs(release, None)?;
    step("building the window", || {
        let mut build = cargo();
        build.args(["build", "-p", DESKTOP]).env("AETHER_UI", page);
        if release {
            build.arg("--release");
        }
        run(&mut build)
    })?;
    Ok(folder)
}

/// `cargo xtask build`.
pub fn release() -> Result {
    let folder = shipped()?;
    println!("The programs are in {}: {}.", folder.display(), PROGRAMS.join(", "));
    Ok(())
}
