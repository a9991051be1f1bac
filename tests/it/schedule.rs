//! Jobs and triggers over the wire: agents that start by themselves, for the right person, once.

use aether_tests::{Client, Kernel, Options, within};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A kernel whose agents end at once, and in which a job may run every second.
struct World {
    kernel: Kernel,
    scenarios: TempDir,
}

fn options(scenarios: &TempDir, options: Options) -> Options {
    let complete = json!({ "tool": "complete", "arguments": { "summary": "done" } });
    let ask = json!({ "tool": "ask_user", "arguments": { "question": "Go on?" } });
    for (name, call) in [("done.json", complete), ("ask.json", ask)] {
        let steps = json!({ "repeat": true, "turns": [{ "calls": [call] }] });
        std::fs::write(scenarios.path().join(name), steps.to_string()).expect("written");
    }
    options.set("AETHER_SCENARIOS", &scenarios.path().display().to_string()).set("AETHER_MIN_INTERVAL_SECONDS", "1")
}

impl World {
    async fn new() -> World {
        let scenarios = tempfile::tempdir().expect("a folder");
        let kernel = options(&scenarios, Options::default()).start().await;
        World { kernel, scenarios }
    }

    async fn again(self) -> World {
        World { kernel: self.kernel.again().await, scenarios: self.scenarios }
    }
}

fn agent(goal: &str, model: &str) -> Value {
    json!({ "role": "Coder", "goal": goal, "model": format!("scripted:{model}") })
}

fn job(expression: &str, goal: &str) -> Value {
    json!({ "name": "probe", "cron_expression": expression, "agent_config": agent(goal, "done.json") })
}

/// Waits until an agent has ended.
async fn ended(client: &mut Client, pid: u64) {
    // What is heard later than this answer is not lost.
    if client.call("process.info", json!({ "pid": pid })).await["exitCode"].is_null() {
        client.wait("process.exit", pid).await;
    }
}

/// Goals of all agents there are or were.
async fn goals(client: &mut Client) -> Vec<String> {
    // One that leaves the table meanwhile is in both.
    let mut agents = std::collections::BTreeMap::new();
    for wire in ["process.list", "process.history"] {
        for agent in client.call(wire, json!({})).await.as_array().expect("a list") {
            agents.insert(agent["pid"].as_u64(), agent["goal"].as_str().unwrap_or_default().to_owned());
        }
    }
    agents.into_values().collect()
}

#[tokio::test]
async fn a_job_starts_agents_of_its_owner_and_survives_a_kill() {
    let mut world = World::new().await;
    let token = world.kernel.register("ada").await;
    let mut client = world.kernel.client_of(&token).await;
    let mut request = job("* * * * * *", "every second");
    request["time_zone"] = "Asia/Tokyo".into();
    let made = client.call("cron.create", request).await;
    let me = client.call("auth.me", json!({})).await;
    assert_eq!(
        (&made["owner_uid"], &made["enabled"], &made["run_count"], &made["time_zone"]),
        (&me["user"]["id"], &json!(true), &json!(0), &json!("Asia/Tokyo"))
    );
    assert!(made["last_run"].is_null() && made["id"].is_string(), "{made}");
    let fired = client.wait_for("a run", |event| event["type"] == "cron.fired").await;
    assert_eq!(fired["jobId"], made["id"]);
    let pid = fired["pid"].as_u64().expect("a pid");
    let info = client.call("process.info", json!({ "pid": pid })).await;
    assert_eq!((&info["ownerUid"], &info["goal"]), (&me["user"]["id"], &json!("every second")));
    client.call("cron.disable", json!({ "jobId": made["id"] })).await;

    world.kernel.kill().await;
    let world = world.again().await;
    let mut client = world.kernel.client_of(&token).await;
    let kept = client.call("cron.list", json!({})).await;
    assert_eq!((&kept[0]["id"], &kept[0]["enabled"]), (&made["id"], &json!(false)));
    assert!(kept[0]["run_count"].as_u64() >= Some(1) && kept[0]["last_pid"].is_u64(), "{kept}");
    client.call("cron.enable", json!({ "jobId": made["id"] })).await;
    client.wait_for("another run", |event| event["type"] == "cron.fired").await;
    client.call("cron.delete", json!({ "jobId": made["id"] })).await;
    client.wait_for("its end", |event| event["type"] == "cron.deleted" && event["jobId"] == made["id"]).await;
    assert_eq!(client.call("cron.list", json!({})).await, json!([]));
}

