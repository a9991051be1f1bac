//! Models, by who provides them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::Empty;

/// Where a provider's key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    /// A setting of whoever started the kernel: the environment or `etc/config.toml`. It wins over a stored key.
    Environment,
    /// The operating system's keyring.
    Keyring,
    /// The kernel's encrypted file.
    File,
}

/// A provider of models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LlmProviderInfo {
    /// `gemini`, `openai`, `anthropic`, `ollama`, or one of the settings.
    pub name: String,
    /// True if a key is set, or its server answers.
    pub available: bool,
    pub models: Vec<String>,
    /// The name people know it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// True if it takes requests with a key only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_key: Option<bool>,
    /// Where its key comes from; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_source: Option<KeySource>,
    /// Where its server is; administrators are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Why it is not available, and what to do; absent where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The model it uses where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_model: Option<String>,
    /// True for a server on this machine or its network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<bool>,
}

/// A secret on its way to the kernel. Debug output does not show it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Confidential(pub String);

impl fmt::Debug for Confidential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Confidential(***)")
    }
}

/// `llm.setKey`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetKey {
    pub provider: String,
    /// Empty only for a provider that needs none, whose address is set.
    pub key: Confidential,
    /// Another address of its server, such as `https://host:port/v1`; its own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
}

/// `llm.clearKey`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ClearKey {
    pub provider: String,
}

/// `llm.test`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Test {
    pub provider: String,
    /// The provider's default model if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// A key to try without keeping it; for administrators only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Confidential>,
    /// An address to try without keeping it; for administrators only. No stored key is sent there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
}

/// How a trial went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tested {
    /// True if the model replied.
    pub ok: bool,
    /// The model that was asked; empty where none could be chosen.
    pub model: String,
    /// Milliseconds from the request to the end of the reply.
    pub latency_ms: u64,
    /// The beginning of what the model said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// What went wrong, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The kind of what went wrong: `auth`, `unavailable`, `bad_request`, `not_configured` and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// `llm.setDefault`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetDefault {
    /// `provider:model`, or a model's name alone; empty or `auto` for the first provider that is available.
    pub model: String,
}

/// What `llm.getDefault` answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DefaultModel {
    /// As it was set; absent where the first available provider is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

domain! {
    /// Models, by who provides them.
    llm;
    commands {
        /// The providers and their models.
        list "llm.list" (Empty) -> Vec<LlmProviderInfo>, needs SignedIn, audit refusals;
        /// Keeps a provider's key; agents use it from their next request on.
        set_key "llm.setKey" (SetKey) -> (), needs Admin, order(|p| &p.provider);
        /// Forgets a provider's stored key and address.
        clear_key "llm.clearKey" (ClearKey) -> (), needs Admin, order(|p| &p.provider);
        /// Asks a model for one word, to see whether its provider can be used.
        test "llm.test" (Test) -> Tested, needs SignedIn;
        /// Sets the model of agents whose model is `auto`.
        set_default "llm.setDefault" (SetDefault) -> (), needs Admin, order(|_p| "default");
        /// The model of agents whose model is `auto`.
        get_default "llm.getDefault" (Empty) -> DefaultModel, needs SignedIn, audit refusals;
    }
    events {
        /// The providers a list answered.
        List "llm.list" { providers: Vec<LlmProviderInfo> } to requester, live;
        /// A provider's key or address was set or cleared, or the default model is another one; `auto` where it was unset.
        Changed "llm.changed" { provider: String } to everyone, live;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_show_itself_but_on_the_wire() {
        let set = SetKey { provider: "openai".into(), key: Confidential("sk-very-secret".into()), base_url: None };
        assert!(!format!("{:?}", Command::set_key(set.clone())).contains("secret"));
        assert!(Command::set_key(set).encode("1").contains("sk-very-secret"));
    }
}
