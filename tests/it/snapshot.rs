//! Snapshots and forks, over the wire: another agent goes on from what one was, with its files and its history.

use std::cell::Cell;

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Kernel, Options};
use serde_json::{Value, json};

/// Writes a file, asks, writes another one, ends; asked once more than that, it ends again.
fn script(goal: &str, turn: usize) -> (String, Vec<(&'static str, Value)>) {
    let write = |path: &str, content: &str| vec![("write_file", json!({ "path": path, "content": content }))];
    let calls = match (goal, turn) {
        ("work", 0) => {
            let command = "echo begun > begun; while [ ! -e go ]; do sleep 0.05; done; echo ended > ended";
            vec![("run_command", json!({ "command": command }))]
        }
        ("steps", 0) => write("a.txt", "first"),
        ("steps", 1) => vec![("ask_user", json!({ "question": "Go on?" }))],
        ("steps", 2) => write("b.txt", "then"),
        _ => vec![("complete", json!({ "summary": format!("reply {turn}") }))],
    };
    (format!("{goal} {turn}"), calls)
}

fn options(model: &CountingModel) -> Options {
    Options::default().set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url)
}

async fn spawn(client: &mut Client, goal: &str) -> u64 {
    let config = json!({ "role": "Keeper", "goal": goal, "model": "openai:gpt-4.1", "maxSteps": 9 });
    client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid")
}

async fn restore(client: &mut Client, id: &Value) -> u64 {
    client.call("snapshot.restore", json!({ "snapshotId": id })).await["newPid"].as_u64().expect("a pid")
}

async fn read(client: &mut Client, pid: u64, name: &str) -> Option<String> {
    let answer = client.try_call("fs.read", json!({ "path": format!("/home/agent_{pid}/{name}") })).await;
    answer.ok().map(|file| file["content"].as_str().expect("text").to_owned())
}

/// Waits until it is told that the agent was restored, and the agent asks; either may come first.
async fn told_and_asked(client: &mut Client, id: &Value, pid: u64) {
    let (told, asked) = (Cell::new(false), Cell::new(false));
    let both = |event: &Value| {
        let is_told = event["type"] == "snapshot.restored" && event["newPid"] == pid && event["snapshotId"] == *id;
        told.set(told.get() || is_told);
        asked.set(asked.get() || event["type"] == "process.approval_required" && event["pid"] == pid);
        told.get() && asked.get()
    };
    client.wait_for("the restored agent's question", both).await;
}

/// Answers what the agent asks, and waits until it has ended well.
async fn answer(client: &mut Client, pid: u64) {
    client.call("agent.answer", json!({ "pid": pid, "reply": "yes" })).await;
    let exit = client.wait("process.exit", pid).await;
    assert_eq!(exit["code"], 0, "{exit}");
}

#[tokio::test]
async fn a_restored_agent_goes_on_with_its_files_and_its_history() {
    let model = CountingModel::start(script).await;
    let mut kernel = options(&model).start().await;
    let token = kernel.register("ada").await;
    let mut client = kernel.client_of(&token).await;
    let pid = spawn(&mut client, "steps").await;
    client.wait("process.approval_required", pid).await;
    let taken = client.call("snapshot.create", json!({ "pid": pid, "description": "before" })).await;
    let told = client.wait_for("the snapshot", |event| event["type"] == "snapshot.created").await;
    assert_eq!(told["snapshot"], taken);
    assert!(taken["id"].as_str().is_some_and(|id| id.starts_with(&format!("snap_{pid}_"))), "{taken}");
    assert_eq!((&taken["pid"], &taken["description"]), (&json!(pid), &json!("before")));
    let change = json!({ "path": format!("/home/agent_{pid}/a.txt"), "content": "second" });
    client.call("fs.write", change).await;

    // The kernel may be killed between the two.
    kernel.kill().await;
    kernel = kernel.again().await;
    let mut client = kernel.client_of(&token).await;
    assert_eq!(client.call("snapshot.list", json!({ "pid": pid })).await, json!([taken]));
    let new = restore(&mut client, &taken["id"]).await;
    assert!(new > pid);
    told_and_asked(&mut client, &taken["id"], new).await;
    assert_eq!(read(&mut client, new, "a.txt").await.as_deref(), Some("first"));
    assert_eq!(read(&mut client, pid, "a.txt").await.as_deref(), Some("second"));
    let info = client.call("process.info", json!({ "pid": new })).await;
    assert_eq!(
        (&info["forkedFrom"], &info["ppid"], &info["goal"], &info["role"], &info["maxSteps"]),
        (&json!(pid), &json!(0), &json!("steps"), &json!("Keeper"), &json!(9))
    );
    let asked = model.asked();
    answer(&mut client, new).await;
    assert_eq!(read(&mut client, new, "b.txt").await.as_deref(), Some("then"));
    assert_eq!(read(&mut client, pid, "b.txt").await, None, "the first one still waits");
    let times = |model: &CountingModel, turn| model.asked().get(&("steps".to_owned(), turn)).copied().unwrap_or(0);
    assert_eq!((times(&model, 0), times(&model, 1)), (1, 1), "what was answered before is not asked again: {asked:?}");
    assert_eq!((times(&model, 2), times(&model, 3)), (1, 1), "the model heard of all that was before");

    let trajectory = client.call("agent.trajectory", json!({ "pid": new })).await;
    let entries = trajectory["entries"].as_array().expect("entries");
    assert!(
        entries.iter().any(|entry| entry["text"] == format!("Goes on from a snapshot of agent_{pid}.")),
        "{entries:?}"
    );
    assert_eq!(entries[0]["kind"], "started");
    let timeline = client.call("agent.timeline", json!({ "pid": new })).await.to_string();
    assert!(timeline.contains("first") && timeline.contains("then"), "{timeline}");

    // One that has ended goes on as well.
    let ended = client.call("snapshot.create", json!({ "pid": new })).await;
    let after = restore(&mut client, &ended["id"]).await;
    assert_eq!(client.wait("process.exit", after).await["code"], 0);
    assert_eq!(times(&model, 4), 1, "it was asked with all the history");
    assert_eq!(read(&mut client, after, "b.txt").await.as_deref(), Some("then"));
    answer(&mut client, pid).await;
    client.call("snapshot.delete", json!({ "snapshotId": taken["id"] })).await;
    let gone = client.wait_for("the deletion", |event| event["type"] == "snapshot.deleted").await;
    assert_eq!(gone["snapshotId"], taken["id"]);
    let refused = client.try_call("snapshot.restore", json!({ "snapshotId": taken["id"] })).await.expect_err("deleted");
    assert_eq!(refused["code"], "not_found");
    assert_eq!(client.call("snapshot.list", json!({})).await, json!([ended]));
}

