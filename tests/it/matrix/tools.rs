//! An agent against everything its tools reach: its own things, its owner's, and those of another user. Its tools are all
//! it has: it reaches no door, and the rows for agents alone have none.

use std::collections::BTreeSet;

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Options};
use serde_json::{Value, json};

/// Stands in everything that is the other user's.
const OTHERS: &str = "mark-of-another";

/// What a call is to come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It does what it says.
    Done,
    /// A person is asked first.
    Asks,
    /// It is refused, and nobody is asked.
    Refused,
    /// It is not there, whatever the person says: asked or not, it comes to the same for what is another user's and for
    /// what is nobody's.
    Missing,
}

/// The tools that reach something by a path, and how to call them.
const BY_PATH: [&str; 9] = ["read_file", "list_files", "stat", "write_file", "edit_file", "mkdir", "rm", "mv", "cp"];
/// The tools that reach another agent.
const BY_PID: [&str; 6] =
    ["send_message", "request_review", "respond_to_review", "delegate_task", "share_knowledge", "wait_for_agent"];
/// The tools that name nothing.
const OTHER: [&str; 7] =
    ["list_agents", "check_messages", "run_command", "spawn_agent", "think", "ask_user", "complete"];

/// The model plays the calls that the goal lists, one a turn.
fn script(goal: &str, turn: usize) -> (String, Vec<(&'static str, Value)>) {
    let mut lists = serde_json::Deserializer::from_str(goal).into_iter::<Vec<(String, Value)>>();
    let calls = lists.next().and_then(Result::ok).unwrap_or_default();
    let known = || BY_PATH.iter().chain(&BY_PID).chain(&OTHER);
    let name = |wanted: &str| known().copied().find(|name| *name == wanted).expect("a tool");
    match calls.get(turn) {
        Some((tool, arguments)) => (String::new(), vec![(name(tool), arguments.clone())]),
        None => (String::new(), vec![("complete", json!({ "summary": "over" }))]),
    }
}

fn by_path(tool: &str, path: &str) -> Value {
    match tool {
        "write_file" => json!({ "path": path, "content": "taken" }),
        "edit_file" => json!({ "path": path, "old": "own", "new": "taken" }),
        "mkdir" => json!({ "path": format!("{path}.d") }),
        "mv" | "cp" => json!({ "source": path, "destination": "taken.txt" }),
        _ => json!({ "path": path }),
    }
}

fn by_pid(tool: &str, pid: u64) -> Value {
    match tool {
        "send_message" => json!({ "pid": pid, "message": "hello" }),
        "request_review" => json!({ "pid": pid, "subject": "s", "content": "c" }),
        "respond_to_review" => json!({ "pid": pid, "correlation_id": "x", "approved": true, "feedback": "f" }),
        "share_knowledge" => json!({ "pid": pid, "topic": "t", "content": "c" }),
        "wait_for_agent" => json!({ "pid": pid, "wait_seconds": 0 }),
        _ => json!({ "pid": pid, "goal": "g" }),
    }
}

async fn spawn(client: &mut Client, goal: &Value) -> u64 {
    let goal = goal.as_str().map_or_else(|| goal.to_string(), str::to_owned);
    let config = json!({ "role": "Walker", "goal": goal, "model": "openai:gpt-4.1", "maxSteps": 200 });
    client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid")
}

/// The tools that change what their path names, or make it. The others look at it first.
const WRITING: [&str; 4] = ["write_file", "mkdir", "rm", "mv"];

/// Waits until a call has ended. What a person is asked for is refused, except where a yes is to change nothing.
async fn end(client: &mut Client, pid: u64, wanted: End) -> (bool, String) {
    let mut asked = false;
    loop {
        let event = client.wait_for("the end of a call", |event| event["pid"] == pid).await;
        match event["type"].as_str() {
            Some("process.approval_required") => {
                asked = true;
                if wanted == End::Missing {
                    client.call("process.approve", json!({ "pid": pid })).await;
                    continue;
                }
                client.call("process.reject", json!({ "pid": pid, "reason": "stay inside" })).await;
            }
            Some("agent.observation") => return (asked, event["result"].as_str().expect("text").to_owned()),
            Some("process.reaped") => panic!("the agent ended before its calls"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn an_agent_against_everything_its_tools_reach() {
    let model = CountingModel::start(script).await;
    let kernel = Options::default().set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url).start().await;
    let mut ada = kernel.client_of(&kernel.register("ada").await).await;
    let mut bob = kernel.client_of(&kernel.register("bob").await).await;
    let ask = json!([["ask_user", { "question": "?" }], ["ask_user", { "question": "??" }]]);
    let (sibling, his) = (spawn(&mut ada, &ask).await, spawn(&mut bob, &ask).await);
    ada.wait("process.approval_required", sibling).await;
    bob.wait("process.approval_required", his).await;
    let (mut hers, mut his_files) = (Vec::new(), Vec::new());
    for (client, mark, name, pid, files) in
        [(&mut ada, "own", "ada", sibling, &mut hers), (&mut bob, OTHERS, "bob", his, &mut his_files)]
    {
        client.call("fs.createShared", json!({ "name": format!("of-{name}"), "ownerPid": pid })).await;
        *files = vec![
            format!("/home/{name}/own.txt"),
            format!("/home/agent_{pid}/own.txt"),
            format!("/shared/of-{name}/own.txt"),
        ];
        for path in files {
            client.call("fs.write", json!({ "path": path, "content": mark })).await;
        }
    }

    let mut calls: Vec<(&str, Value, End)> = vec![
        ("list_agents", json!({}), End::Done),
        ("check_messages", json!({}), End::Done),
        (
            "run_command",
            json!({ "command": "echo own > own.txt; cat /home/*/* /shared/*/* 2>&1; ls -R /home" }),
            End::Done,
        ),
        ("list_files", json!({ "path": "/" }), End::Done),
    ];
    for tool in BY_PATH {
        calls.push(("write_file", json!({ "path": "own.txt", "content": "own" }), End::Done));
        calls.push((tool, by_path(tool, "own.txt"), End::Done));
        calls.extend(hers.iter().map(|path| (tool, by_path(tool, path), End::Asks)));
        // Only what is shared may be anybody's: whether it is there is not told by a refusal.
        let is_reading = !WRITING.contains(&tool);
        calls.extend(his_files.iter().map(|path| {
            let wanted = if is_reading && path.starts_with("/shared") { End::Missing } else { End::Refused };
            (tool, by_path(tool, path), wanted)
        }));
        if is_reading {
            calls.push((tool, by_path(tool, "/shared/of-none/own.txt"), End::Missing));
        }
        let around = format!("/home/agent_{sibling}/../agent_{his}/own.txt");
        calls.push((tool, by_path(tool, &around), End::Refused));
        calls.push((tool, by_path(tool, "/etc/passwd"), End::Refused));
    }
    for tool in BY_PID {
        // Only who started an agent waits for it.
        let wanted = if tool == "wait_for_agent" { End::Refused } else { End::Done };
        calls.push((tool, by_pid(tool, sibling), wanted));
        calls.push((tool, by_pid(tool, his), End::Refused));
        calls.push((tool, by_pid(tool, 9_999), End::Refused));
    }
    let (own, child) = (his + 1, his + 2);
    calls.push(("spawn_agent", json!({ "role": "Helper", "goal": "end" }), End::Done));
    calls.push(("wait_for_agent", by_pid("wait_for_agent", child), End::Done));
    let goal: Vec<Value> = calls.iter().map(|(tool, arguments, _)| json!([tool, arguments])).collect();
    let pid = spawn(&mut ada, &Value::Array(goal)).await;
    assert_eq!(pid, own);
    let mut faults = Vec::new();
    let mut refusals = Vec::new();
    for (tool, arguments, wanted) in &calls {
        let (asked, result) = end(&mut ada, pid, *wanted).await;
        let refused = ["denied", "not found", "No such", "no such", "is not in", "not exist", "is no child"];
        let was = match asked {
            _ if *wanted == End::Missing && refused.iter().any(|word| result.contains(word)) => End::Missing,
            true => End::Asks,
            false if refused.iter().any(|word| result.contains(word)) => End::Refused,
            false => End::Done,
        };
        // What a command in the sandbox cannot open it says itself.
        if was != *wanted && *tool != "run_command" || result.contains(OTHERS) {
            faults.push(format!("{tool} {arguments}: {was:?}, not {wanted:?}: {result}"));
        }
        if BY_PID.contains(tool) && *wanted == End::Refused && arguments["pid"] != sibling {
            refusals.push((asked, result.replace(&his.to_string(), "9999")));
        }
        if *wanted == End::Missing {
            refusals.push((asked, result.replace("of-bob", "of-none")));
        }
        if *tool == "list_agents" && (result.contains(&format!("pid {his}:")) || !result.contains(&sibling.to_string()))
        {
            faults.push(format!("list_agents told {result}"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    for pair in refusals.chunks(2) {
        assert_eq!(pair[0], pair[1], "what is another user's and what is nobody's look alike");
    }
    // Nothing of the other user's has changed, and nothing was told there.
    for path in &his_files {
        assert_eq!(bob.call("fs.read", json!({ "path": path })).await["content"], OTHERS, "{path}");
    }
    let heard = |event: &&Value| event["pid"] == pid || event.to_string().contains(&format!("agent_{pid}"));
    let overheard: Vec<&Value> = bob.events.iter().filter(heard).collect();
    assert!(overheard.is_empty(), "{overheard:?}");
    let tried: BTreeSet<String> = BY_PATH.iter().chain(&BY_PID).chain(&OTHER).map(|name| (*name).to_owned()).collect();
    assert_eq!(model.offered(), tried, "say in tests/it/matrix/tools.rs what each tool reaches");
}
