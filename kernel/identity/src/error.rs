//! Why identity refused.

use std::io;
use std::path::PathBuf;

use aether_protocol::{ErrorCode, WireError};
use aether_store::StoreError;

pub type Result<T, E = IdentityError> = std::result::Result<T, E>;

/// A refused or failed command on accounts, or a start that cannot be made safely. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("Invalid credentials")]
    InvalidCredentials,
    #[error("Invalid or expired token")]
    InvalidToken,
    #[error("The current password is wrong. Type it again.")]
    WrongPassword,
    #[error("Registration is closed")]
    RegistrationClosed,
    #[error("Username \"{0}\" already exists")]
    UsernameTaken(String),
    #[error("A username has 2 to 64 characters: letters, digits, _ and -. Choose another one.")]
    BadUsername,
    #[error("The username \"{0}\" is reserved. Choose another one.")]
    ReservedUsername(String),
    #[error("A password has at least 8 characters and at most 1024 bytes. Choose another one.")]
    BadPassword,
    #[error("AETHER_ADMIN_PASSWORD needs at least 8 characters and at most 1024 bytes. Set a longer one or unset it.")]
    BadAdminPassword,
    #[error("A display name has at most 128 characters and no control characters. Choose another one.")]
    BadDisplayName,
    #[error("Too many failed attempts for this account. Try again in {0} s.")]
    TooManyAttempts(u64),
    #[error("The code is wrong or was used already. Wait for the next one and type it again.")]
    WrongCode,
    #[error("Invalid code. Wait for the next one, or use a recovery code.")]
    InvalidCode,
    #[error("A second factor is on already. Turn it off first.")]
    FactorOn,
    #[error("No second factor is on.")]
    FactorOff,
    #[error("No second factor has been set up. Set one up first.")]
    FactorMissing,
    #[error(
        "The second factor cannot be read, because the kernel's secret is another one now. Use a recovery code to turn \
         it off, and set it up again."
    )]
    FactorUnreadable,
    #[error("A secret could not be sealed: {0}")]
    Seal(String),
    #[error("A second factor could not be made: {0}")]
    Factor(String),
    #[error("User {0} not found")]
    NoSuchUser(String),
    #[error("You cannot delete your own account. Ask another administrator.")]
    OwnAccount,
    #[error("This is the last administrator. Without one nobody could manage this kernel.")]
    LastAdmin,
    #[error("{0}")]
    Held(String),
    #[error("Only a signed-in person may do this, not an agent.")]
    NotAPerson,
    #[error("You signed in a while ago. Give your password with this, or sign in again.")]
    PasswordNeeded,
    #[error("Session not found")]
    NoSuchSession,
    #[error("API token not found")]
    NoSuchToken,
    #[error("A token's name has 1 to 64 characters and no control characters. Choose another one.")]
    BadTokenName,
    #[error("A token lives 1 to 3650 days, or until it is revoked where none are given.")]
    BadTokenDays,
    #[error("{0}")]
    BadScopes(String),
    #[error("Only an administrator's token may have the scope admin. Leave it out.")]
    AdminScope,
    #[error("You have {0} API tokens, and no room for more. Revoke one first.")]
    TooManyTokens(usize),
    #[error("Change your own password by the one you have, or ask another administrator.")]
    OwnReset,
    #[error("A reset token lives 1 to 10080 minutes.")]
    BadResetTime,
    #[error("This reset token is not good any more. Ask an administrator for another one.")]
    BadResetToken,
    #[error("The account was changed meanwhile. Try again.")]
    Changed,
    #[error("{path} can be read by others (mode {mode:03o}). Run chmod 600 {path} and start again.")]
    SecretExposed { path: PathBuf, mode: u32 },
    #[error(
        "{0} does not hold a secret of 32 bytes in base64url. Restore it, or delete it to have a new one made; \
         everybody has to sign in again then."
    )]
    SecretInvalid(PathBuf),
    #[error("{path} could not be read or written: {cause}. Check that the folder belongs to you.")]
    SecretFile { path: PathBuf, cause: io::Error },
    #[error(
        "The secrets in {0} cannot be opened: AETHER_SECRET is not the one they were kept under, or the file is damaged. \
         Start with that secret again, or delete the file and enter the keys anew."
    )]
    SecretsSealed(PathBuf),
    #[error("The keyring of this machine did not answer. Unlock it, then try again.")]
    KeyringSilent,
    #[error("The keyring of this machine cannot be used: {0}. Unlock it or set AETHER_KEYRING=0, then try again.")]
    Keyring(&'static str),
    #[error("{0:?} is no name of a secret")]
    SecretName(String),
    #[error("A password could not be hashed: {0}")]
    Hash(String),
    #[error("A token could not be signed: {0}")]
    Sign(String),
    #[error("A change of accounts did not finish: {0}")]
    Interrupted(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<IdentityError> for aether_base::Error {
    fn from(error: IdentityError) -> Self {
        let code = match error {
            IdentityError::InvalidCredentials | IdentityError::InvalidToken | IdentityError::InvalidCode => {
                ErrorCode::Unauthenticated
            }
            IdentityError::WrongPassword
            | IdentityError::RegistrationClosed
            | IdentityError::NotAPerson
            | IdentityError::PasswordNeeded
            | IdentityError::AdminScope
            | IdentityError::BadResetToken => ErrorCode::Forbidden,
            IdentityError::UsernameTaken(_) | IdentityError::Changed => ErrorCode::Conflict,
            IdentityError::BadUsername
            | IdentityError::ReservedUsername(_)
            | IdentityError::BadPassword
            | IdentityError::BadAdminPassword
            | IdentityError::BadDisplayName
            | IdentityError::BadTokenName
            | IdentityError::BadTokenDays
            | IdentityError::BadScopes(_)
            | IdentityError::BadResetTime
            | IdentityError::WrongCode => ErrorCode::InvalidInput,
            IdentityError::TooManyAttempts(seconds) => {
                return WireError::new(ErrorCode::RateLimited, error.to_string()).with_retry_after(seconds).into();
            }
            IdentityError::NoSuchUser(_) | IdentityError::NoSuchSession | IdentityError::NoSuchToken => {
                ErrorCode::NotFound
            }
            IdentityError::TooManyTokens(_) => ErrorCode::QuotaExceeded,
            IdentityError::OwnAccount
            | IdentityError::OwnReset
            | IdentityError::LastAdmin
            | IdentityError::Held(_)
            | IdentityError::FactorOn
            | IdentityError::FactorOff
            | IdentityError::FactorMissing
            | IdentityError::FactorUnreadable => ErrorCode::InvalidState,
            IdentityError::SecretsSealed(_) | IdentityError::KeyringSilent | IdentityError::Keyring(_) => {
                ErrorCode::Unavailable
            }
            IdentityError::Store(error) => return error.into(),
            IdentityError::SecretExposed { .. }
            | IdentityError::SecretInvalid(_)
            | IdentityError::SecretFile { .. }
            | IdentityError::SecretName(_)
            | IdentityError::Hash(_)
            | IdentityError::Sign(_)
            | IdentityError::Seal(_)
            | IdentityError::Factor(_)
            | IdentityError::Interrupted(_) => return aether_base::Error::internal(error),
        };
        WireError::new(code, error.to_string()).into()
    }
}
