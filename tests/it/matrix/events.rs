//! Every event, as it comes and as it is told again to who was away: each hears what its row's viewers say, and no more, over
//! a socket and as a stream of events.

use std::collections::{BTreeMap, BTreeSet};

use aether_protocol::domains::org::{OrgRole, Permission};
use aether_protocol::{Event, OwnedKind, ResourceId, Viewers};
use aether_tests::{Client, within};
use serde_json::{Value, json};

use super::expect::{allows, owns};
use super::streams::{as_streamed, differences, numbered, streamed};
use super::world::{PRIVATE, Person, World, unserved};
use crate::events_stream::Listener;

/// Events that nothing here makes happen, and why. A new event has to be made happen in `act`, or to stand here.
const SILENT: [(&str, &str); 25] = [
    ("process.stdout", "terminals have streams"),
    ("process.stderr", "terminals have streams"),
    ("process.queued", "agents do not wait for a place here"),
    ("process.dequeued", "agents do not wait for a place here"),
    ("process.cleanup", "workspace.rs"),
    ("agent.phaseChange", "nothing tells it: process.stateChange has the phase"),
    ("llm.changed", "the last word, which everybody waits for"),
    ("agent.browsing", "agents have no browser"),
    ("agent.log", "no program drives these agents"),
    ("agent.injectionBlocked", "nothing is injected"),
    ("agent.contextCompacted", "conversations are short"),
    ("agent.sharedFileWritten", "it needs a grant"),
    ("agent.approved", "answered by a reply"),
    ("tty.output", "a stream"),
    ("tty.error", "terminals open"),
    ("fs.changed", "told to whoever watches: files.rs"),
    ("resource.exceeded", "spending.rs"),
    ("cron.fired", "nothing is due: schedule.rs"),
    ("trigger.fired", "schedule.rs"),
    ("webhook.inbound.triggered", "webhook.rs"),
    ("webhook.fired", "nobody listens where these deliver to: webhook.rs"),
    ("agent.file_created", "these agents have written before"),
    ("kernel.metrics", "it comes by the clock, to everyone"),
    ("auth.mfa.enabled", "people.rs"),
    ("auth.mfa.disabled", "people.rs"),
];

/// Has things happen to what the first user has; everybody listens meanwhile.
async fn act(world: &mut World, root: &mut Client) {
    let (private, shared, org) = (world.private, world.shared, world.org.clone());
    let things = world.things.clone();
    let member = world.people.iter().find(|person| person.name == "member").expect("a member").id.clone();
    let ada = &mut world.ada;
    for pid in [private, shared] {
        ada.call("agent.message", json!({ "pid": pid, "content": PRIVATE })).await;
        ada.call("process.setPriority", json!({ "pid": pid, "priority": 1 })).await;
        ada.call("process.signal", json!({ "pid": pid, "signal": "SIGUSR1" })).await;
        ada.call("resource.setQuota", json!({ "pid": pid, "quota": { "maxSteps": 80 } })).await;
        ada.call("agent.pause", json!({ "pid": pid })).await;
        ada.call("agent.resume", json!({ "pid": pid })).await;
        let told = json!({ "fromPid": pid, "toPid": pid, "channel": "x", "payload": PRIVATE });
        ada.call("ipc.send", told).await;
        ada.call("agent.answer", json!({ "pid": pid, "reply": PRIVATE })).await;
        ada.wait("process.approval_required", pid).await;
        let tty = ada.call("tty.open", json!({ "pid": pid })).await["ttyId"].clone();
        ada.call("tty.close", json!({ "ttyId": tty })).await;
        ada.wait_for("its end", |event| event["type"] == "tty.closed" && event["ttyId"] == tty).await;
        ada.call("process.reject", json!({ "pid": pid, "reason": PRIVATE })).await;
        ada.wait("agent.rejected", pid).await;
    }
    for script in ["end", "steps"] {
        let model = format!("scripted:{script}.json");
        let config = json!({ "role": "a", "goal": PRIVATE, "model": model, "maxSteps": 1 });
        let pid = ada.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");
        if script == "steps" {
            ada.wait("agent.stepLimitReached", pid).await;
            ada.call("agent.continue", json!({ "pid": pid, "extraSteps": 1 })).await;
            ada.wait("agent.stepLimitReached", pid).await;
            ada.call("process.signal", json!({ "pid": pid, "signal": "SIGTERM" })).await;
        }
        ada.wait("process.reaped", pid).await;
    }
    ada.call("fs.createShared", json!({ "name": "third", "ownerPid": private })).await;
    ada.call("fs.mountShared", json!({ "pid": private, "name": "third" })).await;
    ada.call("fs.unmountShared", json!({ "pid": private, "name": "third" })).await;
    ada.call("preference.set", json!({ "key": "own.key", "value": PRIVATE })).await;
    plans(ada, &things).await;
    ada.call("org.update", json!({ "orgId": org, "displayName": "Acme" })).await;
    for role in ["viewer", "member"] {
        ada.call("org.members.update", json!({ "orgId": org, "userId": member, "role": role })).await;
    }
    let team = ada.call("org.teams.create", json!({ "orgId": org, "name": "brief" })).await["id"].clone();
    ada.call("org.teams.delete", json!({ "teamId": team })).await;
    // Another organisation, whose second member comes and goes.
    let second = ada.call("org.create", json!({ "name": "second", "displayName": PRIVATE })).await["id"].clone();
    let named = json!({ "orgId": second, "userId": member, "role": "viewer" });
    ada.call("org.members.invite", named.clone()).await;
    ada.call("org.members.remove", named).await;
    // A third one, which has another owner at the end.
    let third = ada.call("org.create", json!({ "name": "third", "displayName": PRIVATE })).await["id"].clone();
    let heir = json!({ "orgId": third, "userId": member, "role": "admin" });
    ada.call("org.members.invite", heir.clone()).await;
    ada.call("org.transfer", heir).await;
    ada.call("org.delete", json!({ "orgId": second })).await;
    kept_and_bounded(ada, (private, shared), &org, &things["userId"]).await;
    tokens_and_sessions(world, root).await;
}

