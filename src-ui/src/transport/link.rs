//! The link to the kernel: kept open for as long as the page lives, opened again whenever it was lost.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use aether_protocol::{Command, ErrorCode, Reply, WireError};
use futures_channel::{mpsc, oneshot};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use serde_json::json;
use wasm_bindgen_futures::spawn_local;

use super::clock::sleep;
use super::course::{Course, End, Wait};
use super::door::{Arrival, Door, Pipe};
use super::exchange::{Answered, Exchange, Heard, Incoming};
use super::stream::{ByteStream, Flow};

/// How long a welcome may take before the pipe is given up.
const PATIENCE: i32 = 10_000;

/// Where the link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// The first attempt, or the first after a sign-in.
    #[default]
    Starting,
    Online,
    /// Lost after it had been open; it is being opened again.
    Lost,
    /// The kernel wants to know who is there.
    SignedOut,
    /// Opened again in another place; this one stays away until asked.
    Superseded,
}

impl Phase {
    /// True while nothing but a curtain can be reached.
    pub fn is_curtained(self) -> bool {
        matches!(self, Phase::SignedOut | Phase::Superseded)
    }
}

/// Who takes in what is heard.
pub trait Feed {
    fn phase(&self, phase: Phase);
    fn heard(&self, heard: Heard);
}

struct Inner {
    door: Rc<dyn Door>,
    feed: RefCell<Option<Rc<dyn Feed>>>,
    exchange: RefCell<Exchange>,
    pipe: RefCell<Option<Rc<dyn Pipe>>>,
    phase: Cell<Phase>,
    /// Another token is there than the one this pipe lives by: what is asked from now on waits for the next pipe.
    renewing: Cell<bool>,
    /// Wakes the task that waits before the next attempt.
    hurry: RefCell<Option<oneshot::Sender<()>>>,
    session: String,
}

/// A handle to the link; clones are the same link.
#[derive(Clone)]
pub struct Link(Rc<Inner>);

impl Link {
    /// A link that is not open yet. `session` names this screen, so that its next life replaces it.
    pub fn new(door: Rc<dyn Door>, session: String) -> Link {
        Link(Rc::new(Inner {
            door,
            feed: RefCell::default(),
            exchange: RefCell::default(),
            pipe: RefCell::default(),
            phase: Cell::default(),
            renewing: Cell::default(),
            hurry: RefCell::default(),
            session,
        }))
    }

    /// Opens the link and keeps it open.
    pub fn start(&self, feed: Rc<dyn Feed>) {
        *self.0.feed.borrow_mut() = Some(feed);
        let link = self.clone();
        spawn_local(async move { link.keep_open().await });
    }

    pub fn phase(&self) -> Phase {
        self.0.phase.get()
    }

    /// Tries now: somebody has signed in, or the network is back.
    pub fn try_now(&self) {
        if let Some(hurry) = self.0.hurry.borrow_mut().take() {
            let _ = hurry.send(());
        }
    }

    /// Lets go of who was signed in. The link asks again who is there.
    pub fn start_anew(&self) {
        self.0.exchange.borrow_mut().start_anew();
        self.set_phase(Phase::Starting);
        if let Some(pipe) = self.0.pipe.borrow_mut().take() {
            pipe.close();
        }
        self.try_now();
    }

    /// Comes back by another token, which the cookie has by now. What is under way is answered first; nothing is lost,
    /// and nobody sees it.
    pub fn renew(&self) {
        if self.0.pipe.borrow().is_some() {
            self.0.renewing.set(true);
            self.let_go_if_idle();
        }
    }

    fn let_go_if_idle(&self) {
        if self.0.renewing.get()
            && self.0.exchange.borrow().is_idle()
            && let Some(pipe) = self.0.pipe.borrow_mut().take()
        {
            pipe.close();
        }
    }

