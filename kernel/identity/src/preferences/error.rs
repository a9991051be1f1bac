//! Why a preference was not kept.

use aether_protocol::{ErrorCode, WireError};
use aether_store::StoreError;

pub type Result<T, E = PreferenceError> = std::result::Result<T, E>;

/// A refused or failed command on preferences. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum PreferenceError {
    #[error("A key of a preference has 1 to 64 characters: a-z, 0-9, ., _ and -. Choose another one.")]
    BadKey,
    #[error("A preference has at most 256 KiB. Keep less, or keep it in a file.")]
    TooLarge,
    #[error("There are 256 preferences, and no room for more. Delete one first.")]
    TooMany,
    #[error("{0} was changed elsewhere meanwhile. Read it again and repeat your change.")]
    Conflict(String),
    #[error("Only a signed-in person has preferences. Sign in and try again.")]
    NotAPerson,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PreferenceError> for aether_base::Error {
    fn from(error: PreferenceError) -> Self {
        let code = match error {
            PreferenceError::BadKey => ErrorCode::InvalidInput,
            PreferenceError::TooLarge => ErrorCode::TooLarge,
            PreferenceError::TooMany => ErrorCode::QuotaExceeded,
            PreferenceError::Conflict(_) => ErrorCode::Conflict,
            PreferenceError::NotAPerson => ErrorCode::Forbidden,
            PreferenceError::Store(error) => return error.into(),
        };
        WireError::new(code, error.to_string()).into()
    }
}
