//! Named secrets: the port by which parts of the kernel keep keys of others without knowing where they lie.

use std::fmt;

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::error::Result;

/// A secret. It shows itself nowhere but where it is asked to, and its memory is cleared when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    pub fn new(text: impl Into<String>) -> Self {
        SecretText(Zeroizing::new(text.into()))
    }

    /// The secret itself, for the one place it belongs in.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(***)")
    }
}

/// Where a secret lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretPlace {
    /// The operating system's keyring.
    Keyring,
    /// The encrypted file under the data root.
    File,
}

/// Keeps secrets by name. A name is lower-case, with slashes between what it is for and which one it is: `llm/openai`.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret of this name and where it lies, if there is one.
    ///
    /// # Errors
    /// When the file that may hold it cannot be opened.
    async fn find(&self, name: &str) -> Result<Option<(SecretText, SecretPlace)>>;

    /// Keeps a secret in place of what had this name, and answers where. It is on disk when the call returns.
    ///
    /// # Errors
    /// When it can be kept nowhere.
    async fn put(&self, name: &str, secret: SecretText) -> Result<SecretPlace>;

    /// Forgets a secret wherever it lies; false if there was none.
    ///
    /// # Errors
    /// When it cannot be taken away.
    async fn remove(&self, name: &str) -> Result<bool>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = SecretText::new("sk-very-secret");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "SecretText(***) Some(SecretText(***))");
        assert_eq!(secret.expose(), "sk-very-secret");
    }
}
