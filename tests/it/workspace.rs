//! Workspaces, over the wire: homes of agents that have ended, listed, measured and removed by who may.

use aether_tests::{Client, Options};
use serde_json::{Value, json};

#[tokio::test]
async fn a_home_is_kept_until_its_owner_removes_it() {
    let mut kernel = Options::default().start().await;
    let (ada, bob) = (kernel.register("ada").await, kernel.register("bob").await);
    let mut client = kernel.client_of(&ada).await;
    let config = json!({ "role": "Coder", "goal": "b", "model": "scripted:tour", "maxSteps": 1 });
    let pid = client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");
    let name = format!("agent_{pid}");
    client.wait("agent.stepLimitReached", pid).await;
    client.call("fs.write", json!({ "path": format!("/home/{name}/kept/a.txt"), "content": "0123456789" })).await;

    assert_eq!(client.call("workspace.list", json!({})).await, json!([]), "its agent has not ended");
    let refused = client.try_call("workspace.cleanup", json!({ "agentName": name })).await.expect_err("it runs");
    assert_eq!(refused["code"], "invalid_state");
    client.call("process.signal", json!({ "pid": pid, "signal": "SIGTERM" })).await;
    client.wait("process.reaped", pid).await;

    kernel.kill().await;
    kernel = kernel.again().await;
    let mut client = kernel.client_of(&ada).await;
    assert_eq!(client.call("workspace.list", json!({})).await, json!([name]));
    let details = client.call("workspace.details", json!({})).await;
    let workspace = &details[0];
    assert_eq!(
        (&workspace["agentName"], &workspace["pid"], &workspace["role"]),
        (&json!(name), &json!(pid), &json!("Coder"))
    );
    assert_eq!(workspace["path"], format!("/home/{name}"));
    assert!(workspace["size"].as_u64().is_some_and(|size| size >= 10), "{workspace}");
    assert!(workspace["entries"].as_u64().is_some_and(|entries| entries >= 2), "{workspace}");
    assert!(
        workspace["endedAt"].as_u64() > Some(1_600_000_000_000) && workspace["ownerUid"].is_string(),
        "{workspace}"
    );

    let mut other = kernel.client_of(&bob).await;
    assert_eq!(other.call("workspace.list", json!({})).await, json!([]));
    assert_eq!(other.call("workspace.details", json!({})).await, json!([]));
    let refused = other.try_call("workspace.cleanup", json!({ "agentName": name })).await.expect_err("not his");
    assert_eq!(refused["code"], "not_found");
    assert_eq!(kernel.client().await.call("workspace.list", json!({})).await, json!([name]), "administrators see all");

    let mut old = Client::compatible(&kernel.url, &ada).await;
    old.call("workspace.list", json!({})).await;
    let is = |wire: &'static str| move |event: &Value| event["type"] == wire;
    assert_eq!(old.wait_for("the list", is("workspace.list")).await["workspaces"], json!([name]));
    assert_eq!(old.call("workspace.cleanup", json!({ "agentName": name })).await, Value::Null);
    let cleaned = old.wait_for("what became of it", is("workspace.cleaned")).await;
    assert_eq!((&cleaned["agentName"], &cleaned["success"]), (&json!(name), &json!(true)));
    let gone = client.wait("process.cleanup", pid).await;
    assert_eq!((&gone["uid"], &gone["cwd"]), (&json!(name), &json!(format!("/home/{name}"))));
    assert!(!kernel.home(pid).exists(), "it is gone from the disk");
    assert_eq!(client.call("workspace.list", json!({})).await, json!([]));
    assert_eq!(client.call("process.info", json!({ "pid": pid })).await["state"], "dead", "its record stays");
    old.try_call("workspace.cleanup", json!({ "agentName": "../agent_2" })).await.expect_err("no name");
    let failed = old.wait_for("what became of it", is("workspace.cleaned")).await;
    assert_eq!(failed["success"], false);
    assert!(!other.events.iter().any(|event| event.to_string().contains(&name)), "{:?}", other.events);
}
