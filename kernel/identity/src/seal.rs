//! Sealing: bytes on disk that only this kernel can read, by XChaCha20-Poly1305 under a key made from its secret.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use crate::error::{IdentityError, Result};

/// Bytes of a nonce: long enough to be random without ever meeting twice.
const NONCE: usize = 24;

/// Seals for one use, and opens.
pub struct Sealer(XChaCha20Poly1305);

impl Sealer {
    /// `purpose` names the use and never changes: what is sealed for one opens for no other.
    pub fn new(secret: &str, purpose: &'static str) -> Sealer {
        let key = blake3::derive_key(purpose, secret.as_bytes());
        Sealer(XChaCha20Poly1305::new(&key.into()))
    }

    /// The nonce, then what only this kernel can read. `owner` says whose it is: it opens for nobody else.
    ///
    /// # Errors
    /// [`IdentityError::Seal`] when the cipher refuses, as it does for more than 256 GiB.
    pub fn seal(&self, plain: &[u8], owner: &str) -> Result<Vec<u8>> {
        let mut nonce = [0_u8; NONCE];
        rand::fill(&mut nonce);
        let payload = Payload { msg: plain, aad: owner.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|error| IdentityError::Seal(error.to_string()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// What was sealed for this owner; `None` if it was changed, is somebody else's, or the secret was another one.
    pub fn open(&self, sealed: &[u8], owner: &str) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: owner.as_bytes() }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_kernel_opens_it_for_the_same_owner_and_use() {
        let sealer = Sealer::new("a secret", "tests one");
        let sealed = sealer.seal(b"plain", "ada").expect("sealed");
        assert_eq!(sealer.open(&sealed, "ada").as_deref(), Some(&b"plain"[..]));
        assert!(!sealed.windows(5).any(|window| window == b"plain"));
        assert_ne!(sealer.seal(b"plain", "ada").expect("sealed"), sealed, "the nonce is fresh");

        assert_eq!(sealer.open(&sealed, "bob"), None);
        assert_eq!(Sealer::new("a secret", "tests two").open(&sealed, "ada"), None);
        assert_eq!(Sealer::new("another", "tests one").open(&sealed, "ada"), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(sealer.open(&changed, "ada"), None, "byte {at}");
        }
        for short in [&[][..], &sealed[..NONCE - 1], &sealed[..NONCE], &sealed[..sealed.len() - 1]] {
            assert_eq!(sealer.open(short, "ada"), None);
        }
    }
}
