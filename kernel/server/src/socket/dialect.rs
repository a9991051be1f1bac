//! What the two dialects do each their own way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use aether_base::Logged;

/// Bytes of events in one frame; one event may be longer.
const FRAME: usize = 1024 * 1024;

/// What a dialect does its own way.
pub trait Dialect {
    /// True if it has binary frames.
    const STREAMS: bool;
    /// True if a socket stays open when its sign-in ends.
    const OUTLIVES_SIGN_IN: bool;

    /// True if the answer of this command says whom the socket speaks for from then on.
    fn signs_in(wire: &str) -> bool;
    /// Takes an event for the client.
    fn push(&mut self, event: Arc<Logged>) -> Result<(), FellBehind>;
    /// When the next frame of events is to go out; `None` if there are none.
    fn due(&self) -> Option<Instant>;
    /// The next frame of events.
    fn take(&mut self) -> String;
    fn clear(&mut self);
}

/// More events wait than the dialect keeps, and it drops none in silence.
pub struct FellBehind;

/// Several events as one JSON array, as many as one frame should hold.
pub fn array(events: &mut VecDeque<Arc<Logged>>, write: impl Fn(&mut String, &Logged)) -> String {
    let mut frame = String::from("[");
    while frame.len() < FRAME {
        let Some(event) = events.pop_front() else { break };
        if frame.len() > 1 {
            frame.push(',');
        }
        write(&mut frame, &event);
    }
    frame.push(']');
    frame
}
