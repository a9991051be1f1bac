//! Organisations over the wire: an owner, an admin, a manager, a member, a viewer and a stranger.

use aether_tests::{Client, Kernel, Options};
use serde_json::{Value, json};

/// Members from the most rights to the least, then whoever is none.
const PEOPLE: [&str; 6] = ["owner", "admin", "manager", "member", "viewer", "stranger"];

struct Person {
    id: String,
    token: String,
    client: Client,
}

struct World {
    kernel: Kernel,
    people: Vec<Person>,
    root: Client,
    org: String,
}

impl World {
    async fn new(options: Options) -> World {
        let kernel = options.start().await;
        let mut people = Vec::new();
        for name in PEOPLE {
            let token = kernel.register(&format!("the-{name}")).await;
            let mut client = kernel.client_of(&token).await;
            let id = client.call("auth.me", json!({})).await["user"]["id"].as_str().expect("an id").to_owned();
            people.push(Person { id, token, client });
        }
        let root = kernel.client().await;
        let org = people[0].client.call("org.create", json!({ "name": "acme", "displayName": "Acme Inc." })).await;
        let org = org["id"].as_str().expect("an id").to_owned();
        for at in 1..5 {
            let invite = json!({ "orgId": org, "userId": people[at].id, "role": PEOPLE[at] });
            people[0].client.call("org.members.invite", invite).await;
        }
        World { kernel, people, root, org }
    }

    fn client(&mut self, name: &str) -> &mut Client {
        &mut self.person(name).client
    }

    fn person(&mut self, name: &str) -> &mut Person {
        let at = PEOPLE.iter().position(|known| *known == name).expect("somebody");
        &mut self.people[at]
    }

    fn id(&mut self, name: &str) -> String {
        self.person(name).id.clone()
    }

    /// What everybody is answered who asks for the same: `ok`, or the code of the refusal.
    async fn everybody(&mut self, wire: &str, fields: Value) -> Vec<String> {
        let mut answers = Vec::new();
        for person in &mut self.people {
            let answer = person.client.try_call(wire, fields.clone()).await;
            answers
                .push(answer.map_or_else(|error| error["code"].as_str().expect("a code").to_owned(), |_| "ok".into()));
        }
        answers
    }
}

/// A kernel whose agents ask first, and wait.
fn waiting() -> (Options, tempfile::TempDir) {
    let scenarios = tempfile::tempdir().expect("a folder");
    let waits = json!({ "turns": [{ "calls": [{ "tool": "ask_user", "arguments": { "question": "go on?" } }] }] });
    std::fs::write(scenarios.path().join("waits.json"), waits.to_string()).expect("written");
    (Options::default().set("AETHER_SCENARIOS", &scenarios.path().display().to_string()), scenarios)
}

async fn code(client: &mut Client, wire: &str, fields: Value) -> String {
    let refusal = client.try_call(wire, fields).await.expect_err(wire);
    assert!(refusal["error"].as_str().is_some_and(|text| !text.is_empty()), "{refusal}");
    refusal["code"].as_str().expect("a code").to_owned()
}

