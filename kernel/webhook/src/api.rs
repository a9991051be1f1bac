//! The commands of the `webhook` domain.

use std::sync::Arc;

use aether_base::{Cx, Result};
use aether_protocol::domains::webhook::{
    Api, CreateInbound, DlqEntry, DlqQuery, DlqRef, InboundCreated, InboundRef, InboundWebhook, LogsQuery, OwnedBy,
    PurgeDlq, Purged, Register, Retried, Webhook, WebhookLog, WebhookRef, event,
};

use crate::Webhooks;

/// The commands, as the gate hands them over.
pub struct WebhookApi(pub Arc<Webhooks>);

impl Api<Cx> for WebhookApi {
    async fn register(&self, cx: &Cx, request: Register) -> Result<WebhookRef> {
        Ok(WebhookRef { webhook_id: self.0.register(&cx.caller, request).await? })
    }

    async fn unregister(&self, _cx: &Cx, request: WebhookRef) -> Result<()> {
        Ok(self.0.unregister(request.webhook_id).await?)
    }

    async fn list(&self, cx: &Cx, request: OwnedBy) -> Result<Vec<Webhook>> {
        Ok(self.0.list(&cx.caller, request.owner_uid)?)
    }

    async fn enable(&self, _cx: &Cx, request: WebhookRef) -> Result<()> {
        Ok(self.0.switch(request.webhook_id, true).await?)
    }

    async fn disable(&self, _cx: &Cx, request: WebhookRef) -> Result<()> {
        Ok(self.0.switch(request.webhook_id, false).await?)
    }

    async fn logs(&self, _cx: &Cx, request: LogsQuery) -> Result<Vec<WebhookLog>> {
        Ok(self.0.logs(request.webhook_id, request.limit).await?)
    }

    async fn inbound_create(&self, cx: &Cx, request: CreateInbound) -> Result<InboundCreated> {
        Ok(self.0.create_inbound(&cx.caller, request).await?)
    }

    async fn inbound_delete(&self, _cx: &Cx, request: InboundRef) -> Result<()> {
        Ok(self.0.delete_inbound(request.inbound_id).await?)
    }

    async fn inbound_list(&self, cx: &Cx, request: OwnedBy) -> Result<Vec<InboundWebhook>> {
        Ok(self.0.list_inbound(&cx.caller, request.owner_uid)?)
    }

    async fn dlq_list(&self, cx: &Cx, request: DlqQuery) -> Result<Vec<DlqEntry>> {
        Ok(self.0.dead_letters(&cx.caller, request.limit, request.offset).await?)
    }

    async fn dlq_retry(&self, cx: &Cx, request: DlqRef) -> Result<Retried> {
        Ok(Retried { success: self.0.retry(&cx.caller, request.dlq_id).await? })
    }

    async fn dlq_purge(&self, cx: &Cx, request: PurgeDlq) -> Result<Purged> {
        let purged = self.0.purge(&cx.caller, request.dlq_id.clone()).await?;
        cx.tell(|| event::DlqPurged { dlqId: request.dlq_id, count: purged });
        Ok(Purged { purged })
    }
}
