//! The commands of the `llm` domain: the providers' keys, from where secrets are kept to where requests are made.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aether_base::bus::Bus;
use aether_base::{Cx, Error, Result, SecretPlace, SecretText, Secrets};
use aether_protocol::domains::llm::{
    Api, ClearKey, DefaultModel, KeySource, LlmProviderInfo, SetDefault, SetKey, Test, Tested, event,
};
use aether_protocol::{Empty, ErrorCode, WireError};
use aether_runtime::providers::{ApiKey, ProviderError, ProviderInfo, Registry, Stored, is_auto};
use aether_store::Store;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::settings;

/// The setting that says what `auto` means.
const DEFAULT: &str = "llm.default";
/// How long the start waits for stored keys: a keyring may wait for a person.
const LOADING: Duration = Duration::from_secs(2);

/// What is kept of a provider, as one secret: an address may hold a password.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base_url: Option<String>,
}

/// Answers for the models and their providers.
pub struct LlmApi {
    registry: Arc<Registry>,
    secrets: Arc<dyn Secrets>,
    store: Arc<Store>,
    bus: Arc<Bus>,
    /// Where stored keys lie, by provider.
    places: Mutex<HashMap<String, SecretPlace>>,
    /// True once what is stored has been read: what changes it waits for that.
    loaded: watch::Sender<bool>,
}

impl LlmApi {
    pub fn new(registry: Arc<Registry>, secrets: Arc<dyn Secrets>, store: Arc<Store>, bus: Arc<Bus>) -> Arc<LlmApi> {
        let (places, loaded) = (Mutex::default(), watch::Sender::new(false));
        Arc::new(LlmApi { registry, secrets, store, bus, places, loaded })
    }

    /// Reads what was set in earlier runs. Keys that do not come in time are used once they are there.
    pub async fn load(self: &Arc<Self>) -> Result<()> {
        let default = self.store.read(|db| settings::find(db, DEFAULT)).await?;
        self.registry.set_default_model(default);
        let llm = self.clone();
        let loading = tokio::spawn(async move { llm.load_keys().await });
        if tokio::time::timeout(LOADING, loading).await.is_err() {
            tracing::warn!("the stored keys of model providers are late; the kernel starts without them");
        }
        Ok(())
    }

    async fn load_keys(&self) {
        for name in self.registry.provider_names() {
            match self.secrets.find(&secret_name(&name)).await {
                Ok(Some((secret, place))) => match stored(&secret) {
                    Some(stored) => self.apply(&name, Some((stored, place))),
                    None => tracing::warn!(provider = name, "a stored key cannot be read; enter it again"),
                },
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "stored keys of model providers cannot be read");
                    break;
                }
            }
        }
        self.loaded.send_replace(true);
    }

    /// Makes requests use what is stored now, and tells everybody.
    fn apply(&self, name: &str, kept: Option<(Stored, SecretPlace)>) {
        let (stored, place) = kept.unzip();
        if let Err(error) = self.registry.store(name, stored) {
            tracing::error!(%error, "a stored key has no provider");
        }
        match place {
            Some(place) => drop(self.places().insert(name.to_owned(), place)),
            None => drop(self.places().remove(name)),
        }
        self.bus.publish(event::Changed { provider: name.to_owned() });
    }

    async fn wait_until_loaded(&self) {
        // The sender lives as long as this does.
        let _ = self.loaded.subscribe().wait_for(|loaded| *loaded).await;
    }

    fn places(&self) -> MutexGuard<'_, HashMap<String, SecretPlace>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn info(&self, provider: ProviderInfo, admin: bool) -> LlmProviderInfo {
        let kept = self.places().get(&provider.name).copied();
        let key_source = match (provider.key_is_given, provider.about.has_key, kept) {
            (true, ..) => Some(KeySource::Environment),
            (false, true, Some(SecretPlace::Keyring)) => Some(KeySource::Keyring),
            (false, true, Some(SecretPlace::File)) => Some(KeySource::File),
            (false, ..) => None,
        };
        LlmProviderInfo {
            name: provider.name,
            available: provider.available,
            models: provider.models,
            label: Some(provider.about.label),
            needs_key: Some(provider.about.needs_key),
            key_source,
            base_url: provider.about.base_url.filter(|_| admin),
            reason: provider.reason,
            default_model: Some(provider.default_model).filter(|model| !model.is_empty()),
            local: Some(provider.about.local),
        }
    }
}

