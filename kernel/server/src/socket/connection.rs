//! One open socket, whatever its dialect and whatever carries it: commands in, replies, events and streams out, on one task.

mod commands;
mod sign_in;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use aether_base::{Caller, Logged, Subscription};
use aether_protocol::{Seq, SessionId};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use super::Speaker;
use super::carrier::Carrier;
use super::dialect::Dialect;
use super::goodbye::{End, FAREWELL};
use super::outbox::Outbox;
use super::sessions::Seat;
use super::streams::OpenStreams;
use crate::Doors;
use crate::caller::{Credential, Peer};

use commands::Finished;

/// Commands of one socket that run at a time; then nothing more is read from it.
const RUNNING: usize = 256;
/// Frames that are read before what they cause is sent.
const BURST: usize = 64;
/// Events that are taken at a time.
const EVENTS: usize = 64;

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
    /// Changes when tokens have died.
    endings: watch::Receiver<()>,
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
            endings: doors.kernel.identity.endings(),
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
        if end == End::NOT_SIGNED_IN {
            // What was asked before the sign-in ended, and may be what ended it.
            let _ = tokio::time::timeout(FAREWELL, self.answer_the_rest(&mut sink)).await;
        }
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
                Ok(()) = self.endings.changed() => self.check_sign_in(),
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
