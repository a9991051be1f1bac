//! Every route by everybody. What a route asks of the gate is a command, whose right says what is expected.

use std::collections::BTreeSet;

use aether_protocol::{Command, Need};
use aether_tests::programs;
use serde_json::{Value, json};

use super::commands::leaks;
use super::expect::may;
use super::world::{Person, View, World, unserved};
use crate::coverage::filled;

/// What needs nothing but a sign-in. It stands for routes that send no command: a description of the routes, and what
/// nobody serves yet.
const SIGNED_IN: &str = "kernel.status";

/// Routes that no row names: verb, path, and the command that each sends, which is empty where anybody may ask.
const WRITTEN: [(&str, &str, &str); 76] = [
    ("GET", "/", ""),
    ("GET", "/favicon.ico", ""),
    ("GET", "/health", ""),
    ("GET", "/ready", ""),
    ("GET", "/metrics", ""),
    ("GET", "/openapi.json", ""),
    ("GET", "/docs", ""),
    ("GET", "/docs/style.css", ""),
    ("GET", "/kernel", ""),
    ("POST", "/api/auth/login", ""),
    ("POST", "/api/auth/register", ""),
    ("POST", "/api/auth/mfa/login", ""),
    ("POST", "/api/auth/mfa/setup", "auth.mfaSetup"),
    ("POST", "/api/auth/mfa/verify", "auth.mfaVerify"),
    ("POST", "/api/auth/mfa/enable", "auth.mfaEnable"),
    ("POST", "/api/auth/mfa/disable", "auth.mfaDisable"),
    ("POST", "/api/auth/refresh", ""),
    ("POST", "/api/auth/logout", ""),
    ("POST", "/api/auth/password", "auth.changePassword"),
    ("POST", "/api/auth/password/reset", ""),
    ("GET", "/api/snapshots", "snapshot.list"),
    ("GET", "/api/snapshots/{id}", "snapshot.list"),
    ("POST", "/api/snapshots/{id}", "snapshot.create"),
    ("DELETE", "/api/snapshots/{id}", "snapshot.delete"),
    ("POST", "/api/snapshots/{id}/restore", "snapshot.restore"),
    ("GET", "/api/v1/openapi.json", SIGNED_IN),
    ("GET", "/api/v1/templates", SIGNED_IN),
    ("GET", "/api/v1/templates/{id}", SIGNED_IN),
    ("PATCH", "/api/v1/integrations/{id}", "integration.enable"),
    ("POST", "/api/v1/integrations/slack/commands", SIGNED_IN),
    ("POST", "/api/v1/integrations/slack/events", SIGNED_IN),
    ("GET", "/api/cluster", "cluster.status"),
    ("GET", "/api/history/processes", "process.history"),
    ("GET", "/api/history/logs", "process.list"),
    ("GET", "/api/history/logs/{pid}", "agent.timeline"),
    ("GET", "/api/history/files", SIGNED_IN),
    ("GET", "/api/history/metrics", "kernel.metricsHistory"),
    ("GET", "/api/plugins/{pid}", "plugins.list"),
    ("POST", "/api/plugins/{pid}/install", SIGNED_IN),
    ("GET", "/api/shared", "fs.listShared"),
    ("POST", "/api/shared", "fs.createShared"),
    ("POST", "/api/shared/mount", "fs.mountShared"),
    ("POST", "/api/shared/unmount", "fs.unmountShared"),
    ("GET", "/api/vnc/{pid}", "vnc.info"),
    ("GET", "/api/gpu", "gpu.list"),
    ("GET", "/api/gpu/stats", "gpu.stats"),
    ("POST", "/api/feedback", "feedback.submit"),
    ("GET", "/api/feedback/{pid}", "feedback.get"),
    ("GET", "/api/templates", SIGNED_IN),
    ("GET", "/api/fs/raw?path={path}", "fs.read"),
    ("POST", "/api/fs/upload?path={path}", "fs.write"),
    ("GET", "/api/kernel", "kernel.status"),
    ("GET", "/api/processes", "process.list"),
    ("GET", "/api/llm/providers", "llm.list"),
    ("GET", "/api/system/stats", "process.list"),
    ("GET", "/api/v1/agents", "process.list"),
    ("POST", "/api/v1/agents", "process.spawn"),
    ("GET", "/api/v1/agents/{uid}", "process.info"),
    ("DELETE", "/api/v1/agents/{uid}", "process.signal"),
    ("POST", "/api/v1/agents/{uid}/pause", "agent.pause"),
    ("POST", "/api/v1/agents/{uid}/resume", "agent.resume"),
    ("POST", "/api/v1/agents/{uid}/message", "agent.message"),
    ("POST", "/api/v1/agents/{uid}/approve", "process.approve"),
    ("POST", "/api/v1/agents/{uid}/reject", "process.reject"),
    ("POST", "/api/v1/agents/{uid}/answer", "agent.answer"),
    ("GET", "/api/v1/agents/{uid}/timeline", "agent.timeline"),
    ("GET", "/api/v1/fs", "fs.read"),
    ("GET", "/api/v1/fs/{*path}", "fs.read"),
    ("PUT", "/api/v1/fs/{*path}", "fs.write"),
    ("DELETE", "/api/v1/fs/{*path}", "fs.rm"),
    ("GET", "/api/v1/system/status", "kernel.status"),
    ("GET", "/api/v1/system/metrics", "kernel.status"),
    ("GET", "/api/v1/resources/{pid}", "resource.getUsage"),
    ("PATCH", "/api/v1/cron/{id}", "cron.disable"),
    ("GET", "/api/v1/audit", "audit.query"),
    ("DELETE", "/api/v1/webhooks/dlq/{id}", "webhook.dlq.purge"),
];

