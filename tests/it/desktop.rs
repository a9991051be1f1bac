//! The desktop as browsers load it: who is shown the page, what may be kept, what the page may do.

use std::path::Path;

use aether_tests::{Kernel, Options, rest};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A desktop of a few files, and something beside its folder that is none of it.
fn desktop() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write("secret.js", "secret");
    write("ui/index.html", "<link href=\"/assets/start-1.css\"><script src=\"/assets/start-2.js\"></script>the page");
    write("ui/assets/start-1.css", "a{}");
    write("ui/assets/start-2.js", "plain");
    write("ui/assets/start-2.js.br", "by brotli");
    write("ui/assets/start-2.js.gz", "by gzip");
    write("ui/assets/aether-3.wasm", "\0asm");
    write("ui/icons/icon-192.png", "png");
    write("ui/manifest.json", "{}");
    write("ui/sw.js", "worker");
    folder
}

/// A kernel that serves it.
async fn served(folder: &Path) -> Kernel {
    Options::default().set("AETHER_UI", &folder.join("ui").display().to_string()).start().await
}

async fn get(kernel: &Kernel, path: &str, head: &[(&str, &str)]) -> Response {
    ask(kernel, "GET", path, head).await
}

async fn ask(kernel: &Kernel, method: &str, path: &str, head: &[(&str, &str)]) -> Response {
    let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
    let request = rest::builder().build().expect("a client").request(method, format!("{}{path}", kernel.url));
    let request = head.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.expect("an answer")
}

