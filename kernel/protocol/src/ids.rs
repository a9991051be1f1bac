//! Identifiers that cross the wire. Each is its own type so that one cannot be passed for another.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A process id: a persistent counter, never reused, also across restarts. Pid 1 is the caller's session process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Pid(pub u64);

/// The sequence number of an event: it grows by commit order and survives restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Pid {
    /// The virtual process that stands for the caller's own session.
    pub const SESSION: Pid = Pid(1);

    /// The uid of the agent with this pid: `agent_<pid>`.
    pub fn uid(self) -> String {
        format!("agent_{}", self.0)
    }

    /// The virtual home directory of the agent with this pid.
    pub fn home(self) -> String {
        format!("/home/agent_{}", self.0)
    }

    /// Reads `agent_<pid>` or a bare number.
    pub fn parse(text: &str) -> Option<Pid> {
        let digits = text.strip_prefix("agent_").unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok().map(Pid)
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                $name(text)
            }
        }
    )* };
}

text_id! {
    /// A user (UUID).
    UserId
    /// An organisation (UUID).
    OrgId
    /// A cron job (UUID).
    JobId
    /// A terminal: `tty_<pid>_<ms>_<n>`.
    TtyId
    /// One connection of a client, chosen by the door.
    SessionId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_is_read_from_its_uid_or_its_number() {
        assert_eq!(Pid::parse("agent_12"), Some(Pid(12)));
        assert_eq!(Pid::parse("12"), Some(Pid(12)));
        for bad in ["", "agent_", "12abc", "-1", "agent_1 ", "99999999999999999999999"] {
            assert_eq!(Pid::parse(bad), None, "{bad}");
        }
    }
}