/// Routes tried elsewhere: the tables' own, the stream of events (`events.rs`), and one that takes a token of its own
/// (`hooks.rs`).
const ELSEWHERE: [&str; 5] =
    ["/api/v1/fs/", "/api/v1/resources/summary", "/api/v1/events", "/api/v1/hooks/{token}", "/api/v1/commands/{wire}"];

/// What a subsystem refuses by itself, whoever asks.
const STRICTER: [&str; 3] = ["auth.changePassword", "auth.mfaDisable", "auth.mfaSetup"];

fn is_changing(verb: &str, wire: &str) -> bool {
    verb == "DELETE"
        || matches!(wire, "fs.write" | "fs.unmountShared" | "agent.answer" | "process.approve" | "process.reject")
}

struct Request {
    verb: String,
    path: String,
    wire: &'static str,
    /// What its command would have, for its right.
    fields: Value,
}

/// All there are, as one person would ask for what one view names.
fn requests(world: &World, person: &Person, view: &View) -> Vec<Request> {
    let fields = world.fields(person, view);
    let written = WRITTEN.iter().filter(|(_, _, wire)| !wire.is_empty()).map(|&(verb, path, wire)| {
        let named = path
            .replace("{uid}", &format!("agent_{}", view.pid))
            .replace("{pid}", &view.pid.to_string())
            .replace("/{*path}", &view.path)
            .replace("{path}", &view.path);
        let named = match wire {
            "cron.disable" => named.replace("{id}", fields["jobId"].as_str().expect("an id")),
            "snapshot.list" | "snapshot.create" => named.replace("{id}", &view.pid.to_string()),
            "snapshot.delete" | "snapshot.restore" => {
                named.replace("{id}", fields["snapshotId"].as_str().expect("an id"))
            }
            _ => named.replace("{id}", fields["dlqId"].as_str().expect("an id")),
        };
        let mut own = fields.clone();
        if path == "/api/v1/fs" {
            own["path"] = "/".into();
        }
        Request { verb: verb.to_owned(), path: named, wire, fields: own }
    });
    let rows = Command::methods().filter(|method| !method.internal).filter_map(|method| {
        let route = method.route?;
        let verb = format!("{:?}", route.method).to_uppercase();
        Some(Request { verb, path: filled(route.path, &fields), wire: method.wire, fields: fields.clone() })
    });
    let mut all: Vec<Request> = written.chain(rows).collect();
    all.sort_by_key(|request| is_changing(&request.verb, request.wire));
    all
}

