//! Byte streams of one socket: data frames both ways, as far as each side has credit (docs/wire.md, "Streams").

use std::collections::VecDeque;
use std::task::{Context, Poll};

use aether_base::ByteStream;
use aether_protocol::stream::{FrameKind, HEADER, StreamFrame, WINDOW};
use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use tokio_util::sync::PollSender;

/// Bytes of one data frame to the client.
const CHUNK: usize = 64 * 1024;
/// Input that was used up before the client gets credit for it.
const STEP: usize = 64 * 1024;
/// Streams one socket may have open.
const MOST: usize = 64;

/// The streams a socket has open.
#[derive(Default)]
pub struct OpenStreams {
    open: Vec<OpenStream>,
    /// Ended by us, and not told yet.
    ended: VecDeque<u32>,
    /// Where the next round begins, so that no stream starves another.
    next: usize,
}

struct OpenStream {
    id: u32,
    output: mpsc::Receiver<Bytes>,
    /// What was taken from the source and has not been sent.
    held: Bytes,
    /// True once the source has said its last.
    over: bool,
    /// Bytes the client still takes.
    credit: usize,
    input: PollSender<Bytes>,
    typed: VecDeque<Bytes>,
    typed_bytes: usize,
    /// Input the source took, for which the client has no credit yet.
    used: usize,
}

impl OpenStreams {
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.ended.is_empty()
    }

    /// Begins to pump a stream; one too many ends at once.
    pub fn open(&mut self, id: u32, stream: ByteStream) {
        if self.open.len() >= MOST {
            self.ended.push_back(id);
            return;
        }
        self.open.push(OpenStream {
            id,
            output: stream.output,
            held: Bytes::new(),
            over: false,
            credit: WINDOW as usize,
            input: PollSender::new(stream.input),
            typed: VecDeque::new(),
            typed_bytes: 0,
            used: 0,
        });
    }

    /// Takes a frame from the client; `None` if it is none. One for a stream that is not open is ignored.
    pub fn take(&mut self, frame: &Bytes) -> Option<()> {
        let read = StreamFrame::read(frame)?;
        let index = self.open.iter().position(|stream| stream.id == read.stream);
        let (Some(index), id) = (index, read.stream) else {
            return Some(());
        };
        let stream = &mut self.open[index];
        match read.kind {
            FrameKind::Data => {
                let data = frame.slice(HEADER..);
                if stream.typed_bytes + stream.used + data.len() > WINDOW as usize {
                    self.open.swap_remove(index);
                    self.ended.push_back(id);
                } else if !data.is_empty() {
                    stream.typed_bytes += data.len();
                    stream.typed.push_back(data);
                }
            }
            FrameKind::Credit => stream.credit = stream.credit.saturating_add(read.credit()? as usize),
            FrameKind::End => drop(self.open.swap_remove(index)),
        }
        Some(())
    }

    /// The next frame for the client. Cancel safe.
    pub async fn next(&mut self) -> Bytes {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        if let Some(id) = self.ended.pop_front() {
            return Poll::Ready(frame(FrameKind::End, id, &[]));
        }
        let count = self.open.len();
        for turn in 0..count {
            let index = (self.next + turn) % count;
            let stream = &mut self.open[index];
            stream.pass_input(cx);
            if let Some(credit) = stream.grant() {
                return Poll::Ready(credit);
            }
            if let Some(data) = stream.poll_data(cx) {
                self.next = (index + 1) % count;
                return Poll::Ready(data);
            }
            if stream.over && stream.held.is_empty() {
                let id = stream.id;
                self.open.swap_remove(index);
                self.next = 0;
                return Poll::Ready(frame(FrameKind::End, id, &[]));
            }
        }
        Poll::Pending
    }
}

impl OpenStream {
    /// Hands to the source what it takes.
    fn pass_input(&mut self, cx: &mut Context<'_>) {
        while !self.typed.is_empty() {
            match self.input.poll_reserve(cx) {
                Poll::Pending => return,
                Poll::Ready(reserved) => {
                    let Some(data) = self.typed.pop_front() else { return };
                    self.typed_bytes -= data.len();
                    self.used += data.len();
                    // A source that takes no input any more is about to end, which the client learns then.
                    if reserved.is_ok() {
                        let _ = self.input.send_item(data);
                    }
                }
            }
        }
    }

    fn grant(&mut self) -> Option<Bytes> {
        if self.used < STEP {
            return None;
        }
        let credit = u32::try_from(self.used).unwrap_or(WINDOW);
        self.used = 0;
        Some(frame(FrameKind::Credit, self.id, &credit.to_be_bytes()))
    }

    /// What the source has said, as much of it as there is credit for, in one frame.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Option<Bytes> {
        let most = self.credit.min(CHUNK);
        let mut data = BytesMut::new();
        loop {
            if self.held.is_empty() && !self.over {
                match self.output.poll_recv(cx) {
                    Poll::Ready(Some(chunk)) => self.held = chunk,
                    Poll::Ready(None) => self.over = true,
                    Poll::Pending => break,
                }
            }
            let room = (most + HEADER).saturating_sub(data.len().max(HEADER));
            if room == 0 || self.held.is_empty() {
                if self.over || room == 0 {
                    break;
                }
                continue;
            }
            if data.is_empty() {
                data.reserve(HEADER + most.min(self.held.len().max(8 * 1024)));
                data.extend_from_slice(&[FrameKind::Data as u8]);
                data.extend_from_slice(&self.id.to_be_bytes());
            }
            let part = self.held.split_to(room.min(self.held.len()));
            data.extend_from_slice(&part);
        }
        self.credit -= data.len().saturating_sub(HEADER);
        (!data.is_empty()).then(|| data.freeze())
    }
}

