//! Providers of models: found, given a key, tried out, and used, without a restart.

use std::path::Path;

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Kernel, Options};
use serde_json::{Value, json};

const KEY: &str = "sk-a-key-that-must-not-show";

async fn provider(client: &mut Client, name: &str) -> Value {
    let list = client.call("llm.list", json!({})).await;
    let found = list.as_array().expect("a list").iter().find(|provider| provider["name"] == name);
    found.expect("listed").clone()
}

/// An agent that asks first, and is done when it was answered.
async fn model() -> CountingModel {
    CountingModel::start(|_, turn| match turn {
        0 => ("ready".to_owned(), vec![("ask_user", json!({ "question": "go on?" }))]),
        _ => (String::new(), vec![("complete", json!({ "summary": "done" }))]),
    })
    .await
}

/// Files below a folder that hold these bytes.
fn holding(folder: &Path, bytes: &[u8], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a list").flatten() {
        let path = entry.path();
        if path.is_dir() {
            holding(&path, bytes, found);
        } else if path.is_file() {
            let content = std::fs::read(&path).expect("readable");
            if content.windows(bytes.len()).any(|window| window == bytes) {
                found.push(path.display().to_string());
            }
        }
    }
}

#[tokio::test]
async fn a_key_is_used_at_once_and_after_a_restart_and_shows_nowhere() {
    let model = model().await;
    let mut kernel = Kernel::start().await;
    let mut admin = kernel.client().await;
    let token = kernel.register("ada").await;
    let mut ada = kernel.client_of(&token).await;

    let openai = provider(&mut admin, "openai").await;
    assert_eq!(
        (&openai["available"], &openai["needsKey"], &openai["local"]),
        (&json!(false), &json!(true), &json!(false))
    );
    assert!(openai["reason"].as_str().expect("a reason").contains("OPENAI_API_KEY"), "{openai}");
    assert_eq!((&openai["label"], openai.get("keySource")), (&json!("OpenAI"), None));
    let spawn = json!({ "config": { "role": "a", "goal": "a goal", "model": "openai:gpt-4.1" } });
    ada.try_call("process.spawn", spawn.clone()).await.expect_err("no key");

    // Tried out, and not kept.
    let candidate = json!({ "provider": "openai", "model": "gpt-4.1", "key": KEY, "baseUrl": model.url });
    let tested = admin.call("llm.test", candidate).await;
    assert_eq!((&tested["ok"], &tested["model"], &tested["reply"]), (&json!(true), &json!("gpt-4.1"), &json!("ready")));
    assert!(tested["latencyMs"].is_u64() && tested.get("error").is_none(), "{tested}");
    let tested = ada.call("llm.test", json!({ "provider": "openai" })).await;
    assert_eq!((&tested["ok"], &tested["code"]), (&json!(false), &json!("not_configured")));
    assert!(tested["error"].as_str().is_some_and(|error| error.contains("key")), "{tested}");

    admin.call("llm.setKey", json!({ "provider": "openai", "key": KEY, "baseUrl": model.url })).await;
    let changed = ada.wait_for("the change", |event| event["type"] == "llm.changed").await;
    assert_eq!(changed["provider"], "openai");
    let openai = provider(&mut admin, "openai").await;
    assert_eq!((&openai["available"], &openai["keySource"]), (&json!(true), &json!("file")));
    assert_eq!((&openai["baseUrl"], openai.get("reason")), (&json!(model.url), None));
    assert_eq!(provider(&mut ada, "openai").await.get("baseUrl"), None, "where it is is an administrator's to know");

    // What `auto` means, for an agent that names nothing.
    assert_eq!(ada.call("llm.getDefault", json!({})).await, json!({}));
    let refusal = admin.try_call("llm.setDefault", json!({ "model": "anthropic:x" })).await.expect_err("no key");
    assert_eq!(refusal["code"], "invalid_input");
    admin.call("llm.setDefault", json!({ "model": "openai:gpt-4.1" })).await;
    assert_eq!(ada.call("llm.getDefault", json!({})).await, json!({ "model": "openai:gpt-4.1" }));
    let spawned = ada.call("process.spawn", json!({ "config": { "role": "a", "goal": "a goal" } })).await;
    let pid = spawned["pid"].as_u64().expect("a pid");
    ada.wait("process.approval_required", pid).await;

    kernel.kill().await;
    let mut found = Vec::new();
    holding(kernel.path(), KEY.as_bytes(), &mut found);
    assert!(found.is_empty(), "the key lies in clear in {found:?}");
    kernel = kernel.again().await;
    let mut admin = kernel.client().await;
    let mut ada = kernel.client_of(&token).await;
    assert_eq!(provider(&mut admin, "openai").await["keySource"], "file");
    assert_eq!(admin.call("llm.getDefault", json!({})).await["model"], "openai:gpt-4.1");
    ada.call("agent.answer", json!({ "pid": pid, "reply": "yes" })).await;
    let done = ada.wait("agent.completed", pid).await;
    assert_eq!(done["outcome"], "success", "{done}");

    admin.call("llm.clearKey", json!({ "provider": "openai" })).await;
    admin.call("llm.clearKey", json!({ "provider": "openai" })).await;
    let openai = provider(&mut admin, "openai").await;
    assert_eq!((&openai["available"], openai.get("keySource")), (&json!(false), None));
    ada.try_call("process.spawn", spawn).await.expect_err("no key any more");
    admin.call("llm.setDefault", json!({ "model": "auto" })).await;
    assert_eq!(admin.call("llm.getDefault", json!({})).await, json!({}));
}

