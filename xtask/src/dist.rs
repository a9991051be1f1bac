//! Packing what is shipped: an archive of the programs, and packages that the system installs.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::Result;
use crate::build::{DESKTOP, PROGRAMS, packed};
use crate::setup::{For, ensure};
use crate::sh::{self, npm_program, program, root, step, target};
use crate::ui::empty;

/// Kinds of packages that are made here. An AppImage is none of them: its tools come from the network at the time of
/// packing, and it could not bring the system's own bubblewrap, which confines agents.
const KINDS: &str = if cfg!(target_os = "linux") {
    "deb,rpm"
} else if cfg!(target_os = "macos") {
    "app,dmg"
} else {
    "nsis"
};
/// What a person has to read first.
const PAPERS: [&str; 2] = ["README.md", "CHANGELOG.md"];

/// `cargo xtask dist`.
pub fn run() -> Result {
    ensure(For::Pack)?;
    let built = packed()?;
    let out = target().join("dist");
    std::fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let mut made = vec![archive(&built, &out)?];
    step(&format!("packing for this system ({KINDS})"), || {
        made.extend(packages(&built, &out)?);
        Ok(())
    })?;
    for made in made {
        println!("Packed {}.", made.display());
    }
    Ok(())
}

/// Where a program was built.
fn built_program(built: &Path, name: &str) -> PathBuf {
    built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// All programs in one folder, as each looks for the others.
fn archive(built: &Path, out: &Path) -> Result<PathBuf> {
    let name = format!("aether-os-{}-{}-{}", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    let folder = out.join(&name);
    empty(&folder)?;
    for name in PROGRAMS.iter().chain([&DESKTOP]) {
        copy_into(&folder, &built_program(built, name))?;
    }
    for name in PAPERS {
        copy_into(&folder, &root().join(name))?;
    }
    let archive = out.join(format!("{name}.tar.gz"));
    sh::run(program("tar").arg("-C").arg(out).arg("-czf").arg(&archive).arg(&name))?;
    Ok(archive)
}

/// Packages of the window's program.
fn packages(built: &Path, out: &Path) -> Result<Vec<PathBuf>> {
    let bundles = built.join("bundle");
    // What an earlier version left would be taken for one of this.
    empty(&bundles)?;
    let mut bundler = npm_program("src-tauri", "tauri");
    bundler.args(["bundle", "--ci", "--no-sign", "--no-binary-patching", "--bundles", KINDS]);
    bundler.arg("--config").arg(beside(built).to_string());
    sh::run(&mut bundler)?;
    let mut packages = Vec::new();
    for kind in KINDS.split(',').filter(|kind| *kind != "app") {
        let ending = if kind == "nsis" { "exe" } else { kind };
        for made in files(&bundles.join(kind))? {
            let name = made.file_name().unwrap_or_default().to_string_lossy().replace(' ', "-");
            if name.ends_with(&format!(".{ending}")) {
                let package = out.join(name);
                std::fs::copy(&made, &package).map_err(|error| format!("{}: {error}", package.display()))?;
                packages.push(package);
            }
        }
    }
    if packages.is_empty() { Err("the bundler has made no package".to_owned()) } else { Ok(packages) }
}

/// Adds the other programs to the packages, beside the one with the window: it looks for `aether-init` there, without
/// which no command of an agent is run. They are no part of the lasting configuration, because every build of the
/// window would have to find them.
fn beside(built: &Path) -> Value {
    let programs = PROGRAMS.iter().map(|name| (format!("/usr/bin/{name}"), json!(built_program(built, name))));
    let files = Value::from(Map::from_iter(programs));
    json!({ "bundle": { "linux": { "deb": { "files": files }, "rpm": { "files": files } } } })
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
}

fn copy_into(folder: &Path, from: &Path) -> Result {
    let to = folder.join(from.file_name().unwrap_or_default());
    std::fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
}
