//! Budgets above one agent, what happens where they are used up, and agents that go round in circles.

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Kernel, Options};
use serde_json::{Value, json};

/// Each reply is 100 tokens. Goals name what the agent does; most think three times and complete.
fn script(goal: &str, turn: usize) -> (String, Vec<(&'static str, Value)>) {
    let look = ("list_files", json!({ "path": "." }));
    let complete = ("complete", json!({ "summary": "over" }));
    let call = match (goal, turn) {
        ("circle", 0..5) => look,
        ("lead", 0) => ("spawn_agent", json!({ "role": "Helper", "goal": "help" })),
        // The first of a kernel has pid 2, and its first child pid 3.
        ("lead", 1) => ("wait_for_agent", json!({ "pid": 3 })),
        ("pair", _) if turn.is_multiple_of(2) => look,
        ("pair", _) => ("think", json!({ "thought": "again" })),
        ("circle", _) | (_, 3..) => complete,
        _ => ("think", json!({ "thought": format!("{turn}") })),
    };
    (String::new(), vec![call])
}

async fn start(options: Options) -> (Kernel, CountingModel) {
    let model = CountingModel::start(script).await;
    let options = options.set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url);
    (options.start().await, model)
}

async fn spawn(client: &mut Client, goal: &str, more: Value) -> u64 {
    let mut config = json!({ "role": "Thinker", "goal": goal, "model": "openai:gpt-4.1" });
    config.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid")
}

/// A user's socket and id.
async fn user(kernel: &Kernel, name: &str) -> (Client, String, Value) {
    let token = kernel.register(name).await;
    let mut client = kernel.client_of(&token).await;
    let id = client.call("auth.me", json!({})).await["user"]["id"].clone();
    (client, token, id)
}

fn details(asked: &Value) -> Value {
    serde_json::from_str(asked["details"].as_str().expect("text")).expect("JSON")
}

async fn refused(client: &mut Client, wire: &str, fields: Value) -> Value {
    client.try_call(wire, fields).await.expect_err(wire)["code"].clone()
}

async fn completed(client: &mut Client, outcomes: usize) {
    for _ in 0..outcomes {
        let over = client.wait_for("a completed agent", |event| event["type"] == "agent.completed").await;
        assert_eq!(over["outcome"], "success", "{over}");
    }
}

#[tokio::test]
async fn a_users_day_stops_the_next_agent_and_outlives_a_kill() {
    let (mut kernel, model) = start(Options::default()).await;
    let (mut ada, token, id) = user(&kernel, "ada").await;
    let mut admin = kernel.client().await;
    let scope = json!({ "user": id });
    let set = |tokens: u64| json!({ "scope": scope, "budget": { "maxTokensPerDay": tokens } });
    admin.call("resource.setBudget", set(250)).await;
    let told = ada.wait_for("the new budget", |event| event["type"] == "resource.userBudget").await;
    assert_eq!(told["budget"]["today"]["maxTokensPerDay"], 250, "{told}");

    let first = spawn(&mut ada, "first", json!({})).await;
    let asked = ada.wait("process.approval_required", first).await;
    assert!(asked["action"].as_str().expect("text").contains("together used 300 of the 250 tokens"), "{asked}");
    let found = details(&asked);
    assert_eq!((&found["budget"], &found["user"], &found["limit"]), (&json!("user"), &id, &json!("maxTokensPerDay")));
    let second = spawn(&mut ada, "second", json!({})).await;
    let exceeded = ada.wait("resource.exceeded", second).await;
    assert_eq!(exceeded["usage"]["totalInputTokens"], 0, "{exceeded}");
    ada.wait("process.approval_required", second).await;

    // What an administrator has set she does not raise, neither way.
    assert_eq!(refused(&mut ada, "process.approve", json!({ "pid": first })).await, "forbidden");
    assert_eq!(refused(&mut ada, "resource.setBudget", set(10_000)).await, "forbidden");
    assert_eq!(ada.call("resource.setBudget", set(200)).await["today"]["maxTokensPerDay"], 200);

    kernel.kill().await;
    kernel = kernel.again().await;
    let (mut ada, mut admin) = (kernel.client_of(&token).await, kernel.client().await);
    let budget = ada.call("resource.getBudget", json!({ "scope": scope })).await;
    assert_eq!((&budget["usedTokens"], &budget["today"]["maxTokensPerDay"]), (&json!(300), &json!(200)));
    assert_eq!(budget["renewsAt"].as_u64().map(|at| at % 86_400_000), Some(0), "{budget}");
    let open = ada.call("agent.approvals", json!({})).await;
    assert_eq!(open.as_array().map(Vec::len), Some(2), "{open}");
    assert!(!model.asked().keys().any(|(goal, _)| goal == "second"), "it was never let ask its model");

    // She had the smaller one herself; then the administrator allows more, and both go on by themselves.
    ada.call("resource.setBudget", json!({ "scope": scope, "budget": {} })).await;
    admin.call("resource.setBudget", set(5_000)).await;
    completed(&mut ada, 2).await;
    assert_eq!(ada.call("resource.getBudget", json!({ "scope": scope })).await["usedTokens"], 800);
    let days = admin.call("resource.history", json!({ "days": 2, "scope": scope })).await;
    assert_eq!((&days[0]["inputTokens"], &days[0]["agents"]), (&json!(720), &json!(2)), "{days}");
    assert!(model.asked().values().all(|times| *times == 1), "nothing was asked for twice");

    let (mut eve, _, _) = user(&kernel, "eve").await;
    for wire in ["resource.getBudget", "resource.setBudget", "resource.history"] {
        assert_eq!(refused(&mut eve, wire, set(9)).await, "not_found", "{wire}");
    }
}

