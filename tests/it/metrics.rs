//! For who watches over the kernel: figures, health, and an end that is announced.

use aether_tests::counting::CountingModel;
use aether_tests::{Kernel, Options, rest};
use serde_json::json;

async fn figures(kernel: &Kernel) -> String {
    let http = rest::builder().build().expect("a client");
    let answer = http.get(format!("{}/metrics", kernel.url)).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    answer.text().await.expect("text")
}

/// The value of a series, by the whole name of it.
fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn what_happened_is_counted() {
    let model = CountingModel::start(|_, turn| match turn {
        0 => (String::new(), vec![("write_file", json!({ "path": "a.txt", "content": "hello" }))]),
        _ => (String::new(), vec![("complete", json!({ "summary": "ended" }))]),
    })
    .await;
    let kernel = Options::default().set("OPENAI_API_KEY", "k").set("OPENAI_BASE_URL", &model.url).start().await;
    let mut client = kernel.client().await;
    let config = json!({ "role": "a", "goal": "b", "model": "openai:gpt-4.1" });
    let pid = client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");
    client.wait("process.reaped", pid).await;
    kernel.rest().get("/api/v1/agents/agent_99", Some(&kernel.admin().await)).await;
    kernel.rest().get("/api/v1/orgs", Some("nobody")).await;
    kernel.rest().get("/no/such/path", None).await;

    let text = figures(&kernel).await;
    let is = |series: &str, wanted: f64| assert_eq!(value(&text, series), Some(wanted), "{series} in\n{text}");
    is("aether_websocket_connections", 1.0);
    is("aether_agents_total", 1.0);
    is("aether_agent_completions_total{outcome=\"success\"}", 1.0);
    is("aether_agent_duration_seconds_count{outcome=\"success\"}", 1.0);
    is("aether_agents_active", 0.0);
    is("aether_tool_executions_total{tool_name=\"write_file\"}", 1.0);
    is("aether_tool_latency_seconds_count{tool_name=\"write_file\"}", 1.0);
    is("aether_llm_requests_total{model=\"gpt-4.1\",provider=\"openai\"}", 2.0);
    is("aether_events_emitted_total{event_type=\"process.spawned\"}", 1.0);
    is("aether_http_requests_total{method=\"GET\",route=\"/api/v1/agents/{uid}\",status=\"404\"}", 1.0);
    is("aether_http_requests_total{method=\"GET\",route=\"/api/v1/orgs\",status=\"401\"}", 1.0);
    is("aether_http_requests_total{method=\"GET\",route=\"other\",status=\"401\"}", 1.0);
    is("aether_commands_total{command=\"process.spawn\",result=\"ok\"}", 1.0);
    is("aether_command_seconds_count{command=\"process.spawn\"}", 1.0);
    for series in [
        "aether_store_commits_total{database=\"kernel\"}",
        "aether_llm_tokens_total{direction=\"input\",provider=\"openai\"}",
        "aether_agent_steps_total",
        "process_resident_memory_bytes",
    ] {
        assert!(value(&text, series).is_some_and(|value| value > 0.0), "{series} in\n{text}");
    }
    drop(client);
    let before = value(&text, "aether_store_commits_total{database=\"kernel\"}");
    kernel.register("ada").await;
    let text = figures(&kernel).await;
    assert!(value(&text, "aether_store_commits_total{database=\"kernel\"}") > before, "a commit was not counted");
}

#[tokio::test]
async fn figures_are_for_this_machine_and_administrators() {
    let kernel = Kernel::start().await;
    let (admin, ada) = (kernel.admin().await, kernel.register("ada").await);
    let http = rest::builder().build().expect("a client");
    // What comes through a proxy comes from elsewhere.
    let status = async |token: Option<&str>| {
        let request = http.get(format!("{}/metrics", kernel.url)).header("x-forwarded-for", "192.0.2.1");
        let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(status(None).await, 401);
    assert_eq!(status(Some(&ada)).await, 403);
    assert_eq!(status(Some(&admin)).await, 200);
    let open = Options::default().set("AETHER_METRICS_OPEN", "1").start().await;
    let request = http.get(format!("{}/metrics", open.url)).header("forwarded", "for=192.0.2.1");
    assert_eq!(request.send().await.expect("an answer").status(), 200);
}

#[cfg(unix)]
#[tokio::test]
async fn an_end_is_announced_before_the_doors_close() {
    let mut kernel = Options::default().set("AETHER_DRAIN_SECONDS", "600").start().await;
    let ready = kernel.rest().get("/ready", None).await;
    assert_eq!(ready, (200, json!({ "status": "ready" })));
    let mut client = kernel.client().await;
    let signal = |kernel: &Kernel| {
        let pid = rustix::process::Pid::from_raw(kernel.os_pid() as i32).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("sent");
    };
    signal(&kernel);
    let rest = kernel.rest();
    while rest.get("/ready", None).await.0 == 200 {
        tokio::task::yield_now().await;
    }
    let (status, answer) = rest.get("/ready", None).await;
    assert_eq!((status, answer), (503, json!({ "status": "draining" })));
    client.call("kernel.status", json!({})).await;
    assert_eq!(rest.get("/health", None).await.0, 200, "it lives, so nobody kills it");
    signal(&kernel);
    assert!(!kernel.ended().await.success(), "a second time is at once");
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let kernel = Options::default().unset("AETHER_RATE_LIMIT").start().await;
    let http = rest::builder().build().expect("a client");
    let ask = async || http.get(format!("{}/api/v1/orgs", kernel.url)).send().await.expect("an answer");
    for _ in 0..30 {
        assert_eq!(ask().await.status(), 401);
    }
    let refused = ask().await;
    assert_eq!(refused.status(), 429);
    let seconds: u64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    let body: serde_json::Value = refused.json().await.expect("JSON");
    assert_eq!((&body["error"]["code"], &body["retryAfter"]), (&json!("RATE_LIMITED"), &json!(seconds)));
    for uncounted in ["/health", "/ready", "/metrics", "/openapi.json", "/docs"] {
        let answer = http.get(format!("{}{uncounted}", kernel.url)).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{uncounted}");
    }
}
