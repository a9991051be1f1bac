//! Who there is: users, passwords, tokens; and what was done: the audit log.
//!
//! What it owns: accounts, the secret that signs tokens, revocations, the keys of others that are kept by name, and the
//! rows of the audit log.
//! What it never does: decide what a caller may do (that is the gate), keep a password or a token in clear, or touch
//! the disk to check a token.

mod accounts;
mod api;
pub mod audit;
mod directory;
mod error;
mod identity;
mod password;
mod random;
mod rules;
mod secret;
pub mod secrets;
mod store;
mod throttle;
mod token;
mod whereabouts;

pub use audit::{AUDIT_MIGRATIONS, AuditLog};
pub use error::{IdentityError, Result};
pub use identity::{Authenticated, FirstAdmin, Identity, IdentitySettings, TOKEN_LIFETIME};
pub use secrets::{SecretSettings, SecretStore};
pub use store::MIGRATIONS;
pub use whereabouts::Presence;

#[cfg(test)]
mod tests;