    /// Has a command done. While the link is being opened again the command waits for it.
    pub async fn call(&self, command: Command) -> Result<Reply, WireError> {
        let answered = self.send(&command, None);
        answered.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Has a command done that opens a stream.
    pub async fn open_stream(&self, command: Command) -> Result<(Reply, ByteStream), WireError> {
        let (bytes, incoming) = mpsc::unbounded();
        let flow = Rc::new(Flow::default());
        let answered = self.send(&command, Some(Incoming { bytes, flow: flow.clone() }));
        let reply = answered.await.unwrap_or_else(|_| Err(gone()))?;
        let stream = stream_of(&reply)?;
        Ok((reply, ByteStream::new(self.clone(), stream, flow, incoming)))
    }

    fn send(&self, command: &Command, stream: Option<Incoming>) -> Answered {
        let pipe = self.0.pipe.borrow().clone().filter(|_| !self.0.renewing.get());
        let (frame, answered) = self.0.exchange.borrow_mut().ask(command, stream, pipe.is_some());
        if let (Some(pipe), Some(frame)) = (pipe, frame) {
            pipe.send_text(&frame);
        }
        answered
    }

    pub(super) fn send_bytes(&self, frame: &[u8]) {
        if let Some(pipe) = &*self.0.pipe.borrow() {
            pipe.send_bytes(frame);
        }
    }

    pub(super) fn forget_stream(&self, stream: u32) -> bool {
        self.0.exchange.borrow_mut().forget_stream(stream)
    }

    fn set_phase(&self, phase: Phase) {
        self.0.phase.set(phase);
        if let Some(feed) = self.feed() {
            feed.phase(phase);
        }
    }

    fn feed(&self) -> Option<Rc<dyn Feed>> {
        self.0.feed.borrow().clone()
    }

    async fn keep_open(self) {
        let mut course = Course::default();
        loop {
            let end = self.live_once(&mut course).await;
            let end = if self.0.renewing.take() { End::Renewed } else { end };
            self.0.pipe.borrow_mut().take();
            self.0.exchange.borrow_mut().lost();
            let next = course.ended(self.phase(), end, js_sys::Math::random());
            if next.phase == Some(Phase::SignedOut) {
                self.0.exchange.borrow_mut().start_anew();
            }
            if let Some(phase) = next.phase {
                self.set_phase(phase);
            }
            match next.wait {
                Wait::For(0) => {}
                Wait::For(milliseconds) => self.wait(Some(milliseconds)).await,
                Wait::Asked => {
                    self.wait(None).await;
                    if self.phase() == Phase::SignedOut {
                        self.set_phase(Phase::Starting);
                    }
                }
            }
        }
    }

    /// One life of the pipe, from its opening to its end.
    async fn live_once(&self, course: &mut Course) -> End {
        let (arrive, mut arrived) = mpsc::unbounded();
        let pipe = self.0.door.open(Rc::new(move |arrival| {
            let _ = arrive.unbounded_send(arrival);
        }));
        let mut welcome_by = Some(Box::pin(sleep(PATIENCE)));
        loop {
            let arrival = match welcome_by.take() {
                None => arrived.next().await,
                Some(deadline) => match select(arrived.next(), deadline).await {
                    Either::Left((arrival, deadline)) => {
                        welcome_by = Some(deadline);
                        arrival
                    }
                    Either::Right(((), _)) => return End::NoWelcome,
                },
            };
            match arrival {
                Some(Arrival::Open) => pipe.send_text(&self.hello()),
                Some(Arrival::Text(text)) => {
                    if self.take_in(&text, &pipe) {
                        welcome_by = None;
                        course.welcomed();
                    }
                }
                Some(Arrival::Bytes(bytes)) => self.0.exchange.borrow_mut().on_bytes(&bytes),
                Some(Arrival::Closed(code)) => return End::Closed(code),
                None => return End::NoWelcome,
            }
        }
    }

    fn hello(&self) -> String {
        json!({"type": "hello", "since": self.0.exchange.borrow().since(), "session": self.0.session}).to_string()
    }

    /// Takes in a text frame; true if it was the welcome.
    fn take_in(&self, text: &str, pipe: &Rc<dyn Pipe>) -> bool {
        let heard = self.0.exchange.borrow_mut().on_text(text);
        self.let_go_if_idle();
        let Some(feed) = self.feed() else { return false };
        let mut welcomed = false;
        for heard in heard {
            let is_welcome = matches!(heard, Heard::Welcome(_));
            feed.heard(heard);
            if is_welcome {
                welcomed = true;
                *self.0.pipe.borrow_mut() = Some(pipe.clone());
                self.set_phase(Phase::Online);
                let waiting = self.0.exchange.borrow_mut().take_waiting();
                for frame in waiting {
                    pipe.send_text(&frame);
                }
            }
        }
        welcomed
    }

    /// Waits for as long as given, or until somebody is in a hurry.
    async fn wait(&self, milliseconds: Option<i32>) {
        let (hurry, hurried) = oneshot::channel();
        *self.0.hurry.borrow_mut() = Some(hurry);
        match milliseconds {
            Some(milliseconds) => drop(select(hurried, Box::pin(sleep(milliseconds))).await),
            None => drop(hurried.await),
        }
    }
}

fn stream_of(reply: &Reply) -> Result<u32, WireError> {
    #[derive(serde::Deserialize)]
    struct Opened {
        stream: u32,
    }
    reply.read::<Opened>().map(|opened| opened.stream)
}

fn gone() -> WireError {
    WireError::new(ErrorCode::Unavailable, "The connection is gone. Reload the page.")
}
