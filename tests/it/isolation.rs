//! A second user sees nothing of the first one's; whoever has not signed in sees nothing at all.

use aether_protocol::Command;
use aether_tests::counting::CountingModel;
use aether_tests::{Client, Kernel, Options};
use serde_json::{Value, json};

/// Words that only the first user's things contain.
const MARKS: [&str; 3] = ["private-goal", "private-text", SHARE];
/// What the first user shares among their own agents.
const SHARE: &str = "private-share";

struct World {
    kernel: Kernel,
    first: Client,
    pid: u64,
    tty: String,
    approval: String,
    /// Something of the first user's in the trash.
    trashed: String,
    /// An organisation of the first user's, and a team of it.
    org: String,
    team: String,
    /// A job and a trigger of the first user.
    job: String,
    trigger: String,
    /// Webhooks of the first user's: one out, one in.
    webhooks: (String, String),
    /// A snapshot of the first user's agent.
    snapshot: String,
    /// A session and an API token of the first user.
    sign_ins: (String, String),
    _model: CountingModel,
}

/// The first user with an agent that has done something and now waits for an answer.
async fn world() -> World {
    let model = CountingModel::start(|_, turn| match turn {
        0 => {
            let write = json!({ "path": "a.txt", "content": "private-text" });
            ("private-text".to_owned(), vec![("write_file", write)])
        }
        _ => (String::new(), vec![("ask_user", json!({ "question": "private-text?" }))]),
    })
    .await;
    let kernel = Options::default().set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url).start().await;
    let token = kernel.register("ada").await;
    let mut first = kernel.client_of(&token).await;
    let config = json!({ "role": "Private", "goal": "private-goal", "model": "openai:gpt-4.1" });
    let spawned = first.call("process.spawn", json!({ "config": config })).await;
    let pid = spawned["pid"].as_u64().expect("a pid");
    let asked = first.wait("process.approval_required", pid).await;
    first.call("fs.write", json!({ "path": "/home/ada/own.txt", "content": "private-text" })).await;
    first.call("fs.write", json!({ "path": "/tmp/own.txt", "content": "private-text" })).await;
    first.call("fs.createShared", json!({ "name": SHARE, "ownerPid": pid })).await;
    first.call("preference.set", json!({ "key": "own.key", "value": "private-text" })).await;
    let path = format!("/shared/{SHARE}/own.txt");
    first.call("fs.write", json!({ "path": path, "content": "private-text" })).await;
    first.call("fs.mountShared", json!({ "pid": pid, "name": SHARE })).await;
    first.call("fs.write", json!({ "path": "/home/ada/private-text.txt", "content": "private-text" })).await;
    let trashed = first.call("fs.trash", json!({ "path": "/home/ada/private-text.txt" })).await;
    let trashed = trashed["id"].as_str().expect("an id").to_owned();
    let org = first.call("org.create", json!({ "name": "acme", "displayName": "private-text" })).await;
    let org = org["id"].as_str().expect("an id").to_owned();
    let team = json!({ "orgId": org, "name": "private-text", "description": "private-text" });
    let team = first.call("org.teams.create", team).await["id"].as_str().expect("an id").to_owned();
    let planned = json!({
        "name": "private-text", "cron_expression": "0 5 1 1 *", "event_type": "process.signal", "agent_config": config,
    });
    let job = first.call("cron.create", planned.clone()).await["id"].as_str().expect("an id").to_owned();
    let trigger = first.call("trigger.create", planned).await["id"].as_str().expect("an id").to_owned();
    let hook = json!({ "name": "private-text", "url": "https://example.com", "events": ["nothing"], "secret": "private-text" });
    let hook = first.call("webhook.register", hook).await["webhookId"].as_str().expect("an id").to_owned();
    let inbound = json!({ "name": "private-text", "agent_config": { "role": "a", "goal": "private-goal" } });
    let inbound = first.call("webhook.inbound.create", inbound).await["id"].as_str().expect("an id").to_owned();
    let made = json!({ "name": "private-text", "scopes": ["fs:read"] });
    let made = first.call("auth.createToken", made).await["info"]["id"].as_str().expect("an id").to_owned();
    let session = first.call("auth.listSessions", json!({})).await[0]["id"].as_str().expect("an id").to_owned();
    let tty = first.call("tty.open", json!({ "pid": 1 })).await["ttyId"].as_str().expect("a tty").to_owned();
    let kept = first.call("snapshot.create", json!({ "pid": pid, "description": "private-text" })).await;
    let snapshot = kept["id"].as_str().expect("an id").to_owned();
    let approval = asked["approvalId"].as_str().expect("an id").to_owned();
    World {
        kernel,
        first,
        pid,
        tty,
        approval,
        trashed,
        org,
        team,
        job,
        trigger,
        webhooks: (hook, inbound),
        snapshot,
        sign_ins: (session, made),
        _model: model,
    }
}

