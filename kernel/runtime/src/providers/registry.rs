//! Which providers there are, and which one a model's name means.

use std::sync::Arc;

use futures_util::future::join_all;

use super::anthropic::Anthropic;
use super::declared;
use super::error::ProviderError;
use super::exchange::Http;
use super::gemini::Gemini;
use super::ollama::Ollama;
use super::openai::OpenAi;
use super::scripted::Scripted;
use super::settings::ProviderSettings;
use super::{Availability, Provider, ProviderInfo};

/// Which provider is taken where none is named: the first of these that is available.
const AUTO: [&str; 4] = ["gemini", "openai", "anthropic", "ollama"];
/// How the names of models begin that only one provider makes.
const FAMILIES: [(&str, &str); 7] = [
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("claude-", "anthropic"),
    ("gemini-", "gemini"),
];

/// All providers, in the order in which lists show them.
pub struct Registry {
    providers: Vec<Arc<dyn Provider>>,
}

impl Registry {
    /// Sets up every provider. Nothing is sent. The process must have installed a TLS provider (`rustls::crypto`).
    pub fn new(settings: &ProviderSettings) -> Result<Registry, ProviderError> {
        let http = Http::new(settings)?;
        let mut providers: Vec<Arc<dyn Provider>> = vec![
            Arc::new(Gemini::new(settings, &http)),
            Arc::new(OpenAi::new(settings, &http)),
            Arc::new(Anthropic::new(settings, &http)),
            Arc::new(Ollama::new(settings, &http)),
        ];
        for declared in declared::all() {
            providers.push(Arc::new(OpenAi::declared(declared, settings, &http)));
        }
        providers.push(Arc::new(Scripted::new(settings)));
        Ok(Registry { providers })
    }

    /// Only these providers.
    pub fn of(providers: Vec<Arc<dyn Provider>>) -> Registry {
        Registry { providers }
    }

    /// The provider with this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.providers.iter().find(|provider| provider.name() == name)
    }

    /// Asks the local servers whether they are there: at most a second, and each at most once in ten.
    pub async fn probe(&self) {
        join_all(self.providers.iter().map(|provider| provider.probe())).await;
    }

    /// All providers with what is known of them without asking anybody; see [`Registry::probe`].
    pub fn list(&self) -> Vec<ProviderInfo> {
        let info = |provider: &Arc<dyn Provider>| ProviderInfo {
            name: provider.name().to_owned(),
            available: provider.available() == Availability::Ready,
            models: provider.models(),
        };
        self.providers.iter().map(info).collect()
    }

    /// The provider and the model that a model string means: `provider:model` (split at the first colon), `provider:`
    /// for its default model, a bare model's name, `auto` or nothing. Local servers are asked where that matters.
    pub async fn resolve(&self, model: Option<&str>) -> Result<(Arc<dyn Provider>, String), ProviderError> {
        let wanted = model.unwrap_or_default().trim();
        if wanted.is_empty() || wanted.eq_ignore_ascii_case("auto") {
            return self.first_available().await;
        }
        let (name, model) = wanted.split_once(':').unwrap_or((wanted, ""));
        if let Some(provider) = self.get(name.trim()) {
            return named(provider, model.trim());
        }
        let family = FAMILIES.iter().find(|(prefix, _)| !wanted.contains(':') && wanted.starts_with(prefix));
        if let Some(provider) = family.and_then(|(_, name)| self.get(name)) {
            return named(provider, wanted);
        }
        // A local model's name may have a colon of its own: llama3.1:8b.
        self.probe().await;
        if let Some(provider) = self.ready().find(|provider| provider.models().iter().any(|m| m == wanted)) {
            return Ok((provider.clone(), wanted.to_owned()));
        }
        Err(match wanted.contains(':') {
            true => ProviderError::UnknownProvider { name: name.to_owned(), known: self.names() },
            false => ProviderError::UnknownModel { model: wanted.to_owned(), known: self.names() },
        })
    }

    async fn first_available(&self) -> Result<(Arc<dyn Provider>, String), ProviderError> {
        for provider in AUTO.iter().filter_map(|name| self.get(name)) {
            provider.probe().await;
            if provider.available() == Availability::Ready {
                return named(provider, "");
            }
        }
        Err(ProviderError::NotConfigured { hint: self.nothing_is_set() })
    }

    fn nothing_is_set(&self) -> String {
        let mut hint = "No model provider is set up. Set GEMINI_API_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY, \
                        or start Ollama (OLLAMA_HOST says where)"
            .to_owned();
        let ready = self.ready().map(|provider| format!("{}:{}", provider.name(), provider.default_model()));
        let ready = ready.collect::<Vec<_>>().join(", ");
        hint.push_str(if ready.is_empty() { "." } else { ". By its name you can use " });
        if !ready.is_empty() {
            hint.push_str(&format!("{ready}."));
        }
        hint
    }

    fn ready(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.providers.iter().filter(|provider| provider.available() == Availability::Ready)
    }

    fn names(&self) -> String {
        self.providers.iter().map(|provider| provider.name()).collect::<Vec<_>>().join(", ")
    }
}

/// A provider that was asked for. One that nobody has reached yet may be tried; one without a key may not.
fn named(provider: &Arc<dyn Provider>, model: &str) -> Result<(Arc<dyn Provider>, String), ProviderError> {
    if let Availability::NotConfigured { hint } = provider.available() {
        return Err(ProviderError::NotConfigured { hint });
    }
    let model = if model.is_empty() { provider.default_model() } else { model };
    if model.is_empty() {
        let name = provider.name();
        return Err(ProviderError::NotConfigured {
            hint: format!("{name} has no default model. Name one, as {name}:model."),
        });
    }
    Ok((provider.clone(), model.to_owned()))
}

#[cfg(test)]
mod tests;