#[tokio::test]
async fn an_organisations_day_is_its_managers_to_set_below_what_administrators_allow() {
    let (kernel, _model) = start(Options::default()).await;
    let ((mut ada, _, _), (mut bob, _, bobs)) = (user(&kernel, "ada").await, user(&kernel, "bob").await);
    let org = ada.call("org.create", json!({ "name": "acme", "displayName": "Acme" })).await["id"].clone();
    ada.call("org.members.invite", json!({ "orgId": org, "userId": bobs, "role": "member" })).await;
    let set = |tokens: u64| json!({ "scope": { "org": org }, "budget": { "maxTokensPerDay": tokens } });
    assert_eq!(refused(&mut bob, "resource.setBudget", set(9)).await, "forbidden");
    ada.call("resource.setBudget", set(150)).await;
    let told = bob.wait_for("the new budget", |event| event["type"] == "resource.orgBudget").await;
    assert_eq!(told["budget"]["today"]["maxTokensPerDay"], 150, "{told}");

    let pid = spawn(&mut bob, "shared", json!({ "orgId": org })).await;
    let asked = bob.wait("process.approval_required", pid).await;
    assert_eq!((&details(&asked)["budget"], &details(&asked)["org"]), (&json!("org"), &org), "{asked}");
    assert_eq!(refused(&mut bob, "process.approve", json!({ "pid": pid })).await, "forbidden");
    let alone = spawn(&mut bob, "alone", json!({})).await;
    assert_eq!(bob.wait("agent.completed", alone).await["outcome"], "success", "what is no part of it goes on");
    ada.call("resource.setBudget", set(5_000)).await;
    assert_eq!(bob.wait("agent.completed", pid).await["outcome"], "success");
    let budget = bob.call("resource.getBudget", json!({ "scope": { "org": org } })).await;
    assert_eq!(budget["usedTokens"], 400, "{budget}");

    kernel.client().await.call("resource.setBudget", set(1_000)).await;
    let budget = ada.call("resource.getBudget", json!({ "scope": { "org": org } })).await;
    assert_eq!(budget["today"]["maxTokensPerDay"], 1_000, "{budget}");
    assert_eq!(refused(&mut ada, "resource.setBudget", set(1_001)).await, "forbidden");
    let (mut eve, _, _) = user(&kernel, "eve").await;
    for wire in ["resource.getBudget", "resource.setBudget", "resource.history"] {
        assert_eq!(refused(&mut eve, wire, set(9)).await, "not_found", "{wire}");
    }
}

