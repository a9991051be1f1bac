//! The doors themselves: sign-in, REST, health, replay, TLS, the local socket, an orderly end.

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Kernel, Options, rest};
use serde_json::json;

#[tokio::test]
async fn the_first_start_shows_a_password_once_and_it_works() {
    let kernel = Options::default().unset("AETHER_ADMIN_PASSWORD").start().await;
    let line = kernel.banner.iter().find(|line| line.contains("Sign in")).expect("how to sign in").clone();
    let password = line.split("the password ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a password");
    assert!(password.len() >= 16, "{line}");
    let token = kernel.token("admin", password).await;
    assert_eq!(kernel.rest().get("/api/v1/agents", Some(&token)).await.0, 200);
    let mut kernel = kernel;
    assert!(kernel.terminate().await.success());
    let again = kernel.again().await;
    assert!(!again.banner.iter().any(|line| line.contains(password)), "{:?}", again.banner);
    again.token("admin", password).await;
}

#[tokio::test]
async fn sign_in_refresh_password_and_sign_out() {
    let kernel = Kernel::start().await;
    let rest = kernel.rest();
    let first = kernel.register("ada").await;
    let taken = json!({ "username": "ada", "password": "a fine password", "displayName": "x" });
    let (status, answer) = rest.post("/api/auth/register", None, &taken).await;
    assert!(matches!(status, 400 | 409), "{answer}");
    let short = json!({ "username": "bob", "password": "short", "displayName": "x" });
    assert_eq!(rest.post("/api/auth/register", None, &short).await.0, 400);
    let wrong = json!({ "username": "ada", "password": "not this one" });
    assert_eq!(rest.post("/api/auth/login", None, &wrong).await.0, 401);

    let (status, answer) = rest.post("/api/auth/refresh", Some(&first), &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    let second = answer["token"].as_str().expect("a token").to_owned();
    let change = json!({ "currentPassword": "a fine password", "newPassword": "a finer password" });
    let (status, answer) = rest.post("/api/auth/password", Some(&second), &change).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(rest.get("/api/v1/agents", Some(&first)).await.0, 401, "other tokens die with the password");
    let third = kernel.token("ada", "a finer password").await;
    assert!(matches!(rest.post("/api/auth/logout", Some(&third), &json!({})).await.0, 200 | 204));
    assert_eq!(rest.get("/api/v1/agents", Some(&third)).await.0, 401);
}

#[tokio::test]
async fn the_routes_of_agents_files_and_the_system_do_what_they_say() {
    let model = CountingModel::start(|_, turn| match turn {
        0 => (String::new(), vec![("write_file", json!({ "path": "a.txt", "content": "hello" }))]),
        1 => (String::new(), vec![("ask_user", json!({ "question": "so?" }))]),
        _ => (String::new(), vec![("complete", json!({ "summary": "ended" }))]),
    })
    .await;
    let kernel = Options::default().set("OPENAI_API_KEY", "k").set("OPENAI_BASE_URL", &model.url).start().await;
    let (rest, token) = (kernel.rest(), kernel.admin().await);
    let token = Some(token.as_str());
    let mut client = kernel.client().await;

    let config = json!({ "role": "Writer", "goal": "write", "model": "openai:gpt-4.1" });
    let (status, answer) = rest.post("/api/v1/agents", token, &config).await;
    assert_eq!(status, 201, "{answer}");
    let pid = answer["data"]["pid"].as_u64().expect("a pid");
    client.wait("process.approval_required", pid).await;
    let (status, answer) = rest.get(&format!("/api/v1/agents/agent_{pid}"), token).await;
    assert_eq!((status, &answer["data"]["pid"]), (200, &json!(pid)), "{answer}");
    let (status, answer) = rest.get("/api/v1/agents?limit=1", token).await;
    assert_eq!((status, &answer["meta"]["total"]), (200, &json!(1)), "{answer}");
    let (status, answer) = rest.post(&format!("/api/v1/agents/{pid}/answer"), token, &json!({ "reply": "yes" })).await;
    assert_eq!(status, 200, "{answer}");
    client.wait("agent.completed", pid).await;

    let file = format!("/api/v1/fs/home/agent_{pid}/a.txt");
    let (status, answer) = rest.get(&file, token).await;
    assert_eq!((status, &answer["data"]["content"]), (200, &json!("hello")), "{answer}");
    assert_eq!(rest.put("/api/v1/fs/home/admin/new.txt", token, &json!({ "content": "text" })).await.0, 200);
    let (_, answer) = rest.get("/api/v1/fs/home/admin", token).await;
    assert_eq!(answer["data"][0]["name"], "new.txt", "{answer}");
    assert_eq!(rest.delete("/api/v1/fs/home/admin/new.txt", token).await.0, 200);
    assert_eq!(rest.get("/api/v1/fs/home/admin/new.txt", token).await.0, 404);

    assert_eq!(rest.get("/api/v1/system/status", token).await.0, 200);
    assert_eq!(rest.get("/health", None).await.0, 200);
    let (status, answer) = rest.post("/api/v1/commands/process.list", token, &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = rest.post("/api/v1/commands/gpu.list", token, &json!({})).await;
    assert_eq!((status, &answer["error"]["code"]), (501, &json!("NOT_IMPLEMENTED")), "{answer}");
    assert_eq!(rest.post("/api/v1/commands/kernel.shutdown", token, &json!({})).await.0, 404);
    assert_eq!(rest.get("/api/v1/nothing", token).await.0, 404);
}

#[tokio::test]
async fn a_client_that_was_away_gets_what_it_missed_and_only_its_own() {
    let model = CountingModel::start(|_, _| (String::new(), vec![("complete", json!({ "summary": "ended" }))])).await;
    let kernel = Options::default().set("OPENAI_API_KEY", "k").set("OPENAI_BASE_URL", &model.url).start().await;
    let token = kernel.register("ada").await;
    let away = kernel.client_of(&token).await;
    let since = away.seq;
    away.close().await;
    let mut client = kernel.client_of(&token).await;
    let config = json!({ "role": "a", "goal": "b", "model": "openai:gpt-4.1" });
    let pid = client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");
    client.wait("process.reaped", pid).await;
    let (_, welcome) = kernel.client_since(&token, since).await;
    let missed = welcome["missed"].as_array().expect("events");
    let names: Vec<&str> = missed.iter().filter_map(|event| event["type"].as_str()).collect();
    assert!(names.contains(&"process.spawned") && names.contains(&"agent.completed"), "{names:?}");
    let (_, welcome) = kernel.client_since(&token, 0).await;
    assert_eq!(welcome["snapshot"]["processes"], json!([]));
}

#[tokio::test]
async fn sigterm_ends_in_order_and_a_second_kernel_is_refused() {
    let mut kernel = Kernel::start().await;
    let second = Options::default().try_start(kernel.root.clone()).await;
    assert!(second.is_err_and(|status| !status.success()), "one kernel a folder");
    let mut client = kernel.client().await;
    assert!(kernel.terminate().await.success());
    assert!(client.event().await.is_none());
    assert_eq!(client.closed, Some(1001));
    assert!(!kernel.path().join("run/aether.sock").exists());
    kernel.again().await.client().await.call("kernel.status", json!({})).await;
}

#[tokio::test]
async fn a_certificate_makes_the_door_speak_tls() {
    let own =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("a certificate");
    let folder = tempfile::tempdir().expect("a folder");
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, own.cert.pem()).expect("written");
    std::fs::write(&key, own.signing_key.serialize_pem()).expect("written");
    let root = reqwest::Certificate::from_pem(own.cert.pem().as_bytes()).expect("a certificate");
    for (cert_name, key_name) in [("TLS_CERT_PATH", "TLS_KEY_PATH"), ("AETHER_TLS_CERT", "AETHER_TLS_KEY")] {
        let kernel = Options::default()
            .set(cert_name, &cert.display().to_string())
            .set(key_name, &key.display().to_string())
            .start()
            .await;
        assert!(kernel.url.starts_with("https://"), "{}", kernel.url);
        let client = rest::builder().add_root_certificate(root.clone()).build().expect("a client");
        let answer = client.get(format!("{}/health", kernel.url)).send().await.expect("an answer over TLS");
        assert_eq!(answer.status(), 200);
        let plain = client.get(format!("{}/health", kernel.url.replace("https", "http"))).send().await;
        assert!(plain.is_err() || plain.is_ok_and(|answer| answer.status() != 200), "nothing is said in clear");
    }
    let half = Options::default().set("TLS_CERT_PATH", &cert.display().to_string());
    let root = std::sync::Arc::new(tempfile::tempdir().expect("a folder"));
    assert!(half.try_start(root).await.is_err(), "a certificate without its key is refused");
}

#[tokio::test]
async fn the_local_owner_needs_no_token() {
    let kernel = Kernel::start().await;
    let output = tokio::process::Command::new(aether_tests::programs::ours("aether"))
        .args(["--json", "status"])
        .env("AETHER_FS_ROOT", kernel.path())
        .output()
        .await
        .expect("it ran");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(status["version"], "0.1.0");
}

#[tokio::test]
async fn limits_are_told_with_when_to_come_back() {
    let kernel = Options::default().unset("AETHER_RATE_LIMIT").start().await;
    let mut client = Client::open(&kernel.url, None, "").await;
    let mut limited = None;
    for _ in 0..700 {
        let refused = client.try_call("auth.validate", json!({ "token": "x" })).await.expect_err("no token of ours");
        if refused["code"] == "rate_limited" {
            limited = Some(refused);
            break;
        }
    }
    let limited = limited.expect("a limit");
    assert!(limited["retryAfter"].as_u64().is_some_and(|seconds| seconds <= 60), "{limited}");
}
