//! Byte streams beside the bus: terminals now, screens and tokens by the same way. They are not events: nothing
//! logs them, and a viewer that does not take its bytes holds their source back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use aether_protocol::SessionId;
use bytes::Bytes;
use tokio::sync::mpsc;

/// Chunks a stream may hold for a viewer that has not taken them.
pub const CHUNKS: usize = 4;

/// A viewer's end of a stream.
#[derive(Debug)]
pub struct ByteStream {
    /// What the source says; closed when the source ends. Not taking it holds the source back.
    pub output: mpsc::Receiver<Bytes>,
    /// What the viewer says to the source.
    pub input: mpsc::Sender<Bytes>,
}

/// Streams that a command has opened and the requester's connection has not taken yet.
#[derive(Debug, Default)]
pub struct Streams {
    next: AtomicU32,
    offers: Mutex<HashMap<(SessionId, u32), ByteStream>>,
}

impl Streams {
    /// Leaves a stream for this connection, and answers the number it will be known by there.
    pub fn offer(&self, session: &SessionId, stream: ByteStream) -> u32 {
        let id = self.next.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        self.lock().insert((session.clone(), id), stream);
        id
    }

    /// Takes a stream that was left for this connection.
    pub fn take(&self, session: &SessionId, id: u32) -> Option<ByteStream> {
        self.lock().remove(&(session.clone(), id))
    }

    /// Drops what a connection has left untaken.
    pub fn session_closed(&self, session: &SessionId) {
        self.lock().retain(|(owner, _), _| owner != session);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(SessionId, u32), ByteStream>> {
        self.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
