//! Services of others, such as GitHub and Slack, that agents act in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::table::Empty;

/// Which service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IntegrationType {
    Github,
    Gitlab,
    Slack,
    Jira,
    Linear,
    Custom,
    S3,
    Discord,
}

/// Whether a service answered when it was last asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IntegrationStatus {
    Connected,
    Disconnected,
    Error,
}

/// What an action takes under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActionParameter {
    /// A type of JSON.
    #[serde(rename = "type")]
    pub kind: String,
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}

/// Something a service can be made to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntegrationActionDef {
    /// Such as `github.create_issue`.
    pub name: String,
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<BTreeMap<String, ActionParameter>>,
}

/// How to reach a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntegrationConfig {
    #[serde(rename = "type")]
    pub kind: IntegrationType,
    pub name: String,
    /// Keys and tokens by name; they are never sent back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_subscriptions: Option<Vec<String>>,
}

/// An integration as clients know it, without its credentials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntegrationInfo {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: IntegrationType,
    pub name: String,
    pub enabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
    pub created_at: u64,
    pub updated_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Map<String, Value>>,
    pub available_actions: Vec<IntegrationActionDef>,
    pub status: IntegrationStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActionStatus {
    Success,
    Error,
}

/// One action in an integration's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntegrationLogEntry {
    pub id: i64,
    pub integration_id: String,
    pub action: String,
    pub status: ActionStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_summary: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_summary: Option<String>,
    pub duration_ms: u64,
    pub created_at: u64,
}

/// `integration.register`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Register {
    pub config: IntegrationConfig,
    /// For whom, if an administrator asks; anybody else registers for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
}

/// Names one integration.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationRef {
    pub integration_id: String,
}

/// `integration.configure`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Configure {
    pub integration_id: String,
    pub settings: Map<String, Value>,
}

/// `integration.execute`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Execute {
    pub integration_id: String,
    pub action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Map<String, Value>>,
}

/// Whether a service answered, and what to say about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestResult {
    pub success: bool,
    pub message: String,
}

domain! {
    /// Services of others that agents act in.
    integration;
    commands {
        /// Registers a service with its credentials.
        register "integration.register" (Register) -> IntegrationInfo, needs SignedIn;
        /// Forgets a service and its credentials.
        unregister "integration.unregister" (IntegrationRef) -> (), needs Own(Integration, |p| &p.integration_id),
            order(|p| &p.integration_id) => delete at "/integrations/:integrationId" says "deleted";
        /// Replaces the settings of an integration.
        configure "integration.configure" (Configure) -> (), needs Own(Integration, |p| &p.integration_id),
            order(|p| &p.integration_id);
        /// Lets an integration be used again.
        enable "integration.enable" (IntegrationRef) -> (), needs Own(Integration, |p| &p.integration_id),
            order(|p| &p.integration_id);
        /// Keeps an integration and runs nothing on it.
        disable "integration.disable" (IntegrationRef) -> (), needs Own(Integration, |p| &p.integration_id),
            order(|p| &p.integration_id);
        /// The caller's integrations, or everybody's for an administrator, with what each can do.
        list "integration.list" (Empty) -> Vec<IntegrationInfo>, needs SignedIn, audit refusals
            => get at "/integrations";
        /// Asks the service whether the credentials work.
        test "integration.test" (IntegrationRef) -> TestResult, needs Own(Integration, |p| &p.integration_id)
            => post at "/integrations/:integrationId/test";
        /// Runs an action and answers what the service answered.
        execute "integration.execute" (Execute) -> Value, needs Own(Integration, |p| &p.integration_id)
            => post at "/integrations/:integrationId/execute";
    }
    events {
        /// An integration was registered.
        Registered "integration.registered" { integration: IntegrationInfo }
            to owner(Integration, integration.id), journal;
        /// An integration was forgotten.
        Unregistered "integration.unregistered" { integrationId: String }
            to owner(Integration, integrationId), journal;
        /// An integration may be used again.
        Enabled "integration.enabled" { integrationId: String } to owner(Integration, integrationId), journal;
        /// An integration runs nothing for now.
        Disabled "integration.disabled" { integrationId: String } to owner(Integration, integrationId), journal;
        /// An action ended well.
        ActionResult "integration.action_result" { integrationId: String, action: String, result: Value }
            to owner(Integration, integrationId), live;
        /// An action failed.
        Error "integration.error" { integrationId: String, action: String, error: String }
            to owner(Integration, integrationId), journal;
        /// The integrations a list answered.
        List "integration.list" { integrations: Vec<IntegrationInfo> } to requester, live;
        /// A service was asked whether the credentials work.
        Tested "integration.tested" { integrationId: String, success: bool, message: String }
            to owner(Integration, integrationId), live;
        /// Somebody used our command in Slack; the reply address lets anybody answer in our name.
        SlackCommand "slack.command" {
            integrationId: String,
            command: String,
            args: Value,
            user_id: String,
            user_name: String,
            channel_id: String,
            response_url: String,
            raw_text: String,
        } to nobody, live;
        /// Slack told us of something.
        SlackEvent "slack.event" { integrationId: String, event_type: String, event: Value, team_id: String }
            to nobody, live;
    }
}
