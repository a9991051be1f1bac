//! Round trips over a loopback WebSocket.

use std::time::{Duration, Instant};

use aether_tests::{Kernel, Options};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::{Figure, bare, micros, p50};

const ROUNDS: usize = 20_000;
const WRITES: u32 = 3_000;
const IN_FLIGHT: usize = 64;

/// A socket that looks at no more of a frame than it must.
pub struct Wire(WebSocketStream<TcpStream>);

impl Wire {
    async fn open(host: &str, protocol: Option<&'static str>) -> Wire {
        let stream = TcpStream::connect(host).await.expect("a server");
        stream.set_nodelay(true).expect("an option");
        let mut request = format!("ws://{host}/kernel").into_client_request().expect("a request");
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(protocol));
        }
        Wire(tokio_tungstenite::client_async(request, stream).await.expect("an upgrade").0)
    }

    pub async fn kernel(kernel: &Kernel) -> Wire {
        let mut wire = Wire::open(kernel.url.trim_start_matches("http://"), Some("aether.2")).await;
        wire.send(&json!({ "type": "hello", "token": kernel.admin().await }).to_string()).await;
        assert!(wire.text().await.contains("welcome"));
        wire
    }

    pub async fn send(&mut self, text: &str) {
        self.0.send(Message::from(text)).await.expect("sent");
    }

    /// The next frame that is a reply, or what an echo sends.
    async fn text(&mut self) -> String {
        loop {
            match self.0.next().await.expect("an open socket").expect("a frame") {
                Message::Text(text) if !text.contains("\"seq\"") || text.contains("welcome") => {
                    return text.as_str().to_owned();
                }
                _ => {}
            }
        }
    }

    async fn round(&mut self, frame: &str) -> Duration {
        let begun = Instant::now();
        self.send(frame).await;
        self.text().await;
        begun.elapsed()
    }

    async fn rounds(&mut self, frame: &str) -> Duration {
        for _ in 0..ROUNDS / 10 {
            self.round(frame).await;
        }
        let mut times = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            times.push(self.round(frame).await);
        }
        p50(&mut times)
    }

    /// The time of one answer where `IN_FLIGHT` are always on their way.
    async fn flood(&mut self, frame: &str) -> Duration {
        for _ in 0..IN_FLIGHT {
            self.send(frame).await;
        }
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            self.text().await;
            self.send(frame).await;
        }
        let took = begun.elapsed();
        for _ in 0..IN_FLIGHT {
            self.text().await;
        }
        took / ROUNDS as u32
    }
}

pub async fn status() -> Figure {
    let frame = r#"{"type":"kernel.status","id":"bench"}"#;
    let kernel = Kernel::start().await;
    let ours = Wire::kernel(&kernel).await.rounds(frame).await;
    let (_echo, host) = bare::start("echo").await;
    let bare = Wire::open(&host, None).await.rounds(frame).await;
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    Figure {
        name: "kernel.status round trip, p50",
        ours: micros(ours),
        bare: micros(bare),
        ratio,
        // A machine on which nothing but an echo takes longer is no measure of us.
        goal: Some(("≤ 60 µs, or ≤ 1.25 of bare", ours <= Duration::from_micros(60) || ratio <= 1.25)),
    }
}

/// Ten agents are listed while many requests are on their way.
pub async fn list() -> Figure {
    let frame = r#"{"type":"process.list","id":"bench"}"#;
    let kernel = Options::default().set("AETHER_MAX_ACTIVE", "1").start().await;
    let mut client = kernel.client().await;
    for _ in 0..10 {
        let config = json!({ "role": "a", "goal": "wait", "model": "scripted:tour", "maxSteps": 1 });
        client.call("process.spawn", json!({ "config": config })).await;
    }
    let ours = Wire::kernel(&kernel).await.flood(frame).await;
    let (_echo, host) = bare::start("echo").await;
    let bare = Wire::open(&host, None).await.flood(frame).await;
    Figure {
        name: "process.list, 64 in flight",
        ours: micros(ours),
        bare: micros(bare),
        ratio: ours.as_secs_f64() / bare.as_secs_f64(),
        goal: None,
    }
}

/// Files of a kilobyte, one after the other.
pub async fn write() -> Figure {
    let content = "x".repeat(1_000);
    let kernel = Kernel::start().await;
    let mut wire = Wire::kernel(&kernel).await;
    let begun = Instant::now();
    for n in 0..WRITES {
        let path = format!("/home/admin/{n}.txt");
        let frame = json!({ "type": "fs.write", "id": "bench", "path": path, "content": content });
        wire.round(&frame.to_string()).await;
    }
    let ours = begun.elapsed() / WRITES;
    let folder = tempfile::tempdir().expect("a folder");
    let bare = bare::rename_loop(folder.path(), &content, WRITES) / WRITES;
    Figure {
        name: "fs.write of 1 kB",
        ours: micros(ours),
        bare: micros(bare),
        ratio: ours.as_secs_f64() / bare.as_secs_f64(),
        goal: None,
    }
}
