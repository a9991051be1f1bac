//! The tests and figures of the screen: a real browser and the real window, driven as a person drives them.

use std::path::Path;
use std::process::Command;

use crate::setup::{self, For, ensure};
use crate::sh::{program, root, run, target};
use crate::{Result, build};

const FOLDER: &str = "tests/e2e";
const ENDING: &str = ".test.mjs";

/// Compares pictures: by its name only, before a change of looks is shipped. Every machine draws letters a little its own way.
const PICTURES: &str = "visual";

/// Runs what a change of any kind can break: everything but the comparison of pictures.
pub fn usual(page: &Path) -> Result {
    ensure(For::Screen)?;
    let programs = build::window(false, page)?;
    let files = suites()?.into_iter().filter(|file| !file.contains(PICTURES));
    run(node(&programs, page).args(["--test", "--test-reporter=spec"]).args(files))
}

/// Runs the suites whose file is named like `filter`, else the tests that are; without a filter all of them. `page` is
/// the desktop as it is shipped.
pub fn tests(filter: Option<&String>, page: &Path) -> Result {
    ensure(For::Screen)?;
    let programs = build::window(false, page)?;
    let files = suites()?;
    let named = |file: &&String| filter.is_some_and(|filter| file.contains(filter.as_str()));
    let chosen: Vec<&String> = files.iter().filter(named).collect();
    let mut node = node(&programs, page);
    node.args(["--test", "--test-reporter=spec"]);
    match (filter, chosen.is_empty()) {
        (Some(filter), true) => node.arg(format!("--test-name-pattern={filter}")).args(&files),
        (_, true) => node.args(&files),
        (_, false) => node.args(chosen),
    };
    run(&mut node)
}

/// The figures of the screen, on the programs as they are shipped.
pub fn bench(words: &[String], page: &Path) -> Result {
    ensure(For::Screen)?;
    let programs = build::window(true, page)?;
    run(node(&programs, page).arg(format!("{FOLDER}/bench.mjs")).args(words))
}

/// Node, told where everything is.
fn node(programs: &Path, page: &Path) -> Command {
    let mut node = program("node");
    node.env("AETHER_PROGRAMS", programs).env("AETHER_UI", page).env("AETHER_E2E_OUT", target().join("e2e"));
    if let Some(driver) = setup::tauri_driver() {
        node.env("AETHER_TAURI_DRIVER", driver);
    }
    node
}

fn suites() -> Result<Vec<String>> {
    let folder = root().join(FOLDER);
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut files: Vec<String> =
        names.filter(|name| name.ends_with(ENDING)).map(|name| format!("{FOLDER}/{name}")).collect();
    files.sort();
    Ok(files)
}
