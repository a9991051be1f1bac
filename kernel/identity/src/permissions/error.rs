//! Why a policy was not kept, or is not there.

use aether_protocol::{ErrorCode, WireError};
use aether_store::StoreError;

pub type Result<T, E = PermissionError> = std::result::Result<T, E>;

/// A refused or failed command on policies. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum PermissionError {
    #[error("Policy not found")]
    NoSuchPolicy,
    #[error(
        "A subject is user:<id> of a user, team:<id> of a team, or role:<role> with owner, admin, manager, member or \
         viewer. Name one that is there."
    )]
    BadSubject,
    #[error(
        "An action is tool.<name>.execute, llm.<provider>.use, fs.<path>.read or fs.<path>.write, with * for any part, \
         or * for all. Name one of these."
    )]
    BadAction,
    #[error("A resource has 1 to 4096 characters and no control characters. Name a tool, a provider or a path, or *.")]
    BadResource,
    #[error("There are {0} policies, and no room for more. Revoke one first.")]
    TooMany(usize),
    #[error("A change of policies did not finish: {0}")]
    Interrupted(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PermissionError> for aether_base::Error {
    fn from(error: PermissionError) -> Self {
        let code = match error {
            PermissionError::NoSuchPolicy => ErrorCode::NotFound,
            PermissionError::BadSubject | PermissionError::BadAction | PermissionError::BadResource => {
                ErrorCode::InvalidInput
            }
            PermissionError::TooMany(_) => ErrorCode::QuotaExceeded,
            PermissionError::Store(error) => return error.into(),
            PermissionError::Interrupted(_) => return aether_base::Error::internal(error),
        };
        WireError::new(code, error.to_string()).into()
    }
}
