//! The main job: an agent reaches its goal with real files in its sandbox, whatever format its model speaks.

use aether_tests::model::FORMATS;
use aether_tests::{Client, Model, Options};
use serde_json::{Value, json};

/// Thinks, writes a file, runs a command on it, reads the result, completes.
fn work() -> Value {
    json!({ "fixtures": [
        reply("count the words", 0, "I will write the text first.", json!([
            { "name": "write_file", "arguments": { "path": "texts/a.txt", "content": "one two three\n" } },
        ])),
        reply("count the words", 1, "Two looks at once.", json!([
            { "name": "list_files", "arguments": { "path": "texts" } },
            { "name": "stat", "arguments": { "path": "texts/a.txt" } },
        ])),
        reply("count the words", 2, "Now I count.", json!([
            { "name": "run_command", "arguments": { "command": "wc -w < texts/a.txt | tee count.txt" } },
        ])),
        reply("count the words", 3, "Done.", json!([
            { "name": "complete", "arguments": { "summary": "There are 3 words." } },
        ])),
    ] })
}

/// A fixture: what the model says as its reply number `turn` to an agent whose goal contains `goal`.
#[allow(clippy::needless_pass_by_value)] // It is written where it is used.
pub fn reply(goal: &str, turn: u32, text: &str, calls: Value) -> Value {
    json!({
        "match": { "userMessage": goal, "turnIndex": turn },
        "response": { "content": text, "toolCalls": calls, "usage": { "prompt_tokens": 90, "completion_tokens": 10 } },
    })
}

/// Deploys an agent and gives its pid.
pub async fn deploy(client: &mut Client, model: &str, goal: &str) -> u64 {
    let config = json!({ "role": "Counter", "goal": goal, "model": model, "maxSteps": 20 });
    let spawned = client.call("process.spawn", json!({ "config": config })).await;
    spawned["pid"].as_u64().expect("a pid")
}

async fn reaches_its_goal(format: &str) {
    let model = Model::start(&work()).await;
    let kernel = model.options(Options::default()).start().await;
    let mut client = kernel.client().await;
    let pid = deploy(&mut client, format, "Please count the words of a text you write.").await;

    let mut events = Vec::new();
    loop {
        let event = client.event().await.expect("an open socket");
        let over = event["type"] == "process.reaped";
        if event["pid"] == pid {
            events.push(event);
        }
        if over {
            break;
        }
    }
    let numbers: Vec<u64> = events.iter().filter_map(|event| event["seq"].as_u64()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "events are in their order: {numbers:?}");
    let names: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    let story: Vec<&str> =
        names.iter().copied().filter(|name| !matches!(*name, "process.stateChange" | "resource.usage")).collect();
    assert_eq!(
        story,
        [
            "process.spawned",
            "agent.thought",
            "agent.progress",
            "agent.thought",
            "agent.action",
            "agent.file_created",
            "agent.observation",
            "agent.progress",
            "agent.thought",
            "agent.action",
            "agent.action",
            "agent.observation",
            "agent.observation",
            "agent.progress",
            "agent.thought",
            "agent.action",
            "agent.observation",
            "agent.progress",
            "agent.thought",
            "agent.action",
            "agent.observation",
            "agent.progress",
            "agent.completed",
            "process.exit",
            "process.reaped",
        ]
    );
    let completed = events.iter().find(|event| event["type"] == "agent.completed").expect("completed");
    assert_eq!((&completed["outcome"], &completed["steps"]), (&json!("success"), &json!(4)));
    assert_eq!(completed["summary"], "There are 3 words.");
    let exit = events.iter().find(|event| event["type"] == "process.exit").expect("an exit");
    assert_eq!(exit["code"], 0);

    let home = kernel.home(pid);
    assert_eq!(std::fs::read_to_string(home.join("texts/a.txt")).expect("a file"), "one two three\n");
    assert_eq!(std::fs::read_to_string(home.join("count.txt")).expect("a file").trim(), "3");
    let read = client.call("fs.read", json!({ "path": format!("/home/agent_{pid}/count.txt") })).await;
    assert_eq!(read["content"].as_str().map(str::trim), Some("3"), "homes are kept");
    let timeline = client.call("agent.timeline", json!({ "pid": pid })).await;
    assert!(timeline["total"].as_u64().expect("a number") >= 15, "{timeline}");
}

#[tokio::test]
async fn an_agent_reaches_its_goal_in_the_format_of_openai() {
    reaches_its_goal(FORMATS[0]).await;
}

#[tokio::test]
async fn an_agent_reaches_its_goal_in_the_format_of_anthropic() {
    reaches_its_goal(FORMATS[1]).await;
}

#[tokio::test]
async fn an_agent_reaches_its_goal_in_the_format_of_gemini() {
    reaches_its_goal(FORMATS[2]).await;
}

#[tokio::test]
async fn an_agent_reaches_its_goal_in_the_format_of_ollama() {
    reaches_its_goal(FORMATS[3]).await;
}

#[tokio::test]
async fn an_agent_without_a_model_is_refused_saying_what_to_set() {
    let kernel = Options::default().set("OLLAMA_HOST", "http://127.0.0.1:1").start().await;
    let mut client = kernel.client().await;
    let refused = client.try_call("process.spawn", json!({ "config": { "role": "a", "goal": "b" } })).await;
    let refused = refused.expect_err("no model");
    assert!(refused["error"].as_str().expect("text").contains("GEMINI_API_KEY"), "{refused}");
}

#[tokio::test]
async fn a_model_that_is_away_holds_the_run_and_it_goes_on_by_itself() {
    let fixtures = json!({ "fixtures": [
        { "match": { "userMessage": "be patient", "turnIndex": 0, "sequenceIndex": 0 },
          "response": { "error": { "message": "overloaded", "type": "server_error" }, "status": 503 } },
        reply("be patient", 0, "Here I am.", json!([{ "name": "complete", "arguments": { "summary": "waited" } }])),
    ] });
    let model = Model::start(&fixtures).await;
    let kernel = model.options(Options::default()).start().await;
    let mut client = kernel.client().await;
    let pid = deploy(&mut client, FORMATS[0], "Please be patient.").await;
    assert_eq!(client.wait("agent.completed", pid).await["summary"], "waited");
}

#[tokio::test]
async fn a_model_that_returns_nonsense_is_told_so_and_the_agent_lives_on() {
    let fixtures = json!({ "fixtures": [
        reply("nonsense", 0, "", json!([
            { "name": "no_such_tool", "arguments": {} },
            { "name": "read_file", "arguments": { "wrong": 1 } },
            { "name": "run_command", "arguments": {} },
        ])),
        reply("nonsense", 1, "", json!([{ "name": "read_file", "arguments": { "path": "" } }])),
        reply("nonsense", 2, "", json!([{ "name": "complete", "arguments": { "summary": "alive" } }])),
    ] });
    let model = Model::start(&fixtures).await;
    let kernel = model.options(Options::default()).start().await;
    let mut client = kernel.client().await;
    let pid = deploy(&mut client, FORMATS[1], "Talk nonsense.").await;
    let unknown = client.wait("agent.observation", pid).await;
    assert!(unknown["result"].as_str().expect("text").contains("no_such_tool"), "{unknown}");
    assert_eq!(client.wait("agent.completed", pid).await["summary"], "alive");
}
