//! How a socket ends (RFC 6455, section 7), and why.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Socket;
use super::carrier::Carrier;

/// How long running commands may still answer once the doors close, and how long a client may take to say goodbye.
pub const FAREWELL: Duration = Duration::from_secs(1);

/// Why a socket ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client has gone, or is cut off.
    Gone,
    /// The client is told a close code and why.
    Close(u16, &'static str),
}

impl End {
    pub const CLOSING: End = End::Close(1001, "Aether OS is shutting down");
    pub const NOT_WEBSOCKET: End = End::Close(1002, "not WebSocket");
    pub const NOT_UTF8: End = End::Close(1007, "a text frame must be UTF-8");
    pub const TOO_LARGE: End = End::Close(1009, "the frame is too large");
    pub const SUPERSEDED: End = End::Close(4000, "superseded by a connection with the same session");
    pub const BEHIND: End = End::Close(4008, "too many events wait; come back with since");
    pub const NOT_SIGNED_IN: End = End::Close(4401, "not signed in");
    pub const NO_HELLO: End = End::Close(4408, "no hello in time");
}

impl Carrier for Socket {
    async fn close(mut self, end: End) {
        let End::Close(code, reason) = end else {
            // Answers the client's own goodbye, where that was the reason.
            let _ = tokio::time::timeout(FAREWELL, WebSocketStream::close(&mut self, None)).await;
            return;
        };
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        let farewell = async {
            self.send(Message::Close(Some(frame))).await?;
            while let Some(Ok(_)) = self.next().await {}
            // A client that is still in the middle of a frame must not get a reset before it has read the goodbye.
            let io = self.get_mut();
            io.meter().allow(None);
            io.shutdown().await?;
            let mut rest = [0; 4096];
            while io.read(&mut rest).await? > 0 {}
            Ok::<(), Error>(())
        };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
    }
}
