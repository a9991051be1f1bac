//! Models.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::Empty;

/// A provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LlmProviderInfo {
    pub name: String,
    pub available: bool,
    pub models: Vec<String>,
}

domain! {
    /// Models.
    llm;
    commands {
        /// Lists.
        list "llm.list" (Empty) -> Vec<LlmProviderInfo>, needs SignedIn, audit refusals;
    }
    events {
        /// List.
        List "llm.list" { providers: Vec<LlmProviderInfo> } to requester, live;
    }
}
