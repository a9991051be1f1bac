//! Why the store could not do it.

use aether_protocol::WireError;
use rusqlite::ErrorCode;

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A failed read or write. The message is for the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("The disk is full. Free some space and try again; nothing that was confirmed is lost.")]
    DiskFull,
    #[error(
        "The database is locked by another program. Close what has it open and try again; nothing that was confirmed \
         is lost."
    )]
    Locked,
    #[error("The database is damaged: {0}. Restore it from a backup; the file was left as it is.")]
    Damaged(String),
    #[error("It exists already.")]
    Exists,
    #[error("The store is closed because Aether OS is shutting down.")]
    Closed,
    #[error("The database failed: {0}.")]
    Failed(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::DiskFull,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(error.to_string()),
            Some(ErrorCode::ConstraintViolation) => StoreError::Exists,
            _ => StoreError::Failed(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        StoreError::Failed(format!("a stored record is not valid JSON: {error}"))
    }
}

impl From<StoreError> for aether_base::Error {
    fn from(error: StoreError) -> Self {
        let wire = match &error {
            StoreError::DiskFull | StoreError::Locked => WireError::unavailable(error.to_string()),
            StoreError::Closed => WireError::new(aether_protocol::ErrorCode::ShuttingDown, error.to_string()),
            StoreError::Exists => WireError::new(aether_protocol::ErrorCode::Conflict, error.to_string()),
            StoreError::Damaged(_) | StoreError::Failed(_) => return aether_base::Error::internal(error),
        };
        aether_base::Error::because(wire, error)
    }
}
