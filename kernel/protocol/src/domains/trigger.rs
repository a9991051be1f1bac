//! Triggers that start an agent when something happens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domains::process::AgentConfig;
use crate::ids::Pid;
use crate::table::Empty;

/// A trigger: upon which event to start which agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventTrigger {
    pub id: String,
    pub name: String,
    pub event_type: String,
    /// Fields of the event that must have these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_filter: Option<Map<String, Value>>,
    pub agent_config: AgentConfig,
    pub enabled: bool,
    pub owner_uid: String,
    /// How long to wait before the next agent.
    pub cooldown_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_fired: Option<u64>,
    /// Agents it has started.
    pub fire_count: u64,
    pub created_at: u64,
    /// The newest agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_pid: Option<Pid>,
    /// Why the newest event started no agent, where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// `trigger.create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateTrigger {
    pub name: String,
    pub event_type: String,
    pub agent_config: AgentConfig,
    /// For whom (an id or a name), if an administrator asks; anybody else makes triggers for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
    /// A minute if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_filter: Option<Map<String, Value>>,
}

/// Names one trigger.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TriggerRef {
    pub trigger_id: String,
}

domain! {
    /// Triggers that start an agent when something happens.
    trigger;
    commands {
        /// Makes a trigger; it hears only events its owner may see.
        create "trigger.create" (CreateTrigger) -> EventTrigger, needs SignedIn => post 201 at "/triggers";
        /// Deletes a trigger; agents it has started go on.
        delete "trigger.delete" (TriggerRef) -> (), needs Own(Trigger, |p| &p.trigger_id), order(|p| &p.trigger_id)
            => delete at "/triggers/:triggerId" says "deleted";
        /// The caller's triggers, or everybody's for an administrator.
        list "trigger.list" (Empty) -> Vec<EventTrigger>, needs SignedIn, audit refusals => get at "/triggers";
    }
    events {
        /// A trigger was made.
        Created "trigger.created" { trigger: EventTrigger } to owner(Trigger, trigger.id), journal;
        /// A trigger was deleted.
        Deleted "trigger.deleted" { triggerId: String } to owner(Trigger, triggerId), journal;
        /// A trigger started an agent.
        Fired "trigger.fired" { triggerId: String, pid: Pid, event_type: String }
            to owner(Trigger, triggerId), journal;
        /// The triggers a list answered.
        List "trigger.list" { triggers: Vec<EventTrigger> } to requester, live;
    }
}
