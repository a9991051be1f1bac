//! Records of the skill forge.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::Pid;

/// What a skill could do at its worst, by what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SkillRiskLevel {
    Minimal,
    Low,
    Moderate,
    High,
    Critical,
}

/// What happens when a skill asks for more than it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SkillForgeEnforcement {
    Allow,
    #[default]
    Warn,
    Prompt,
    Deny,
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SkillProposalStatus {
    Pending,
    Approved,
    Rejected,
}

/// Where a skill was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SkillSource {
    Local,
    ClawHub,
    Mcp,
}

/// With whom a skill is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ShareTarget {
    All,
    Agent,
}

/// Secrets a skill wants to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SensitiveData {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<bool>,
}

/// What a skill asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkillPermissionManifest {
    /// Always 1.
    pub version: u8,
    pub declared_purpose: String,
    /// `read:<glob>` or `write:<glob>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filesystem: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitive_data: Option<SensitiveData>,
}

/// A skill to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkillForgeCreateParams {
    pub name: String,
    pub description: String,
    pub instructions: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_used: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_input: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_expected: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<SkillPermissionManifest>,
}

/// A skill that fits a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkillForgeDiscoverResult {
    pub skill_id: String,
    pub name: String,
    pub description: String,
    pub source: SkillSource,
    pub installed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk_level: Option<SkillRiskLevel>,
}

/// One version of a skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkillVersion {
    pub version: u32,
    pub content: String,
    /// In seconds since the Unix epoch.
    pub created_at: u64,
    pub created_by: String,
}

/// A skill an agent proposes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkillProposal {
    pub id: String,
    pub skill_name: String,
    pub skill_description: String,
    pub skill_instructions: String,
    pub tools_used: Vec<String>,
    /// The uid of the agent.
    pub proposing_agent: String,
    pub status: SkillProposalStatus,
    pub risk_score: SkillRiskLevel,
    /// In seconds since the Unix epoch.
    pub created_at: u64,
    /// In seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_by: Option<String>,
}

/// `skillforge.discover`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DiscoverSkills {
    pub query: String,
    /// `local`, `clawhub`, `mcp` or `all`; `all` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The most to answer: 10 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// `skillforge.install`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstallSkill {
    /// An id, or the virtual path of a SKILL.md.
    pub skill_id: String,
    /// `local` or `clawhub`; `local` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What making or installing a skill answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SkillForgeResult {
    pub success: bool,
    /// The id of a skill that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill_id: Option<String>,
    pub message: String,
}

/// `skillforge.create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateSkill {
    pub params: SkillForgeCreateParams,
}

/// One skill of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComposeStep {
    pub skill_id: String,
    /// How its input follows from what came before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_mapping: Option<String>,
}

/// `skillforge.compose`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ComposeSkill {
    pub name: String,
    pub description: String,
    pub steps: Vec<ComposeStep>,
}

/// Names one skill of the forge.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForgedRef {
    pub skill_id: String,
}

/// `skillforge.rollback`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RollbackSkill {
    pub skill_id: String,
    pub version: u32,
}

/// A skill an agent thinks worth having.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkillSuggestion {
    pub name: String,
    pub description: String,
    pub instructions: String,
    pub tools_used: Vec<String>,
}

/// `skillforge.propose`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProposeSkill {
    pub suggestion: SkillSuggestion,
    pub agent_uid: String,
}

/// `skillforge.approveProposal`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApproveProposal {
    pub proposal_id: String,
    /// What existing clients send along; the reviewer is the caller, whatever this says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer_uid: Option<String>,
}

/// `skillforge.rejectProposal`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RejectProposal {
    pub proposal_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What existing clients send along; the reviewer is the caller, whatever this says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer_uid: Option<String>,
}

/// `skillforge.listProposals`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListProposals {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<SkillProposalStatus>,
}

/// `skillforge.share`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShareSkill {
    pub skill_id: String,
    pub target: ShareTarget,
    /// The agent, where the target is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_pid: Option<Pid>,
}
