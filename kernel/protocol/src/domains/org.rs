//! Organisations, teams and members.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a role in an organisation allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Permission {
    #[serde(rename = "org.view")]
    OrgView,
}

domain! {
    org;
    commands {}
    events {}
}
