//! Teams of an organisation, and who is in them.

use aether_base::Caller;
use aether_base::clock::now_ms;
use aether_protocol::OrgId;
use aether_protocol::domains::org::{AddTeamMember, CreateTeam, Permission, RemoveTeamMember, Team, TeamMember, event};

use super::directory::{Directory, Edit, OrgEntry, TeamEntry};
use super::error::{OrgError, Result};
use super::records::Outcome;
use super::{Orgs, Person, new_id, rules, tell};

impl Orgs {
    /// The organisation a team is of. Answers from memory.
    pub fn team_org(&self, team: &str) -> Option<OrgId> {
        self.records.read().org_of_team(team).cloned()
    }

    /// The teams of an organisation, oldest first.
    ///
    /// # Errors
    /// When there is no such organisation.
    pub fn teams(&self, org: &OrgId) -> Result<Vec<Team>> {
        let directory = self.records.read();
        let entry = directory.org(org).ok_or(OrgError::NoSuchOrg)?;
        let mut teams: Vec<_> = entry.teams.values().map(|entry| entry.team.clone()).collect();
        teams.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(teams)
    }

    /// Makes a team.
    ///
    /// # Errors
    /// When there is no such organisation, the name is taken there or breaks the rules, the caller's role does not allow
    /// it, or there are too many.
    pub async fn create_team(&self, caller: &Caller, request: CreateTeam) -> Result<Team> {
        let person = Person::of(caller)?;
        let CreateTeam { org_id, name, description } = request;
        let name = rules::team_name(&name)?;
        let description = rules::description(description.as_deref().unwrap_or_default())?;
        let made = self.records.change(move |directory| {
            let (entry, actor) = person.enters(directory, &org_id)?;
            actor.may(Permission::TeamsCreate)?;
            if entry.teams.values().any(|other| other.team.name.eq_ignore_ascii_case(&name)) {
                return Err(OrgError::TeamNameTaken(name));
            }
            if entry.teams.len() >= rules::TEAMS {
                return Err(OrgError::TooManyTeams(rules::TEAMS));
            }
            let team = Team { id: new_id(), org_id, name, description, created_at: now_ms() };
            let told = event::TeamCreated { team: team.clone() };
            Ok(Outcome { edit: Some(Edit::AddTeam(team.clone())), told: tell(told, entry.users()), answer: team })
        });
        made.await
    }

    /// Dissolves a team; its members stay in the organisation.
    ///
    /// # Errors
    /// When there is no such team, or the caller's role does not allow it.
    pub async fn delete_team(&self, caller: &Caller, team: String) -> Result<()> {
        let person = Person::of(caller)?;
        let dissolved = self.records.change(move |directory| {
            let (org, _) = person.enters_team(directory, &team, Permission::TeamsDelete)?;
            let told = event::TeamDeleted { teamId: team.clone(), orgId: org.org.id.clone() };
            Ok(Outcome { edit: Some(Edit::DropTeam(team)), told: tell(told, org.users()), answer: () })
        });
        dissolved.await
    }

    /// Puts a member of the organisation into a team.
    ///
    /// # Errors
    /// When there is no such team, the user is no member or in it already, or the caller's role does not allow it.
    pub async fn add_to_team(&self, caller: &Caller, request: AddTeamMember) -> Result<()> {
        let person = Person::of(caller)?;
        let AddTeamMember { team_id, user_id, role, .. } = request;
        let added = self.records.change(move |directory| {
            let (org, team) = person.enters_team(directory, &team_id, Permission::TeamsManage)?;
            if !org.members.contains_key(&user_id) {
                return Err(OrgError::MemberFirst);
            }
            if team.members.contains_key(&user_id) {
                return Err(OrgError::AlreadyInTeam);
            }
            let role = role.unwrap_or_default();
            let member = TeamMember { id: new_id(), team_id, user_id, role, joined_at: now_ms() };
            Ok(Outcome { edit: Some(Edit::AddToTeam(member)), told: None, answer: () })
        });
        added.await
    }

    /// Takes a member out of a team.
    ///
    /// # Errors
    /// When there is no such team, the user is not in it, or the caller's role does not allow it.
    pub async fn remove_from_team(&self, caller: &Caller, request: RemoveTeamMember) -> Result<()> {
        let person = Person::of(caller)?;
        let RemoveTeamMember { team_id, user_id, .. } = request;
        let removed = self.records.change(move |directory| {
            let (_, team) = person.enters_team(directory, &team_id, Permission::TeamsManage)?;
            if !team.members.contains_key(&user_id) {
                return Err(OrgError::NotInTeam);
            }
            Ok(Outcome { edit: Some(Edit::DropFromTeam(team_id, user_id)), told: None, answer: () })
        });
        removed.await
    }

    /// True if there is such a team, for policies that speak of one.
    pub fn has_team(&self, team: &str) -> bool {
        self.records.read().org_of_team(team).is_some()
    }

    /// The members of a team.
    #[cfg(test)]
    pub(crate) fn team_members(&self, team: &str) -> Vec<aether_protocol::UserId> {
        let directory = self.records.read();
        directory.team(team).map(|(_, team)| team.members.keys().cloned().collect()).unwrap_or_default()
    }
}

impl Person {
    /// A team with its organisation, if this person's role there includes the permission.
    fn enters_team<'d>(
        &self,
        directory: &'d Directory,
        team: &str,
        permission: Permission,
    ) -> Result<(&'d OrgEntry, &'d TeamEntry)> {
        let (org, team) = directory.team(team).ok_or(OrgError::NoSuchTeam)?;
        let (_, actor) = self.enters(directory, &org.org.id).map_err(|_| OrgError::NoSuchTeam)?;
        actor.may(permission)?;
        Ok((org, team))
    }
}
