//! Model providers: one trait, four wire formats, and everything that speaks one of them.
//!
//! What it owns: requests and replies in each provider's format, streaming, the errors a loop branches on, the choice
//! of a provider for a model's name. What it never does: retries, budgets, journalling (the loop's), or reading the
//! environment (but for [`ProviderSettings::from_env`], through the caller's lookup).
//!
//! A reply is kept as the bytes that arrived. The live path and [`Provider::read_reply`] feed the same reader, so a
//! journalled reply gives the same [`Turn`] as it gave when it was received, however the network had cut it.
//!
//! Adding a provider: a file in `data/` and a line in `declared.rs` where it speaks OpenAI's format, else a file here
//! and a line in `registry.rs`.

mod anthropic;
mod call_ids;
mod declared;
mod draft;
mod error;
mod exchange;
mod fault;
mod frames;
mod gemini;
mod ollama;
mod openai;
mod probe;
mod reader;
mod registry;
mod scripted;
mod settings;
#[cfg(test)]
mod testing;
mod trial;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::chat::{ChatRequest, Delta, Turn};

pub use error::{ProviderError, Said};
pub use registry::{Registry, is_auto};
pub use settings::{ApiKey, ProviderSettings, Stored};
pub use trial::Trial;

/// A service that answers conversations.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The name in front of the colon of a model string.
    fn name(&self) -> &str;

    /// The model for `name:` without a model; empty where there is none to assume.
    fn default_model(&self) -> String;

    /// What people are told of it.
    fn about(&self) -> About;

    /// Models known by name. Others may work too.
    fn models(&self) -> Vec<String>;

    /// Whether a request could be sent now, as far as is known without asking anybody.
    fn available(&self) -> Availability;

    /// Asks a local server whether it is there, at most once in ten seconds; [`Provider::available`] then knows.
    async fn probe(&self);

    /// The body that [`Provider::complete`] sends, without headers and keys: fit for the journal.
    fn request_body(&self, request: &ChatRequest) -> Value;

    /// Reads a whole reply again. It gives the same as [`Provider::complete`] did for the same bytes.
    fn read_reply(&self, raw: &[u8]) -> Result<Turn, ProviderError>;

    /// Sends the request and reads the reply as it arrives. Deltas go to `sink` on the way; a failed reply may have
    /// sent some. Cancelling drops the connection, which stops the provider's work as well.
    async fn complete(
        &self,
        request: &ChatRequest,
        sink: &mut dyn DeltaSink,
        cancel: &CancellationToken,
    ) -> Result<Completion, ProviderError>;
}

/// A reply and the bytes it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// The body exactly as it was received, for the journal.
    pub raw: Bytes,
    pub turn: Turn,
}

/// Whether a provider can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    /// It has what it needs; local servers have answered.
    Ready,
    /// A local server that nobody has asked yet.
    Unverified,
    /// A local server that did not answer when it was last asked.
    Away,
    /// Something has to be set first.
    NotConfigured {
        /// What to set, as a sentence for the person.
        hint: String,
    },
}

/// What people are told of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The name people know it by.
    pub label: String,
    /// True if it takes requests with a key only.
    pub needs_key: bool,
    /// True for a server on this machine or its network.
    pub local: bool,
    /// Where its server is; absent where there is none.
    pub base_url: Option<String>,
    /// True if a key is set.
    pub has_key: bool,
}

/// A provider as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInfo {
    pub name: String,
    pub available: bool,
    pub models: Vec<String>,
    /// Its address is without a name and a password that may stand in it.
    pub about: About,
    /// True if its key is one of the settings the kernel was started with.
    pub key_is_given: bool,
    pub default_model: String,
    /// Why it is not available, and what to do; absent where it is.
    pub reason: Option<String>,
}

/// Where the pieces of a reply go while it is being written.
pub trait DeltaSink: Send {
    /// Takes the next piece. It must not block.
    fn delta(&mut self, delta: Delta);
}

/// Nobody watches.
impl DeltaSink for () {
    fn delta(&mut self, _: Delta) {}
}

impl DeltaSink for UnboundedSender<Delta> {
    fn delta(&mut self, delta: Delta) {
        // A watcher who left does not stop the reply.
        let _ = self.send(delta);
    }
}

/// A number as it was written: 0.7 in an `f32` is 0.699999988 in JSON.
fn decimal(number: f32) -> Value {
    number.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

#[cfg(test)]
impl DeltaSink for Vec<Delta> {
    fn delta(&mut self, delta: Delta) {
        self.push(delta);
    }
}
