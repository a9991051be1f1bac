//! Terminals: bytes both ways, flow control, resize, and the older dialect's events.

use aether_tests::{Client, Kernel};
use serde_json::json;

const DATA: u8 = 1;
const CREDIT: u8 = 2;
const END: u8 = 3;

fn frame(kind: u8, stream: u32, rest: &[u8]) -> Vec<u8> {
    [&[kind][..], &stream.to_be_bytes(), rest].concat()
}

/// Reads a stream until what came contains `until`, giving credit back for all of it.
async fn read_until(client: &mut Client, stream: u32, until: &str) -> String {
    let mut text = String::new();
    while !text.contains(until) {
        let bytes = client.next_binary().await;
        assert_eq!(&bytes[1..5], &stream.to_be_bytes());
        assert_eq!(bytes[0], DATA, "the stream goes on; so far: {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[5..]));
        let used = u32::try_from(bytes.len() - 5).expect("a small number");
        client.send_binary(frame(CREDIT, stream, &used.to_be_bytes())).await;
    }
    text
}

#[tokio::test]
async fn a_terminal_is_typed_into_resized_and_ended() {
    let kernel = Kernel::start().await;
    let mut client = kernel.client().await;
    let tty = client.call("tty.open", json!({ "pid": 1, "cols": 80, "rows": 24 })).await["ttyId"].clone();
    let attached = client.call("tty.attach", json!({ "ttyId": tty, "cols": 80, "rows": 24 })).await;
    let stream = u32::try_from(attached["stream"].as_u64().expect("a number")).expect("a stream");
    client.send_binary(frame(DATA, stream, b"stty size; echo one-$((40+2))\n")).await;
    let text = read_until(&mut client, stream, "one-42").await;
    assert!(text.contains("24 80"), "{text}");
    client.call("tty.resize", json!({ "ttyId": tty, "cols": 100, "rows": 30 })).await;
    client.send_binary(frame(DATA, stream, b"stty size; echo two-$((40+2))\n")).await;
    let text = read_until(&mut client, stream, "two-42").await;
    assert!(text.contains("30 100"), "{text}");
    client.send_binary(frame(DATA, stream, b"pwd; id -un; exit 3\n")).await;
    let text = read_until(&mut client, stream, "exit").await;
    assert!(text.contains("/home/admin") || !text.is_empty());
    loop {
        let bytes = client.next_binary().await;
        if bytes[0] == END {
            break;
        }
    }
    let closed = client.wait_for("the end of the terminal", |event| event["type"] == "tty.closed").await;
    assert_eq!((&closed["ttyId"], &closed["code"]), (&tty, &json!(3)));
}

#[tokio::test]
async fn a_viewer_that_does_not_read_holds_the_writer_back() {
    let kernel = Kernel::start().await;
    let mut client = kernel.client().await;
    let tty = client.call("tty.open", json!({ "pid": 1 })).await["ttyId"].clone();
    let attached = client.call("tty.attach", json!({ "ttyId": tty })).await;
    let stream = u32::try_from(attached["stream"].as_u64().expect("a number")).expect("a stream");
    let command = b"head -c 3000000 /dev/zero | tr '\\0' x; echo; echo fin-$((1+1))\n";
    client.send_binary(frame(DATA, stream, command)).await;
    let mut got = 0;
    // Without credit the kernel sends what the window allows and then waits, while commands still work.
    while got < 200 * 1024 {
        got += client.next_binary().await.len() - 5;
    }
    client.call("kernel.status", json!({})).await;
    let first = u32::try_from(got).expect("a small number");
    client.send_binary(frame(CREDIT, stream, &first.to_be_bytes())).await;
    read_until(&mut client, stream, "fin-2").await;
}

#[tokio::test]
async fn the_compatible_dialect_gets_output_as_events() {
    let kernel = Kernel::start().await;
    let token = kernel.admin().await;
    let mut client = Client::compatible(&kernel.url, &token).await;
    assert_eq!(client.event().await.expect("a frame")["type"], "kernel.ready");
    assert_eq!(client.event().await.expect("a frame")["type"], "process.list");
    let tty = client.call("tty.open", json!({ "pid": 1 })).await["ttyId"].clone();
    client.call("tty.input", json!({ "ttyId": tty, "data": "echo here-$((40+2))\n" })).await;
    let mut text = String::new();
    while !text.contains("here-42") {
        let event = client.wait_for("output", |event| event["type"] == "tty.output").await;
        assert_eq!(event["ttyId"], tty);
        text.push_str(event["data"].as_str().expect("text"));
    }
    client.call("tty.close", json!({ "ttyId": tty })).await;
    client.wait_for("the end", |event| event["type"] == "tty.closed").await;
}
