//! Models, by who provides them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::Empty;

/// A provider of models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LlmProviderInfo {
    /// `gemini`, `openai`, `anthropic`, `ollama`, or one of the settings.
    pub name: String,
    /// True if a key is set, or its server answers.
    pub available: bool,
    pub models: Vec<String>,
}

domain! {
    /// Models, by who provides them.
    llm;
    commands {
        /// The providers and their models.
        list "llm.list" (Empty) -> Vec<LlmProviderInfo>, needs SignedIn, audit refusals;
    }
    events {
        /// The providers a list answered.
        List "llm.list" { providers: Vec<LlmProviderInfo> } to requester, live;
    }
}
