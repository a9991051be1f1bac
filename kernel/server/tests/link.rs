//! A kernel without a socket: `aether.2` over a link, and files as a window fetches them.
#![allow(clippy::expect_used, clippy::panic)] // It is all tests.

use aether_protocol::stream::{FrameKind, StreamFrame, WINDOW};
use aether_server::program::{Failure, Options, Program, runtime};
use aether_server::{Frame, Link, Network};
use axum::http::{HeaderMap, Method, StatusCode, header};
use bytes::Bytes;
use serde_json::{Value, json};

/// Runs a test against a kernel of its own, and ends it in order.
fn with_kernel(test: impl AsyncFnOnce(&Program)) {
    let root = tempfile::tempdir().expect("a folder");
    let options = Options { root: Some(root.path().to_owned()), ..Options::default() };
    let config = options.configure().expect("a configuration");
    runtime().expect("threads").block_on(async {
        let program = Program::start(config, Network::Closed).await.expect("a kernel");
        test(&program).await;
        program.end().await.expect("an orderly end");
    });
}

async fn say(link: &Link, value: Value) {
    link.sender.send(Frame::Text(value.to_string())).await.expect("an open link");
}

/// The next text frame that is no event.
async fn hear(link: &mut Link) -> Value {
    loop {
        match link.receiver.next().await.expect("a frame") {
            Frame::Text(text) => {
                let value: Value = serde_json::from_str(&text).expect("JSON");
                if value["seq"].is_null() && value.is_object() || value["type"] == "welcome" {
                    return value;
                }
            }
            other => panic!("{other:?} instead of a reply"),
        }
    }
}

async fn ask(link: &mut Link, command: Value) -> Value {
    say(link, command).await;
    hear(link).await
}

/// The next frame of a stream; events in between are passed over.
async fn stream_frame(link: &mut Link) -> Bytes {
    loop {
        match link.receiver.next().await.expect("a frame") {
            Frame::Binary(bytes) => return bytes,
            Frame::Text(_) => {}
            Frame::Close { code, reason } => panic!("closed: {code} {reason}"),
        }
    }
}

/// How the link ends.
async fn goodbye(link: &mut Link) -> (u16, String) {
    loop {
        match link.receiver.next().await.expect("a goodbye") {
            Frame::Close { code, reason } => return (code, reason),
            Frame::Text(_) | Frame::Binary(_) => {}
        }
    }
}

async fn welcomed(program: &Program, session: &str) -> Link {
    let mut link = program.server().link();
    let welcome = ask(&mut link, json!({ "type": "hello", "session": session })).await;
    assert_eq!(welcome["type"], "welcome", "{welcome}");
    assert_eq!(welcome["user"]["role"], "admin", "a link speaks for the local owner");
    assert!(welcome["snapshot"]["processes"].is_array(), "{welcome}");
    link
}

#[test]
fn commands_are_answered_and_events_arrive() {
    with_kernel(async |program| {
        assert_eq!(program.server().url(), None, "no network door is open");
        let mut link = welcomed(program, "").await;
        let written = json!({ "type": "fs.write", "id": "w", "path": "/tmp/a.txt", "content": "one" });
        assert_eq!(ask(&mut link, written).await, json!({ "type": "response.ok", "id": "w" }));
        let read = ask(&mut link, json!({ "type": "fs.read", "id": "r", "path": "/tmp/a.txt" })).await;
        assert_eq!(read["data"]["content"], "one", "{read}");
        let refused = ask(&mut link, json!({ "type": "no.such", "id": "x" })).await;
        assert_eq!((&refused["type"], &refused["id"]), (&json!("response.error"), &json!("x")), "{refused}");
    });
}

#[test]
fn bytes_come_as_far_as_credit_goes() {
    with_kernel(async |program| {
        let mut link = welcomed(program, "").await;
        let size = WINDOW as usize + 1_000;
        let content = "x".repeat(size);
        ask(&mut link, json!({ "type": "fs.write", "id": "w", "path": "/tmp/large", "content": content })).await;
        let opened = ask(&mut link, json!({ "type": "fs.download", "id": "d", "path": "/tmp/large" })).await;
        let stream = u32::try_from(opened["data"]["stream"].as_u64().expect("a stream")).expect("its number");
        let mut come = 0;
        while come < WINDOW as usize {
            let bytes = stream_frame(&mut link).await;
            let frame = StreamFrame::read(&bytes).expect("a frame");
            assert_eq!((frame.kind, frame.stream), (FrameKind::Data, stream));
            come += frame.payload.len();
        }
        assert_eq!(come, WINDOW as usize);
        // A reply overtakes what has no credit.
        let stat = ask(&mut link, json!({ "type": "fs.stat", "id": "s", "path": "/tmp/large" })).await;
        assert_eq!(stat["data"]["size"], size, "{stat}");
        let mut credit = vec![2];
        credit.extend(stream.to_be_bytes());
        credit.extend(WINDOW.to_be_bytes());
        link.sender.send(Frame::Binary(credit.into())).await.expect("an open link");
        let bytes = stream_frame(&mut link).await;
        assert_eq!(StreamFrame::read(&bytes).expect("a frame").payload.len(), 1_000);
        let bytes = stream_frame(&mut link).await;
        assert_eq!(StreamFrame::read(&bytes).expect("a frame").kind, FrameKind::End);
    });
}