impl Api<Cx> for LlmApi {
    async fn list(&self, cx: &Cx, _request: Empty) -> Result<Vec<LlmProviderInfo>> {
        self.registry.probe().await;
        let admin = cx.caller.is_admin();
        let providers: Vec<LlmProviderInfo> =
            self.registry.list().into_iter().map(|provider| self.info(provider, admin)).collect();
        cx.tell(|| event::List { providers: providers.clone() });
        Ok(providers)
    }

    async fn set_key(&self, _cx: &Cx, request: SetKey) -> Result<()> {
        let SetKey { provider, key, base_url } = request;
        let base_url = base_url.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty());
        let stored = Stored { key: ApiKey::new(&key.0), base_url: base_url.clone() };
        self.registry.check(&provider, &stored).map_err(refusal)?;
        if self.registry.key_is_given(&provider) {
            return Err(given(&provider));
        }
        self.wait_until_loaded().await;
        let kept = Kept { key: key.0.trim().to_owned(), base_url };
        let secret = SecretText::new(serde_json::to_string(&kept).map_err(Error::internal)?);
        let place = self.secrets.put(&secret_name(&provider), secret).await?;
        self.apply(&provider, Some((stored, place)));
        Ok(())
    }

    async fn clear_key(&self, _cx: &Cx, request: ClearKey) -> Result<()> {
        let ClearKey { provider } = request;
        self.registry.get(&provider).map_err(refusal)?;
        self.wait_until_loaded().await;
        let removed = self.secrets.remove(&secret_name(&provider)).await?;
        if removed {
            self.apply(&provider, None);
        } else if self.registry.key_is_given(&provider) {
            return Err(given(&provider));
        }
        Ok(())
    }

    async fn test(&self, cx: &Cx, request: Test) -> Result<Tested> {
        let Test { provider, model, key, base_url } = request;
        let candidate = (key.is_some() || base_url.is_some()).then(|| Stored {
            key: key.as_ref().and_then(|key| ApiKey::new(&key.0)),
            base_url: base_url.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty()),
        });
        // Whoever may choose the address may have this machine speak to any other.
        if candidate.is_some() && !cx.caller.is_admin() {
            return Err(WireError::forbidden("Admin access required").into());
        }
        let trial = self.registry.try_out(&provider, model.as_deref(), candidate.as_ref()).await.map_err(refusal)?;
        let (ok, error) = (trial.outcome.is_ok(), trial.outcome.as_ref().err());
        Ok(Tested {
            ok,
            model: trial.model,
            latency_ms: u64::try_from(trial.took.as_millis()).unwrap_or(u64::MAX),
            error: error.map(ToString::to_string),
            code: error.map(|error| error.code().to_owned()),
            reply: trial.outcome.ok(),
        })
    }

    async fn set_default(&self, _cx: &Cx, request: SetDefault) -> Result<()> {
        let model = Some(request.model.trim().to_owned()).filter(|model| !is_auto(model));
        let provider = match &model {
            Some(model) => self.registry.resolve(Some(model)).await.map_err(refusal)?.0.name().to_owned(),
            None => "auto".to_owned(),
        };
        let kept = model.clone();
        self.store.write(move |db| settings::set(db, DEFAULT, kept.as_deref())).await?;
        self.registry.set_default_model(model);
        self.bus.publish(event::Changed { provider });
        Ok(())
    }

    async fn get_default(&self, _cx: &Cx, _request: Empty) -> Result<DefaultModel> {
        Ok(DefaultModel { model: self.registry.default_model() })
    }
}

fn secret_name(provider: &str) -> String {
    format!("llm/{provider}")
}

fn stored(secret: &SecretText) -> Option<Stored> {
    let kept: Kept = serde_json::from_str(secret.expose()).ok()?;
    Some(Stored { key: ApiKey::new(&kept.key), base_url: kept.base_url })
}

fn given(provider: &str) -> Error {
    let sentence = format!(
        "The key of {provider} is a setting this kernel was started with, which wins over any other. Take it out of the \
         environment or etc/config.toml and start again to use one from here."
    );
    WireError::new(ErrorCode::InvalidState, sentence).into()
}

#[allow(clippy::needless_pass_by_value)] // For `map_err`, which gives it away.
fn refusal(error: ProviderError) -> Error {
    match error {
        ProviderError::UnknownProvider { .. } => WireError::not_found(error.to_string()),
        _ => WireError::invalid(error.to_string()),
    }
    .into()
}
