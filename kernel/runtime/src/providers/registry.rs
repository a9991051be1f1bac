//! Which providers there are, and which one a model's name means.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::future::join_all;
use reqwest::Url;
use reqwest::header::HeaderValue;

use super::anthropic::Anthropic;
use super::declared;
use super::error::ProviderError;
use super::exchange::{Http, endpoint};
use super::gemini::Gemini;
use super::ollama::{self, Ollama};
use super::openai::OpenAi;
use super::scripted::Scripted;
use super::settings::{ProviderSettings, Stored};
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

/// All providers, in the order in which lists show them. What is set for one of them holds from the next request on,
/// also for agents that run.
pub struct Registry {
    http: Http,
    /// What the kernel was started with.
    given: ProviderSettings,
    live: RwLock<Arc<Live>>,
}

#[derive(Clone)]
struct Live {
    providers: Vec<Arc<dyn Provider>>,
    stored: BTreeMap<String, Stored>,
    /// What `auto` means, if somebody said so.
    default: Option<String>,
}

impl Registry {
    /// Sets up every provider. Nothing is sent. The process must have installed a TLS provider (`rustls::crypto`).
    pub fn new(settings: &ProviderSettings) -> Result<Registry, ProviderError> {
        let http = Http::new(settings)?;
        let declared = declared::all();
        let names = AUTO.into_iter().chain(declared.iter().map(|declared| declared.name.as_str())).chain(["scripted"]);
        let providers = names.filter_map(|name| make(name, settings, &http)).collect();
        let live = Live { providers, stored: BTreeMap::new(), default: None };
        Ok(Registry { http, given: settings.clone(), live: RwLock::new(Arc::new(live)) })
    }

    fn live(&self) -> Arc<Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Live)) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut live));
    }

    /// The provider with this name.
    ///
    /// # Errors
    /// When there is none; the sentence names those there are.
    pub fn get(&self, name: &str) -> Result<Arc<dyn Provider>, ProviderError> {
        self.live().get(name).cloned().ok_or_else(|| self.unknown(name))
    }

    /// The names of all providers.
    pub fn provider_names(&self) -> Vec<String> {
        self.live().providers.iter().map(|provider| provider.name().to_owned()).collect()
    }

    /// True if the key of this provider is one of the settings the kernel was started with.
    pub fn key_is_given(&self, name: &str) -> bool {
        self.given.keys.contains_key(name)
    }

    /// Puts a provider's stored key and address in place of those it had; `None` takes them away. Settings the kernel
    /// was started with win.
    ///
    /// # Errors
    /// When there is no such provider.
    pub fn store(&self, name: &str, stored: Option<Stored>) -> Result<(), ProviderError> {
        let settings = self.given.with(name, stored.as_ref().unwrap_or(&Stored::default()));
        let made = make(name, &settings, &self.http).ok_or_else(|| self.unknown(name))?;
        self.change(|live| {
            for provider in live.providers.iter_mut().filter(|provider| provider.name() == name) {
                *provider = made.clone();
            }
            match stored {
                Some(stored) => drop(live.stored.insert(name.to_owned(), stored)),
                None => drop(live.stored.remove(name)),
            }
        });
        Ok(())
    }

    /// A provider with another key or address than it has; nothing of what it has is used in their place.
    ///
    /// # Errors
    /// When there is no such provider.
    pub(super) fn candidate(&self, name: &str, candidate: &Stored) -> Result<Arc<dyn Provider>, ProviderError> {
        make(name, &self.given.only(name, candidate), &self.http).ok_or_else(|| self.unknown(name))
    }

    /// Refuses a key or an address that no request could be made with.
    ///
    /// # Errors
    /// [`ProviderError::NotConfigured`] with what to do about it.
    pub fn check(&self, name: &str, stored: &Stored) -> Result<(), ProviderError> {
        let provider = self.get(name)?;
        let about = provider.about();
        let refuse = |hint: String| Err(ProviderError::NotConfigured { hint });
        if about.base_url.is_none() {
            return refuse(format!("{name} takes neither a key nor an address. Choose another provider."));
        }
        match &stored.key {
            Some(key) if HeaderValue::from_str(key.expose()).is_err() || !key.expose().is_ascii() => {
                return refuse("The key contains characters that no key has. Copy it again.".to_owned());
            }
            None if about.needs_key => return refuse(format!("The key is empty. Enter the key of {}.", about.label)),
            _ => {}
        }
        let Some(url) = &stored.base_url else { return Ok(()) };
        let url = if name == ollama::NAME { ollama::address(url) } else { url.clone() };
        endpoint(&url, &[], &[], "baseUrl").map(drop)
    }

    /// What `auto` means now, if somebody said so.
    pub fn default_model(&self) -> Option<String> {
        self.live().default.clone()
    }

    /// Says what `auto` means; `None` for the first provider that is available.
    pub fn set_default_model(&self, model: Option<String>) {
        self.change(|live| live.default = model);
    }

    /// Asks the local servers whether they are there: at most a second, and each at most once in ten.
    pub async fn probe(&self) {
        let live = self.live();
        join_all(live.providers.iter().map(|provider| provider.probe())).await;
    }

    /// All providers with what is known of them without asking anybody; see [`Registry::probe`].
    pub fn list(&self) -> Vec<ProviderInfo> {
        let info = |provider: &Arc<dyn Provider>| {
            let mut about = provider.about();
            about.base_url = about.base_url.map(|url| without_password(&url));
            ProviderInfo {
                name: provider.name().to_owned(),
                available: provider.available() == Availability::Ready,
                models: provider.models(),
                key_is_given: self.key_is_given(provider.name()),
                default_model: provider.default_model(),
                reason: reason(&**provider),
                about,
            }
        };
        self.live().providers.iter().map(info).collect()
    }

    fn unknown(&self, name: &str) -> ProviderError {
        ProviderError::UnknownProvider { name: name.to_owned(), known: self.live().names() }
    }

    /// The provider and the model that a model string means: `provider:model` (split at the first colon), `provider:`
    /// for its default model, a bare model's name, `auto` or nothing. Local servers are asked where that matters.
    pub async fn resolve(&self, model: Option<&str>) -> Result<(Arc<dyn Provider>, String), ProviderError> {
        let live = self.live();
        let wanted = match model.unwrap_or_default().trim() {
            auto if is_auto(auto) => match &live.default {
                // Another one in its place might be a stranger to whom nobody wanted to send anything.
                Some(default) => default.as_str(),
                None => return live.first_available().await,
            },
            named => named,
        };
        let (name, model) = wanted.split_once(':').unwrap_or((wanted, ""));
        if let Some(provider) = live.get(name.trim()) {
            if model.trim().is_empty() {
                // Only a local server knows what it has.
                provider.probe().await;
            }
            return named(provider, model.trim());
        }
        let family = FAMILIES.iter().find(|(prefix, _)| !wanted.contains(':') && wanted.starts_with(prefix));
        if let Some(provider) = family.and_then(|(_, name)| live.get(name)) {
            return named(provider, wanted);
        }
        // A local model's name may have a colon of its own: llama3.1:8b.
        self.probe().await;
        if let Some(provider) = live.ready().find(|provider| provider.models().iter().any(|m| m == wanted)) {
            return Ok((provider.clone(), wanted.to_owned()));
        }
        Err(match wanted.contains(':') {
            true => ProviderError::UnknownProvider { name: name.to_owned(), known: live.names() },
            false => ProviderError::UnknownModel { model: wanted.to_owned(), known: live.names() },
        })
    }
}

