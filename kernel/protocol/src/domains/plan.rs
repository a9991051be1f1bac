//! Plans: what an agent means to do, step by step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::PidRef;
use crate::ids::Pid;

/// Where one node of a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlanNodeStatus {
    Pending,
    Active,
    Completed,
    Failed,
    Skipped,
}

/// Where a whole plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlanStatus {
    Active,
    Completed,
    /// A newer plan of the same process took its place.
    Abandoned,
}

/// One thing to do, and what it consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanNode {
    pub id: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub status: PlanNodeStatus,
    pub estimated_steps: u32,
    pub actual_steps: u32,
    pub children: Vec<PlanNode>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanRecord {
    pub id: String,
    pub agent_uid: String,
    pub pid: Pid,
    pub goal: String,
    pub root_nodes: Vec<PlanNode>,
    pub status: PlanStatus,
    pub created_at: u64,
    pub updated_at: u64,
    /// The nodes once more as JSON text, for clients that read them so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_tree: Option<String>,
}

/// `plan.create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreatePlan {
    pub pid: Pid,
    /// The uid of the process.
    pub agent_uid: String,
    pub goal: String,
    pub root_nodes: Vec<PlanNode>,
}

/// What to change about a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanUpdates {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PlanStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_nodes: Option<Vec<PlanNode>>,
}

/// `plan.update`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UpdatePlan {
    pub plan_id: String,
    pub updates: PlanUpdates,
}

domain! {
    /// Plans: what an agent means to do, step by step.
    plan;
    commands {
        /// Gives an agent a plan; the one it had is abandoned.
        create "plan.create" (CreatePlan) -> PlanRecord,
            needs Own(AgentUid, |p| (&p.agent_uid, &p.pid.uid())), order(|p| p.pid);
        /// Changes a plan.
        update "plan.update" (UpdatePlan) -> PlanRecord, needs Own(Plan, |p| &p.plan_id), order(|p| &p.plan_id);
        /// The plan an agent follows, if it has one.
        get "plan.get" (PidRef) -> Option<PlanRecord>,
            needs Own(Pid, |p| p.pid), audit refusals => get at "/agents/:pid/plan";
    }
    events {
        /// An agent has a new plan.
        Created "plan.created" { plan: PlanRecord } to owner(AgentUid, plan.agent_uid), journal;
        /// A plan or one of its nodes changed.
        Updated "plan.updated" { plan: PlanRecord } to owner(AgentUid, plan.agent_uid), journal;
    }
}