/// Fields that fit whatever a command asks for, all naming the first user's things.
fn fields(world: &World) -> Value {
    let home = format!("/home/agent_{}/a.txt", world.pid);
    json!({
        "pid": world.pid, "signal": "SIGUSR1", "priority": 1, "config": { "role": "a", "goal": "b", "model": "scripted:tour" },
        "path": home, "from": home, "to": "/home/bob/stolen.txt", "content": "overwritten", "recursive": true,
        "ttyId": world.tty, "data": "echo stolen\n", "cols": 80, "rows": 24, "approvalId": world.approval,
        "reply": "no", "reason": "no", "extraSteps": 1, "username": "eve", "password": "a long password",
        "displayName": "Eve", "token": "none", "userId": "ada", "user_id": "ada", "agentUid": format!("agent_{}", world.pid),
        "agent_uid": format!("agent_{}", world.pid), "limit": 100, "offset": 0, "after": 0, "phase": "thinking",
        "state": "running", "call_id": "c", "callId": "c", "command": "id", "action": "a", "details": "d", "kind": "action",
        "outcome": "success", "exitCode": 0, "summary": "s", "oldPassword": "x", "newPassword": "another password",
        "currentPassword": "x", "id": "x", "entryId": world.trashed, "ids": [world.trashed], "name": "x", "query": "private",
        "key": "own.key", "value": "overwritten", "rev": 0, "code": "000000", "mfaToken": "none",
        "provider": "openai", "model": "openai:gpt-4.1",
        "quota": { "maxSteps": 1 }, "days": 9, "minutes": 9, "scope": { "org": world.org }, "budget": { "maxTokensPerDay": 1 },
        "fromPid": world.pid, "toPid": world.pid, "channel": "x", "payload": "overwritten",
        "agentName": format!("agent_{}", world.pid),
        "orgId": world.org, "teamId": world.team, "settings": { "stolen": true },
        "subject": "role:owner", "resource": "*", "effect": "deny", "policyId": "x",
        "jobId": world.job, "triggerId": world.trigger, "cron_expression": "0 5 1 1 *", "event_type": "process.signal",
        "agent_config": { "role": "a", "goal": "b", "model": "scripted:tour" },
        "webhookId": world.webhooks.0, "inboundId": world.webhooks.1, "snapshotId": world.snapshot,
        "sessionId": world.sign_ins.0, "tokenId": world.sign_ins.1, "scopes": ["fs:read"],
    })
}

/// Sends every command there is as this client, and answers what came back, by name.
async fn try_everything(client: &mut Client, fields: &Value) -> Vec<(&'static str, Result<Value, Value>)> {
    let mut answers = Vec::new();
    for method in Command::methods() {
        // These end the socket's own sign-in; what they do to others is tried elsewhere.
        if matches!(method.wire, "kernel.shutdown" | "auth.logout" | "auth.login" | "auth.register" | "auth.refresh") {
            continue;
        }
        answers.push((method.wire, client.try_call(method.wire, fields.clone()).await));
    }
    answers
}

fn leaks(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark))
}

