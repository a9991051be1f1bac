//! Reflections: what an agent made of a task once it was done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::Pid;

/// One reflection on one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReflectionRecord {
    pub id: String,
    pub agent_uid: String,
    pub pid: Pid,
    pub goal: String,
    pub summary: String,
    /// 1 (worst) to 5 (best).
    pub quality_rating: u8,
    pub justification: String,
    pub lessons_learned: String,
    pub created_at: u64,
}

domain! {
    /// Reflections: what an agent made of a task once it was done.
    reflection;
    commands {}
    events {
        /// An agent looked back on a task.
        Stored "reflection.stored" { reflection: ReflectionRecord } to owner(AgentUid, reflection.agent_uid), journal;
        /// Looking back, an agent proposed a skill.
        SkillProposed "reflection.skill.proposed" { proposalId: String, agentUid: String, skillName: String }
            to owner(AgentUid, agentUid), journal;
    }
}
