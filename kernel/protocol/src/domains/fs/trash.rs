//! What was thrown away and can come back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FileType;

/// `fs.trash`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Trash {
    pub path: String,
}

/// A file or directory in the trash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrashEntry {
    pub id: String,
    /// The virtual path where it was.
    pub path: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: FileType,
    /// Bytes; of a directory, those of the directory alone.
    pub size: u64,
    /// Milliseconds since the Unix epoch.
    pub deleted_at: u64,
}

/// `fs.restore`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Restore {
    /// The `id` of what is in the trash; a frame's own `id` is its number.
    pub entry_id: String,
    /// Another path for it, with its name; where it was if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// Where something came back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Restored {
    pub path: String,
}

/// `fs.purge`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Purge {
    /// All of the caller's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
}