#[tokio::test]
async fn no_command_shows_a_second_user_anything_of_the_first() {
    let mut world = world().await;
    let token = world.kernel.register("bob").await;
    let mut second = world.kernel.client_of(&token).await;
    for wire in ["resource.history", "resource.getSummary"] {
        assert!(!world.first.call(wire, json!({})).await.as_array().expect("a list").is_empty(), "{wire}");
        assert_eq!(second.call(wire, json!({})).await, json!([]), "{wire}");
    }
    let ada = world.first.call("auth.me", json!({})).await["user"]["id"].clone();
    let mut fields = fields(&world);
    for (wire, answer) in try_everything(&mut second, &fields).await {
        let text = format!("{answer:?}");
        assert!(!leaks(&text), "{wire} leaked: {text}");
    }
    for path in ["/home/ada/own.txt", "/tmp/own.txt", &format!("/home/agent_{}/../agent_{0}/a.txt", world.pid)] {
        fields["path"] = path.into();
        for wire in ["fs.read", "fs.stat", "fs.ls", "fs.search", "fs.trash", "fs.rm", "fs.write"] {
            let answer = second.try_call(wire, fields.clone()).await;
            assert!(!leaks(&format!("{answer:?}")), "{wire} {path} leaked: {answer:?}");
            // The second user's own /tmp is another folder of the same name.
            assert!(answer.is_err() || path.starts_with("/tmp"), "{wire} {path}: {answer:?}");
        }
    }
    // What is thrown away is not everybody's, whoever names it.
    let unknown = second.try_call("fs.restore", json!({ "entryId": "nothing" })).await.expect_err("nothing there");
    for (wire, fields) in [
        ("fs.restore", json!({ "entryId": world.trashed })),
        ("fs.restore", json!({ "entryId": world.trashed, "to": "/home/bob/stolen.txt" })),
        ("fs.purge", json!({ "ids": [world.trashed] })),
    ] {
        let refusal = second.try_call(wire, fields).await.expect_err(wire);
        let told = refusal["error"].as_str().expect("text").replace(&world.trashed, "nothing");
        assert_eq!((&refusal["code"], told.as_str()), (&unknown["code"], unknown["error"].as_str().expect("text")));
    }
    for wire in ["webhook.unregister", "webhook.enable", "webhook.disable", "webhook.logs", "webhook.inbound.delete"] {
        assert_eq!(second.try_call(wire, fields.clone()).await.expect_err(wire)["code"], "not_found", "{wire}");
    }
    for wire in ["webhook.list", "webhook.inbound.list", "webhook.dlq.list"] {
        let listed = second.call(wire, json!({ "owner_uid": ada })).await;
        assert!(listed.as_array().expect("a list").iter().all(|hook| hook["owner_uid"] != ada), "{wire}: {listed}");
    }
    assert_eq!(second.call("fs.listTrash", json!({})).await, json!([]));
    second.call("fs.purge", json!({})).await;
    for path in ["/", "/home", "/shared", "/tmp", "/home/root"] {
        let found = second.call("fs.search", json!({ "path": path, "query": "private" })).await;
        assert_eq!(found, json!([]), "{path}");
    }
    // Whatever is tried on an organisation is answered as for one that nobody has.
    for wire in [
        "org.get",
        "org.update",
        "org.delete",
        "org.members.list",
        "org.members.invite",
        "org.members.update",
        "org.members.remove",
        "org.teams.list",
    ] {
        let unknown = json!({ "orgId": "nothing", "settings": {}, "userId": "x", "role": "viewer" });
        let unknown = second.try_call(wire, unknown).await.expect_err(wire);
        let named = json!({ "orgId": world.org, "settings": {}, "userId": "x", "role": "viewer" });
        let refusal = second.try_call(wire, named).await.expect_err(wire);
        assert_eq!((&refusal["code"], &refusal["error"]), (&unknown["code"], &unknown["error"]), "{wire}");
    }
    // A stranger's job or trigger is answered as one that there is not.
    for (wire, field, told) in [
        ("cron.enable", "jobId", "Cron job not found"),
        ("cron.disable", "jobId", "Cron job not found"),
        ("cron.delete", "jobId", "Cron job not found"),
        ("trigger.delete", "triggerId", "Trigger not found"),
    ] {
        for id in [fields[field].clone(), "none".into()] {
            let refusal = second.try_call(wire, json!({ field: id })).await.expect_err(wire);
            assert_eq!((&refusal["code"], &refusal["error"]), (&json!("not_found"), &json!(told)), "{wire}");
        }
    }
    for wire in ["cron.list", "trigger.list"] {
        let own = |list: &Value| list.as_array().expect("a list").iter().all(|one| one["agent_config"]["goal"] == "b");
        assert!(own(&second.call(wire, json!({})).await), "{wire}");
        assert!(leaks(&world.first.call(wire, json!({})).await.to_string()), "{wire}: there was something to see");
    }
    for wire in ["snapshot.restore", "snapshot.delete"] {
        for id in [world.snapshot.as_str(), "snap_1_1"] {
            let refusal = second.try_call(wire, json!({ "snapshotId": id })).await.expect_err(wire);
            let told = format!("Snapshot {id} not found");
            assert_eq!((&refusal["code"], &refusal["error"]), (&json!("not_found"), &json!(told)), "{wire}");
        }
    }
    for wire in ["snapshot.create", "snapshot.fork"] {
        let refusal = second.try_call(wire, json!({ "pid": world.pid })).await.expect_err(wire);
        assert_eq!(refusal["code"], "forbidden", "{wire}");
    }
    assert!(!second.call("snapshot.list", json!({})).await.to_string().contains(&world.snapshot));
    // Policies, keys and the default model are administrators' to set.
    for (wire, fields) in [
        ("permission.grant", json!({ "subject": "role:owner", "action": "*", "resource": "*", "effect": "deny" })),
        ("permission.revoke", json!({ "policyId": "x" })),
        ("permission.list", json!({})),
        ("audit.export", json!({})),
        ("llm.setKey", json!({ "provider": "openai", "key": "stolen" })),
        ("llm.clearKey", json!({ "provider": "openai" })),
        ("llm.setDefault", json!({ "model": "scripted:tour" })),
        ("llm.test", json!({ "provider": "openai", "key": "stolen" })),
        ("llm.test", json!({ "provider": "openai", "baseUrl": "http://127.0.0.1:9" })),
    ] {
        let refusal = second.try_call(wire, fields).await.expect_err(wire);
        assert_eq!(refusal["code"], "forbidden", "{wire}: {refusal}");
    }
    let quota = world.first.call("resource.getQuota", json!({ "pid": world.pid })).await;
    assert_ne!(quota["maxSteps"], 1);
    for wire in ["ipc.list_agents", "workspace.list"] {
        // His own agents may be there by now.
        let listed = second.call(wire, json!({})).await;
        assert!(!listed.to_string().contains(&format!("agent_{}\"", world.pid)), "{wire}: {listed}");
    }
    assert_eq!(second.try_call("workspace.cleanup", fields.clone()).await.expect_err("not his")["code"], "not_found");
    for wire in ["ipc.send", "agent.trajectory", "resource.getQuota", "resource.setQuota", "resource.getUsage"] {
        let refusal = second.try_call(wire, fields.clone()).await.expect_err(wire);
        assert_eq!(refusal["code"], "forbidden", "{wire}");
    }
    for scope in [json!({ "user": ada }), json!({ "org": world.org })] {
        let budget = json!({ "scope": scope, "budget": { "maxTokensPerDay": 1 } });
        for wire in ["resource.getBudget", "resource.setBudget", "resource.history"] {
            let refusal = second.try_call(wire, budget.clone()).await.expect_err(wire);
            assert_eq!(refusal["code"], "not_found", "{wire} {scope}");
        }
        let kept = world.first.call("resource.getBudget", json!({ "scope": scope })).await;
        assert_eq!(kept["today"], json!({ "onExceed": "ask" }), "{kept}");
    }
    let trajectory = world.first.call("agent.trajectory", json!({ "pid": world.pid })).await;
    assert!(leaks(&trajectory.to_string()), "there was something to see: {trajectory}");
    // Nothing of the first user's has changed, and nothing was told to the second.
    let info = world.first.call("process.info", json!({ "pid": world.pid })).await;
    assert_eq!((&info["state"], &info["priority"]), (&json!("sleeping"), &json!(3)));
    let org = world.first.call("org.get", json!({ "orgId": world.org })).await;
    assert_eq!((&org["displayName"], &org["settings"]), (&json!("private-text"), &json!({})));
    let members = world.first.call("org.members.list", json!({ "orgId": world.org })).await;
    assert_eq!(members.as_array().map(Vec::len), Some(1), "{members}");
    assert_eq!(world.first.call("org.teams.list", json!({ "orgId": world.org })).await[0]["id"], world.team);
    for (wire, id) in [("webhook.list", &world.webhooks.0), ("webhook.inbound.list", &world.webhooks.1)] {
        let listed = world.first.call(wire, json!({})).await;
        assert_eq!((&listed[0]["id"], &listed[0]["enabled"]), (&json!(id), &json!(true)), "{listed}");
    }
    let snapshots = world.first.call("snapshot.list", json!({})).await;
    assert_eq!(snapshots[0]["id"], world.snapshot, "{snapshots}");
    for (wire, id) in [("auth.listSessions", &world.sign_ins.0), ("auth.listTokens", &world.sign_ins.1)] {
        let listed = world.first.call(wire, json!({})).await;
        assert_eq!((&listed[0]["id"], &listed[1]["id"]), (&json!(id), &Value::Null), "{listed}");
    }
    let trashed = world.first.call("fs.listTrash", json!({})).await;
    assert_eq!(trashed[0]["id"], world.trashed, "{trashed}");
    let read = world.first.call("fs.read", json!({ "path": format!("/home/agent_{}/a.txt", world.pid) })).await;
    assert_eq!(read["content"], "private-text");
    assert_eq!(world.first.call("fs.read", json!({ "path": "/tmp/own.txt" })).await["content"], "private-text");
    assert_eq!(world.first.call("preference.get", json!({ "key": "own.key" })).await["value"], "private-text");
    let me = world.first.call("auth.me", json!({})).await;
    assert_eq!((&me["user"]["displayName"], &me["mfaEnabled"]), (&json!("ada"), &json!(false)));
    world.first.call("preference.set", json!({ "key": "own.key", "value": "private-text again" })).await;
    world.first.call("org.update", json!({ "orgId": world.org, "displayName": "private-text again" })).await;
    world.first.call("org.teams.create", json!({ "orgId": world.org, "name": "private-text again" })).await;
    world.first.call("auth.updateProfile", json!({ "displayName": "private-text" })).await;
    world.first.call("agent.message", json!({ "pid": world.pid, "content": "private-text" })).await;
    let told = json!({ "fromPid": world.pid, "toPid": world.pid, "channel": "x", "payload": "private-text" });
    world.first.call("ipc.send", told).await;
    world.first.call("agent.answer", json!({ "pid": world.pid, "reply": "private-text" })).await;
    world.first.wait("process.approval_required", world.pid).await;
    second.call("kernel.status", json!({})).await;
    let overheard: Vec<&Value> =
        second.events.iter().filter(|event| leaks(&event.to_string()) || event["pid"] == world.pid).collect();
    assert!(overheard.is_empty(), "{overheard:?}");
    // What it missed, had it been away from the beginning, is not there either.
    let (_, welcome) = Client::hello(&world.kernel.url, json!({ "token": token, "since": 1 })).await;
    assert!(!leaks(&welcome.to_string()), "{welcome}");
}

