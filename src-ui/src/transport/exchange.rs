//! The state of one screen's exchange with a kernel: what was asked and not answered, which streams are open, how far
//! events were heard. It is pure: frames go in, frames and what was heard come out.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use aether_protocol::domains::agent::Approval;
use aether_protocol::domains::auth::UserInfo;
use aether_protocol::domains::process::{ProcessInfo, QueuedSpawnRequest};
use aether_protocol::domains::tty::TerminalInfo;
use aether_protocol::stream::{FrameKind, StreamFrame};
use aether_protocol::{Command, ErrorCode, Reply, UserId, WireError};
use futures_channel::{mpsc, oneshot};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::stream::Flow;

/// What the screen is told when it arrives.
#[derive(Debug, Clone, Deserialize)]
pub struct Welcome {
    pub seq: u64,
    pub user: UserInfo,
    #[serde(default)]
    pub product: String,
    /// Absent where the missed events follow instead.
    #[serde(default)]
    pub snapshot: Option<Snapshot>,
}

/// Everything there is, where a screen starts anew. What could not be had is absent.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Snapshot {
    #[serde(default)]
    pub processes: Option<Vec<ProcessInfo>>,
    #[serde(default)]
    pub queue: Option<Vec<QueuedSpawnRequest>>,
    #[serde(default)]
    pub approvals: Option<Vec<Approval>>,
    #[serde(default)]
    pub terminals: Option<Vec<TerminalInfo>>,
}

/// What was heard from the kernel beside replies.
#[derive(Debug)]
pub enum Heard {
    Welcome(Box<Welcome>),
    /// An event: its wire name, and the frame it came in.
    Event {
        wire: String,
        frame: String,
    },
}

/// Where a stream's bytes go.
pub struct Incoming {
    pub bytes: mpsc::UnboundedSender<Vec<u8>>,
    pub flow: Rc<Flow>,
}

struct Pending {
    /// False while its frame waits for the link to be open.
    sent: bool,
    answer: oneshot::Sender<Result<Reply, WireError>>,
    /// Present where the answer names a stream, which may begin in the very next frame.
    stream: Option<Incoming>,
}

/// What an answer comes by.
pub type Answered = oneshot::Receiver<Result<Reply, WireError>>;

/// See the module.
#[derive(Default)]
pub struct Exchange {
    asked: u64,
    /// Frames that wait for the link to be open.
    waiting: Vec<String>,
    user: Option<UserId>,
    pending: HashMap<String, Pending>,
    streams: HashMap<u32, Incoming>,
    since: u64,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(default)]
    seq: Option<u64>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Missed<'a> {
    #[serde(borrow, default)]
    missed: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Opened {
    stream: u32,
}

impl Exchange {
    /// The last event that was heard; 0 asks for a snapshot.
    pub fn since(&self) -> u64 {
        self.since
    }

    /// Forgets how far events were heard: somebody else signs in.
    pub fn start_anew(&mut self) {
        self.since = 0;
    }

    /// What a command's answer comes by, and its frame to send now. Where the link is not open the frame waits.
    pub fn ask(&mut self, command: &Command, stream: Option<Incoming>, open: bool) -> (Option<String>, Answered) {
        self.asked += 1;
        let id = format!("u{}", self.asked);
        let (answer, answered) = oneshot::channel();
        let frame = command.encode(&id);
        self.pending.insert(id, Pending { sent: open, answer, stream });
        if open {
            return (Some(frame), answered);
        }
        self.waiting.push(frame);
        (None, answered)
    }

    /// True where nothing that was sent waits for its answer.
    pub fn is_idle(&self) -> bool {
        self.pending.values().all(|pending| !pending.sent)
    }

    /// The frames that have waited; they are to be sent now.
    pub fn take_waiting(&mut self) -> Vec<String> {
        for pending in self.pending.values_mut() {
            pending.sent = true;
        }
        std::mem::take(&mut self.waiting)
    }

    /// Takes in a text frame.
    pub fn on_text(&mut self, text: &str) -> Vec<Heard> {
        if text.trim_start().starts_with('[') {
            let frames: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
            return frames.into_iter().flat_map(|frame| self.on_object(frame.get())).collect();
        }
        self.on_object(text)
    }

    fn on_object(&mut self, text: &str) -> Vec<Heard> {
        let Ok(head) = serde_json::from_str::<Head<'_>>(text) else { return Vec::new() };
        match (&*head.r#type, head.id) {
            ("response.ok", Some(id)) => self.on_answer(&id, text),
            ("response.error", Some(id)) => {
                let error = serde_json::from_str(text).unwrap_or_else(|_| unreadable());
                self.answer(&id, Err(error));
            }
            ("welcome", _) => return self.on_welcome(text),
            (wire, _) => {
                self.since = self.since.max(head.seq.unwrap_or_default());
                return vec![Heard::Event { wire: wire.to_owned(), frame: text.to_owned() }];
            }
        }
        Vec::new()
    }