fn needs(request: &Request) -> Option<Vec<Need>> {
    let decoded = Command::decode(request.wire, &request.fields.to_string());
    decoded.ok().map(|command| command.needs().0)
}

/// Has one person ask for everything.
async fn row(world: &World, person: &Person, tried: &mut usize, faults: &mut Vec<String>) {
    let (rest, unserved) = (world.kernel.rest(), unserved());
    for (verb, path, _) in
        WRITTEN.iter().filter(|(verb, path, wire)| wire.is_empty() && *verb == "GET" && *path != "/kernel")
    {
        *tried += 1;
        let (status, answer) = rest.raw(verb, path, person.token.as_deref(), Vec::new()).await;
        let text = answer.to_string();
        if leaks(person, &text) || !matches!(status, 200 | 204) {
            faults.push(format!("{verb} {path} answered {}: {status} {text}", person.name));
        }
    }
    for view in &world.views {
        for request in requests(world, person, view) {
            let Request { verb, path, wire, .. } = &request;
            let Some(needs) = needs(&request) else {
                // Its right counts from the day on which there is something to reach.
                if unserved.contains(*wire) {
                    continue;
                }
                faults.push(format!("{wire}: add its fields to `World::fields` in tests/it/matrix/world.rs"));
                continue;
            };
            *tried += 1;
            let mut body = request.fields.clone();
            if matches!(*wire, "cron.disable" | "integration.enable") {
                body = json!({ "enabled": false });
            }
            if *wire == "process.spawn" {
                body = request.fields["config"].clone();
            }
            let bytes = if *verb == "GET" { Vec::new() } else { body.to_string().into_bytes() };
            let (status, answer) = rest.raw(verb, path, person.token.as_deref(), bytes).await;
            let text = answer.to_string();
            if leaks(person, &text) {
                faults.push(format!("LEAK: {verb} {path} showed {}: {text}", person.name));
            }
            let refused = matches!(status, 401 | 403 | 404);
            let fault = if may(world, person, &needs) {
                matches!(status, 401 | 403 | 500) && !STRICTER.contains(wire)
            } else if person.token.is_none() {
                status != 401
            } else {
                !refused && status != 501
            };
            if fault {
                faults.push(format!("{verb} {path} ({wire}) answered {}: {status} {text}", person.name));
            }
        }
    }
}

#[tokio::test]
async fn everybody_against_every_route() {
    let mut world = World::new().await;
    let (mut tried, mut faults) = (0, Vec::new());
    let before = world.state().await;
    for at in 0..world.people.len() {
        row(&world, &world.people[at], &mut tried, &mut faults).await;
        if world.people[at].name == "member" {
            let after = world.state().await;
            for (name, kept) in before.as_object().expect("an object") {
                if after[name] != *kept {
                    faults.push(format!("{name} was {kept} and is {}", after[name]));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(tried > 1_000, "{tried} requests");
    println!("{tried} requests");
}

#[test]
fn every_route_of_the_server_is_among_those_that_are_tried() {
    let source = programs::repository().join("kernel/server/src/http/mod.rs");
    let source = std::fs::read_to_string(source).expect("the server's routes");
    let routes = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let tried: BTreeSet<&str> = WRITTEN.iter().map(|(_, path, _)| path.split('?').next().unwrap_or(path)).collect();
    let missing: Vec<&str> = routes.filter(|route| !tried.contains(route) && !ELSEWHERE.contains(route)).collect();
    assert!(missing.is_empty(), "say in tests/it/matrix/routes.rs which command these send: {missing:#?}");
}
