//! Why a command on snapshots was refused.

use aether_protocol::{ErrorCode, Pid, WireError};
use aether_store::StoreError;

use crate::error::FsError;

pub type Result<T, E = SnapshotError> = std::result::Result<T, E>;

/// A refused or failed command on snapshots. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("Process {0} not found")]
    NoProcess(Pid),
    #[error("Snapshot {0} not found")]
    NotFound(String),
    #[error("A description has {0} bytes at most. Choose a shorter one.")]
    DescriptionTooLong(usize),
    #[error("You have {0} snapshots, as many as one may have. Delete some first.")]
    TooMany(usize),
    #[error("Your snapshots would hold more than the {0} bytes they may. Delete some, or files of the agent, first.")]
    TooLarge(u64),
    #[error("{path} holds more than {limit} entries, which is more than a snapshot takes. Remove some first.")]
    TooManyEntries { path: String, limit: usize },
    #[error(
        "The paths in {path} have more than {limit} bytes, more than a snapshot takes. Remove or shorten some first."
    )]
    TooLongPaths { path: String, limit: usize },
    #[error("{0} changes while it is read. Stop what writes to it and try again.")]
    Changing(String),
    #[error(
        "The snapshot is damaged: the content of {0} is not what was kept. Nothing was started; restore an earlier one."
    )]
    Damaged(String),
    #[error("The snapshot is damaged: its {0} is not what was kept. Nothing was started; restore an earlier one.")]
    DamagedPart(String),
    #[error("The snapshot holds a {0}, which this version of the kernel does not know. Use the one that took it.")]
    UnknownPart(String),
    #[error(transparent)]
    Fs(#[from] FsError),
    #[error(transparent)]
    Other(#[from] aether_base::Error),
}

impl From<StoreError> for SnapshotError {
    fn from(error: StoreError) -> Self {
        SnapshotError::Fs(error.into())
    }
}

impl From<SnapshotError> for aether_base::Error {
    fn from(error: SnapshotError) -> Self {
        let code = match error {
            SnapshotError::NoProcess(_) | SnapshotError::NotFound(_) => ErrorCode::NotFound,
            SnapshotError::DescriptionTooLong(_)
            | SnapshotError::TooManyEntries { .. }
            | SnapshotError::TooLongPaths { .. } => ErrorCode::TooLarge,
            SnapshotError::TooMany(_) | SnapshotError::TooLarge(_) => ErrorCode::QuotaExceeded,
            SnapshotError::Changing(_)
            | SnapshotError::Damaged(_)
            | SnapshotError::DamagedPart(_)
            | SnapshotError::UnknownPart(_) => ErrorCode::InvalidState,
            SnapshotError::Fs(error) => return error.into(),
            SnapshotError::Other(error) => return error,
        };
        WireError::new(code, error.to_string()).into()
    }
}
