//! One open socket, whatever its dialect and whatever carries it: commands in, replies, events and streams out, on one task.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use aether_base::gate::Started;
use aether_base::{Caller, Logged, Subscription, Viewer};
use aether_protocol::frame::{BadFrame, error_frame, ok_frame, read_command};
use aether_protocol::{Command, ErrorCode, Reply, Seq, SessionId, WireError};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, StreamExt};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

use super::carrier::Carrier;
use super::dialect::Dialect;
use super::goodbye::{End, FAREWELL};
use super::outbox::Outbox;
use super::sessions::Seat;
use super::streams::OpenStreams;
use super::{Speaker, stranger};
use crate::Doors;
use crate::caller::{Credential, Peer};
use crate::limits::Use;

/// Commands of one socket that run at a time; then nothing more is read from it.
const RUNNING: usize = 256;
/// Frames that are read before what they cause is sent.
const BURST: usize = 64;
/// Events that are taken at a time.
const EVENTS: usize = 64;
/// Commands whose answer names a stream that begins with it.
const OPENS_STREAM: [&str; 4] = ["tty.attach", "agent.watch", "fs.download", "fs.upload"];

/// What the answer of a command means for the socket, beside the reply.
#[derive(Clone, Copy)]
enum Meaning {
    Nothing,
    SignIn,
    Stream,
}

struct Finished {
    id: Option<String>,
    meaning: Meaning,
    answer: Result<Reply, WireError>,
}

/// One open socket.
pub struct Connection<D> {
    doors: Arc<Doors>,
    peer: Peer,
    session: SessionId,
    credential: Credential,
    seat: Seat,
    dialect: D,
    /// Absent as long as nobody has signed in.
    events: Option<Subscription>,
    outbox: Outbox,
    streams: OpenStreams,
    running: usize,
    finish: mpsc::Sender<Finished>,
    finished: mpsc::Receiver<Finished>,
}

impl<D: Dialect> Connection<D> {
    pub fn new(doors: Arc<Doors>, speaker: Speaker, dialect: D) -> Self {
        let Speaker { peer, session, credential, seat } = speaker;
        let (finish, finished) = mpsc::channel(RUNNING);
        let mut connection = Connection {
            outbox: Outbox::new(peer.meter.clone()),
            doors,
            peer,
            session,
            credential,
            seat,
            dialect,
            events: None,
            streams: OpenStreams::default(),
            running: 0,
            finish,
            finished,
        };
        connection.look_on();
        connection
    }

    pub fn caller(&self) -> &Arc<Caller> {
        &self.credential.caller
    }

    /// Sends a frame of the dialect's own.
    pub fn say(&mut self, frame: String) {
        self.outbox.push_text(frame);
    }

    /// Leaves out events up to this one: the client has what they say.
    pub fn skip_to(&mut self, seq: Seq) {
        if let Some(events) = &mut self.events {
            events.skip_to(seq);
        }
    }

    /// Serves the socket until it ends.
    pub async fn run(mut self, carrier: impl Carrier) {
        let stop = self.seat.stop.clone();
        let (mut sink, mut source) = carrier.split();
        let mut end = self.serve(&mut sink, &mut source, &stop).await;
        if stop.is_cancelled() && end == End::CLOSING {
            if !self.doors.closing.is_cancelled() {
                end = End::SUPERSEDED;
            } else if tokio::time::timeout(FAREWELL, self.answer_the_rest(&mut sink)).await.is_err() {
                tracing::debug!("a socket was closed before all its commands were answered");
            }
        }
        if end != End::Gone {
            // What is left for the client to know before it is told to go.
            let _ = tokio::time::timeout(FAREWELL, self.outbox.drain(&mut sink)).await;
        }
        if let Ok(carrier) = sink.reunite(source) {
            carrier.close(end).await;
        }
    }

