//! The traits subsystems meet each other through. `kernel/system` wires the implementations.

use std::borrow::Cow;
use std::path::PathBuf;

use aether_protocol::domains::agent::Grant;
use aether_protocol::domains::org::{OrgRole, Permission};
use aether_protocol::{Command, OrgId, OwnedKind, Pid, ResourceId, UserId, WireError};

use async_trait::async_trait;

use crate::caller::Caller;
use crate::error::Result;

/// Who something belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A user; with an organisation, its members may look on as their role allows.
    User { user: UserId, org: Option<OrgId> },
    /// An organisation.
    Org(OrgId),
    /// Every signed-in user.
    Everyone,
    /// The kernel: administrators only.
    Kernel,
    /// There is no such thing.
    Missing,
}

impl Owner {
    /// A user's own thing.
    pub fn user(user: UserId) -> Self {
        Owner::User { user, org: None }
    }
}

/// Resolves the owner of a thing. Answers from memory: it is asked for every command and every event.
pub trait Owners: Send + Sync {
    /// The owner of `id`, as `caller` names it (`/tmp` and pid 1 mean the caller's own).
    fn owner(&self, caller: &Caller, kind: OwnedKind, id: &ResourceId) -> Owner;
}

/// What the policy says of a command that the row's rights allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Allow,
    Deny(WireError),
    /// A person has to approve it.
    Ask {
        /// What would be done, in words.
        action: String,
        /// What approving it allows.
        grant: Grant,
    },
}

/// Decides what rights alone do not: organisation roles, and what an agent may do beyond its own home.
pub trait Policy: Send + Sync {
    /// True if the user's role in the organisation includes the permission.
    fn org_allows(&self, user: &UserId, org: &OrgId, permission: Permission) -> bool;

    /// True if the agent may name this thing at all; its owner's rights have been checked before.
    fn agent_reaches(&self, pid: Pid, kind: OwnedKind, id: &ResourceId) -> Decision;
}

/// Who is a member of which organisation. Answers from memory.
pub trait Memberships: Send + Sync {
    /// The user's role in the organisation, if it is a member.
    fn role(&self, user: &UserId, org: &OrgId) -> Option<OrgRole>;
}

/// Counts what callers use up.
pub trait Quota: Send + Sync {
    /// Admits one more command of this caller, or says when to come back.
    fn admit(&self, caller: &Caller, command: &Command) -> std::result::Result<(), WireError>;
}

/// What a line of the audit log is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audited {
    /// A command that passed the gate, or was refused there.
    Command,
    /// A call of a tool by an agent.
    Tool,
}

/// One line of the audit log.
#[derive(Debug, Clone)]
pub struct AuditRecord {
    /// Milliseconds since the Unix epoch.
    pub at: u64,
    pub about: Audited,
    pub actor_user: Option<UserId>,
    pub actor_pid: Option<Pid>,
    /// The wire name of the command, or the name of the tool.
    pub action: Cow<'static, str>,
    /// The owned thing it named, if any.
    pub target: Option<String>,
    /// Its arguments as JSON text, without secrets ([`crate::audit::arguments`]).
    pub arguments: Option<String>,
    /// `ok`, or the code of the refusal or failure; `CANCELLED` where whoever asked went away before the end.
    pub result: &'static str,
    /// SHA-256 of what was answered, in hexadecimal; `None` where nothing was.
    pub result_hash: Option<String>,
}

/// Keeps the audit log. Never waits.
pub trait Audit: Send + Sync {
    fn record(&self, record: AuditRecord);
}

/// Homes on this machine, for the sandboxes that mount them.
#[async_trait]
pub trait Homes: Send + Sync {
    /// Makes sure that the agent's home exists, and answers where it is.
    async fn agent_home(&self, pid: Pid) -> Result<PathBuf>;

    /// The user's own home: where it is, and the user's name.
    async fn user_home(&self, user: &UserId) -> Result<(PathBuf, String)>;
}

/// What is remembered of an agent that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedAgent {
    pub pid: Pid,
    pub role: String,
    /// When it ended, in milliseconds since the Unix epoch.
    pub at: Option<u64>,
}

/// The models agents think with, as far as starting one needs to know.
#[async_trait]
pub trait Models: Send + Sync {
    /// Refuses a model that cannot be used, saying what to set, or that this user may not use.
    async fn check(&self, user: &UserId, model: Option<&str>) -> std::result::Result<(), WireError>;
}

/// Ends what a user leaves behind.
#[async_trait]
pub trait Departures: Send + Sync {
    /// Why the user may not go yet, for the person who wants it gone; `None` where nothing holds it.
    fn obstacle(&self, user: &UserId) -> Option<String>;

    /// Called once the user is gone, also on disk. Returns when nothing of it runs any more.
    async fn departed(&self, user: &UserId);
}
