//! The error inside the kernel: the sentence for the person, and the context for the log, kept apart.

use std::fmt;

use aether_protocol::{ErrorCode, WireError};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed command before it leaves a door. The context never crosses one.
#[derive(Debug)]
pub struct Error {
    pub wire: WireError,
    pub context: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Our fault: the person gets a plain sentence, the log gets the cause.
    pub fn internal(context: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Error {
            wire: WireError::new(
                ErrorCode::Internal,
                "Something went wrong inside the kernel. Its log has the details.",
            ),
            context: Some(context.into()),
        }
    }

    /// A sentence for the person with a cause for the log.
    pub fn because(wire: WireError, context: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Error { wire, context: Some(context.into()) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wire.fmt(f)
    }
}

impl std::error::Error for Error {}

impl From<WireError> for Error {
    fn from(wire: WireError) -> Self {
        Error { wire, context: None }
    }
}