    async fn serve<C: Carrier>(
        &mut self,
        sink: &mut SplitSink<C, Message>,
        source: &mut SplitStream<C>,
        stop: &CancellationToken,
    ) -> End {
        let stopped = stop.cancelled();
        tokio::pin!(stopped);
        let mut burst = 0;
        loop {
            if let ControlFlow::Break(end) = self.hand_over_events() {
                return end;
            }
            let reads = (burst < BURST || self.outbox.is_idle()) && self.running < RUNNING && !self.outbox.is_full();
            let idle = self.outbox.is_idle();
            let due = self.dialect.due().filter(|_| idle);
            let deadline = self.outbox.deadline();
            let step = tokio::select! {
                biased;
                () = &mut stopped => ControlFlow::Break(End::CLOSING),
                frame = source.next(), if reads => {
                    burst += 1;
                    self.on_frame(frame)
                }
                Some(finished) = self.finished.recv() => {
                    self.running -= 1;
                    self.on_finished(finished);
                    ControlFlow::Continue(())
                }
                sent = self.outbox.drain(sink), if !idle => {
                    burst = 0;
                    if sent.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(End::Gone) }
                }
                event = next_event(&mut self.events) => match event {
                    Some(event) => self.on_event(event),
                    // Some are lost: only a new beginning shows the client what is.
                    None => ControlFlow::Break(End::BEHIND),
                },
                frame = self.streams.next(), if !self.streams.is_empty() && !self.outbox.is_full() => {
                    self.on_stream(frame)
                }
                () = until(due), if due.is_some() => ControlFlow::Continue(()),
                () = until(deadline), if deadline.is_some() => {
                    if self.outbox.is_stuck() { ControlFlow::Break(End::Gone) } else { ControlFlow::Continue(()) }
                }
            };
            if let ControlFlow::Break(end) = step {
                return end;
            }
        }
    }

    /// Lets commands that run answer, once no more are taken.
    async fn answer_the_rest(&mut self, sink: &mut SplitSink<impl Carrier, Message>) {
        while self.running > 0 {
            let Some(finished) = self.finished.recv().await else { return };
            self.running -= 1;
            self.on_finished(finished);
            if self.outbox.drain(sink).await.is_err() {
                return;
            }
        }
    }

    fn on_frame(&mut self, frame: Option<Result<Message, Error>>) -> ControlFlow<End> {
        match frame {
            Some(Ok(Message::Text(text))) => self.on_text(text.as_str()),
            Some(Ok(Message::Binary(bytes))) => self.on_binary(&bytes),
            Some(Ok(Message::Ping(payload) | Message::Pong(payload))) => {
                stranger::control_frame(&self.peer.meter, payload.len());
                ControlFlow::Continue(())
            }
            Some(Ok(Message::Frame(_))) => ControlFlow::Continue(()),
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { max_size, .. }))) => {
                self.refuse_size(&format!("A frame may have {max_size} bytes at most. Send less at a time."))
            }
            Some(Err(Error::Io(_))) if self.peer.meter.is_spent() => self.refuse_size(&stranger::too_large()),
            Some(Err(Error::Utf8(_))) => ControlFlow::Break(End::NOT_UTF8),
            Some(Err(Error::Protocol(_))) => ControlFlow::Break(End::NOT_WEBSOCKET),
            Some(Ok(Message::Close(_)) | Err(_)) | None => ControlFlow::Break(End::Gone),
        }
    }

    fn on_text(&mut self, text: &str) -> ControlFlow<End> {
        self.check_sign_in()?;
        self.check_size(text.len())?;
        let read = read_command(text);
        // The commands of a user are counted by the gate.
        let counts = read.is_err() || !self.credential.is_signed_in();
        let admitted = match self.credential.limit_key(&self.peer).filter(|_| counts) {
            Some(key) => self.doors.limits.admit(Use::Frame, key),
            None => Ok(()),
        };
        match (admitted, read) {
            (Err(refusal), Ok((id, _)) | Err(BadFrame { id, .. })) => self.refuse(id.as_deref(), &refusal),
            (Ok(()), Ok((id, command))) => self.start(id, command),
            (Ok(()), Err(bad)) if !self.credential.is_signed_in() && stranger::needs_sign_in(text) => {
                self.refuse(bad.id.as_deref(), &WireError::new(ErrorCode::Unauthenticated, "Authentication required"));
            }
            (Ok(()), Err(bad)) => self.refuse(bad.id.as_deref(), &bad.error),
        }
        ControlFlow::Continue(())
    }

    fn on_binary(&mut self, frame: &Bytes) -> ControlFlow<End> {
        self.check_sign_in()?;
        self.check_size(frame.len())?;
        if !D::STREAMS {
            self.refuse(None, &WireError::invalid("Binary frames need a socket that speaks aether.2."));
        } else if self.streams.take(frame).is_none() {
            self.refuse(None, &WireError::invalid("This binary frame is none that aether.2 knows."));
        }
        ControlFlow::Continue(())
    }

    fn check_size(&mut self, bytes: usize) -> ControlFlow<End> {
        match self.credential.is_signed_in() || stranger::frame(&self.peer.meter, bytes) {
            true => ControlFlow::Continue(()),
            false => self.refuse_size(&stranger::too_large()),
        }
    }

    fn refuse_size(&mut self, message: &str) -> ControlFlow<End> {
        self.refuse(None, &WireError::new(ErrorCode::TooLarge, message));
        ControlFlow::Break(End::TOO_LARGE)
    }

    fn start(&mut self, id: Option<String>, command: Command) {
        let meaning = match command.wire() {
            wire if OPENS_STREAM.contains(&wire) && D::STREAMS => Meaning::Stream,
            wire if OPENS_STREAM.contains(&wire) => {
                let message = format!("{wire} needs a socket that speaks aether.2.");
                return self.refuse(id.as_deref(), &WireError::state(message));
            }
            wire if D::signs_in(wire) => Meaning::SignIn,
            _ => Meaning::Nothing,
        };
        match self.doors.kernel.gate.start(&self.credential.caller, command) {
            Started::Done(answer) => self.on_finished(Finished { id, meaning, answer }),
            Started::Running(answer) => {
                self.running += 1;
                let (finish, doors, session) = (self.finish.clone(), self.doors.clone(), self.session.clone());
                // On a task of its own: the command goes on to its end also if the client goes.
                tokio::spawn(async move {
                    let answer = answer.await;
                    if finish.send(Finished { id, meaning, answer }).await.is_err() {
                        // The connection has gone: nobody takes a stream that was opened for it.
                        doors.kernel.session_closed(&session);
                    }
                });
            }
        }
    }

    fn on_finished(&mut self, finished: Finished) {
        let Finished { id, meaning, answer } = finished;
        match answer {
            Err(error) => self.refuse(id.as_deref(), &error),
            Ok(reply) => {
                if matches!(meaning, Meaning::SignIn) {
                    self.sign_in(&reply);
                }
                self.outbox.push_text(ok_frame(id.as_deref().unwrap_or_default(), &reply));
                if matches!(meaning, Meaning::Stream) {
                    self.open_stream(&reply);
                }
            }
        }
    }

    fn refuse(&mut self, id: Option<&str>, error: &WireError) {
        let id = id.unwrap_or(match error.code {
            ErrorCode::Unauthenticated => "auth_required",
            ErrorCode::RateLimited => "rate_limited",
            ErrorCode::InvalidInput | ErrorCode::TooLarge => "parse_error",
            _ => "",
        });
        self.outbox.push_text(error_frame(id, error));
    }

    fn sign_in(&mut self, reply: &Reply) {
        #[derive(Deserialize)]
        struct SignedIn {
            token: Option<String>,
        }
        let token = reply.read::<SignedIn>().ok().and_then(|signed_in| signed_in.token);
        let identity = &self.doors.kernel.identity;
        let session = Some(self.session.clone());
        let known = token.and_then(|token| Credential::of_token(identity, &token, self.peer.socket(), session));
        if let Some(known) = known {
            let same = known.caller.user() == self.credential.caller.user();
            self.credential = known;
            if !same {
                self.dialect.clear();
            }
            self.look_on();
        }
    }

    /// Looks on with the eyes of whoever is signed in, and has the place and the room of them.
    fn look_on(&mut self) {
        self.seat.take(&self.doors, &self.credential.caller, &self.session);
        if !self.credential.is_signed_in() {
            stranger::begin(&self.peer.meter);
            self.events = None;
            return;
        }
        self.peer.meter.allow(None);
        let viewer = Viewer::of(&self.credential.caller);
        match &mut self.events {
            Some(events) => events.set_viewer(viewer),
            None => self.events = Some(self.doors.kernel.bus.subscribe(viewer)),
        }
        if let (Some(events), false) = (&mut self.events, D::STREAMS) {
            events.take_streams();
        }
    }

    /// Ends what the sign-in allowed, once it has ended.
    fn check_sign_in(&mut self) -> ControlFlow<End> {
        if !self.credential.is_signed_in() || self.credential.is_live(&self.doors.kernel.identity) {
            return ControlFlow::Continue(());
        }
        if !D::OUTLIVES_SIGN_IN {
            return ControlFlow::Break(End::NOT_SIGNED_IN);
        }
        self.credential = Credential::anonymous(self.peer.socket(), Some(self.session.clone()));
        self.dialect.clear();
        self.look_on();
        ControlFlow::Continue(())
    }

    fn on_event(&mut self, event: Arc<Logged>) -> ControlFlow<End> {
        let mut next = Some(event);
        let mut taken = 0;
        while let Some(event) = next {
            if self.dialect.push(event).is_err() {
                return ControlFlow::Break(End::BEHIND);
            }
            taken += 1;
            next = if taken < EVENTS { next_event(&mut self.events).now_or_never().flatten() } else { None };
        }
        ControlFlow::Continue(())
    }

    /// Gives the client the events that are due, if it has taken everything before.
    fn hand_over_events(&mut self) -> ControlFlow<End> {
        if !self.outbox.is_idle() || self.dialect.due().is_none_or(|due| due > Instant::now()) {
            return ControlFlow::Continue(());
        }
        self.check_sign_in()?;
        if self.dialect.due().is_some() {
            let frame = self.dialect.take();
            self.outbox.push_text(frame);
        }
        ControlFlow::Continue(())
    }

    fn open_stream(&mut self, reply: &Reply) {
        #[derive(Deserialize)]
        struct Opened {
            stream: u32,
        }
        if let Ok(Opened { stream: id }) = reply.read::<Opened>()
            && let Some(stream) = self.doors.kernel.streams.take(&self.session, id)
        {
            self.streams.open(id, stream);
        }
    }

    fn on_stream(&mut self, frame: Bytes) -> ControlFlow<End> {
        self.check_sign_in()?;
        self.outbox.push_binary(frame);
        ControlFlow::Continue(())
    }
}

async fn next_event(events: &mut Option<Subscription>) -> Option<Arc<Logged>> {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
