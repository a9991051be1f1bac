//! People and their agents: approvals, pausing, messages, stopping, the queue.

use aether_tests::model::FORMATS;
use aether_tests::{Model, Options, eventually};
use serde_json::json;

use crate::agents::{deploy, reply};

#[tokio::test]
async fn an_approval_is_asked_refused_asked_and_granted() {
    let fixtures = json!({ "fixtures": [
        reply("the shared note", 0, "I try the network.", json!([
            { "name": "run_command", "arguments": { "command": "echo online > online.txt", "network": true } },
        ])),
        reply("the shared note", 1, "Then the shared folder.", json!([
            { "name": "read_file", "arguments": { "path": "/shared/note.txt" } },
        ])),
        reply("the shared note", 2, "", json!([{ "name": "complete", "arguments": { "summary": "read it" } }])),
    ] });
    let model = Model::start(&fixtures).await;
    let kernel = model.options(Options::default()).start().await;
    let mut client = kernel.client().await;
    client.call("fs.write", json!({ "path": "/shared/note.txt", "content": "the note" })).await;
    let pid = deploy(&mut client, FORMATS[2], "Read the shared note.").await;

    let asked = client.wait("process.approval_required", pid).await;
    assert!(asked["action"].as_str().expect("text").contains("network"), "{asked}");
    assert!(asked["details"].as_str().expect("text").contains("echo online > online.txt"), "it shows what will run");
    let open = client.call("agent.approvals", json!({})).await;
    assert_eq!((open.as_array().map(Vec::len), &open[0]["pid"]), (Some(1), &json!(pid)));
    client.call("process.reject", json!({ "pid": pid, "reason": "stay inside" })).await;
    let told = client.wait("agent.observation", pid).await;
    assert!(told["result"].as_str().expect("text").contains("stay inside"), "{told}");
    assert!(!kernel.home(pid).join("online.txt").exists(), "what was refused did not run");

    let asked = client.wait("process.approval_required", pid).await;
    assert!(asked["action"].as_str().expect("text").contains("/shared/note.txt"), "{asked}");
    let stale = json!({ "pid": pid, "approvalId": "apr_0_0" });
    assert!(client.try_call("process.approve", stale).await.is_err(), "only what is open can be approved");
    client.call("process.approve", json!({ "pid": pid, "approvalId": asked["approvalId"] })).await;
    let seen = client.wait("agent.observation", pid).await;
    assert!(seen["result"].as_str().expect("text").contains("the note"), "{seen}");
    assert_eq!(client.wait("agent.completed", pid).await["summary"], "read it");
    assert!(client.try_call("process.approve", json!({ "pid": pid })).await.is_err(), "nothing is open any more");
}

