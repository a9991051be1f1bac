//! The encrypted file: every secret in one box, sealed anew with each change.
//!
//! The names are inside, too.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use aether_base::SecretText;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{IdentityError, Result};
use crate::seal::{NONCE, SALT, Sealer};
use crate::secret;

/// What the box is bound to besides its key, so that no other box of ours can stand in its place.
const PURPOSE: &str = "aether-os secrets file 1";
/// Bytes of the file that are read, at most.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The file as it lies on disk; bytes are base64.
#[derive(Serialize, Deserialize)]
struct Sealed {
    version: u32,
    salt: String,
    nonce: String,
    sealed: String,
}

/// The file, opened.
struct Opened {
    salt: [u8; SALT],
    sealer: Sealer,
    secrets: BTreeMap<String, SecretText>,
}

/// Secrets in a file. Its calls wait for the disk.
pub struct Vault {
    path: PathBuf,
    secret: SecretText,
    opened: Mutex<Option<Opened>>,
}

impl Vault {
    pub fn new(path: PathBuf, secret: SecretText) -> Vault {
        Vault { path, secret, opened: Mutex::new(None) }
    }

    pub fn find(&self, name: &str) -> Result<Option<SecretText>> {
        self.with(false, |opened| Ok(opened.secrets.get(name).cloned())).map(Option::flatten)
    }

    pub fn put(&self, name: &str, secret: SecretText) -> Result<()> {
        self.with(true, |opened| {
            let old = opened.secrets.insert(name.to_owned(), secret);
            self.write(opened).inspect_err(|_| restore(opened, name, old))
        })
        .map(drop)
    }

    /// Forgets a secret; false if there was none.
    pub fn remove(&self, name: &str) -> Result<bool> {
        let removed = self.with(false, |opened| {
            let Some(old) = opened.secrets.remove(name) else { return Ok(false) };
            self.write(opened).inspect_err(|_| restore(opened, name, Some(old)))?;
            Ok(true)
        })?;
        Ok(removed.unwrap_or(false))
    }

    /// Works on the opened file. Without one nothing is done, unless it is to be made.
    fn with<T>(&self, make: bool, work: impl FnOnce(&mut Opened) -> Result<T>) -> Result<Option<T>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.is_none() {
            *opened = self.read()?;
        }
        if opened.is_none() && make {
            let salt = rand::random();
            *opened = Some(Opened { salt, sealer: Sealer::stretched(&self.secret, &salt)?, secrets: BTreeMap::new() });
        }
        opened.as_mut().map(work).transpose()
    }

    fn read(&self) -> Result<Option<Opened>> {
        let failed = |cause| IdentityError::SecretFile { path: self.path.clone(), cause };
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(failed(cause)),
        };
        let mode = secret::mode(&file).map_err(failed)?;
        if mode & 0o077 != 0 {
            return Err(IdentityError::SecretExposed { path: self.path.clone(), mode });
        }
        let mut text = Vec::new();
        file.take(LARGEST).read_to_end(&mut text).map_err(failed)?;
        self.unseal(&text)?.map_or_else(|| Err(IdentityError::SecretsSealed(self.path.clone())), |open| Ok(Some(open)))
    }

    /// Opens the box; `None` if it is none of ours, or sealed under another secret.
    fn unseal(&self, text: &[u8]) -> Result<Option<Opened>> {
        let Some(sealed) = serde_json::from_slice::<Sealed>(text).ok().filter(|sealed| sealed.version == 1) else {
            return Ok(None);
        };
        let bytes = |text: &str| BASE64_STANDARD.decode(text).unwrap_or_default();
        let Ok(salt) = <[u8; SALT]>::try_from(bytes(&sealed.salt)) else { return Ok(None) };
        let sealer = Sealer::stretched(&self.secret, &salt)?;
        let plain = sealer.open(&[bytes(&sealed.nonce), bytes(&sealed.sealed)].concat(), PURPOSE);
        let secrets: Option<BTreeMap<String, String>> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        Ok(secrets.map(|secrets| {
            let secrets = secrets.into_iter().map(|(name, secret)| (name, SecretText::new(secret))).collect();
            Opened { salt, sealer, secrets }
        }))
    }

    fn write(&self, opened: &Opened) -> Result<()> {
        let failed = |cause| IdentityError::SecretFile { path: self.path.clone(), cause };
        let secrets: BTreeMap<&str, &str> =
            opened.secrets.iter().map(|(name, secret)| (name.as_str(), secret.expose())).collect();
        let plain = Zeroizing::new(serde_json::to_vec(&secrets).map_err(|error| failed(error.into()))?);
        let sealed = opened.sealer.seal(&plain, PURPOSE)?;
        let (nonce, sealed) = sealed.split_at(NONCE);
        let file = Sealed {
            version: 1,
            salt: BASE64_STANDARD.encode(opened.salt),
            nonce: BASE64_STANDARD.encode(nonce),
            sealed: BASE64_STANDARD.encode(sealed),
        };
        let text = serde_json::to_vec(&file).map_err(|error| failed(error.into()))?;
        secret::replace(&self.path, &text).map_err(failed)
    }
}

/// What could not be written is not kept in memory either.
fn restore(opened: &mut Opened, name: &str, old: Option<SecretText>) {
    match old {
        Some(old) => drop(opened.secrets.insert(name.to_owned(), old)),
        None => drop(opened.secrets.remove(name)),
    }
}
