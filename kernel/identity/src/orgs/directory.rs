//! Organisations, members and teams in memory: what every check of a right and every list reads.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aether_protocol::domains::org::{OrgMember, OrgRole, Organization, Team, TeamMember};
use aether_protocol::{OrgId, UserId};

/// One change of what is kept. The store and the directory each carry it out, so that they agree.
#[derive(Debug, Clone)]
pub enum Edit {
    /// A new organisation, with its owner.
    Found(Organization, OrgMember),
    /// Another display name, other settings.
    Update(Organization),
    /// Another owner: the organisation as it is then, the new owner, and who it was before.
    Transfer(Organization, OrgMember, OrgMember),
    /// With its members and teams.
    Dissolve(OrgId),
    /// A new member, or another role of one.
    PutMember(OrgMember),
    /// Out of the organisation and of its teams.
    DropMember(OrgId, UserId),
    AddTeam(Team),
    DropTeam(String),
    AddToTeam(TeamMember),
    DropFromTeam(String, UserId),
}

/// A team and who is in it.
#[derive(Debug, Clone)]
pub struct TeamEntry {
    pub team: Team,
    pub members: BTreeMap<UserId, TeamMember>,
}

/// An organisation, who is in it, and its teams by their ids.
#[derive(Debug, Clone)]
pub struct OrgEntry {
    pub org: Organization,
    pub members: BTreeMap<UserId, OrgMember>,
    pub teams: BTreeMap<String, TeamEntry>,
}

impl OrgEntry {
    /// Everybody in it.
    pub fn users(&self) -> Vec<UserId> {
        self.members.keys().cloned().collect()
    }
}

/// All organisations.
#[derive(Debug, Default)]
pub struct Directory {
    orgs: HashMap<OrgId, OrgEntry>,
    /// By lower-case name.
    names: HashMap<String, OrgId>,
    memberships: HashMap<UserId, BTreeSet<OrgId>>,
    /// The organisation of each team.
    teams: HashMap<String, OrgId>,
}

impl Directory {
    pub fn org(&self, id: &OrgId) -> Option<&OrgEntry> {
        self.orgs.get(id)
    }

    /// True if an organisation has this name, whatever its case.
    pub fn is_taken(&self, name: &str) -> bool {
        self.names.contains_key(&name.to_ascii_lowercase())
    }

    pub fn role(&self, user: &UserId, org: &OrgId) -> Option<OrgRole> {
        self.orgs.get(org)?.members.get(user).map(|member| member.role)
    }

    /// The organisations of a user.
    pub fn orgs_of(&self, user: &UserId) -> impl Iterator<Item = &OrgEntry> {
        self.memberships.get(user).into_iter().flatten().filter_map(|id| self.orgs.get(id))
    }

    /// The organisations a user owns.
    pub fn owned_by<'a>(&'a self, user: &'a UserId) -> impl Iterator<Item = &'a Organization> {
        self.orgs_of(user).map(|entry| &entry.org).filter(move |org| org.owner_uid == *user)
    }

    /// The organisation a team is of.
    pub fn org_of_team(&self, team: &str) -> Option<&OrgId> {
        self.teams.get(team)
    }

    /// A team and its organisation.
    pub fn team(&self, team: &str) -> Option<(&OrgEntry, &TeamEntry)> {
        let org = self.orgs.get(self.teams.get(team)?)?;
        Some((org, org.teams.get(team)?))
    }

    /// Carries out a change. What it names and is not there is left out.
    pub fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Found(org, owner) => {
                let id = org.id.clone();
                self.names.insert(org.name.to_ascii_lowercase(), id.clone());
                self.orgs.insert(id, OrgEntry { org, members: BTreeMap::new(), teams: BTreeMap::new() });
                self.apply(Edit::PutMember(owner));
            }
            Edit::Update(org) => {
                if let Some(entry) = self.orgs.get_mut(&org.id) {
                    entry.org = org;
                }
            }
            Edit::Transfer(org, owner, before) => {
                self.apply(Edit::Update(org));
                self.apply(Edit::PutMember(owner));
                self.apply(Edit::PutMember(before));
            }
            Edit::Dissolve(id) => {
                let Some(entry) = self.orgs.remove(&id) else { return };
                self.names.remove(&entry.org.name.to_ascii_lowercase());
                entry.teams.keys().for_each(|team| drop(self.teams.remove(team)));
                entry.members.keys().for_each(|user| self.forget(user, &id));
            }
            Edit::PutMember(member) => {
                if let Some(entry) = self.orgs.get_mut(&member.org_id) {
                    self.memberships.entry(member.user_id.clone()).or_default().insert(member.org_id.clone());
                    entry.members.insert(member.user_id.clone(), member);
                }
            }
            Edit::DropMember(org, user) => {
                self.forget(&user, &org);
                if let Some(entry) = self.orgs.get_mut(&org) {
                    entry.members.remove(&user);
                    entry.teams.values_mut().for_each(|team| drop(team.members.remove(&user)));
                }
            }
            Edit::AddTeam(team) => {
                if let Some(entry) = self.orgs.get_mut(&team.org_id) {
                    self.teams.insert(team.id.clone(), team.org_id.clone());
                    entry.teams.insert(team.id.clone(), TeamEntry { team, members: BTreeMap::new() });
                }
            }
            Edit::DropTeam(id) => {
                if let Some(entry) = self.teams.remove(&id).and_then(|org| self.orgs.get_mut(&org)) {
                    entry.teams.remove(&id);
                }
            }
            Edit::AddToTeam(member) => {
                if let Some(team) = self.team_mut(&member.team_id) {
                    team.members.insert(member.user_id.clone(), member);
                }
            }
            Edit::DropFromTeam(team, user) => {
                if let Some(team) = self.team_mut(&team) {
                    team.members.remove(&user);
                }
            }
        }
    }

    fn team_mut(&mut self, id: &str) -> Option<&mut TeamEntry> {
        self.orgs.get_mut(self.teams.get(id)?)?.teams.get_mut(id)
    }

    fn forget(&mut self, user: &UserId, org: &OrgId) {
        if let Some(orgs) = self.memberships.get_mut(user) {
            orgs.remove(org);
            if orgs.is_empty() {
                self.memberships.remove(user);
            }
        }
    }
}
