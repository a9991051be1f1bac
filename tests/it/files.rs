//! Files as bytes: over REST and over streams, whole, in parts, and cut off.

use std::path::Path;

use aether_tests::{Client, Kernel, Options, eventually, rest};
use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const DATA: u8 = 1;
const CREDIT: u8 = 2;
const END: u8 = 3;
const HEADER: usize = 5;
/// What either side may send before it gets credit.
const WINDOW: usize = 256 * 1024;

/// Bytes that are no text and do not repeat (xorshift).
fn random(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes: Vec<u8> = (0..count.div_ceil(8)).flat_map(|_| next()).collect();
    bytes.truncate(count);
    bytes
}

async fn get(kernel: &Kernel, token: &str, path: &str, range: Option<&str>) -> Response {
    let url = format!("{}/api/fs/raw?path={path}", kernel.url);
    let mut request = rest::builder().build().expect("a client").get(url).bearer_auth(token);
    if let Some(range) = range {
        request = request.header(header::RANGE, range);
    }
    request.send().await.expect("an answer")
}

fn head<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
}

/// True if a temporary file lies in this folder.
fn is_arriving(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).expect("a list").flatten();
    entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(".aether-tmp-"))
}

#[tokio::test]
async fn bytes_come_back_as_they_went() {
    let kernel = Kernel::start().await;
    let (rest, token) = (kernel.rest(), kernel.admin().await);
    let content = random(12_345_678);
    let put = rest.raw("PUT", "/api/v1/fs/home/admin/new/a.bin", Some(&token), content.clone()).await;
    assert_eq!(put, (200, json!({ "data": { "path": "/home/admin/new/a.bin", "written": true } })));
    let path = "/home/admin/new/b.bin";
    let (status, answer) =
        rest.raw("POST", &format!("/api/fs/upload?path={path}"), Some(&token), content.clone()).await;
    assert_eq!((status, answer), (200, json!({ "ok": true, "path": path, "size": content.len() })));
    for name in ["a.bin", "b.bin"] {
        assert!(std::fs::read(kernel.path().join("home/admin/new").join(name)).expect("a file") == content);
        let response = get(&kernel, &token, &format!("/home/admin/new/{name}"), None).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(head(&response, "content-type"), "application/octet-stream");
        assert_eq!(head(&response, "content-length"), content.len().to_string());
        assert!(response.bytes().await.expect("a body") == content);
    }
    assert!(!is_arriving(&kernel.path().join("home/admin")) && !is_arriving(&kernel.path().join("home/admin/new")));
    // Text, as before, and the form of JSON that is one.
    assert_eq!(rest.raw("PUT", "/api/v1/fs/tmp/t", Some(&token), b"text".to_vec()).await.0, 200);
    assert_eq!(rest.get("/api/v1/fs/tmp/t", Some(&token)).await.1["data"]["content"], "text");
    for (body, text) in
        [(json!({ "content": "inner" }), "inner"), (json!({ "content": "a", "b": 1 }), r#"{"b":1,"content":"a"}"#)]
    {
        assert_eq!(rest.put("/api/v1/fs/tmp/t", Some(&token), &body).await.0, 200);
        let (_, answer) = rest.get("/api/v1/fs/tmp/t", Some(&token)).await;
        let stored = answer["data"]["content"].as_str().expect("text");
        assert!(stored == text || serde_json::from_str::<Value>(stored).ok() == Some(body), "{stored}");
    }
    assert_eq!(rest.raw("POST", "/api/fs/upload?path=/tmp/empty", Some(&token), Vec::new()).await.0, 200);
    assert!(get(&kernel, &token, "/tmp/empty", None).await.bytes().await.expect("a body").is_empty());
    assert_eq!(rest.raw("PUT", "/api/v1/fs/tmp/t", Some(&token), vec![0xff]).await.0, 200);
    let (status, answer) = rest.get("/api/v1/fs/tmp/t", Some(&token)).await;
    assert!(status == 400 && answer["error"]["message"].as_str().expect("text").contains("/api/fs/raw"), "{answer}");
}

#[tokio::test]
async fn parts_and_kinds_of_files_are_told_in_the_head() {
    let kernel = Kernel::start().await;
    let token = kernel.admin().await;
    let content = random(200_000);
    for name in ["song.mp3", "picture.svg", "page.html"] {
        let path = format!("/api/fs/upload?path=/home/admin/{name}");
        assert_eq!(kernel.rest().raw("POST", &path, Some(&token), content.clone()).await.0, 200);
    }
    let song = "/home/admin/song.mp3";
    for (range, first, last) in [
        ("bytes=0-0", 0, 0),
        ("bytes=1000-150000", 1_000, 150_000),
        ("bytes=199999-", 199_999, 199_999),
        ("bytes=-500", 199_500, 199_999),
        ("bytes=-999999", 0, 199_999),
        ("bytes=5-9,20-30", 5, 9),
    ] {
        let response = get(&kernel, &token, song, Some(range)).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(head(&response, "content-range"), format!("bytes {first}-{last}/200000"));
        assert_eq!(head(&response, "content-length"), (last - first + 1).to_string());
        assert!(response.bytes().await.expect("a body") == content[first..=last], "{range}");
    }
    for range in ["bytes=200000-", "bytes=0-200000", "bytes=-0"] {
        let response = get(&kernel, &token, song, Some(range)).await;
        assert_eq!(response.status(), StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
        assert_eq!(head(&response, "content-range"), "bytes */200000");
    }
    for (name, media, sandboxed) in [
        ("song.mp3", "audio/mpeg", false),
        ("picture.svg", "image/svg+xml", true),
        ("page.html", "text/html; charset=utf-8", true),
    ] {
        let url = format!("{}/api/fs/raw?path=/home/admin/{name}", kernel.url);
        let cookie = format!("aether_token={token}");
        let request = rest::builder().build().expect("a client").head(url).header(header::COOKIE, cookie);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(head(&response, "content-type"), media);
        assert_eq!(head(&response, "content-length"), "200000");
        assert_eq!(head(&response, "accept-ranges"), "bytes");
        assert_eq!(head(&response, "x-content-type-options"), "nosniff");
        assert_eq!(head(&response, "content-disposition"), "inline");
        assert_eq!(head(&response, "cross-origin-resource-policy"), "same-origin");
        let policy = head(&response, "content-security-policy");
        assert_eq!((policy.starts_with("sandbox"), policy.contains("allow-")), (sandboxed, false), "{policy}");
        assert!(response.bytes().await.expect("no body").is_empty());
    }
}

#[tokio::test]
async fn what_may_not_be_is_refused() {
    let kernel = Options::default().set("AETHER_MAX_UPLOAD", "100000").start().await;
    let (rest, ada, bob) = (kernel.rest(), kernel.register("ada").await, kernel.register("bob").await);
    let (ada, bob) = (Some(ada.as_str()), Some(bob.as_str()));
    let (raw, upload) = ("/api/fs/raw?path=", "/api/fs/upload?path=");
    assert_eq!(rest.raw("POST", &format!("{upload}/home/ada/a"), ada, random(100_000)).await.0, 200);
    for (method, path, size) in
        [("POST", format!("{upload}/home/ada/a"), 100_001), ("PUT", "/api/v1/fs/home/ada/a".to_owned(), 5_000_000)]
    {
        let (status, answer) = rest.raw(method, &path, ada, random(size)).await;
        assert!(status == 413 && answer.to_string().contains("100000"), "{status} {answer}");
    }
    for (method, path, token, expect) in [
        ("GET", format!("{raw}/home/ada/a"), None, 401),
        ("POST", format!("{upload}/home/ada/a"), None, 401),
        ("PUT", "/api/v1/fs/home/ada/a".to_owned(), None, 401),
        ("GET", format!("{raw}/home/ada/a"), bob, 403),
        ("POST", format!("{upload}/home/ada/a"), bob, 403),
        ("PUT", "/api/v1/fs/home/ada/a".to_owned(), bob, 403),
        ("GET", format!("{raw}/home/bob/../ada/a"), bob, 403),
        ("GET", format!("{raw}/home/bob/..%2Fada%2Fa"), bob, 403),
        ("GET", format!("{raw}/../../etc/passwd"), bob, 403),
        ("GET", format!("{raw}/home/ada/none"), ada, 404),
        ("GET", format!("{raw}/home/ada"), ada, 400),
        ("POST", format!("{upload}/home/ada"), ada, 400),
        ("GET", "/api/fs/raw".to_owned(), ada, 400),
        ("GET", raw.to_owned(), ada, 400),
        ("POST", "/api/fs/upload".to_owned(), ada, 400),
        ("POST", "/api/v1/commands/fs.download".to_owned(), ada, 404),
        ("POST", "/api/v1/commands/fs.upload".to_owned(), ada, 404),
    ] {
        let (status, answer) = rest.raw(method, &path, token, b"x".to_vec()).await;
        assert_eq!(status, expect, "{method} {path}: {answer}");
        let sentence = if path.starts_with("/api/v1") { &answer["error"]["message"] } else { &answer["error"] };
        assert!(sentence.is_string(), "{method} {path}: {answer}");
    }
    let stored = std::fs::read(kernel.path().join("home/ada/a")).expect("a file");
    assert!(stored == random(100_000), "what was there stayed");
    for path in ["/api/fs/upload?path=/home/ada/a", "/api/v1/fs/home/ada/a"] {
        let method = if path.starts_with("/api/v1") { "PUT" } else { "POST" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\
             Connection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            ada.expect("a token")
        );
        let mut socket = connect(&kernel).await;
        socket.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 411 ") && answer.contains("Content-Length"), "{answer}");
    }
}

async fn connect(kernel: &Kernel) -> TcpStream {
    TcpStream::connect(kernel.url.trim_start_matches("http://")).await.expect("the kernel listens")
}

#[tokio::test]
async fn a_client_that_hangs_up_changes_nothing() {
    let kernel = Kernel::start().await;
    let token = kernel.admin().await;
    let mut client = kernel.client_of(&token).await;
    client.call("fs.write", json!({ "path": "/home/admin/dir/a", "content": "old" })).await;
    let folder = kernel.path().join("home/admin/dir");
    for path in ["/api/v1/fs/home/admin/dir/a", "/api/fs/upload?path=/home/admin/dir/a"] {
        let method = if path.starts_with("/api/v1") { "PUT" } else { "POST" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 9000000\r\n\r\n"
        );
        let mut socket = connect(&kernel).await;
        socket.write_all(request.as_bytes()).await.expect("sent");
        socket.write_all(&random(3_000_000)).await.expect("sent");
        eventually("the upload", || is_arriving(&folder)).await;
        drop(socket);
        eventually("the end of the upload", || !is_arriving(&folder)).await;
        assert_eq!(std::fs::read(folder.join("a")).expect("a file"), b"old");
    }
    // A socket that goes takes its uploads with it.
    let mut other = kernel.client_of(&token).await;
    let stream = opened(&other.call("fs.upload", json!({ "path": "/home/admin/dir/a", "size": 10 })).await);
    other.send_binary(frame(DATA, stream, b"123456789")).await;
    eventually("the upload", || is_arriving(&folder)).await;
    other.close().await;
    eventually("the end of the upload", || !is_arriving(&folder)).await;
    assert_eq!(client.call("fs.read", json!({ "path": "/home/admin/dir/a" })).await["content"], "old");
}

#[tokio::test]
async fn a_disk_that_fills_up_changes_nothing() {
    let kernel = Options::default().on_a_disk_of(24 * 1024 * 1024).start().await;
    let (rest, token) = (kernel.rest(), kernel.admin().await);
    let path = "/api/v1/fs/home/admin/a";
    assert_eq!(rest.raw("PUT", path, Some(&token), b"old".to_vec()).await.0, 200);
    let (status, answer) = rest.raw("PUT", path, Some(&token), random(30_000_000)).await;
    assert!(status == 503 && answer["error"]["message"].as_str().expect("text").contains("full"), "{answer}");
    assert_eq!(rest.get(path, Some(&token)).await.1["data"]["content"], "old");
    let room = random(10_000_000);
    assert_eq!(rest.raw("PUT", path, Some(&token), room.clone()).await.0, 200, "what had come was cleared away");
    assert!(get(&kernel, &token, "/home/admin/a", None).await.bytes().await.expect("a body") == room);
}

fn frame(kind: u8, stream: u32, rest: &[u8]) -> Vec<u8> {
    [&[kind][..], &stream.to_be_bytes(), rest].concat()
}

fn opened(answer: &Value) -> u32 {
    u32::try_from(answer["stream"].as_u64().expect("a stream")).expect("a small number")
}

/// The next frame of this stream: its kind and what it holds.
async fn next(client: &mut Client, stream: u32) -> (u8, Vec<u8>) {
    let bytes = client.next_binary().await;
    assert_eq!(bytes[1..HEADER], stream.to_be_bytes());
    (bytes[0], bytes[HEADER..].to_vec())
}

/// Reads a stream to its end, giving credit for what has come.
async fn read(client: &mut Client, stream: u32) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match next(client, stream).await {
            (DATA, bytes) => {
                all.extend_from_slice(&bytes);
                let used = u32::try_from(bytes.len()).expect("a small number");
                client.send_binary(frame(CREDIT, stream, &used.to_be_bytes())).await;
            }
            (END, _) => return all,
            (kind, _) => panic!("a frame of kind {kind}"),
        }
    }
}

/// Sends all of it, as credit allows, and gives how the upload ended.
async fn send(client: &mut Client, stream: u32, content: &[u8]) -> Value {
    let (mut credit, mut left) = (WINDOW, content);
    loop {
        let part = left.len().min(credit).min(100_000);
        if part > 0 {
            client.send_binary(frame(DATA, stream, &left[..part])).await;
            (credit, left) = (credit - part, &left[part..]);
            continue;
        }
        match next(client, stream).await {
            (CREDIT, bytes) => credit += u32::from_be_bytes(bytes.try_into().expect("four bytes")) as usize,
            (DATA, said) => {
                while next(client, stream).await.0 != END {}
                return serde_json::from_slice(&said).expect("JSON");
            }
            (kind, _) => panic!("a frame of kind {kind}"),
        }
    }
}

#[tokio::test]
async fn files_travel_in_streams_of_a_socket() {
    let kernel = Options::default().set("AETHER_MAX_UPLOAD", "4000000").start().await;
    let token = kernel.register("ada").await;
    let mut client = kernel.client_of(&token).await;
    let (content, path) = (random(3_000_000), "/home/ada/new/a.bin");
    let stream = opened(&client.call("fs.upload", json!({ "path": path, "size": content.len() })).await);
    assert_eq!(send(&mut client, stream, &content).await, json!({ "size": content.len() }));
    let changed = client.wait_for("the change", |event| event["type"] == "fs.changed").await;
    assert_eq!((&changed["path"], &changed["changeType"]), (&json!(path), &json!("create")));
    assert!(std::fs::read(kernel.path().join(&path[1..])).expect("a file") == content);

    let answer = client.call("fs.download", json!({ "path": path })).await;
    assert!(answer["size"] == content.len() && answer["modifiedAt"].as_f64().is_some_and(|at| at > 1.6e12), "{answer}");
    let stream = opened(&answer);
    // Without credit the kernel waits, while commands still work.
    let mut got = Vec::new();
    while got.len() < WINDOW {
        let (kind, bytes) = next(&mut client, stream).await;
        assert_eq!(kind, DATA);
        got.extend_from_slice(&bytes);
    }
    assert_eq!(got.len(), WINDOW);
    client.call("kernel.status", json!({})).await;
    assert!(client.binary.is_empty());
    client.send_binary(frame(CREDIT, stream, &(WINDOW as u32).to_be_bytes())).await;
    got.extend(read(&mut client, stream).await);
    assert!(got == content);
    let part = json!({ "path": path, "offset": 1_000_000, "length": 500_000 });
    let stream = opened(&client.call("fs.download", part).await);
    assert!(read(&mut client, stream).await == content[1_000_000..1_500_000]);

    let stream = opened(&client.call("fs.upload", json!({ "path": path, "size": 5 })).await);
    let said = send(&mut client, stream, b"123456").await;
    assert_eq!(said["code"], "invalid_input", "{said}");
    let stream = opened(&client.call("fs.upload", json!({ "path": path, "size": 5 })).await);
    client.send_binary(frame(DATA, stream, b"1234")).await;
    client.send_binary(frame(END, stream, b"")).await;
    eventually("the end of the upload", || !is_arriving(&kernel.path().join("home/ada/new"))).await;
    assert!(std::fs::read(kernel.path().join(&path[1..])).expect("a file") == content);

    for (wire, fields, code) in [
        ("fs.upload", json!({ "path": path, "size": 4_000_001 }), "too_large"),
        ("fs.upload", json!({ "path": "/home/admin/a", "size": 1 }), "forbidden"),
        ("fs.download", json!({ "path": "/home/admin/a" }), "forbidden"),
        ("fs.download", json!({ "path": "/home/ada/none" }), "not_found"),
        ("fs.download", json!({ "path": "/home/ada/new" }), "invalid_input"),
    ] {
        let refusal = client.try_call(wire, fields.clone()).await.expect_err("a refusal");
        assert_eq!(refusal["code"], code, "{wire} {fields}: {refusal}");
    }
    let mut old = Client::compatible(&kernel.url, &token).await;
    let refusal = old.try_call("fs.download", json!({ "path": path })).await.expect_err("no streams there");
    assert!(refusal["error"].as_str().expect("text").contains("aether.2"), "{refusal}");
}