#[tokio::test]
async fn jobs_and_triggers_over_rest() {
    let world = World::new().await;
    let (ada, bob) = (world.kernel.register("ada").await, world.kernel.register("bob").await);
    let rest = world.kernel.rest();
    let older = json!({ "name": "s", "expression": "0 5 * * *", "agent_config": agent("tick", "done.json") });
    let (status, made) = rest.post("/api/v1/cron", Some(&ada), &older).await;
    assert_eq!((status, &made["data"]["cron_expression"]), (201, &json!("0 5 * * *")), "{made}");
    let path = format!("/api/v1/cron/{}", made["data"]["id"].as_str().expect("an id"));
    let patch = async |token: &str, path: &str, body: Value| {
        rest.json("PATCH", path, token, body.to_string().into_bytes()).await
    };
    let (status, patched) = patch(&ada, &path, json!({ "enabled": false })).await;
    assert_eq!((status, patched), (200, json!({ "data": { "id": made["data"]["id"], "enabled": false } })));
    let (_, listed) = rest.get("/api/v1/cron", Some(&ada)).await;
    assert_eq!(listed["data"][0]["enabled"], false);
    for body in [json!({}), json!({ "enabled": "no" }), json!([])] {
        let (status, answer) = patch(&ada, &path, body).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!("INVALID_INPUT")), "{answer}");
    }
    // A stranger's job and one that there is not are answered alike.
    for (token, path) in [(&bob, path.as_str()), (&ada, "/api/v1/cron/none")] {
        let (status, answer) = patch(token, path, json!({ "enabled": true })).await;
        assert_eq!((status, &answer["error"]["message"]), (404, &json!("Cron job not found")), "{answer}");
        let (status, answer) = rest.delete(path, Some(token)).await;
        assert_eq!((status, &answer["error"]["code"]), (404, &json!("NOT_FOUND")), "{answer}");
    }
    assert_eq!(rest.get("/api/v1/cron", Some(&bob)).await.1, json!({ "data": [] }));
    assert_eq!(rest.delete(&path, Some(&ada)).await, (200, json!({ "data": { "deleted": true } })));

    let body = json!({ "name": "s", "event_type": "process.exit", "agent_config": agent("look", "done.json") });
    let (status, made) = rest.post("/api/v1/triggers", Some(&ada), &body).await;
    assert_eq!((status, &made["data"]["cooldown_ms"]), (201, &json!(60_000)), "{made}");
    let path = format!("/api/v1/triggers/{}", made["data"]["id"].as_str().expect("an id"));
    assert_eq!(rest.get("/api/v1/triggers", Some(&bob)).await.1, json!({ "data": [] }));
    let (status, answer) = rest.delete(&path, Some(&bob)).await;
    assert_eq!((status, &answer["error"]["message"]), (404, &json!("Trigger not found")));
    assert_eq!(rest.delete(&path, Some(&ada)).await, (200, json!({ "data": { "deleted": true } })));
    for (route, field, value) in [
        ("cron", "cron_expression", json!("61 * * * *")),
        ("cron", "time_zone", json!("Nowhere")),
        ("triggers", "event_type", json!("no.such")),
        ("triggers", "cooldown_ms", json!(1)),
    ] {
        let mut body = json!({ "name": "s", "agent_config": agent("look", "done.json") });
        body[if route == "cron" { "cron_expression" } else { "event_type" }] =
            if route == "cron" { "0 5 * * *" } else { "process.exit" }.into();
        body[field] = value;
        let (status, answer) = rest.post(&format!("/api/v1/{route}"), Some(&ada), &body).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!("INVALID_INPUT")), "{answer}");
    }
}

#[tokio::test]
async fn a_trigger_starts_one_agent_and_not_for_its_own() {
    let world = World::new().await;
    let (ada, bob) = (world.kernel.register("ada").await, world.kernel.register("bob").await);
    let (mut first, mut second) = (world.kernel.client_of(&ada).await, world.kernel.client_of(&bob).await);
    let request = json!({
        "name": "probe", "event_type": "process.exit", "agent_config": agent("after", "done.json"),
        "event_filter": { "code": 0 },
    });
    let made = first.call("trigger.create", request).await;
    // What another user's agents do is not heard.
    let spawned = second.call("process.spawn", json!({ "config": agent("alone", "done.json") })).await;
    ended(&mut second, spawned["pid"].as_u64().expect("a pid")).await;
    first.call("process.spawn", json!({ "config": agent("work", "done.json") })).await;
    let fired = first.wait_for("a trigger", |event| event["type"] == "trigger.fired").await;
    assert_eq!((&fired["triggerId"], &fired["event_type"]), (&made["id"], &json!("process.exit")));
    ended(&mut first, fired["pid"].as_u64().expect("a pid")).await;
    let kept = first.call("trigger.list", json!({})).await;
    assert_eq!((&kept[0]["last_pid"], &kept[0]["fire_count"]), (&fired["pid"], &json!(1)), "{kept}");
    assert_eq!(goals(&mut first).await, ["work", "after"]);
    assert_eq!(goals(&mut second).await, ["alone"]);
    first.call("trigger.delete", json!({ "triggerId": made["id"] })).await;
    let refusal = first.try_call("trigger.delete", json!({ "triggerId": made["id"] })).await.expect_err("gone");
    assert_eq!((&refusal["code"], &refusal["error"]), (&json!("not_found"), &json!("Trigger not found")));
    let refusal = first.try_call("cron.enable", json!({ "jobId": "none" })).await.expect_err("none");
    assert_eq!((&refusal["code"], &refusal["error"]), (&json!("not_found"), &json!("Cron job not found")));
}

