//! Why a process command was refused.

use aether_base::sandbox::SandboxError;
use aether_protocol::domains::agent::Grant;
use aether_protocol::{ErrorCode, Pid, WireError};
use aether_store::StoreError;

pub type Result<T, E = ProcessError> = std::result::Result<T, E>;

/// A refused or failed command on a process. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("Process {0} not found")]
    NotFound(Pid),
    #[error(
        "Process table full: {0} agents exist. Stop one and wait until it has ended, or raise AETHER_MAX_PROCESSES."
    )]
    TableFull(usize),
    #[error("This agent has {0} children, which is as many as it may have. Wait until one has ended.")]
    TooManyChildren(usize),
    #[error("Agents start agents {0} deep on this kernel, and this one is that deep. Do it yourself.")]
    TooDeep(u32),
    #[error("Process {0} is no child of this agent. It can wait only for those that it has started itself.")]
    NotAChild(Pid),
    #[error("{0:?} cannot be an environment variable. Names have letters, digits and _, and values no NUL.")]
    BadVariable(String),
    #[error("The environment variable {0} is the kernel's own. Choose another name.")]
    OurVariable(String),
    #[error("You have {0} agents, which is your share of this kernel. Stop one and wait until it has ended.")]
    ShareTaken(usize),
    #[error("Organization not found")]
    NoOrg,
    #[error("Your role in this organisation does not allow you to start agents in it. Ask one of its admins.")]
    OrgRefuses,
    #[error("{what} may have {limit} bytes at most. Put what is longer into a file.")]
    TooLong { what: &'static str, limit: usize },
    #[error("You have {0} terminals open, which is as many as one may have. Close one.")]
    TooManyTerminals(usize),
    #[error("This waits for an approval, not for an answer. Approve or reject it.")]
    NotAQuestion,
    #[error("Say which approval is meant: the bare host is not granted by the way.")]
    Unnamed,
    #[error("An agent needs a goal. Say in a sentence what it should reach.")]
    NoGoal,
    #[error("Priority must be a whole number from 1 (first) to 5 (last)")]
    BadPriority,
    #[error("{0} must be above zero. Leave it out for no limit of your own.")]
    BadLimit(&'static str),
    #[error("An administrator keeps {0} below that. Ask one to allow more.")]
    AboveCeiling(&'static str),
    #[error(
        "You may not allow more than this budget: an administrator has set it, or those who manage the organisation. Ask \
         one of them. A day's budget is renewed at midnight (UTC), and the agent goes on then."
    )]
    NotTheirs,
    #[error("No usage data for PID {0}")]
    NoUsage(Pid),
    #[error("The list of prices cannot be read: {0}.")]
    Prices(String),
    #[error("Process not in waiting state")]
    NotWaiting,
    #[error("The approval {0} is not open any more. Look at the agent's current request.")]
    StaleApproval(String),
    #[error("Process not running or already paused")]
    NotRunning,
    #[error("Process not paused")]
    NotPaused,
    #[error("Process not waiting for continue")]
    NotAtLimit,
    #[error("Process {0} has ended")]
    Ended(Pid),
    #[error("A message needs content.")]
    EmptyMessage,
    #[error("Failed to send IPC message: source or target process not found")]
    Unreachable,
    #[error(
        "The queue of {receiver} is full: it takes {limit} that have not been read. Wait until {receiver} has read \
         some, or put what you have to say into a file, and send it again."
    )]
    QueueFull { receiver: String, limit: String },
    #[error("A channel is named by 1 to 128 letters, digits and . _ : - or /. Choose another name.")]
    BadChannel,
    #[error("A key has 1 to 256 bytes. Choose another one, or leave it out.")]
    BadKey,
    #[error("The runtime {0} is not part of this version. Use the built-in one.")]
    NoRuntime(String),
    #[error("Terminal {0} not found")]
    NoTerminal(String),
    #[error("This needs a connection that carries binary streams (aether.2).")]
    NoStreams,
    #[error("{action}")]
    NeedsApproval { action: String, grant: Grant },
    #[error("Only an administrator may allow the bare host, and only to an agent of its own.")]
    HostByAdmin,
    #[error("An agent cannot answer what agents ask people.")]
    NotAPerson,
    #[error("{0}")]
    Refused(String),
    #[error("Snapshot {0} not found")]
    NoSnapshot(String),
    #[error("The run could not be taken on: {0}")]
    NotRestored(String),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Other(#[from] aether_base::Error),
}

impl From<WireError> for ProcessError {
    fn from(error: WireError) -> Self {
        ProcessError::Other(error.into())
    }
}

impl From<ProcessError> for aether_base::Error {
    fn from(error: ProcessError) -> Self {
        let code = match &error {
            ProcessError::NotFound(_)
            | ProcessError::NoTerminal(_)
            | ProcessError::NoUsage(_)
            | ProcessError::NoOrg
            | ProcessError::NoSnapshot(_)
            | ProcessError::Unreachable => ErrorCode::NotFound,
            ProcessError::TableFull(_)
            | ProcessError::ShareTaken(_)
            | ProcessError::TooManyTerminals(_)
            | ProcessError::TooManyChildren(_)
            | ProcessError::TooDeep(_)
            | ProcessError::QueueFull { .. } => ErrorCode::QuotaExceeded,
            ProcessError::TooLong { .. } => ErrorCode::TooLarge,
            ProcessError::NoGoal
            | ProcessError::BadPriority
            | ProcessError::BadLimit(_)
            | ProcessError::BadVariable(_)
            | ProcessError::OurVariable(_)
            | ProcessError::EmptyMessage
            | ProcessError::BadChannel
            | ProcessError::BadKey
            | ProcessError::Unnamed => ErrorCode::InvalidInput,
            ProcessError::NotWaiting
            | ProcessError::StaleApproval(_)
            | ProcessError::NotRunning
            | ProcessError::NotPaused
            | ProcessError::NotAtLimit
            | ProcessError::Ended(_)
            | ProcessError::NotAQuestion
            | ProcessError::NoStreams => ErrorCode::InvalidState,
            ProcessError::NoRuntime(_) => ErrorCode::Unimplemented,
            ProcessError::NeedsApproval { .. } => ErrorCode::ApprovalRequired,
            ProcessError::Refused(_)
            | ProcessError::NotAChild(_)
            | ProcessError::AboveCeiling(_)
            | ProcessError::NotTheirs
            | ProcessError::HostByAdmin
            | ProcessError::NotAPerson
            | ProcessError::OrgRefuses => ErrorCode::Forbidden,
            ProcessError::Sandbox(_) => ErrorCode::Unavailable,
            ProcessError::Prices(_)
            | ProcessError::NotRestored(_)
            | ProcessError::Store(_)
            | ProcessError::Other(_) => return wrapped(error),
        };
        let wire = WireError::new(code, error.to_string());
        match error {
            ProcessError::NeedsApproval { grant, .. } => wire.with_grant(grant).into(),
            _ => wire.into(),
        }
    }
}

fn wrapped(error: ProcessError) -> aether_base::Error {
    match error {
        ProcessError::Store(error) => error.into(),
        ProcessError::Other(error) => error,
        other => aether_base::Error::internal(other),
    }
}
