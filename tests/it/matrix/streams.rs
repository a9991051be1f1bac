//! Streams of events (`GET /api/v1/events`), held to what a socket of the same person shows.

use serde_json::{Value, json};

use super::events::line;
use super::world::Person;
use crate::events_stream::{Frame, Listener};

/// Everything a stream tells up to the word that all of them hear.
pub async fn streamed(mut listener: Listener) -> Vec<(u64, Value)> {
    let mut heard = Vec::new();
    loop {
        let frame = numbered(listener.next().await.expect("an open stream"));
        if frame.1["type"] == "llm.changed" {
            return heard;
        }
        heard.push(frame);
    }
}

/// An event of a stream, and its number.
pub fn numbered(Frame { id, mut data }: Frame) -> (u64, Value) {
    let id = id.expect("a number");
    let named = data.as_object_mut().expect("an object").remove("__eventId");
    assert_eq!(named, Some(json!(id.to_string())), "{data}");
    (id, data)
}

/// What a socket shows, as a stream is to show it.
pub fn as_streamed<'e>(events: impl IntoIterator<Item = &'e Value>) -> Vec<(u64, Value)> {
    let events = events.into_iter().filter(|event| event["type"] != "entity.changed").cloned();
    events
        .map(|mut event| {
            let seq = event.as_object_mut().expect("an object").remove("seq");
            (seq.and_then(|seq| seq.as_u64()).expect("a number"), event)
        })
        .collect()
}

/// What of a stream is not as the socket of the same person has shown it.
pub fn differences(person: &Person, stream: &[(u64, Value)], socket: &[(u64, Value)]) -> Vec<String> {
    let told = |(seq, event): &(u64, Value)| format!("{seq} {}", line(event));
    let only = |these: &[(u64, Value)], those: &[(u64, Value)], fault: &str| -> Vec<String> {
        let one_sided = these.iter().filter(|event| !those.contains(event));
        one_sided.map(|event| format!("{fault} {}: {}", person.name, told(event))).collect()
    };
    let mut faults = only(stream, socket, "LEAK: its stream alone showed");
    faults.extend(only(socket, stream, "its stream did not show"));
    if faults.is_empty() && stream != socket {
        faults.push(format!("the stream of {} has another order, or something twice", person.name));
    }
    faults
}