#[tokio::test]
async fn each_role_may_what_it_says() {
    let mut world = World::new(Options::default()).await;
    let org = world.org.clone();
    let (ok, no, none) = ("ok", "forbidden", "not_found");
    for wire in ["org.get", "org.members.list", "org.teams.list"] {
        let answers = world.everybody(wire, json!({ "orgId": org })).await;
        assert_eq!(answers, [ok, ok, ok, ok, ok, none], "{wire}");
    }
    let settings = json!({ "orgId": org, "settings": { "a": 1 } });
    assert_eq!(world.everybody("org.update", settings).await, [ok, ok, no, no, no, none]);
    let stranger = world.id("stranger");
    let invite = json!({ "orgId": org, "userId": "nobody", "role": "viewer" });
    assert_eq!(world.everybody("org.members.invite", invite).await, [none, none, none, no, no, none]);
    let invite = json!({ "orgId": org, "userId": stranger, "role": "admin" });
    assert_eq!(code(world.client("manager"), "org.members.invite", invite).await, no, "above its own role");
    let owner = world.id("owner");
    for role in ["admin", "viewer"] {
        let demote = json!({ "orgId": org, "userId": owner, "role": role });
        let answers = world.everybody("org.members.update", demote).await;
        assert_eq!(answers, ["invalid_state", "invalid_state", no, no, no, none]);
    }
    let remove = json!({ "orgId": org, "userId": owner });
    let answers = world.everybody("org.members.remove", remove.clone()).await;
    assert_eq!(answers, ["invalid_state", "invalid_state", no, no, no, none]);
    assert_eq!(code(&mut world.root, "org.members.remove", remove).await, "invalid_state");
    let viewer = world.id("viewer");
    let promote = json!({ "orgId": org, "userId": viewer, "role": "owner" });
    assert_eq!(code(world.client("owner"), "org.members.update", promote).await, "invalid_input");
    let invite = json!({ "orgId": org, "userId": stranger, "role": "owner" });
    assert_eq!(code(world.client("owner"), "org.members.invite", invite).await, "invalid_input");
    let strange = json!({ "orgId": org, "userId": stranger, "role": "king" });
    assert_eq!(code(world.client("owner"), "org.members.invite", strange).await, "invalid_input");

    let mut teams = Vec::new();
    for (name, expect) in PEOPLE.iter().zip([ok, ok, ok, no, no, none]) {
        let made = world.client(name).try_call("org.teams.create", json!({ "orgId": org, "name": name })).await;
        match made {
            Ok(team) => teams.push(team["id"].as_str().expect("an id").to_owned()),
            Err(refusal) => assert_eq!(refusal["code"], expect),
        }
    }
    assert_eq!(teams.len(), 3);
    let add = json!({ "teamId": teams[0], "userId": viewer });
    assert_eq!(world.everybody("org.teams.addMember", add.clone()).await, [ok, "conflict", "conflict", no, no, none]);
    let unknown = json!({ "teamId": "nothing" });
    assert_eq!(world.everybody("org.teams.delete", unknown).await, [none; 6]);
    let refusal = world.client("stranger").try_call("org.teams.delete", json!({ "teamId": teams[0] })).await;
    assert_eq!(refusal.expect_err("not its own")["error"], "Team not found", "as if there were none");
    let member = json!({ "teamId": teams[0], "userId": stranger });
    assert_eq!(code(world.client("owner"), "org.teams.addMember", member).await, "invalid_state");
    assert_eq!(code(world.client("manager"), "org.teams.delete", json!({ "teamId": teams[0] })).await, no);
    world.client("admin").call("org.teams.delete", json!({ "teamId": teams[0] })).await;
    assert_eq!(code(world.client("owner"), "org.teams.removeMember", add).await, none);

    assert_eq!(world.everybody("org.delete", json!({ "orgId": "nothing" })).await, [none; 6]);
    let others = &["admin", "manager", "member", "viewer"];
    for name in others {
        assert_eq!(code(world.client(name), "org.delete", json!({ "orgId": org })).await, no, "{name}");
    }
    for name in others {
        let leave = json!({ "orgId": org, "userId": world.id(name) });
        world.client(name).call("org.members.remove", leave).await;
        assert_eq!(world.client(name).call("org.list", json!({})).await, json!([]), "{name} left");
    }
    world.client("owner").call("org.delete", json!({ "orgId": org })).await;
    assert_eq!(world.everybody("org.get", json!({ "orgId": org })).await, [none; 6]);
    let audit = world.root.call("audit.query", json!({ "filters": { "limit": 500 } })).await.to_string();
    for wire in ["org.create", "org.delete", "org.members.remove", "org.members.update", "org.teams.create"] {
        assert!(audit.contains(&format!("{wire:?}")), "{wire} is not in the audit log: {audit}");
    }
}

