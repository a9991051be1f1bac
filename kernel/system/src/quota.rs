//! Commands a user may send: so many in any minute, over all of its sockets; and trials of models, through any door.
//!
//! What never becomes a command of a user (frames that cannot be read, people who have not signed in, REST requests) is
//! counted by the doors, which know addresses.

use std::time::Instant;

use aether_base::ports::Quota;
use aether_base::window::Windows;
use aether_base::{Caller, Door};
use aether_protocol::{Command, ErrorCode, UserId, WireError};

/// Commands a minute over WebSocket.
const COMMANDS: usize = 600;
/// Trials of models a minute. Each is a request that whoever set the keys pays for, and no agent's limits count it.
const TRIALS: usize = 10;

/// Limits commands by user.
#[derive(Debug)]
pub struct RateLimits {
    on: bool,
    commands: Windows<UserId>,
    trials: Windows<UserId>,
}

impl RateLimits {
    /// With `on` false every command is admitted.
    pub fn new(on: bool) -> RateLimits {
        RateLimits { on, commands: Windows::default(), trials: Windows::default() }
    }
}

impl Quota for RateLimits {
    fn admit(&self, caller: &Caller, command: &Command) -> Result<(), WireError> {
        let (true, Some(user)) = (self.on, caller.user()) else { return Ok(()) };
        let count = |windows: &Windows<UserId>, most, message: &str| {
            let admitted = windows.admit(user.clone(), most, Instant::now());
            admitted.map_err(|seconds| WireError::new(ErrorCode::RateLimited, message).with_retry_after(seconds))
        };
        if caller.door == Door::WebSocket {
            count(&self.commands, COMMANDS, "Too many commands")?;
        }
        if command.wire() == "llm.test" && !caller.is_admin() {
            count(&self.trials, TRIALS, "Too many trials of models")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aether_base::CallerKind;
    use aether_protocol::Role;

    use super::*;

    #[test]
    fn trials_that_others_pay_for_are_few_through_every_door() {
        let limits = RateLimits::new(true);
        let test = Command::decode("llm.test", r#"{"provider":"openai"}"#).expect("a command");
        let caller = |name: &str, role, door| {
            let kind = CallerKind::User { user: name.into(), username: name.to_owned(), role };
            Caller { kind, ..Caller::anonymous(door) }
        };
        for trial in 0..TRIALS {
            let door = if trial % 2 == 0 { Door::Rest } else { Door::WebSocket };
            limits.admit(&caller("ada", Role::User, door), &test).expect("one of a few");
        }
        let refusal = limits.admit(&caller("ada", Role::User, Door::Rest), &test).expect_err("too many");
        assert!(refusal.code == ErrorCode::RateLimited && refusal.retry_after.is_some(), "{refusal:?}");
        limits.admit(&caller("bob", Role::User, Door::Rest), &test).expect("another user");
        (0..=TRIALS)
            .for_each(|_| limits.admit(&caller("root", Role::Admin, Door::Rest), &test).expect("an administrator"));
        let list = Command::decode("llm.list", "{}").expect("a command");
        limits.admit(&caller("ada", Role::User, Door::WebSocket), &list).expect("another command");
    }
}
