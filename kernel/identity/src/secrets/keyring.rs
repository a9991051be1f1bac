//! The operating system's keyring: Keychain, Credential Manager, or a Secret Service on the session's D-Bus.
//!
//! Its calls block, and may wait for a person who is not there. They run on one thread that nothing waits for when the
//! kernel ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use aether_base::SecretText;
use keyring::{Entry, Error};
use tokio::sync::oneshot;

use crate::error::{IdentityError, Result};

/// The service under which the keyring shows our entries.
const SERVICE: &str = "Aether OS";
/// How long a keyring gets to say that it is there.
const PROBE: Duration = Duration::from_secs(2);
/// How long it gets to read.
const READ: Duration = Duration::from_secs(10);
/// How long it gets to change something: a person may have to unlock it.
const CHANGE: Duration = Duration::from_secs(60);

type Job = Box<dyn FnOnce() + Send>;

/// A keyring that has answered.
pub struct Keyring {
    jobs: Sender<Job>,
    /// Keeps the entries of several data roots apart.
    scope: String,
    /// True while a call runs that nobody waits for any more.
    stuck: Arc<AtomicBool>,
}

impl Keyring {
    /// The keyring of this session, if there is one that answers.
    pub async fn probe(scope: &str) -> Option<Keyring> {
        if !is_likely() {
            return None;
        }
        let (jobs, coming) = mpsc::channel::<Job>();
        let work = move || coming.into_iter().for_each(|job| job());
        std::thread::Builder::new().name("keyring".to_owned()).spawn(work).ok()?;
        let keyring = Keyring { jobs, scope: scope.to_owned(), stuck: Arc::default() };
        match keyring.on_entry("probe", PROBE, |entry| entry.get_password().map(drop)).await {
            Ok(Ok(()) | Err(Error::NoEntry)) => Some(keyring),
            Ok(Err(error)) => {
                tracing::info!(%error, "no keyring: keys are kept in an encrypted file");
                None
            }
            Err(_) => {
                tracing::warn!("the keyring does not answer: keys are kept in an encrypted file");
                None
            }
        }
    }

    pub async fn find(&self, name: &str) -> Result<Option<SecretText>> {
        match self.on_entry(name, READ, |entry| entry.get_password()).await? {
            Ok(secret) => Ok(Some(SecretText::new(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    pub async fn put(&self, name: &str, secret: SecretText) -> Result<()> {
        let put = move |entry: &Entry| entry.set_password(secret.expose());
        self.on_entry(name, CHANGE, put).await?.map_err(|error| failed(&error))
    }

    /// Forgets a secret; false if there was none.
    pub async fn remove(&self, name: &str) -> Result<bool> {
        match self.on_entry(name, CHANGE, |entry| entry.delete_credential()).await? {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn on_entry<T, F>(&self, name: &str, patience: Duration, work: F) -> Result<keyring::Result<T>>
    where
        T: Send + 'static,
        F: FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
    {
        let account = format!("{name} ({})", self.scope);
        let (done, mut answer) = oneshot::channel();
        let stuck = self.stuck.clone();
        if stuck.load(Ordering::Acquire) {
            return Err(IdentityError::KeyringSilent);
        }
        let job = move || {
            // Whoever asked may have given up.
            let _ = done.send(Entry::new(SERVICE, &account).and_then(|entry| work(&entry)));
            stuck.store(false, Ordering::Release);
        };
        self.jobs.send(Box::new(job)).map_err(|_| IdentityError::KeyringSilent)?;
        match tokio::time::timeout(patience, &mut answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(IdentityError::KeyringSilent),
            Err(_) => {
                self.stuck.store(true, Ordering::Release);
                // It may have answered in this very moment, and then nothing would say that it is not stuck.
                answer.try_recv().map_err(|_| IdentityError::KeyringSilent).inspect(|_| {
                    self.stuck.store(false, Ordering::Release);
                })
            }
        }
    }
}

/// Errors of the keyring may hold what was stored: only their kind is told.
fn failed(error: &Error) -> IdentityError {
    let kind = match error {
        Error::PlatformFailure(_) => "the platform failed",
        Error::NoStorageAccess(_) => "it is locked or refuses access",
        Error::TooLong(..) => "the secret is too long for it",
        Error::Ambiguous(_) => "it holds more than one of this name",
        _ => "it cannot be used",
    };
    IdentityError::Keyring(kind)
}

/// True if looking for a keyring makes sense: a Secret Service needs a session's D-Bus, which may be started by looking
/// for it.
#[cfg(all(unix, not(target_os = "macos")))]
fn is_likely() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    set("DBUS_SESSION_BUS_ADDRESS").is_some()
        || set("XDG_RUNTIME_DIR").is_some_and(|folder| std::path::Path::new(&folder).join("bus").exists())
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn is_likely() -> bool {
    true
}