#[tokio::test]
async fn members_hear_of_their_organisation_and_nobody_else_does() {
    let mut world = World::new(Options::default()).await;
    let org = world.org.clone();
    let viewer = world.id("viewer");
    let token = world.person("member").token.clone();
    let mut old = Client::compatible(&world.kernel.url, &token).await;
    let team = world.client("manager").call("org.teams.create", json!({ "orgId": org, "name": "core" })).await;
    let is = |wire: &'static str| move |event: &Value| event["type"] == wire;
    for name in ["owner", "admin", "manager", "member", "viewer"] {
        let told = world.client(name).wait_for("the team", is("org.team.created")).await;
        assert_eq!(told["team"], team, "{name}");
    }
    assert_eq!(old.wait_for("the team", is("org.team.created")).await["team"], team);
    world.root.wait_for("the team", is("org.team.created")).await;
    let promote = json!({ "orgId": org, "userId": viewer, "role": "member" });
    world.client("owner").call("org.members.update", promote).await;
    let told = world.client("viewer").wait_for("its new role", is("org.member.updated")).await;
    assert_eq!((&told["orgId"], &told["userId"], &told["role"]), (&json!(org), &json!(viewer), &json!("member")));
    world.client("admin").call("org.members.remove", json!({ "orgId": org, "userId": viewer })).await;
    let told = world.client("viewer").wait_for("its end there", is("org.member.removed")).await;
    assert_eq!(told["userId"], json!(viewer));
    world.client("owner").call("org.update", json!({ "orgId": org, "displayName": "Other" })).await;
    world.client("owner").call("org.teams.delete", json!({ "teamId": team["id"] })).await;
    world.client("owner").call("org.delete", json!({ "orgId": org })).await;
    for name in ["owner", "admin", "manager", "member"] {
        let told = world.client(name).wait_for("the end of it", is("org.deleted")).await;
        assert_eq!(told["orgId"], json!(org), "{name}");
    }
    for name in ["viewer", "stranger"] {
        let client = world.client(name);
        client.call("kernel.status", json!({})).await;
        let heard: Vec<&Value> = client
            .events
            .iter()
            .filter(|event| event["type"].as_str().is_some_and(|t| t.starts_with("org.")))
            .collect();
        assert!(heard.is_empty(), "{name} overheard {heard:?}");
    }
    let token = world.person("stranger").token.clone();
    let (_, welcome) = Client::hello(&world.kernel.url, json!({ "token": token, "since": 1 })).await;
    assert!(!welcome.to_string().contains("\"org."), "{welcome}");
}

#[tokio::test]
async fn an_organisation_outlives_the_kernel_and_its_owner_is_not_deleted_before_it() {
    let mut world = World::new(Options::default()).await;
    let (org, owner, viewer) = (world.org.clone(), world.id("owner"), world.id("viewer"));
    let team = world.client("owner").call("org.teams.create", json!({ "orgId": org, "name": "core" })).await;
    world.client("owner").call("org.teams.addMember", json!({ "teamId": team["id"], "userId": viewer })).await;
    world.kernel.kill().await;
    world.kernel = world.kernel.again().await;
    for person in &mut world.people {
        person.client = world.kernel.client_of(&person.token).await;
    }
    world.root = world.kernel.client().await;
    let found = world.client("viewer").call("org.get", json!({ "orgId": org })).await;
    assert_eq!((&found["name"], &found["displayName"]), (&json!("acme"), &json!("Acme Inc.")));
    let members = world.client("viewer").call("org.members.list", json!({ "orgId": org })).await;
    let roles: Vec<&Value> = members.as_array().expect("a list").iter().map(|member| &member["role"]).collect();
    assert_eq!(roles, ["owner", "admin", "manager", "member", "viewer"]);
    assert_eq!(world.client("viewer").call("org.teams.list", json!({ "orgId": org })).await, json!([team]));

    let refusal = world.root.try_call("user.delete", json!({ "userId": owner })).await.expect_err("it owns acme");
    assert_eq!(refusal["code"], "invalid_state", "{refusal}");
    assert!(refusal["error"].as_str().expect("text").contains("acme"), "{refusal}");
    world.root.call("user.delete", json!({ "userId": viewer })).await;
    let told = world.client("owner").wait_for("the news", |event| event["type"] == "org.member.removed").await;
    assert_eq!(told["userId"], json!(viewer));
    let members = world.client("owner").call("org.members.list", json!({ "orgId": org })).await;
    assert!(!members.to_string().contains(&viewer), "{members}");
    world.root.call("org.delete", json!({ "orgId": org })).await;
    world.root.call("user.delete", json!({ "userId": owner })).await;
}