fn head(answer: &Response, name: &str) -> String {
    answer.headers().get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn the_page_goes_to_browsers_and_programs_are_answered_as_before() {
    let folder = desktop();
    let kernel = served(folder.path()).await;
    let (status, answer) = kernel.rest().get("/", None).await;
    assert_eq!((status, answer), (200, json!({ "name": "Aether OS Kernel", "version": "0.1.0" })));
    let json = get(&kernel, "/", &[("accept", "application/json")]).await;
    assert!(head(&json, "content-type").starts_with("application/json") && head(&json, "vary").contains("Accept"));
    for path in ["/", "/agents/12", "/settings?tab=models", "/index.html"] {
        let answer = get(&kernel, path, &[("accept", BROWSER)]).await;
        assert_eq!(
            (answer.status(), head(&answer, "content-type").as_str()),
            (StatusCode::OK, "text/html; charset=utf-8")
        );
        assert!(head(&answer, "vary").contains("Accept-Encoding"), "{path}");
        assert!(answer.text().await.expect("text").ends_with("the page"), "{path}");
    }
    let (status, answer) = kernel.rest().get("/agents/12", None).await;
    assert_eq!(
        (status, &answer["error"]),
        (401, &json!("Authentication required")),
        "only browsers are shown the page"
    );
}

#[tokio::test]
async fn paths_of_programs_are_never_the_page() {
    let folder = desktop();
    let kernel = served(folder.path()).await;
    let token = kernel.admin().await;
    let bearer = format!("Bearer {token}");
    for path in ["/api/v1/nothing", "/api/nothing", "/cluster/x", "/embed/x.js", "/%61pi/nothing"] {
        let stranger = get(&kernel, path, &[("accept", BROWSER)]).await;
        assert_eq!(stranger.status(), 401, "{path}");
        let answer = get(&kernel, path, &[("accept", BROWSER), ("authorization", &bearer)]).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert!(head(&answer, "content-type").starts_with("application/json"), "{path}");
    }
    let health = get(&kernel, "/health", &[("accept", BROWSER)]).await;
    assert_eq!(health.json::<Value>().await.expect("JSON")["status"], "ok");
    let posted = ask(&kernel, "POST", "/agents/12", &[("accept", BROWSER)]).await;
    assert_eq!(posted.status(), 401, "what changes something is no visit");
    let missing = get(&kernel, "/assets/start-9.js", &[("accept", BROWSER)]).await;
    assert_eq!(missing.status(), 404, "a file that is gone is not the page");
    assert_eq!(head(&missing, "cache-control"), "no-store");
}

#[tokio::test]
async fn files_are_kept_as_long_as_their_names_say() {
    let folder = desktop();
    let kernel = served(folder.path()).await;
    let kept = [
        ("/assets/start-2.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/start-1.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/aether-3.wasm", "application/wasm", "public, max-age=31536000, immutable"),
        ("/icons/icon-192.png", "image/png", "public, max-age=604800"),
        ("/manifest.json", "application/manifest+json", "no-cache"),
        ("/sw.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
    ];
    for (path, media, keep) in kept {
        let answer = get(&kernel, path, &[]).await;
        assert_eq!((answer.status(), head(&answer, "content-type").as_str()), (StatusCode::OK, media), "{path}");
        assert_eq!(head(&answer, "cache-control"), keep, "{path}");
        let tag = head(&answer, "etag");
        assert!(tag.starts_with('"'), "{path}: {tag}");
        let known = get(&kernel, path, &[("if-none-match", &tag)]).await;
        assert_eq!((known.status(), head(&known, "etag")), (StatusCode::NOT_MODIFIED, tag), "{path}");
        assert_eq!(known.bytes().await.expect("a body").len(), 0, "{path}");
        let length = answer.content_length();
        let body = answer.bytes().await.expect("a body");
        let only_head = ask(&kernel, "HEAD", path, &[]).await;
        assert_eq!(head(&only_head, "content-length"), body.len().to_string(), "{path}");
        assert_eq!(length, Some(body.len() as u64));
    }
    let before = head(&get(&kernel, "/", &[("accept", BROWSER)]).await, "etag");
    std::fs::write(folder.path().join("ui/index.html"), "another page").expect("written");
    let after = get(&kernel, "/", &[("accept", BROWSER), ("if-none-match", &before)]).await;
    assert_eq!(after.text().await.expect("text"), "another page", "a new build is there at once");
}

#[tokio::test]
async fn a_browser_gets_the_encoding_it_takes() {
    let folder = desktop();
    let kernel = served(folder.path()).await;
    let mut tags = Vec::new();
    for (accepted, encoding, body) in [
        ("gzip, deflate, br", "br", "by brotli"),
        ("gzip", "gzip", "by gzip"),
        ("br;q=0, gzip", "gzip", "by gzip"),
        ("identity", "", "plain"),
    ] {
        let answer = get(&kernel, "/assets/start-2.js", &[("accept-encoding", accepted)]).await;
        assert_eq!(head(&answer, "content-encoding"), encoding, "{accepted}");
        assert_eq!(head(&answer, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(head(&answer, "vary"), "Accept-Encoding");
        tags.push(head(&answer, "etag"));
        assert_eq!(answer.text().await.expect("text"), body, "{accepted}");
    }
    assert_eq!(tags[1], tags[2]);
    assert!(tags[0] != tags[1] && tags[1] != tags[3], "each form has a tag of its own: {tags:?}");
    let plain = get(&kernel, "/assets/start-1.css", &[("accept-encoding", "br")]).await;
    assert_eq!(head(&plain, "content-encoding"), "", "what is not there compressed is sent as it is");
}

#[tokio::test]
async fn the_page_is_fenced_in_and_says_what_it_needs_first() {
    let folder = desktop();
    let kernel = served(folder.path()).await;
    let host = kernel.url.trim_start_matches("http://").to_owned();
    for path in ["/", "/sw.js", "/assets/start-2.js", "/assets/nothing.js"] {
        let answer = get(&kernel, path, &[("accept", BROWSER)]).await;
        if answer.status() == StatusCode::NOT_FOUND {
            continue;
        }
        let policy = head(&answer, "content-security-policy");
        let rules: Vec<&str> = policy.split(';').map(str::trim).collect();
        let sockets = format!("connect-src 'self' ws://{host} wss://{host}");
        for rule in [
            "default-src 'self'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "object-src 'none'",
            &sockets,
        ] {
            assert!(rules.contains(&rule), "{path}: {rule} is not in {policy}");
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(head(&answer, name), value, "{path}");
        }
        assert!(head(&answer, "permissions-policy").contains("camera=()"), "{path}");
    }
    let links = head(&get(&kernel, "/", &[("accept", BROWSER)]).await, "link");
    assert_eq!(links, "</assets/start-1.css>; rel=preload; as=style, </assets/start-2.js>; rel=modulepreload");
    let odd = get(&kernel, "/", &[("accept", BROWSER), ("host", "evil.example")]).await;
    assert_eq!(odd.status(), 421, "a name that others can point here gets no page");
}

#[tokio::test]
async fn nothing_outside_the_folder_is_a_file_of_the_desktop() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let folder = desktop();
    let kernel = served(folder.path()).await;
    let host = kernel.url.trim_start_matches("http://").to_owned();
    for path in [
        "/assets/../../secret.js",
        "/assets/..%2f..%2fsecret.js",
        "/assets/%2e%2e/%2e%2e/secret.js",
        "/icons/..\\..\\secret.js",
        "/assets//../../secret.js",
        "/assets/./start-2.js",
        "/../secret.js",
        "/secret.js",
        "/assets/start-2.js%00",
        "/assets/start-2.js.br",
        "/assets/",
        "/assets",
    ] {
        // By hand: every client would tidy these paths up first.
        let mut socket = tokio::net::TcpStream::connect(&host).await.expect("connected");
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.expect("read");
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.starts_with("HTTP/1.1 200") && !answer.ends_with("secret"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn loading_the_desktop_uses_up_no_requests() {
    let folder = desktop();
    let ui = folder.path().join("ui").display().to_string();
    let kernel = Options::default().unset("AETHER_RATE_LIMIT").set("AETHER_UI", &ui).start().await;
    for _ in 0..60 {
        assert_eq!(get(&kernel, "/assets/start-2.js", &[]).await.status(), 200);
    }
    assert_eq!(get(&kernel, "/api/v1/agents", &[]).await.status(), 401, "not limited yet");
}

#[tokio::test]
async fn where_there_is_no_desktop_the_page_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let kernel = served(folder.path()).await;
    let answer = get(&kernel, "/", &[("accept", BROWSER)]).await;
    assert_eq!(answer.status(), 503);
    let text = answer.text().await.expect("text");
    assert!(text.contains("cargo xtask run") && text.contains("AETHER_UI"), "{text}");
    assert!(!text.contains(&folder.path().display().to_string()), "a stranger learns no path");
    assert_eq!(kernel.rest().get("/", None).await.0, 200);
    assert_eq!(get(&kernel, "/agents/12", &[("accept", BROWSER)]).await.status(), 401);
}

#[tokio::test]
async fn the_built_desktop_is_whole() {
    let kernel = Kernel::start().await;
    let answer = get(&kernel, "/", &[("accept", BROWSER)]).await;
    assert_eq!(answer.status(), 200, "`cargo xtask build-ui` builds it first");
    assert!(head(&answer, "link").matches("/assets/").count() >= 4, "program, script, style, font");
    let page = answer.text().await.expect("text");
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains("javascript:"), "{page}");
    for script in page.split("<script").skip(1) {
        let tag = script.split('>').next().expect("a tag");
        assert!(tag.contains("src=\"/assets/") || tag.contains("type=\"application/json\""), "inline: {tag}");
    }
    let list = page.split("id=\"assets\">").nth(1).and_then(|rest| rest.split("</script>").next()).expect("a list");
    let list: Value = serde_json::from_str(list).expect("JSON");
    for name in ["aether.wasm", "start.js", "start.css", "terminal.js", "terminal.css", "inter-latin-wght-normal.woff2"]
    {
        assert!(list[name].is_string(), "{name} is not in {list}");
    }
    let worker = get(&kernel, "/sw.js", &[]).await.text().await.expect("text");
    let kept = worker.split("const FILES = ").nth(1).and_then(|rest| rest.split(';').next()).expect("files");
    let kept: Vec<String> = serde_json::from_str(kept).expect("JSON");
    assert!(kept.iter().any(|url| *url == list["aether.wasm"]) && !worker.contains("\"unpacked\""), "{kept:?}");
    let manifest: Value = get(&kernel, "/manifest.json", &[]).await.json().await.expect("JSON");
    let icons = manifest["icons"].as_array().expect("icons").iter().filter_map(|icon| icon["src"].as_str());
    let all = list.as_object().expect("a list").values().filter_map(Value::as_str);
    for url in all.chain(kept.iter().map(String::as_str)).chain(icons) {
        let answer = get(&kernel, url, &[]).await;
        assert_eq!(answer.status(), 200, "{url}");
        assert!(answer.bytes().await.expect("a body").len() > 100, "{url} is empty");
    }
}
