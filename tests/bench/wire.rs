//! Round trips over a loopback WebSocket.

use std::time::{Duration, Instant};

use aether_tests::{Kernel, Options};
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::{Figure, bare, micros, p50, per_second};

const ROUNDS: usize = 20_000;
const IN_FLIGHT: usize = 64;

/// A socket that looks at no more of a frame than it must.
pub struct Wire(WebSocketStream<TcpStream>);

impl Wire {
    pub async fn open(host: &str, protocol: Option<&'static str>) -> Wire {
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

    /// Answers a second where so many are always on their way.
    pub async fn flood(&mut self, in_flight: usize, frames: impl IntoIterator<Item = String>) -> f64 {
        let mut frames = frames.into_iter();
        let (begun, mut answers, mut waiting) = (Instant::now(), 0_u32, 0);
        loop {
            // As many as have been answered leave together.
            for frame in frames.by_ref().take(in_flight - waiting) {
                self.0.feed(Message::from(frame)).await.expect("sent");
                waiting += 1;
            }
            self.0.flush().await.expect("sent");
            if waiting == 0 {
                return f64::from(answers) / begun.elapsed().as_secs_f64();
            }
            self.text().await;
            let more = std::iter::from_fn(|| self.text().now_or_never()).take(waiting - 1).count();
            answers += 1 + more as u32;
            waiting -= 1 + more;
        }
    }

    pub async fn next(&mut self) -> Message {
        self.0.next().await.expect("an open socket").expect("a frame")
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
    let mut wire = Wire::kernel(&kernel).await;
    wire.send(frame).await;
    let answer = wire.text().await;
    let ours = wire.flood(IN_FLIGHT, std::iter::repeat_n(frame.to_owned(), 3 * ROUNDS)).await;
    // An echo of as many bytes as the list has.
    let (_echo, host) = bare::start("echo").await;
    let mut echo = Wire::open(&host, None).await;
    let bare = echo.flood(IN_FLIGHT, std::iter::repeat_n(answer, 3 * ROUNDS)).await;
    Figure {
        name: "process.list, 64 in flight",
        ours: per_second(ours),
        bare: per_second(bare),
        ratio: ours / bare,
        goal: Some(("≥ 60,000/s", ours >= 60_000.0)),
    }
}