#[tokio::test]
async fn members_see_the_agents_of_their_organisation() {
    let (options, _scenarios) = waiting();
    let mut world = World::new(options).await;
    let org = world.org.clone();
    let alone = json!({ "config": { "role": "Own", "goal": "wait", "model": "scripted:waits.json" } });
    let mut config = alone.clone();
    config["config"]["orgId"] = org.clone().into();
    assert_eq!(code(world.client("viewer"), "process.spawn", config.clone()).await, "forbidden");
    assert_eq!(code(world.client("stranger"), "process.spawn", config.clone()).await, "not_found");
    let own = world.client("member").call("process.spawn", alone).await["pid"].clone();
    let shared = world.client("member").call("process.spawn", config).await["pid"].clone();
    let number = shared.as_u64().expect("a pid");
    for name in ["owner", "viewer"] {
        world.client(name).wait("process.spawned", number).await;
        let listed = world.client(name).call("process.list", json!({})).await;
        let pids: Vec<&Value> = listed.as_array().expect("a list").iter().map(|process| &process["pid"]).collect();
        assert_eq!((pids, &listed[0]["orgId"]), (vec![&shared], &json!(org)), "{name}");
    }
    let (ok, no) = ("ok", "forbidden");
    for wire in ["process.info", "agent.timeline", "agent.trajectory", "resource.getUsage", "resource.getQuota"] {
        let answers = world.everybody(wire, json!({ "pid": shared })).await;
        assert_eq!(answers, [ok, ok, ok, ok, ok, no], "{wire}");
        assert_eq!(world.everybody(wire, json!({ "pid": own })).await, [no, no, no, ok, no, no], "{wire}");
    }
    for wire in ["agent.message", "process.setPriority", "resource.setQuota"] {
        let fields = json!({ "pid": shared, "content": "hello", "priority": 2, "quota": { "maxSteps": 9 } });
        assert_eq!(world.everybody(wire, fields).await, [no, no, no, ok, no, no], "{wire}");
    }
    let file = json!({ "path": format!("/home/agent_{shared}/a.txt"), "content": "x" });
    assert_eq!(code(world.client("owner"), "fs.write", file).await, "forbidden", "its home stays its owner's");
    let signal = json!({ "pid": shared, "signal": "SIGUSR1" });
    assert_eq!(code(world.client("viewer"), "process.signal", signal.clone()).await, "forbidden");
    assert_eq!(code(world.client("stranger"), "process.signal", signal).await, "forbidden");
    world.client("owner").call("org.delete", json!({ "orgId": org })).await;
    assert_eq!(world.everybody("process.info", json!({ "pid": shared })).await, [no, no, no, ok, no, no]);
}

#[tokio::test]
async fn a_manager_ends_an_agent_of_the_organisation() {
    let (options, _scenarios) = waiting();
    let mut world = World::new(options).await;
    let config = json!({ "role": "Shared", "goal": "wait", "model": "scripted:waits.json", "orgId": world.org });
    let pid = world.client("member").call("process.spawn", json!({ "config": config })).await["pid"].clone();
    let number = pid.as_u64().expect("a pid");
    world.client("manager").wait("process.approval_required", number).await;
    assert_eq!(code(world.client("manager"), "agent.answer", json!({ "pid": pid, "reply": "yes" })).await, "forbidden");
    let signal = json!({ "pid": pid, "signal": "SIGTERM" });
    world.client("manager").call("process.signal", signal).await;
    world.client("member").wait("process.exit", number).await;
}

