//! Where the programs under test are.

use std::path::PathBuf;

/// The folder Cargo built this test into: `<target>/<profile>`.
fn built() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    test.ancestors()
        .find(|folder| folder.join(".cargo-lock").is_file() || folder.join("build").is_dir())
        .expect("a folder of built programs")
        .to_owned()
}

/// A program of ours.
pub fn ours(name: &str) -> PathBuf {
    exists(built().join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// The server that can be killed at exact points.
pub fn faulty_aetherd() -> PathBuf {
    let target = built().parent().expect("the target folder").to_owned();
    exists(target.join(format!("fault-points/aetherd{}", std::env::consts::EXE_SUFFIX)))
}

/// The repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").to_owned()
}

fn exists(program: PathBuf) -> PathBuf {
    assert!(program.is_file(), "{} is missing; `cargo xtask test` builds it first", program.display());
    program
}
