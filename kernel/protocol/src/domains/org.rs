//! Organisations, teams and members.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a role in an organisation allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Permission {
    #[serde(rename = "org.view")]
    OrgView,
    #[serde(rename = "agents.view")]
    AgentsView,
}

domain! {
    org;
    commands {}
    events {}
}