#[tokio::test]
async fn a_fork_and_its_original_go_on_side_by_side() {
    let model = CountingModel::start(script).await;
    let kernel = options(&model).start().await;
    let mut client = kernel.client().await;
    let pid = spawn(&mut client, "steps").await;
    client.wait("process.approval_required", pid).await;
    let forked = client.call("snapshot.fork", json!({ "pid": pid })).await["newPid"].as_u64().expect("a pid");
    client.wait("process.approval_required", forked).await;
    let info = client.call("process.info", json!({ "pid": forked })).await;
    assert_eq!((&info["ppid"], &info["forkedFrom"]), (&json!(pid), &json!(pid)));
    let change = json!({ "path": format!("/home/agent_{forked}/a.txt"), "content": "its own" });
    client.call("fs.write", change).await;
    assert_eq!(read(&mut client, pid, "a.txt").await.as_deref(), Some("first"));
    answer(&mut client, forked).await;
    answer(&mut client, pid).await;
    assert_eq!(client.call("snapshot.list", json!({})).await, json!([]), "a fork leaves none");
    assert_eq!(blobs(&kernel), 0);
    let refused = client.try_call("snapshot.fork", json!({ "pid": 4_000 })).await.expect_err("there is none");
    assert_eq!((&refused["code"], &refused["error"]), (&json!("not_found"), &json!("Process 4000 not found")));
}

#[tokio::test]
async fn a_command_that_runs_is_held_and_told_as_interrupted() {
    let model = CountingModel::start(script).await;
    let kernel = options(&model).start().await;
    let mut client = kernel.client().await;
    let pid = spawn(&mut client, "work").await;
    client.call("fs.watch", json!({ "path": format!("/home/agent_{pid}") })).await;
    if read(&mut client, pid, "begun").await.is_none() {
        let path = format!("/home/agent_{pid}/begun");
        client.wait_for("the command", |event| event["type"] == "fs.changed" && event["path"] == path.as_str()).await;
    }
    let taken = client.call("snapshot.create", json!({ "pid": pid })).await;
    let new = restore(&mut client, &taken["id"]).await;
    assert_eq!(client.wait("process.exit", new).await["code"], 0);
    assert_eq!(read(&mut client, new, "ended").await, None);
    let trajectory = client.call("agent.trajectory", json!({ "pid": new })).await.to_string();
    assert!(trajectory.contains("Interrupted"), "{trajectory}");
    // The first one was let go, and notices nothing.
    client.call("fs.write", json!({ "path": format!("/home/agent_{pid}/go"), "content": "" })).await;
    assert_eq!(client.wait("process.exit", pid).await["code"], 0);
    assert_eq!(read(&mut client, pid, "ended").await.as_deref(), Some("ended\n"));
}

