//! Commands a user may send: so many in any minute, over all of its sockets.
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

/// Limits commands by user.
#[derive(Debug)]
pub struct RateLimits {
    on: bool,
    windows: Windows<UserId>,
}

impl RateLimits {
    /// With `on` false every command is admitted.
    pub fn new(on: bool) -> RateLimits {
        RateLimits { on, windows: Windows::default() }
    }
}

impl Quota for RateLimits {
    fn admit(&self, caller: &Caller, _command: &Command) -> Result<(), WireError> {
        let (true, Door::WebSocket, Some(user)) = (self.on, caller.door, caller.user()) else { return Ok(()) };
        self.windows
            .admit(user.clone(), COMMANDS, Instant::now())
            .map_err(|seconds| WireError::new(ErrorCode::RateLimited, "Too many commands").with_retry_after(seconds))
    }
}
