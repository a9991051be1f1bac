//! What a socket may do as long as nobody has signed in on it.

use aether_protocol::{Command, ErrorCode, WireError};
use serde::Deserialize;

use super::READ_BUFFER;
use crate::io::Meter;

/// Bytes of a frame.
const FRAME: usize = 64 * 1024;
/// Bytes among which there must be a whole frame: one with its head, and what is read of the next with it.
const ALLOWANCE: i64 = (FRAME + 2 * READ_BUFFER) as i64;
/// Bytes of a ping or pong beside its payload: two and the mask.
const CONTROL_HEAD: usize = 6;

/// Keeps the client from sending more than a frame may have, also before that frame is whole.
pub fn begin(meter: &Meter) {
    meter.allow(Some(ALLOWANCE));
}

/// True if a frame is small enough; then there may come another.
pub fn frame(meter: &Meter, bytes: usize) -> bool {
    if bytes > FRAME {
        return false;
    }
    begin(meter);
    true
}

/// A ping or pong costs nothing, and gains nothing either: it may come in the middle of a frame.
pub fn control_frame(meter: &Meter, bytes: usize) {
    meter.give_back(CONTROL_HEAD + bytes);
}

pub fn too_large() -> String {
    format!("A frame may have {FRAME} bytes at most as long as nobody has signed in. Sign in first.")
}

pub fn unauthenticated() -> WireError {
    WireError::new(ErrorCode::Unauthenticated, "Authentication required")
}

/// True if the command a frame names is not for everybody, or there is no such command.
pub fn needs_sign_in(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Head {
        r#type: String,
    }
    serde_json::from_str::<Head>(text).is_ok_and(|head| {
        let row = Command::methods().find(|method| method.wire == head.r#type);
        row.is_none_or(|method| method.needs != "Public")
    })
}