#[tokio::test]
async fn an_agent_is_paused_messaged_resumed_and_stopped_while_a_second_one_queues() {
    let fixtures = json!({ "fixtures": [
        reply("obey", 0, "I begin.", json!([
            { "name": "run_command", "arguments": {
                "command": "while [ ! -e go.txt ]; do sleep 0.02; done; echo over > over.txt",
            } },
        ])),
        reply("write down lemon", 1, "As you say.", json!([
            { "name": "write_file", "arguments": { "path": "said.txt", "content": "lemon" } },
        ])),
        reply("write down lemon", 2, "Now I sleep.", json!([
            { "name": "run_command", "arguments": { "command": "echo $$ > sleeper.txt; sleep 345678", "timeout": 600 } },
        ])),
        reply("come second", 0, "", json!([{ "name": "complete", "arguments": { "summary": "second" } }])),
    ] });
    let model = Model::start(&fixtures).await;
    let kernel = model.options(Options::default()).set("AETHER_MAX_ACTIVE", "1").start().await;
    let mut client = kernel.client().await;
    let first = deploy(&mut client, FORMATS[3], "Just obey.").await;
    let config = json!({ "role": "Waiter", "goal": "You come second.", "model": FORMATS[3] });
    let queued = client.call("process.spawn", json!({ "config": config })).await;
    assert_eq!((&queued["queued"], &queued["position"]), (&json!(true), &json!(1)));
    let second = queued["pid"].as_u64().expect("a pid");

    client.wait("agent.action", first).await;
    client.call("agent.pause", json!({ "pid": first })).await;
    client.wait("agent.paused", first).await;
    let info = client.call("process.info", json!({ "pid": first })).await;
    assert_eq!(info["state"], "paused");
    client.call("agent.message", json!({ "pid": first, "content": "Please write down lemon." })).await;
    std::fs::write(kernel.home(first).join("go.txt"), "").expect("a file");
    client.call("agent.resume", json!({ "pid": first })).await;
    client.wait("agent.file_created", first).await;
    assert_eq!(std::fs::read_to_string(kernel.home(first).join("said.txt")).expect("a file"), "lemon");
    assert!(kernel.home(first).join("over.txt").exists(), "what was frozen went on");

    client.wait("agent.action", first).await;
    eventually("the command", || sleepers() > 0).await;
    client.call("process.signal", json!({ "pid": first, "signal": "SIGKILL" })).await;
    let exit = client.wait("process.exit", first).await;
    assert_eq!(exit["code"], 137);
    client.wait("process.reaped", first).await;
    assert_eq!(sleepers(), 0, "stop is stop: nothing of it is left");
    assert_eq!(client.wait("agent.completed", second).await["summary"], "second");
}

/// Processes of this machine that run the test's own command.
fn sleepers() -> usize {
    let processes = std::fs::read_dir("/proc").expect("processes");
    let commands = processes.flatten().filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    commands.filter(|command| command.starts_with(b"sleep\x00345678")).count()
}

#[tokio::test]
async fn a_question_is_answered_and_steps_are_granted() {
    let fixtures = json!({ "fixtures": [
        reply("my colour", 0, "", json!([{ "name": "ask_user", "arguments": { "question": "Which colour?" } }])),
        reply("my colour", 1, "", json!([{ "name": "complete", "arguments": { "summary": "it is green" } }])),
    ] });
    let model = Model::start(&fixtures).await;
    let kernel = model.options(Options::default()).start().await;
    let mut client = kernel.client().await;
    let config = json!({ "role": "Painter", "goal": "Find out my colour.", "model": FORMATS[0], "maxSteps": 1 });
    let pid = client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");
    let asked = client.wait("process.approval_required", pid).await;
    assert_eq!((&asked["action"], &asked["kind"]), (&json!("Which colour?"), &json!("question")));
    client.call("agent.answer", json!({ "pid": pid, "reply": "green" })).await;
    let seen = client.wait("agent.observation", pid).await;
    assert!(seen["result"].as_str().expect("text").contains("green"), "{seen}");
    client.wait("agent.stepLimitReached", pid).await;
    client.call("agent.continue", json!({ "pid": pid, "extraSteps": 2 })).await;
    assert_eq!(client.wait("agent.completed", pid).await["summary"], "it is green");
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing_that_runs() {
    let kernel = Options::default().start().await;
    let token = kernel.register("ada").await;
    let mut ada = kernel.client_of(&token).await;
    let config = json!({ "role": "a", "goal": "b", "model": "scripted:tour", "maxSteps": 1 });
    let pid = ada.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");
    ada.wait("agent.stepLimitReached", pid).await;
    let mut admin = kernel.client().await;
    let users = admin.call("user.list", json!({})).await;
    let user = users.as_array().expect("users").iter().find(|user| user["username"] == "ada").expect("ada").clone();
    admin.call("user.delete", json!({ "userId": user["id"] })).await;
    assert_eq!(admin.call("process.list", json!({})).await, json!([]), "it ends before the answer");
    assert_eq!(admin.call("process.info", json!({ "pid": pid })).await["exitCode"], 143);
}
