//! Byte streams of `aether.2`, with credit both ways (docs/wire.md, "Streams").

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use aether_protocol::stream::{FrameKind, StreamFrame, WINDOW};
use futures_channel::mpsc;
use futures_util::StreamExt;

use super::link::Link;

/// Used-up bytes after which more are allowed.
const STEP: u32 = 64 * 1024;
/// The most bytes of one frame.
const CHUNK: usize = 64 * 1024;

/// What this side may still send, and whether the stream is over.
#[derive(Debug)]
pub struct Flow {
    credit: Cell<u64>,
    ended: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Default for Flow {
    fn default() -> Self {
        Flow { credit: Cell::new(u64::from(WINDOW)), ended: Cell::new(false), waiting: RefCell::default() }
    }
}

impl Flow {
    /// The other side takes this many more bytes.
    pub fn allow(&self, bytes: u32) {
        self.credit.set(self.credit.get() + u64::from(bytes));
        self.wake();
    }

    pub fn end(&self) {
        self.ended.set(true);
        self.wake();
    }

    #[cfg(test)]
    pub fn has_ended(&self) -> bool {
        self.ended.get()
    }

    fn wake(&self) {
        if let Some(waker) = self.waiting.borrow_mut().take() {
            waker.wake();
        }
    }

    /// Waits until some bytes may be sent, and takes up to `wanted` of the credit; `None` once the stream is over.
    async fn take(&self, wanted: usize) -> Option<usize> {
        poll_fn(|cx| {
            if self.ended.get() {
                return Poll::Ready(None);
            }
            let credit = self.credit.get();
            if credit == 0 {
                *self.waiting.borrow_mut() = Some(cx.waker().clone());
                return Poll::Pending;
            }
            let taken = wanted.min(usize::try_from(credit).unwrap_or(usize::MAX));
            self.credit.set(credit - taken as u64);
            Poll::Ready(Some(taken))
        })
        .await
    }
}

/// An open stream. Dropping it ends it.
pub struct ByteStream {
    writer: ByteWriter,
    incoming: mpsc::UnboundedReceiver<Vec<u8>>,
    used: Cell<u32>,
}

/// The way into a stream.
#[derive(Clone)]
pub struct ByteWriter {
    link: Link,
    stream: u32,
    flow: Rc<Flow>,
}

impl ByteStream {
    pub(super) fn new(link: Link, stream: u32, flow: Rc<Flow>, incoming: mpsc::UnboundedReceiver<Vec<u8>>) -> Self {
        ByteStream { writer: ByteWriter { link, stream, flow }, incoming, used: Cell::new(0) }
    }

    /// The next bytes; `None` at the end. Bytes that were taken make room for more.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        let bytes = self.incoming.next().await?;
        let used = self.used.get() + bytes.len() as u32;
        self.used.set(used);
        if used >= STEP {
            self.used.set(0);
            self.writer.frame(FrameKind::Credit, &used.to_be_bytes());
        }
        Some(bytes)
    }

    /// A way into the stream that can be kept beside it.
    pub fn writer(&self) -> ByteWriter {
        self.writer.clone()
    }
}

impl Drop for ByteStream {
    fn drop(&mut self) {
        if self.writer.link.forget_stream(self.writer.stream) {
            self.writer.frame(FrameKind::End, &[]);
        }
    }
}

impl ByteWriter {
    /// Sends bytes, waiting for credit; false once the stream is over.
    pub async fn write(&self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let Some(taken) = self.flow.take(bytes.len().min(CHUNK)).await else { return false };
            let (now, later) = bytes.split_at(taken);
            self.frame(FrameKind::Data, now);
            bytes = later;
        }
        true
    }

    fn frame(&self, kind: FrameKind, payload: &[u8]) {
        self.link.send_bytes(&StreamFrame { kind, stream: self.stream, payload }.write());
    }
}
