//! Clients that join, look around, listen for a while and leave, over and over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aether_tests::{Client, Kernel};
use serde_json::json;
use tokio::task::JoinSet;

/// Events a client hears before it leaves: at least so many, and up to twice.
const PATIENCE: usize = 60;

#[derive(Default)]
struct Counts {
    inside: AtomicUsize,
    joined: AtomicUsize,
    over: AtomicBool,
}

/// All of them.
pub struct Crowd {
    counts: Arc<Counts>,
    clients: JoinSet<()>,
}

impl Crowd {
    pub async fn gather(kernel: &Kernel, clients: usize) -> Crowd {
        let (token, counts) = (kernel.admin().await, Arc::new(Counts::default()));
        let mut crowd = Crowd { counts, clients: JoinSet::new() };
        for number in 0..clients {
            let (url, token, counts) = (kernel.url.clone(), token.clone(), crowd.counts.clone());
            crowd.clients.spawn(async move { come_and_go(&url, &token, number, &counts).await });
        }
        crowd
    }

    /// Clients that are inside now.
    pub fn inside(&self) -> usize {
        self.counts.inside.load(Ordering::Relaxed)
    }

    /// How often one has joined so far.
    pub fn joined(&self) -> usize {
        self.counts.joined.load(Ordering::Relaxed)
    }

    /// Sends all of them away; nobody waits for another event.
    pub async fn leave(mut self) {
        self.counts.over.store(true, Ordering::Relaxed);
        self.clients.shutdown().await;
    }
}

async fn come_and_go(url: &str, token: &str, number: usize, counts: &Counts) {
    let mut since: Option<u64> = None;
    for visit in 0_usize.. {
        if counts.over.load(Ordering::Relaxed) {
            return;
        }
        let mut hello = json!({ "token": token });
        if let Some(since) = since {
            hello["since"] = since.into();
        }
        let (mut client, _) = Client::hello(url, hello).await;
        counts.inside.fetch_add(1, Ordering::Relaxed);
        counts.joined.fetch_add(1, Ordering::Relaxed);
        // One that has fallen behind is sent away before it is answered; it comes back.
        if client.try_call("process.list", json!({})).await.is_ok() {
            let wanted = PATIENCE + (number * 7 + visit * 13) % PATIENCE;
            for _ in 0..wanted {
                if client.event().await.is_none() {
                    break;
                }
            }
        }
        // Some ask for what they missed when they come back.
        since = (number + visit).is_multiple_of(3).then_some(client.seq);
        counts.inside.fetch_sub(1, Ordering::Relaxed);
        // Every other one hangs up without a word.
        if (number + visit).is_multiple_of(2) {
            client.close().await;
        }
    }
}
