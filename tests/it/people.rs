//! What people have to do with their own accounts: cookies, second factors, names, preferences.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aether_tests::kernel::PASSWORD;
use aether_tests::{Client, Kernel, Options, rest, within};
use jsonwebtoken::{EncodingKey, Header};
use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

/// How a cookie is kept whose token lives a day, to the first seconds of it.
const LIVES: &str = "HttpOnly; SameSite=Strict; Path=/; Max-Age=86";

/// Seconds since the Unix epoch.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// What an authenticator app shows; a later step's code stays good if the step ends meanwhile.
fn code(secret: &Value, steps: u64) -> String {
    let secret = Secret::try_from_base32(secret.as_str().expect("a secret")).expect("base32");
    Builder::new().with_secret(secret).build().expect("an app").generate(now() + steps * 30).to_string()
}

async fn post(kernel: &Kernel, path: &str, cookie: Option<&str>, body: &Value) -> Response {
    let request = rest::builder().build().expect("a client").post(format!("{}{path}", kernel.url)).json(body);
    let request = match cookie {
        Some(cookie) => request.header(header::COOKIE, cookie),
        None => request,
    };
    request.send().await.expect("an answer")
}

/// The cookie a page has after this answer, and how it is kept.
fn set_cookie(response: &Response) -> (String, String) {
    let set = response.headers()[header::SET_COOKIE].to_str().expect("text");
    let (pair, attributes) = set.split_once("; ").expect("attributes");
    (pair.to_owned(), attributes.to_owned())
}

async fn page(kernel: &Kernel, cookie: &str) -> Client {
    let mut client = Client::open_with(&kernel.url, Some("aether.2"), "", Some(cookie)).await;
    client.send(&json!({ "type": "hello" })).await;
    client
}