    fn on_welcome(&mut self, text: &str) -> Vec<Heard> {
        let (Ok(welcome), Ok(Missed { missed })) =
            (serde_json::from_str::<Welcome>(text), serde_json::from_str::<Missed<'_>>(text))
        else {
            return Vec::new();
        };
        let seq = welcome.seq;
        if self.user.replace(welcome.user.id.clone()).is_some_and(|before| before != welcome.user.id) {
            // What somebody else wanted done is not done by whoever has come now.
            self.waiting.clear();
            self.pending.clear();
        }
        let mut heard = vec![Heard::Welcome(Box::new(welcome))];
        heard.extend(missed.into_iter().flat_map(|frame| self.on_object(frame.get())));
        self.since = seq;
        heard
    }

    fn on_answer(&mut self, id: &str, text: &str) {
        let data = serde_json::from_str::<Answer<'_>>(text).ok().and_then(|answer| answer.data.map(ToOwned::to_owned));
        if let Some(incoming) = self.pending.get_mut(id).and_then(|pending| pending.stream.take()) {
            let opened = data.as_deref().and_then(|data| serde_json::from_str::<Opened>(data.get()).ok());
            match opened {
                Some(Opened { stream }) => drop(self.streams.insert(stream, incoming)),
                None => return self.answer(id, Err(unreadable())),
            }
        }
        self.answer(id, Ok(Reply(data)));
    }

    fn answer(&mut self, id: &str, answer: Result<Reply, WireError>) {
        if let Some(pending) = self.pending.remove(id) {
            // Whoever asked may have gone.
            let _ = pending.answer.send(answer);
        }
    }

    /// Takes in a binary frame.
    pub fn on_bytes(&mut self, bytes: &[u8]) {
        let Some(frame) = StreamFrame::read(bytes) else { return };
        match frame.kind {
            FrameKind::Data => {
                if let Some(incoming) = self.streams.get(&frame.stream) {
                    let _ = incoming.bytes.unbounded_send(frame.payload.to_vec());
                }
            }
            FrameKind::Credit => {
                if let (Some(incoming), Some(credit)) = (self.streams.get(&frame.stream), frame.credit()) {
                    incoming.flow.allow(credit);
                }
            }
            FrameKind::End => self.forget(frame.stream),
        }
    }

    /// Ends a stream on this side. True if it was open.
    pub fn forget_stream(&mut self, stream: u32) -> bool {
        let open = self.streams.contains_key(&stream);
        self.forget(stream);
        open
    }

    fn forget(&mut self, stream: u32) {
        if let Some(incoming) = self.streams.remove(&stream) {
            incoming.flow.end();
        }
    }

    /// The connection is gone: what was sent may or may not have been done, and streams are over.
    pub fn lost(&mut self) {
        for (_, pending) in self.pending.extract_if(|_, pending| pending.sent) {
            let _ = pending.answer.send(Err(WireError::unavailable(
                "The connection was lost before the answer came. Look whether it was done, then try again.",
            )));
        }
        for (_, incoming) in self.streams.drain() {
            incoming.flow.end();
        }
    }
}

fn unreadable() -> WireError {
    WireError::new(ErrorCode::Internal, "The kernel's answer could not be read. Reload the page.")
}

#[cfg(test)]
mod tests {
    use aether_protocol::Pid;
    use aether_protocol::domains::process::{self, PidRef};
    use aether_protocol::domains::tty;

    use super::*;

    fn info() -> Command {
        process::Command::info(PidRef { pid: Pid(3) }).into()
    }

