//! Processes, agents, their terminals, messages, limits and workspaces.

use serde_json::json;

use super::world::{Case, World};

pub async fn case(w: &mut World, wire: &str) -> Option<Case> {
    let pid = w.pid;
    Some(match wire {
        "process.spawn" => w.own(json!({ "config": World::config("end") })),
        "process.list"
        | "process.getQueue"
        | "ipc.list_agents"
        | "workspace.list"
        | "tty.list"
        | "agent.approvals"
        | "resource.getSummary" => w.own(json!({})),
        "process.history" => w.own(json!({ "limit": 10 })),
        "process.info" | "agent.trajectory" | "agent.watch" | "resource.getQuota" | "resource.getUsage" => {
            w.own(json!({ "pid": pid }))
        }
        "process.signal" => w.own(json!({ "pid": pid, "signal": "SIGUSR1" })),
        "process.setPriority" => w.own(json!({ "pid": pid, "priority": 2 })),
        "process.approve" => {
            let pid = w.wanting().await;
            w.own(json!({ "pid": pid }))
        }
        "process.reject" => {
            let pid = w.wanting().await;
            w.own(json!({ "pid": pid, "reason": "stay inside" }))
        }
        "agent.pause" => {
            let pid = w.asking().await;
            w.own(json!({ "pid": pid }))
        }
        "agent.resume" => {
            let pid = w.asking().await;
            w.ada.call("agent.pause", json!({ "pid": pid })).await;
            w.own(json!({ "pid": pid }))
        }
        "agent.continue" => {
            let pid = w.exhausted().await;
            w.own(json!({ "pid": pid, "extraSteps": 1 }))
        }
        "agent.message" => w.own(json!({ "pid": pid, "content": "hello" })),
        "agent.timeline" => w.own(json!({ "pid": pid, "limit": 10, "offset": 0 })),
        "agent.answer" => {
            let pid = w.asking().await;
            w.own(json!({ "pid": pid, "reply": "yes" }))
        }
        // Of the agent: 1 would be the caller's own, which a stranger has too.
        "tty.open" => w.own(json!({ "pid": pid, "cols": 80, "rows": 24 })),
        "tty.input" => {
            let tty = w.terminal().await;
            w.own(json!({ "ttyId": tty, "data": "true\n" }))
        }
        "tty.resize" => {
            let tty = w.terminal().await;
            w.own(json!({ "ttyId": tty, "cols": 100, "rows": 30 }))
        }
        "tty.close" | "tty.attach" => {
            let tty = w.terminal().await;
            w.own(json!({ "ttyId": tty }))
        }
        "ipc.send" => w.own(json!({ "fromPid": pid, "toPid": pid, "channel": "x", "payload": { "n": 1 } })),
        "resource.setQuota" => w.own(json!({ "pid": pid, "quota": { "maxSteps": 90 } })),
        "resource.getBudget" => w.own(json!({ "scope": { "user": w.id } })),
        "resource.setBudget" => w.own(json!({ "scope": { "user": w.id }, "budget": { "maxTokensPerDay": 1_000_000 } })),
        "resource.history" => w.own(json!({ "days": 2 })),
        "workspace.details" => w.own(json!({ "limit": 10 })),
        "workspace.cleanup" => {
            let pid = w.ended().await;
            w.own(json!({ "agentName": format!("agent_{pid}") }))
        }
        _ => return None,
    })
}
