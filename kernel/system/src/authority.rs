//! Who owns what, and how far an agent reaches: the answers the gate and the bus ask for.

use std::sync::Arc;

use aether_base::config::{Effect, SandboxConfig};
use aether_base::ports::{Decision, Memberships, Owner, Owners, Policy};
use aether_base::{Caller, CallerKind};
use aether_files::{Files, PlaceOwner, Snapshots};
use aether_identity::{Identity, Orgs, Permissions};
use aether_process::Processes;
use aether_protocol::domains::agent::Grant;
use aether_protocol::domains::org::Permission;
use aether_protocol::{ErrorCode, OrgId, OwnedKind, Pid, ResourceId, UserId, WireError};
use aether_schedule::Schedule;
use aether_webhook::Webhooks;

/// Answers from the process table, the users, their organisations and the places of the file system.
pub struct Authority {
    pub processes: Arc<Processes>,
    pub identity: Arc<Identity>,
    pub orgs: Arc<Orgs>,
    pub permissions: Arc<Permissions>,
    pub files: Arc<Files>,
    pub schedule: Arc<Schedule>,
    pub webhooks: Arc<Webhooks>,
    pub snapshots: Arc<Snapshots>,
    pub sandbox: SandboxConfig,
}

impl Authority {
    fn process(&self, caller: &Caller, pid: Pid) -> Owner {
        match pid {
            Pid::SESSION => own(caller),
            pid => self.processes.owner(pid),
        }
    }

    fn of_kernel_if_missing(&self, pid: Pid) -> Owner {
        match self.processes.owner(pid) {
            Owner::Missing => Owner::Kernel,
            owner => owner,
        }
    }

    fn path(&self, caller: &Caller, path: &str, write: bool) -> Owner {
        match aether_files::place(caller, path) {
            PlaceOwner::Agent(pid) => self.of_kernel_if_missing(pid),
            PlaceOwner::User { username } => {
                self.identity.user_by_name(&username).map_or(Owner::Kernel, |user| Owner::user(user.id))
            }
            PlaceOwner::Own | PlaceOwner::Tmp => own(caller),
            PlaceOwner::Shared => self.files.shared_owner(caller, path, write),
            PlaceOwner::Root if !write => Owner::Everyone,
            PlaceOwner::Root | PlaceOwner::Outside => Owner::Kernel,
        }
    }

    /// Asks the policies of the agent's owner, by the one name of what the path means, so that no other name leads around
    /// them. They bind the agent in its own home too.
    fn policies_allow(&self, pid: Pid, path: &str, write: bool) -> Result<(), WireError> {
        let (Owner::User { user, .. }, Some(meant)) = (self.processes.owner(pid), self.files.meant(pid, path)) else {
            return Ok(());
        };
        self.permissions.check_path(&user, &meant, write)
    }

    fn agent_path(&self, pid: Pid, path: &str, write: bool) -> Decision {
        // What a person reads and allows is the path that is meant, however it was spelled.
        let Some(path) = aether_files::normal(path) else {
            return Decision::Deny(WireError::forbidden(format!("Permission denied: {path} is no path.")));
        };
        let granted = self.processes.grants(pid).iter().any(|grant| match grant {
            Grant::WritePath { path: granted } => *granted == path,
            Grant::ReadPath { path: granted } => !write && *granted == path,
            Grant::Network | Grant::Host => false,
        });
        let asked = match self.policies_allow(pid, &path, write) {
            Err(asks) if asks.code == ErrorCode::ApprovalRequired => Some(asks.message).filter(|_| !granted),
            Err(refusal) => return Decision::Deny(refusal),
            Ok(()) => None,
        };
        match (self.place_allows(pid, &path, write, granted), asked) {
            // One question is enough; that of the place says more. Where the place is closed, nobody is asked.
            (Decision::Allow, Some(action)) => Decision::Ask { action, grant: path_grant(path, write) },
            (decision, _) => decision,
        }
    }

    /// How far an agent reaches by where a path is. `granted`: a person has allowed this path to the call.
    fn place_allows(&self, pid: Pid, path: &str, write: bool, granted: bool) -> Decision {
        match aether_files::place(&Caller::agent(pid, UserId::default()), path) {
            PlaceOwner::Own | PlaceOwner::Tmp => return Decision::Allow,
            PlaceOwner::Agent(home) if home == pid => return Decision::Allow,
            // What it has started works for it.
            PlaceOwner::Agent(home) if !write && self.processes.is_child(pid, home) => return Decision::Allow,
            PlaceOwner::Root if !write => return Decision::Allow,
            PlaceOwner::Outside | PlaceOwner::Root => {
                return Decision::Deny(WireError::forbidden(format!("Permission denied: {path} is not in your home.")));
            }
            PlaceOwner::Agent(_) | PlaceOwner::User { .. } | PlaceOwner::Shared => {}
        }
        match (self.sandbox.outside_paths, granted) {
            (Effect::Allow, _) | (Effect::Ask, true) => Decision::Allow,
            (Effect::Deny, _) => Decision::Deny(WireError::forbidden(format!(
                "Permission denied: {path} is outside your home, and this kernel keeps agents in theirs."
            ))),
            (Effect::Ask, false) => {
                let verb = if write { "Change" } else { "Read" };
                let action = format!("{verb} {}, which is outside the agent's home.", path.escape_debug());
                Decision::Ask { action, grant: path_grant(path.to_owned(), write) }
            }
        }
    }
}