#[tokio::test]
async fn what_one_user_shares_is_not_there_for_another() {
    let mut world = world().await;
    let token = world.kernel.register("bob").await;
    let mut second = world.kernel.client_of(&token).await;
    let config = json!({ "role": "Own", "goal": "look around", "model": "scripted:tour" });
    let own = second.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");

    assert_eq!(second.call("fs.listShared", json!({})).await, json!([]));
    assert_eq!(second.call("fs.ls", json!({ "path": "/shared" })).await, json!([]));
    // Whatever is tried is answered as for a name that nobody has taken.
    let mut same = async |wire: &str, fields: &dyn Fn(&str) -> Value| {
        let refusal = second.try_call(wire, fields(SHARE)).await.expect_err(wire);
        let missing = second.try_call(wire, fields("nothing")).await.expect_err(wire);
        let told = |refusal: &Value| format!("{} {}", refusal["code"], refusal["error"]);
        assert_eq!(told(&refusal), told(&missing).replace("nothing", SHARE), "{wire}");
    };
    for point in [None, Some("mine"), Some("shared/nothing")] {
        let fields = |name: &str| json!({ "pid": own, "name": name, "mountPoint": point });
        same("fs.mountShared", &fields).await;
    }
    let paths = ["/shared/{}", "/shared/{}/own.txt"].map(str::to_owned);
    let mounted = ["/shared/{}", "/shared/{}/own.txt"].map(|path| format!("/home/agent_{own}{path}"));
    for path in paths.iter().chain(&mounted) {
        let fields = |name: &str| {
            let path = path.replace("{}", name);
            json!({ "path": path, "from": path, "to": "/home/bob/stolen", "content": "x", "query": "own" })
        };
        // In his own agent's home he may write, and there is nothing else.
        let writes = !path.starts_with("/home");
        let wires = ["fs.read", "fs.stat", "fs.ls", "fs.search", "fs.cp", "fs.mv", "fs.trash", "fs.write", "fs.rm"];
        for wire in wires.into_iter().filter(|wire| writes || !matches!(*wire, "fs.write" | "fs.rm")) {
            same(wire, &fields).await;
        }
    }
    let stolen = json!({ "from": "/shared", "to": "/home/bob/stolen", "recursive": true });
    second.try_call("fs.cp", stolen).await.expect_err("a copy of all there is");
    let rest = world.kernel.rest();
    for path in [format!("/api/v1/fs/shared/{SHARE}/own.txt"), format!("/api/v1/fs/home/agent_{own}/shared/{SHARE}")] {
        let (status, answer) = rest.get(&path, Some(&token)).await;
        assert!(status == 404 && !answer.to_string().contains("private-text"), "{path}: {status} {answer}");
    }

    // The first user changes it while the second looks on.
    second.call("fs.watch", json!({ "path": "/shared" })).await;
    let more = json!({ "path": format!("/shared/{SHARE}/more.txt"), "content": "private-text" });
    world.first.call("fs.write", more).await;
    world.first.call("fs.createShared", json!({ "name": format!("{SHARE}-2"), "ownerPid": world.pid })).await;
    tokio::time::sleep(std::time::Duration::from_millis(400)).await; // grace
    second.call("kernel.status", json!({})).await;
    let overheard: Vec<&Value> = second.events.iter().filter(|event| leaks(&event.to_string())).collect();
    assert!(overheard.is_empty(), "{overheard:?}");
    assert_eq!(second.call("fs.ls", json!({ "path": "/shared" })).await, json!([]));
    let names = world.first.call("fs.listShared", json!({})).await;
    assert_eq!(names.as_array().map(Vec::len), Some(2), "{names}");
}

