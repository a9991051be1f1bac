//! An agent as the caller of every command there is: it does no more than its row and its own reach allow. Its tools send
//! far fewer; `tests/it/matrix/tools.rs` tries those from outside.
#![allow(clippy::expect_used, clippy::panic)]
// One record that fits every command is a deep expression.
#![recursion_limit = "256"]

use std::path::Path;
use std::sync::Arc;

use aether_base::config::Config;
use aether_base::{Caller, CallerKind, Door};
use aether_protocol::{Command, ErrorCode, Need, OwnedKind, Pid, ResourceId, Role, UserId, WireError};
use aether_system::Kernel;
use serde_json::{Value, json};

/// Stands in everything that is the other user's, and in what is its owner's beside the agent.
const MARK: &str = "mark-of-another";

struct World {
    kernel: Arc<Kernel>,
    ada: Arc<Caller>,
    bob: Arc<Caller>,
}

impl World {
    async fn call(&self, caller: &Arc<Caller>, wire: &str, fields: &Value) -> Result<Value, WireError> {
        let command = Command::decode(wire, &fields.to_string())?;
        self.kernel.gate.call(caller, command).await?.read()
    }

    async fn made(&self, caller: &Arc<Caller>, wire: &str, fields: Value) -> Value {
        self.call(caller, wire, &fields).await.unwrap_or_else(|error| panic!("{wire}: {error}"))
    }

    async fn agent(&self, owner: &Arc<Caller>) -> u64 {
        let config = json!({ "role": "a", "goal": MARK, "model": "scripted:ask.json" });
        self.made(owner, "process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid")
    }
}

async fn start(root: &Path) -> World {
    // It fails only if there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ask =
        json!({ "repeat": true, "turns": [{ "calls": [{ "tool": "ask_user", "arguments": { "question": "?" } }] }] });
    std::fs::write(root.join("ask.json"), ask.to_string()).expect("written");
    let root = root.display().to_string();
    let config = Config::load(&|name| match name {
        "AETHER_FS_ROOT" | "AETHER_SCENARIOS" => Some(root.clone()),
        "AETHER_KEYRING" | "AETHER_RATE_LIMIT" => Some("0".to_owned()),
        // Nothing is run: what confines commands need not be there.
        "AETHER_ALLOW_HOST" => Some("1".to_owned()),
        _ => None,
    });
    let (kernel, _) = Kernel::start(config.expect("a configuration")).await.expect("it starts");
    let mut people = Vec::new();
    for name in ["ada", "bob"] {
        let anybody = Arc::new(Caller::anonymous(Door::WebSocket));
        let register = json!({ "username": name, "password": "a fine password" }).to_string();
        let command = Command::decode("auth.register", &register).expect("a command");
        let answer: Value = kernel.gate.call(&anybody, command).await.expect("a user").read().expect("an answer");
        let user = UserId::from(answer["user"]["id"].as_str().expect("an id"));
        let kind = CallerKind::User { username: user.to_string(), user, role: Role::User };
        people.push(Arc::new(Caller { kind, door: Door::WebSocket, session: None, token: None }));
    }
    let bob = people.pop().expect("the second");
    World { kernel, ada: people.pop().expect("the first"), bob }
}

/// Fields that fit whatever a command asks for.
fn fields(pid: u64, path: &str, things: &Value) -> Value {
    let agent = format!("agent_{pid}");
    let config = json!({ "role": "a", "goal": "b", "model": "scripted:ask.json" });
    let mut fields = json!({
        "pid": pid, "fromPid": pid, "toPid": pid, "ownerPid": pid, "agentUid": agent, "agent_uid": agent,
        "agentName": agent, "path": path, "from": path, "to": "/tmp/taken.txt", "name": "depot",
        "signal": "SIGUSR1", "priority": 3, "config": config, "agent_config": config, "content": "overwritten",
        "recursive": true, "data": "true\n", "cols": 80, "rows": 24, "reply": "no", "reason": "no",
        "extraSteps": 1, "username": "eve", "password": "a long password", "displayName": "Eve", "token": "none",
        "limit": 100, "offset": 0, "after": 0, "phase": "thinking", "state": "running", "call_id": "c",
        "callId": "c", "command": "true", "action": "tool.think.execute", "details": "d", "kind": "action",
        "outcome": "success", "exitCode": 0, "summary": "s", "currentPassword": "x", "oldPassword": "x",
        "newPassword": "another password", "id": "x", "query": "own", "value": "overwritten", "code": "000000",
        "mfaToken": "none", "provider": "scripted", "model": "scripted:tour", "quota": { "maxSteps": 90 },
        "days": 9, "minutes": 9, "channel": "x", "payload": "overwritten", "settings": { "stolen": true },
        "subject": "user:nobody", "resource": "think", "effect": "deny", "policyId": "none", "role": "member",
        "cron_expression": "0 5 1 1 *", "event_type": "browser:error", "url": "http://127.0.0.1:9/b",
        "events": ["nothing"], "size": 4, "snapshotId": "none", "orgId": "none", "teamId": "none", "userId": "none",
        "key": "own.key", "sessionId": "none", "tokenId": "none", "scopes": ["fs:read"], "scope": { "user": "nobody" },
        "budget": {}, "child": pid, "entryId": "none", "waitMs": 0, "dlqId": "none", "port": 1, "step": 1, "rating": 1,
    });
    fields.as_object_mut().expect("an object").extend(things.as_object().expect("an object").clone());
    fields
}

