//! What the person has decided about the window: `<root>/etc/desktop.toml`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct File {
    /// Whether agents go on in the background once the window is closed. Absent: ask.
    keep_running: Option<bool>,
}

fn file(root: &Path) -> PathBuf {
    root.join("etc/desktop.toml")
}

/// Whether agents go on in the background once the window is closed, if that was decided.
pub fn keep_running(root: &Path) -> Option<bool> {
    let text = match std::fs::read_to_string(file(root)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(%error, "desktop.toml could not be read");
            return None;
        }
    };
    let read = toml::from_str::<File>(&text);
    read.map_err(|error| tracing::warn!(%error, "desktop.toml is not valid")).ok()?.keep_running
}

/// Keeps the decision for the next time.
pub fn decide(root: &Path, keep_running: bool) {
    let written = toml::to_string(&File { keep_running: Some(keep_running) })
        .map_err(std::io::Error::other)
        .and_then(|text| std::fs::write(file(root), text));
    if let Err(error) = written {
        tracing::warn!(%error, "desktop.toml could not be written; you will be asked again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_kept_and_what_is_no_file_decides_nothing() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(root.path().join("etc")).expect("a folder");
        assert_eq!(keep_running(root.path()), None);
        decide(root.path(), false);
        assert_eq!(keep_running(root.path()), Some(false));
        decide(root.path(), true);
        assert_eq!(keep_running(root.path()), Some(true));
        std::fs::write(file(root.path()), "keep_running = 7").expect("written");
        assert_eq!(keep_running(root.path()), None);
    }
}
