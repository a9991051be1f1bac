//! Packing the release programs.

use crate::Result;
use crate::build::{PROGRAMS, shipped};
use crate::sh::{self, program, root, target};

/// `cargo xtask dist`: one archive with the programs and what a person has to read first.
pub fn run() -> Result {
    let built = shipped()?;
    let name = format!("aether-os-{}-{}-{}", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    let folder = target().join("dist").join(&name);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let copy = |from: std::path::PathBuf| {
        let to = from.file_name().map(|file| folder.join(file)).unwrap_or_default();
        std::fs::copy(&from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
    };
    for name in PROGRAMS {
        copy(built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))?;
    }
    for name in ["README.md", "CHANGELOG.md"] {
        copy(root().join(name))?;
    }
    let archive = target().join("dist").join(format!("{name}.tar.gz"));
    sh::run(program("tar").arg("-C").arg(target().join("dist")).arg("-czf").arg(&archive).arg(&name))?;
    println!("Packed {}.", archive.display());
    Ok(())
}
