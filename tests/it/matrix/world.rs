//! One user with something of every kind, and everybody who could want to reach it.

use std::collections::BTreeSet;

use aether_protocol::domains::org::OrgRole;
use aether_tests::{Client, Kernel, Options, programs};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Stands in what is the first user's alone.
pub const PRIVATE: &str = "mark-of-one";
/// Stands in what the first user's organisation may see.
pub const AMONG_US: &str = "mark-among-us";

/// Everybody's, as the kernel of a test registers users.
const PASSWORD: &str = "a fine password";

/// Who asks.
pub struct Person {
    pub name: &'static str,
    pub id: String,
    pub token: Option<String>,
    pub role: Option<OrgRole>,
    pub admin: bool,
}

/// Everybody but the first user, from the least rights to the most.
const OTHERS: [(&str, Option<OrgRole>); 4] = [
    ("stranger", None),
    ("viewer", Some(OrgRole::Viewer)),
    ("member", Some(OrgRole::Member)),
    ("manager", Some(OrgRole::Manager)),
];

/// What commands of one round name.
#[derive(Clone)]
pub struct View {
    pub pid: u64,
    pub path: String,
    pub tty: String,
}

pub struct World {
    pub kernel: Kernel,
    /// Nobody, a stranger, members by their rights, the first user, an administrator.
    pub people: Vec<Person>,
    pub ada: Client,
    /// An agent of the first user's that nobody else sees, one that its organisation sees, and one that has ended.
    pub private: u64,
    pub shared: u64,
    pub ended: u64,
    pub org: String,
    pub team: String,
    /// The token of the first user's address that others call.
    pub hook: String,
    pub views: Vec<View>,
    /// Ids and names of the first user's things, as fields of commands.
    pub things: Value,
    _scenarios: TempDir,
}

