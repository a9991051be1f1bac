//! `GET /api/v1/events`: events as they happen, as server-sent events (WHATWG HTML, section 9.2).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use aether_base::{Logged, Subscription, Viewer};
use aether_protocol::{Class, Pid, Seq};
use aether_system::Missed;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::watch;

use super::{Visitor, query};
use crate::Doors;
use crate::caller::Credential;

/// A comment is sent when nothing happened for so long, so that nobody between us takes the connection for dead.
const QUIET: Duration = Duration::from_secs(15);

/// Opens the stream. `filter` lists event names, `prefix.*`, or `agent.<uid>` for all that one agent does.
pub async fn subscribe(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    visitor.peer.meter.hurry();
    let query = query.unwrap_or_default();
    let filter = Filter::read(&query::field(&query, "filter").unwrap_or_default());
    let viewer = Viewer::of(&visitor.credential.caller);
    let mut events = doors.kernel.bus.subscribe(viewer.clone());
    let scopes = visitor.credential.caller.scopes().cloned();
    events.narrow(scopes.clone());
    let within = |event: &Logged| scopes.as_ref().is_none_or(|scopes| event.is_within(scopes));
    let endings = doors.kernel.identity.endings();
    let mut frames = VecDeque::from([Bytes::from_static(b"data: {\"type\":\"connected\"}\n\n")]);
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    // A browser names it by itself when it comes back; others may ask for it in the address.
    let last = last.or_else(|| query::field(&query, "since").and_then(|since| since.parse().ok())).map(Seq);
    if let Some(since) = last {
        match doors.kernel.missed(&viewer, since).await {
            Missed::Events(missed) => {
                events.skip_to(missed.last().map_or(since, |event| event.seq));
                frames.extend(
                    missed.iter().filter(|event| within(event) && filter.takes(event)).map(|event| frame(event)),
                );
            }
            Missed::TooOld => frames.push_back(lost(doors.kernel.seq())),
        }
    }
    let listener = Listener { doors, credential: visitor.credential, events, endings, filter, frames };
    let body = stream::unfold(listener, |mut listener| async move {
        let frame = listener.next().await?;
        Some((Ok::<_, Infallible>(frame), listener))
    });
    let head = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    // nginx would gather frames otherwise.
    (head, [("x-accel-buffering", "no")], Body::from_stream(body)).into_response()
}

struct Listener {
    doors: Arc<Doors>,
    credential: Credential,
    events: Subscription,
    /// Changes when tokens have died.
    endings: watch::Receiver<()>,
    filter: Filter,
    frames: VecDeque<Bytes>,
}

impl Listener {
    /// The next frame, whole: some clients lose what is cut in two. `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        // What was missed may be long, and its reader slow.
        if !self.credential.is_live(&self.doors.kernel.identity) {
            return None;
        }
        if let Some(frame) = self.frames.pop_front() {
            return Some(frame);
        }
        loop {
            let event = tokio::select! {
                () = self.doors.closing.cancelled() => return None,
                Ok(()) = self.endings.changed() => {
                    if !self.credential.is_live(&self.doors.kernel.identity) {
                        return None;
                    }
                    continue;
                }
                event = tokio::time::timeout(QUIET, self.events.next()) => event,
            };
            if !self.credential.is_live(&self.doors.kernel.identity) {
                return None;
            }
            match event {
                Ok(Some(event)) if self.filter.takes(&event) => return Some(frame(&event)),
                Ok(Some(_)) => {}
                // It has fallen behind: it comes back with the last number it got, and the log tells it the rest.
                Ok(None) => return None,
                Err(_) => return Some(Bytes::from_static(b": nothing happened\n\n")),
            }
        }
    }
}

fn frame(event: &Logged) -> Bytes {
    let seq = event.seq;
    let fields = event.json.strip_suffix('}').unwrap_or(&event.json);
    format!("id: {seq}\ndata: {fields},\"__eventId\":\"{seq}\"}}\n\n").into()
}

/// Tells that the log no longer has what was missed: this door has no snapshot to give instead. Its number is where a
/// client that comes back goes on from.
fn lost(seq: Seq) -> Bytes {
    format!("id: {seq}\ndata: {{\"type\":\"events.lost\"}}\n\n").into()
}

/// Which events a listener wants.
struct Filter(Vec<Wanted>);

enum Wanted {
    Name(String),
    Prefix(String),
    /// What one agent does.
    Agent(Pid),
}

impl Filter {
    fn read(text: &str) -> Filter {
        let wanted = text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(|item| {
            if let Some(prefix) = item.strip_suffix('*') {
                return Wanted::Prefix(prefix.to_owned());
            }
            let uid = item.strip_prefix("agent.").filter(|rest| rest.starts_with("agent_")).and_then(Pid::parse);
            uid.map_or_else(|| Wanted::Name(item.to_owned()), Wanted::Agent)
        });
        Filter(wanted.collect())
    }

    fn takes(&self, event: &Logged) -> bool {
        let on_this_door = event.class != Class::Stream && event.wire != "entity.changed";
        on_this_door && (self.0.is_empty() || self.0.iter().any(|wanted| wanted.takes(event)))
    }
}

impl Wanted {
    fn takes(&self, event: &Logged) -> bool {
        match self {
            Wanted::Name(name) => event.wire == *name,
            Wanted::Prefix(prefix) => event.wire.starts_with(prefix.as_str()),
            Wanted::Agent(pid) => event.wire.starts_with("agent.") && pid_of(event) == Some(*pid),
        }
    }
}

fn pid_of(event: &Logged) -> Option<Pid> {
    #[derive(Deserialize)]
    struct Subject {
        pid: Pid,
    }
    serde_json::from_str::<Subject>(&event.json).ok().map(|subject| subject.pid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aether_base::Audience;

    fn event(wire: &str, class: Class) -> Logged {
        let json = format!("{{\"type\":\"{wire}\",\"pid\":12}}").into();
        Logged { seq: Seq(7), wire: wire.into(), class, audience: Audience::Everyone, json }
    }

    #[test]
    fn a_frame_has_the_number_twice_and_ends_with_an_empty_line() {
        let sent = frame(&event("agent.paused", Class::Journal));
        assert_eq!(&sent[..], b"id: 7\ndata: {\"type\":\"agent.paused\",\"pid\":12,\"__eventId\":\"7\"}\n\n");
    }

    #[test]
    fn what_is_lost_is_told_as_an_event() {
        assert_eq!(&lost(Seq(7))[..], b"id: 7\ndata: {\"type\":\"events.lost\"}\n\n");
    }

    #[test]
    fn filters_take_names_prefixes_and_agents() {
        let takes = |filter: &str, wire: &str| Filter::read(filter).takes(&event(wire, Class::Journal));
        assert!(takes("", "agent.paused"));
        assert!(takes("process.exit, agent.paused", "agent.paused"));
        assert!(takes("agent.*", "agent.paused") && !takes("process.*", "agent.paused"));
        assert!(takes("agent.agent_12", "agent.paused") && !takes("agent.agent_13", "agent.paused"));
        assert!(!takes("agent.agent_12", "process.exit"));
        assert!(!takes("agent.pause", "agent.paused"));
        assert!(!takes("", "entity.changed"));
        assert!(!Filter::read("").takes(&event("tty.output", Class::Stream)));
    }
}
