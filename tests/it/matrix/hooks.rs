//! The addresses of ours that others call: the token alone opens one, whoever calls, and what it starts is its owner's.

use serde_json::{Value, json};

use super::world::World;

async fn call(world: &World, token: &str, caller: Option<&str>) -> (u16, Value) {
    world.kernel.rest().raw("POST", &format!("/api/v1/hooks/{token}"), caller, b"{}".to_vec()).await
}

/// Tokens of other things, of nothing, and of what was there; and what is nearly the right one.
async fn wrong_tokens(world: &mut World) -> Vec<String> {
    let config = json!({ "role": "a", "goal": "b", "model": "scripted:end.json" });
    let gone = world.ada.call("webhook.inbound.create", json!({ "name": "gone", "agent_config": config })).await;
    world.ada.call("webhook.inbound.delete", json!({ "inboundId": gone["id"] })).await;
    let api = world.ada.call("auth.createToken", json!({ "name": "own", "scopes": ["webhook:write"] })).await;
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let hook = &world.hook;
    let mut wrong = vec![
        text(&gone["token"]),
        text(&api["token"]),
        text(&world.things["inboundId"]),
        text(&world.things["webhookId"]),
        "0".repeat(hook.len()),
        hook.chars().rev().collect(),
        hook.to_uppercase(),
        hook[1..].to_owned(),
        format!("{hook}0"),
        format!("{hook}%00"),
        format!("%20{hook}"),
    ];
    wrong.extend(world.people.iter().filter_map(|person| person.token.clone()));
    wrong
}

#[tokio::test]
async fn everybody_against_an_address_of_one_user() {
    let mut world = World::new().await;
    let wrong = wrong_tokens(&mut world).await;
    let config = json!({ "role": "a", "goal": "b", "model": "scripted:end.json" });
    let signed = json!({ "name": "signed", "agent_config": config, "secret": "s3cret" });
    let signed = world.ada.call("webhook.inbound.create", signed).await["token"].as_str().expect("a token").to_owned();
    let refusal = call(&world, &wrong[0], None).await;
    assert_eq!((refusal.0, &refusal.1["error"]["code"]), (404, &json!("NOT_FOUND")), "{refusal:?}");
    let mut faults = Vec::new();
    let mut started = Vec::new();
    for person in &world.people {
        let caller = person.token.as_deref();
        for token in &wrong {
            let answer = call(&world, token, caller).await;
            if answer != refusal {
                faults.push(format!("{token} of {} was answered {answer:?}", person.name));
            }
        }
        // Who somebody is does not sign a call.
        let (status, answer) = call(&world, &signed, caller).await;
        if (status, &answer["error"]["code"]) != (403, &json!("FORBIDDEN")) {
            faults.push(format!("{} called without a signature and was answered {status} {answer}", person.name));
        }
        let (status, answer) = call(&world, &world.hook, caller).await;
        assert_eq!(status, 201, "{}: {answer}", person.name);
        let pid = answer["data"]["pid"].as_u64().expect("a pid");
        // Whoever had it started sees no more of it than before.
        let status = world.kernel.rest().get(&format!("/api/v1/agents/{pid}"), caller).await.0;
        let is_right = match caller {
            None => status == 401,
            Some(_) if person.name == "ada" || person.admin => status == 200,
            Some(_) => matches!(status, 403 | 404),
        };
        if !is_right {
            faults.push(format!("{} asked for the agent of its call and was answered {status}", person.name));
        }
        started.push(pid);
    }
    for pid in &started {
        let info = world.ada.call("process.info", json!({ "pid": pid })).await;
        assert_eq!(info["ownerUid"], world.things["userId"], "{info}");
    }
    let listed = world.ada.call("webhook.inbound.list", json!({})).await;
    for hook in listed.as_array().expect("a list") {
        let calls = if hook["id"] == world.things["inboundId"] { started.len() } else { 0 };
        assert_eq!(hook["trigger_count"], calls, "{listed}");
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
