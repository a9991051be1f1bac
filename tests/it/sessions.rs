//! Sign-ins that last: seen, ended, signed by other keys, and passwords that were lost.

use aether_tests::{Client, Kernel, Options};
use serde_json::{Value, json};

const PASSWORD: &str = "a fine password";

async fn sessions(client: &mut Client) -> Vec<Value> {
    client.call("auth.listSessions", json!({})).await.as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_session_that_is_revoked_closes_its_socket_at_once() {
    let kernel = Kernel::start().await;
    let first = kernel.register("ada").await;
    let mut desk = kernel.client_of(&first).await;
    let second = kernel.token("ada", PASSWORD).await;
    let mut other = kernel.client_of(&second).await;
    let mut older = Client::compatible(&kernel.url, &second).await;
    older.call("auth.me", json!({})).await;
    let listed = sessions(&mut desk).await;
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(listed.iter().all(|session| session["address"] == "127.0.0.1" && session["createdAt"].is_u64()));
    assert!(!serde_json::to_string(&listed).expect("JSON").contains(&second));
    let theirs = listed.iter().find(|session| session["current"] == false).expect("the other one");
    desk.call("auth.revokeSession", json!({ "sessionId": theirs["id"] })).await;
    while other.event().await.is_some() {}
    assert_eq!(other.closed, Some(4401), "nothing was asked on it");
    let refused = older.try_call("auth.me", json!({})).await.expect_err("nobody any more");
    assert_eq!(refused["error"], "Authentication required", "{refused}");
    assert_eq!(kernel.rest().get("/api/v1/agents", Some(&second)).await.0, 401);
    let told = desk.wait_for("the end", |event| event["type"] == "auth.session.revoked").await;
    assert_eq!(told["sessionId"], theirs["id"]);

    // Its own: it is answered, and then out.
    let own = sessions(&mut desk).await;
    assert_eq!((own.len(), &own[0]["current"]), (1, &json!(true)), "{own:?}");
    desk.call("auth.revokeSession", json!({ "sessionId": own[0]["id"] })).await;
    while desk.event().await.is_some() {}
    assert_eq!(desk.closed, Some(4401));
}

#[tokio::test]
async fn all_others_end_and_what_is_anothers_is_not_reached() {
    let mut kernel = Kernel::start().await;
    let mut tokens = vec![kernel.register("ada").await];
    for _ in 0..2 {
        tokens.push(kernel.token("ada", PASSWORD).await);
    }
    let bob = kernel.register("bob").await;
    let (mut desk, mut bob) = (kernel.client_of(&tokens[0]).await, kernel.client_of(&bob).await);
    let me = desk.call("auth.me", json!({})).await["user"]["id"].clone();
    let own = sessions(&mut desk).await;
    for (wire, fields) in [
        ("auth.listSessions", json!({ "userId": me })),
        ("auth.revokeSessions", json!({ "userId": me })),
        ("auth.revokeSession", json!({ "sessionId": own[0]["id"] })),
        ("auth.revokeSession", json!({ "sessionId": own[0]["id"], "userId": me })),
        ("user.resetPassword", json!({ "userId": me })),
        ("auth.rotateKey", json!({})),
    ] {
        let refused = bob.try_call(wire, fields).await.expect_err(wire);
        assert!(refused["code"] == "not_found" || refused["code"] == "forbidden", "{wire}: {refused}");
    }
    assert_eq!(desk.call("auth.revokeSessions", json!({})).await, json!({ "ended": 2 }));
    kernel.kill().await;
    let kernel = kernel.again().await;
    let rest = kernel.rest();
    let mut alive = Vec::new();
    for token in &tokens {
        alive.push(rest.get("/api/v1/agents", Some(token)).await.0);
    }
    assert_eq!(alive, [200, 401, 401]);
    let mut root = kernel.client().await;
    assert_eq!(root.call("auth.revokeSessions", json!({ "userId": me })).await, json!({ "ended": 1 }));
    assert_eq!(rest.get("/api/v1/agents", Some(&tokens[0])).await.0, 401);
}

#[tokio::test]
async fn tokens_outlive_the_key_that_signed_them() {
    let mut kernel = Kernel::start().await;
    let before = kernel.register("ada").await;
    let mut root = kernel.client().await;
    let key = root.call("auth.rotateKey", json!({})).await;
    let after = kernel.token("ada", PASSWORD).await;
    let kid = jsonwebtoken::decode_header(&after).expect("a header").kid;
    assert_eq!(kid.as_deref(), key["kid"].as_str());
    assert_ne!(jsonwebtoken::decode_header(&before).expect("a header").kid, kid);
    kernel.kill().await;
    let kernel = kernel.again().await;
    for token in [&before, &after] {
        assert_eq!(kernel.rest().get("/api/v1/agents", Some(token)).await.0, 200);
    }
    let database = std::fs::read(kernel.path().join("var/kernel.db")).unwrap_or_default();
    assert!(!database.windows(after.len()).any(|window| window == after.as_bytes()));
}

#[tokio::test]
async fn a_lost_password_is_set_anew_by_a_token_of_an_administrator() {
    // Without limits nobody is slowed down.
    let kernel = Options::default().set("AETHER_RATE_LIMIT", "1").start().await;
    let rest = kernel.rest();
    let ada = kernel.register("ada").await;
    let mut desk = kernel.client_of(&ada).await;
    let me = desk.call("auth.me", json!({})).await["user"]["id"].clone();
    let made = desk.call("auth.createToken", json!({ "name": "x", "scopes": ["fs:read"] })).await;
    let mut root = kernel.client().await;
    let issued = root.call("user.resetPassword", json!({ "userId": me })).await;
    let reset = |token: Value, password: &str| json!({ "token": token, "newPassword": password });
    let path = "/api/auth/password/reset";
    assert_eq!(rest.post(path, None, &reset(json!("none"), "battery staple")).await.0, 403);
    assert_eq!(rest.post(path, None, &reset(issued["token"].clone(), "short")).await.0, 400);
    let answer = rest.post(path, None, &reset(issued["token"].clone(), "battery staple")).await;
    assert_eq!(answer, (200, json!({ "ok": true })));
    while desk.event().await.is_some() {}
    assert_eq!(desk.closed, Some(4401));
    assert_eq!(rest.get("/api/v1/fs/home/ada", made["token"].as_str()).await.0, 401, "programs are out too");
    let old = json!({ "username": "ada", "password": PASSWORD });
    assert_eq!(rest.post("/api/auth/login", None, &old).await.0, 401);
    kernel.token("ada", "battery staple").await;
    assert_eq!(rest.post(path, None, &reset(issued["token"].clone(), "another horse")).await.0, 403, "once");
    let mut last = 0;
    for _ in 0..6 {
        last = rest.post(path, None, &reset(json!("a guess"), "another horse")).await.0;
    }
    assert_eq!(last, 429);
    // A socket on which nobody has signed in takes it too, and stays nobody's.
    let mut stranger = Client::open(&kernel.url, None, "").await;
    let refused = stranger.try_call("auth.resetPassword", reset(json!("a guess"), "another horse")).await;
    let refused = refused.expect_err("a guess");
    assert!(refused["code"] == "rate_limited" || refused["code"] == "forbidden", "{refused}");
}
