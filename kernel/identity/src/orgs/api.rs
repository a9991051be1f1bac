//! The commands of the `org` domain.

use aether_base::{Cx, Result};
use aether_protocol::Empty;
use aether_protocol::domains::org::{
    AddTeamMember, Api, CreateOrg, CreateTeam, InviteMember, MemberRef, OrgMember, OrgRef, Organization,
    RemoveTeamMember, Team, TeamRef, UpdateMember, UpdateOrg,
};

use super::Orgs;

impl Api<Cx> for Orgs {
    async fn create(&self, cx: &Cx, request: CreateOrg) -> Result<Organization> {
        Ok(Orgs::create(self, &cx.caller, request.name, request.display_name.as_deref()).await?)
    }

    async fn delete(&self, cx: &Cx, request: OrgRef) -> Result<()> {
        Ok(Orgs::delete(self, &cx.caller, request.org_id).await?)
    }

    async fn list(&self, cx: &Cx, _request: Empty) -> Result<Vec<Organization>> {
        Ok(self.of(cx.user()?))
    }

    async fn get(&self, _cx: &Cx, request: OrgRef) -> Result<Organization> {
        Ok(Orgs::get(self, &request.org_id)?)
    }

    async fn update(&self, cx: &Cx, request: UpdateOrg) -> Result<Organization> {
        Ok(Orgs::update(self, &cx.caller, request).await?)
    }

    async fn list_members(&self, _cx: &Cx, request: OrgRef) -> Result<Vec<OrgMember>> {
        Ok(self.members(&request.org_id)?)
    }

    async fn invite_member(&self, cx: &Cx, request: InviteMember) -> Result<()> {
        Ok(self.invite(&cx.caller, request).await?)
    }

    async fn remove_member(&self, cx: &Cx, request: MemberRef) -> Result<()> {
        Ok(self.remove(&cx.caller, request).await?)
    }

    async fn update_member(&self, cx: &Cx, request: UpdateMember) -> Result<()> {
        Ok(self.set_role(&cx.caller, request).await?)
    }

    async fn transfer(&self, cx: &Cx, request: MemberRef) -> Result<Organization> {
        Ok(Orgs::transfer(self, &cx.caller, request).await?)
    }

    async fn create_team(&self, cx: &Cx, request: CreateTeam) -> Result<Team> {
        Ok(Orgs::create_team(self, &cx.caller, request).await?)
    }

    async fn delete_team(&self, cx: &Cx, request: TeamRef) -> Result<()> {
        Ok(Orgs::delete_team(self, &cx.caller, request.team_id).await?)
    }

    async fn list_teams(&self, _cx: &Cx, request: OrgRef) -> Result<Vec<Team>> {
        Ok(self.teams(&request.org_id)?)
    }

    async fn add_team_member(&self, cx: &Cx, request: AddTeamMember) -> Result<()> {
        Ok(self.add_to_team(&cx.caller, request).await?)
    }

    async fn remove_team_member(&self, cx: &Cx, request: RemoveTeamMember) -> Result<()> {
        Ok(self.remove_from_team(&cx.caller, request).await?)
    }
}