#[tokio::test]
async fn where_the_policy_is_to_kill_nobody_is_asked_and_the_end_names_the_budget() {
    let options = Options::default().set("AETHER_ON_EXCEED", "kill").set("AETHER_MAX_TOKENS_PER_USER_DAY", "950");
    let (kernel, _model) = start(options).await;
    let (mut ada, _, _) = user(&kernel, "ada").await;
    for (goal, more, named) in [
        ("circle", json!({}), "the same call of list_files with the same arguments 5 times in a row"),
        ("tokens", json!({ "maxTokens": 150 }), "It has used 200 of the 150 tokens"),
        ("steps", json!({ "maxSteps": 1 }), "It has taken 1 of the 1 steps"),
        ("day", json!({}), "Its owner's agents have together used 1000 of the 950 tokens"),
    ] {
        let pid = spawn(&mut ada, goal, more).await;
        let reason = ada.wait("resource.exceeded", pid).await["reason"].clone();
        assert!(reason.as_str().expect("text").contains(named), "{reason}");
        assert_eq!(ada.wait("process.exit", pid).await["code"], 124, "{goal}");
        let info = ada.call("process.info", json!({ "pid": pid })).await;
        assert_eq!(info["outcome"], "timeout", "{info}");
        assert!(info["summary"].as_str().expect("text").contains(named), "{info}");
        assert_eq!(ada.call("agent.approvals", json!({ "pid": pid })).await, json!([]), "{goal}");
    }
}

#[tokio::test]
async fn an_agent_that_goes_round_in_circles_is_held_until_a_person_has_looked() {
    let (mut kernel, model) = start(Options::default()).await;
    let mut client = kernel.client().await;
    let circle = spawn(&mut client, "circle", json!({})).await;
    let asked = client.wait("process.approval_required", circle).await;
    let found = json!({ "limit": "maxRepeats", "allowed": 5, "used": 5, "does": ["list_files"] });
    assert_eq!(details(&asked), found, "{asked}");
    assert!(!model.asked().contains_key(&("circle".to_owned(), 5)), "it asks its model for nothing more");

    kernel.kill().await;
    kernel = kernel.again().await;
    let mut client = kernel.client().await;
    let open = client.call("agent.approvals", json!({})).await;
    assert_eq!((open.as_array().map(Vec::len), &open[0]["action"]), (Some(1), &asked["action"]), "{open}");
    client.call("process.approve", json!({ "pid": circle, "approvalId": open[0]["id"] })).await;
    assert_eq!(client.wait("agent.completed", circle).await["outcome"], "success");
    let page = client.call("agent.trajectory", json!({ "pid": circle })).await;
    let notes = page["entries"].as_array().expect("entries").iter().filter(|entry| entry["kind"] == "note");
    assert_eq!(notes.count(), 1, "the model is told: {page}");

    let pair = spawn(&mut client, "pair", json!({})).await;
    let asked = client.wait("process.approval_required", pair).await;
    assert_eq!(details(&asked)["does"], json!(["list_files", "think"]), "{asked}");
    client.call("process.reject", json!({ "pid": pair })).await;
    assert_eq!(client.wait("process.exit", pair).await["code"], 124);
    let info = client.call("process.info", json!({ "pid": pair })).await;
    assert!(info["summary"].as_str().expect("text").contains("round of list_files, think"), "{info}");
    assert!(model.asked().values().all(|times| *times == 1), "nothing was asked for twice");
}

