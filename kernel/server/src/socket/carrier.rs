//! What carries the messages of one connection: a WebSocket, or a link inside this process.

use futures_util::{Sink, Stream};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::goodbye::End;

/// Brings messages from a client and takes those for it.
pub trait Carrier: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin + Send {
    /// Says goodbye and waits a moment for the client to do so too.
    fn close(self, end: End) -> impl Future<Output = ()> + Send;
}