#[test]
fn a_newer_link_of_the_same_name_takes_the_place() {
    with_kernel(async |program| {
        let mut first = welcomed(program, "window").await;
        let mut second = welcomed(program, "window").await;
        assert_eq!(goodbye(&mut first).await.0, 4000);
        assert_eq!(first.receiver.next().await, None);
        let listed = ask(&mut second, json!({ "type": "process.list", "id": "p" })).await;
        assert_eq!(listed["type"], "response.ok", "{listed}");
    });
}

#[test]
fn what_is_no_hello_and_what_is_too_large_end_the_link() {
    with_kernel(async |program| {
        let mut rude = program.server().link();
        say(&rude, json!({ "type": "process.list", "id": "p" })).await;
        assert_eq!(goodbye(&mut rude).await.0, 4401);
        let mut link = welcomed(program, "").await;
        link.sender.send(Frame::Text(" ".repeat(10 * 1024 * 1024 + 1))).await.expect("an open link");
        let refused = hear(&mut link).await;
        assert_eq!(refused["code"], "too_large", "{refused}");
        assert_eq!(goodbye(&mut link).await.0, 1009);
    });
}

#[test]
fn the_end_of_the_kernel_is_said() {
    let mut left = None;
    with_kernel(async |program| left = Some(welcomed(program, "").await));
    let mut link = left.expect("a link");
    runtime().expect("threads").block_on(async {
        assert_eq!(goodbye(&mut link).await.0, 1001);
        assert!(link.sender.send(Frame::Text("{}".to_owned())).await.is_err());
    });
}

#[test]
fn a_second_kernel_learns_that_there_is_a_first() {
    with_kernel(async |program| {
        let root = program.root().to_owned();
        let options = Options { root: Some(root), ..Options::default() };
        let config = options.configure().expect("a configuration");
        match Program::start(config, Network::Closed).await {
            Err(Failure::InUse { url, .. }) => assert_eq!(url, None, "the first has no address"),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("two kernels on one root"),
        }
    });
}

#[test]
fn a_window_fetches_files_whole_and_in_parts() {
    with_kernel(async |program| {
        let mut link = welcomed(program, "").await;
        ask(&mut link, json!({ "type": "fs.write", "id": "w", "path": "/tmp/a b.txt", "content": "0123456789" })).await;
        ask(&mut link, json!({ "type": "fs.write", "id": "s", "path": "/tmp/a.svg", "content": "<svg/>" })).await;
        let fetch = async |path: &str, range: Option<&'static str>, most: u64| {
            let mut headers = HeaderMap::new();
            if let Some(range) = range {
                headers.insert(header::RANGE, range.parse().expect("a header"));
            }
            program.server().file(path, &Method::GET, &headers, most).await
        };
        let whole = fetch("/tmp/a b.txt", None, 10).await;
        assert_eq!((whole.status(), &whole.body()[..]), (StatusCode::OK, &b"0123456789"[..]));
        assert_eq!(whole.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
        for (range, said, bytes) in [
            ("bytes=2-3", "bytes 2-3/10", &b"23"[..]),
            ("bytes=2-", "bytes 2-5/10", b"2345"),
            ("bytes=0-9", "bytes 0-3/10", b"0123"),
            ("bytes=-2", "bytes 8-9/10", b"89"),
        ] {
            let part = fetch("/tmp/a b.txt", Some(range), 4).await;
            assert_eq!((part.status(), &part.body()[..]), (StatusCode::PARTIAL_CONTENT, bytes), "{range}");
            assert_eq!(part.headers()[header::CONTENT_RANGE], said);
        }
        let mut stale = HeaderMap::new();
        stale.insert(header::RANGE, "bytes=2-3".parse().expect("a header"));
        stale.insert(header::IF_RANGE, "\"another\"".parse().expect("a header"));
        let whole = program.server().file("/tmp/a b.txt", &Method::GET, &stale, 10).await;
        assert_eq!((whole.status(), whole.body().len()), (StatusCode::OK, 10), "a part of another file is of no use");
        assert_eq!(fetch("/tmp/a b.txt", None, 9).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(fetch("/tmp/a b.txt", Some("bytes=10-"), 9).await.status(), StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(fetch("/tmp/none", None, 9).await.status(), StatusCode::NOT_FOUND);
        let picture = fetch("/tmp/a.svg", None, 9).await;
        let policy = picture.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        assert!(policy.starts_with("sandbox"), "{policy}");
    });
}
