//! A connection to a kernel in the dialect `aether.2` (docs/wire.md).

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aether_protocol::{Command, ErrorCode, Event, Reply, SUBPROTOCOL, Transport, WireError};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::{Failure, Result};

/// Whatever bytes travel over.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin + 'static {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Wire for T {}

type Waiting = Arc<Mutex<HashMap<String, oneshot::Sender<Result<Reply, WireError>>>>>;
type Sink = SplitSink<WebSocketStream<Box<dyn Wire>>, Message>;

/// An open connection.
pub struct Link {
    sink: tokio::sync::Mutex<Sink>,
    waiting: Waiting,
    next: AtomicU64,
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<Event>>,
}

/// A frame of the server, as far as it has to be told apart. Events have fields of their own by any name.
#[derive(Deserialize)]
struct Head<'f> {
    #[serde(borrow)]
    r#type: Cow<'f, str>,
}

/// A reply.
#[derive(Deserialize)]
struct Response<'f> {
    id: String,
    #[serde(default, borrow)]
    data: Option<&'f RawValue>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    code: Option<ErrorCode>,
}

impl Link {
    /// Says hello over an open connection and waits for the welcome.
    pub async fn open(wire: Box<dyn Wire>, host: &str, token: Option<&str>) -> Result<Link> {
        let unreachable =
            |error: &dyn std::fmt::Display| Failure::Unreachable(format!("The kernel did not answer: {error}."));
        let mut request = format!("ws://{host}/kernel").into_client_request().map_err(|error| unreachable(&error))?;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
        let (socket, _) = tokio_tungstenite::client_async(request, wire).await.map_err(|error| unreachable(&error))?;
        let (mut sink, mut source) = socket.split();
        let hello = serde_json::json!({ "type": "hello", "token": token }).to_string();
        sink.send(Message::from(hello)).await.map_err(|error| unreachable(&error))?;
        let welcome = source.next().await;
        match welcome {
            Some(Ok(Message::Text(_))) => {}
            Some(Ok(Message::Close(Some(reason)))) => {
                let said = format!("The kernel refused the connection: {}.", reason.reason);
                return Err(Failure::Unreachable(said));
            }
            Some(Ok(_)) | None => return Err(unreachable(&"the connection was closed")),
            Some(Err(error)) => return Err(unreachable(&error)),
        }
        let waiting = Waiting::default();
        let (told, events) = mpsc::unbounded_channel();
        tokio::spawn(read(source, waiting.clone(), told));
        Ok(Link {
            sink: tokio::sync::Mutex::new(sink),
            waiting,
            next: AtomicU64::new(1),
            events: tokio::sync::Mutex::new(events),
        })
    }

    /// The next event; `None` once the connection is closed.
    pub async fn event(&self) -> Option<Event> {
        self.events.lock().await.recv().await
    }
}

impl Transport for Link {
    async fn call(&self, command: Command) -> Result<Reply, WireError> {
        let id = format!("c{}", self.next.fetch_add(1, Ordering::Relaxed));
        let (answer, answered) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), answer);
        let sent = self.sink.lock().await.send(Message::from(command.encode(&id))).await;
        sent.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

fn closed() -> WireError {
    WireError::new(ErrorCode::Unavailable, "The kernel closed the connection. Look at its log, then try again.")
}

/// Hands replies to whoever waits for them, and events on.
async fn read(
    mut source: futures_util::stream::SplitStream<WebSocketStream<Box<dyn Wire>>>,
    waiting: Waiting,
    told: mpsc::UnboundedSender<Event>,
) {
    while let Some(Ok(message)) = source.next().await {
        let Message::Text(text) = message else { continue };
        let frames: Vec<&RawValue> = match serde_json::from_str::<Vec<&RawValue>>(text.as_str()) {
            Ok(frames) => frames,
            Err(_) => serde_json::from_str::<&RawValue>(text.as_str()).into_iter().collect(),
        };
        for frame in frames {
            take(frame.get(), &waiting, &told);
        }
    }
    // Whoever still waits learns that nothing will come.
    waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

fn take(frame: &str, waiting: &Waiting, told: &mpsc::UnboundedSender<Event>) {
    let Ok(head) = serde_json::from_str::<Head<'_>>(frame) else { return };
    if !matches!(&*head.r#type, "response.ok" | "response.error") {
        // An event of a newer kernel that we do not know is not for us.
        if let Ok(event) = Event::decode(&head.r#type, frame) {
            let _ = told.send(event);
        }
        return;
    }
    let Ok(response) = serde_json::from_str::<Response<'_>>(frame) else { return };
    let answer = match response.error {
        None => Ok(Reply(response.data.map(ToOwned::to_owned))),
        Some(message) => Err(WireError::new(response.code.unwrap_or(ErrorCode::Internal), message)),
    };
    if let Some(waiter) = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&response.id) {
        let _ = waiter.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_event_may_have_a_code_and_an_id_of_its_own() {
        let (told, mut events) = mpsc::unbounded_channel();
        let waiting = Waiting::default();
        let (answer, answered) = oneshot::channel();
        waiting.lock().expect("the waiting").insert("c1".to_owned(), answer);
        take(r#"{"seq":7,"type":"process.exit","pid":2,"code":0}"#, &waiting, &told);
        assert_eq!(events.recv().await.expect("an event").wire(), "process.exit");
        take(r#"{"type":"response.error","id":"c1","code":"not_found","error":"gone"}"#, &waiting, &told);
        let error = answered.await.expect("an answer").expect_err("refused");
        assert_eq!((error.code, error.message.as_str()), (ErrorCode::NotFound, "gone"));
    }
}