/// Snapshots and budgets.
async fn kept_and_bounded(ada: &mut Client, (private, shared): (u64, u64), org: &str, user: &Value) {
    for scope in [json!({ "user": user }), json!({ "org": org })] {
        let budget = json!({ "maxTokensPerDay": 900_000 });
        ada.call("resource.setBudget", json!({ "scope": scope, "budget": budget })).await;
    }
    for pid in [private, shared] {
        let snapshot = json!({ "pid": pid, "description": PRIVATE });
        let id = ada.call("snapshot.create", snapshot).await["id"].clone();
        if pid == private {
            let restored = ada.call("snapshot.restore", json!({ "snapshotId": id })).await;
            let pid = restored["newPid"].as_u64().expect("a pid");
            ada.call("process.signal", json!({ "pid": pid, "signal": "SIGTERM" })).await;
            ada.wait("process.reaped", pid).await;
        }
        ada.call("snapshot.delete", json!({ "snapshotId": id })).await;
    }
}

/// What users sign in by, and one who comes, is bound by a policy, and is deleted.
async fn tokens_and_sessions(world: &mut World, root: &mut Client) {
    let (ada, things) = (&mut world.ada, &world.things);
    ada.call("auth.revokeToken", json!({ "tokenId": things["tokenId"] })).await;
    ada.call("auth.createToken", json!({ "name": PRIVATE, "scopes": ["fs:read"] })).await;
    ada.call("auth.revokeSession", json!({ "sessionId": things["sessionId"] })).await;
    let gone = world.kernel.register("gone").await;
    let gone = world.kernel.client_of(&gone).await.call("auth.me", json!({})).await["user"]["id"].clone();
    let subject = format!("user:{}", gone.as_str().expect("an id"));
    let policy = json!({ "subject": subject, "action": "*", "resource": "*", "effect": "deny" });
    let policy = root.call("permission.grant", policy).await["id"].clone();
    root.call("permission.revoke", json!({ "policyId": policy })).await;
    let token = root.call("user.resetPassword", json!({ "userId": gone })).await["token"].clone();
    root.call("auth.resetPassword", json!({ "token": token, "newPassword": "another fine password" })).await;
    root.call("user.delete", json!({ "userId": gone })).await;
}

/// Jobs, triggers and webhooks.
async fn plans(ada: &mut Client, things: &Value) {
    let config = json!({ "role": "a", "goal": PRIVATE, "model": "scripted:end.json" });
    let plan = json!({
        "name": PRIVATE, "cron_expression": "0 5 1 1 *", "event_type": "browser:error", "agent_config": config,
    });
    let job = ada.call("cron.create", plan.clone()).await["id"].clone();
    ada.call("cron.delete", json!({ "jobId": job })).await;
    let trigger = ada.call("trigger.create", plan).await["id"].clone();
    ada.call("trigger.delete", json!({ "triggerId": trigger })).await;
    let hook = json!({ "name": PRIVATE, "url": "http://127.0.0.1:9/b", "events": ["nothing"] });
    let hook = ada.call("webhook.register", hook).await["webhookId"].clone();
    ada.call("webhook.unregister", json!({ "webhookId": hook })).await;
    let inbound = ada.call("webhook.inbound.create", json!({ "name": PRIVATE, "agent_config": config })).await;
    ada.call("webhook.inbound.delete", json!({ "inboundId": inbound["id"] })).await;
    ada.call("auth.updateProfile", json!({ "displayName": PRIVATE })).await;
    ada.wait_for("a dead letter", |event| event["type"] == "webhook.dlq.added").await;
    ada.call("webhook.dlq.retry", json!({ "dlqId": things["dlqId"] })).await;
}

