//! What existing clients were answered, once more: recorded exchanges are sent to the kernel in the compatible dialect
//! and over REST. Shapes and errors bind; values are those of another day.

use aether_tests::{Client, Kernel, Options, programs};
use serde_json::{Value, json};

/// Domains whose recorded commands this kernel serves.
const SERVED: [&str; 14] = [
    "process",
    "fs",
    "tty",
    "auth",
    "user",
    "audit",
    "kernel",
    "ipc",
    "workspace",
    "org",
    "cron",
    "trigger",
    "webhook",
    "snapshot",
];
/// Recorded as unknown to the older server, as what an agent did that cannot be had again, or as shown to strangers.
const OTHERWISE: [&str; 4] = ["llm.list", "kernel.shutdown", "org.members.list", "org.teams.list"];
/// REST routes below these are served; what hangs below an agent besides is of other domains.
const ROUTES: [&str; 10] = [
    "/api/auth/login",
    "/health",
    "/api/v1/system/",
    "/api/v1/agents",
    "/api/v1/fs/",
    "/api/v1/audit",
    "/api/v1/orgs",
    "/api/v1/cron",
    "/api/v1/triggers",
    "/api/v1/webhooks",
];
/// The recorded organisation.
const ORG: &str = "64bda372-37bd-4dc0-9ab6-ae6ee6194280";
const UNSERVED: [&str; 3] = ["/memory", "/plan", "/profile"];

/// What is recorded and not there, or of another kind, by its path.
fn lacks(recorded: &Value, ours: &Value, path: &str, found: &mut Vec<String>) {
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => {
            for (name, value) in recorded {
                match ours.get(name) {
                    Some(kept) => lacks(value, kept, &format!("{path}.{name}"), found),
                    None => found.push(format!("{path}.{name} is missing")),
                }
            }
        }
        (Value::Array(recorded), Value::Array(ours)) => {
            if let (Some(first), Some(kept)) = (recorded.first(), ours.first()) {
                lacks(first, kept, &format!("{path}[0]"), found);
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (recorded, ours) if std::mem::discriminant(recorded) == std::mem::discriminant(ours) => {}
        (recorded, ours) => found.push(format!("{path} was {recorded} and is {ours}")),
    }
}

fn samples(door: &str) -> impl Iterator<Item = Value> {
    let text = std::fs::read_to_string(programs::repository().join("kernel/protocol/tests/samples.jsonl"));
    let lines: Vec<Value> = text
        .expect("the recorded exchanges")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|sample: &Value| sample["door"] == door && !sample["send"].is_null())
        .collect();
    lines.into_iter()
}

/// A kernel with the recorded user, and an agent of it that has used its one step up.
async fn world(scenarios: &std::path::Path) -> (Kernel, String, Client, u64) {
    let steps = json!({ "repeat": true, "turns": [{ "calls": [{ "tool": "list_files", "arguments": {} }] }] });
    std::fs::write(scenarios.join("steps.json"), steps.to_string()).expect("written");
    let kernel = Options::default().set("AETHER_SCENARIOS", &scenarios.display().to_string()).start().await;
    let body = json!({ "username": "sample", "password": "samplepass1" });
    let (_, answer) = kernel.rest().post("/api/auth/register", None, &body).await;
    let token = answer["token"].as_str().expect("a token").to_owned();
    let mut client = Client::compatible(&kernel.url, &token).await;
    client.call("org.create", json!({ "name": "probe" })).await;
    let config = json!({ "role": "Coder", "goal": "tick", "maxSteps": 1, "model": "scripted:steps.json" });
    let pid = client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");
    client.wait("agent.stepLimitReached", pid).await;
    (kernel, token, client, pid)
}

