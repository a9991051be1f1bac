//! The kernel itself, models, the audit log, snapshots, jobs, triggers and webhooks.

use serde_json::json;

use super::world::{Case, World};

pub async fn case(w: &mut World, wire: &str) -> Option<Case> {
    Some(match wire {
        "kernel.status" | "kernel.stats" | "cron.list" | "trigger.list" | "llm.list" | "llm.getDefault" => {
            w.own(json!({}))
        }
        "kernel.metricsHistory" => w.own(json!({ "minutes": 5 })),
        "audit.query" => w.own(json!({ "filters": { "limit": 5 } })),
        "audit.export" => w.as_admin(json!({ "filters": { "limit": 5 } })),
        "kernel.backup" => {
            let name = w.name();
            w.as_admin(json!({ "name": name }))
        }
        "snapshot.create" => w.own(json!({ "pid": w.pid, "description": "now" })),
        "snapshot.list" => {
            w.snapshot().await;
            w.own(json!({ "pid": w.pid }))
        }
        "snapshot.restore" | "snapshot.delete" => {
            let snapshot = w.snapshot().await;
            w.own(json!({ "snapshotId": snapshot }))
        }
        "snapshot.fork" => w.own(json!({ "pid": w.pid })),
        "llm.setKey" => w.as_admin(json!({ "provider": "openai", "key": "test-key" })),
        "llm.clearKey" => w.as_admin(json!({ "provider": "openai" })),
        "llm.test" => w.own(json!({ "provider": "scripted" })),
        "llm.setDefault" => w.as_admin(json!({ "model": "scripted:tour" })),
        "cron.create" => {
            let config = World::config("end");
            w.own(json!({ "name": "daily", "cron_expression": "0 5 1 1 *", "agent_config": config }))
        }
        "cron.enable" | "cron.disable" | "cron.delete" => {
            let job = w.job().await;
            w.own(json!({ "jobId": job }))
        }
        "trigger.create" => {
            w.own(json!({ "name": "t", "event_type": "browser:error", "agent_config": World::config("end") }))
        }
        "trigger.delete" => {
            let trigger = w.trigger().await;
            w.own(json!({ "triggerId": trigger }))
        }
        _ => return webhook(w, wire).await,
    })
}

async fn webhook(w: &mut World, wire: &str) -> Option<Case> {
    Some(match wire {
        "webhook.register" => w.own(json!({ "name": "h", "url": "http://127.0.0.1:9/a", "events": ["nothing"] })),
        "webhook.unregister" | "webhook.enable" | "webhook.disable" | "webhook.logs" => {
            let hook = w.webhook().await;
            w.own(json!({ "webhookId": hook }))
        }
        "webhook.list" | "webhook.inbound.list" => w.own(json!({ "owner_uid": w.id })),
        "webhook.inbound.create" => w.own(json!({ "name": "in", "agent_config": World::config("end") })),
        "webhook.inbound.delete" => {
            let inbound = w.inbound().await;
            w.own(json!({ "inboundId": inbound }))
        }
        "webhook.dlq.list" => {
            w.dead_letter().await;
            w.own(json!({ "limit": 5 }))
        }
        "webhook.dlq.retry" | "webhook.dlq.purge" => {
            let letter = w.dead_letter().await;
            w.own(json!({ "dlqId": letter }))
        }
        _ => return None,
    })
}
