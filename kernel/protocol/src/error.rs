//! The one error that leaves a door. It carries the sentence for the person; internal context stays in the log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::agent::Grant;

/// What kind of failure it was, for programs. The REST spelling is upper case, the `aether.2` spelling is snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The frame or a field could not be read.
    InvalidInput,
    /// No valid sign-in.
    Unauthenticated,
    /// Signed in, but without the right.
    Forbidden,
    /// It does not exist, or the caller may not know that it does.
    NotFound,
    /// It exists, and is not in a state that allows this.
    InvalidState,
    /// It exists already.
    Conflict,
    /// A frame, body or file over its limit.
    TooLarge,
    /// Too many requests; `retry_after` says when to come back.
    RateLimited,
    /// A quota or budget is used up.
    QuotaExceeded,
    /// A person has to approve it first.
    ApprovalRequired,
    /// The command exists and its subsystem does not yet.
    Unimplemented,
    /// A peer outside (a model, a disk, a container engine) failed or is away.
    Unavailable,
    /// The kernel is closing and takes no more work.
    ShuttingDown,
    /// Our fault. The log has the details under the same time.
    Internal,
}

impl ErrorCode {
    /// The code in REST answers.
    pub fn rest(self) -> &'static str {
        match self {
            ErrorCode::InvalidInput => "INVALID_INPUT",
            ErrorCode::Unauthenticated => "UNAUTHENTICATED",
            ErrorCode::Forbidden => "FORBIDDEN",
            ErrorCode::NotFound => "NOT_FOUND",
            ErrorCode::InvalidState => "INVALID_STATE",
            ErrorCode::Conflict => "CONFLICT",
            ErrorCode::TooLarge => "TOO_LARGE",
            ErrorCode::RateLimited => "RATE_LIMITED",
            ErrorCode::QuotaExceeded => "QUOTA_EXCEEDED",
            ErrorCode::ApprovalRequired => "APPROVAL_REQUIRED",
            ErrorCode::Unimplemented => "NOT_IMPLEMENTED",
            ErrorCode::Unavailable => "UNAVAILABLE",
            ErrorCode::ShuttingDown => "SHUTTING_DOWN",
            ErrorCode::Internal => "INTERNAL",
        }
    }

    /// The HTTP status of the code (RFC 9110, and RFC 6585 for 429).
    pub fn status(self) -> u16 {
        match self {
            ErrorCode::InvalidInput => 400,
            ErrorCode::Unauthenticated => 401,
            ErrorCode::Forbidden | ErrorCode::ApprovalRequired => 403,
            ErrorCode::NotFound => 404,
            ErrorCode::InvalidState | ErrorCode::Conflict => 409,
            ErrorCode::TooLarge => 413,
            ErrorCode::RateLimited | ErrorCode::QuotaExceeded => 429,
            ErrorCode::Internal => 500,
            ErrorCode::Unimplemented => 501,
            ErrorCode::Unavailable | ErrorCode::ShuttingDown => 503,
        }
    }
}

/// A failed command, as its caller sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct WireError {
    pub code: ErrorCode,
    /// What happened, then what to do.
    #[serde(rename = "error")]
    pub message: String,
    /// Seconds to wait before trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// What a person would have to grant. For loops inside the kernel; it crosses no wire.
    #[serde(skip)]
    pub grant: Option<Box<Grant>>,
}

impl WireError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        WireError { code, message: message.into(), retry_after: None, grant: None }
    }

    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub fn with_grant(mut self, grant: Grant) -> Self {
        self.grant = Some(Box::new(grant));
        self
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidInput, message)
    }

    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Forbidden, message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, message)
    }

    pub fn state(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidState, message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, message)
    }

    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unavailable, message)
    }

    /// The one answer for a command whose subsystem is not served by this kernel.
    pub fn unimplemented(wire: &str) -> Self {
        Self::new(
            ErrorCode::Unimplemented,
            format!("{wire} is part of the protocol but not served by this version. Update Aether OS to use it."),
        )
    }
}
