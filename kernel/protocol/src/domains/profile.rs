//! Profiles: what an agent has done so far, and what it is good at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::Empty;

/// The profile of one agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentProfile {
    pub agent_uid: String,
    pub display_name: String,
    pub total_tasks: u64,
    pub successful_tasks: u64,
    pub failed_tasks: u64,
    /// 0 to 1.
    pub success_rate: f64,
    /// At most 20 words.
    pub expertise: Vec<String>,
    pub personality_traits: Vec<String>,
    /// The mean of the rated tasks, 1 to 5; 0 if none was rated.
    pub avg_quality_rating: f64,
    pub total_steps: u64,
    pub first_seen: u64,
    pub last_active: u64,
    pub updated_at: u64,
}

/// What to change about a profile. The name, the expertise and the traits are taken; counters and times count what
/// happened and stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileUpdates {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_uid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_tasks: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successful_tasks: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_tasks: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_rate: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expertise: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personality_traits: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avg_quality_rating: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_steps: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_active: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<u64>,
}

/// Names one agent by its uid.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AgentRef {
    pub agent_uid: String,
}

/// `profile.update`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UpdateProfile {
    pub agent_uid: String,
    pub updates: ProfileUpdates,
}

domain! {
    /// Profiles: what an agent has done so far, and what it is good at.
    profile;
    commands {
        /// The profile of an agent; all zeros for one that has done nothing yet.
        get "profile.get" (AgentRef) -> AgentProfile,
            needs Own(AgentUid, |p| &p.agent_uid), audit refusals => get at "/agents/:agent_uid/profile";
        /// The profiles of the agents the caller may see.
        list "profile.list" (Empty) -> Vec<AgentProfile>, needs SignedIn, audit refusals;
        /// Changes what an agent is called and known for.
        update "profile.update" (UpdateProfile) -> AgentProfile,
            needs Own(AgentUid, |p| &p.agent_uid), order(|p| &p.agent_uid);
    }
    events {
        /// The profile a query answered.
        Data "profile.data" { agent_uid: String, profile: AgentProfile } to requester, live;
        /// The profiles a query answered.
        List "profile.list" { profiles: Vec<AgentProfile> } to requester, live;
        /// A profile changed, by a person or after a task.
        Updated "profile.updated" { agent_uid: String, profile: AgentProfile }
            to owner(AgentUid, agent_uid), journal;
    }
}
