//! Links: `aether.2` for a client in this process, message by message, without a socket.
//!
//! A link's client is the local owner, as on the Unix socket: who runs in this process is who started it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::PollSender;

use super::aether2;
use super::carrier::Carrier;
use super::goodbye::{End, FAREWELL};
use super::{Hail, stranger};
use crate::Doors;
use crate::caller::{Credential, Peer};
use crate::io::Meter;

/// Messages that wait in each direction before the sender has to.
const WAITING: usize = 16;

/// One message of `aether.2` (docs/wire.md).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// JSON.
    Text(String),
    /// A frame of a stream.
    Binary(Bytes),
    /// Why the kernel ends the link, by the close codes of a socket. Nothing follows it.
    Close { code: u16, reason: String },
}

/// The client's end of a link. Dropping either half closes it.
#[derive(Debug)]
pub struct Link {
    pub sender: LinkSender,
    pub receiver: LinkReceiver,
}

/// Takes what the client says.
#[derive(Debug, Clone)]
pub struct LinkSender(mpsc::Sender<Message>);

/// Gives what the kernel says.
#[derive(Debug)]
pub struct LinkReceiver(mpsc::Receiver<Frame>);

/// The link is closed. Open another one, and say `since` in its hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The connection to the kernel is closed.")]
pub struct Gone;

impl LinkSender {
    /// Waits until the kernel takes the frame, which is what holds back a client that is too fast.
    ///
    /// # Errors
    /// When the link is closed.
    pub async fn send(&self, frame: Frame) -> Result<(), Gone> {
        let message = match frame {
            Frame::Text(text) => Message::Text(text.into()),
            Frame::Binary(bytes) => Message::Binary(bytes),
            Frame::Close { .. } => Message::Close(None),
        };
        self.0.send(message).await.map_err(|_| Gone)
    }
}

impl LinkReceiver {
    /// The next frame; none once the link is closed.
    pub async fn next(&mut self) -> Option<Frame> {
        self.0.recv().await
    }
}

/// Opens a link that lasts until one of its ends closes it or the doors do.
pub(crate) fn open(doors: &Arc<Doors>) -> Link {
    let (sender, incoming) = mpsc::channel(WAITING);
    let (outgoing, receiver) = mpsc::channel(WAITING);
    let meter = Arc::new(Meter::default());
    let most = doors.kernel.config.server.max_body;
    let carrier = LinkEnd { incoming, outgoing: PollSender::new(outgoing), meter: meter.clone(), most };
    let session = doors.new_session();
    let peer = Peer { address: None, secure: false, meter };
    let credential = Credential::of_owner(&doors.kernel.identity, Some(session.clone()))
        .unwrap_or_else(|| Credential::anonymous(peer.socket(), Some(session.clone())));
    let hail = Hail { peer, session, credential, query: None, agent: None };
    let shared = doors.clone();
    doors.connections.spawn(async move {
        let session = hail.session.clone();
        stranger::begin(&hail.peer.meter);
        aether2::serve(&shared, carrier, hail).await;
        shared.kernel.session_closed(&session);
    });
    Link { sender: LinkSender(sender), receiver: LinkReceiver(receiver) }
}

/// The kernel's end.
struct LinkEnd {
    incoming: mpsc::Receiver<Message>,
    outgoing: PollSender<Frame>,
    meter: Arc<Meter>,
    /// Bytes a message of the client may have.
    most: usize,
}

impl Stream for LinkEnd {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let message = ready!(self.incoming.poll_recv(cx));
        Poll::Ready(message.map(|message| match message.len() {
            size if size > self.most => {
                Err(Error::Capacity(CapacityError::MessageTooLong { size, max_size: self.most }))
            }
            _ => Ok(message),
        }))
    }
}

impl Sink<Message> for LinkEnd {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.outgoing.poll_reserve(cx).map_err(|_| Error::ConnectionClosed)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        let size = message.len();
        let frame = match message {
            Message::Text(text) => Frame::Text(text.as_str().to_owned()),
            Message::Binary(bytes) => Frame::Binary(bytes),
            Message::Close(Some(close)) => {
                Frame::Close { code: close.code.into(), reason: close.reason.as_str().to_owned() }
            }
            // What keeps a socket alive means nothing here.
            Message::Close(None) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(()),
        };
        self.outgoing.send_item(frame).map_err(|_| Error::ConnectionClosed)?;
        self.meter.wrote(size);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.outgoing.close();
        Poll::Ready(Ok(()))
    }
}

impl Carrier for LinkEnd {
    async fn close(mut self, end: End) {
        if let End::Close(code, reason) = end {
            let frame =
                tokio_tungstenite::tungstenite::protocol::CloseFrame { code: code.into(), reason: reason.into() };
            let _ = tokio::time::timeout(FAREWELL, self.send(Message::Close(Some(frame)))).await;
        }
    }
}
