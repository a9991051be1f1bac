//! A provider without a model: it replies what a scenario says. For tests, demonstrations and load.
//!
//! The model is the name of a built-in scenario (`tour`) or, where the kernel's owner has named a folder of scenarios
//! (`AETHER_SCENARIOS`), of a file in it, TOML unless it ends in `.json`:
//!
//! ```toml
//! repeat = true               # begin again after the last turn; without, that is an error
//!
//! [[turn]]
//! text = "I will look around."
//! delay_ms = 50               # before each piece of the reply (a word, a call); 0 if absent
//! usage = { input_tokens = 900, output_tokens = 40 }   # a quarter of the characters if absent
//! stop = "tool_use"           # end_turn, tool_use, max_tokens, refusal, other; by the calls if absent
//! fail = { error = "overloaded", times = 2, retry_after_ms = 100 }   # then the turn itself; times is 1 if absent
//! [[turn.calls]]
//! tool = "list_files"
//! arguments = { path = "." }
//! [[turn.calls]]
//! tool = "think"
//! raw_arguments = '{"thought'  # instead of arguments: text that may be no JSON
//!
//! [[turn]]
//! when = "Permission denied"  # only if a user or tool message since the last reply contains this
//! at = 3                      # only as reply number 3, counted from 0
//! text = "That did not work:\n{{result}}"   # {{result}}: the last tool result, up to 2000 characters
//! ```
//!
//! Turns without `when` and `at` are said in their order; a turn with them goes first wherever its conditions hold, and
//! does not count. The place in the script follows from the conversation alone (which of its assistant messages were
//! ordinary turns), so a run goes on after a restart where it was. What is kept in memory is only how often a turn has
//! failed. `error` is one of auth, rate_limited, overloaded, context_length, unavailable, bad_request,
//! quota_exhausted, invalid_reply.

mod scenario;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::error::{ProviderError, Said};
use super::settings::ProviderSettings;
use super::{About, Availability, Completion, DeltaSink, Provider};
use crate::chat::{ChatMessage, ChatRequest, Delta, Turn};
use crate::context;
use scenario::{Fail, Scenario};

const NAME: &str = "scripted";
const DEFAULT: &str = "tour";
/// Bytes of a scenario's file.
const LARGEST: u64 = 1024 * 1024;
const BUILT_IN: [(&str, &str); 1] = [(DEFAULT, include_str!("data/tour.toml"))];

#[derive(Default)]
pub(crate) struct Scripted {
    /// Where scenarios of one's own are.
    folder: Option<PathBuf>,
    /// How often the turn that a request leads to has failed.
    failures: Mutex<HashMap<u64, u32>>,
}

#[async_trait]
impl Provider for Scripted {
    fn name(&self) -> &str {
        NAME
    }

    fn default_model(&self) -> String {
        DEFAULT.to_owned()
    }

    fn about(&self) -> About {
        About { label: "Scripted (no model)".to_owned(), needs_key: false, local: true, base_url: None, has_key: false }
    }

    fn models(&self) -> Vec<String> {
        BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn available(&self) -> Availability {
        Availability::Ready
    }

    async fn probe(&self) {}

    fn request_body(&self, request: &ChatRequest) -> Value {
        json!(request)
    }

    fn read_reply(&self, raw: &[u8]) -> Result<Turn, ProviderError> {
        serde_json::from_slice(raw).map_err(|_| ProviderError::InvalidReply {
            provider: NAME.to_owned(),
            said: Said::new("it is no turn of a scenario"),
        })
    }

    async fn complete(
        &self,
        request: &ChatRequest,
        sink: &mut dyn DeltaSink,
        cancel: &CancellationToken,
    ) -> Result<Completion, ProviderError> {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(ProviderError::Cancelled),
            outcome = self.play(request, sink) => outcome,
        }
    }
}

impl Scripted {
    pub fn new(settings: &ProviderSettings) -> Scripted {
        Scripted { folder: settings.scenarios.clone(), failures: Mutex::default() }
    }

    async fn play(&self, request: &ChatRequest, sink: &mut dyn DeltaSink) -> Result<Completion, ProviderError> {
        let scenario = self.load(&request.model).await?;
        let scripted = scenario.turn_for(&request.messages).ok_or_else(|| {
            let said = format!("the scenario {} has no more turns", request.model);
            refused(&said)
        })?;
        let pause = Duration::from_millis(scripted.delay_ms);
        if let Some(fail) = &scripted.fail
            && self.fails_again(request, fail)
        {
            tokio::time::sleep(pause).await; // grace: the pace of the scenario
            return Err(fail.error());
        }
        let turn = scripted.say(request);
        for delta in pieces(&turn) {
            if !pause.is_zero() {
                tokio::time::sleep(pause).await; // grace: the pace of the scenario
            }
            sink.delta(delta);
        }
        let raw = serde_json::to_vec(&turn).map_err(|error| refused(&error.to_string()))?;
        Ok(Completion { raw: Bytes::from(raw), turn })
    }

    fn fails_again(&self, request: &ChatRequest, fail: &Fail) -> bool {
        let mut hasher = DefaultHasher::new();
        json!(request).to_string().hash(&mut hasher);
        let key = hasher.finish();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = failures.entry(key).or_default();
        if *failed < fail.times {
            *failed += 1;
            return true;
        }
        failures.remove(&key);
        false
    }

    async fn load(&self, model: &str) -> Result<Scenario, ProviderError> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(name, _)| *name == model) {
            return Scenario::read(model, text);
        }
        let folder = self.folder.as_ref().ok_or_else(|| {
            refused(&format!(
                "there is no scenario {model}; the built-in one is {DEFAULT}, AETHER_SCENARIOS names others"
            ))
        })?;
        // Who names a model is not always who owns the machine: only files of that folder, by their bare name.
        let mut parts = Path::new(model).components();
        let (Some(Component::Normal(name)), None) = (parts.next(), parts.next()) else {
            return Err(refused(&format!("{model} is not the name of a scenario")));
        };
        let path = folder.join(name);
        let file = tokio::fs::symlink_metadata(&path).await.map_err(|error| missing(model, &error))?;
        if !file.is_file() || file.len() > LARGEST {
            return Err(refused(&format!("{model} is not a scenario: it is no file, or larger than 1 MiB")));
        }
        let text = tokio::fs::read_to_string(&path).await.map_err(|error| missing(model, &error))?;
        Scenario::read(model, &text)
    }
}

fn missing(model: &str, error: &std::io::Error) -> ProviderError {
    refused(&format!("the scenario {model} cannot be read ({error})"))
}

fn refused(said: &str) -> ProviderError {
    ProviderError::BadRequest { provider: NAME.to_owned(), said: Said::new(said) }
}

fn pieces(turn: &Turn) -> impl Iterator<Item = Delta> {
    let words = turn.text.split_inclusive(' ').map(|word| Delta::Text(word.to_owned()));
    words.chain(turn.calls.iter().map(|call| Delta::CallStarted { name: call.name.clone() }))
}

/// The last result of a tool in a conversation.
fn last_result(messages: &[ChatMessage]) -> &str {
    let result = |message: &ChatMessage| matches!(message, ChatMessage::Tool { .. });
    match messages.iter().rfind(|message| result(message)) {
        Some(ChatMessage::Tool { content, .. }) => context::unmarked(content).trim(),
        _ => "",
    }
}

#[cfg(test)]
mod tests;