#[tokio::test]
async fn recorded_commands_are_answered_as_they_were() {
    let scenarios = tempfile::tempdir().expect("a folder");
    let (_kernel, token, mut client, pid) = world(scenarios.path()).await;
    let (mut tty, mut job, mut trigger, mut snapshot) = (Value::Null, Value::Null, Value::Null, Value::Null);
    let (mut seen, mut faults) = (0, Vec::new());
    for sample in samples("ws") {
        let wire = sample["send"]["type"].as_str().expect("a type").to_owned();
        let served = SERVED.iter().any(|domain| wire.split('.').next() == Some(domain)) || wire.starts_with("agent.");
        if !served || OTHERWISE.contains(&wire.as_str()) || wire == "process.spawn" {
            continue;
        }
        let mut fields = sample["send"].clone();
        for (name, ours) in [
            ("pid", json!(pid)),
            ("ownerPid", json!(pid)),
            ("fromPid", json!(pid)),
            ("toPid", json!(pid)),
            ("ttyId", tty.clone()),
            ("jobId", job.clone()),
            ("triggerId", trigger.clone()),
            ("snapshotId", snapshot.clone()),
        ] {
            if fields.get(name).is_some() {
                fields[name] = ours;
            }
        }
        if wire == "auth.validate" {
            fields["token"] = token.clone().into();
        }
        seen += 1;
        let (recorded, answer) = (&sample["answer"], client.try_call(&wire, fields).await);
        let mut found = Vec::new();
        match (&answer, recorded["type"].as_str()) {
            (Ok(data), Some("response.ok")) => lacks(&recorded["data"], data, "", &mut found),
            (Err(error), Some("response.error")) => {
                let text = recorded["error"].as_str().expect("text").replace("<root>", "");
                if error["error"] != text.as_str() {
                    found.push(format!("it said {text:?} and says {}", error["error"]));
                }
            }
            _ => found.push(format!("it was answered {recorded} and is {answer:?}")),
        }
        match wire.as_str() {
            "tty.open" => tty = answer.expect("a terminal")["ttyId"].clone(),
            "cron.create" => job = answer.expect("a job")["id"].clone(),
            "snapshot.create" => snapshot = answer.expect("a snapshot")["id"].clone(),
            "trigger.create" => trigger = answer.expect("a trigger")["id"].clone(),
            _ => {}
        }
        faults.extend(found.into_iter().map(|fault| format!("{wire}: {fault}")));
    }
    assert!(seen >= 35, "{seen} commands were sent");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn recorded_requests_are_answered_as_they_were() {
    let scenarios = tempfile::tempdir().expect("a folder");
    let (kernel, token, _client, pid) = world(scenarios.path()).await;
    let (rest, mut job, mut seen, mut faults) = (kernel.rest(), String::new(), 0, Vec::new());
    let mut org = String::new();
    for sample in samples("rest") {
        let (method, path) = sample["send"].as_str().and_then(|send| send.split_once(' ')).expect("a request");
        let served = path == "/" || ROUTES.iter().any(|route| path.starts_with(route));
        if !served || UNSERVED.iter().any(|end| path.ends_with(end)) {
            continue;
        }
        let path = path.replace("agent_19", &format!("agent_{pid}")).replace(ORG, &org);
        let path = match path.strip_prefix("/api/v1/cron/") {
            Some(_) => format!("/api/v1/cron/{job}"),
            None => path,
        };
        let mut body = sample["body"].clone();
        if path == "/api/v1/agents" && method == "POST" {
            body["model"] = "scripted:steps.json".into();
        }
        seen += 1;
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let (status, answer) = rest.json(method, &path, &token, body).await;
        let mut found = Vec::new();
        if method == "POST" && path == "/api/v1/cron" {
            job = answer["data"]["id"].as_str().unwrap_or_default().to_owned();
        }
        if sample["status"] == status {
            lacks(&sample["answer"], &answer, "", &mut found);
        } else {
            found.push(format!("status {status}, not {}: {answer}", sample["status"]));
        }
        if path == "/api/v1/orgs" && method == "POST" {
            org = answer["data"]["id"].as_str().unwrap_or_default().to_owned();
        }
        faults.extend(found.into_iter().map(|fault| format!("{method} {path}: {fault}")));
    }
    assert!(seen > 18, "{seen} requests were sent");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