#[tokio::test]
async fn a_socket_without_a_token_sees_nothing() {
    let mut world = world().await;
    let mut stranger = Client::open(&world.kernel.url, None, "").await;
    let fields = fields(&world);
    for (wire, answer) in try_everything(&mut stranger, &fields).await {
        let answer = match (wire, answer) {
            ("auth.validate", Ok(answer)) => {
                assert!(!answer["valid"].as_bool().unwrap_or_default() && answer["user"].is_null(), "{answer}");
                continue;
            }
            (_, answer) => answer.expect_err(wire),
        };
        assert!(!leaks(&answer.to_string()), "{wire} leaked: {answer}");
    }
    world.first.call("agent.answer", json!({ "pid": world.pid, "reply": "private-text" })).await;
    world.first.wait("process.approval_required", world.pid).await;
    let _ = stranger.try_call("kernel.status", json!({})).await;
    let heard: Vec<&str> = stranger.events.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(heard, ["kernel.ready", "process.list"]);
    assert_eq!(stranger.events[1]["processes"], json!([]));
}

#[tokio::test]
async fn rest_needs_a_sign_in_and_keeps_users_apart() {
    let world = world().await;
    let token = world.kernel.register("bob").await;
    let rest = world.kernel.rest();
    let agent = format!("/api/v1/agents/{}", world.pid);
    let file = format!("/api/v1/fs/home/agent_{}/a.txt", world.pid);
    let resources = format!("/api/v1/resources/{}", world.pid);
    for path in [&agent, &format!("{agent}/timeline"), &resources, &file, "/api/v1/fs/home/ada/own.txt"] {
        let (status, answer) = rest.get(path, None).await;
        assert_eq!(status, 401, "{path}: {answer}");
        let (status, answer) = rest.get(path, Some(&token)).await;
        assert!(matches!(status, 403 | 404), "{path}: {status} {answer}");
        assert!(!leaks(&answer.to_string()), "{path}: {answer}");
    }
    let (status, answer) = rest.get("/api/v1/agents", Some(&token)).await;
    assert_eq!((status, &answer["data"]), (200, &json!([])));
    for path in ["/api/processes", "/api/v1/system/status", "/api/kernel"] {
        let (_, answer) = rest.get(path, Some(&token)).await;
        assert!(!leaks(&answer.to_string()), "{path}: {answer}");
    }
}
