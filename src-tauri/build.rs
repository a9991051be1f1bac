//! Checks the configuration, and says where the built user interface is.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tauri_build::{AppManifest, Attributes};

/// What the window says if the program was built without its user interface.
const ABSENT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Aether OS</title>\
<body style=\"background:#0A0E13;color:#D5DCE6;font:16px system-ui;display:grid;place-content:center;height:90vh\">\
<p>This program was built without its user interface. Build that with <code>cargo xtask build-ui</code>, then this \
again.</p></body></html>";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-env-changed=AETHER_UI");
    println!("cargo:rerun-if-env-changed=TAURI_CONFIG");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let built = match std::env::var_os("AETHER_UI") {
        Some(folder) => PathBuf::from(folder),
        None => target(&out).join("ui").join(std::env::var("PROFILE")?),
    };
    // Also while it is empty: what does not exist would be looked at anew with every build.
    std::fs::create_dir_all(&built)?;
    println!("cargo:rerun-if-changed={}", built.display());
    let folder = out.join("ui");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    if built.join("index.html").is_file() {
        copy(&built, &folder)?;
    } else {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("index.html"), ABSENT)?;
    }
    // The macro that puts the pages into the program reads this beside tauri.conf.json.
    let mut config: Value = match std::env::var("TAURI_CONFIG") {
        Ok(text) => serde_json::from_str(&text)?,
        Err(_) => json!({}),
    };
    config["build"]["frontendDist"] = json!(folder);
    println!("cargo:rustc-env=TAURI_CONFIG={config}");
    tauri_build::try_build(Attributes::new().app_manifest(AppManifest::new().commands(&["link", "download"])))?;
    Ok(())
}

/// Copies a folder without what is there for servers: the program has its own way to compress.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&path, &copied)?;
        } else if !path.extension().is_some_and(|ending| ending == "br" || ending == "gz") {
            std::fs::copy(&path, &copied)?;
        }
    }
    Ok(())
}

/// The target folder, which may lie outside of the tree: Cargo marks it.
fn target(out: &Path) -> PathBuf {
    let marked = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    marked.map_or_else(|| PathBuf::from("../target"), Path::to_path_buf)
}
