//! Policies over the wire: who makes them, and what they keep from a user's agents.

use aether_tests::{Client, Kernel, Options};
use serde_json::{Value, json};

async fn id(client: &mut Client) -> String {
    client.call("auth.me", json!({})).await["user"]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn routes_of_policies() {
    let kernel = Kernel::start().await;
    let (rest, root) = (kernel.rest(), kernel.admin().await);
    let (owner, bob) = (kernel.register("ada").await, kernel.register("bob").await);
    let own = Some(owner.as_str());
    let (mut client, mut second) = (kernel.client_of(&owner).await, kernel.client_of(&bob).await);
    let (me, stranger) = (id(&mut client).await, id(&mut second).await);
    client.call("org.create", json!({ "name": "acme" })).await;
    let policies = "/api/v1/permissions";
    let deny = json!({ "subject": "role:owner", "action": "tool.*.execute", "resource": "run_*", "effect": "deny" });
    assert_eq!(rest.post(policies, own, &deny).await.0, 403);
    assert_eq!(rest.get(policies, own).await.0, 403);
    let (status, policy) = rest.post(policies, Some(&root), &deny).await;
    assert_eq!((status, &policy["data"]["effect"]), (201, &json!("deny")), "{policy}");
    assert!(policy["data"]["created_at"].is_u64() && policy["data"]["created_by"].is_string(), "{policy}");
    assert_eq!(
        rest.get(&format!("{policies}?subject=role:owner"), Some(&root)).await.1["data"],
        json!([policy["data"]])
    );
    assert_eq!(rest.get(&format!("{policies}?subject=role:admin"), Some(&root)).await.1["data"], json!([]));
    for (resource, allowed) in [("run_command", false), ("read_file", false)] {
        let check = json!({ "userId": me, "action": format!("tool.{resource}.execute"), "resource": resource });
        let answer = rest.post(&format!("{policies}/check"), own, &check).await;
        assert_eq!(answer, (200, json!({ "data": { "allowed": allowed } })));
    }
    let other = json!({ "userId": stranger, "action": "*", "resource": "*" });
    assert_eq!(rest.post(&format!("{policies}/check"), own, &other).await.0, 404, "only of oneself");
    let of_stranger = rest.post(&format!("{policies}/check"), Some(&root), &other).await;
    assert_eq!(of_stranger, (200, json!({ "data": { "allowed": true } })));
    let path = format!("{policies}/{}", policy["data"]["id"].as_str().expect("an id"));
    assert_eq!(rest.delete(&path, Some(&root)).await, (200, json!({ "data": { "deleted": true } })));
    assert_eq!(rest.delete(&path, Some(&root)).await.0, 404);
    for bad in [
        json!({ "subject": "probe", "action": "*", "resource": "*", "effect": "deny" }),
        json!({ "subject": "role:owner", "action": "probe", "resource": "*", "effect": "deny" }),
        json!({ "subject": "role:owner", "action": "*", "resource": "", "effect": "deny" }),
        json!({ "subject": "role:owner", "action": "*", "resource": "*", "effect": "perhaps" }),
    ] {
        assert_eq!(rest.post(policies, Some(&root), &bad).await.0, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_policy_keeps_tools_and_models_from_agents() {
    let scenarios = tempfile::tempdir().expect("a folder");
    let write = |path: &str| json!({ "tool": "write_file", "arguments": { "path": path, "content": "x" } });
    let turns = json!({ "turns": [
        { "calls": [write("first.txt")] },
        { "calls": [{ "tool": "list_files", "arguments": {} }] },
        { "calls": [{ "tool": "complete", "arguments": { "summary": "done" } }] },
    ] });
    std::fs::write(scenarios.path().join("writes.json"), turns.to_string()).expect("written");
    let options = Options::default().set("AETHER_SCENARIOS", &scenarios.path().display().to_string());
    let kernel = options.start().await;
    let mut root = kernel.client().await;
    let (ada, bob) = (kernel.register("ada").await, kernel.register("bob").await);
    let (mut ada, mut bob) = (kernel.client_of(&ada).await, kernel.client_of(&bob).await);
    let subject = format!("user:{}", id(&mut ada).await);
    let grant =
        |action: &str, effect: &str| json!({ "subject": subject, "action": action, "resource": "*", "effect": effect });
    root.call("permission.grant", grant("*", "allow")).await;
    let denied = root.call("permission.grant", grant("tool.write_*.execute", "deny")).await;
    let told = root.wait_for("the policy", |event| event["policy"]["id"] == denied["id"]).await;
    assert_eq!((&told["type"], &told["policy"]), (&json!("permission.granted"), &denied));
    let config = json!({ "config": { "role": "Bound", "goal": "write", "model": "scripted:writes.json" } });
    let pid = ada.call("process.spawn", config.clone()).await["pid"].as_u64().expect("a pid");
    ada.wait("process.exit", pid).await;
    let trajectory = ada.call("agent.trajectory", json!({ "pid": pid })).await;
    let seen: Vec<(&Value, &Value)> = trajectory["entries"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|entry| entry["kind"] == "observation")
        .map(|entry| (&entry["tool"], &entry["ok"]))
        .collect();
    assert_eq!(
        seen[..2],
        [(&json!("write_file"), &json!(false)), (&json!("list_files"), &json!(true))],
        "{trajectory}"
    );
    assert!(trajectory.to_string().contains("a policy does not allow the tool write_file"), "{trajectory}");
    assert!(!kernel.home(pid).join("first.txt").exists());

    let model = root.call("permission.grant", grant("llm.scripted.use", "deny")).await;
    let refusal = ada.try_call("process.spawn", config.clone()).await.expect_err("no model");
    assert_eq!(refusal["code"], "forbidden", "{refusal}");
    bob.call("process.spawn", config.clone()).await;
    for policy in [&denied, &model] {
        root.call("permission.revoke", json!({ "policyId": policy["id"] })).await;
    }
    let pid = ada.call("process.spawn", config).await["pid"].as_u64().expect("a pid");
    ada.wait("process.exit", pid).await;
    assert!(kernel.home(pid).join("first.txt").exists());
    assert!(!ada.events.iter().any(|event| event["type"].as_str().is_some_and(|t| t.starts_with("permission."))));
}

#[tokio::test]
async fn a_policy_keeps_paths_from_agents_whatever_they_are_called() {
    let scenarios = tempfile::tempdir().expect("a folder");
    let write = |path: &str| json!({ "tool": "write_file", "arguments": { "path": path, "content": "x" } });
    let turns = json!({ "turns": [
        { "calls": [write("secret/first.txt")] },
        { "calls": [write("/home/root/secret/second.txt")] },
        { "calls": [write("open/../secret/third.txt")] },
        { "calls": [write("open/fourth.txt")] },
        { "calls": [{ "tool": "complete", "arguments": { "summary": "done" } }] },
    ] });
    std::fs::write(scenarios.path().join("paths.json"), turns.to_string()).expect("written");
    let options = Options::default().set("AETHER_SCENARIOS", &scenarios.path().display().to_string());
    let kernel = options.start().await;
    let mut root = kernel.client().await;
    let token = kernel.register("ada").await;
    let mut ada = kernel.client_of(&token).await;
    let subject = format!("user:{}", id(&mut ada).await);
    let mut grant = async |action: &str, resource: &str, effect: &str| {
        let policy = json!({ "subject": subject, "action": action, "resource": resource, "effect": effect });
        root.call("permission.grant", policy).await
    };
    grant("*", "*", "allow").await;
    grant("fs.*.write", "/home/agent_*/secret/*", "deny").await;
    let config = json!({ "config": { "role": "Bound", "goal": "write", "model": "scripted:paths.json" } });
    let pid = ada.call("process.spawn", config).await["pid"].as_u64().expect("a pid");
    ada.wait("process.exit", pid).await;
    for (path, there) in
        [("secret/first", false), ("secret/second", false), ("secret/third", false), ("open/fourth", true)]
    {
        assert_eq!(kernel.home(pid).join(format!("{path}.txt")).exists(), there, "{path}");
    }
    let trajectory = ada.call("agent.trajectory", json!({ "pid": pid })).await.to_string();
    assert!(trajectory.contains("a policy does not allow to write"), "{trajectory}");
    // A person is bound by none.
    let path = format!("/home/agent_{pid}/secret/own.txt");
    ada.call("fs.write", json!({ "path": path, "content": "x" })).await;
}

#[tokio::test]
async fn a_model_that_is_taken_away_is_not_asked_again() {
    let scenarios = tempfile::tempdir().expect("a folder");
    let turns = json!({ "turns": [
        { "calls": [{ "tool": "ask_user", "arguments": { "question": "go on?" } }] },
        { "calls": [{ "tool": "complete", "arguments": { "summary": "done" } }] },
    ] });
    std::fs::write(scenarios.path().join("asks.json"), turns.to_string()).expect("written");
    let options = Options::default().set("AETHER_SCENARIOS", &scenarios.path().display().to_string());
    let kernel = options.start().await;
    let mut root = kernel.client().await;
    let token = kernel.register("ada").await;
    let mut ada = kernel.client_of(&token).await;
    let subject = format!("user:{}", id(&mut ada).await);
    let config = json!({ "config": { "role": "Bound", "goal": "ask", "model": "scripted:asks.json" } });
    let pid = ada.call("process.spawn", config).await["pid"].as_u64().expect("a pid");
    ada.wait("process.approval_required", pid).await;
    let deny = json!({ "subject": subject, "action": "llm.scripted.use", "resource": "*", "effect": "deny" });
    root.call("permission.grant", deny).await;
    ada.call("agent.answer", json!({ "pid": pid, "reply": "yes" })).await;
    let says = "a policy does not allow you the models of scripted";
    let is_told = |event: &Value| event["entity"]["waitingFor"].as_str().is_some_and(|reason| reason.contains(says));
    let told = ada.wait_for("why it waits", is_told).await;
    assert_eq!(told["entity"]["state"], "paused", "{told}");
}

#[tokio::test]
async fn a_policy_has_a_person_asked_for_models_tools_and_paths() {
    let scenarios = tempfile::tempdir().expect("a folder");
    let write = |path: &str| json!({ "tool": "write_file", "arguments": { "path": path, "content": "x" } });
    let turns = json!({ "turns": [
        { "calls": [write("first.txt")] },
        { "calls": [write("second.txt")] },
        { "calls": [{ "tool": "mkdir", "arguments": { "path": "asked" } }] },
        { "calls": [{ "tool": "rm", "arguments": { "path": "first.txt" } }] },
        { "calls": [{ "tool": "complete", "arguments": { "summary": "done" } }] },
    ] });
    std::fs::write(scenarios.path().join("asks.json"), turns.to_string()).expect("written");
    let options = Options::default().set("AETHER_SCENARIOS", &scenarios.path().display().to_string());
    let kernel = options.start().await;
    let mut root = kernel.client().await;
    let token = kernel.register("ada").await;
    let mut ada = kernel.client_of(&token).await;
    let subject = format!("user:{}", id(&mut ada).await);
    for (action, resource, effect) in [
        ("*", "*", "allow"),
        ("llm.scripted.use", "*", "ask"),
        ("tool.write_file.execute", "*", "ask"),
        ("fs.*.write", "/home/agent_*/asked", "ask"),
        ("tool.rm.execute", "*", "ask"),
        ("tool.rm.execute", "*", "deny"),
    ] {
        let policy = json!({ "subject": subject, "action": action, "resource": resource, "effect": effect });
        assert_eq!(root.call("permission.grant", policy).await["effect"], effect);
    }
    let config = json!({ "config": { "role": "Bound", "goal": "write", "model": "scripted:asks.json" } });
    let pid = ada.call("process.spawn", config).await["pid"].as_u64().expect("a pid");
    let home = kernel.home(pid);
    for (action, details, granted) in [
        ("the models of scripted", "asks.json", true),
        ("the tool write_file", "first.txt", true),
        ("the tool write_file", "second.txt", false),
        ("/asked, which a policy asks about", "mkdir", true),
    ] {
        let asked = ada.wait("process.approval_required", pid).await;
        assert!(asked["action"].as_str().expect("text").contains(action), "{asked}");
        assert!(asked["details"].as_str().expect("text").contains(details), "it shows what will run: {asked}");
        // Nothing has run that was not shown yet.
        assert!(!home.join(details).exists() && !home.join("asked").exists(), "{asked}");
        let wire = if granted { "process.approve" } else { "process.reject" };
        ada.call(wire, json!({ "pid": pid, "approvalId": asked["approvalId"] })).await;
    }
    // The last was denied, whatever asks beside: nobody was asked, and the file is there.
    let next = ada
        .wait_for("a question or the end", |event| {
            event["pid"] == pid
                && ["process.exit", "process.approval_required"].iter().any(|wire| event["type"] == *wire)
        })
        .await;
    assert_eq!(next["type"], "process.exit", "{next}");
    let there = ["first.txt", "second.txt", "asked"].map(|name| home.join(name).exists());
    assert_eq!(there, [true, false, true]);
    let trajectory = ada.call("agent.trajectory", json!({ "pid": pid })).await.to_string();
    assert!(trajectory.contains("a policy does not allow the tool rm"), "{trajectory}");
}
