//! The audit log: who had what done, and how it ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{Pid, UserId};

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntryInfo {
    pub id: i64,
    pub timestamp: u64,
    pub event_type: String,
    pub actor_pid: Option<Pid>,
    pub actor_uid: Option<String>,
    pub action: String,
    pub target: Option<String>,
    /// JSON text, without secrets.
    pub args_sanitized: Option<String>,
    pub result_hash: Option<String>,
    /// JSON text.
    pub metadata: Option<String>,
    pub created_at: u64,
    /// The row's own hash in hexadecimal, which the next one is made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// Which lines to answer. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditFilters {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<Pid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// What this user did, and its agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    #[serde(default, rename = "startTime", skip_serializing_if = "Option::is_none")]
    pub start_time: Option<u64>,
    #[serde(default, rename = "endTime", skip_serializing_if = "Option::is_none")]
    pub end_time: Option<u64>,
    /// The most to answer: 50 if absent, at most 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
}

/// `audit.query`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct AuditQuery {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<AuditFilters>,
}

/// A page of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditPage {
    pub entries: Vec<AuditEntryInfo>,
    /// How many lines match in all.
    pub total: u64,
}

/// `audit.export`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct AuditExport {
    /// `limit` is of one part: 1,000 if absent and at most. `offset` does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<AuditFilters>,
    /// The line after which this part begins: `next` of the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
}

/// A part of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditPart {
    /// Oldest first.
    pub entries: Vec<AuditEntryInfo>,
    /// `after` of the next part; absent in the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

domain! {
    /// The audit log: who had what done, and how it ended.
    audit;
    commands {
        /// Lines of the audit log, newest first: one's own, or everybody's for an administrator.
        query "audit.query" (AuditQuery) -> AuditPage, needs SignedIn, audit refusals;
        /// Everybody's lines, oldest first, part by part, for keeping them elsewhere.
        export "audit.export" (AuditExport) -> AuditPart, needs Admin;
    }
    events {
        /// The lines a query answered.
        Entries "audit.entries" { entries: Vec<AuditEntryInfo> } to requester, live;
    }
}
