//! Files as a browser gets them: what it may do with them, which version it has, what it saves them as.

use aether_tests::{Kernel, rest};
use reqwest::{Response, StatusCode, Url, header};
use serde_json::json;

/// Names that something on the way could trip over.
const NAMES: [&str; 7] = [
    "plain.txt",
    "quote\"s and 'apostrophes'.txt",
    "line\nbreak\r\tand tab.txt",
    "\u{202e}txt.exe",
    "e\u{301}\u{1f600} ü 文.txt",
    "%2F%00 ?#&+;=.txt",
    " -rf ~ $(x) `y` ",
];

struct Browser {
    http: reqwest::Client,
    kernel: Kernel,
    token: String,
}

impl Browser {
    async fn new() -> Browser {
        let kernel = Kernel::start().await;
        let token = kernel.register("ada").await;
        Browser { http: rest::builder().build().expect("a client"), kernel, token }
    }

    fn url(&self, route: &str, pairs: &[(&str, &str)]) -> Url {
        Url::parse_with_params(&format!("{}{route}", self.kernel.url), pairs).expect("a URL")
    }

    async fn get(&self, pairs: &[(&str, &str)], headers: &[(&str, &str)]) -> Response {
        let mut request = self.http.get(self.url("/api/fs/raw", pairs));
        request = request.header(header::COOKIE, format!("aether_token={}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    }
}

fn head(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_browser_is_told_which_version_it_has() {
    let browser = Browser::new().await;
    let mut client = browser.kernel.client_of(&browser.token).await;
    let path = "/home/ada/a.txt";
    client.call("fs.write", json!({ "path": path, "content": "0123456789" })).await;
    // What was changed just now may change again unseen: its tag is not for parts.
    let file = std::fs::File::options().write(true).open(browser.kernel.path().join(&path[1..])).expect("there");
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    file.set_modified(then).expect("set");

    let whole = browser.get(&[("path", path)], &[]).await;
    let (tag, time) = (head(&whole, "etag"), head(&whole, "last-modified"));
    assert!(tag.starts_with('"') && time.ends_with(" GMT"), "{tag} {time}");
    assert_eq!(head(&whole, "cache-control"), "private, no-cache");
    assert_eq!(whole.text().await.expect("a body"), "0123456789");
    for condition in [("if-none-match", tag.as_str()), ("if-none-match", "*"), ("if-modified-since", &time)] {
        let same = browser.get(&[("path", path)], &[condition]).await;
        assert_eq!((same.status(), head(&same, "etag")), (StatusCode::NOT_MODIFIED, tag.clone()), "{condition:?}");
        assert!(same.bytes().await.expect("a body").is_empty());
    }
    for (condition, status, text) in [
        (tag.as_str(), StatusCode::PARTIAL_CONTENT, "23"),
        (&time, StatusCode::PARTIAL_CONTENT, "23"),
        ("\"another\"", StatusCode::OK, "0123456789"),
    ] {
        let part = browser.get(&[("path", path)], &[("range", "bytes=2-3"), ("if-range", condition)]).await;
        assert_eq!(part.status(), status, "{condition}");
        assert_eq!(part.text().await.expect("a body"), text);
    }
    client.call("fs.write", json!({ "path": path, "content": "9876543210" })).await;
    let other = browser.get(&[("path", path)], &[("if-none-match", &tag)]).await;
    assert_eq!((other.status(), other.text().await.expect("a body").as_str()), (StatusCode::OK, "9876543210"));
    // Whoever may not read it is not told that it is the same.
    let bob = browser.kernel.register("bob").await;
    let request = browser.http.get(browser.url("/api/fs/raw", &[("path", path)])).bearer_auth(bob);
    let refused = request.header("if-none-match", "*").send().await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nothing_an_agent_wrote_runs_in_our_origin() {
    let browser = Browser::new().await;
    let mut client = browser.kernel.client_of(&browser.token).await;
    for (name, kind, sandboxed) in [
        ("a.png", "image/png", false),
        ("a.pdf", "application/pdf", false),
        ("a.txt", "text/plain; charset=utf-8", false),
        ("a.svg", "image/svg+xml", true),
        ("a.html", "text/html; charset=utf-8", true),
        ("a.xhtml", "application/xhtml+xml", true),
        ("a.js", "text/plain; charset=utf-8", true),
        ("a", "application/octet-stream", true),
    ] {
        let path = format!("/home/ada/{name}");
        client.call("fs.write", json!({ "path": path, "content": "<script>alert(1)</script>" })).await;
        let response = browser.get(&[("path", &path)], &[]).await;
        assert_eq!(head(&response, "content-type"), kind, "{name}");
        let policy = head(&response, "content-security-policy");
        assert_eq!((policy.starts_with("sandbox"), policy.contains("allow-")), (sandboxed, false), "{name}: {policy}");
        assert_eq!(head(&response, "x-content-type-options"), "nosniff");
        assert_eq!(head(&response, "content-disposition"), "inline");
    }
    let drawing = browser.get(&[("path", "/home/ada/a.svg")], &[]).await;
    assert!(head(&drawing, "content-security-policy").contains("default-src 'none'"));
}

#[tokio::test]
async fn a_name_of_any_kind_survives_every_way() {
    let browser = Browser::new().await;
    let mut client = browser.kernel.client_of(&browser.token).await;
    for name in NAMES {
        let path = format!("/home/ada/{name}");
        let upload = browser.http.post(browser.url("/api/fs/upload", &[("path", &path)])).bearer_auth(&browser.token);
        let answer = upload.body(name).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{name:?}: {:?}", answer.text().await);
        let listed = client.call("fs.ls", json!({ "path": "/home/ada" })).await;
        assert_eq!((&listed[0]["name"], &listed[0]["path"]), (&json!(name), &json!(path)));
        let saved = browser.get(&[("path", &path), ("download", "1")], &[]).await;
        assert_eq!(saved.status(), StatusCode::OK, "{name:?}");
        let disposition = head(&saved, "content-disposition");
        let whole = disposition.split("filename*=UTF-8''").nth(1).expect("a whole name");
        let decoded = Url::parse(&format!("x:?{}", whole.replace('+', "%2B"))).expect("a URL");
        let (decoded, _) = decoded.query_pairs().next().map(|(name, rest)| (name.into_owned(), rest)).expect("a name");
        assert_eq!(decoded, name, "{disposition}");
        assert!(disposition.starts_with("attachment; filename=\""), "{disposition}");
        assert_eq!(saved.text().await.expect("a body"), name);
        let found = client.call("fs.search", json!({ "path": "/home/root", "query": name })).await;
        assert_eq!(found[0]["name"], name, "{found}");
        let entry = client.call("fs.trash", json!({ "path": path })).await;
        assert_eq!((&entry["name"], &entry["path"], &entry["type"]), (&json!(name), &json!(path), &json!("file")));
        assert_eq!(client.call("fs.listTrash", json!({})).await, json!([entry]));
        assert_eq!(client.call("fs.restore", json!({ "entryId": entry["id"] })).await, json!({ "path": path }));
        assert_eq!(client.call("fs.read", json!({ "path": path })).await["content"], name);
        client.call("fs.rm", json!({ "path": path })).await;
    }
}
