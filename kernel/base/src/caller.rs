//! Who asks, and what a handler gets to know about it.

use std::sync::Arc;

use aether_protocol::{Context, Event, Pid, Role, Scopes, SessionId, UserId};

use crate::bus::Bus;
use crate::error::Error;

/// Which door a command came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    WebSocket,
    Rest,
    /// The local owner's Unix socket.
    Local,
    /// The window of the installed app.
    Window,
    /// An agent's tool call, or the kernel itself.
    Inside,
}

/// Who a caller is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerKind {
    /// Nobody has signed in.
    Anonymous,
    User {
        user: UserId,
        username: String,
        role: Role,
    },
    /// An agent: it has at most the rights of its owner, narrowed to what its process was granted.
    Agent {
        pid: Pid,
        owner: UserId,
        role: Role,
    },
    /// The kernel's own background work.
    Kernel,
}

/// The token a caller came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// By which it can be revoked.
    pub id: String,
    /// Seconds since the Unix epoch; absent where it stays good until it is revoked.
    pub expires_at: Option<u64>,
    /// What an API token allows of what its user may; absent where the user has signed in in person.
    pub scopes: Option<Arc<Scopes>>,
}

/// A caller: who, through which door, on which connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub kind: CallerKind,
    pub door: Door,
    /// The connection, where events for the requester go.
    pub session: Option<SessionId>,
    /// Absent where no token stands behind the caller, as at the local door.
    pub token: Option<Token>,
}

impl Caller {
    /// A caller who has not signed in.
    pub fn anonymous(door: Door) -> Self {
        Caller { kind: CallerKind::Anonymous, door, session: None, token: None }
    }

    /// The kernel itself.
    pub fn kernel() -> Self {
        Caller { kind: CallerKind::Kernel, door: Door::Inside, session: None, token: None }
    }

    /// An agent of a user.
    pub fn agent(pid: Pid, owner: UserId) -> Self {
        Caller {
            kind: CallerKind::Agent { pid, owner, role: Role::User },
            door: Door::Inside,
            session: None,
            token: None,
        }
    }

    /// The user this caller acts for, if any.
    pub fn user(&self) -> Option<&UserId> {
        match &self.kind {
            CallerKind::User { user, .. } | CallerKind::Agent { owner: user, .. } => Some(user),
            CallerKind::Anonymous | CallerKind::Kernel => None,
        }
    }

    /// What it is narrowed to, where it came with an API token.
    pub fn scopes(&self) -> Option<&Arc<Scopes>> {
        self.token.as_ref()?.scopes.as_ref()
    }

    /// True for administrators and the kernel itself, never for an agent, nor for an API token that was not given it.
    pub fn is_admin(&self) -> bool {
        match &self.kind {
            CallerKind::User { role, .. } => *role == Role::Admin && self.scopes().is_none_or(|scopes| scopes.admin()),
            CallerKind::Kernel => true,
            CallerKind::Anonymous | CallerKind::Agent { .. } => false,
        }
    }

    /// The pid, for an agent.
    pub fn pid(&self) -> Option<Pid> {
        match &self.kind {
            CallerKind::Agent { pid, .. } => Some(*pid),
            CallerKind::Anonymous | CallerKind::User { .. } | CallerKind::Kernel => None,
        }
    }
}

/// What a handler gets beside its request.
#[derive(Clone)]
pub struct Cx {
    pub caller: Arc<Caller>,
    pub bus: Arc<Bus>,
}

impl Cx {
    /// Tells the requester's connection, and nobody else, if it wants to be told beside the reply.
    pub fn tell<E: Into<Event>>(&self, event: impl FnOnce() -> E) {
        if let Some(session) = self.caller.session.as_ref().filter(|session| self.bus.tells(session)) {
            self.bus.publish_to(session, &event().into());
        }
    }

    /// The user the command is done for, or why there is none.
    pub fn user(&self) -> Result<&UserId, Error> {
        self.caller.user().ok_or_else(|| {
            aether_protocol::WireError::new(
                aether_protocol::ErrorCode::Unauthenticated,
                "This needs a signed-in user. Sign in and try again.",
            )
            .into()
        })
    }
}

impl Context for Cx {
    type Error = Error;
}
