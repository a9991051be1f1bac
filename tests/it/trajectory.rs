//! What people see of an agent: its trajectory, live and in pages, its process, its approvals and terminals as entities.

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Kernel, Options};
use serde_json::{Value, json};

fn script(_goal: &str, turn: usize) -> (String, Vec<(&'static str, Value)>) {
    match turn {
        0 => {
            let write = json!({ "path": "a.txt", "content": "one two" });
            ("I begin.".to_owned(), vec![("write_file", write)])
        }
        1 => (String::new(), vec![("ask_user", json!({ "question": "Which?" }))]),
        2 => (String::new(), vec![("run_command", json!({ "command": "wc -w < a.txt" }))]),
        _ => (String::new(), vec![("complete", json!({ "summary": "There are 2 words." }))]),
    }
}

async fn kernel() -> (Kernel, CountingModel) {
    let model = CountingModel::start(script).await;
    let options = Options::default().set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url);
    (options.start().await, model)
}

async fn spawn(client: &mut Client) -> u64 {
    let config = json!({ "role": "Counter", "goal": "count", "model": "openai:gpt-4.1", "maxSteps": 9 });
    client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid")
}

/// Waits for a change of an entity of this kind.
async fn changed(client: &mut Client, kind: &str, is: impl Fn(&Value) -> bool) -> Value {
    client.wait_for(kind, |event| event["type"] == "entity.changed" && event["kind"] == kind && is(event)).await
}

#[tokio::test]
async fn a_trajectory_tells_live_what_its_pages_tell_later() {
    let (mut kernel, _model) = kernel().await;
    let mut client = kernel.client().await;
    let mut person = kernel.client().await;
    let pid = spawn(&mut client).await;
    let (mut live, mut approvals): (Vec<Value>, Vec<Value>) = Default::default();
    loop {
        let event = client.event().await.expect("an open socket");
        match (event["type"].as_str(), event["kind"].as_str()) {
            (Some("entity.changed"), Some("trajectory")) => {
                assert_eq!(event["id"], format!("{pid}/{}", event["rev"]), "{event}");
                live.push(event["entity"].clone());
            }
            (Some("entity.changed"), Some("approval")) => approvals.push(event["entity"].clone()),
            (Some("process.approval_required"), _) => {
                person.call("agent.answer", json!({ "pid": pid, "reply": "all of them" })).await;
            }
            (Some("process.reaped"), _) => break,
            _ => {}
        }
    }
    let states: Vec<&Value> = approvals.iter().map(|approval| &approval["state"]).collect();
    assert_eq!(states, ["open", "granted"]);
    assert_eq!(approvals[1]["reply"], "all of them");

    let story: Vec<&str> = live.iter().filter_map(|entry| entry["kind"].as_str()).collect();
    #[rustfmt::skip]
    let expected = [
        "started",
        "thought", "action", "observation",
        "thought", "action", "question", "answer", "observation",
        "thought", "action", "observation",
        "thought", "action", "observation",
        "finished",
    ];
    assert_eq!(story, expected);
    let page = client.call("agent.trajectory", json!({ "pid": pid })).await;
    assert_eq!((&page["entries"], &page["total"]), (&json!(live), &json!(live.len())));

    let thought = &live[1];
    assert_eq!(
        (&thought["text"], &thought["origin"], &thought["step"]),
        (&json!("I begin."), &json!("model"), &json!(1))
    );
    assert_eq!((&thought["inputTokens"], &thought["outputTokens"]), (&json!(90), &json!(10)));
    let cost = thought["costUsd"].as_f64().expect("a cost");
    assert!((cost - 0.000_26).abs() < 1e-9, "{cost}");
    let counted = &live[11];
    assert_eq!((&counted["tool"], &counted["ok"], &counted["step"]), (&json!("run_command"), &json!(true), &json!(3)));
    assert!(counted["text"].as_str().expect("text").contains('2') && counted["durationMs"].is_u64(), "{counted}");
    let end = live.last().expect("an end");
    assert_eq!((&end["outcome"], &end["text"]), (&json!("success"), &json!("There are 2 words.")));

    let newest = client.call("agent.trajectory", json!({ "pid": pid, "limit": 2 })).await;
    assert_eq!(newest["entries"], json!(&live[14..]));
    let before = json!({ "pid": pid, "limit": 2, "before": newest["entries"][0]["n"] });
    assert_eq!(client.call("agent.trajectory", before).await["entries"], json!(&live[12..14]));
    let after = json!({ "pid": pid, "limit": 2, "after": live[0]["n"] });
    assert_eq!(client.call("agent.trajectory", after).await["entries"], json!(&live[1..3]));

    kernel.kill().await;
    let kernel = kernel.again().await;
    let mut client = kernel.client().await;
    assert_eq!(client.call("agent.trajectory", json!({ "pid": pid })).await, page);
    let info = &client.call("process.history", json!({})).await[0];
    assert_eq!((&info["role"], &info["goal"], &info["maxSteps"]), (&json!("Counter"), &json!("count"), &json!(9)));
    assert_eq!((&info["outcome"], &info["summary"]), (&json!("success"), &json!("There are 2 words.")));
    assert_eq!((&info["inputTokens"], &info["outputTokens"]), (&json!(360), &json!(40)));
    assert_eq!(info["lastAction"], "There are 2 words.");
    let times = ["createdAt", "startedAt", "exitedAt"].map(|name| info[name].as_u64().expect(name));
    assert!(times.is_sorted(), "{times:?}");
}

#[tokio::test]
async fn a_process_says_what_it_is_doing_and_a_terminal_that_it_is_there() {
    let (kernel, _model) = kernel().await;
    let mut client = kernel.client().await;
    let pid = spawn(&mut client).await;
    let own = changed(&mut client, "terminal", |event| event["entity"]["pid"] == pid).await;
    let asks = |event: &Value| {
        event["id"].as_str() == Some(&pid.to_string()) && event["entity"]["lastAction"] == "Asks: Which?"
    };
    let process = changed(&mut client, "process", asks).await;
    assert_eq!(process["entity"]["inputTokens"], 180, "{process}");

    let tty = client.call("tty.open", json!({ "pid": pid })).await["ttyId"].clone();
    let opened = changed(&mut client, "terminal", |event| event["id"] == tty).await;
    assert_eq!((&opened["entity"]["pid"], &opened["entity"]["cols"]), (&json!(pid), &json!(120)));
    client.call("process.signal", json!({ "pid": pid, "signal": "SIGKILL" })).await;
    let mut gone = Vec::new();
    while gone.len() < 3 {
        let event =
            client.wait_for("the end", |event| event["type"] == "entity.changed" && event["entity"].is_null()).await;
        gone.push(event["id"].as_str().expect("an id").to_owned());
    }
    let approval = format!("apr_{pid}_1");
    for id in [own["id"].as_str(), tty.as_str(), Some(&approval)] {
        assert!(gone.iter().any(|gone| Some(gone.as_str()) == id), "{id:?} is not among {gone:?}");
    }
}
