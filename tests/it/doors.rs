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
async fn a_name_that_others_can_point_here_is_refused() {
    let kernel = Options::default().set("AETHER_CORS_ORIGINS", "https://desk.example").start().await;
    let http = rest::builder().build().expect("a client");
    let get = async |path: &str, host: &str| {
        let answer = http.get(format!("{}{path}", kernel.url)).header("host", host).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json::<serde_json::Value>().await.expect("JSON"))
    };
    for host in ["localhost:3001", "desk.localhost", "[::1]:3001", "192.0.2.1", "desk.example"] {
        assert_eq!(get("/health", host).await.0, 200, "{host}");
    }
    let (status, answer) = get("/health", "evil.example:3001").await;
    assert_eq!(status, 421);
    assert!(answer["error"].as_str().is_some_and(|error| error.contains("AETHER_CORS_ORIGINS")), "{answer}");
    let (status, answer) = get("/api/v1/agents", "evil.example").await;
    assert_eq!((status, &answer["error"]["code"]), (421, &json!("FORBIDDEN")), "{answer}");
    let upgrade = http
        .get(format!("{}/kernel", kernel.url))
        .header("host", "evil.example")
        .header("origin", "http://evil.example")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(upgrade.send().await.expect("an answer").status(), 421);
    let open = Options::default().set("AETHER_HOST", "0.0.0.0").start().await;
    let port = open.url.rsplit(':').next().expect("a port");
    let health = http.get(format!("http://127.0.0.1:{port}/health")).header("host", "desk.example");
    assert_eq!(health.send().await.expect("an answer").status(), 200, "its network knows it by its own names");
}