#[tokio::test]
async fn what_a_user_had_planned_goes_with_the_user() {
    let world = World::new().await;
    let ada = world.kernel.register("ada").await;
    let mut first = world.kernel.client_of(&ada).await;
    let mut waiting = job("* * * * * *", "leftover");
    waiting["agent_config"] = agent("leftover", "ask.json");
    first.call("cron.create", waiting).await;
    first.wait_for("a run", |event| event["type"] == "cron.fired").await;
    let me = first.call("auth.me", json!({})).await["user"]["id"].clone();
    let mut admin = world.kernel.client().await;
    assert_eq!(admin.call("cron.list", json!({})).await.as_array().map(Vec::len), Some(1), "an administrator sees all");
    // An administrator may plan for somebody.
    let mut request = job("0 5 * * *", "planned");
    request["owner_uid"] = "ada".into();
    let planned = admin.call("cron.create", request).await;
    assert_eq!(planned["owner_uid"], me);
    admin.call("user.delete", json!({ "userId": me })).await;
    assert_eq!(admin.call("cron.list", json!({})).await, json!([]));
    let mut own = job("* * * * * *", "own");
    own["overlap"] = "allow".into();
    let own = admin.call("cron.create", own).await;
    for _ in 0..2 {
        admin.wait_for("a run", |event| event["type"] == "cron.fired" && event["jobId"] == own["id"]).await;
    }
    let living = admin.call("process.list", json!({})).await;
    let leftovers = living.as_array().expect("a list").iter().filter(|agent| agent["goal"] == "leftover");
    assert_eq!(leftovers.count(), 0, "{living}");
}

#[tokio::test]
async fn a_run_that_a_kill_interrupts_starts_one_agent() {
    for point in ["schedule-marked", "schedule-spawned"] {
        let scenarios = tempfile::tempdir().expect("a folder");
        let faulty = Options::default().faulty().set("AETHER_FAULT_POINT", &format!("{point}:1"));
        let mut kernel = options(&scenarios, faulty).start().await;
        let token = kernel.admin().await;
        let mut client = kernel.client_of(&token).await;
        let mut request = job("* * * * * *", "once");
        // What comes due after the kill is left out; the run that was interrupted is not.
        request["catch_up"] = "skip".into();
        request["agent_config"] = agent("once", "ask.json");
        let made = client.call("cron.create", request).await;
        kernel.ended().await;
        let kernel = kernel.again_with(|options| options.unset("AETHER_FAULT_POINT")).await;
        let mut client = kernel.client_of(&token).await;
        let kept = within("the run", async {
            loop {
                let kept = client.call("cron.list", json!({})).await[0].clone();
                if kept["run_count"] == 1 && kept["skipped_count"].as_u64() >= Some(1) {
                    return kept;
                }
                client.wait_for("a change", |event| event["type"] == "entity.changed" && event["kind"] == "cron").await;
            }
        })
        .await;
        assert_eq!((&kept["id"], &kept["last_error"]), (&made["id"], &Value::Null), "{point}");
        assert_eq!(goals(&mut client).await, ["once"], "{point}");
    }
}

#[tokio::test]
async fn an_event_that_a_kill_left_unheard_starts_one_agent() {
    // Before it is heard, once that is on disk, and once its agent has started.
    for point in ["schedule-comes", "schedule-heard", "schedule-spawned"] {
        let scenarios = tempfile::tempdir().expect("a folder");
        let faulty = Options::default().faulty().set("AETHER_FAULT_POINT", &format!("{point}:1"));
        let mut kernel = options(&scenarios, faulty).start().await;
        let token = kernel.admin().await;
        let mut client = kernel.client_of(&token).await;
        let request = json!({
            "name": "probe", "event_type": "process.signal", "agent_config": agent("after", "ask.json"),
        });
        let made = client.call("trigger.create", request).await;
        let work = client.call("process.spawn", json!({ "config": agent("work", "ask.json") })).await;
        client.send(&json!({ "type": "process.signal", "id": "s", "pid": work["pid"], "signal": "SIGUSR1" })).await;
        kernel.ended().await;
        let mut kernel = kernel.again_with(|options| options.unset("AETHER_FAULT_POINT")).await;
        let mut client = kernel.client_of(&token).await;
        let fired = async |client: &mut Client| {
            within("the trigger", async {
                loop {
                    let kept = client.call("trigger.list", json!({})).await[0].clone();
                    if kept["fire_count"] == 1 && kept["last_pid"].is_u64() {
                        return kept;
                    }
                    client.wait_for("a change", |event| event["kind"] == "trigger").await;
                }
            })
            .await
        };
        let kept = fired(&mut client).await;
        assert_eq!((&kept["id"], &kept["last_error"]), (&made["id"], &Value::Null), "{point}");
        // Nor does the next kernel start another.
        kernel.terminate().await;
        let kernel = kernel.again().await;
        let mut client = kernel.client_of(&token).await;
        assert_eq!(fired(&mut client).await["last_pid"], kept["last_pid"], "{point}");
        let goals = goals(&mut client).await;
        assert_eq!(goals.iter().filter(|goal| *goal == "after").count(), 1, "{point}: {goals:?}");
    }
}
