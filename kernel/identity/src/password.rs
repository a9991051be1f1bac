//! Password hashing: argon2id (RFC 9106) on threads that may block, few at a time.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{IdentityError, Result};
use crate::rules::PASSWORD_MAX;

/// Hashings at the same time. Each takes 19 MiB, so this bounds what sign-ins can take.
const AT_ONCE: usize = 2;

/// 19 MiB, two passes, one lane: the first choice of OWASP's password storage sheet.
pub const COST: Params = Params::DEFAULT;

/// A hash of no password: checking against it takes as long as against a user's, so that the time of an answer does
/// not tell which users there are.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy10aGlzLXNhbHQ$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Leave to hash once.
pub struct Turn {
    _permit: OwnedSemaphorePermit,
}

/// Hashes passwords.
pub struct Hasher {
    turns: Arc<Semaphore>,
    argon: Argon2<'static>,
}

impl Hasher {
    pub fn new(cost: Params) -> Hasher {
        Hasher {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            argon: Argon2::new(Algorithm::Argon2id, Version::V0x13, cost),
        }
    }

    /// Waits for leave to hash. Whoever decides by what was tried before decides after this.
    pub async fn turn(&self) -> Result<Turn> {
        let permit = self.turns.clone().acquire_owned().await;
        permit.map(|permit| Turn { _permit: permit }).map_err(|error| IdentityError::Hash(error.to_string()))
    }

    /// A new password's hash, as a PHC string.
    pub async fn hash(&self, password: String) -> Result<String> {
        let turn = self.turn().await?;
        let argon = self.argon.clone();
        blocking(turn, move || {
            let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(failed)?;
            argon.hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string()).map_err(failed)
        })
        .await
        .map(|(hash, _turn)| hash)
    }

    /// True if it is the password of this hash. Without a hash it takes as long and is false. The turn comes back, so
    /// that the outcome can be noted before the next one is judged.
    pub async fn verify(&self, turn: Turn, password: String, hash: Option<String>) -> Result<(bool, Turn)> {
        let argon = self.argon.clone();
        let (password, possible) =
            if password.len() > PASSWORD_MAX { (String::new(), false) } else { (password, hash.is_some()) };
        blocking(turn, move || {
            let hash = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY)).map_err(failed)?;
            let matches = argon.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(matches && possible)
        })
        .await
    }
}

/// The thread keeps the turn, so that a caller that goes away does not free it while memory is still in use.
async fn blocking<T, F>(turn: Turn, work: F) -> Result<(T, Turn)>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(move || work().map(|answer| (answer, turn)));
    done.await.unwrap_or_else(|error| Err(IdentityError::Hash(error.to_string())))
}

fn failed(error: argon2::password_hash::Error) -> IdentityError {
    IdentityError::Hash(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_carries_the_parameters_and_nobody_has_the_same() {
        let hasher = Hasher::new(COST);
        let hash = hasher.hash("correct horse".into()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, hasher.hash("correct horse".into()).await.expect("hashed"), "the salt is random");

        let nobody = PasswordHash::new(NOBODY).expect("a hash");
        let real = PasswordHash::new(&hash).expect("a hash");
        assert_eq!(nobody.params, real.params);
        assert_eq!(nobody.hash.map(|hash| hash.len()), real.hash.map(|hash| hash.len()));
    }

    #[tokio::test]
    async fn only_the_password_of_the_hash_matches() {
        let hasher = Hasher::new(Params::new(8, 1, 1, None).expect("valid"));
        let hash = hasher.hash("correct horse".into()).await.expect("hashed");
        for (password, hash, expected) in [
            ("correct horse".to_owned(), Some(hash.clone()), true),
            ("correct hors".to_owned(), Some(hash.clone()), false),
            (String::new(), Some(hash.clone()), false),
            ("x".repeat(PASSWORD_MAX + 1), Some(hash), false),
            ("correct horse".to_owned(), None, false),
        ] {
            let turn = hasher.turn().await.expect("a turn");
            let (matches, _turn) = hasher.verify(turn, password.clone(), hash).await.expect("checked");
            assert_eq!(matches, expected, "{password}");
        }
    }
}
