//! Frames of the WebSocket dialects: the head of a command, replies, and events with their sequence number.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domains::Command;
use crate::error::WireError;
use crate::ids::Seq;
use crate::table::Reply;

/// The head of a command frame, borrowed from the text.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default)]
    r#type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
}

/// A frame that could not become a command, with the id to answer under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFrame {
    pub id: Option<String>,
    pub error: WireError,
}

/// Reads a text frame: its id (where it has one) and its command, or why it is none.
pub fn read_command(text: &str) -> Result<(Option<String>, Command), BadFrame> {
    let trimmed = text.trim_start();
    if !trimmed.starts_with('{') {
        let valid = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        let message = if valid { "A frame must be a JSON object with a type and an id." } else { "Invalid JSON" };
        return Err(BadFrame { id: None, error: WireError::invalid(message) });
    }
    let head: Head<'_> = serde_json::from_str(text).map_err(|error| {
        let syntax = error.is_syntax() || error.is_eof();
        let message =
            if syntax { "Invalid JSON".to_owned() } else { format!("The frame's head is not valid: {error}.") };
        BadFrame { id: None, error: WireError::invalid(message) }
    })?;
    let id = head.id.and_then(|raw| match raw.get() {
        "null" => None,
        quoted if quoted.starts_with('"') => serde_json::from_str(quoted).ok(),
        bare => Some(bare.to_owned()),
    });
    let Some(wire) = head.r#type else {
        return Err(BadFrame { id, error: WireError::invalid("A frame needs a type: the name of a command.") });
    };
    match Command::decode(&wire, text) {
        Ok(command) => Ok((id, command)),
        Err(error) => Err(BadFrame { id, error }),
    }
}

/// `response.ok` with the answer's data, or without where there is none.
pub fn ok_frame(id: &str, reply: &Reply) -> String {
    let head = crate::table::frame_head("response.ok", id);
    match &reply.0 {
        Some(data) => format!("{{{head},\"data\":{}}}", data.get()),
        None => format!("{{{head}}}"),
    }
}

/// `response.error` with the sentence for the person and the code for programs.
pub fn error_frame(id: &str, error: &WireError) -> String {
    crate::table::write_flat(&crate::table::frame_head("response.error", id), error)
}

/// Puts the sequence number into an event's frame, as `aether.2` wants it.
pub fn with_seq(json: &str, seq: Seq) -> String {
    format!("{{\"seq\":{seq},{}", json.trim_start_matches('{'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    fn refusal(text: &str) -> (Option<String>, String) {
        let bad = read_command(text).expect_err("the frame is bad");
        assert_eq!(bad.error.code, ErrorCode::InvalidInput);
        (bad.id, bad.error.message)
    }

    #[test]
    fn a_frame_that_is_no_object_is_an_error_and_no_crash() {
        assert_eq!(refusal("{").1, "Invalid JSON");
        assert_eq!(refusal("").1, "Invalid JSON");
        for text in ["null", "1", "\"x\"", "[]", "true"] {
            assert!(refusal(text).1.contains("JSON object"), "{text}");
        }
    }

    #[test]
    fn the_id_is_echoed_also_when_the_command_is_unknown() {
        assert_eq!(
            refusal(r#"{"type":"no.such","id":"c1"}"#),
            (Some("c1".into()), "Unknown command type: no.such".into())
        );
        assert_eq!(refusal(r#"{"id":7}"#).0, Some("7".into()));
        assert_eq!(refusal(r#"{"type":null,"id":null}"#).0, None);
    }

    #[test]
    fn an_error_names_the_field() {
        let (_, message) = refusal(r#"{"type":"process.signal","id":"c","pid":3}"#);
        assert!(message.contains("signal"), "{message}");
    }

    #[test]
    fn a_command_comes_back_as_it_was_written() {
        let (_, command) = read_command(r#"{"type":"process.info","id":"c","pid":3,"extra":true}"#).expect("a command");
        let (id, again) = read_command(&command.encode("d")).expect("a command");
        assert_eq!((id.as_deref(), again.wire()), (Some("d"), "process.info"));
    }
}