#[tokio::test]
async fn a_key_of_the_environment_wins_and_what_is_wrong_is_said() {
    let model = model().await;
    let kernel = Options::default().set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url).start().await;
    let mut admin = kernel.client().await;
    assert_eq!(provider(&mut admin, "openai").await["keySource"], "environment");
    let refusal = admin.try_call("llm.setKey", json!({ "provider": "openai", "key": KEY })).await.expect_err("given");
    assert_eq!(refusal["code"], "invalid_state", "{refusal}");
    let refusal = admin.try_call("llm.clearKey", json!({ "provider": "openai" })).await.expect_err("given");
    assert_eq!(refusal["code"], "invalid_state", "{refusal}");
    assert_eq!(admin.call("llm.test", json!({ "provider": "openai" })).await["ok"], true);

    model.go_away();
    let tested = admin.call("llm.test", json!({ "provider": "openai" })).await;
    assert_eq!((&tested["ok"], &tested["code"]), (&json!(false), &json!("unavailable")), "{tested}");
    assert!(tested["error"].as_str().is_some_and(|error| error.contains("try again")), "{tested}");
    for (wire, fields, code) in [
        ("llm.setKey", json!({ "provider": "nobody", "key": KEY }), "not_found"),
        ("llm.clearKey", json!({ "provider": "nobody" }), "not_found"),
        ("llm.test", json!({ "provider": "nobody" }), "not_found"),
        ("llm.setKey", json!({ "provider": "anthropic", "key": " " }), "invalid_input"),
        ("llm.setKey", json!({ "provider": "anthropic", "key": KEY, "baseUrl": "nonsense" }), "invalid_input"),
        ("llm.setKey", json!({ "provider": "scripted", "key": KEY }), "invalid_input"),
        ("llm.setDefault", json!({ "model": "nobody:model" }), "not_found"),
    ] {
        let refusal = admin.try_call(wire, fields.clone()).await.expect_err(wire);
        assert_eq!(refusal["code"], code, "{wire} {fields}: {refusal}");
        assert!(!refusal.to_string().contains(KEY), "{refusal}");
    }
}

#[tokio::test]
async fn a_secrets_file_of_another_kernel_does_not_keep_one_from_starting() {
    let mut kernel = Options::default().set("AETHER_SECRET", &"a".repeat(40)).start().await;
    kernel.client().await.call("llm.setKey", json!({ "provider": "anthropic", "key": KEY })).await;
    kernel.kill().await;
    let mut kernel = kernel.again_with(|options| options.set("AETHER_SECRET", &"b".repeat(40))).await;
    let mut admin = kernel.client().await;
    assert_eq!(provider(&mut admin, "anthropic").await["available"], false);
    let refusal = admin.try_call("llm.setKey", json!({ "provider": "groq", "key": KEY })).await.expect_err("sealed");
    assert_eq!(refusal["code"], "unavailable");
    assert!(refusal["error"].as_str().is_some_and(|error| error.contains("AETHER_SECRET")), "{refusal}");
    kernel.kill().await;
    let kernel = kernel.again_with(|options| options.set("AETHER_SECRET", &"a".repeat(40))).await;
    assert_eq!(provider(&mut kernel.client().await, "anthropic").await["available"], true);
}