#[tokio::test]
async fn the_older_routes_answer_as_they_did() {
    let model = CountingModel::start(script).await;
    let kernel = options(&model).start().await;
    let token = kernel.register("ada").await;
    let (mut client, rest) = (kernel.client_of(&token).await, kernel.rest());
    let pid = spawn(&mut client, "steps").await;
    client.wait("process.approval_required", pid).await;
    let (status, taken) = rest.json("POST", &format!("/api/snapshots/{pid}"), &token, Vec::new()).await;
    assert_eq!((status, &taken["description"]), (200, &json!(format!("Snapshot of PID {pid}"))), "{taken}");
    for path in ["/api/snapshots".to_owned(), format!("/api/snapshots/{pid}")] {
        assert_eq!(rest.get(&path, Some(&token)).await, (200, json!([taken])), "{path}");
    }
    assert_eq!(rest.get("/api/snapshots/4000", Some(&token)).await, (200, json!([])));
    let id = taken["id"].as_str().expect("an id");
    let stranger = kernel.register("bob").await;
    let (status, _) = rest.json("DELETE", &format!("/api/snapshots/{id}"), &stranger, Vec::new()).await;
    assert_eq!(status, 404);
    let (status, restored) = rest.json("POST", &format!("/api/snapshots/{id}/restore"), &token, Vec::new()).await;
    assert_eq!(status, 200, "{restored}");
    client.wait("process.approval_required", restored["newPid"].as_u64().expect("a pid")).await;
    let deleted = rest.json("DELETE", &format!("/api/snapshots/{id}"), &token, Vec::new()).await;
    assert_eq!(deleted, (200, json!({ "ok": true })));
    let (status, refused) = rest.json("DELETE", &format!("/api/snapshots/{id}"), &token, Vec::new()).await;
    assert_eq!((status, refused), (404, json!({ "error": format!("Snapshot {id} not found") })));
}

#[tokio::test]
async fn what_a_user_kept_goes_with_the_user() {
    let model = CountingModel::start(script).await;
    let kernel = options(&model).start().await;
    let token = kernel.register("ada").await;
    let mut client = kernel.client_of(&token).await;
    let pid = spawn(&mut client, "steps").await;
    client.wait("process.approval_required", pid).await;
    client.call("snapshot.create", json!({ "pid": pid })).await;
    assert!(blobs(&kernel) > 0);
    let me = client.call("auth.me", json!({})).await["user"]["id"].clone();
    let mut admin = kernel.client().await;
    assert_eq!(admin.call("snapshot.list", json!({})).await.as_array().map(Vec::len), Some(1));
    admin.call("user.delete", json!({ "userId": me })).await;
    assert_eq!(admin.call("snapshot.list", json!({})).await, json!([]));
    assert_eq!(blobs(&kernel), 0);
}

/// Killed at a point while something is done, the kernel starts again as if that had never been begun.
async fn nothing_half_is_left(point: &str, wire: &str) {
    let model = CountingModel::start(script).await;
    let kernel = options(&model).faulty().set("AETHER_FAULT_POINT", &format!("{point}:1")).start().await;
    let token = kernel.admin().await;
    let mut client = kernel.client_of(&token).await;
    let pid = spawn(&mut client, "steps").await;
    client.wait("process.approval_required", pid).await;
    let mut kept = json!([]);
    if wire == "snapshot.restore" {
        kept = json!([client.call("snapshot.create", json!({ "pid": pid })).await]);
    }
    let fields = json!({ "pid": pid, "snapshotId": kept[0]["id"] });
    client.try_call(wire, fields).await.expect_err("it is killed");
    let mut kernel = kernel;
    assert!(!kernel.ended().await.success(), "{point} was passed");
    let kernel = kernel.again_with(|options| options.unset("AETHER_FAULT_POINT")).await;
    let mut client = kernel.client_of(&token).await;
    assert_eq!(client.call("snapshot.list", json!({})).await, kept, "{point}");
    assert_eq!(blobs(&kernel) > 0, kept != json!([]), "{point}");
    let living = client.call("process.list", json!({})).await;
    assert_eq!(living.as_array().map(Vec::len), Some(1), "{point}: {living}");
    let homes = std::fs::read_dir(kernel.path().join("home")).expect("homes");
    let agents = homes.flatten().filter(|home| home.file_name().to_string_lossy().starts_with("agent_"));
    assert_eq!(agents.count(), 1, "{point}");
    // All of it works now.
    let id = match kept[0]["id"].clone() {
        Value::Null => client.call("snapshot.create", json!({ "pid": pid })).await["id"].clone(),
        id => id,
    };
    let new = restore(&mut client, &id).await;
    client.wait("process.approval_required", new).await;
    assert_eq!(read(&mut client, new, "a.txt").await.as_deref(), Some("first"));
}

fn blobs(kernel: &Kernel) -> usize {
    std::fs::read_dir(kernel.path().join("var/snapshots/blobs")).expect("the blobs").count()
}

#[tokio::test]
async fn a_kill_while_one_is_taken_leaves_nothing() {
    nothing_half_is_left("snapshot-part", "snapshot.create").await;
    nothing_half_is_left("snapshot-captured", "snapshot.create").await;
}

#[tokio::test]
async fn a_kill_while_one_is_restored_leaves_nothing() {
    nothing_half_is_left("snapshot-home", "snapshot.restore").await;
    nothing_half_is_left("snapshot-home", "snapshot.fork").await;
}
