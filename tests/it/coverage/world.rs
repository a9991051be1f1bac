//! What commands name when they are tried: real things of one user, made as they are needed.

use std::time::UNIX_EPOCH;

use aether_tests::{Client, Kernel, Options};
use serde_json::{Value, json};
use tempfile::TempDir;
use totp_rs::{Builder, Secret};

pub const PASSWORD: &str = "a fine password";
/// Nobody listens there.
const AWAY: &str = "http://127.0.0.1:9/away";

/// A command that succeeds: who sends it, and its fields.
pub struct Case {
    pub token: String,
    pub fields: Value,
}

pub struct World {
    pub kernel: Kernel,
    /// The user whose things are named.
    pub ada: Client,
    pub token: String,
    pub id: String,
    pub admin: String,
    /// A user who shares nothing with the first one.
    pub stranger: String,
    /// A second user, to be made a member of something.
    pub bob: String,
    /// An agent of the user's that has asked something and waits.
    pub pid: u64,
    pub org: String,
    dead_letters: bool,
    names: usize,
    _scenarios: TempDir,
}

/// A user who has just registered.
pub struct Person {
    pub name: String,
    pub token: String,
    pub client: Client,
}

impl World {
    pub async fn new() -> World {
        let scenarios = scenarios();
        let kernel = Options::default()
            .set("AETHER_SCENARIOS", &scenarios.path().display().to_string())
            .set("AETHER_WEBHOOK_ALLOW_PRIVATE", "1")
            .set("AETHER_MAX_ACTIVE", "500")
            .set("AETHER_MAX_PER_USER", "500")
            .set("AETHER_MAX_PROCESSES", "500")
            .start()
            .await;
        let token = kernel.register("ada").await;
        let mut ada = kernel.client_of(&token).await;
        let id = text(&ada.call("auth.me", json!({})).await["user"]["id"]);
        let mut bob = kernel.client_of(&kernel.register("bob").await).await;
        let bob = text(&bob.call("auth.me", json!({})).await["user"]["id"]);
        let org = text(&ada.call("org.create", json!({ "name": "first" })).await["id"]);
        let (admin, stranger) = (kernel.admin().await, kernel.register("eve").await);
        let mut world = World {
            kernel,
            ada,
            token,
            id,
            admin,
            stranger,
            bob,
            pid: 0,
            org,
            dead_letters: false,
            names: 0,
            _scenarios: scenarios,
        };
        world.pid = world.asking().await;
        world
    }

    /// A case of the user's own.
    pub fn own(&self, fields: Value) -> Case {
        Case { token: self.token.clone(), fields }
    }

    /// A case of the administrator's.
    pub fn as_admin(&self, fields: Value) -> Case {
        Case { token: self.admin.clone(), fields }
    }

    /// Has the administrator do something.
    pub async fn by_admin(&self, wire: &str, fields: Value) -> Value {
        self.kernel.client_of(&self.admin).await.call(wire, fields).await
    }

    /// A name that nothing has yet.
    pub fn name(&mut self) -> String {
        self.names += 1;
        format!("n{}", self.names)
    }

    /// Has the user make something, and gives a field of the answer.
    pub async fn made(&mut self, wire: &str, fields: Value, field: &str) -> String {
        text(&self.ada.call(wire, fields).await[field])
    }

    pub async fn person(&mut self) -> Person {
        let name = format!("user-{}", self.name());
        let token = self.kernel.register(&name).await;
        let client = self.kernel.client_of(&token).await;
        Person { name, token, client }
    }

    /// How to deploy an agent that plays this scenario.
    pub fn config(script: &str) -> Value {
        json!({ "role": "Walker", "goal": "walk", "model": format!("scripted:{script}.json") })
    }

    /// A new agent of the user's.
    pub async fn agent(&mut self, config: Value) -> u64 {
        self.ada.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid")
    }

    /// An agent that has asked a question and waits.
    pub async fn asking(&mut self) -> u64 {
        let pid = self.agent(World::config("ask")).await;
        self.ada.wait("process.approval_required", pid).await;
        pid
    }

    /// An agent that wants to do what a person has to allow.
    pub async fn wanting(&mut self) -> u64 {
        let pid = self.agent(World::config("outside")).await;
        self.ada.wait("process.approval_required", pid).await;
        pid
    }

    /// An agent that has used its steps up.
    pub async fn exhausted(&mut self) -> u64 {
        let mut config = World::config("think");
        config["maxSteps"] = 1.into();
        let pid = self.agent(config).await;
        self.ada.wait("agent.stepLimitReached", pid).await;
        pid
    }