#[tokio::test]
async fn routes_of_organisations() {
    let mut world = World::new(Options::default()).await;
    let rest = world.kernel.rest();
    let owner = world.person("owner").token.clone();
    let (own, org, stranger) = (Some(owner.as_str()), world.org.clone(), world.id("stranger"));
    let base = format!("/api/v1/orgs/{org}");
    let (status, made) = rest.post("/api/v1/orgs", own, &json!({ "name": "second" })).await;
    assert_eq!((status, &made["data"]["displayName"], &made["data"]["settings"]), (201, &json!("second"), &json!({})));
    assert_eq!(rest.post("/api/v1/orgs", own, &json!({ "name": "second" })).await.0, 409);
    assert_eq!(rest.post("/api/v1/orgs", own, &json!({ "name": "?" })).await.0, 400);
    let (status, list) = rest.get("/api/v1/orgs", own).await;
    assert_eq!((status, list["data"].as_array().map(Vec::len)), (200, Some(2)));
    assert_eq!(rest.get(&base, own).await.1["data"]["name"], "acme");
    let token = world.person("stranger").token.clone();
    let (status, refused) = rest.get(&base, Some(&token)).await;
    assert_eq!((status, &refused["error"]["code"]), (404, &json!("NOT_FOUND")));
    let body = json!({ "displayName": "New", "settings": { "a": [1] } }).to_string().into_bytes();
    let (status, changed) = rest.json("PATCH", &base, &owner, body).await;
    assert_eq!((status, &changed["data"]["displayName"]), (200, &json!("New")), "{changed}");
    let members = format!("{base}/members");
    let invite = json!({ "userId": stranger, "role": "viewer" });
    assert_eq!(rest.post(&members, own, &invite).await, (201, json!({ "data": { "invited": true } })));
    assert_eq!(rest.get(&members, own).await.1["data"].as_array().map(Vec::len), Some(6));
    let role = json!({ "role": "member" }).to_string().into_bytes();
    let (status, updated) = rest.json("PATCH", &format!("{members}/{stranger}"), &owner, role).await;
    assert_eq!((status, updated), (200, json!({ "data": { "updated": true } })));
    let teams = format!("{base}/teams");
    let (status, team) = rest.post(&teams, own, &json!({ "name": "core" })).await;
    assert_eq!((status, &team["data"]["description"]), (201, &json!("")));
    assert_eq!(rest.get(&teams, own).await.1["data"], json!([team["data"]]));
    let team = format!("{teams}/{}", team["data"]["id"].as_str().expect("an id"));
    let add = json!({ "userId": stranger });
    assert_eq!(rest.post(&format!("{team}/members"), own, &add).await, (201, json!({ "data": { "added": true } })));
    for (path, says) in [
        (format!("{team}/members/{stranger}"), "removed"),
        (team, "deleted"),
        (format!("{members}/{stranger}"), "removed"),
        (base, "deleted"),
    ] {
        assert_eq!(rest.delete(&path, own).await, (200, json!({ "data": { says: true } })), "{path}");
        assert_eq!(rest.delete(&path, own).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn an_owner_hands_its_organisation_on() {
    let mut world = World::new(Options::default()).await;
    let (org, owner, manager) = (world.org.clone(), world.id("owner"), world.id("manager"));
    let to = |user: &str| json!({ "orgId": org, "userId": user });
    let stranger = world.id("stranger");
    let refused = world.client("owner").try_call("org.transfer", to(&stranger)).await.expect_err("no member");
    assert_eq!(refused["code"], "not_found", "{refused}");
    for (name, code) in [("admin", "forbidden"), ("manager", "forbidden"), ("stranger", "not_found")] {
        let refused = world.client(name).try_call("org.transfer", to(&manager)).await.expect_err(name);
        assert_eq!(refused["code"], code, "{name}: {refused}");
    }
    let handed_on = world.client("owner").call("org.transfer", to(&manager)).await;
    assert_eq!(handed_on["ownerUid"], manager, "{handed_on}");
    let told = world.client("viewer").wait_for("the owner", |event| event["type"] == "org.transferred").await;
    assert_eq!((&told["org"], &told["previousOwner"]), (&handed_on, &json!(owner)));
    let entity = |event: &Value| event["type"] == "entity.changed" && event["kind"] == "organization";
    let entity = world.client("viewer").wait_for("the whole of it", entity).await;
    assert_eq!((&entity["id"], &entity["entity"]), (&json!(org), &handed_on));
    let refused =
        world.client("owner").try_call("org.delete", json!({ "orgId": org })).await.expect_err("an admin now");
    assert_eq!(refused["code"], "forbidden", "{refused}");

    world.kernel.kill().await;
    let kernel = world.kernel.again().await;
    let token = world.person("manager").token.clone();
    let mut client = kernel.client_of(&token).await;
    let members = client.call("org.members.list", json!({ "orgId": org })).await;
    let role = |user: &str| {
        let members = members.as_array().expect("a list");
        members.iter().find(|member| member["userId"] == *user).expect("a member")["role"].clone()
    };
    assert_eq!((role(&manager), role(&owner)), (json!("owner"), json!("admin")), "{members}");
    client.call("org.delete", json!({ "orgId": org })).await;
}
