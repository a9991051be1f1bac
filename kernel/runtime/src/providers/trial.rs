//! Trying a provider out: one tiny request, to see what a run would get.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::error::{ProviderError, Said};
use super::registry::Registry;
use super::settings::Stored;
use super::{Availability, Provider};
use crate::chat::{ChatMessage, ChatRequest, Shared};

/// How long a trial may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Tokens of the reply: models that think need some before they say anything.
const TOKENS: u32 = 256;
/// Characters of the reply that are shown.
const SHOWN: usize = 200;

/// How a trial went.
#[derive(Debug)]
pub struct Trial {
    /// The model that was asked; empty where none could be chosen.
    pub model: String,
    pub took: Duration,
    /// The beginning of the reply.
    pub outcome: Result<String, ProviderError>,
}

impl Registry {
    /// Asks a provider for one word, with another key or address than it has if a candidate is given.
    ///
    /// # Errors
    /// When there is no such provider. That it cannot be used is an outcome.
    pub async fn try_out(
        &self,
        name: &str,
        model: Option<&str>,
        candidate: Option<&Stored>,
    ) -> Result<Trial, ProviderError> {
        let provider = match candidate {
            Some(candidate) => {
                let provider = self.candidate(name, candidate)?;
                if let Err(error) = self.check(name, candidate) {
                    return Ok(Trial { model: String::new(), took: Duration::ZERO, outcome: Err(error) });
                }
                provider
            }
            None => self.get(name)?,
        };
        let model = match model.map(str::trim).filter(|model| !model.is_empty()) {
            // `provider:model`, as it is written elsewhere, means the same here.
            Some(model) => model.strip_prefix(&format!("{name}:")).unwrap_or(model).to_owned(),
            None => {
                provider.probe().await;
                provider.default_model()
            }
        };
        let started = Instant::now();
        let outcome = ask(&provider, &model).await;
        Ok(Trial { model, took: started.elapsed(), outcome })
    }
}

async fn ask(provider: &Arc<dyn Provider>, model: &str) -> Result<String, ProviderError> {
    if let Availability::NotConfigured { hint } = provider.available() {
        return Err(ProviderError::NotConfigured { hint });
    }
    if model.is_empty() {
        let name = provider.name();
        return Err(ProviderError::NotConfigured {
            hint: format!("{name} has no default model, or does not answer. Start it, or name a model."),
        });
    }
    let request = ChatRequest {
        model: model.to_owned(),
        system: String::new(),
        messages: vec![ChatMessage::User { text: "Reply with the single word: ready".to_owned() }].into(),
        tools: Shared::default(),
        max_output_tokens: Some(TOKENS),
        temperature: None,
    };
    let cancel = CancellationToken::new();
    match tokio::time::timeout(PATIENCE, provider.complete(&request, &mut (), &cancel)).await {
        Ok(completion) => Ok(completion?.turn.text.trim().chars().take(SHOWN).collect()),
        Err(_) => Err(ProviderError::Unavailable {
            provider: provider.name().to_owned(),
            said: Said::new(&format!("it did not answer within {} s", PATIENCE.as_secs())),
            retry_after: None,
        }),
    }
}

#[cfg(test)]
mod tests;
