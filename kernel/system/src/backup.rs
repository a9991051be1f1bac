//! Copies of the databases, made while they are in use.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aether_base::{Error, Result, now_ms};
use aether_protocol::WireError;
use aether_protocol::domains::kernel::{BackupMade, BackupRequest};
use aether_store::Store;

use crate::root::private;

/// Characters of a name at most.
const LONGEST: usize = 64;

/// Makes copies in `<root>/backups`, which the kernel's owner alone may read.
pub struct Backups {
    pub store: Arc<Store>,
    pub logs: Arc<Store>,
    pub folder: PathBuf,
}

impl Backups {
    /// Copies both databases. One of them alone is no backup: if the second copy fails, the first goes too.
    ///
    /// # Errors
    /// When the name is taken or no name, the disk is full, or a copy does not hold.
    pub async fn make(&self, request: BackupRequest) -> Result<BackupMade> {
        let created_at = now_ms();
        let name = request.name.unwrap_or_else(|| format!("aether-{created_at}"));
        if !is_name(&name) {
            let message = format!(
                "{name:?} is no name for a backup. Use letters, digits, '-', '_' and '.', {LONGEST} at most, and no \
                 '.' at the beginning."
            );
            return Err(WireError::invalid(message).into());
        }
        let failed = |error: std::io::Error| {
            let message = format!("{} could not be used: {error}. Check the disk.", self.folder.display());
            Error::from(WireError::unavailable(message))
        };
        std::fs::create_dir_all(&self.folder).and_then(|()| private(&self.folder)).map_err(failed)?;
        remove_parts(&self.folder).map_err(failed)?;
        let path = self.folder.join(format!("{name}.db"));
        let logs_path = self.folder.join(format!("{name}.logs.db"));
        if path.exists() || logs_path.exists() {
            return Err(WireError::conflict(format!("There is a backup {name} already. Choose another name.")).into());
        }
        self.store.backup(&path).await?;
        if let Err(error) = self.logs.backup(&logs_path).await {
            let _ = std::fs::remove_file(&path);
            return Err(error.into());
        }
        let size = |path: &Path| std::fs::metadata(path).map(|file| file.len()).map_err(failed);
        Ok(BackupMade {
            bytes: size(&path)? + size(&logs_path)?,
            path: path.display().to_string(),
            logs_path: logs_path.display().to_string(),
            name,
            created_at,
        })
    }
}

/// Removes what a kernel that was killed has left half made. One backup is made at a time, so that nobody is at it.
fn remove_parts(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "part") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// True for what is one file name everywhere.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.len() <= LONGEST && !name.starts_with('.') && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_half_made_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["monday.part", "monday.logs.part", "tuesday.db", "part.db"] {
            std::fs::write(folder.path().join(name), "x").expect("written");
        }
        remove_parts(folder.path()).expect("removed");
        let names = std::fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("one").file_name());
        let mut left: Vec<_> = names.collect();
        left.sort();
        assert_eq!(left, ["part.db", "tuesday.db"]);
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["monday", "2026-01-02_03.04", "a"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".", "..", ".hidden", "a/b", "a\\b", "a b", "\u{e4}", "a\0", &"a".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
