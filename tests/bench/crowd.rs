//! One event told to many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use aether_tests::Kernel;
use serde_json::json;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;

use crate::wire::Wire;
use crate::{Figure, bare, per_second};

const VIEWERS: usize = 50;
/// Renamings, each of which is two events.
const CHANGES: u32 = 20_000;
const IN_FLIGHT: usize = 64;
/// Renamings that are asked for before the viewers have heard of those before.
const AT_ONCE: u32 = 500;
/// An event as it goes over the wire, for the baseline.
const EVENT: &str = r#"{"type":"fs.changed","path":"/home/admin/12345.txt","changeType":"create","seq":1234567}"#;
/// Events in a frame of the baseline, as many as the kernel sends at once at least.
const BATCH: usize = 20;

/// Fifty clients look on while another renames files.
pub async fn fan_out() -> Figure {
    let kernel = Kernel::start().await;
    let mut wire = Wire::kernel(&kernel).await;
    let create = (0..AT_ONCE)
        .map(|n| json!({ "type": "fs.write", "id": "bench", "path": path(n, false), "content": "x" }).to_string());
    wire.flood(IN_FLIGHT, create).await;
    let mut viewers = Vec::new();
    for _ in 0..VIEWERS {
        viewers.push(Wire::kernel(&kernel).await);
    }
    let expected = VIEWERS as u64 * u64::from(CHANGES) * 2;
    let crowd = Crowd::of(viewers);
    let begun = Instant::now();
    for first in (0..CHANGES).step_by(AT_ONCE as usize) {
        // A viewer that is too far behind is sent away: what is measured is how fast all of them are told.
        crowd.heard(VIEWERS as u64 * u64::from(first.saturating_sub(AT_ONCE)) * 2).await;
        let frames = (first..first + AT_ONCE).map(|n| {
            // Each once at a time: a file that is still on its way could not be moved again.
            let (name, back) = (n % AT_ONCE, n / AT_ONCE % 2 == 1);
            json!({ "type": "fs.mv", "id": "bench", "from": path(name, back), "to": path(name, !back) }).to_string()
        });
        wire.flood(IN_FLIGHT, frames).await;
    }
    crowd.heard(expected).await;
    let ours = expected as f64 / begun.elapsed().as_secs_f64();
    let bare = bare_fan_out(expected).await;
    Figure {
        name: "events to 50 viewers",
        ours: per_second(ours),
        bare: per_second(bare),
        ratio: ours / bare,
        goal: Some(("≥ 500,000/s", ours >= 500_000.0)),
    }
}

async fn bare_fan_out(expected: u64) -> f64 {
    let (_crowd, host) = bare::start("crowd").await;
    let mut viewers = Vec::new();
    for _ in 0..VIEWERS {
        viewers.push(Wire::open(&host, None).await);
    }
    let begun = Instant::now();
    Crowd::of(viewers).heard(expected).await;
    expected as f64 / begun.elapsed().as_secs_f64()
}

/// Clients that do nothing but count the events they hear.
struct Crowd {
    heard: Arc<AtomicU64>,
    more: Arc<Notify>,
}

impl Crowd {
    fn of(viewers: Vec<Wire>) -> Crowd {
        let crowd = Crowd { heard: Arc::default(), more: Arc::default() };
        for mut viewer in viewers {
            let (heard, more) = (crowd.heard.clone(), crowd.more.clone());
            tokio::spawn(async move {
                loop {
                    let Message::Text(text) = viewer.next().await else { continue };
                    let events = text.matches("\"type\":\"fs.changed\"").count() as u64;
                    heard.fetch_add(events, Ordering::Relaxed);
                    more.notify_one();
                }
            });
        }
        crowd
    }

    /// Waits until so many events have arrived at all of them together.
    async fn heard(&self, expected: u64) {
        while self.heard.load(Ordering::Relaxed) < expected {
            self.more.notified().await;
        }
    }
}

/// What the baseline says, again and again.
pub fn batch() -> String {
    format!("[{}]", [EVENT; BATCH].join(","))
}

fn path(n: u32, moved: bool) -> String {
    format!("/home/admin/{}{n}.txt", if moved { "moved-" } else { "" })
}