#[tokio::test]
async fn a_cookie_is_renewed_and_taken_away() {
    let kernel = Kernel::start().await;
    let login = json!({ "username": "admin", "password": PASSWORD });
    let (first, attributes) = set_cookie(&post(&kernel, "/api/auth/login", None, &login).await);
    assert!(attributes.starts_with(LIVES), "{attributes}");
    let mut desk = page(&kernel, &first).await;
    assert_eq!(desk.frame().await.expect("a welcome")["user"]["username"], "admin");
    let me = desk.call("auth.me", json!({})).await;
    assert_eq!((&me["via"], &me["mfaEnabled"]), (&json!("socket"), &json!(false)), "{me}");

    let response = post(&kernel, "/api/auth/refresh", Some(&first), &json!({})).await;
    let (second, attributes) = set_cookie(&response);
    assert_ne!(second, first);
    assert!(attributes.starts_with(LIVES), "{attributes}");
    let dead = desk.try_call("auth.me", json!({})).await.expect_err("the old token is dead");
    assert_eq!((&dead["code"], desk.closed), (&json!("closed"), Some(4401)));
    let mut desk = page(&kernel, &second).await;
    assert_eq!(desk.frame().await.expect("a welcome")["type"], "welcome");

    for status in [StatusCode::OK, StatusCode::UNAUTHORIZED] {
        let response = post(&kernel, "/api/auth/logout", Some(&second), &json!({})).await;
        assert_eq!(response.status(), status);
        let gone = ("aether_token=".to_owned(), "HttpOnly; SameSite=Strict; Path=/; Max-Age=0".to_owned());
        assert_eq!(set_cookie(&response), gone, "a dead one goes too");
    }
    assert!(desk.try_call("auth.me", json!({})).await.is_err());
    assert_eq!(desk.closed, Some(4401));
    let mut desk = page(&kernel, &second).await;
    assert!(desk.event().await.is_none());
    assert_eq!(desk.closed, Some(4401));
    let response = post(&kernel, "/api/auth/logout", None, &json!({})).await;
    assert!(response.status() == StatusCode::UNAUTHORIZED && response.headers().get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn an_administrator_who_creates_users_stays_who_it_is() {
    let kernel = Options::default().set("AETHER_REGISTRATION_OPEN", "false").start().await;
    let somebody = |name: &str| json!({ "username": name, "password": "a fine password" });
    let mut desk = Client::compatible(&kernel.url, &kernel.admin().await).await;
    for name in ["ada", "bob"] {
        let made = desk.call("auth.register", somebody(name)).await;
        assert_eq!(made["user"]["username"], name, "{made}");
        assert_eq!(desk.call("auth.me", json!({})).await["user"]["username"], "admin", "after {name}");
    }
    let login = json!({ "username": "admin", "password": PASSWORD });
    let (cookie, _) = set_cookie(&post(&kernel, "/api/auth/login", None, &login).await);
    let response = post(&kernel, "/api/auth/register", Some(&cookie), &somebody("cleo")).await;
    assert!(response.status() == StatusCode::OK && response.headers().get(header::SET_COOKIE).is_none());
    let refused = Client::open(&kernel.url, None, "").await.try_call("auth.register", somebody("eve")).await;
    assert!(refused.is_err(), "{refused:?}");
}

#[tokio::test]
async fn a_cookie_that_expires_closes_its_socket() {
    let secret = "a secret of the tests, long enough";
    let kernel = Options::default().set("AETHER_SECRET", secret).start().await;
    let mut client = kernel.client().await;
    let me = client.call("auth.me", json!({})).await;
    let left = me["expiresAt"].as_u64().expect("a time") / 1_000 - now();
    assert!((86_000..=86_400).contains(&left), "{me}");
    let cookie = |expires_at: u64| {
        let user = &me["user"];
        let claims = json!({ "sub": user["id"], "username": user["username"], "role": user["role"], "iat": now(),
            "exp": expires_at, "jti": format!("0.{expires_at}") });
        let key = EncodingKey::from_secret(secret.as_bytes());
        format!("aether_token={}", jsonwebtoken::encode(&Header::default(), &claims, &key).expect("signed"))
    };
    let mut late = page(&kernel, &cookie(now())).await;
    assert!(late.event().await.is_none());
    assert_eq!(late.closed, Some(4401));

    let mut desk = page(&kernel, &cookie(now() + 3)).await;
    assert_eq!(desk.frame().await.expect("a welcome")["type"], "welcome");
    within("the end of the token", async {
        while desk.try_call("auth.me", json!({})).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await; // grace
        }
    })
    .await;
    assert_eq!(desk.closed, Some(4401));
}

#[tokio::test]
async fn a_second_factor_over_rest() {
    let kernel = Kernel::start().await;
    let rest = kernel.rest();
    let token = kernel.register("ada").await;
    let own = Some(token.as_str());
    let login = json!({ "username": "ada", "password": "a fine password" });
    for path in ["setup", "verify", "enable", "disable"] {
        let body = json!({ "code": "123456" });
        assert_eq!(rest.post(&format!("/api/auth/mfa/{path}"), None, &body).await.0, 401, "{path}");
    }
    let (status, shown) = rest.post("/api/auth/mfa/setup", own, &json!({})).await;
    assert_eq!(status, 200, "{shown}");
    let uri = format!("otpauth://totp/AetherOS:ada?secret={}&issuer=AetherOS", shown["secret"].as_str().expect("text"));
    assert_eq!(shown["otpauthUri"], uri);
    assert!(rest.post("/api/auth/login", None, &login).await.1["token"].is_string(), "it waits for its first code");
    let verify = async |code: &str| rest.post("/api/auth/mfa/verify", own, &json!({ "code": code })).await;
    assert_eq!(verify(&code(&shown["secret"], 0)).await, (200, json!({ "valid": true })));
    assert_eq!(verify("no code").await, (200, json!({ "valid": false })));
    for (path, body) in [("verify", json!({})), ("enable", json!({})), ("enable", json!({ "code": "no code" }))] {
        let (status, answer) = rest.post(&format!("/api/auth/mfa/{path}"), own, &body).await;
        assert!(status == 400 && answer["error"].is_string(), "{path}: {status} {answer}");
    }
    let used = code(&shown["secret"], 0);
    let (status, on) = rest.post("/api/auth/mfa/enable", own, &json!({ "code": used })).await;
    assert_eq!((status, &on["enabled"]), (200, &json!(true)), "{on}");
    assert_eq!(on["recoveryCodes"].as_array().map(Vec::len), Some(10), "{on}");
    assert_eq!(rest.post("/api/auth/mfa/setup", own, &json!({})).await.0, 409, "one that is on is not replaced");

    let response = post(&kernel, "/api/auth/login", None, &login).await;
    assert!(response.headers().get(header::SET_COOKIE).is_none(), "nobody is signed in yet");
    let asked: Value = response.json().await.expect("JSON");
    assert_eq!((&asked["mfaRequired"], &asked["token"], &asked["user"]), (&json!(true), &Value::Null, &Value::Null));
    let half = asked["mfaToken"].as_str().expect("a token");
    assert_eq!(rest.get("/api/v1/agents", Some(half)).await.0, 401, "it signs nobody in");
    let send =
        async |code: &str| post(&kernel, "/api/auth/mfa/login", None, &json!({ "mfaToken": half, "code": code })).await;
    assert_eq!(post(&kernel, "/api/auth/mfa/login", None, &json!({})).await.status(), 400);
    for bad in ["no code", &used] {
        assert_eq!(send(bad).await.status(), 401, "{bad}");
    }
    let response = send(&code(&shown["secret"], 1)).await;
    assert_eq!(response.status(), 200);
    let (cookie, attributes) = set_cookie(&response);
    assert!(attributes.starts_with(LIVES), "{attributes}");
    let answer: Value = response.json().await.expect("JSON");
    assert_eq!(cookie, format!("aether_token={}", answer["token"].as_str().expect("a token")));
    assert_eq!(answer["user"]["mfaEnabled"], true, "{answer}");
    let recovery = on["recoveryCodes"][0].as_str().expect("a code");
    assert_eq!(send(recovery).await.status(), 401, "the step is done");

    assert_eq!(rest.get("/api/v1/agents", own).await.0, 200, "tokens from before live on");
    let disable = json!({ "code": recovery });
    assert_eq!(rest.post("/api/auth/mfa/disable", own, &disable).await, (200, json!({ "enabled": false })));
    assert!(rest.post("/api/auth/login", None, &login).await.1["token"].is_string());
}

#[tokio::test]
async fn a_second_factor_over_a_socket() {
    let kernel = Options::default().unset("AETHER_RATE_LIMIT").start().await;
    let token = kernel.register("ada").await;
    let mut desk = kernel.client_of(&token).await;
    let shown = desk.call("auth.mfaSetup", json!({})).await;
    let on = desk.call("auth.mfaEnable", json!({ "code": code(&shown["secret"], 0) })).await;
    desk.wait_for("the news", |event| event["type"] == "auth.mfa.enabled").await;
    assert_eq!(desk.call("auth.me", json!({})).await["mfaEnabled"], true);

    let mut client = Client::open(&kernel.url, None, "").await;
    let login = json!({ "username": "ada", "password": "a fine password" });
    let asked = client.call("auth.login", login).await;
    assert_eq!((&asked["mfaRequired"], &asked["token"]), (&json!(true), &Value::Null), "{asked}");
    assert!(client.try_call("auth.me", json!({})).await.is_err(), "nobody is signed in yet");
    let code = |code: &str| json!({ "mfaToken": asked["mfaToken"], "code": code });
    for _ in 0..5 {
        let wrong = client.try_call("auth.mfaLogin", code("no code")).await.expect_err("wrong");
        assert_eq!(wrong["code"], "unauthenticated", "{wrong}");
    }
    // A wait is short at first, and this machine may be slow: what comes after its end is one more guess, and a longer one.
    let limited = loop {
        let refused = client.try_call("auth.mfaLogin", code("no code")).await.expect_err("wrong");
        match refused["code"].as_str() {
            Some("rate_limited") => break refused,
            other => assert_eq!(other, Some("unauthenticated"), "{refused}"),
        }
    };
    assert!(limited["retryAfter"].is_u64(), "{limited}");
    let mut status = 401;
    while status == 401 {
        status = kernel.rest().post("/api/auth/mfa/login", None, &code("no code")).await.0;
    }
    assert_eq!(status, 429, "the other door is no way around");
    let recovery = on["recoveryCodes"][0].as_str().expect("a code");
    let signed_in = within("its time to pass", async {
        loop {
            match client.try_call("auth.mfaLogin", code(recovery)).await {
                Ok(signed_in) => return signed_in,
                Err(refused) => assert_eq!(refused["code"], "rate_limited", "{refused}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await; // grace
        }
    });
    assert_eq!(signed_in.await["user"]["username"], "ada");
    assert_eq!(client.call("auth.me", json!({})).await["user"]["username"], "ada", "the socket is the user's");
}

#[tokio::test]
async fn a_name_changes_on_every_screen_of_its_user() {
    let kernel = Kernel::start().await;
    let token = kernel.register("ada").await;
    let (mut first, mut second) = (kernel.client_of(&token).await, kernel.client_of(&token).await);
    let (mut admin, mut other) = (kernel.client().await, kernel.client_of(&kernel.register("bob").await).await);
    let info = first.call("auth.updateProfile", json!({ "displayName": "Ada L." })).await;
    assert_eq!((&info["username"], &info["displayName"]), (&json!("ada"), &json!("Ada L.")));
    for screen in [&mut second, &mut admin] {
        let told = screen.wait_for("the news", |event| event["type"] == "user.updated").await;
        assert_eq!(told["user"], info);
    }
    other.call("auth.updateProfile", json!({ "displayName": "Bob" })).await;
    let told = other.wait_for("the news", |event| event["type"] == "user.updated").await;
    assert_eq!(told["user"]["username"], "bob", "only of oneself");
    let refused = first.try_call("auth.updateProfile", json!({ "displayName": "x".repeat(129) })).await;
    assert_eq!(refused.expect_err("too long")["code"], "invalid_input");
}

#[tokio::test]
async fn preferences_agree_on_every_screen_and_outlive_the_kernel() {
    let mut kernel = Kernel::start().await;
    let token = kernel.register("ada").await;
    let (mut first, mut second) = (kernel.client_of(&token).await, kernel.client_of(&token).await);
    let (mut admin, mut old) = (kernel.client().await, Client::compatible(&kernel.url, &token).await);
    let layout = json!({ "windows": [{ "x": 1.5 }] });
    let set = json!({ "key": "desktop.layout", "value": layout, "rev": 0 });
    let rev = first.call("preference.set", set.clone()).await["rev"].clone();
    let lost = second.try_call("preference.set", set).await.expect_err("another wrote meanwhile");
    assert_eq!(lost["code"], "conflict", "{lost}");
    let is_ours = |event: &Value| event["type"] == "entity.changed" && event["kind"] == "preference";
    let told = second.wait_for("the change", is_ours).await;
    assert_eq!((&told["id"], &told["rev"]), (&json!("desktop.layout"), &rev));
    assert_eq!(told["entity"], json!({ "key": "desktop.layout", "value": layout }));
    let read = second.call("preference.get", json!({ "key": "desktop.layout" })).await;
    assert_eq!(read, json!({ "key": "desktop.layout", "value": layout, "rev": rev }));
    second.call("preference.set", json!({ "key": "theme", "value": null })).await;
    let list = first.call("preference.list", json!({})).await;
    assert_eq!((&list[0]["key"], &list[0]["rev"], &list[1]["key"]), (&json!("desktop.layout"), &rev, &json!("theme")));
    first.call("preference.delete", json!({ "key": "theme" })).await;
    second
        .wait_for("the end of it", |event| is_ours(event) && event["id"] == "theme" && event["entity"].is_null())
        .await;
    for other in [&mut admin, &mut old] {
        other.call("kernel.status", json!({})).await;
        assert!(!other.events.iter().any(is_ours), "{:?}", other.events);
    }
    assert_eq!(admin.call("preference.list", json!({})).await, json!([]));
    for (wrong, code) in [
        (json!({ "key": "Desktop", "value": 1 }), "invalid_input"),
        (json!({ "key": "theme" }), "invalid_input"),
        (json!({ "key": "theme", "value": "x".repeat(256 * 1024) }), "too_large"),
    ] {
        assert_eq!(first.try_call("preference.set", wrong).await.expect_err("refused")["code"], code);
    }

    assert!(kernel.terminate().await.success());
    let kernel = kernel.again().await;
    let body = json!({ "key": "desktop.layout" });
    let (status, answer) = kernel.rest().post("/api/v1/commands/preference.get", Some(&token), &body).await;
    assert_eq!((status, &answer["data"]["value"]), (200, &layout), "{answer}");
}
