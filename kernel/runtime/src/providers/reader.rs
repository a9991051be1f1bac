//! Reads a streamed reply: frames, then JSON, then the format, into a [`Turn`]. The same code serves a reply that is
//! still arriving and one from the journal.

use serde_json::Value;

use super::DeltaSink;
use super::draft::Draft;
use super::error::{ProviderError, Said};
use super::exchange::Peer;
use super::fault;
use super::frames::{Frames, Framing};
use crate::chat::Turn;

/// The end of a stream in OpenAI's format; the others never send it.
const END_MARK: &[u8] = b"[DONE]";

/// One provider's way to write a reply, event by event.
pub(crate) trait Format: Default + Send {
    const FRAMING: Framing;

    /// Takes one event. It knows no failure: what it does not know it leaves aside, and errors are found by the reader.
    fn event(&mut self, event: &Value, draft: &mut Draft, sink: &mut dyn DeltaSink);
}

/// A reply being read.
pub(crate) struct Reader<'a, F> {
    peer: &'a Peer,
    frames: Frames,
    format: F,
    draft: Draft,
    events: usize,
}

impl<'a, F: Format> Reader<'a, F> {
    pub fn new(peer: &'a Peer) -> Self {
        Reader { peer, frames: Frames::new(F::FRAMING), format: F::default(), draft: Draft::default(), events: 0 }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut dyn DeltaSink) -> Result<(), ProviderError> {
        for payload in self.frames.feed(bytes) {
            if self.draft.closed {
                break;
            }
            if is_end_mark(&payload) {
                self.draft.closed = true;
                break;
            }
            if payload.trim_ascii().is_empty() {
                continue;
            }
            let event = serde_json::from_slice(&payload).map_err(|_| self.unreadable(&payload))?;
            self.event(&event, sink)?;
        }
        Ok(())
    }

    /// Whether the reply is complete and no more bytes are needed.
    pub fn is_closed(&self) -> bool {
        self.draft.closed
    }

    /// Ends the reading.
    pub fn finish(mut self, sink: &mut dyn DeltaSink) -> Result<Turn, ProviderError> {
        let rest = self.frames.finish().filter(|_| !self.draft.closed);
        if let Some(payload) = rest {
            // A last payload that is no JSON was cut off with the connection, unless it was nothing else from its start.
            match serde_json::from_slice(&payload) {
                Ok(event) => self.event(&event, sink)?,
                Err(_) if is_end_mark(&payload) => self.draft.closed = true,
                Err(_) if self.events == 0 && !is_beginning(&payload) => return Err(self.unreadable(&payload)),
                Err(_) => {}
            }
        }
        if self.draft.closed || self.draft.stop.is_some() {
            return Ok(self.draft.finish());
        }
        if self.events == 0 && !self.frames.stray().is_empty() {
            return Err(match serde_json::from_slice::<Value>(self.frames.stray()) {
                Ok(body) if fault::carries_error(&body) => fault::in_reply(self.peer, &body),
                _ => self.unreadable(self.frames.stray()),
            });
        }
        let what = match self.events {
            0 => "it closed the connection without a reply",
            _ => "the connection ended in the middle of a reply",
        };
        Err(self.peer.unavailable(Said::new(what)))
    }

    fn event(&mut self, event: &Value, sink: &mut dyn DeltaSink) -> Result<(), ProviderError> {
        if fault::carries_error(event) {
            return Err(fault::in_reply(self.peer, event));
        }
        self.events += 1;
        self.format.event(event, &mut self.draft, sink);
        Ok(())
    }

    fn unreadable(&self, payload: &[u8]) -> ProviderError {
        let what = if is_markup(payload) { "it is a web page" } else { "it is not the stream that was asked for" };
        ProviderError::InvalidReply { provider: self.peer.name.clone(), said: Said::new(what) }
    }
}

/// Reads a whole reply from its bytes.
pub(crate) fn read_whole<F: Format>(peer: &Peer, raw: &[u8]) -> Result<Turn, ProviderError> {
    let mut reader = Reader::<F>::new(peer);
    reader.feed(raw, &mut ())?;
    reader.finish(&mut ())
}

fn is_end_mark(payload: &[u8]) -> bool {
    payload.trim_ascii() == END_MARK
}

/// Whether a payload may be the beginning of one that is valid.
fn is_beginning(payload: &[u8]) -> bool {
    let payload = payload.trim_ascii_start();
    payload.starts_with(b"{") || END_MARK.starts_with(payload)
}

fn is_markup(payload: &[u8]) -> bool {
    payload.trim_ascii_start().starts_with(b"<")
}
