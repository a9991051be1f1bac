//! The description of the REST interface, held to the server that it describes.

use aether_tests::{Kernel, rest};
use serde_json::{Map, Value};

/// Operations that would end the caller's own session, or do not end.
const LEFT_OUT: [&str; 6] = [
    "/api/v1/events",
    "/api/auth/logout",
    "/api/auth/password",
    "/api/auth/refresh",
    "/api/v1/commands/auth.logout",
    "/api/v1/commands/auth.refresh",
];

fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    paths.iter().flat_map(|(path, verbs)| {
        verbs.as_object().expect("verbs").iter().map(move |(verb, operation)| (path, verb, operation))
    })
}

fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.starts_with('{') {
        true => "99999",
        false => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn whoever_asks_is_shown_the_description() {
    let kernel = Kernel::start().await;
    let rest = kernel.rest();
    let (status, newer) = rest.get("/openapi.json", None).await;
    assert_eq!((status, newer["openapi"].as_str()), (200, Some("3.1.0")));
    assert_eq!(rest.get("/api/v1/openapi.json", None).await.0, 401);
    let token = kernel.register("ada").await;
    let (status, older) = rest.get("/api/v1/openapi.json", Some(&token)).await;
    assert_eq!((status, older["data"]["openapi"].as_str()), (200, Some("3.0.3")));
    let count = |document: &Value| operations(document).count();
    assert_eq!(count(&newer), count(&older["data"]));
    let http = rest::builder().build().expect("a client");
    let page = http.get(format!("{}/docs", kernel.url)).header("accept", "text/html").send().await.expect("a page");
    assert_eq!(page.status(), 200);
    let rules = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(rules.starts_with("default-src 'none'; style-src 'self'"), "{rules}");
    let page = page.text().await.expect("text");
    assert!(page.contains("/docs/style.css") && page.contains("process.spawn"));
    let style = http.get(format!("{}/docs/style.css", kernel.url)).send().await.expect("a style");
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn what_is_described_is_there_and_answers_as_described() {
    let kernel = Kernel::start().await;
    let (rest, token) = (kernel.rest(), kernel.admin().await);
    let (_, document) = rest.get("/openapi.json", None).await;
    let mut faults = Vec::new();
    for (path, verb, operation) in operations(&document).filter(|(path, ..)| !LEFT_OUT.contains(&path.as_str())) {
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        let verb = verb.to_uppercase();
        let body = if example.is_null() { Vec::new() } else { example.to_string().into_bytes() };
        let (status, answer) = rest.json(&verb, &filled(path), &token, body).await;
        let nothing = Map::new();
        let described = operation["responses"].as_object().unwrap_or(&nothing);
        if !described.contains_key(&status.to_string()) {
            faults.push(format!("{verb} {path}: {status} is not described: {answer}"));
        }
        if status == 404 && answer["error"] == "Not found" {
            faults.push(format!("{verb} {path} is not there"));
        }
        let is_left =
            operation["x-served"] == false || operation["summary"].as_str().unwrap_or("").contains("Not served");
        if status >= 500 && !(status == 501 && is_left || status == 503 && path != "/ready") {
            faults.push(format!("{verb} {path}: {status} {answer}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn strangers_get_what_is_public_and_nothing_else() {
    let kernel = Kernel::start().await;
    let rest = kernel.rest();
    let (_, document) = rest.get("/openapi.json", None).await;
    for (path, verb, operation) in operations(&document) {
        let verb = verb.to_uppercase();
        let (status, answer) = rest.raw(&verb, &filled(path), None, Vec::new()).await;
        let is_public = operation["security"].as_array().is_some_and(Vec::is_empty);
        if !is_public {
            assert_eq!(status, 401, "{verb} {path}: {answer}");
        }
    }
}