impl Live {
    fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.providers.iter().find(|provider| provider.name() == name)
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
        let mut hint = "No model provider is set up. Enter a key in Settings, set GEMINI_API_KEY, OPENAI_API_KEY or \
                        ANTHROPIC_API_KEY, or start Ollama (OLLAMA_HOST says where)"
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

/// True for what names no model.
pub fn is_auto(model: &str) -> bool {
    model.is_empty() || model.eq_ignore_ascii_case("auto")
}

fn make(name: &str, settings: &ProviderSettings, http: &Http) -> Option<Arc<dyn Provider>> {
    Some(match name {
        "gemini" => Arc::new(Gemini::new(settings, http)),
        "openai" => Arc::new(OpenAi::new(settings, http)),
        "anthropic" => Arc::new(Anthropic::new(settings, http)),
        ollama::NAME => Arc::new(Ollama::new(settings, http)),
        "scripted" => Arc::new(Scripted::new(settings)),
        name => {
            let declared = declared::all().into_iter().find(|declared| declared.name == name)?;
            Arc::new(OpenAi::declared(declared, settings, http))
        }
    })
}

/// Why a provider is not available, and what to do.
fn reason(provider: &dyn Provider) -> Option<String> {
    let about = provider.about();
    match provider.available() {
        Availability::Ready => None,
        Availability::Unverified => Some(format!("{} has not been asked yet. Look again in a moment.", about.label)),
        // Where its server is, is for administrators alone to know.
        Availability::Away => Some(format!("{} does not answer. Start it, or set its address.", about.label)),
        Availability::NotConfigured { hint } => Some(hint),
    }
}

/// An address without a name and a password that may stand in it.
fn without_password(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    if url.username().is_empty() && url.password().is_none() {
        return address.to_owned();
    }
    let _ = (url.set_username(""), url.set_password(None));
    url.to_string()
}

/// A provider that was asked for. One that nobody has reached yet may be tried; one without a key may not.
fn named(provider: &Arc<dyn Provider>, model: &str) -> Result<(Arc<dyn Provider>, String), ProviderError> {
    if let Availability::NotConfigured { hint } = provider.available() {
        return Err(ProviderError::NotConfigured { hint });
    }
    let model = if model.is_empty() { provider.default_model() } else { model.to_owned() };
    if model.is_empty() {
        let name = provider.name();
        return Err(ProviderError::NotConfigured {
            hint: format!("{name} has no default model. Name one, as {name}:model."),
        });
    }
    Ok((provider.clone(), model))
}

#[cfg(test)]
mod tests;