/// The agent uses 200 tokens until it waits, and its child, which ends well, 400.
#[tokio::test]
async fn what_a_child_spends_is_its_parents_which_asks_when_it_is_spent_up() {
    let (mut kernel, model) = start(Options::default()).await;
    let (mut ada, token, _) = user(&kernel, "ada").await;
    let (parent, child) = (spawn(&mut ada, "lead", json!({ "maxTokens": 550 })).await, 3);
    assert_eq!(parent, 2, "the script names its child");
    let exceeded = ada.wait("resource.exceeded", parent).await;
    assert_eq!(exceeded["usage"]["totalInputTokens"], 180, "two replies are its own: {exceeded}");
    let asked = ada.wait("process.approval_required", parent).await;
    assert!(asked["action"].as_str().expect("text").contains("It has used 600 of the 550 tokens"), "{asked}");
    let found = json!({ "limit": "maxTokensPerSession", "allowed": 550.0, "used": 600.0, "budget": "agent" });
    assert_eq!(details(&asked), found, "{asked}");
    let info = ada.call("process.info", json!({ "pid": parent })).await;
    assert_eq!((&info["state"], &info["waitingFor"]), (&json!("sleeping"), &asked["action"]), "{info}");
    let helper = ada.call("process.info", json!({ "pid": child })).await;
    assert_eq!((&helper["ppid"], &helper["exitCode"]), (&json!(parent), &json!(0)), "{helper}");
    let used = ada.call("resource.getUsage", json!({ "pid": child })).await;
    assert_eq!((&used["totalInputTokens"], &used["totalOutputTokens"]), (&json!(360), &json!(40)), "{used}");
    assert!(!model.asked().contains_key(&("lead".to_owned(), 2)), "it asks its model for nothing more");

    // What the child had used counts on when it has ended, and the kernel too.
    kernel.kill().await;
    kernel = kernel.again().await;
    let mut ada = kernel.client_of(&token).await;
    let open = ada.call("agent.approvals", json!({})).await;
    assert_eq!((open.as_array().map(Vec::len), &open[0]["action"]), (Some(1), &asked["action"]), "{open}");
    ada.call("process.approve", json!({ "pid": parent, "approvalId": open[0]["id"] })).await;
    let quota = ada.call("resource.getQuota", json!({ "pid": parent })).await;
    assert_eq!(quota["maxTokensPerSession"], 1_150, "as much again, from what both have used: {quota}");
    assert_eq!(ada.wait("agent.completed", parent).await["outcome"], "success");
    assert!(model.asked().values().all(|times| *times == 1), "nothing was asked for twice");
}

/// With one place the child begins when its parent waits: so it is the child that spends their budget up.
#[tokio::test]
async fn a_child_is_held_at_its_parents_budget_and_letting_it_go_on_allows_both_more() {
    let (kernel, model) = start(Options::default().set("AETHER_MAX_ACTIVE", "1")).await;
    let ((mut ada, _, _), (mut bob, _, _)) = (user(&kernel, "ada").await, user(&kernel, "bob").await);
    let (parent, child) = (spawn(&mut ada, "lead", json!({ "maxTokens": 450 })).await, 3);
    assert_eq!(parent, 2, "the script names its child");
    let asked = ada.wait("process.approval_required", child).await;
    let action = asked["action"].as_str().expect("text");
    assert!(action.contains("Agent 2, which it comes of") && action.contains("used 500 of the 450 tokens"), "{asked}");
    let found = details(&asked);
    assert_eq!((&found["budget"], &found["pid"], &found["used"]), (&json!("parent"), &json!(parent), &json!(500.0)));
    let info = ada.call("process.info", json!({ "pid": parent })).await;
    assert_eq!((&info["state"], &info["waitingFor"]), (&json!("sleeping"), &json!("agent 3")), "{info}");
    assert!(!model.asked().contains_key(&("help".to_owned(), 3)), "it asks its model for nothing more");

    let answer = json!({ "pid": child, "approvalId": asked["approvalId"] });
    assert_eq!(refused(&mut bob, "process.approve", answer.clone()).await, "forbidden");
    ada.call("process.approve", answer).await;
    let quota = ada.call("resource.getQuota", json!({ "pid": parent })).await;
    assert_eq!(quota["maxTokensPerSession"], 950, "it was its parent's that was raised: {quota}");
    for pid in [child, parent] {
        assert_eq!(ada.wait("agent.completed", pid).await["outcome"], "success");
    }
    assert!(model.asked().values().all(|times| *times == 1), "nothing was asked for twice");
}
