//! Every domain of the protocol. A domain's file holds its types, then its table.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::error::WireError;

domains! {
    /// a
    agent,
    /// a
    tty,
    /// a
    kernel,
    /// a
    llm,
    /// a
    fs,

    /// Organisations, teams and members.
    org,
    /// Processes: spawn, signals, approvals, priorities.
    process,
}

static COMMAND_DOMAINS: LazyLock<HashMap<&'static str, Domain>> = LazyLock::new(|| {
    Domain::ALL.iter().flat_map(|domain| domain.methods().iter().map(|method| (method.wire, *domain))).collect()
});

static EVENT_DOMAINS: LazyLock<HashMap<&'static str, Domain>> = LazyLock::new(|| {
    Domain::ALL.iter().flat_map(|domain| domain.events().iter().map(|row| (row.wire, *domain))).collect()
});

impl Command {
    /// Reads the command with this wire name from a flat frame (its `type` and `id` are ignored).
    pub fn decode(wire: &str, frame: &str) -> Result<Command, WireError> {
        COMMAND_DOMAINS
            .get(wire)
            .and_then(|domain| Command::decode_in(*domain, wire, frame))
            .unwrap_or_else(|| Err(WireError::invalid(format!("Unknown command type: {wire}"))))
    }

    /// The rows of every command.
    pub fn methods() -> impl Iterator<Item = &'static crate::table::Method> {
        Domain::ALL.iter().flat_map(|domain| domain.methods())
    }
}

impl Event {
    /// Reads the event with this wire name from a flat frame.
    pub fn decode(wire: &str, frame: &str) -> Result<Event, WireError> {
        EVENT_DOMAINS
            .get(wire)
            .and_then(|domain| Event::decode_in(*domain, wire, frame))
            .unwrap_or_else(|| Err(WireError::invalid(format!("Unknown event type: {wire}"))))
    }

    /// The rows of every event.
    pub fn rows() -> impl Iterator<Item = &'static crate::table::EventRow> {
        Domain::ALL.iter().flat_map(|domain| domain.events())
    }

    /// The event as it stands on the wire, without a sequence number: `{"type": ..., ...fields}`.
    pub fn json(&self) -> String {
        crate::table::write_flat(&format!("\"type\":\"{}\"", self.wire()), self)
    }
}
