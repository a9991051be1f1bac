//! Skills from SKILL.md files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::registry::PluginRegistryManifest;
use crate::table::Empty;

/// To whom a command of a skill goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CommandDispatch {
    Tool,
}

/// How a command's arguments reach its tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CommandArgMode {
    Raw,
}

/// What has to be there for a skill to work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenClawRequires {
    /// Programs on the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bins: Option<Vec<String>>,
    /// Environment variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Vec<String>>,
}

/// What a skill says for its importer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenClawHints {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires: Option<OpenClawRequires>,
    /// Operating systems it runs on; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<Vec<String>>,
}

/// The `metadata` of a SKILL.md.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenClawMetadata {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openclaw: Option<OpenClawHints>,
}

/// The head of a SKILL.md.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct OpenClawSkillFrontmatter {
    pub name: String,
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_invocable: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable_model_invocation: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_dispatch: Option<CommandDispatch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_tool: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_arg_mode: Option<CommandArgMode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<OpenClawMetadata>,
}

/// An imported skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenClawImportResult {
    pub manifest: PluginRegistryManifest,
    pub instructions: String,
    /// What it needs and does not find here; none of it keeps it out.
    pub warnings: Vec<String>,
    pub dependencies_met: bool,
    pub source_path: String,
}

/// A file that could not be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenClawFailure {
    pub path: String,
    pub error: String,
}

/// How the import of a directory went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenClawBatchImportResult {
    pub imported: Vec<OpenClawImportResult>,
    pub failed: Vec<OpenClawFailure>,
    pub total_scanned: u64,
}

/// `openclaw.importSkill`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ImportSkill {
    /// The virtual path of a SKILL.md.
    pub path: String,
}

/// `openclaw.importDirectory`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportDirectory {
    /// The virtual path of a directory whose children hold a SKILL.md each.
    pub dir_path: String,
}

/// Names one imported skill.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportRef {
    pub skill_id: String,
}

/// What `openclaw.getInstructions` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SkillInstructions {
    pub skill_id: String,
    pub instructions: String,
}

domain! {
    /// Skills from SKILL.md files.
    openclaw;
    commands {
        /// Imports a skill for the caller's agents.
        import_skill "openclaw.importSkill" (ImportSkill) -> OpenClawImportResult,
            needs Own(ReadPath, |p| &p.path), order(|p| &p.path) => post 201 at "/openclaw/import";
        /// Imports every skill of a directory.
        import_directory "openclaw.importDirectory" (ImportDirectory) -> OpenClawBatchImportResult,
            needs Own(ReadPath, |p| &p.dir_path), order(|p| &p.dir_path) => post at "/openclaw/import-directory";
        /// The imported skills the caller may see.
        list_imported "openclaw.listImported" (Empty) -> Vec<OpenClawImportResult>,
            needs SignedIn, audit refusals => get at "/openclaw/skills";
        /// Takes an imported skill away.
        remove_import "openclaw.removeImport" (ImportRef) -> (),
            needs Own(Skill, |p| &p.skill_id), order(|p| &p.skill_id) => delete at "/openclaw/skills/:skillId" says "deleted";
        /// What an imported skill tells an agent to do.
        get_instructions "openclaw.getInstructions" (ImportRef) -> SkillInstructions,
            needs Own(Skill, |p| &p.skill_id), audit refusals => get at "/openclaw/skills/:skillId/instructions";
    }
    events {
        /// A skill was imported.
        SkillImported "openclaw.skill.imported" {
            skillId: String,
            name: String,
            warnings: Vec<String>,
            dependenciesMet: bool,
        } to owner(Skill, skillId), journal;
        /// A directory was imported.
        BatchImported "openclaw.batch.imported" { imported: u64, failed: u64, totalScanned: u64 } to requester, live;
        /// The imported skills a query answered.
        List "openclaw.import.list" { imports: Vec<OpenClawImportResult> } to requester, live;
        /// An imported skill was taken away.
        Removed "openclaw.import.removed" { skillId: String } to owner(Skill, skillId), journal;
    }
}
