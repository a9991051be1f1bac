//! Bad input: each gets a typed error that says what to do, and the connection lives on.

use aether_tests::{Client, Kernel, Options};
use serde_json::{Value, json};

/// Sends a frame and gives the error it is answered with.
async fn refused(client: &mut Client, frame: &str) -> Value {
    client.send_text(frame).await;
    loop {
        let frame = aether_tests::within("an answer", client.frame()).await.expect("an open socket");
        match frame["type"].as_str() {
            Some("response.error") => return frame,
            Some("response.ok") => panic!("it was accepted: {frame}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn malformed_frames_are_answered_and_the_socket_lives_on() {
    let kernel = Kernel::start().await;
    let token = kernel.admin().await;
    let second = kernel.client_of(&token).await;
    let first = Client::compatible(&kernel.url, &token).await;
    for mut client in [first, second] {
        for frame in
            ["", "null", "3", "[]", "\"text\"", "{", "{}", r#"{"type":5}"#, r#"{"type":null,"id":"a"}"#, "\u{0}"]
        {
            let error = refused(&mut client, frame).await;
            assert_eq!(
                (&error["id"], &error["code"]),
                (&json!(error["id"]), &json!("invalid_input")),
                "{frame}: {error}"
            );
        }
        for (frame, names) in [
            (r#"{"type":"no.such","id":"a"}"#, "no.such"),
            (r#"{"type":"process.info","id":"a"}"#, "pid"),
            (r#"{"type":"process.info","id":"a","pid":"seven"}"#, "process.info"),
            (r#"{"type":"process.info","id":"a","pid":-1}"#, "process.info"),
            (r#"{"type":"process.spawn","id":"a","config":null}"#, "process.spawn"),
            (r#"{"type":"process.signal","id":"a","pid":1,"signal":"SIGFOO"}"#, "SIGFOO"),
        ] {
            let error = refused(&mut client, frame).await;
            assert_eq!((&error["id"], &error["code"]), (&json!("a"), &json!("invalid_input")), "{frame}: {error}");
            assert!(error["error"].as_str().expect("text").contains(names), "{frame}: {error}");
        }
        let error = client.try_call("process.info", json!({ "pid": 99_999 })).await.expect_err("no such process");
        assert_eq!(error["code"], "not_found", "{error}");
        assert_eq!(client.call("kernel.status", json!({})).await["version"], "0.1.0");
    }
}

#[tokio::test]
async fn oversized_frames_and_bodies_are_refused_by_their_limit() {
    let kernel = Options::default().set("AETHER_MAX_BODY", "65536").start().await;
    let token = kernel.admin().await;
    let mut client = kernel.client_of(&token).await;
    let large = "x".repeat(70_000);
    let fields = json!({ "type": "fs.write", "id": "a", "path": "/home/admin/a", "content": large });
    let error = refused(&mut client, &fields.to_string()).await;
    assert_eq!(error["code"], "too_large", "{error}");
    assert!(client.event().await.is_none() && client.closed == Some(1009), "{:?}", client.closed);
    let (status, answer) =
        kernel.rest().raw("POST", "/api/v1/commands/fs.write", Some(&token), large.clone().into_bytes()).await;
    assert_eq!((status, &answer["error"]["code"]), (413, &json!("TOO_LARGE")), "{answer}");
    assert_eq!(kernel.rest().get("/health", None).await.0, 200);
}

#[tokio::test]
async fn strangers_may_send_little_until_they_have_signed_in() {
    let kernel = Kernel::start().await;
    let login = json!({ "username": "admin", "password": aether_tests::kernel::PASSWORD });
    for bytes in [65_600, 90_000, 1_000_000] {
        let mut client = Client::open(&kernel.url, None, "").await;
        let error = refused(&mut client, &"x".repeat(bytes)).await;
        assert_eq!(error["code"], "too_large", "{error}");
        while client.event().await.is_some() {}
        assert_eq!(client.closed, Some(1009), "{bytes}");
    }
    let mut hello = Client::open(&kernel.url, Some("aether.2"), "").await;
    hello.send_text(&"x".repeat(1_000_000)).await;
    assert!(hello.event().await.is_none() && hello.closed == Some(1009), "{:?}", hello.closed);

    let mut client = Client::open(&kernel.url, None, "").await;
    for _ in 0..4 {
        let error = refused(&mut client, &"x".repeat(65_536)).await;
        assert_eq!(error["code"], "invalid_input", "one after the other they may come: {error}");
    }
    client.call("auth.login", login.clone()).await;
    let large = "x".repeat(1_000_000);
    client.call("fs.write", json!({ "path": "/home/admin/a", "content": large })).await;
    let mut client = kernel.client().await;
    client.call("fs.write", json!({ "path": "/home/admin/b", "content": large })).await;

    let mut body = login;
    body["password"] = large.into();
    let (status, answer) = kernel.rest().post("/api/auth/login", None, &body).await;
    assert_eq!(status, 413, "{answer}");
}

#[tokio::test]
async fn bad_paths_never_leave_their_place() {
    let kernel = Kernel::start().await;
    let token = kernel.register("ada").await;
    std::fs::write(kernel.path().join("outside.txt"), "outside").expect("a file");
    let mut client = kernel.client_of(&token).await;
    client.call("fs.write", json!({ "path": "/home/ada/a.txt", "content": "mine" })).await;
    let home = kernel.path().join("home/ada");
    std::os::unix::fs::symlink("../../outside.txt", home.join("relative")).expect("a link");
    std::os::unix::fs::symlink(kernel.path().join("outside.txt"), home.join("absolute")).expect("a link");
    std::os::unix::fs::symlink("/etc", home.join("folder")).expect("a link");
    let long = format!("/home/ada/{}", "n".repeat(300));
    for path in [
        "",
        "/",
        "/etc/passwd",
        "/home/ada/../../outside.txt",
        "/home/ada/../../../../etc/passwd",
        "/home/ada/relative",
        "/home/ada/absolute",
        "/home/ada/folder/passwd",
        "/home/ada/a\u{0}b",
        "/home/ADA/a.txt",
        "/home/ada/%2e%2e/%2e%2e/outside.txt",
        "/home/agent_99/a",
        "/var/kernel.db",
        &long,
    ] {
        for wire in ["fs.read", "fs.write", "fs.rm"] {
            let fields = json!({ "path": path, "content": "changed", "recursive": false });
            let answer = client.try_call(wire, fields).await;
            let inside = path.contains("%2e") && wire != "fs.read";
            let unlinked = matches!(path, "/home/ada/relative" | "/home/ada/absolute") && wire != "fs.read";
            match answer {
                Ok(answer) => assert!(inside || unlinked, "{wire} {path:?}: {answer}"),
                Err(error) => {
                    assert!(error["error"].as_str().is_some_and(|text| text.len() > 10), "{wire} {path:?}: {error}")
                }
            }
        }
    }
    assert_eq!(std::fs::read_to_string(kernel.path().join("outside.txt")).expect("a file"), "outside");
    assert_eq!(client.call("fs.read", json!({ "path": "/home/ada/a.txt" })).await["content"], "mine");
    let (status, _) = kernel.rest().get("/api/v1/fs/home%2Fada%2F..%2F..%2Foutside.txt", Some(&token)).await;
    assert!(matches!(status, 400 | 403 | 404), "{status}");
}

#[tokio::test]
async fn a_token_that_is_no_good_signs_nobody_in() {
    let kernel = Kernel::start().await;
    let token = kernel.register("ada").await;
    let forged = format!("{}x", token);
    let mut unsigned: Vec<&str> = token.split('.').collect();
    unsigned[0] = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    for bad in ["", "x", "a.b.c", &forged, &unsigned.join(".")] {
        let (status, _) = kernel.rest().get("/api/v1/agents", Some(bad)).await;
        assert_eq!(status, 401, "{bad}");
    }
    let mut client = Client::open(&kernel.url, Some("aether.2"), "").await;
    client.send(&json!({ "type": "hello", "token": forged })).await;
    assert!(client.event().await.is_none());
    assert_eq!(client.closed, Some(4401));

    let mut client = kernel.client_of(&token).await;
    let (status, _) = kernel.rest().post("/api/auth/logout", Some(&token), &json!({})).await;
    assert!(matches!(status, 200 | 204), "{status}");
    let dead = client.try_call("process.list", json!({})).await.expect_err("signed out");
    assert_eq!((&dead["code"], client.closed), (&json!("closed"), Some(4401)));
    assert_eq!(kernel.rest().get("/api/v1/agents", Some(&token)).await.0, 401);
}
