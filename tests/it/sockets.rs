//! What the compatible dialect promises of its frames: events in arrays; one socket a session.

use aether_tests::{Kernel, within};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn open(kernel: &Kernel, token: &str, session: &str) -> Socket {
    let url = format!("{}/kernel?token={token}&session={session}", kernel.url.replace("http", "ws"));
    tokio_tungstenite::connect_async(url).await.expect("a socket").0
}

async fn next(socket: &mut Socket) -> Option<Value> {
    loop {
        match within("a frame", socket.next()).await?.ok()? {
            Message::Text(text) => return Some(serde_json::from_str(text.as_str()).expect("JSON")),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

#[tokio::test]
async fn events_come_in_arrays_and_in_their_order() {
    let kernel = Kernel::start().await;
    let ada = kernel.register("ada").await;
    let mut socket = open(&kernel, &ada, "").await;
    for first in ["kernel.ready", "process.list"] {
        assert_eq!(next(&mut socket).await.expect("a frame")["type"], first, "an object, at once");
    }
    let mut writer = kernel.client_of(&ada).await;
    let config = json!({ "role": "a", "goal": "b" });
    for number in 0..45 {
        let name = format!("job {number}");
        let job = json!({ "name": name, "cron_expression": "0 7 * * *", "agent_config": config });
        writer.call("cron.create", job).await;
    }
    let mut seen = Vec::new();
    while seen.len() < 45 {
        let frame = next(&mut socket).await.expect("a frame");
        let events = frame.as_array().expect("events come in arrays");
        assert!(!events.is_empty(), "nothing is no frame");
        seen.extend(events.iter().filter(|event| event["type"] == "cron.created").map(Value::to_string));
    }
    for (number, event) in seen.iter().enumerate() {
        assert!(event.contains(&format!("\"job {number}\"")), "{number}: {event}");
    }
}

#[tokio::test]
async fn a_second_socket_of_a_session_takes_the_place_of_the_first() {
    let kernel = Kernel::start().await;
    let (ada, bob) = (kernel.register("ada").await, kernel.register("bob").await);
    let mut first = open(&kernel, &ada, "desk").await;
    // It has its place once it is greeted, not yet when it is open.
    assert_eq!(next(&mut first).await.expect("a frame")["type"], "kernel.ready");
    let mut other = open(&kernel, &bob, "desk").await;
    let mut second = open(&kernel, &ada, "desk").await;
    assert_eq!(next(&mut second).await.expect("a frame")["type"], "kernel.ready");
    let closed = loop {
        match within("the end", first.next()).await {
            Some(Ok(Message::Close(reason))) => break reason.map(|reason| u16::from(reason.code)),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(closed, Some(4000));
    assert_eq!(next(&mut other).await.expect("a frame")["type"], "kernel.ready", "another's session is another");
}
