//! Sockets on `/kernel` in both dialects, as a client sees them: frames in, frames out.

use std::collections::VecDeque;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::within;

type Socket = WebSocketStream<TcpStream>;

/// A socket. Events that nobody has asked for yet wait in their order.
pub struct Client {
    sink: SplitSink<Socket, Message>,
    source: SplitStream<Socket>,
    /// Events not yet looked at, oldest first.
    pub events: VecDeque<Value>,
    /// Binary frames not yet looked at.
    pub binary: VecDeque<Vec<u8>>,
    /// The highest sequence number seen.
    pub seq: u64,
    next: u64,
    /// The code the server closed with, once it has.
    pub closed: Option<u16>,
}

impl Client {
    /// Opens a socket without saying anything. `protocol` is the offered subprotocol, `query` is put behind the path.
    pub async fn open(url: &str, protocol: Option<&str>, query: &str) -> Client {
        Client::open_with(url, protocol, query, None).await
    }

    /// Like [`Client::open`], as a page whose browser has a cookie.
    pub async fn open_with(url: &str, protocol: Option<&str>, query: &str, cookie: Option<&str>) -> Client {
        let host = url.strip_prefix("http://").expect("a plain URL");
        let stream = TcpStream::connect(host).await.expect("the kernel listens");
        stream.set_nodelay(true).expect("an option");
        let mut request = format!("ws://{host}/kernel{query}").into_client_request().expect("a request");
        if let Some(protocol) = protocol {
            let value = HeaderValue::from_str(protocol).expect("a header");
            request.headers_mut().insert("sec-websocket-protocol", value);
        }
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", HeaderValue::from_str(cookie).expect("a header"));
        }
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.expect("an upgrade");
        let (sink, source) = socket.split();
        Client { sink, source, events: VecDeque::new(), binary: VecDeque::new(), seq: 0, next: 1, closed: None }
    }

    /// Opens a socket in `aether.2` and gives the welcome.
    pub async fn hello(url: &str, mut hello: Value) -> (Client, Value) {
        let mut client = Client::open(url, Some("aether.2"), "").await;
        hello["type"] = "hello".into();
        client.send(&hello).await;
        let welcome = within("the welcome", client.frame()).await.expect("a welcome, not the end");
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        client.seq = welcome["seq"].as_u64().expect("a number");
        (client, welcome)
    }

    /// Opens a socket in the compatible dialect; its first frames wait among the events.
    pub async fn compatible(url: &str, token: &str) -> Client {
        Client::open(url, None, &format!("?token={token}")).await
    }

    pub async fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.sink.send(Message::from(text)).await.expect("sent");
    }

    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        self.sink.send(Message::binary(bytes)).await.expect("sent");
    }

    /// Sends a command and waits for its data.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn call(&mut self, wire: &str, fields: Value) -> Value {
        self.try_call(wire, fields).await.unwrap_or_else(|error| panic!("{wire}: {error}"))
    }

    /// Sends a command and waits for its data or its `response.error`.
    pub async fn try_call(&mut self, wire: &str, mut fields: Value) -> Result<Value, Value> {
        let id = format!("t{}", self.next);
        self.next += 1;
        fields["type"] = wire.into();
        fields["id"] = id.clone().into();
        self.send(&fields).await;
        within(wire, self.reply(&id)).await
    }

    /// Waits for the reply with this id.
    pub async fn reply(&mut self, id: &str) -> Result<Value, Value> {
        loop {
            let Some(frames) = self.frames().await else {
                return Err(json!({ "code": "closed", "error": format!("closed with {:?}", self.closed) }));
            };
            let answers = |frame: &Value| {
                frame["id"] == id && matches!(frame["type"].as_str(), Some("response.ok" | "response.error"))
            };
            let place = frames.iter().position(answers);
            let answer = place.map(|place| frames[place].clone());
            self.events.extend(frames.into_iter().filter(|frame| !answers(frame)));
            match answer {
                Some(answer) if answer["type"] == "response.ok" => return Ok(answer["data"].clone()),
                Some(answer) => return Err(answer),
                None => {}
            }
        }
    }

    /// Waits for an event, leaving those before it aside for good.
    pub async fn wait_for(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut seen = Vec::new();
        let found = tokio::time::timeout(crate::PATIENCE, async {
            loop {
                let event = self.event().await?;
                if is(&event) {
                    return Some(event);
                }
                seen.push(event);
            }
        });
        match found.await {
            Ok(Some(event)) => event,
            Ok(None) => panic!("the socket ended ({:?}) before {what}; seen: {}", self.closed, list(&seen)),
            Err(_) => panic!("{what} did not come; seen: {}", list(&seen)),
        }
    }

    /// Waits for an event of this type about this process.
    pub async fn wait(&mut self, wire: &str, pid: u64) -> Value {
        self.wait_for(&format!("{wire} of {pid}"), |event| event["type"] == wire && event["pid"] == pid).await
    }

    /// The next event: one that waits, or one that comes. `None` once the socket is closed.
    pub async fn event(&mut self) -> Option<Value> {
        while self.events.is_empty() {
            let frames = self.frames().await?;
            self.events.extend(frames);
        }
        self.events.pop_front()
    }

    /// The next frame from the wire, which answers or is the first of an array, whose others wait behind those that do.
    pub async fn frame(&mut self) -> Option<Value> {
        loop {
            let mut frames = self.frames().await?;
            let first = frames.pop_front();
            self.events.extend(frames);
            if first.is_some() {
                return first;
            }
        }
    }

    /// What comes next from the wire: an array's frames, or one.
    async fn frames(&mut self) -> Option<VecDeque<Value>> {
        loop {
            match self.source.next().await? {
                Ok(Message::Text(text)) => {
                    let frame: Value = serde_json::from_str(text.as_str()).expect("JSON");
                    let frames = match frame {
                        Value::Array(frames) => VecDeque::from(frames),
                        frame => VecDeque::from([frame]),
                    };
                    for frame in &frames {
                        self.seq = self.seq.max(frame["seq"].as_u64().unwrap_or_default());
                    }
                    return Some(frames);
                }
                Ok(Message::Binary(bytes)) => self.binary.push_back(bytes.to_vec()),
                Ok(Message::Close(reason)) => {
                    self.closed = reason.map(|reason| reason.code.into());
                    return None;
                }
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Err(_) => return None,
            }
        }
    }

    /// Waits for the next binary frame; text frames that come meanwhile wait among the events.
    pub async fn next_binary(&mut self) -> Vec<u8> {
        loop {
            if let Some(bytes) = self.binary.pop_front() {
                return bytes;
            }
            let message = within("a binary frame", self.source.next()).await.expect("an open socket").expect("a frame");
            match message {
                Message::Binary(bytes) => return bytes.to_vec(),
                Message::Text(text) => match serde_json::from_str(text.as_str()).expect("JSON") {
                    Value::Array(frames) => self.events.extend(frames),
                    frame => self.events.push_back(frame),
                },
                Message::Close(_) => panic!("the socket was closed"),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    pub async fn close(mut self) {
        let _ = self.sink.close().await;
    }
}

fn list(events: &[Value]) -> String {
    let lines = events.iter().map(|event| {
        let text = event.to_string();
        format!("\n  {}", text.chars().take(300).collect::<String>())
    });
    lines.collect()
}
