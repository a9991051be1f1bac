//! `aether.2`: hello and welcome, and events with their sequence numbers (docs/wire.md).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aether_base::{Caller, Logged, Viewer};
use aether_protocol::domains::{agent, process, tty};
use aether_protocol::frame::with_seq;
use aether_protocol::{Class, Command, Empty, PRODUCT_VERSION, Seq, WIRE_VERSION};
use aether_system::Missed;
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Message;

use super::carrier::Carrier;
use super::connection::Connection;
use super::dialect::{Dialect, FellBehind, array};
use super::goodbye::End;
use super::sessions::Seat;
use super::{Hail, Speaker};
use crate::Doors;
use crate::caller::{Credential, Peer};

/// How long a client may take to say hello.
const HELLO: Duration = Duration::from_secs(5);
/// Events that may wait for one client before it has to come back.
const MOST: usize = 4_096;
/// Missed events that are replayed rather than replaced by a snapshot.
const REPLAYED: usize = 5_000;

#[derive(Deserialize)]
struct Hello {
    r#type: String,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    since: Option<Seq>,
    #[serde(default)]
    session: Option<String>,
}

/// Serves one socket until it ends.
pub async fn serve(doors: &Arc<Doors>, mut carrier: impl Carrier, hail: Hail) {
    let stop = doors.closing.child_token();
    let hello = tokio::select! {
        () = stop.cancelled() => Err(End::CLOSING),
        hello = tokio::time::timeout(HELLO, hello(&mut carrier, &hail.peer)) => hello.unwrap_or(Err(End::NO_HELLO)),
    };
    let hello = match hello {
        Ok(hello) => hello,
        Err(end) => return carrier.close(end).await,
    };
    let Hail { peer, session, credential, .. } = hail;
    let credential = match &hello.token {
        Some(token) => Credential::of_token(&doors.kernel.identity, token, peer.socket(), Some(session.clone())),
        None => Some(credential),
    };
    let Some(credential) = credential.filter(Credential::is_signed_in) else {
        return carrier.close(End::NOT_SIGNED_IN).await;
    };
    let speaker = Speaker { peer, session, credential, seat: Seat::new(hello.session, stop) };
    let mut connection = Connection::new(doors.clone(), speaker, Backlog::default());
    let (seq, welcome) = welcome(doors, connection.caller(), hello.since).await;
    connection.skip_to(seq);
    connection.say(welcome);
    connection.run(carrier).await;
}

