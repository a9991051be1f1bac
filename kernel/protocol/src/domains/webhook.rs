//! Webhooks: addresses we tell of events, and addresses of ours that start agents.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domains::llm::Confidential;
use crate::domains::process::AgentConfig;
use crate::ids::Pid;

/// An address that is told of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Webhook {
    pub id: String,
    pub name: String,
    pub url: String,
    /// What deliveries are signed with. Masked: only who registered it knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Event types, `prefix.*`, or `*`.
    pub events: Vec<String>,
    /// Fields of the event that must have these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Map<String, Value>>,
    /// Values that let somebody in somewhere are masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    pub enabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
    pub retry_count: u32,
    pub timeout_ms: u64,
    pub created_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_triggered: Option<u64>,
    /// Deliveries given up since the last one that succeeded.
    pub failure_count: u64,
    /// Why the kernel disabled it, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_because: Option<String>,
}

/// Where one delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    Pending,
    Delivering,
    Delivered,
    Failed,
}

/// One delivery in a webhook's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookLog {
    pub id: i64,
    pub webhook_id: String,
    pub event_type: String,
    /// JSON text.
    pub payload: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    pub success: bool,
    pub delivery_status: DeliveryStatus,
    pub created_at: u64,
}

/// A delivery that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DlqEntry {
    pub id: String,
    pub webhook_id: String,
    pub event_type: String,
    /// JSON text.
    pub payload: String,
    pub error: Option<String>,
    pub attempts: u32,
    pub created_at: u64,
    pub retried_at: Option<u64>,
}

/// An address of ours that starts an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InboundWebhook {
    pub id: String,
    pub name: String,
    /// Masked: only the answer to its creation shows it whole.
    pub token: String,
    pub agent_config: AgentConfig,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform: Option<String>,
    /// Masked; there if calls have to be signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    pub enabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_triggered: Option<u64>,
    pub trigger_count: u64,
    pub created_at: u64,
}

/// `webhook.register`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Register {
    /// Some clients send none: then the address names it.
    #[serde(default)]
    pub name: String,
    pub url: String,
    /// Event types, `prefix.*`, or `*`.
    pub events: Vec<String>,
    /// Signs deliveries; with `whsec_` before it, base64 of the key. No answer shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Confidential>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    /// For whom, if an administrator asks; anybody else registers for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
    /// Attempts after the first: 3 if absent, 10 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_count: Option<u32>,
    /// What one attempt may take: 5,000 if absent, 10,000 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// Names one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookRef {
    pub webhook_id: String,
}

/// `webhook.list` and `webhook.inbound.list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct OwnedBy {
    /// Whose, if an administrator asks; anybody else gets their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
}

/// `webhook.logs`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogsQuery {
    pub webhook_id: String,
    /// The most to answer: 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// `webhook.inbound.create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateInbound {
    pub name: String,
    pub agent_config: AgentConfig,
    /// The agent's goal, with `{{payload}}` or `{{payload.field}}` where what the caller sent belongs. Absent, the payload
    /// follows the goal of `agent_config`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform: Option<String>,
    /// Calls have to be signed with it. No answer shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Confidential>,
    /// For whom, if an administrator asks; anybody else makes them for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
}

/// A new address of ours. Its token is shown here and never again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InboundCreated {
    pub id: String,
    pub token: String,
    /// `/api/v1/hooks/<token>`.
    pub url: String,
}

/// Names one address of ours.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InboundRef {
    pub inbound_id: String,
}

/// `webhook.dlq.list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct DlqQuery {
    /// The most to answer: 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
}

/// Names one delivery that was given up.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DlqRef {
    pub dlq_id: String,
}

/// Whether another attempt succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Retried {
    pub success: bool,
}

/// `webhook.dlq.purge`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PurgeDlq {
    /// Which; absent means all of the caller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dlq_id: Option<String>,
}

impl PurgeDlq {
    /// The entry whose owner is asked for. An absent one is nobody's, and the caller's own are all it can touch.
    fn entry(&self) -> &str {
        self.dlq_id.as_deref().unwrap_or_default()
    }
}

/// How many entries were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Purged {
    pub purged: u64,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryEnd {
    Delivered,
    /// Given up, and kept for another attempt.
    Dlq,
}

