//! Sealing: bytes on disk that only this kernel can read, by XChaCha20-Poly1305 under a key made from its secret.
//!
//! Whatever identity keeps sealed goes through here: second factors in the database, the keys of others in their file.

use aether_base::SecretText;
use argon2::{Algorithm, Argon2, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::error::{IdentityError, Result};
use crate::password;

/// Bytes of a nonce: long enough to be random without ever meeting twice.
pub const NONCE: usize = 24;
/// Bytes of a salt.
pub const SALT: usize = 16;

/// Seals for one use, and opens.
pub struct Sealer(XChaCha20Poly1305);

impl Sealer {
    /// A key that costs nothing to make. `purpose` names the use and never changes: what is sealed for one opens for no
    /// other.
    pub fn derived(secret: &str, purpose: &'static str) -> Sealer {
        Sealer::of(&Zeroizing::new(blake3::derive_key(purpose, secret.as_bytes())))
    }

    /// A key that costs as much to make as a password does to check, for a file that may be carried away: a person may have
    /// chosen the secret. What it seals has to be bound to its use by its owner.
    ///
    /// # Errors
    /// [`IdentityError::Hash`] when there is no memory for it.
    pub fn stretched(secret: &SecretText, salt: &[u8; SALT]) -> Result<Sealer> {
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, password::COST)
            .hash_password_into(secret.expose().as_bytes(), salt, &mut *key)
            .map_err(|error| IdentityError::Hash(error.to_string()))?;
        Ok(Sealer::of(&key))
    }

    fn of(key: &Zeroizing<[u8; 32]>) -> Sealer {
        Sealer(XChaCha20Poly1305::new((&**key).into()))
    }

    /// The nonce, then what only this kernel can read. `owner` says whose it is: it opens for nobody else.
    ///
    /// # Errors
    /// [`IdentityError::Seal`] when the cipher refuses, as it does for more than 256 GiB.
    pub fn seal(&self, plain: &[u8], owner: &str) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload { msg: plain, aad: owner.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|error| IdentityError::Seal(error.to_string()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// What was sealed for this owner; `None` if it was changed, is somebody else's, or the secret was another one.
    pub fn open(&self, sealed: &[u8], owner: &str) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        self.0.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_kernel_opens_it_for_the_same_owner_and_use() {
        let stretched = |secret: &str, salt| Sealer::stretched(&SecretText::new(secret), &[salt; SALT]).expect("a key");
        for (sealer, others) in [
            (
                Sealer::derived("a secret", "tests one"),
                [Sealer::derived("a secret", "tests two"), Sealer::derived("another", "tests one")],
            ),
            (stretched("a secret", 1), [stretched("a secret", 2), stretched("another", 1)]),
        ] {
            let sealed = sealer.seal(b"plain", "ada").expect("sealed");
            let opened =
                |sealer: &Sealer, sealed: &[u8], owner: &str| sealer.open(sealed, owner).map(|plain| plain.to_vec());
            assert_eq!(opened(&sealer, &sealed, "ada").as_deref(), Some(&b"plain"[..]));
            assert!(!sealed.windows(5).any(|window| window == b"plain"));
            assert_ne!(sealer.seal(b"plain", "ada").expect("sealed"), sealed, "the nonce is fresh");

            assert_eq!(opened(&sealer, &sealed, "bob"), None);
            for other in others {
                assert_eq!(opened(&other, &sealed, "ada"), None);
            }
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                assert_eq!(opened(&sealer, &changed, "ada"), None, "byte {at}");
            }
            for short in [&[][..], &sealed[..NONCE - 1], &sealed[..NONCE], &sealed[..sealed.len() - 1]] {
                assert_eq!(opened(&sealer, short, "ada"), None);
            }
        }
    }
}
