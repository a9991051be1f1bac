//! The rules of the tree that no compiler checks: who may import whom, how long a file may be, what no file may say.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::Result;
use crate::sh::{cargo, output, program, root};

/// Lines a source file may have.
const LONGEST_FILE: usize = 600;
/// Bytes a committed file may have.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Which of our crates each of them may use. A crate that is missing here is an error.
const ARROWS: &[(&str, &[&str])] = &[
    ("aether-protocol", &[]),
    ("aether-base", &["aether-protocol"]),
    ("aether-store", &["aether-base", "aether-protocol"]),
    ("aether-process", &["aether-base", "aether-protocol", "aether-store"]),
    ("aether-files", &["aether-base", "aether-protocol", "aether-store"]),
    ("aether-identity", &["aether-base", "aether-protocol", "aether-store"]),
    ("aether-sandbox", &["aether-base", "aether-protocol"]),
    ("aether-schedule", &["aether-base", "aether-protocol", "aether-store"]),
    ("aether-webhook", &["aether-base", "aether-protocol", "aether-store"]),
    ("aether-init", &[]),
    ("aether-runtime", &["aether-protocol"]),
    (
        "aether-system",
        &[
            "aether-base",
            "aether-files",
            "aether-identity",
            "aether-process",
            "aether-protocol",
            "aether-runtime",
            "aether-sandbox",
            "aether-schedule",
            "aether-store",
            "aether-webhook",
        ],
    ),
    ("aether-server", &["aether-base", "aether-identity", "aether-protocol", "aether-system"]),
    ("aether-desktop", &["aether-protocol", "aether-server"]),
    ("aether-cli", &["aether-protocol"]),
    ("aether-tests", &["aether-protocol"]),
    ("aether-ui", &["aether-protocol"]),
    ("xtask", &[]),
    ("xtask-bindgen", &[]),
];

/// `cargo xtask tidy`.
pub fn run() -> Result {
    let mut faults = arrows()?;
    let files = output(program("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    for file in files.lines() {
        look_at(file, &mut faults);
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("\n    - {}", faults.join("\n    - "))) }
}

/// Faults in who imports whom.
fn arrows() -> Result<Vec<String>> {
    let text = output(cargo().args(["metadata", "--format-version", "1", "--no-deps", "--offline"]))
        .or_else(|_| output(cargo().args(["metadata", "--format-version", "1", "--no-deps"])))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut faults = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(allowed) = allowed.get(name) else {
            faults.push(format!("{name} has no row in xtask/src/tidy.rs that says what it may import"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let uses = dependency["name"].as_str().unwrap_or_default();
            if uses.starts_with("aether-") && !allowed.contains(&uses) {
                faults.push(format!("{name} must not import {uses} (ARCHITECTURE.md, Who may import whom)"));
            }
        }
    }
    Ok(faults)
}

fn look_at(file: &str, faults: &mut Vec<String>) {
    let path = root().join(file);
    let size = std::fs::metadata(&path).map(|data| data.len()).unwrap_or_default();
    if size > LARGEST_FILE {
        faults.push(format!("{file} has {size} bytes; at most {LARGEST_FILE} are kept in the tree"));
    }
    let Ok(text) = std::fs::read_to_string(&path) else { return };
    let source = Path::new(file).extension().is_some_and(|ending| ending == "rs");
    if source && text.lines().count() > LONGEST_FILE {
        faults.push(format!("{file} has {} lines; split it (at most {LONGEST_FILE})", text.lines().count()));
    }
    if source && !file.starts_with("xtask/") {
        for (number, line) in text.lines().enumerate() {
            if let Some(fault) = fault_of(line) {
                faults.push(format!("{file}:{}: {fault}", number + 1));
            }
        }
    }
    if file.split('/').any(|part| matches!(part.trim_end_matches(".rs"), "utils" | "util" | "helpers" | "misc")) {
        faults.push(format!("{file}: name a module after what it holds"));
    }
}

/// What a line of source must not hold.
fn fault_of(line: &str) -> Option<&'static str> {
    let code = line.split("//").next().unwrap_or_default();
    if line.contains("TODO") || line.contains("FIXME") || line.contains("XXX") {
        return Some("finish it, or leave it out");
    }
    let sleeps = code.contains("thread::sleep(") || code.contains("time::sleep(");
    if sleeps && !line.contains("// backoff") && !line.contains("// grace") {
        return Some("nothing polls and nothing sleeps between steps; say `// backoff` or `// grace` where it is one");
    }
    if line.ends_with(' ') || line.contains('\t') && !line.contains('"') {
        return Some("trailing blank or tab");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeping_needs_a_reason_and_unfinished_work_is_refused() {
        assert!(fault_of("    tokio::time::sleep(wait).await;").is_some());
        assert!(fault_of("    tokio::time::sleep(wait).await; // backoff").is_none());
        assert!(fault_of("    // TODO later").is_some());
        assert!(fault_of("    let a = 1;").is_none());
    }
}