/// The commands that no subsystem answers yet, which `coverage/gap.rs` holds to the truth.
pub fn unserved() -> BTreeSet<String> {
    let list = std::fs::read_to_string(programs::repository().join("tests/it/coverage_gap.txt")).expect("the list");
    list.lines().map(str::to_owned).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Starts an agent of this client that writes a file and then asks, and waits until it has.
async fn asking(client: &mut Client, script: &str, org: Option<&str>) -> u64 {
    let mark = if org.is_some() { AMONG_US } else { PRIVATE };
    let mut config = json!({ "role": "Walker", "goal": mark, "model": format!("scripted:{script}.json") });
    if let Some(org) = org {
        config["orgId"] = org.into();
    }
    let pid = client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");
    client.wait("process.approval_required", pid).await;
    pid
}

impl World {
    pub async fn new() -> World {
        let scenarios = scenarios();
        let kernel = Options::default()
            .set("AETHER_SCENARIOS", &scenarios.path().display().to_string())
            .set("AETHER_WEBHOOK_ALLOW_PRIVATE", "1")
            .set("AETHER_MAX_ACTIVE", "200")
            .set("AETHER_MAX_PER_USER", "100")
            .start()
            .await;
        let token = kernel.register("ada").await;
        let mut ada = kernel.client_of(&token).await;
        let id = text(&ada.call("auth.me", json!({})).await["user"]["id"]);
        let org = ada.call("org.create", json!({ "name": "acme", "displayName": AMONG_US })).await;
        let org = text(&org["id"]);
        let mut people = vec![Person { name: "nobody", id: "none".into(), token: None, role: None, admin: false }];
        for (name, role) in OTHERS {
            let token = kernel.register(name).await;
            let id = text(&kernel.client_of(&token).await.call("auth.me", json!({})).await["user"]["id"]);
            if let Some(role) = role {
                ada.call("org.members.invite", json!({ "orgId": org, "userId": id, "role": role })).await;
            }
            people.push(Person { name, id, token: Some(token), role, admin: false });
        }
        people.push(Person {
            name: "ada",
            id: id.clone(),
            token: Some(token),
            role: Some(OrgRole::Owner),
            admin: false,
        });
        let admin = kernel.admin().await;
        people.push(Person { name: "admin", id: "admin".into(), token: Some(admin), role: None, admin: true });
        let (private, shared) = (asking(&mut ada, "private", None).await, asking(&mut ada, "shared", Some(&org)).await);
        let mut world = World {
            kernel,
            people,
            ada,
            private,
            shared,
            ended: 0,
            team: String::new(),
            hook: String::new(),
            views: Vec::new(),
            things: json!({ "orgId": org, "userId": id, "user_id": id }),
            org,
            _scenarios: scenarios,
        };
        world.fill().await;
        world
    }

    /// Makes something of every kind.
    async fn fill(&mut self) {
        let (ada, private) = (&mut self.ada, self.private);
        let config = json!({ "role": "Walker", "goal": PRIVATE, "model": "scripted:end.json" });
        self.ended = ada.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");
        ada.wait("process.reaped", self.ended).await;
        let home = |pid: u64| format!("/home/agent_{pid}/own.txt");
        let mount = "/shared/depot/own.txt".to_owned();
        ada.call("fs.createShared", json!({ "name": "depot", "ownerPid": private })).await;
        ada.call("fs.createShared", json!({ "name": "other", "ownerPid": private })).await;
        ada.call("fs.mountShared", json!({ "pid": private, "name": "depot" })).await;
        for path in [home(private), home(self.shared), home(self.ended), "/home/ada/own.txt".into(), mount.clone()] {
            ada.call("fs.write", json!({ "path": path, "content": PRIVATE })).await;
        }
        ada.call("fs.write", json!({ "path": "/home/ada/thrown.txt", "content": PRIVATE })).await;
        let entry = text(&ada.call("fs.trash", json!({ "path": "/home/ada/thrown.txt" })).await["id"]);
        ada.call("preference.set", json!({ "key": "own.key", "value": PRIVATE })).await;
        let team = json!({ "orgId": self.org, "name": AMONG_US, "description": AMONG_US });
        self.team = text(&ada.call("org.teams.create", team).await["id"]);
        let plan = json!({
            "name": PRIVATE, "cron_expression": "0 5 1 1 *", "event_type": "browser:error", "agent_config": config,
        });
        let job = text(&ada.call("cron.create", plan.clone()).await["id"]);
        let trigger = text(&ada.call("trigger.create", plan).await["id"]);
        let hook = json!({
            "name": PRIVATE, "url": "http://127.0.0.1:9/a", "events": ["user.updated"], "retry_count": 0,
        });
        let hook = text(&ada.call("webhook.register", hook).await["webhookId"]);
        ada.call("auth.updateProfile", json!({ "displayName": "Ada" })).await;
        let letter = ada.wait_for("a dead letter", |event| event["type"] == "webhook.dlq.added").await;
        let inbound = json!({ "name": PRIVATE, "agent_config": config });
        let inbound = ada.call("webhook.inbound.create", inbound).await;
        self.hook = text(&inbound["token"]);
        let token = json!({ "name": PRIVATE, "scopes": ["fs:read"] });
        let token = text(&ada.call("auth.createToken", token).await["info"]["id"]);
        self.kernel.token("ada", PASSWORD).await;
        let sessions = ada.call("auth.listSessions", json!({})).await;
        let mut sessions = sessions.as_array().expect("a list").iter();
        let session = text(&sessions.find(|session| session["current"] == false).expect("a second one")["id"]);
        let snapshot = json!({ "pid": private, "description": PRIVATE });
        let snapshot = text(&ada.call("snapshot.create", snapshot).await["id"]);
        let mut terminals = Vec::new();
        for pid in [1, self.shared] {
            terminals.push(text(&ada.call("tty.open", json!({ "pid": pid })).await["ttyId"]));
        }
        let view = |pid, path: String, tty: usize| View { pid, path, tty: terminals[tty].clone() };
        self.views = vec![
            view(private, home(private), 0),
            view(self.shared, home(self.shared), 1),
            view(self.ended, home(self.ended), 0),
            view(private, "/home/ada/own.txt".into(), 0),
            view(private, mount, 0),
            view(private, format!("/home/agent_{}/../agent_{private}/own.txt", self.shared), 0),
        ];
        let more = json!({
            "entryId": entry, "ids": [entry], "key": "own.key", "teamId": self.team, "jobId": job,
            "triggerId": trigger, "webhookId": hook, "inboundId": inbound["id"], "dlqId": letter["dlqId"],
            "agentName": format!("agent_{}", self.ended), "name": "depot",
            "tokenId": token, "sessionId": session, "snapshotId": snapshot,
        });
        self.things.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    }

    /// Fields that fit whatever a command asks for, all naming the first user's things. A new command whose fields are
    /// not among them fails by its name: add them here.
    pub fn fields(&self, person: &Person, view: &View) -> Value {
        let agent = format!("agent_{}", view.pid);
        let stolen = format!("/home/{}/stolen.txt", person.name);
        let config = json!({ "role": "a", "goal": "b", "model": "scripted:end.json" });
        // Budgets are a user's, or an organisation's.
        let scope = match view.pid == self.shared {
            true => json!({ "org": self.org }),
            false => json!({ "user": self.things["userId"] }),
        };
        // The signal leaves an agent that is not stopped as it is, with its terminals: a manager may send it.
        let mut fields = json!({
            "pid": view.pid, "fromPid": view.pid, "toPid": view.pid, "ownerPid": view.pid, "agentUid": agent,
            "agent_uid": agent, "path": view.path, "from": view.path, "to": stolen, "ttyId": view.tty,
            "signal": "SIGCONT", "priority": 3, "config": config, "agent_config": config, "content": "overwritten",
            "recursive": true, "data": "true\n", "cols": 80, "rows": 24, "reply": "no", "reason": "no",
            "extraSteps": 1, "username": "eve", "password": "a long password", "displayName": "Eve", "token": "none",
            "limit": 100, "offset": 0, "after": 0, "phase": "thinking", "state": "running", "call_id": "c",
            "callId": "c", "command": "true", "action": "tool.think.execute", "details": "d", "kind": "action",
            "outcome": "success", "exitCode": 0, "summary": "s", "currentPassword": "x", "oldPassword": "x",
            "newPassword": "another password", "id": "x", "query": "own", "value": "overwritten", "code": "000000",
            "mfaToken": "none", "provider": "scripted", "model": "scripted:tour", "quota": { "maxSteps": 90 },
            "days": 9, "minutes": 9, "channel": "x", "payload": "overwritten", "settings": { "stolen": true },
            "subject": self.nobodys(), "resource": "think", "effect": "deny", "policyId": "none", "role": "member",
            "cron_expression": "0 5 1 1 *", "event_type": "browser:error", "url": "http://127.0.0.1:9/b",
            "events": ["nothing"], "size": 4, "scope": scope, "budget": { "maxTokensPerDay": 1_000_000 }, "scopes": ["fs:read"],
            "child": view.pid, "waitMs": 1, "step": 1, "rating": 1, "port": 9, "integrationId": "none",
        });
        fields.as_object_mut().expect("an object").extend(self.things.as_object().expect("an object").clone());
        fields
    }

    /// The subject of a policy that binds nobody else.
    fn nobodys(&self) -> String {
        let stranger = self.people.iter().find(|person| person.name == "stranger").expect("a stranger");
        format!("user:{}", stranger.id)
    }

    /// What the first user has, as it is: the same as long as nobody has changed anything.
    pub async fn state(&mut self) -> Value {
        let mut state = serde_json::Map::new();
        let mut look = async |wire: &str, fields: Value, parts: &[&str]| {
            let answer = self.ada.call(wire, fields.clone()).await;
            let kept = match parts {
                [] => answer,
                parts => parts.iter().map(|part| answer[part].clone()).collect(),
            };
            state.insert(format!("{wire} {fields}"), kept);
        };
        for pid in [self.private, self.shared] {
            look("process.info", json!({ "pid": pid }), &["state", "priority", "step", "waitingFor"]).await;
            look("resource.getQuota", json!({ "pid": pid }), &[]).await;
            look("agent.timeline", json!({ "pid": pid }), &["total"]).await;
            look("agent.approvals", json!({ "pid": pid }), &[]).await;
        }
        for view in self.views.clone() {
            look("fs.read", json!({ "path": view.path }), &[]).await;
        }
        for scope in [json!({ "user": self.things["userId"] }), json!({ "org": self.org })] {
            look("resource.getBudget", json!({ "scope": scope }), &["own", "ceiling"]).await;
        }
        for wire in ["org.get", "org.members.list", "org.teams.list"] {
            look(wire, json!({ "orgId": self.org }), &[]).await;
        }
        for wire in [
            "cron.list",
            "trigger.list",
            "webhook.list",
            "webhook.inbound.list",
            "webhook.dlq.list",
            "fs.listTrash",
            "fs.listShared",
            "preference.list",
            "workspace.list",
            "tty.list",
            "org.list",
            "auth.listTokens",
            "snapshot.list",
        ] {
            look(wire, json!({}), &[]).await;
        }
        look("preference.get", json!({ "key": "own.key" }), &[]).await;
        look("auth.me", json!({}), &["user"]).await;
        let sessions = self.ada.call("auth.listSessions", json!({})).await;
        let ids = sessions.as_array().expect("a list").iter().map(|session| session["id"].clone());
        state.insert("auth.listSessions".to_owned(), ids.collect());
        Value::Object(state)
    }
}

/// What agents do here: say something, write, ask; or end.
fn scenarios() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let call = |text: &str, tool: &str, arguments: Value| json!({ "text": text, "calls": [{ "tool": tool, "arguments": arguments }] });
    for (name, mark) in [("private", PRIVATE), ("shared", AMONG_US)] {
        let ask = call("", "ask_user", json!({ "question": format!("{mark}?") }));
        let write = call(mark, "write_file", json!({ "path": "first.txt", "content": mark }));
        let turns: Vec<Value> = std::iter::once(write).chain(std::iter::repeat_n(ask, 40)).collect();
        let script = json!({ "turns": turns });
        std::fs::write(folder.path().join(format!("{name}.json")), script.to_string()).expect("written");
    }
    let think = json!({ "repeat": true, "turns": [call("", "think", json!({ "thought": PRIVATE }))] });
    std::fs::write(folder.path().join("steps.json"), think.to_string()).expect("written");
    let end = json!({ "repeat": true, "turns": [call("", "complete", json!({ "summary": "over" }))] });
    std::fs::write(folder.path().join("end.json"), end.to_string()).expect("written");
    folder
}
