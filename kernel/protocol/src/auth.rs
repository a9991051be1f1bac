//! Who may call what, and who may see what: the vocabulary that table rows are written in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{OrgId, Pid, TtyId, UserId};

/// The role of a user on this kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Admin,
    User,
}

/// One alternative of a row's `needs` column, filled in with the ids of a concrete command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Anybody, signed in or not.
    Public,
    /// Any user, or an agent of one.
    SignedIn,
    /// The caller owns every one of these (an admin owns all); without any, it is like `SignedIn`.
    Own(Vec<(OwnedKind, ResourceId)>),
    /// The caller's role in this organisation includes the permission.
    Org(crate::domains::org::Permission, OrgId),
    /// The caller's role in the organisation of this team includes the permission.
    Team(crate::domains::org::Permission, ResourceId),
    /// A kernel administrator.
    Admin,
    /// An agent of this kernel, and nobody else: the row is internal and has no door.
    Agent,
}

/// What a command needs: one of the alternatives is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs(pub Vec<Need>);

/// Kinds of things that have an owner. `base::Owners` resolves an id of a kind to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OwnedKind {
    /// A process, by pid.
    Pid,
    /// A process, to look at it: members of its organisation who may see agents do so too.
    ViewPid,
    /// A process, to hold or end it: members of its organisation who may stop agents do so too.
    StopPid,
    /// A virtual path, to read it.
    ReadPath,
    /// A virtual path, to change it.
    WritePath,
    /// Something in the trash, by its id.
    Trash,
    /// A terminal, by its id.
    Tty,
    /// A snapshot, by its id.
    Snapshot,
    /// A cron job, by its id.
    Job,
    /// An event trigger, by its id.
    Trigger,
    /// An outbound webhook, by its id.
    Webhook,
    /// An inbound webhook, by its id.
    InboundWebhook,
    /// A dead-letter entry of a webhook, by its id.
    DeadLetter,
    /// A browser session, by its id.
    BrowserSession,
    /// An agent's memories, plans and profile, by the agent's uid.
    AgentUid,
    /// A memory, by its id.
    Memory,
    /// A plan, by its id.
    Plan,
    /// An integration, by its id.
    Integration,
    /// An MCP server registration, by its id.
    McpServer,
    /// A published template, by its id.
    Template,
    /// An SSH tunnel, by its id.
    Tunnel,
    /// A remote-access key, by its id.
    RemoteKey,
    /// A skill, by its id.
    Skill,
    /// A skill proposal, by its id.
    SkillProposal,
    /// A team, by its id; resolved to its organisation.
    Team,
    /// A workspace, by its name.
    Workspace,
    /// An installed app, by its id.
    App,
    /// A registry plugin, by its id.
    Plugin,
    /// A user account, by its id.
    User,
}

/// The id of an owned thing, as its row extracted it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ResourceId {
    Num(u64),
    Text(String),
}

impl std::fmt::Display for ResourceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ResourceId::Num(n) => n.fmt(f),
            ResourceId::Text(text) => text.fmt(f),
        }
    }
}

impl From<Pid> for ResourceId {
    fn from(pid: Pid) -> Self {
        ResourceId::Num(pid.0)
    }
}

macro_rules! text_resource {
    ($($from:ty),*) => { $(
        impl From<$from> for ResourceId {
            fn from(id: $from) -> Self {
                ResourceId::Text(id.to_string())
            }
        }
    )* };
}
text_resource!(&str, &String, &UserId, &TtyId, &crate::ids::JobId, &OrgId);

/// Turns what an `Own(kind, |p| ...)` closure answers into a list of ids.
pub trait IntoIds {
    fn into_ids(self) -> Vec<ResourceId>;
}

impl<T: Into<ResourceId>> IntoIds for T {
    fn into_ids(self) -> Vec<ResourceId> {
        vec![self.into()]
    }
}

impl<A: Into<ResourceId>, B: Into<ResourceId>> IntoIds for (A, B) {
    fn into_ids(self) -> Vec<ResourceId> {
        vec![self.0.into(), self.1.into()]
    }
}

/// Things that a command may leave out, or name many of.
impl<A: Into<ResourceId>> IntoIds for Vec<A> {
    fn into_ids(self) -> Vec<ResourceId> {
        self.into_iter().map(Into::into).collect()
    }
}

/// What a row's `Own` column names, each with its kind.
pub fn owned(kind: OwnedKind, ids: impl IntoIds) -> Vec<(OwnedKind, ResourceId)> {
    ids.into_ids().into_iter().map(|id| (kind, id)).collect()
}

/// Who may see an event, filled in with the ids of a concrete event. Admins see all but `Requester` and `Nobody`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewers {
    /// Whoever owns this thing.
    Owner(OwnedKind, ResourceId),
    /// One user.
    User(UserId),
    /// Members of an organisation whose role includes the permission.
    Org(OrgId, crate::domains::org::Permission),
    /// Only the connection whose command caused it.
    Requester,
    /// Every signed-in user: for what is about the kernel and nobody's own.
    Everyone,
    /// Kernel administrators.
    Admins,
    /// No door at all: kept for triggers, webhooks and the log.
    Nobody,
}