    #[test]
    fn an_answer_finds_who_asked() {
        let mut exchange = Exchange::default();
        let (frame, mut answered) = exchange.ask(&info(), None, true);
        let frame = frame.expect("sent");
        assert!(frame.contains("\"type\":\"process.info\"") && frame.contains("\"id\":\"u1\""), "{frame}");
        assert!(exchange.on_text(r#"{"type":"response.ok","id":"u1","data":{"pid":3}}"#).is_empty());
        let reply = answered.try_recv().expect("open").expect("answered").expect("ok");
        assert_eq!(reply.json(), r#"{"pid":3}"#);
    }

    #[test]
    fn an_error_comes_with_its_code() {
        let mut exchange = Exchange::default();
        let (_, mut answered) = exchange.ask(&info(), None, true);
        exchange.on_text(r#"{"type":"response.error","id":"u1","code":"not_found","error":"Process 3 not found"}"#);
        let error = answered.try_recv().expect("open").expect("answered").expect_err("refused");
        assert_eq!((error.code, error.message.as_str()), (ErrorCode::NotFound, "Process 3 not found"));
    }

    #[test]
    fn a_welcome_with_missed_events_is_heard_in_order_and_moves_since() {
        let mut exchange = Exchange::default();
        let heard = exchange.on_text(
            r#"{"type":"welcome","seq":9,"user":{"id":"u","username":"ada","displayName":"Ada","role":"admin"},
                "missed":[{"seq":8,"type":"agent.paused","pid":1},{"seq":9,"type":"agent.resumed","pid":1}]}"#,
        );
        let names: Vec<&str> = heard
            .iter()
            .map(|heard| match heard {
                Heard::Welcome(_) => "welcome",
                Heard::Event { wire, .. } => wire,
            })
            .collect();
        assert_eq!(names, ["welcome", "agent.paused", "agent.resumed"]);
        assert_eq!(exchange.since(), 9);
        exchange.on_text(r#"[{"seq":10,"type":"x"},{"seq":11,"type":"y"}]"#);
        assert_eq!(exchange.since(), 11);
    }

    #[test]
    fn bytes_reach_their_stream_until_it_ends() {
        let mut exchange = Exchange::default();
        let (bytes, mut arrived) = mpsc::unbounded();
        let flow = Rc::new(Flow::default());
        let attach = tty::Command::attach(tty::Attach { tty_id: "t".into(), cols: None, rows: None, since: None });
        let (_, _answered) = exchange.ask(&attach.into(), Some(Incoming { bytes, flow: flow.clone() }), true);
        exchange.on_text(r#"{"type":"response.ok","id":"u1","data":{"stream":7,"offset":0}}"#);
        let frame = |kind, payload: &[u8]| StreamFrame { kind, stream: 7, payload }.write();
        exchange.on_bytes(&frame(FrameKind::Data, b"ls"));
        assert_eq!(arrived.try_recv().ok(), Some(b"ls".to_vec()));
        exchange.on_bytes(&frame(FrameKind::End, b""));
        assert!(flow.has_ended());
        exchange.on_bytes(&frame(FrameKind::Data, b"late"));
        assert!(arrived.try_recv().is_err());
    }

    #[test]
    fn a_lost_connection_answers_everybody_who_waits() {
        let mut exchange = Exchange::default();
        let (_, mut answered) = exchange.ask(&info(), None, true);
        let (_, mut waits) = exchange.ask(&info(), None, false);
        exchange.lost();
        assert!(waits.try_recv().expect("open").is_none(), "what was not sent is not lost");
        assert_eq!(exchange.take_waiting().len(), 1);
        let error = answered.try_recv().expect("open").expect("answered").expect_err("lost");
        assert_eq!(error.code, ErrorCode::Unavailable);
    }

    #[test]
    fn it_is_idle_once_everything_that_was_sent_is_answered() {
        let mut exchange = Exchange::default();
        let (_, _answered) = exchange.ask(&info(), None, true);
        let (_, _waits) = exchange.ask(&info(), None, false);
        assert!(!exchange.is_idle());
        exchange.on_text(r#"{"type":"response.ok","id":"u1"}"#);
        assert!(exchange.is_idle(), "what waits to be sent does not count");
    }

    #[test]
    fn what_waits_is_done_for_the_one_who_asked_only() {
        let welcome = |user: &str| {
            format!(
                r#"{{"type":"welcome","seq":1,"user":{{"id":"{user}","username":"{user}","displayName":"","role":"user"}}}}"#
            )
        };
        let mut exchange = Exchange::default();
        exchange.on_text(&welcome("ada"));
        let (_, _waits) = exchange.ask(&info(), None, false);
        exchange.lost();
        exchange.start_anew();
        exchange.on_text(&welcome("ada"));
        assert_eq!(exchange.take_waiting().len(), 1);
        let (_, _waits) = exchange.ask(&info(), None, false);
        exchange.on_text(&welcome("bob"));
        assert!(exchange.take_waiting().is_empty());
    }

    #[test]
    fn nonsense_is_ignored() {
        let mut exchange = Exchange::default();
        for text in ["", "null", "{}", "[1,2]", "[", r#"{"type":5}"#, r#"{"type":"welcome"}"#] {
            assert!(exchange.on_text(text).is_empty(), "{text}");
        }
        exchange.on_bytes(&[1, 2]);
    }
}
