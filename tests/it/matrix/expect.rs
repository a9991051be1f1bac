//! Who may do and see what: the declared right of a row, filled in with what belongs to whom in this world.

use aether_protocol::domains::org::{OrgRole, Permission};
use aether_protocol::{Need, OwnedKind, ResourceId};

use super::world::{Person, World};

/// True if one of the alternatives is this person's.
pub fn may(world: &World, person: &Person, needs: &[Need]) -> bool {
    needs.iter().any(|need| meets(world, person, need))
}

fn meets(world: &World, person: &Person, need: &Need) -> bool {
    match need {
        Need::Public => true,
        // Agents are another test's.
        Need::Agent => false,
        _ if person.token.is_none() => false,
        Need::SignedIn => true,
        _ if person.admin => true,
        Need::Admin => false,
        Need::Own(things) => things.iter().all(|(kind, id)| owns(world, person, *kind, id)),
        Need::Org(permission, org) => org.to_string() == world.org && allows(person, *permission),
        Need::Team(permission, team) => team.to_string() == world.team && allows(person, *permission),
    }
}

pub fn allows(person: &Person, permission: Permission) -> bool {
    person.role.is_some_and(|role| role.allows(permission))
}

/// True if the thing is this person's, or shared with this person. All there is belongs to the first user.
pub fn owns(world: &World, person: &Person, kind: OwnedKind, id: &ResourceId) -> bool {
    let ada = person.role == Some(OrgRole::Owner);
    match (kind, id) {
        (OwnedKind::Pid | OwnedKind::ViewPid | OwnedKind::StopPid, ResourceId::Num(1)) => true,
        (OwnedKind::ViewPid, ResourceId::Num(pid)) if *pid == world.shared => allows(person, Permission::AgentsView),
        (OwnedKind::StopPid, ResourceId::Num(pid)) if *pid == world.shared => allows(person, Permission::AgentsKill),
        (OwnedKind::ReadPath, ResourceId::Text(path)) => reaches(person, path, false),
        (OwnedKind::WritePath, ResourceId::Text(path)) => reaches(person, path, true),
        (OwnedKind::User, ResourceId::Text(id)) => *id == person.id,
        _ => ada,
    }
}

fn reaches(person: &Person, path: &str, write: bool) -> bool {
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next().filter(|name| !name.is_empty())) {
        (Some("home"), Some(name)) if !name.starts_with("agent_") => name == person.name,
        (Some("tmp"), _) => true,
        (Some("home" | "shared"), Some(_)) => person.role == Some(OrgRole::Owner),
        _ => !write,
    }
}
