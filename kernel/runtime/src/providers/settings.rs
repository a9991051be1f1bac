//! What providers need from outside: keys, addresses, patience.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::declared;

/// A secret that is sent to a provider. It shows itself nowhere: not in `Debug`, not in errors, not in the journal.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// A key without the white space around it; `None` if nothing is left.
    pub fn new(text: &str) -> Option<ApiKey> {
        let text = text.trim();
        (!text.is_empty()).then(|| ApiKey(text.to_owned()))
    }

    /// The key itself, for the one header it belongs in.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

/// What was set for one provider while the kernel ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    pub key: Option<ApiKey>,
    /// Another address of its server.
    pub base_url: Option<String>,
}

/// How the providers are set up.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Keys by the provider's name.
    pub keys: BTreeMap<String, ApiKey>,
    /// Addresses that somebody set, by the provider's name. For an OpenAI-compatible provider an address alone, without
    /// a key, makes it available.
    pub base_urls: BTreeMap<String, String>,
    /// Ollama's default model.
    pub ollama_model: Option<String>,
    /// The folder of scenarios that the scripted provider plays beside its built-in one.
    pub scenarios: Option<PathBuf>,
    /// To open a connection.
    pub connect_timeout: Duration,
    /// Silence on an open connection, before and within a reply. There is no limit on the whole.
    pub idle_timeout: Duration,
    /// To find out whether a local server is there.
    pub probe_timeout: Duration,
}

impl Default for ProviderSettings {
    fn default() -> Self {
        ProviderSettings {
            keys: BTreeMap::new(),
            base_urls: BTreeMap::new(),
            ollama_model: None,
            scenarios: None,
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(120),
            probe_timeout: Duration::from_secs(1),
        }
    }
}

impl ProviderSettings {
    /// These settings with what was set for one provider. What is here already wins; a key that is here goes to no
    /// address that was set for another one.
    pub(crate) fn with(&self, name: &str, stored: &Stored) -> ProviderSettings {
        let mut settings = self.clone();
        if settings.keys.contains_key(name) {
            return settings;
        }
        if let Some(key) = &stored.key {
            settings.keys.entry(name.to_owned()).or_insert_with(|| key.clone());
        }
        if let Some(url) = &stored.base_url {
            settings.base_urls.entry(name.to_owned()).or_insert_with(|| url.clone());
        }
        settings
    }

    /// These settings with nothing but what is to be tried for one provider.
    pub(crate) fn only(&self, name: &str, candidate: &Stored) -> ProviderSettings {
        let mut settings = self.clone();
        settings.keys.remove(name);
        if candidate.base_url.is_some() {
            settings.base_urls.remove(name);
        }
        settings.with(name, candidate)
    }
}

/// The variables of the providers that are not data: name, keys (first set wins), address.
const BUILT_IN: [(&str, &[&str], &str); 4] = [
    ("gemini", &["GEMINI_API_KEY", "API_KEY"], "GEMINI_BASE_URL"),
    ("openai", &["OPENAI_API_KEY"], "OPENAI_BASE_URL"),
    ("anthropic", &["ANTHROPIC_API_KEY"], "ANTHROPIC_BASE_URL"),
    ("ollama", &[], "OLLAMA_HOST"),
];

impl ProviderSettings {
    /// Reads the variables that are documented for each provider. Empty ones count as not set.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> ProviderSettings {
        let set = |name: &str| lookup(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let mut settings = ProviderSettings {
            ollama_model: set("OLLAMA_MODEL"),
            scenarios: set("AETHER_SCENARIOS").map(PathBuf::from),
            ..ProviderSettings::default()
        };
        let mut take = |name: &str, keys: &[&str], base_url: &str| {
            if let Some(key) = keys.iter().find_map(|key| set(key)).as_deref().and_then(ApiKey::new) {
                settings.keys.insert(name.to_owned(), key);
            }
            if let Some(url) = set(base_url) {
                settings.base_urls.insert(name.to_owned(), url);
            }
        };
        for (name, keys, base_url) in BUILT_IN {
            take(name, keys, base_url);
        }
        for provider in declared::all() {
            let key = provider.key_env.as_deref();
            take(&provider.name, key.as_slice(), &provider.base_url_env());
        }
        settings
    }
}

#[cfg(test)]
mod tests;