/// Members of organisations that come and go, as far as events have told.
#[derive(Default)]
struct Others(BTreeMap<String, BTreeSet<String>>);

impl Others {
    fn is_in(&self, world: &World, person: &Person, org: &str) -> bool {
        match org == world.org {
            true => allows(person, Permission::OrgView),
            false => person.role == Some(OrgRole::Owner) || self.0.get(org).is_some_and(|ids| ids.contains(&person.id)),
        }
    }

    fn sees(&mut self, world: &World, person: &Person, event: &Value, org: &str, permission: Permission) -> bool {
        if org == world.org {
            return allows(person, permission);
        }
        let members = self.0.entry(org.to_owned()).or_default();
        let user = event["userId"].as_str().unwrap_or_default();
        if event["type"] == "org.member.invited" {
            members.insert(user.to_owned());
        }
        let sees = person.role == Some(OrgRole::Owner) || members.contains(&person.id);
        if event["type"] == "org.member.removed" {
            members.remove(user);
        }
        sees
    }
}

/// Who sees a whole entity: whoever sees what it is of.
fn sees_entity(world: &World, person: &Person, event: &Value, others: &Others) -> bool {
    let ada = person.role == Some(OrgRole::Owner);
    let of = |pid: &Value| ada || pid.as_u64() == Some(world.shared) && allows(person, Permission::AgentsView);
    let id = event["id"].as_str().unwrap_or_default();
    match event["kind"].as_str().unwrap_or_default() {
        "organization" => others.is_in(world, person, id),
        // Whoever was taken out is told so.
        "membership" => id.split_once('/').is_some_and(|(org, user)| {
            others.is_in(world, person, org) || event["entity"].is_null() && user == person.id
        }),
        // All teams are of the one organisation.
        "team" | "team.membership" => others.is_in(world, person, &world.org),
        "process" => {
            of(&event["id"].as_str().and_then(|id| id.parse().ok()).map_or(Value::Null, |pid: u64| pid.into()))
        }
        "trajectory" => {
            let pid = event["id"].as_str().and_then(|id| id.split('/').next()?.parse::<u64>().ok());
            of(&pid.map_or(Value::Null, Value::from))
        }
        "approval" => of(&event["entity"]["pid"]),
        // Terminals, jobs and triggers are their owner's alone.
        _ => ada,
    }
}

/// What a row says of one event.
fn sees(world: &World, person: &Person, event: &Value, others: &mut Others) -> bool {
    let wire = event["type"].as_str().unwrap_or_default();
    if wire == "entity.changed" {
        return person.admin || sees_entity(world, person, event, others);
    }
    let told = Event::decode(wire, &event.to_string()).unwrap_or_else(|error| panic!("{error}: {event}"));
    let own = match told.viewers() {
        // What is of an agent is seen by whoever may look at the agent.
        Viewers::Owner(OwnedKind::Pid, id) => owns(world, person, OwnedKind::ViewPid, &id),
        // Snapshots belong to who owns the agent; that there is one, or no more, is of the agent, which the id names.
        Viewers::Owner(OwnedKind::Snapshot, id) => {
            let pid = id.to_string().split('_').nth(1).and_then(|pid| pid.parse().ok()).expect("snap_<pid>_<ms>");
            owns(world, person, OwnedKind::ViewPid, &ResourceId::Num(pid))
        }
        Viewers::Owner(kind, id) => owns(world, person, kind, &id),
        Viewers::User(user) => user.to_string() == person.id,
        Viewers::Org(org, permission) => others.sees(world, person, event, &org.to_string(), permission),
        Viewers::Everyone => person.token.is_some(),
        Viewers::Admins => false,
        Viewers::Requester | Viewers::Nobody => return false,
    };
    own || person.admin
}

/// Everything a client has been told up to the word that all of them hear.
async fn heard(client: &mut Client) -> Vec<Value> {
    let mut heard = Vec::new();
    loop {
        let event = client.event().await.expect("an open socket");
        if event["type"] == "llm.changed" {
            return heard;
        }
        heard.push(event);
    }
}

pub fn line(event: &Value) -> String {
    event.to_string().chars().take(220).collect()
}

