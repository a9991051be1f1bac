//! The compatible dialect: what existing Aether clients speak.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aether_base::{Caller, Logged};
use aether_protocol::domains::process;
use aether_protocol::{Command, Empty, WIRE_VERSION};

use super::connection::Connection;
use super::dialect::{Dialect, FellBehind, array};
use super::sessions::Seat;
use super::{Hail, Socket, Speaker};
use crate::Doors;
use crate::caller::Credential;
use crate::http::query_field;

/// How long the first of some events waits for the others.
const EVERY: Duration = Duration::from_millis(50);
/// How many events go out without waiting.
const ENOUGH: usize = 20;
/// How many events wait for a client that does not read.
const MOST: usize = 500;

/// Events that nobody does without: they stay when others have to go.
const CRITICAL: [&str; 4] = ["response.ok", "response.error", "kernel.ready", "process.list"];

/// Serves one socket until it ends.
pub async fn serve(doors: &Arc<Doors>, socket: Socket, hail: Hail) {
    let Hail { peer, session, credential, query, .. } = hail;
    let query = query.unwrap_or_default();
    let credential = match query_field(&query, "token").filter(|token| !token.is_empty()) {
        Some(token) => {
            let (door, session) = (peer.socket(), Some(session.clone()));
            Credential::of_token(&doors.kernel.identity, &token, door, session.clone())
                .unwrap_or_else(|| Credential::anonymous(door, session))
        }
        None => credential,
    };
    let seat = Seat::new(query_field(&query, "session"), doors.closing.child_token());
    let speaker = Speaker { peer, session, credential, seat };
    let mut connection = Connection::new(doors.clone(), speaker, Batch::default());
    for frame in greeting(doors, connection.caller()).await {
        connection.say(frame);
    }
    connection.run(socket).await;
}

/// The two frames every client gets first.
async fn greeting(doors: &Doors, caller: &Caller) -> [String; 2] {
    let uptime = doors.kernel.started.elapsed().as_millis();
    let ready = format!("{{\"type\":\"kernel.ready\",\"version\":\"{WIRE_VERSION}\",\"uptime\":{uptime}}}");
    // Without its session, so that the list is not announced to it a second time.
    let caller = Arc::new(Caller { session: None, ..caller.clone() });
    let processes = match caller.user() {
        Some(_) => {
            let command = Command::from(process::Command::list(Empty {}));
            doors.kernel.gate.call(&caller, command).await.ok()
        }
        None => None,
    };
    let processes = processes.as_ref().map_or("[]", |reply| reply.json());
    [ready, format!("{{\"type\":\"process.list\",\"processes\":{processes}}}")]
}

/// Events gathered for one frame.
#[derive(Default)]
struct Batch {
    events: VecDeque<Arc<Logged>>,
    due: Option<Instant>,
}

impl Dialect for Batch {
    const STREAMS: bool = false;
    const OUTLIVES_SIGN_IN: bool = true;

    fn signs_in(wire: &str) -> bool {
        matches!(wire, "auth.login" | "auth.mfaLogin" | "auth.register" | "auth.refresh")
    }

    fn push(&mut self, event: Arc<Logged>) -> Result<(), FellBehind> {
        if event.wire == "entity.changed" {
            return Ok(());
        }
        if self.events.len() >= MOST {
            let victim = self.events.iter().position(|event| !CRITICAL.contains(&event.wire.as_str()));
            self.events.remove(victim.unwrap_or(0));
        }
        self.events.push_back(event);
        let now = Instant::now();
        if self.events.len() >= ENOUGH {
            self.due = Some(now);
        }
        self.due.get_or_insert(now + EVERY);
        Ok(())
    }

    fn due(&self) -> Option<Instant> {
        self.due
    }

    fn take(&mut self) -> String {
        let frame = array(&mut self.events, |frame, event| frame.push_str(&event.json));
        if self.events.is_empty() {
            self.due = None;
        }
        frame
    }

    fn clear(&mut self) {
        *self = Batch::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aether_base::Audience;
    use aether_protocol::{Class, Seq};

    fn event(wire: &str, n: u64) -> Arc<Logged> {
        Arc::new(Logged {
            seq: Seq(n),
            wire: wire.into(),
            class: Class::Live,
            audience: Audience::Everyone,
            json: format!("{{\"type\":\"{wire}\",\"n\":{n}}}").into(),
        })
    }

    fn push(batch: &mut Batch, wire: &str, n: u64) {
        assert!(batch.push(event(wire, n)).is_ok());
    }

    #[test]
    fn one_event_goes_out_as_an_array_after_its_time() {
        let mut batch = Batch::default();
        assert!(batch.due().is_none());
        push(&mut batch, "agent.thought", 1);
        let due = batch.due().expect("armed");
        assert!(due > Instant::now() && due <= Instant::now() + EVERY);
        push(&mut batch, "agent.thought", 2);
        assert_eq!(batch.due(), Some(due), "the first event sets the time");
        assert_eq!(batch.take(), r#"[{"type":"agent.thought","n":1},{"type":"agent.thought","n":2}]"#);
        assert!(batch.due().is_none());
    }

    #[test]
    fn twenty_events_wait_for_nothing() {
        let mut batch = Batch::default();
        (0..19).for_each(|n| push(&mut batch, "agent.thought", n));
        assert!(batch.due().expect("armed") > Instant::now());
        push(&mut batch, "agent.thought", 19);
        assert!(batch.due().expect("armed") <= Instant::now());
    }

    #[test]
    fn the_oldest_that_can_be_done_without_goes_first() {
        let mut batch = Batch::default();
        push(&mut batch, "process.list", 0);
        (1..=500).for_each(|n| push(&mut batch, "agent.thought", n));
        let kept: Vec<u64> = batch.events.iter().map(|event| event.seq.0).collect();
        assert_eq!((kept.len(), kept[0], kept[1], kept[499]), (500, 0, 2, 500));
        let mut critical = Batch::default();
        (0..501).for_each(|n| push(&mut critical, "process.list", n));
        assert_eq!((critical.events.len(), critical.events[0].seq.0), (500, 1));
    }

    #[test]
    fn whole_entities_are_for_the_other_dialect() {
        let mut batch = Batch::default();
        push(&mut batch, "entity.changed", 1);
        assert!(batch.due().is_none());
    }
}
