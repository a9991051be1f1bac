//! What can go wrong between a loop and a model, by what the loop does about it.

use std::fmt;
use std::time::Duration;

use super::settings::ApiKey;

/// Why there is no reply. The text is for the person: what happened, then what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The key is missing at the provider, wrong, or without the right.
    #[error("{provider} refused the API key{said}. Set a valid key that may use this model, then try again.")]
    Auth { provider: String, said: Said },
    /// Too many requests or tokens in too short a time.
    #[error("{provider} is limiting requests{said}. {}", wait(*retry_after))]
    RateLimited { provider: String, said: Said, retry_after: Option<Duration> },
    /// The provider has more work than it can take.
    #[error("{provider} is overloaded{said}. Try again later, or choose another model.")]
    Overloaded { provider: String, said: Said, retry_after: Option<Duration> },
    /// The request is longer than the model can read.
    #[error(
        "The conversation is too long for the model at {provider}{said}. Shorten it, or choose a model with a larger context."
    )]
    ContextLength { provider: String, said: Said },
    /// No connection, silence, a server error, or a reply that broke off.
    #[error("{provider} is not available{said}. Check that it can be reached from here, then try again.")]
    Unavailable { provider: String, said: Said, retry_after: Option<Duration> },
    /// The provider understood the request and will not serve it.
    #[error("{provider} did not accept the request{said}. Check the model's name and the request.")]
    BadRequest { provider: String, said: Said },
    /// Nothing is left of the account's money or its allowance.
    #[error(
        "The account at {provider} has no quota left{said}. Add credit or raise its limit, or choose another provider."
    )]
    QuotaExhausted { provider: String, said: Said },
    /// The answer is not what this provider's format allows.
    #[error("{provider} sent a reply that cannot be read{said}. Check that its address is that of a model server.")]
    InvalidReply { provider: String, said: Said },
    /// The caller cancelled.
    #[error("The request was cancelled before its reply was complete.")]
    Cancelled,
    /// Something has to be set first.
    #[error("{hint}")]
    NotConfigured { hint: String },
    /// A model string names a provider that does not exist.
    #[error("There is no model provider called {name}. Use one of: {known}.")]
    UnknownProvider { name: String, known: String },
    /// A model string names a model without a provider, and nobody lists it.
    #[error("No available provider lists the model {model}. Write it as provider:model, with one of: {known}.")]
    UnknownModel { model: String, known: String },
}

fn wait(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(time) => format!("Try again in {} s.", time.as_secs_f64().ceil()),
        None => "Try again in a minute.".to_owned(),
    }
}

impl ProviderError {
    /// The kind, for programs, logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            ProviderError::Auth { .. } => "auth",
            ProviderError::RateLimited { .. } => "rate_limited",
            ProviderError::Overloaded { .. } => "overloaded",
            ProviderError::ContextLength { .. } => "context_length",
            ProviderError::Unavailable { .. } => "unavailable",
            ProviderError::BadRequest { .. } => "bad_request",
            ProviderError::QuotaExhausted { .. } => "quota_exhausted",
            ProviderError::InvalidReply { .. } => "invalid_reply",
            ProviderError::Cancelled => "cancelled",
            ProviderError::NotConfigured { .. } => "not_configured",
            ProviderError::UnknownProvider { .. } => "unknown_provider",
            ProviderError::UnknownModel { .. } => "unknown_model",
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            ProviderError::RateLimited { .. }
            | ProviderError::Overloaded { .. }
            | ProviderError::Unavailable { .. } => true,
            ProviderError::Auth { .. }
            | ProviderError::ContextLength { .. }
            | ProviderError::BadRequest { .. }
            | ProviderError::QuotaExhausted { .. }
            | ProviderError::InvalidReply { .. }
            | ProviderError::Cancelled
            | ProviderError::NotConfigured { .. }
            | ProviderError::UnknownProvider { .. }
            | ProviderError::UnknownModel { .. } => false,
        }
    }

    /// How long the provider asked to wait before the next try, where it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            ProviderError::RateLimited { retry_after, .. }
            | ProviderError::Overloaded { retry_after, .. }
            | ProviderError::Unavailable { retry_after, .. } => *retry_after,
            ProviderError::Auth { .. }
            | ProviderError::ContextLength { .. }
            | ProviderError::BadRequest { .. }
            | ProviderError::QuotaExhausted { .. }
            | ProviderError::InvalidReply { .. }
            | ProviderError::Cancelled
            | ProviderError::NotConfigured { .. }
            | ProviderError::UnknownProvider { .. }
            | ProviderError::UnknownModel { .. } => None,
        }
    }
}

/// What the other side said, made fit for an error message: one line, at most 300 characters, no keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said(String);

/// How the keys of known providers begin. Some providers repeat a refused key in their answer.
const KEY_PREFIXES: [&str; 5] = ["sk-", "sk_", "gsk_", "xai-", "AIza"];
/// What is shorter is a placeholder of a local server, and part of ordinary words.
const SHORTEST_KEY: usize = 8;
/// Characters of what a peer said.
const SAID_LIMIT: usize = 300;

impl Said {
    /// Nothing worth repeating.
    pub fn nothing() -> Said {
        Said::default()
    }

    /// Our own words, or a peer's without a key to hide.
    pub fn new(text: &str) -> Said {
        Said::without(text, None)
    }

    /// A peer's words without the key that was sent to it.
    pub fn without(text: &str, key: Option<&ApiKey>) -> Said {
        let hidden = match key {
            Some(key) if key.expose().len() >= SHORTEST_KEY => text.replace(key.expose(), "***"),
            _ => text.to_owned(),
        };
        let words = hidden.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        let line = words.map(hide_key).collect::<Vec<_>>().join(" ");
        let mut short: String = line.chars().take(SAID_LIMIT).collect();
        if short.len() < line.len() {
            short.push('…');
        }
        Said(short.trim_end_matches('.').to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn hide_key(word: &str) -> &str {
    let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    if KEY_PREFIXES.iter().any(|prefix| bare.starts_with(prefix)) { "***" } else { word }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}
