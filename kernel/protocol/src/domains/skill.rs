//! Skills as written-down steps: each step is an action, and its answer feeds the next.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::Pid;

/// What an input of a skill takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SkillInputType {
    String,
    Number,
    Boolean,
    Array,
    Object,
}

/// One input of a skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkillInput {
    #[serde(rename = "type")]
    pub kind: SkillInputType,
    #[serde(default)]
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

/// One step of a skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkillStep {
    pub id: String,
    /// The name of an action: `http.get`, `fs.read`, `transform.text` and so on.
    pub action: String,
    /// What the action gets; `{{inputs.x}}` and `{{steps.id.field}}` are filled in.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// The step is left out if this comes to nothing, `false` or `0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// A skill. What is left out here is refused by the registration in a sentence of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkillDefinition {
    pub id: String,
    pub name: String,
    pub version: String,
    #[serde(default)]
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// By name.
    #[serde(default)]
    pub inputs: BTreeMap<String, SkillInput>,
    #[serde(default)]
    pub steps: Vec<SkillStep>,
    /// A template; one that is a single expression keeps the type of its value.
    #[serde(default)]
    pub output: String,
}

/// How one step went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkillStepResult {
    pub id: String,
    pub action: String,
    /// In milliseconds.
    pub duration: u64,
    pub success: bool,
    #[serde(default)]
    pub output: Value,
}

/// How a skill went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SkillExecutionResult {
    pub success: bool,
    #[serde(default)]
    pub output: Value,
    pub steps: Vec<SkillStepResult>,
    /// In milliseconds.
    pub total_duration: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// `skill.list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListSkills {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

/// Names one skill.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SkillRef {
    pub skill_id: String,
}

/// `skill.register`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RegisterSkill {
    pub definition: SkillDefinition,
}

/// What `skill.unregister` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkillRemoved {
    pub removed: bool,
}

/// `skill.execute`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecuteSkill {
    pub skill_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Map<String, Value>>,
    /// What existing clients send along; where and as whom a skill runs follows from the caller alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Map<String, Value>>,
}

domain! {
    /// Skills as written-down steps.
    skill;
    commands {
        /// The skills the caller may use.
        list "skill.list" (ListSkills) -> Vec<SkillDefinition>, needs SignedIn, audit refusals => get at "/skills";
        /// One skill.
        get "skill.get" (SkillRef) -> SkillDefinition, needs SignedIn, audit refusals => get at "/skills/:skillId";
        /// Adds a skill, or replaces one's own; an id that is another's is refused.
        register "skill.register" (RegisterSkill) -> SkillDefinition, needs SignedIn, order(|p| &p.definition.id);
        /// Takes a skill away.
        unregister "skill.unregister" (SkillRef) -> SkillRemoved,
            needs Own(Skill, |p| &p.skill_id), order(|p| &p.skill_id) => delete at "/skills/:skillId";
        /// Runs a skill with the caller's rights.
        execute "skill.execute" (ExecuteSkill) -> SkillExecutionResult,
            needs SignedIn => post at "/skills/:skillId/execute";
    }
    events {
        /// A skill was added or replaced.
        Registered "skill.registered" { id: String, name: String, version: String } to owner(Skill, id), journal;
        /// A skill was taken away.
        Unregistered "skill.unregistered" { id: String } to owner(Skill, id), journal;
        /// A file with a skill could not be read.
        LoadFailed "skill.load.error" { file: String, error: String } to admins, journal;
        /// A skill began to run.
        ExecutionStarted "skill.execution.started" { skillId: String, agentUid: String, pid: Pid }
            to owner(Pid, pid), journal;
        /// A skill ran to its end.
        ExecutionCompleted "skill.execution.completed" {
            skillId: String,
            agentUid: String,
            pid: Pid,
            totalDuration: u64,
        } to owner(Pid, pid), journal;
        /// A step of a skill failed, and the skill with it.
        ExecutionFailed "skill.execution.failed" { skillId: String, stepId: String, error: String, agentUid: String }
            to owner(AgentUid, agentUid), journal;
    }
}
