//! Keys of others that the kernel keeps for people, by name.
//!
//! They lie in the operating system's keyring where one answers, else in a file under the data root, encrypted under
//! the kernel's own secret. The keyring is asked once whether it is there, and always on a thread of its own: without a
//! desktop nobody may answer it, ever.

mod file;
mod keyring;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use aether_base::{Config, Result, SecretPlace, SecretText, Secrets};
use async_trait::async_trait;
use tokio::sync::OnceCell;

use crate::error::{IdentityError, Result as IdentityResult};
use crate::seal::Sealer;
use crate::secret;
use file::Vault;
use keyring::Keyring;

/// Bytes of a name, at most.
const NAME: usize = 128;

/// Where secrets are kept.
pub struct SecretSettings {
    /// The data root; the file is `etc/secrets` under it.
    pub root: PathBuf,
    /// What the file is encrypted under; that in `<root>/etc/secret` if absent.
    pub secret: Option<String>,
    /// False leaves the operating system's keyring alone.
    pub keyring: bool,
}

impl From<&Config> for SecretSettings {
    fn from(config: &Config) -> Self {
        SecretSettings { root: config.root.clone(), secret: config.secret.clone(), keyring: config.keyring }
    }
}

impl SecretSettings {
    /// Seals, under the kernel's own secret, what another part keeps in rows of its own. `purpose` names that use and never
    /// changes.
    ///
    /// # Errors
    /// When the kernel's own secret cannot be read or made.
    pub fn sealer(&self, purpose: &'static str) -> IdentityResult<Sealer> {
        let secret = match &self.secret {
            Some(secret) => secret.clone(),
            None => secret::load(&self.root)?,
        };
        Ok(Sealer::derived(&secret, purpose))
    }
}

/// The secrets of this kernel.
pub struct SecretStore {
    root: PathBuf,
    wanted: bool,
    keyring: OnceCell<Option<Keyring>>,
    vault: Arc<Vault>,
}

impl SecretStore {
    /// Opens nothing yet: what cannot be opened is an error of whoever asks for it, and keeps no kernel from starting.
    ///
    /// # Errors
    /// When the kernel's own secret cannot be read or made.
    pub fn open(settings: SecretSettings) -> IdentityResult<Arc<SecretStore>> {
        let secret = match settings.secret {
            Some(secret) => secret,
            None => secret::load(&settings.root)?,
        };
        let vault = Arc::new(Vault::new(settings.root.join("etc/secrets"), SecretText::new(secret)));
        let SecretSettings { root, keyring: wanted, .. } = settings;
        Ok(Arc::new(SecretStore { root, wanted, keyring: OnceCell::new(), vault }))
    }

    async fn keyring(&self) -> Option<&Keyring> {
        let probe = || async {
            // Two kernels on one machine do not share what they keep.
            if self.wanted { Keyring::probe(&self.root.to_string_lossy()).await } else { None }
        };
        self.keyring.get_or_init(probe).await.as_ref()
    }

    /// Does work on the file, on a thread that may wait.
    async fn in_file<T, F>(&self, work: F) -> IdentityResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Vault) -> IdentityResult<T> + Send + 'static,
    {
        let vault = self.vault.clone();
        let done = tokio::task::spawn_blocking(move || work(&vault)).await;
        done.unwrap_or_else(|error| Err(IdentityError::Interrupted(error.to_string())))
    }
}

#[async_trait]
impl Secrets for SecretStore {
    async fn find(&self, name: &str) -> Result<Option<(SecretText, SecretPlace)>> {
        let name = checked(name)?;
        if let Some(keyring) = self.keyring().await {
            match keyring.find(&name).await {
                Ok(Some(secret)) => return Ok(Some((secret, SecretPlace::Keyring))),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, name, "the keyring could not be read"),
            }
        }
        let found = self.in_file(move |vault| vault.find(&name)).await?;
        Ok(found.map(|secret| (secret, SecretPlace::File)))
    }

    async fn put(&self, name: &str, secret: SecretText) -> Result<SecretPlace> {
        let name = checked(name)?;
        if let Some(keyring) = self.keyring().await {
            match keyring.put(&name, secret.clone()).await {
                Ok(()) => {
                    // A copy in the file would come back once the keyring is away.
                    if let Err(error) = self.in_file(move |vault| vault.remove(&name)).await {
                        tracing::warn!(%error, "an older secret stays in the file");
                    }
                    return Ok(SecretPlace::Keyring);
                }
                // It may still be kept once somebody unlocks the keyring, so it must not be kept twice.
                Err(IdentityError::KeyringSilent) => return Err(IdentityError::KeyringSilent.into()),
                Err(error) => tracing::warn!(%error, name, "the keyring did not take a secret; the file keeps it"),
            }
        }
        self.in_file(move |vault| vault.put(&name, secret)).await?;
        Ok(SecretPlace::File)
    }

    async fn remove(&self, name: &str) -> Result<bool> {
        let name = checked(name)?;
        let mut removed = false;
        if let Some(keyring) = self.keyring().await {
            removed = keyring.remove(&name).await?;
        }
        Ok(self.in_file(move |vault| vault.remove(&name)).await? || removed)
    }
}

fn checked(name: &str) -> IdentityResult<String> {
    let spelled = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/._-".contains(&byte);
    if name.is_empty() || name.len() > NAME || !name.bytes().all(spelled) {
        return Err(IdentityError::SecretName(name.to_owned()));
    }
    Ok(name.to_owned())
}