#[tokio::test]
async fn a_foreign_page_signs_nobody_in() {
    let kernel = Options::default().set("AETHER_CORS_ORIGINS", "https://desk.example").start().await;
    let http = rest::builder().build().expect("a client");
    let login = json!({ "username": "admin", "password": aether_tests::kernel::PASSWORD });
    let sign_in = async |head: &[(&str, &str)]| {
        let request = http.post(format!("{}/api/auth/login", kernel.url)).json(&login);
        let request = head.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(sign_in(&[]).await, 200, "no page at all");
    assert_eq!(sign_in(&[("origin", &kernel.url), ("sec-fetch-site", "same-origin")]).await, 200);
    assert_eq!(sign_in(&[("origin", "https://desk.example"), ("sec-fetch-site", "cross-site")]).await, 200);
    for head in [("origin", "http://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        assert_eq!(sign_in(&[head]).await, 403, "{head:?}");
    }
}

#[tokio::test]
async fn strangers_are_told_no_counts() {
    let model = CountingModel::start(|_, _| (String::new(), vec![("ask_user", json!({ "question": "so?" }))])).await;
    let kernel = Options::default().set("OPENAI_API_KEY", "k").set("OPENAI_BASE_URL", &model.url).start().await;
    let token = kernel.admin().await;
    let config = json!({ "role": "a", "goal": "b", "model": "openai:gpt-4.1" });
    kernel.client_of(&token).await.call("process.spawn", json!({ "config": config })).await;
    let counted = async |token: Option<&str>| {
        let (status, health) = kernel.rest().get("/health", token).await;
        assert_eq!((status, &health["status"]), (200, &json!("ok")), "{health}");
        let counts = health["processes"].as_object().expect("counts");
        assert_eq!(counts.len(), 7, "{health}");
        assert_eq!(health["sandbox"].is_string(), token.is_some(), "the engine's name: {health}");
        counts.values().filter_map(serde_json::Value::as_u64).sum::<u64>()
    };
    assert_eq!(counted(None).await, 0);
    assert!(counted(Some(&token)).await > 0);
}

#[tokio::test]
async fn a_name_of_a_socket_is_its_users() {
    let kernel = Kernel::start().await;
    let login = json!({ "username": "admin", "password": aether_tests::kernel::PASSWORD });
    let mut first = Client::open(&kernel.url, None, "?session=desk").await;
    first.call("auth.login", login.clone()).await;
    let mut second = Client::open(&kernel.url, None, "?session=desk").await;
    assert!(second.try_call("kernel.status", json!({})).await.is_err(), "a stranger");
    first.call("kernel.status", json!({})).await;
    second.call("auth.login", login).await;
    while first.event().await.is_some() {}
    assert_eq!(first.closed, Some(4000), "now it is the same user");
    second.call("kernel.status", json!({})).await;
}

#[tokio::test]
async fn guesses_at_an_account_do_not_keep_its_owner_out() {
    let kernel = Options::default().unset("AETHER_RATE_LIMIT").start().await;
    let guess = json!({ "username": "admin", "password": "not this one" });
    for _ in 0..5 {
        assert_eq!(kernel.rest().post("/api/auth/login", None, &guess).await.0, 401);
    }
    let (status, answer) = kernel.rest().post("/api/auth/login", None, &guess).await;
    assert_eq!(status, 429, "{answer}");
    let mut socket = Client::open(&kernel.url, None, "").await;
    let refused = socket.try_call("auth.login", guess).await.expect_err("the same address");
    assert_eq!(refused["code"], "rate_limited", "{refused}");
    let output = tokio::process::Command::new(aether_tests::programs::ours("aether"))
        .args(["--json", "status"])
        .env("AETHER_FS_ROOT", kernel.path())
        .output()
        .await
        .expect("it ran");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Asks for something on a connection of its own.
async fn ask_anew(kernel: &Kernel) -> reqwest::Response {
    let http = rest::builder().build().expect("a client");
    http.get(format!("{}/health", kernel.url)).send().await.expect("an answer")
}

/// Waits until there is a place for another connection.
async fn a_place(kernel: &Kernel) {
    aether_tests::within("a place", async {
        while ask_anew(kernel).await.status() != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await; // grace
        }
    })
    .await;
}

async fn is_turned_away(answer: reqwest::Response) {
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "5");
    assert_eq!(answer.headers()["connection"], "close");
    let body: serde_json::Value = answer.json().await.expect("JSON");
    assert_eq!(body["retryAfter"], 5, "{body}");
}

#[tokio::test]
async fn one_address_does_not_take_all_connections() {
    let kernel = Kernel::start().await;
    let address = kernel.url.strip_prefix("http://").expect("a plain URL");
    let mut open = Vec::new();
    for _ in 0..256 {
        open.push(tokio::net::TcpStream::connect(address).await.expect("connected"));
    }
    is_turned_away(ask_anew(&kernel).await).await;
    // One that asks for nothing is not kept either.
    let mut silent = tokio::net::TcpStream::connect(address).await.expect("connected");
    let read = aether_tests::within("the end", tokio::io::AsyncReadExt::read(&mut silent, &mut [0; 1])).await;
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    drop(open);
    a_place(&kernel).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_last_files_that_may_be_open_are_not_for_connections() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let kernel = Kernel::start().await;
    let pid = kernel.os_pid();
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).expect("its limits");
    let files = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit");
    let [_, hard, soft] = files.split_whitespace().rev().take(3).collect::<Vec<_>>()[..] else { panic!("{files}") };
    assert_eq!(soft, hard, "it has what the system allows");
    // So few that a quarter of them is left, once some twenty more are open.
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("its files").count() as u64;
    let few = Rlimit { current: Some((open + 20) * 4 / 3), maximum: hard.parse().ok() };
    prlimit(Pid::from_raw(pid as i32), Resource::Nofile, few).expect("set");
    let address = kernel.url.strip_prefix("http://").expect("a plain URL");
    let mut open = Vec::new();
    let refused = loop {
        let answer = ask_anew(&kernel).await;
        if answer.status() != 200 {
            break answer;
        }
        assert!(open.len() < 100, "connections take the last files");
        open.push(tokio::net::TcpStream::connect(address).await.expect("connected"));
    };
    is_turned_away(refused).await;
    let output = tokio::process::Command::new(aether_tests::programs::ours("aether"))
        .args(["--json", "status"])
        .env("AETHER_FS_ROOT", kernel.path())
        .output()
        .await
        .expect("it ran");
    assert!(output.status.success(), "the owner gets in: {}", String::from_utf8_lossy(&output.stderr));
    drop(open);
    a_place(&kernel).await;
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