fn frame(kind: FrameKind, stream: u32, payload: &[u8]) -> Bytes {
    StreamFrame { kind, stream, payload }.write().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aether_base::streams::CHUNKS;
    use futures_util::FutureExt;

    struct Source {
        output: mpsc::Sender<Bytes>,
        input: mpsc::Receiver<Bytes>,
    }

    fn opened(id: u32) -> (OpenStreams, Source) {
        let mut streams = OpenStreams::default();
        let source = add(&mut streams, id);
        (streams, source)
    }

    fn add(streams: &mut OpenStreams, id: u32) -> Source {
        let (output, receiver) = mpsc::channel(CHUNKS);
        let (sender, input) = mpsc::channel(2);
        streams.open(id, ByteStream { output: receiver, input: sender });
        Source { output, input }
    }

    fn next(streams: &mut OpenStreams) -> Option<Bytes> {
        streams.next().now_or_never()
    }

    fn data(id: u32, bytes: &[u8]) -> Bytes {
        frame(FrameKind::Data, id, bytes)
    }

    fn credit(id: u32, bytes: u32) -> Bytes {
        frame(FrameKind::Credit, id, &bytes.to_be_bytes())
    }

    #[test]
    fn chunks_that_are_ready_travel_together() {
        let (mut streams, source) = opened(7);
        assert_eq!(next(&mut streams), None);
        for part in ["one ", "two"] {
            source.output.try_send(Bytes::from(part)).expect("room");
        }
        assert_eq!(next(&mut streams), Some(data(7, b"one two")));
        assert_eq!(next(&mut streams), None);
    }

    #[test]
    fn without_credit_the_source_is_held_back() {
        let (mut streams, source) = opened(1);
        let chunk = Bytes::from(vec![b'x'; CHUNK]);
        let mut sent = 0;
        for _ in 0..20 {
            while source.output.try_send(chunk.clone()).is_ok() {}
            while let Some(frame) = next(&mut streams) {
                sent += frame.len() - HEADER;
            }
        }
        assert_eq!(sent, WINDOW as usize);
        assert!(source.output.try_send(chunk).is_err(), "its queue is full");
        streams.take(&credit(1, 10)).expect("a frame");
        assert_eq!(next(&mut streams), Some(data(1, &[b'x'; 10])));
        assert_eq!(next(&mut streams), None);
    }

    #[test]
    fn the_end_comes_after_what_is_left() {
        let (mut streams, source) = opened(3);
        source.output.try_send(Bytes::from_static(b"bye")).expect("room");
        drop(source);
        assert_eq!(next(&mut streams), Some(data(3, b"bye")));
        assert_eq!(next(&mut streams), Some(frame(FrameKind::End, 3, &[])));
        assert!(streams.is_empty());
    }

    #[test]
    fn input_arrives_in_order_and_is_credited() {
        let (mut streams, mut source) = opened(2);
        let part = vec![b'k'; STEP / 4];
        for _ in 0..8 {
            streams.take(&data(2, &part)).expect("a frame");
        }
        let mut granted = 0;
        for _ in 0..8 {
            while let Some(frame) = next(&mut streams) {
                granted += StreamFrame::read(&frame).and_then(|frame| frame.credit()).expect("credit") as usize;
            }
            assert_eq!(source.input.try_recv().expect("input").len(), part.len());
        }
        while let Some(frame) = next(&mut streams) {
            granted += StreamFrame::read(&frame).and_then(|frame| frame.credit()).expect("credit") as usize;
        }
        assert_eq!(granted, 8 * part.len());
    }

    #[test]
    fn more_input_than_credit_ends_the_stream() {
        let (mut streams, _source) = opened(2);
        streams.take(&data(2, &vec![b'k'; WINDOW as usize])).expect("a frame");
        streams.take(&data(2, b"k")).expect("a frame");
        assert_eq!(next(&mut streams), Some(frame(FrameKind::End, 2, &[])));
        assert!(streams.take(&data(2, b"k")).is_some(), "what crosses the end is ignored");
        assert!(streams.take(&Bytes::from_static(b"\x09\0\0\0\x02")).is_none());
    }

    #[test]
    fn streams_take_turns() {
        let (mut streams, first) = opened(1);
        let second = add(&mut streams, 2);
        for source in [&first, &second] {
            source.output.try_send(Bytes::from(vec![b'x'; CHUNK])).expect("room");
            source.output.try_send(Bytes::from(vec![b'x'; CHUNK])).expect("room");
        }
        let order: Vec<u8> = std::iter::from_fn(|| next(&mut streams)).map(|frame| frame[4]).collect();
        assert_eq!(order, [1, 2, 1, 2]);
    }

    #[test]
    fn a_socket_has_only_so_many() {
        let mut streams = OpenStreams::default();
        let _sources: Vec<Source> = (0..MOST as u32).map(|id| add(&mut streams, id)).collect();
        let _one_more = add(&mut streams, 99);
        assert_eq!(next(&mut streams), Some(frame(FrameKind::End, 99, &[])));
    }
}
