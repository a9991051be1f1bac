//! Tokens for programs over every door: what they may, and that they end.

use aether_tests::{Client, Kernel};
use serde_json::{Value, json};

async fn make(client: &mut Client, scopes: Value) -> (String, Value) {
    let made = client.call("auth.createToken", json!({ "name": "build", "scopes": scopes })).await;
    (made["token"].as_str().expect("a token").to_owned(), made["info"].clone())
}

#[tokio::test]
async fn a_token_reads_what_it_was_given_and_no_more() {
    let kernel = Kernel::start().await;
    let rest = kernel.rest();
    let ada = kernel.register("ada").await;
    let mut desk = kernel.client_of(&ada).await;
    desk.call("fs.write", json!({ "path": "/home/ada/a.txt", "content": "hello" })).await;
    let (token, info) = make(&mut desk, json!(["fs:read", "auth:read"])).await;
    assert!(token.starts_with(info["prefix"].as_str().expect("a prefix")), "{info}");
    let own = Some(token.as_str());

    let (status, _) = rest.get("/api/v1/fs/home/ada/a.txt", own).await;
    assert_eq!(status, 200);
    let (status, answer) = rest.get("/api/fs/raw?path=/home/ada/a.txt", own).await;
    assert_eq!((status, answer), (200, json!("hello")));
    for (wire, fields) in [
        ("fs.write", json!({ "path": "/home/ada/a.txt", "content": "x" })),
        ("process.list", json!({})),
        ("process.spawn", json!({ "config": { "role": "a", "goal": "b" } })),
        ("preference.set", json!({ "key": "a.b", "value": 1 })),
        ("auth.createToken", json!({ "name": "more", "scopes": ["*:write"] })),
        ("auth.changePassword", json!({ "currentPassword": "a fine password", "newPassword": "another password" })),
        ("auth.mfaSetup", json!({})),
        ("auth.refresh", json!({})),
        ("auth.logout", json!({})),
        ("auth.revokeSessions", json!({})),
    ] {
        let (status, answer) = rest.post(&format!("/api/v1/commands/{wire}"), own, &fields).await;
        assert_eq!((status, &answer["error"]["code"]), (403, &json!("FORBIDDEN")), "{wire}: {answer}");
    }
    let (status, _) = rest.post("/api/auth/refresh", own, &json!({})).await;
    assert_eq!(status, 403);
    let me = rest.post("/api/v1/commands/auth.me", own, &json!({})).await.1;
    assert_eq!(me["data"]["scopes"], json!(["auth:read", "fs:read"]), "{me}");
    assert_eq!(rest.get("/api/v1/fs/home/ada/a.txt", own).await.0, 200, "it is alive");

    let listed = desk.call("auth.listTokens", json!({})).await;
    assert!(listed[0]["lastUsedAt"].is_u64() && !listed.to_string().contains(&token), "{listed}");
}

#[tokio::test]
async fn a_token_opens_sockets_that_see_what_it_may_and_end_with_it() {
    let kernel = Kernel::start().await;
    let ada = kernel.register("ada").await;
    let mut desk = kernel.client_of(&ada).await;
    let (token, info) = make(&mut desk, json!(["fs:read"])).await;
    let mut second = kernel.client_of(&token).await;
    let mut older = Client::compatible(&kernel.url, &token).await;
    for socket in [&mut second, &mut older] {
        socket.call("fs.ls", json!({ "path": "/home/ada" })).await;
        let refused = socket.try_call("tty.open", json!({ "pid": 1 })).await.expect_err("beyond its scopes");
        assert!(refused["error"].as_str().expect("text").contains("tty:write"), "{refused}");
    }
    second.call("fs.watch", json!({ "path": "/home/ada" })).await;
    desk.call("preference.set", json!({ "key": "a.b", "value": 1 })).await;
    desk.call("auth.updateProfile", json!({ "displayName": "Ada L." })).await;
    desk.call("fs.write", json!({ "path": "/home/ada/b.txt", "content": "x" })).await;
    second.wait_for("the file", |event| event["type"] == "fs.changed").await;
    second.call("fs.ls", json!({ "path": "/home/ada" })).await;
    let heard: Vec<&Value> = second.events.iter().map(|event| &event["type"]).collect();
    assert!(heard.iter().all(|wire| wire.as_str().is_some_and(|wire| wire.starts_with("fs."))), "{heard:?}");

    // Neither socket is spoken to: they end by themselves.
    desk.call("auth.revokeToken", json!({ "tokenId": info["id"] })).await;
    while second.event().await.is_some() {}
    assert_eq!(second.closed, Some(4401));
    let refused = older.try_call("fs.ls", json!({ "path": "/home/ada" })).await.expect_err("nobody any more");
    assert_eq!(refused["error"], "Authentication required", "{refused}");
    assert_eq!(kernel.rest().get("/api/v1/fs/home/ada", Some(&token)).await.0, 401);
}

#[tokio::test]
async fn an_administrators_token_administers_only_where_that_was_said() {
    let mut kernel = Kernel::start().await;
    let mut root = kernel.client().await;
    let (plain, _) = make(&mut root, json!(["*:write"])).await;
    let (full, _) = make(&mut root, json!(["*:write", "admin"])).await;
    let ada = kernel.register("ada").await;
    let mut desk = kernel.client_of(&ada).await;
    let refused = desk.try_call("auth.createToken", json!({ "name": "x", "scopes": ["admin"] })).await;
    assert_eq!(refused.expect_err("no administrator")["code"], "forbidden");
    kernel.kill().await;
    let kernel = kernel.again().await;
    for (token, status) in [(&plain, 403), (&full, 200)] {
        let answer = kernel.rest().post("/api/v1/commands/user.list", Some(token), &json!({})).await;
        assert_eq!(answer.0, status, "{answer:?}");
    }
}

#[tokio::test]
async fn tokens_of_others_are_theirs() {
    let kernel = Kernel::start().await;
    let (ada, bob) = (kernel.register("ada").await, kernel.register("bob").await);
    let (mut ada, mut bob, mut root) =
        (kernel.client_of(&ada).await, kernel.client_of(&bob).await, kernel.client().await);
    let me = ada.call("auth.me", json!({})).await["user"]["id"].clone();
    let (token, info) = make(&mut ada, json!(["fs:read"])).await;
    assert_eq!(bob.call("auth.listTokens", json!({})).await, json!([]));
    for fields in [json!({ "tokenId": info["id"] }), json!({ "tokenId": info["id"], "userId": me })] {
        let refused = bob.try_call("auth.revokeToken", fields).await.expect_err("another's");
        assert_eq!(refused["code"], "not_found", "{refused}");
    }
    assert!(bob.try_call("auth.listTokens", json!({ "userId": me })).await.is_err());
    assert_eq!(root.call("auth.listTokens", json!({ "userId": me })).await[0]["id"], info["id"]);
    root.call("auth.revokeToken", json!({ "tokenId": info["id"], "userId": me })).await;
    assert_eq!(kernel.rest().get("/api/v1/fs/home/ada", Some(&token)).await.0, 401);
    let heard = bob.call("kernel.status", json!({})).await;
    assert!(heard.is_object() && !bob.events.iter().any(|event| event["type"].to_string().contains("auth.token")));
}