    /// An agent that has ended.
    pub async fn ended(&mut self) -> u64 {
        let pid = self.agent(World::config("end")).await;
        self.ada.wait("process.reaped", pid).await;
        pid
    }

    /// A snapshot of the waiting agent.
    pub async fn snapshot(&mut self) -> String {
        self.made("snapshot.create", json!({ "pid": self.pid }), "id").await
    }

    /// A new file of the user's.
    pub async fn file(&mut self) -> String {
        let path = format!("/home/ada/{}.txt", self.name());
        self.ada.call("fs.write", json!({ "path": path, "content": "some text" })).await;
        path
    }

    /// Something in the user's trash.
    pub async fn trashed(&mut self) -> String {
        let path = self.file().await;
        self.made("fs.trash", json!({ "path": path }), "id").await
    }

    /// A shared directory of the waiting agent's.
    pub async fn shared(&mut self) -> String {
        let name = self.name();
        self.ada.call("fs.createShared", json!({ "name": name, "ownerPid": self.pid })).await;
        name
    }

    pub async fn terminal(&mut self) -> String {
        self.made("tty.open", json!({ "pid": 1 }), "ttyId").await
    }

    /// An organisation of the user's with the second user in it.
    pub async fn shared_org(&mut self) -> String {
        let name = self.name();
        let org = self.made("org.create", json!({ "name": name }), "id").await;
        self.ada.call("org.members.invite", json!({ "orgId": org, "userId": self.bob, "role": "member" })).await;
        org
    }

    /// A team of the first organisation.
    pub async fn team(&mut self) -> String {
        let name = self.name();
        self.made("org.teams.create", json!({ "orgId": self.org, "name": name }), "id").await
    }

    pub async fn job(&mut self) -> String {
        let job = json!({ "name": "nightly", "cron_expression": "0 5 1 1 *", "agent_config": World::config("end") });
        self.made("cron.create", job, "id").await
    }

    pub async fn trigger(&mut self) -> String {
        let trigger = json!({ "name": "t", "event_type": "browser:error", "agent_config": World::config("end") });
        self.made("trigger.create", trigger, "id").await
    }

    pub async fn webhook(&mut self) -> String {
        let hook = json!({ "name": "h", "url": AWAY, "events": ["nothing"] });
        self.made("webhook.register", hook, "webhookId").await
    }

    pub async fn inbound(&mut self) -> String {
        let inbound = json!({ "name": "in", "agent_config": World::config("end") });
        self.made("webhook.inbound.create", inbound, "id").await
    }

    /// A delivery that was given up.
    pub async fn dead_letter(&mut self) -> String {
        if !std::mem::replace(&mut self.dead_letters, true) {
            let hook = json!({ "name": "lost", "url": AWAY, "events": ["user.updated"], "retry_count": 0 });
            self.ada.call("webhook.register", hook).await;
        }
        let name = self.name();
        self.ada.call("auth.updateProfile", json!({ "displayName": name })).await;
        let kept = self.ada.wait_for("a dead letter", |event| event["type"] == "webhook.dlq.added").await;
        text(&kept["dlqId"])
    }
}

impl Person {
    pub async fn id(&mut self) -> String {
        text(&self.client.call("auth.me", json!({})).await["user"]["id"])
    }

    /// Sets a second factor up, and gives a code of it.
    pub async fn set_up(&mut self) -> String {
        let shown = self.client.call("auth.mfaSetup", json!({})).await;
        let secret = Secret::try_from_base32(shown["secret"].as_str().expect("a secret")).expect("base 32");
        let totp = Builder::new().with_secret(secret).build().expect("a generator");
        totp.generate(UNIX_EPOCH.elapsed().expect("after 1970").as_secs()).to_string()
    }

    /// Turns a second factor on, and gives a recovery code.
    pub async fn protect(&mut self) -> String {
        let code = self.set_up().await;
        let on = self.client.call("auth.mfaEnable", json!({ "code": code })).await;
        text(&on["recoveryCodes"][0])
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// What agents do here: ask, want to leave their home, think, or end.
fn scenarios() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, tool, arguments) in [
        ("ask", "ask_user", json!({ "question": "go on?" })),
        ("outside", "read_file", json!({ "path": "/home/ada/elsewhere.txt" })),
        ("think", "think", json!({ "thought": "so" })),
        ("end", "complete", json!({ "summary": "walked" })),
    ] {
        let script = json!({ "repeat": true, "turns": [{ "calls": [{ "tool": tool, "arguments": arguments }] }] });
        std::fs::write(folder.path().join(format!("{name}.json")), script.to_string()).expect("written");
    }
    folder
}
