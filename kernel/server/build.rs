//! Finds the built desktop that becomes part of the program.
#![allow(clippy::print_stdout)] // It is how Cargo is told.

use std::path::{Path, PathBuf};

fn main() -> Result<(), String> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=AETHER_UI");
    if std::env::var_os("CARGO_FEATURE_UI").is_none() {
        return Ok(());
    }
    let folder = std::env::var_os("AETHER_UI").map(PathBuf::from).or_else(built).ok_or(
        "the feature `ui` needs a built desktop: run `cargo xtask build-ui --release`, or set AETHER_UI to its folder",
    )?;
    let page = folder.join("index.html");
    if !page.is_file() {
        return Err(format!("{} holds no desktop: there is no index.html in it", folder.display()));
    }
    // The page names every other file by its content, so it changes whenever one of them does.
    println!("cargo:rerun-if-changed={}", page.display());
    println!("cargo:rustc-env=AETHER_UI_FOLDER={}", folder.display());
    Ok(())
}

/// The release build of the desktop in the folder Cargo builds into.
fn built() -> Option<PathBuf> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR")?);
    out.ancestors().map(|folder: &Path| folder.join("ui/release")).find(|folder| folder.join("index.html").is_file())
}
