//! What goes wrong around the kernel: a full disk, a locked database, a provider that is away. Each is reported, and
//! nothing that was acknowledged is lost.

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Options, PATIENCE};
use rusqlite::Connection;
use serde_json::{Value, json};

/// Completes at once.
fn done(_: &str, _: usize) -> (String, Vec<(&'static str, Value)>) {
    (String::new(), vec![("complete", json!({ "summary": "ended" }))])
}

fn options(model: &CountingModel) -> Options {
    Options::default().set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url)
}

fn agent(goal: &str) -> Value {
    json!({ "config": { "role": "a", "goal": goal, "model": "openai:gpt-4.1" } })
}

/// Writes files of this size until one is refused; gives how many were kept, and the refusal.
async fn fill(client: &mut Client, prefix: &str, size: usize) -> (usize, Value) {
    let content = "x".repeat(size);
    for n in 0.. {
        let fields = json!({ "path": format!("/home/admin/{prefix}{n}.txt"), "content": content });
        if let Err(error) = client.try_call("fs.write", fields).await {
            return (n, error);
        }
    }
    unreachable!("no disk is that large")
}

#[tokio::test]
async fn a_full_disk_is_reported_and_what_was_acknowledged_stays() {
    let model = CountingModel::start(done).await;
    let kernel = options(&model).on_a_disk_of(24 * 1024 * 1024).start().await;
    let mut client = kernel.client().await;
    let first = client.call("process.spawn", agent("before")).await["pid"].as_u64().expect("a pid");
    client.wait("process.reaped", first).await;
    let (kept, refusal) = fill(&mut client, "large", 1024 * 1024).await;
    assert!(kept > 3, "{refusal}");
    for text in [&refusal["code"], &refusal["error"]] {
        assert!(matches!(text.as_str(), Some(text) if text == "unavailable" || text.contains("full")), "{refusal}");
    }
    fill(&mut client, "small", 16 * 1024).await;
    fill(&mut client, "tiny", 1024).await;

    // The database needs room as well.
    let refused = loop {
        // Each takes some room, until there is none.
        if let Err(refused) = client.try_call("process.spawn", agent(&"long ".repeat(10_000))).await {
            break refused;
        }
    };
    assert_eq!(refused["code"], "unavailable", "{refused}");
    assert!(refused["error"].as_str().expect("text").contains("disk is full"), "{refused}");
    for n in 0..kept {
        let read = client.call("fs.read", json!({ "path": format!("/home/admin/large{n}.txt") })).await;
        assert_eq!(read["size"], 1024 * 1024, "large{n} was acknowledged");
    }
    assert_eq!(client.call("process.info", json!({ "pid": first })).await["exitCode"], 0);

    for n in 0..kept {
        client.call("fs.rm", json!({ "path": format!("/home/admin/large{n}.txt") })).await;
    }
    let second = client.call("process.spawn", agent("after")).await["pid"].as_u64().expect("a pid");
    assert_eq!(client.wait("agent.completed", second).await["summary"], "ended");
}

#[tokio::test]
async fn a_locked_database_is_reported_and_agents_wait_for_it() {
    let model = CountingModel::start(|goal, turn| match (goal, turn) {
        ("wait for it", 0) => (String::new(), vec![("run_command", json!({ "command": "sleep 1; echo ran" }))]),
        _ => done(goal, turn),
    })
    .await;
    let kernel = options(&model).start().await;
    let mut client = kernel.client().await;
    let pid = client.call("process.spawn", agent("wait for it")).await["pid"].as_u64().expect("a pid");
    client.wait("agent.action", pid).await;
    let other = Connection::open(kernel.path().join("var/kernel.db")).expect("a second program");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let refused = client.try_call("process.spawn", agent("now")).await.expect_err("locked");
    assert_eq!(refused["code"], "unavailable", "{refused}");
    assert!(refused["error"].as_str().expect("text").contains("locked"), "{refused}");
    other.execute_batch("ROLLBACK").expect("unlocked");
    assert!(client.wait("agent.observation", pid).await["result"].as_str().is_some_and(|text| text.contains("ran")));
    assert_eq!(client.wait("agent.completed", pid).await["summary"], "ended");
    client.call("process.spawn", agent("again")).await;
}

#[tokio::test]
async fn a_provider_that_is_away_holds_the_run_with_its_reason() {
    let model = CountingModel::start(done).await;
    model.go_away();
    let kernel = options(&model).start().await;
    let mut client = kernel.client().await;
    let pid = client.call("process.spawn", agent("be patient")).await["pid"].as_u64().expect("a pid");
    let waiting = tokio::time::timeout(PATIENCE, async {
        loop {
            let info = client.call("process.info", json!({ "pid": pid })).await;
            if info["state"] == "sleeping" {
                return info;
            }
            client.wait("process.stateChange", pid).await;
        }
    });
    let info = waiting.await.expect("it waits");
    let reason = info["waitingFor"].as_str().expect("a reason");
    assert!(reason.contains("openai") && reason.contains("Trying again"), "{reason}");
    model.come_back();
    assert_eq!(client.wait("agent.completed", pid).await["summary"], "ended");
}
