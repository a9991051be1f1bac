//! Organisations, teams and members.

mod roles;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{OrgId, UserId};
use crate::table::Empty;

pub use roles::{OrgRole, Permission, TeamRole};

/// What an organisation has set. The kernel keeps it and reads none of it.
pub type OrgSettings = BTreeMap<String, serde_json::Value>;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    pub id: OrgId,
    /// Unique, at least two of `A-Z a-z 0-9 _ -`.
    pub name: String,
    pub display_name: String,
    pub owner_uid: UserId,
    pub settings: OrgSettings,
    pub created_at: u64,
    pub updated_at: u64,
}

/// A team of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    pub id: String,
    pub org_id: OrgId,
    pub name: String,
    pub description: String,
    pub created_at: u64,
}

/// A user's place in an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrgMember {
    pub id: String,
    pub org_id: OrgId,
    pub user_id: UserId,
    pub role: OrgRole,
    pub joined_at: u64,
}

/// A user's place in a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamMember {
    pub id: String,
    pub team_id: String,
    pub user_id: UserId,
    pub role: TeamRole,
    pub joined_at: u64,
}

/// `org.create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateOrg {
    pub name: String,
    /// The name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// Names one organisation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrgRef {
    pub org_id: OrgId,
}

/// `org.update`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateOrg {
    pub org_id: OrgId,
    /// Takes the place of all settings there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<OrgSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// `org.members.invite`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InviteMember {
    pub org_id: OrgId,
    pub user_id: UserId,
    /// `member` if absent; `owner` is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<OrgRole>,
}

/// Names one member of an organisation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberRef {
    pub org_id: OrgId,
    pub user_id: UserId,
}

/// `org.members.update`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMember {
    pub org_id: OrgId,
    pub user_id: UserId,
    /// `owner` is refused.
    pub role: OrgRole,
}

/// `org.teams.create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateTeam {
    pub org_id: OrgId,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Names one team.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamRef {
    pub team_id: String,
    /// Routes name it; the team's own organisation counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<OrgId>,
}

/// `org.teams.addMember`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddTeamMember {
    pub team_id: String,
    pub user_id: UserId,
    /// `member` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<TeamRole>,
    /// Routes name it; the team's own organisation counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<OrgId>,
}

/// `org.teams.removeMember`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoveTeamMember {
    pub team_id: String,
    pub user_id: UserId,
    /// Routes name it; the team's own organisation counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<OrgId>,
}

domain! {
    /// Organisations, teams and members.
    org;
    commands {
        /// Founds an organisation; the caller is its owner.
        create "org.create" (CreateOrg) -> Organization, needs SignedIn, order(|p| &p.name) => post 201 at "/orgs";
        /// Dissolves an organisation, with its teams.
        delete "org.delete" (OrgRef) -> (), needs Org(OrgDelete, |p| p.org_id), order(|p| &p.org_id)
            => delete at "/orgs/:orgId" says "deleted";
        /// The organisations the caller is a member of.
        list "org.list" (Empty) -> Vec<Organization>, needs SignedIn, audit refusals => get at "/orgs";
        /// One organisation.
        get "org.get" (OrgRef) -> Organization, needs Org(OrgView, |p| p.org_id), audit refusals
            => get at "/orgs/:orgId";
        /// Changes the settings or the display name of an organisation.
        update "org.update" (UpdateOrg) -> Organization, needs Org(OrgSettings, |p| p.org_id), order(|p| &p.org_id)
            => patch at "/orgs/:orgId";
        /// The members of an organisation.
        list_members "org.members.list" (OrgRef) -> Vec<OrgMember>,
            needs Org(MembersView, |p| p.org_id), audit refusals
            => get at "/orgs/:orgId/members";
        /// Makes a user a member at once.
        invite_member "org.members.invite" (InviteMember) -> (),
            needs Org(MembersInvite, |p| p.org_id), order(|p| &p.org_id)
            => post 201 at "/orgs/:orgId/members" says "invited";
        /// Takes a member out of an organisation and its teams; a member who names itself leaves.
        remove_member "org.members.remove" (MemberRef) -> (),
            needs Own(User, |p| &p.user_id) or Org(MembersRemove, |p| p.org_id), order(|p| &p.org_id)
            => delete at "/orgs/:orgId/members/:userId" says "removed";
        /// Gives a member another role.
        update_member "org.members.update" (UpdateMember) -> (),
            needs Org(MembersUpdate, |p| p.org_id), order(|p| &p.org_id)
            => patch at "/orgs/:orgId/members/:userId" says "updated";
        /// Makes a member the owner; who owned it is an admin of it from then on.
        transfer "org.transfer" (MemberRef) -> Organization, needs Org(OrgDelete, |p| p.org_id), order(|p| &p.org_id);
        /// Makes a team.
        create_team "org.teams.create" (CreateTeam) -> Team,
            needs Org(TeamsCreate, |p| p.org_id), order(|p| &p.org_id)
            => post 201 at "/orgs/:orgId/teams";
        /// Dissolves a team; its members stay in the organisation.
        delete_team "org.teams.delete" (TeamRef) -> (), needs Team(TeamsDelete, |p| &p.team_id), order(|p| &p.team_id)
            => delete at "/orgs/:orgId/teams/:teamId" says "deleted";
        /// The teams of an organisation.
        list_teams "org.teams.list" (OrgRef) -> Vec<Team>, needs Org(TeamsView, |p| p.org_id), audit refusals
            => get at "/orgs/:orgId/teams";
        /// Puts a member of the organisation into a team.
        add_team_member "org.teams.addMember" (AddTeamMember) -> (),
            needs Team(TeamsManage, |p| &p.team_id), order(|p| &p.team_id)
            => post 201 at "/orgs/:orgId/teams/:teamId/members" says "added";
        /// Takes a member out of a team.
        remove_team_member "org.teams.removeMember" (RemoveTeamMember) -> (),
            needs Team(TeamsManage, |p| &p.team_id), order(|p| &p.team_id)
            => delete at "/orgs/:orgId/teams/:teamId/members/:userId" says "removed";
    }
    events {
        /// An organisation was founded.
        Created "org.created" { org: Organization } to org(org.id), journal;
        /// An organisation was dissolved.
        Deleted "org.deleted" { orgId: OrgId } to org(orgId), journal;
        /// An organisation's settings or display name changed.
        Updated "org.updated" { org: Organization } to org(org.id), journal;
        /// An organisation has another owner.
        Transferred "org.transferred" { org: Organization, previousOwner: UserId } to org(org.id), journal;
        /// A user became a member.
        MemberInvited "org.member.invited" { orgId: OrgId, userId: UserId, role: OrgRole } to org(orgId), journal;
        /// A member was taken out.
        MemberRemoved "org.member.removed" { orgId: OrgId, userId: UserId } to org(orgId), journal;
        /// A member has another role.
        MemberUpdated "org.member.updated" { orgId: OrgId, userId: UserId, role: OrgRole } to org(orgId), journal;
        /// A team was made.
        TeamCreated "org.team.created" { team: Team } to org(team.org_id), journal;
        /// A team was dissolved; its organisation is named because nothing else knows it any more.
        TeamDeleted "org.team.deleted" { teamId: String, orgId: OrgId } to org(orgId), journal;
    }
}