domain! {
    /// Webhooks, outbound and inbound.
    webhook;
    commands {
        /// Tells an address of events from now on, of those its owner may see.
        register "webhook.register" (Register) -> WebhookRef, needs SignedIn => post 201 at "/webhooks";
        /// Forgets an address.
        unregister "webhook.unregister" (WebhookRef) -> (), needs Own(Webhook, |p| &p.webhook_id),
            order(|p| &p.webhook_id) => delete at "/webhooks/:webhookId" says "deleted";
        /// The caller's webhooks, or everybody's for an administrator.
        list "webhook.list" (OwnedBy) -> Vec<Webhook>, needs SignedIn, audit refusals => get at "/webhooks";
        /// Delivers to an address again.
        enable "webhook.enable" (WebhookRef) -> (), needs Own(Webhook, |p| &p.webhook_id), order(|p| &p.webhook_id);
        /// Keeps an address and delivers nothing.
        disable "webhook.disable" (WebhookRef) -> (), needs Own(Webhook, |p| &p.webhook_id), order(|p| &p.webhook_id);
        /// The last deliveries to an address, newest first.
        logs "webhook.logs" (LogsQuery) -> Vec<WebhookLog>, needs Own(Webhook, |p| &p.webhook_id), audit refusals;
        /// Makes an address of ours that starts an agent when it is called.
        inbound_create "webhook.inbound.create" (CreateInbound) -> InboundCreated, needs SignedIn;
        /// Deletes an address of ours; its token is worth nothing from then on.
        inbound_delete "webhook.inbound.delete" (InboundRef) -> (), needs Own(InboundWebhook, |p| &p.inbound_id),
            order(|p| &p.inbound_id);
        /// The caller's inbound webhooks, or everybody's for an administrator.
        inbound_list "webhook.inbound.list" (OwnedBy) -> Vec<InboundWebhook>, needs SignedIn, audit refusals;
        /// Deliveries that were given up, newest first: the caller's, or everybody's for an administrator.
        dlq_list "webhook.dlq.list" (DlqQuery) -> Vec<DlqEntry>, needs SignedIn, audit refusals
            => get at "/webhooks/dlq";
        /// Tries a delivery that was given up once more.
        dlq_retry "webhook.dlq.retry" (DlqRef) -> Retried, needs Own(DeadLetter, |p| &p.dlq_id), order(|p| &p.dlq_id)
            => post at "/webhooks/dlq/:dlqId/retry";
        /// Deletes one delivery that was given up, or all of the caller's.
        dlq_purge "webhook.dlq.purge" (PurgeDlq) -> Purged, needs Own(DeadLetter, |p| p.entry()),
            order(|p| p.entry());
    }
    events {
        /// A webhook was registered.
        Registered "webhook.registered" { webhookId: String, name: String } to owner(Webhook, webhookId), journal;
        /// A webhook was forgotten.
        Unregistered "webhook.unregistered" { webhookId: String } to owner(Webhook, webhookId), journal;
        /// A delivery succeeded.
        Fired "webhook.fired" { webhookId: String, eventType: String, success: bool }
            to owner(Webhook, webhookId), live;
        /// A delivery failed as often as it may.
        Failed "webhook.failed" { webhookId: String, eventType: String, error: String }
            to owner(Webhook, webhookId), journal;
        /// A delivery ended, well or not.
        Delivery "webhook.delivery" {
            webhookId: String,
            eventType: String,
            status: DeliveryEnd,
            attempts: u32,
            durationMs: u64,
        } to owner(Webhook, webhookId), live;
        /// An address of ours was called, and started an agent.
        InboundTriggered "webhook.inbound.triggered" { inboundId: String, pid: Pid }
            to owner(InboundWebhook, inboundId), journal;
        /// An address of ours was made; the token opens it to whoever reads this.
        InboundMade "webhook.inbound.created" { inboundId: String, name: String, token: String } to nobody, live;
        /// An address of ours was deleted.
        InboundDeleted "webhook.inbound.deleted" { inboundId: String } to owner(InboundWebhook, inboundId), journal;
        /// A delivery was given up, and kept.
        DlqAdded "webhook.dlq.added" { dlqId: String, webhookId: String, eventType: String }
            to owner(Webhook, webhookId), journal;
        /// A delivery that was given up was tried once more.
        DlqRetried "webhook.dlq.retried" { dlqId: String, success: bool } to owner(DeadLetter, dlqId), journal;
        /// Deliveries that were given up were deleted: one, or `count` of them.
        DlqPurged "webhook.dlq.purged" {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            dlqId: Option<String>,
            count: u64,
        } to requester, live;
    }
}
