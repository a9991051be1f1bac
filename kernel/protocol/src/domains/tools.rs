//! Tools described in the formats of other programs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::Empty;

/// Whose way of describing tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToolFormat {
    LangChain,
    OpenAi,
}

/// A tool that was imported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportedTool {
    /// `imported_<name>_<ms>`.
    pub id: String,
    pub name: String,
    pub description: String,
    /// A JSON Schema of the arguments.
    pub parameters: serde_json::Value,
    pub source_format: ToolFormat,
    pub created_at: u64,
}

/// One line of the tool list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolEntry {
    pub name: String,
    /// Where it comes from: the format it was imported in, or `native`.
    pub source: String,
    pub description: String,
}

/// `tools.import`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Import {
    /// Descriptions as the format has them.
    pub tools: Vec<serde_json::Value>,
    pub format: ToolFormat,
}

/// `tools.export`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct Export {
    pub format: ToolFormat,
}

domain! {
    /// Tools described in the formats of other programs.
    tools;
    commands {
        /// Takes in tools of another program; one of the caller's with the same name is replaced.
        import "tools.import" (Import) -> Vec<ImportedTool>, needs SignedIn => post 201 at "/tools/import";
        /// The tools the caller may use, in the format of another program.
        export "tools.export" (Export) -> Vec<serde_json::Value>, needs SignedIn, audit refusals
            => get at "/tools/export";
        /// The tools the caller may use.
        list "tools.list" (Empty) -> Vec<ToolEntry>, needs SignedIn, audit refusals => get at "/tools";
    }
    events {
        /// Tools were taken in.
        Imported "tools.imported" { count: u32, format: ToolFormat, names: Vec<String> } to requester, live;
        /// Tools were handed out.
        Exported "tools.exported" { count: u32, format: ToolFormat } to requester, live;
        /// The tools a list answered.
        List "tools.list" { tools: Vec<ToolEntry> } to requester, live;
    }
}
