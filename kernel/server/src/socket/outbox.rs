//! Frames on their way to a client, as fast as it takes them and no faster.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::{Sink, SinkExt};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::io::{Meter, PATIENCE};

/// Bytes that may wait before nothing more is read from the client and no stream is pumped.
const FULL: usize = 1024 * 1024;

/// What waits for one client.
pub struct Outbox {
    frames: VecDeque<Message>,
    bytes: usize,
    /// Handed to the socket, which may still hold it back.
    unflushed: bool,
    meter: Arc<Meter>,
    /// Since when something waits, and what the client had taken then.
    waiting: Option<(Instant, u64)>,
}

impl Outbox {
    pub fn new(meter: Arc<Meter>) -> Outbox {
        Outbox { frames: VecDeque::new(), bytes: 0, unflushed: false, meter, waiting: None }
    }

    pub fn push_text(&mut self, text: String) {
        self.push(text.len(), Message::Text(text.into()));
    }

    pub fn push_binary(&mut self, bytes: Bytes) {
        self.push(bytes.len(), Message::Binary(bytes));
    }

    fn push(&mut self, bytes: usize, frame: Message) {
        if self.is_idle() {
            self.waiting = Some((Instant::now(), self.meter.written()));
        }
        self.bytes += bytes;
        self.frames.push_back(frame);
    }

    /// True if the client has everything.
    pub fn is_idle(&self) -> bool {
        self.frames.is_empty() && !self.unflushed
    }

    /// True if enough waits that no more work should be begun for this client.
    pub fn is_full(&self) -> bool {
        self.bytes >= FULL
    }

    /// Sends what waits, then flushes once. Cancel safe.
    pub async fn drain(&mut self, sink: &mut (impl Sink<Message, Error = Error> + Unpin)) -> Result<(), Error> {
        while !self.frames.is_empty() {
            std::future::poll_fn(|cx| sink.poll_ready_unpin(cx)).await?;
            if let Some(frame) = self.frames.pop_front() {
                self.bytes -= frame.len();
                sink.start_send_unpin(frame)?;
                self.unflushed = true;
            }
        }
        if self.unflushed {
            sink.flush().await?;
            self.unflushed = false;
        }
        self.waiting = None;
        Ok(())
    }

    /// When to look whether the client still takes something.
    pub fn deadline(&self) -> Option<Instant> {
        self.waiting.map(|(since, _)| since + PATIENCE)
    }

    /// True if the client took nothing since the last deadline; else there is a new one.
    pub fn is_stuck(&mut self) -> bool {
        let written = self.meter.written();
        match self.waiting {
            Some((_, before)) if before == written => true,
            Some(_) => {
                self.waiting = Some((Instant::now(), written));
                false
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> (Outbox, Arc<Meter>) {
        let meter = Arc::new(Meter::default());
        (Outbox::new(meter.clone()), meter)
    }

    #[tokio::test]
    async fn frames_leave_in_order_and_none_is_left() {
        let (mut outbox, _) = outbox();
        outbox.push_text("a".into());
        outbox.push_binary(Bytes::from_static(b"bc"));
        let mut sent = Vec::new();
        let sink = futures_util::sink::unfold(&mut sent, |sent, frame: Message| async move {
            sent.push(frame);
            Ok::<_, Error>(sent)
        });
        futures_util::pin_mut!(sink);
        outbox.drain(&mut sink).await.expect("sent");
        assert!(outbox.is_idle() && outbox.deadline().is_none());
        assert_eq!(sent, [Message::text("a"), Message::binary(&b"bc"[..])]);
    }

    #[test]
    fn a_client_that_takes_something_is_not_stuck() {
        let (mut outbox, meter) = outbox();
        assert!(!outbox.is_stuck());
        outbox.push_text("a".into());
        meter.wrote(1);
        assert!(!outbox.is_stuck());
        assert!(outbox.is_stuck());
    }

    #[test]
    fn it_is_full_by_bytes() {
        let (mut outbox, _) = outbox();
        outbox.push_text("x".repeat(FULL - 1));
        assert!(!outbox.is_full());
        outbox.push_text("x".into());
        assert!(outbox.is_full());
    }
}
