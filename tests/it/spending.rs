//! What agents use, what it costs, how far they may go, and how busy the machine is with them.

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Kernel, Options, within};
use serde_json::{Value, json};

/// Three steps of 100 tokens each, and one that completes.
fn script(_goal: &str, turn: usize) -> (String, Vec<(&'static str, Value)>) {
    match turn {
        0..3 => (String::new(), vec![("think", json!({ "thought": format!("{turn}") }))]),
        _ => (String::new(), vec![("complete", json!({ "summary": "thought it through" }))]),
    }
}

async fn kernel() -> (Kernel, CountingModel) {
    let model = CountingModel::start(script).await;
    let options = Options::default().set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url);
    (options.start().await, model)
}

async fn spawn(client: &mut Client, more: Value) -> u64 {
    let mut config = json!({ "role": "Thinker", "goal": "think", "model": "openai:gpt-4.1" });
    config.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid")
}

#[tokio::test]
async fn what_agents_use_is_told_summed_and_outlives_a_kill() {
    let (mut kernel, _model) = kernel().await;
    let token = kernel.register("ada").await;
    let mut client = kernel.client_of(&token).await;
    let pid = spawn(&mut client, json!({})).await;
    for replies in 1..=4 {
        let event = client.wait("resource.usage", pid).await;
        assert_eq!(event["usage"]["totalInputTokens"], 90 * replies, "{event}");
    }
    client.wait("process.reaped", pid).await;
    let mut said = Vec::new();
    for life in 0..2 {
        if life == 1 {
            kernel.kill().await;
            kernel = kernel.again().await;
            client = kernel.client_of(&token).await;
        }
        let usage = client.call("resource.getUsage", json!({ "pid": pid })).await;
        assert_eq!((&usage["totalInputTokens"], &usage["totalOutputTokens"]), (&json!(360), &json!(40)));
        assert_eq!((&usage["totalSteps"], &usage["provider"]), (&json!(4), &json!("openai")));
        let cost = usage["estimatedCostUSD"].as_f64().expect("a cost");
        assert!((cost - 4.0 * 0.000_26).abs() < 1e-9, "{cost}");
        let summary = client.call("resource.getSummary", json!({})).await;
        assert_eq!(summary, json!([usage]));
        let history = client.call("resource.history", json!({ "days": 2 })).await;
        let day = &history[0];
        assert_eq!((&day["inputTokens"], &day["outputTokens"], &day["agents"]), (&json!(360), &json!(40), &json!(1)));
        assert_eq!(day["day"].as_str().map(str::len), Some(10), "{day}");
        let (status, rest) = kernel.rest().get("/api/v1/resources/summary", Some(&token)).await;
        assert_eq!((status, &rest["data"]), (200, &summary));
        let (status, rest) = kernel.rest().get(&format!("/api/v1/resources/{pid}"), Some(&token)).await;
        assert_eq!((status, &rest["data"]["usage"]), (200, &usage));
        assert_eq!(rest["data"]["quota"]["maxTokensPerSession"], 500_000);
        said.push((usage, history));
    }
    assert_eq!(said[0], said[1], "a kill changes nothing");
    let missing = client.try_call("resource.getUsage", json!({ "pid": 4_000 })).await.expect_err("no such agent");
    assert_eq!(missing["error"], "No usage data for PID 4000");
}

#[tokio::test]
async fn at_a_limit_a_person_decides_whether_the_agent_goes_on() {
    let (kernel, _model) = kernel().await;
    let mut client = kernel.client().await;
    let pid = spawn(&mut client, json!({ "maxTokens": 150 })).await;
    let exceeded = client.wait("resource.exceeded", pid).await;
    assert_eq!(exceeded["usage"]["totalInputTokens"], 180, "{exceeded}");
    let asked = client.wait("process.approval_required", pid).await;
    assert!(asked["action"].as_str().expect("text").contains("200 of the 150 tokens"), "{asked}");
    let details: Value = serde_json::from_str(asked["details"].as_str().expect("text")).expect("JSON");
    let limit = json!({ "limit": "maxTokensPerSession", "allowed": 150.0, "used": 200.0, "budget": "agent" });
    assert_eq!(details, limit);
    client.call("process.approve", json!({ "pid": pid, "approvalId": asked["approvalId"] })).await;
    // Four replies are 400 tokens, and 350 are allowed now: the last is within.
    assert_eq!(client.wait("agent.completed", pid).await["outcome"], "success");

    let refused = spawn(&mut client, json!({ "maxCostUsd": 0.000_5 })).await;
    let asked = client.wait("process.approval_required", refused).await;
    assert!(asked["action"].as_str().expect("text").contains("$0.0005"), "{asked}");
    client.call("process.reject", json!({ "pid": refused, "reason": "too dear" })).await;
    assert_eq!(client.wait("agent.completed", refused).await["outcome"], "timeout");
    client.wait("process.reaped", refused).await;
    let page = client.call("agent.trajectory", json!({ "pid": refused, "limit": 3 })).await;
    let kinds: Vec<&Value> = page["entries"].as_array().expect("entries").iter().map(|entry| &entry["kind"]).collect();
    assert_eq!(kinds, ["approval", "answer", "finished"]);
    assert_eq!(page["entries"][1]["reason"], "too dear");
}