/// Waits for the first frame.
async fn hello(carrier: &mut impl Carrier, peer: &Peer) -> Result<Hello, End> {
    loop {
        match carrier.next().await {
            Some(Ok(Message::Text(text))) => {
                let hello = serde_json::from_str(text.as_str()).ok();
                return hello.filter(|hello: &Hello| hello.r#type == "hello").ok_or(End::NOT_SIGNED_IN);
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Err(_)) if peer.meter.is_spent() => return Err(End::TOO_LARGE),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => return Err(End::NOT_SIGNED_IN),
        }
    }
}

/// The answer to hello, and the last event it covers: the connection, which looks on already, gives those after it.
async fn welcome(doors: &Doors, caller: &Caller, since: Option<Seq>) -> (Seq, String) {
    let missed = match since.filter(|since| since.0 > 0) {
        Some(since) => match doors.kernel.missed(&Viewer::of(caller), since).await {
            Missed::Events(missed) if missed.len() <= REPLAYED => Some((since, missed)),
            Missed::Events(_) | Missed::TooOld => None,
        },
        None => None,
    };
    let user = caller.user().and_then(|user| doors.kernel.identity.user_info(user));
    let (seq, field) = match missed {
        Some((since, missed)) => {
            let seq = missed.last().map_or(since, |event| event.seq);
            let within = |event: &Logged| caller.scopes().is_none_or(|scopes| event.is_within(scopes));
            let shown = missed.iter().filter(|event| is_event(event) && within(event));
            let missed: Vec<String> = shown.map(|event| with_seq(&event.json, event.seq)).collect();
            (seq, format!("\"missed\":[{}]", missed.join(",")))
        }
        None => {
            // Read before the snapshot is made, which then holds whatever is committed but not delivered yet.
            let seq = doors.kernel.seq();
            (seq, format!("\"snapshot\":{}", snapshot(doors, caller).await))
        }
    };
    let user = json!({ "user": user, "version": WIRE_VERSION, "product": PRODUCT_VERSION }).to_string();
    let user = user.trim_start_matches('{').trim_end_matches('}');
    (seq, format!("{{\"type\":\"welcome\",\"seq\":{seq},{user},{field}}}"))
}

/// What the caller would get if it asked for everything a desktop shows first.
async fn snapshot(doors: &Doors, caller: &Caller) -> String {
    // Without its session, so that the answers are not announced to it as events too.
    let caller = Arc::new(Caller { session: None, ..caller.clone() });
    let ask = |command: Command| {
        let caller = caller.clone();
        async move { doors.kernel.gate.call(&caller, command).await.ok().and_then(|reply| reply.0) }
    };
    let (processes, queue, approvals, terminals) = futures_util::join!(
        ask(process::Command::list(Empty {}).into()),
        ask(process::Command::get_queue(Empty {}).into()),
        ask(agent::Command::approvals(agent::ApprovalsQuery { pid: None }).into()),
        ask(tty::Command::list(tty::TtyQuery { pid: None }).into()),
    );
    let part = |answer: &Option<Box<RawValue>>| answer.as_deref().map_or("null", RawValue::get).to_owned();
    format!(
        "{{\"processes\":{},\"queue\":{},\"approvals\":{},\"terminals\":{}}}",
        part(&processes),
        part(&queue),
        part(&approvals),
        part(&terminals)
    )
}

/// False for bytes of streams, which have frames of their own.
fn is_event(event: &Logged) -> bool {
    event.class != Class::Stream
}

/// Events that wait for the client to take the last ones.
#[derive(Default)]
struct Backlog {
    events: VecDeque<Arc<Logged>>,
    since: Option<Instant>,
}

impl Dialect for Backlog {
    const STREAMS: bool = true;
    const OUTLIVES_SIGN_IN: bool = false;

    fn signs_in(wire: &str) -> bool {
        wire == "auth.refresh"
    }

    fn push(&mut self, event: Arc<Logged>) -> Result<(), FellBehind> {
        if !is_event(&event) {
            return Ok(());
        }
        if self.events.len() >= MOST {
            return Err(FellBehind);
        }
        self.since.get_or_insert_with(Instant::now);
        self.events.push_back(event);
        Ok(())
    }

    fn due(&self) -> Option<Instant> {
        self.since
    }

    fn take(&mut self) -> String {
        let frame = match self.events.len() {
            1 => self.events.pop_front().map(|event| with_seq(&event.json, event.seq)).unwrap_or_default(),
            _ => array(&mut self.events, |frame, event| frame.push_str(&with_seq(&event.json, event.seq))),
        };
        if self.events.is_empty() {
            self.since = None;
        }
        frame
    }

    fn clear(&mut self) {
        *self = Backlog::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aether_base::Audience;

    fn event(n: u64, class: Class, audience: Audience) -> Arc<Logged> {
        let json = format!("{{\"type\":\"agent.paused\",\"pid\":{n}}}").into();
        Arc::new(Logged { seq: Seq(n), wire: "agent.paused".into(), class, audience, json })
    }

    #[test]
    fn one_event_is_an_object_and_more_are_an_array() {
        let mut backlog = Backlog::default();
        assert!(backlog.push(event(7, Class::Journal, Audience::Everyone)).is_ok());
        assert_eq!(backlog.take(), r#"{"seq":7,"type":"agent.paused","pid":7}"#);
        assert!(backlog.due().is_none());
        for n in [8, 9] {
            assert!(backlog.push(event(n, Class::Live, Audience::Everyone)).is_ok());
        }
        let both = r#"[{"seq":8,"type":"agent.paused","pid":8},{"seq":9,"type":"agent.paused","pid":9}]"#;
        assert_eq!(backlog.take(), both);
    }

    #[test]
    fn bytes_of_streams_are_no_events() {
        let mut backlog = Backlog::default();
        assert!(backlog.push(event(1, Class::Stream, Audience::Everyone)).is_ok());
        assert!(backlog.due().is_none());
    }

    #[test]
    fn nothing_is_dropped_in_silence() {
        let mut backlog = Backlog::default();
        for n in 0..MOST as u64 {
            assert!(backlog.push(event(n, Class::Live, Audience::Everyone)).is_ok());
        }
        assert!(backlog.push(event(0, Class::Live, Audience::Everyone)).is_err());
    }
}
