//! Why a command on webhooks was refused or failed.

use aether_protocol::{ErrorCode, Pid, WireError};
use aether_store::StoreError;

pub type Result<T, E = WebhookError> = std::result::Result<T, E>;

/// A refused or failed command on webhooks. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("{0}")]
    Invalid(String),
    #[error("There are {0} webhooks, and no room for more. Delete one first.")]
    TooMany(u64),
    #[error("Only a signed-in person has webhooks. Sign in and try again.")]
    NotAPerson,
    #[error("There is no user {0}. Give the id or the name of one, or leave it out.")]
    NoSuchUser(String),
    #[error("There is no such webhook. Create one, and call the URL that comes with it.")]
    NoSuchHook,
    #[error("The signature is missing or wrong. Sign the body as it is sent, with the secret of this webhook.")]
    BadSignature,
    #[error(
        "This call was taken before, and started agent {0}. A signature over the body alone does not tell a repetition \
         from another call: change the body, or sign by webhook-signature under an id of its own."
    )]
    Repeated(Pid),
    #[error("The secret of this webhook cannot be read any more. Its owner has to create it anew.")]
    Unreadable,
    #[error("This webhook was called too often. Call it again later.")]
    TooOften(u64),
    #[error("Webhooks cannot be reached securely: {0}. Install the system's certificates (ca-certificates).")]
    NoClient(String),
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WebhookError {
    /// The error of a row that belongs to nobody: its user was deleted meanwhile.
    pub fn gone(error: StoreError) -> WebhookError {
        match error {
            StoreError::Exists => WebhookError::NotAPerson,
            other => WebhookError::Store(other),
        }
    }
}

impl From<WebhookError> for aether_base::Error {
    fn from(error: WebhookError) -> Self {
        let code = match error {
            WebhookError::Invalid(_) => ErrorCode::InvalidInput,
            WebhookError::TooMany(_) => ErrorCode::QuotaExceeded,
            WebhookError::NotAPerson | WebhookError::BadSignature => ErrorCode::Forbidden,
            WebhookError::NoSuchUser(_) | WebhookError::NoSuchHook => ErrorCode::NotFound,
            WebhookError::Repeated(_) => ErrorCode::Conflict,
            WebhookError::Unreadable => ErrorCode::InvalidState,
            WebhookError::TooOften(seconds) => {
                return WireError::new(ErrorCode::RateLimited, error.to_string()).with_retry_after(seconds).into();
            }
            WebhookError::NoClient(_) => ErrorCode::Unavailable,
            WebhookError::Wire(error) => return error.into(),
            WebhookError::Store(error) => return error.into(),
        };
        WireError::new(code, error.to_string()).into()
    }
}