#[tokio::test]
async fn a_kernel_killed_while_it_asks_about_a_limit_asks_again_and_counts_on() {
    let (mut kernel, model) = kernel().await;
    let mut client = kernel.client().await;
    let pid = spawn(&mut client, json!({ "maxTokens": 100 })).await;
    client.wait("process.approval_required", pid).await;
    kernel.kill().await;
    let kernel = kernel.again().await;
    let mut client = kernel.client().await;
    let open = client.call("agent.approvals", json!({})).await;
    assert_eq!(open.as_array().map(Vec::len), Some(1), "{open}");
    client.call("process.approve", json!({ "pid": pid, "approvalId": open[0]["id"] })).await;
    // The first question may be told of once more, as it is asked again.
    let again = |event: &Value| event["type"] == "process.approval_required" && event["action"] != open[0]["action"];
    let next = client.wait_for("the next question", again).await;
    assert!(next["action"].as_str().expect("text").contains("200 of the 200 tokens"), "{next}");
    let quota = client.call("resource.setQuota", json!({ "pid": pid, "quota": { "maxTokensPerSession": 900 } })).await;
    assert_eq!((&quota["maxTokensPerSession"], &quota["maxTokensPerDay"]), (&json!(900), &json!(2_000_000)));
    assert_eq!(client.call("resource.getQuota", json!({ "pid": pid })).await, quota);
    // Nobody has to say so beside: what it waited for is there.
    assert_eq!(client.wait("agent.completed", pid).await["outcome"], "success");
    assert!(model.asked().values().all(|times| *times == 1), "nothing was asked for twice");
}

#[tokio::test]
async fn a_busy_agent_is_seen_to_be_busy_and_the_machine_has_figures() {
    let model = CountingModel::start(|_, _| {
        let burn = "a=$(head -c 30000000 /dev/zero | tr '\\0' x); (while :; do :; done) & while :; do :; done";
        (String::new(), vec![("run_command", json!({ "command": burn, "timeout": 300 }))])
    })
    .await;
    let options = Options::default().set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url);
    let kernel = options.start().await;
    let mut client = kernel.client().await;
    let pid = spawn(&mut client, json!({})).await;
    // What the shell holds counts, too; it works before it holds that much.
    let busy = client.wait_for("a busy kernel", |event| {
        let uses = |what: &str, much| event[what].as_f64() > Some(much);
        event["type"] == "kernel.metrics" && uses("cpuPercent", 1.0) && uses("memoryMB", 20.0)
    });
    let busy = busy.await;
    let info = client.call("process.info", json!({ "pid": pid })).await;
    assert!(info["cpuPercent"].as_f64() > Some(1.0) && info["memoryMB"].as_f64() > Some(20.0), "{info}");

    let history = client.call("kernel.metricsHistory", json!({ "minutes": 5 })).await;
    let history = history.as_array().expect("a list");
    assert!(history.iter().any(|record| record["cpuPercent"] == busy["cpuPercent"]), "{history:?}");
    assert!(history.is_sorted_by_key(|record| record["timestamp"].as_u64()));
    let stats = within("figures", client.call("kernel.stats", json!({}))).await;
    for (used, total) in [("memoryUsedMb", "memoryTotalMb"), ("diskUsedMb", "diskTotalMb")] {
        assert!(stats[used].as_u64() <= stats[total].as_u64() && stats[total].as_u64() > Some(0), "{stats}");
    }
    assert!(stats["cores"].as_u64() > Some(0) && stats["os"].is_string() && stats["uptimeSeconds"].is_u64(), "{stats}");
    client.call("process.signal", json!({ "pid": pid, "signal": "SIGKILL" })).await;
}
