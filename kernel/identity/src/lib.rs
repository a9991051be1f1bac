//! Who there is: users, passwords, second factors, sessions, tokens for programs; who belongs together: organisations and teams; what policies
//! speak of them; what they keep for their programs: preferences; and what was done: the audit log.
//!
//! What it owns: accounts, the keys that sign tokens, the secret that seals what must not lie on the disk in clear, revocations,
//! organisations, policies, preferences, the keys of others that are kept by name, and the rows of the audit log.
//! What it never does: decide what a caller may do (that is the gate), keep a password or a token in clear, or touch
//! the disk to check a token.

mod accounts;
mod api;
mod api_tokens;
pub mod audit;
mod directory;
mod error;
mod identity;
mod keys;
mod mfa;
pub mod orgs;
mod password;
pub mod permissions;
pub mod preferences;
mod profile;
mod random;
mod reset;
mod rules;
mod seal;
mod secret;
pub mod secrets;
mod sessions;
mod store;
mod throttle;
mod token;
mod whereabouts;

pub use audit::{AUDIT_MIGRATIONS, AuditLog, AuditSettings};
pub use error::{IdentityError, Result};
pub use identity::{Authenticated, FirstAdmin, Identity, IdentitySettings, TOKEN_LIFETIME};
pub use orgs::{ORG_MIGRATIONS, Orgs};
pub use permissions::{PERMISSION_MIGRATIONS, Permissions};
pub use preferences::{PREFERENCE_MIGRATIONS, Preferences};
pub use seal::Sealer;
pub use secrets::{SecretSettings, SecretStore};
pub use store::MIGRATIONS;
pub use whereabouts::{Origin, Presence};

#[cfg(test)]
mod tests;
