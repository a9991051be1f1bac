//! The data root: its folders, and the lock that keeps a second kernel out.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Why the kernel could not start. The message is for the person who starts it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("Another Aether OS already uses {0}. Stop it first, or set AETHER_FS_ROOT to another folder.")]
    InUse(PathBuf),
    #[error("{path} could not be set up: {cause}. Check that the folder belongs to you and the disk has space.")]
    Root { path: PathBuf, cause: std::io::Error },
    #[error("{0}")]
    Store(#[from] aether_store::StoreError),
    #[error("{0}")]
    Identity(#[from] aether_identity::IdentityError),
    #[error("{0}")]
    Orgs(#[from] aether_identity::orgs::OrgError),
    #[error("{0}")]
    Permissions(#[from] aether_identity::permissions::PermissionError),
    #[error("{0}")]
    Files(#[from] aether_files::FsError),
    #[error("{0}")]
    Process(#[from] aether_process::ProcessError),
    #[error("{0}")]
    Models(#[from] aether_runtime::providers::ProviderError),
    #[error("{0}")]
    Other(#[from] aether_base::Error),
}

/// Holds the data root for this kernel until it is released or dropped.
#[derive(Debug)]
pub struct RootLock(Mutex<Option<File>>);

impl RootLock {
    /// Makes the folders and takes the lock.
    ///
    /// # Errors
    /// When another kernel holds it, or the folders cannot be made.
    pub fn take(root: &Path) -> Result<RootLock, StartError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |cause| StartError::Root { path, cause }
        };
        for folder in ["", "etc", "var", "run"] {
            let path = root.join(folder);
            std::fs::create_dir_all(&path).map_err(failed(&path))?;
            private(&path).map_err(failed(&path))?;
        }
        let path = root.join("run/kernel.lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(RootLock(Mutex::new(Some(file)))),
            Err(TryLockError::WouldBlock) => Err(StartError::InUse(root.to_owned())),
            Err(TryLockError::Error(cause)) => Err(StartError::Root { path, cause }),
        }
    }

    /// Lets another kernel take the root.
    pub fn release(&self) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    }
}

/// Shuts others out of a folder.
#[cfg(unix)]
pub fn private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// Folders of a user are the user's alone.
#[cfg(not(unix))]
pub fn private(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_kernel_is_refused_until_the_first_lets_go() {
        let root = tempfile::tempdir().expect("a folder");
        let first = RootLock::take(root.path()).expect("the lock");
        assert!(matches!(RootLock::take(root.path()), Err(StartError::InUse(_))));
        first.release();
        RootLock::take(root.path()).expect("the lock again");
    }
}