/// Everything a user has beside agents and files, by the field that names it.
async fn things(world: &World, owner: &Arc<Caller>) -> Value {
    let config = json!({ "role": "a", "goal": MARK, "model": "scripted:ask.json" });
    let plan = json!({
        "name": MARK, "cron_expression": "0 5 1 1 *", "event_type": "browser:error", "agent_config": config,
    });
    let hook = json!({ "name": MARK, "url": "https://example.com", "events": ["nothing"] });
    let tty = world.made(owner, "tty.open", json!({ "pid": 1 })).await;
    json!({
        "jobId": world.made(owner, "cron.create", plan.clone()).await["id"],
        "triggerId": world.made(owner, "trigger.create", plan.clone()).await["id"],
        "webhookId": world.made(owner, "webhook.register", hook).await["webhookId"],
        "inboundId": world.made(owner, "webhook.inbound.create", plan).await["id"],
        "ttyId": tty["ttyId"],
    })
}

/// Whose things a round names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Owners,
    Others,
}

/// What an agent that names these things is to be answered: let through, asked for a person's yes, or refused.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Let,
    Ask,
    Refused,
}

fn expected(needs: &[Need], whose: Whose) -> End {
    let ends: Vec<End> = needs.iter().map(|need| meets(need, whose)).collect();
    [End::Let, End::Ask].into_iter().find(|end| ends.contains(end)).unwrap_or(End::Refused)
}

fn meets(need: &Need, whose: Whose) -> End {
    let Need::Own(named) = need else {
        return match need {
            Need::Public | Need::SignedIn | Need::Agent => End::Let,
            _ => End::Refused,
        };
    };
    let mut worst = End::Let;
    for (kind, id) in named {
        let path = matches!(kind, OwnedKind::ReadPath | OwnedKind::WritePath);
        let tmp = matches!(id, ResourceId::Text(text) if text.starts_with("/tmp"));
        match whose {
            _ if path && tmp => {}
            // What an agent wants of its owner's files, a person may allow.
            Whose::Owners if path => worst = End::Ask,
            _ => return End::Refused,
        }
    }
    worst
}

/// Commands of domains that nobody answers yet.
const UNSERVED: &str = include_str!("../../../tests/it/coverage_gap.txt");

/// Commands that end the agent, or open what a connection must hold.
const ENDING: [&str; 8] = [
    "kernel.shutdown",
    "agent.finish",
    "agent.ask",
    "agent.inbox",
    "agent.watch",
    "fs.download",
    "fs.upload",
    "tty.attach",
];

#[tokio::test]
async fn an_agent_reaches_by_no_command_what_is_not_its_own() {
    let root = tempfile::tempdir().expect("a folder");
    let world = start(root.path()).await;
    let (own, sibling, other) =
        (world.agent(&world.ada).await, world.agent(&world.ada).await, world.agent(&world.bob).await);
    let (hers, his) = (things(&world, &world.ada).await, things(&world, &world.bob).await);
    let home = |pid: u64| format!("/home/agent_{pid}/own.txt");
    for (owner, path) in [
        (&world.ada, home(sibling)),
        (&world.ada, "/home/ada/own.txt".to_owned()),
        (&world.bob, home(other)),
        (&world.bob, "/home/bob/own.txt".to_owned()),
    ] {
        world.made(owner, "fs.write", json!({ "path": path, "content": MARK })).await;
    }
    world.made(&world.ada, "fs.write", json!({ "path": home(own), "content": "own" })).await;
    let CallerKind::User { user, .. } = &world.ada.kind else { panic!("a user") };
    let agent = Arc::new(Caller::agent(Pid(own), user.clone()));

    let rounds = [
        (Whose::Others, fields(other, &home(other), &his)),
        (Whose::Others, fields(other, "/home/bob/own.txt", &his)),
        (Whose::Owners, fields(sibling, &home(sibling), &hers)),
        (Whose::Owners, fields(sibling, "/home/ada/own.txt", &hers)),
    ];
    let (mut faults, mut refused) = (Vec::new(), 0);
    for (whose, fields) in &rounds {
        let unserved = |wire: &str| UNSERVED.lines().any(|line| line == wire);
        for method in Command::methods().filter(|method| !ENDING.contains(&method.wire) && !unserved(method.wire)) {
            let command = match Command::decode(method.wire, &fields.to_string()) {
                Ok(command) => command,
                Err(error) => {
                    faults.push(format!("{error} Add what it asks for to `fields` in kernel/system/tests/agents.rs"));
                    continue;
                }
            };
            let needs = command.needs().0;
            let wanted = expected(&needs, *whose);
            // What is let through is tried on things that are made anew; here only refusals change nothing.
            if wanted == End::Let {
                continue;
            }
            refused += 1;
            let answer = world.kernel.gate.call(&agent, command).await;
            let (end, shown) = match &answer {
                Ok(reply) => (End::Let, reply.json().to_owned()),
                Err(error) if error.code == ErrorCode::ApprovalRequired => (End::Ask, error.message.clone()),
                Err(error) if matches!(error.code, ErrorCode::Forbidden | ErrorCode::NotFound) => {
                    (End::Refused, error.message.clone())
                }
                Err(error) => (End::Let, error.message.clone()),
            };
            if end != wanted || shown.contains(MARK) {
                faults.push(format!("{} {needs:?} of {whose:?}: {end:?}, not {wanted:?}: {shown}", method.wire));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(refused > 150, "{refused}");
    for (owner, path) in [(&world.bob, home(other)), (&world.ada, home(sibling))] {
        assert_eq!(world.made(owner, "fs.read", json!({ "path": path })).await["content"], MARK);
    }
    // Its own it does reach.
    let mine = fields(own, &home(own), &json!({}));
    for wire in ["fs.read", "fs.write", "process.info", "agent.timeline"] {
        world.call(&agent, wire, &mine).await.unwrap_or_else(|error| panic!("{wire}: {error}"));
    }
    world.kernel.stop().await;
}
