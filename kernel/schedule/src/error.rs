//! Why a job or a trigger could not be made or changed.

use aether_protocol::{ErrorCode, WireError};
use aether_store::StoreError;

pub type Result<T, E = ScheduleError> = std::result::Result<T, E>;

/// A refused or failed command on jobs and triggers. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    #[error("Cron job not found")]
    NoJob,
    #[error("Trigger not found")]
    NoTrigger,
    /// In the words of the protocol.
    #[error("{0}")]
    Expression(String),
    #[error("{0} is no time zone. Name one of the IANA database, like Europe/Berlin, or leave it out for UTC.")]
    TimeZone(String),
    #[error("This schedule never comes due. Choose days that there are.")]
    Never,
    #[error("Two runs of this schedule would be {found} seconds apart, and {least} is the least. Choose a wider one.")]
    TooOften { found: u64, least: u64 },
    #[error("Jitter may have {most} seconds at most here: runs must keep their order. Choose less.")]
    TooMuchJitter { most: u64 },
    #[error(
        "Catching up on all runs starts agents side by side, and this job starts one at a time. Set overlap to allow, or \
         catch up once."
    )]
    AllAtOnce,
    #[error("A name has 1 to 128 characters. Choose another one.")]
    BadName,
    #[error("Say what the agent is to do: its goal is empty.")]
    NoGoal,
    #[error("A configuration with its filter may have {0} KiB at most. Say less, or keep it in a file.")]
    TooLarge(usize),
    #[error("There is no user {0}. Give the id or the name of one, or leave it out.")]
    NoUser(String),
    #[error("There are {0} jobs already, and no room for more. Delete one first.")]
    TooManyJobs(usize),
    #[error("There are {0} triggers already, and no room for more. Delete one first.")]
    TooManyTriggers(usize),
    #[error("{0} is no event that a trigger hears. Name one that tells what happened, like process.exit.")]
    BadEvent(String),
    #[error("A cooldown has {0} milliseconds at least. Choose a longer one.")]
    ShortCooldown(u64),
    #[error("Only a signed-in person has jobs and triggers. Sign in and try again.")]
    NotAPerson,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ScheduleError> for aether_base::Error {
    fn from(error: ScheduleError) -> Self {
        let code = match error {
            ScheduleError::NoJob | ScheduleError::NoTrigger | ScheduleError::NoUser(_) => ErrorCode::NotFound,
            ScheduleError::Expression(_)
            | ScheduleError::TimeZone(_)
            | ScheduleError::Never
            | ScheduleError::TooOften { .. }
            | ScheduleError::TooMuchJitter { .. }
            | ScheduleError::AllAtOnce
            | ScheduleError::BadName
            | ScheduleError::NoGoal
            | ScheduleError::BadEvent(_)
            | ScheduleError::ShortCooldown(_) => ErrorCode::InvalidInput,
            ScheduleError::TooLarge(_) => ErrorCode::TooLarge,
            ScheduleError::TooManyJobs(_) | ScheduleError::TooManyTriggers(_) => ErrorCode::QuotaExceeded,
            ScheduleError::NotAPerson => ErrorCode::Forbidden,
            ScheduleError::Store(error) => return error.into(),
        };
        WireError::new(code, error.to_string()).into()
    }
}