#[tokio::test]
async fn everybody_against_every_event() {
    let mut world = World::new().await;
    let mut root = world.kernel.client().await;
    let mut listeners = Vec::new();
    for (at, person) in world.people.iter().enumerate() {
        if let Some(token) = &person.token {
            listeners.push((at, world.kernel.client_of(token).await));
        }
    }
    let mut streams = Vec::new();
    for (at, client) in &listeners {
        // From the same event on.
        let (token, query) = (world.people[*at].token.as_deref().expect("a token"), format!("?since={}", client.seq));
        let listener = Listener::open(&world.kernel, token, &query, None).await;
        streams.push((*at, tokio::spawn(streamed(listener))));
    }
    let mut nobody = Client::open(&world.kernel.url, None, "").await;
    let since = listeners[0].1.seq;
    act(&mut world, &mut root).await;
    root.call("llm.setDefault", json!({ "model": "scripted:tour" })).await;

    let mut told = BTreeMap::new();
    for (at, client) in &mut listeners {
        told.insert(*at, within("the last word", heard(client)).await);
    }
    let mut faults = Vec::new();
    for (at, stream) in streams {
        let stream = within("the last word", stream).await.expect("heard");
        faults.extend(differences(&world.people[at], &stream, &as_streamed(&told[&at])));
    }
    // An administrator hears all but what is one user's own screen's business.
    let admin = world.people.iter().position(|person| person.admin).expect("an administrator");
    let all = told[&admin].clone();
    for (at, heard) in &told {
        let (person, mut others) = (&world.people[*at], Others::default());
        let mut expected: BTreeMap<String, &Value> = BTreeMap::new();
        for event in &all {
            if sees(&world, person, event, &mut others) {
                expected.insert(event.to_string(), event);
            }
        }
        let own = |event: &Value| event["kind"] == "preference" && person.role == Some(OrgRole::Owner);
        for event in heard.iter().filter(|event| !own(event)) {
            if expected.remove(&event.to_string()).is_none() {
                faults.push(format!("LEAK: {} heard {}", person.name, line(event)));
            }
        }
        faults.extend(expected.values().map(|event| format!("{} did not hear {}", person.name, line(event))));
    }
    for (at, _) in &listeners {
        let person = &world.people[*at];
        told_again(&world, person, since, (all.as_slice(), told[at].as_slice()), &mut faults).await;
    }
    let _ = nobody.try_call("kernel.status", json!({})).await;
    let early: Vec<&str> = nobody.events.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(early, ["kernel.ready", "process.list"], "whoever has not signed in hears nothing");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    every_row_was_heard(&all);
    println!("{} events, {} listeners", all.len(), listeners.len());
}

/// Whoever was away is told no more than whoever was there, and than what is its to see by now.
async fn told_again(
    world: &World,
    person: &Person,
    since: u64,
    (all, there): (&[Value], &[Value]),
    faults: &mut Vec<String>,
) {
    let token = person.token.as_deref().expect("a token");
    let (_, welcome) = world.kernel.client_since(token, since).await;
    let missed = welcome["missed"].as_array().expect("what was missed");
    assert!(!missed.is_empty() || !person.admin && person.role.is_none(), "{} had missed nothing", person.name);
    let there: BTreeSet<String> = there.iter().map(Value::to_string).collect();
    // Who is a member of what by now.
    let (mut others, mut now) = (Others::default(), Others::default());
    for event in all {
        sees(world, person, event, &mut now);
    }
    for event in missed {
        // Asked of each, for who is a member of what comes of those before.
        let seen = sees(world, person, event, &mut others) || sees(world, person, event, &mut now);
        // An entity stands for all that it was meanwhile.
        let entity = event["type"] == "entity.changed";
        let own = entity && event["kind"] == "preference" && person.role == Some(OrgRole::Owner);
        if !own && !seen && !there.contains(&event.to_string()) {
            faults.push(format!("LEAK: {} was told again {}", person.name, line(event)));
        }
    }
    let socket = as_streamed(missed);
    let mut listener = Listener::open(&world.kernel, token, &format!("?since={since}"), None).await;
    let mut stream = Vec::new();
    while stream.len() < socket.len() {
        stream.push(numbered(listener.next().await.expect("an open stream")));
    }
    faults.extend(differences(person, &stream, &socket));
}

/// New rows have to be made happen, so that who hears them is tried.
fn every_row_was_heard(all: &[Value]) {
    let unserved = unserved();
    let served = |domain: &str| {
        let mut methods = aether_protocol::Command::methods().filter(|method| method.domain == domain);
        methods.any(|method| !unserved.contains(method.wire))
    };
    let happened: BTreeSet<&str> = all.iter().filter_map(|event| event["type"].as_str()).collect();
    let missing: Vec<&str> = Event::rows()
        .filter(|row| served(row.domain) && !matches!(row.viewers, "requester" | "nobody"))
        .map(|row| row.wire)
        .filter(|wire| !happened.contains(wire) && !SILENT.iter().any(|(silent, _)| silent == wire))
        .collect();
    assert!(missing.is_empty(), "nobody has tried who hears these; make them happen in `act`: {missing:#?}");
}
