//! What a change leaves of organisations, memberships and teams, whole, for clients that keep what they were shown.

use aether_protocol::domains::kernel::event::EntityChanged;
use aether_protocol::domains::org::{OrgMember, Organization, TeamMember};
use aether_protocol::{OrgId, UserId};
use serde::Serialize;

use super::directory::{Directory, Edit};

/// The entities of a change; one that is gone has none. What is in an organisation or a team goes with it.
pub fn of(edit: &Edit, rev: u64) -> Vec<EntityChanged> {
    let entity = |kind: &str, id: String, value: Option<serde_json::Value>| EntityChanged {
        kind: kind.to_owned(),
        id,
        rev,
        entity: value,
    };
    let org = |org: &Organization| entity("organization", org.id.to_string(), whole(org));
    let member = |member: &OrgMember| entity("membership", membership(&member.org_id, &member.user_id), whole(member));
    let in_team = |member: &TeamMember| {
        entity("team.membership", format!("{}/{}", member.team_id, member.user_id), whole(member))
    };
    match edit {
        Edit::Found(founded, owner) => vec![org(founded), member(owner)],
        Edit::Update(updated) => vec![org(updated)],
        Edit::Transfer(handed_on, owner, before) => vec![org(handed_on), member(owner), member(before)],
        Edit::Dissolve(id) => vec![entity("organization", id.to_string(), None)],
        Edit::PutMember(put) => vec![member(put)],
        Edit::DropMember(org, user) => vec![entity("membership", membership(org, user), None)],
        Edit::AddTeam(team) => vec![entity("team", team.id.clone(), whole(team))],
        Edit::DropTeam(id) => vec![entity("team", id.clone(), None)],
        Edit::AddToTeam(member) => vec![in_team(member)],
        Edit::DropFromTeam(team, user) => vec![entity("team.membership", format!("{team}/{user}"), None)],
    }
}

/// Who is in the organisation of a change before it.
pub fn concerned(directory: &Directory, edit: &Edit) -> Vec<UserId> {
    let org = |id: &OrgId| directory.org(id).map(|entry| entry.users()).unwrap_or_default();
    let team = |id: &str| directory.team(id).map(|(entry, _)| entry.users()).unwrap_or_default();
    match edit {
        Edit::Found(_, owner) => vec![owner.user_id.clone()],
        Edit::Update(updated) | Edit::Transfer(updated, ..) => org(&updated.id),
        Edit::Dissolve(id) | Edit::DropMember(id, _) => org(id),
        Edit::PutMember(member) => {
            let mut users = org(&member.org_id);
            if !users.contains(&member.user_id) {
                users.push(member.user_id.clone());
            }
            users
        }
        Edit::AddTeam(made) => org(&made.org_id),
        Edit::DropTeam(id) | Edit::DropFromTeam(id, _) => team(id),
        Edit::AddToTeam(member) => team(&member.team_id),
    }
}

fn membership(org: &OrgId, user: &UserId) -> String {
    format!("{org}/{user}")
}

fn whole(value: &impl Serialize) -> Option<serde_json::Value> {
    serde_json::to_value(value).ok()
}