impl Owners for Authority {
    fn owner(&self, caller: &Caller, kind: OwnedKind, id: &ResourceId) -> Owner {
        match (kind, id) {
            (OwnedKind::Pid | OwnedKind::ViewPid | OwnedKind::StopPid, ResourceId::Num(pid)) => {
                self.process(caller, Pid(*pid))
            }
            (OwnedKind::AgentUid, ResourceId::Text(uid)) => match Pid::parse(uid) {
                Some(pid) => self.process(caller, pid),
                None => Owner::Missing,
            },
            (OwnedKind::ReadPath, ResourceId::Text(path)) => self.path(caller, path, false),
            (OwnedKind::WritePath, ResourceId::Text(path)) => self.path(caller, path, true),
            (OwnedKind::Trash, ResourceId::Text(id)) => self.files.trash_owner(id),
            (OwnedKind::Workspace, ResourceId::Text(name)) => match aether_files::workspace_of(name) {
                // The home of an agent that nothing is known of.
                Some(pid) => self.of_kernel_if_missing(pid),
                None => Owner::Missing,
            },
            (OwnedKind::Tty, ResourceId::Text(tty)) => self.processes.terminal_owner(tty),
            (OwnedKind::Team, ResourceId::Text(team)) => self.orgs.team_org(team).map_or(Owner::Missing, Owner::Org),
            (OwnedKind::Snapshot, ResourceId::Text(id)) => self.snapshots.owner(id),
            (OwnedKind::Job, ResourceId::Text(id)) => self.schedule.job_owner(id),
            (OwnedKind::Trigger, ResourceId::Text(id)) => self.schedule.trigger_owner(id),
            (OwnedKind::Webhook, ResourceId::Text(id)) => self.webhooks.owner(id),
            (OwnedKind::InboundWebhook, ResourceId::Text(id)) => self.webhooks.inbound_owner(id),
            (OwnedKind::DeadLetter, ResourceId::Text(id)) => self.webhooks.dead_letter_owner(id),
            (OwnedKind::User, ResourceId::Text(user)) => Owner::user(UserId::from(user.as_str())),
            // Kinds whose subsystem this kernel does not serve: their commands answer that, to everyone alike.
            _ => Owner::Missing,
        }
    }
}

impl Policy for Authority {
    fn org_allows(&self, user: &UserId, org: &OrgId, permission: Permission) -> bool {
        self.orgs.role(user, org).is_some_and(|role| role.allows(permission))
    }

    fn agent_reaches(&self, pid: Pid, kind: OwnedKind, id: &ResourceId) -> Decision {
        let itself = match (kind, id) {
            (OwnedKind::Pid | OwnedKind::ViewPid | OwnedKind::StopPid, ResourceId::Num(other)) => {
                Pid(*other) == pid || self.processes.is_child(pid, Pid(*other))
            }
            (OwnedKind::AgentUid, ResourceId::Text(uid)) => Pid::parse(uid) == Some(pid),
            (OwnedKind::ReadPath, ResourceId::Text(path)) => return self.agent_path(pid, path, false),
            (OwnedKind::WritePath, ResourceId::Text(path)) => return self.agent_path(pid, path, true),
            (OwnedKind::Trash, ResourceId::Text(id)) => match self.files.trash_path(id) {
                Some(path) => return self.agent_path(pid, &path, true),
                None => false,
            },
            _ => false,
        };
        if itself {
            Decision::Allow
        } else {
            Decision::Deny(WireError::forbidden("Permission denied: an agent reaches only itself and its children."))
        }
    }
}

fn path_grant(path: String, write: bool) -> Grant {
    if write { Grant::WritePath { path } } else { Grant::ReadPath { path } }
}

fn own(caller: &Caller) -> Owner {
    match &caller.kind {
        CallerKind::User { user, .. } | CallerKind::Agent { owner: user, .. } => Owner::user(user.clone()),
        CallerKind::Anonymous => Owner::Missing,
        CallerKind::Kernel => Owner::Kernel,
    }
}
