//! Organisations: who owns one, who is in it with which role, its teams and who is in those.
//!
//! What it owns: organisations, memberships, teams, and the answer to what a role in one allows.
//! What it never does: check the first right of a command (that is the gate), or read what an organisation has set.

mod api;
mod directory;
mod entities;
mod error;
mod hierarchy;
mod records;
mod rules;
mod store;
mod teams;

use std::sync::Arc;

use aether_base::bus::Bus;
use aether_base::clock::now_ms;
use aether_base::ports::Memberships;
use aether_base::{Caller, CallerKind};
use aether_protocol::domains::org::{
    InviteMember, MemberRef, OrgMember, OrgRole, Organization, Permission, UpdateMember, UpdateOrg, event,
};
use aether_protocol::{Event, OrgId, UserId};
use aether_store::Store;

pub use error::OrgError;
pub use store::ORG_MIGRATIONS;

use directory::{Directory, Edit, OrgEntry};
use error::Result;
use hierarchy::Actor;
use records::{Outcome, Records};

use crate::Identity;

/// Everybody's organisations.
pub struct Orgs {
    records: Arc<Records>,
    identity: Arc<Identity>,
}

/// The person who changes something.
#[derive(Debug, Clone)]
struct Person {
    user: UserId,
    admin: bool,
}

impl Orgs {
    /// Reads what is kept.
    ///
    /// # Errors
    /// When the store cannot be read, or holds an organisation without its owner.
    pub async fn open(store: Arc<Store>, bus: Arc<Bus>, identity: Arc<Identity>) -> Result<Arc<Orgs>> {
        Ok(Arc::new(Orgs { records: Records::load(store, bus).await?, identity }))
    }

    /// Founds an organisation; the caller is its owner.
    ///
    /// # Errors
    /// When the name is taken or breaks the rules, the caller owns too many, or is not a person.
    pub async fn create(&self, caller: &Caller, name: String, display_name: Option<&str>) -> Result<Organization> {
        let person = Person::of(caller)?;
        rules::name(&name)?;
        let display_name = match display_name.map(str::trim).filter(|given| !given.is_empty()) {
            Some(given) => rules::display_name(given)?,
            None => name.clone(),
        };
        let founded = self.records.change(move |directory| {
            if directory.is_taken(&name) {
                return Err(OrgError::NameTaken(name));
            }
            let owned = directory.owned_by(&person.user).count();
            if owned >= rules::OWNED {
                return Err(OrgError::TooManyOrgs(owned));
            }
            let now = now_ms();
            let org = Organization {
                id: OrgId(new_id()),
                name,
                display_name,
                owner_uid: person.user.clone(),
                settings: Default::default(),
                created_at: now,
                updated_at: now,
            };
            let owner = new_member(&org.id, &person.user, OrgRole::Owner);
            let told = event::Created { org: org.clone() };
            Ok(Outcome {
                edit: Some(Edit::Found(org.clone(), owner)),
                told: tell(told, vec![person.user]),
                answer: org,
            })
        });
        founded.await
    }

    /// Dissolves an organisation, with its teams. What its members put into it stays theirs.
    ///
    /// # Errors
    /// When there is no such organisation, or the caller is neither its owner nor an administrator.
    pub async fn delete(&self, caller: &Caller, org: OrgId) -> Result<()> {
        let person = Person::of(caller)?;
        let dissolved = self.records.change(move |directory| {
            let (entry, actor) = person.enters(directory, &org)?;
            actor.may(Permission::OrgDelete)?;
            let told = event::Deleted { orgId: org.clone() };
            Ok(Outcome { told: tell(told, entry.users()), edit: Some(Edit::Dissolve(org)), answer: () })
        });
        dissolved.await
    }

    /// The organisations a user is in, oldest first.
    pub fn of(&self, user: &UserId) -> Vec<Organization> {
        let mut orgs: Vec<_> = self.records.read().orgs_of(user).map(|entry| entry.org.clone()).collect();
        orgs.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        orgs
    }

    /// One organisation.
    ///
    /// # Errors
    /// When there is none with this id.
    pub fn get(&self, org: &OrgId) -> Result<Organization> {
        self.records.read().org(org).map(|entry| entry.org.clone()).ok_or(OrgError::NoSuchOrg)
    }

    /// Changes the settings, all at once, or the display name.
    ///
    /// # Errors
    /// When there is no such organisation, the role does not allow it, or neither is given or breaks the rules.
    pub async fn update(&self, caller: &Caller, request: UpdateOrg) -> Result<Organization> {
        let person = Person::of(caller)?;
        let UpdateOrg { org_id, settings, display_name } = request;
        if settings.is_none() && display_name.is_none() {
            return Err(OrgError::NothingToChange);
        }
        settings.as_ref().map_or(Ok(()), rules::settings)?;
        let display_name = display_name.as_deref().map(rules::display_name).transpose()?;
        let updated = self.records.change(move |directory| {
            let (entry, actor) = person.enters(directory, &org_id)?;
            actor.may(Permission::OrgSettings)?;
            let mut org = entry.org.clone();
            org.settings = settings.unwrap_or(org.settings);
            org.display_name = display_name.unwrap_or(org.display_name);
            if org == entry.org {
                return Ok(Outcome { edit: None, told: None, answer: org });
            }
            // Later than before, also where the clock went back.
            org.updated_at = now_ms().max(org.updated_at + 1);
            let told = event::Updated { org: org.clone() };
            Ok(Outcome { told: tell(told, entry.users()), edit: Some(Edit::Update(org.clone())), answer: org })
        });
        updated.await
    }

    /// The members of an organisation, in the order they came.
    ///
    /// # Errors
    /// When there is no such organisation.
    pub fn members(&self, org: &OrgId) -> Result<Vec<OrgMember>> {
        let directory = self.records.read();
        let entry = directory.org(org).ok_or(OrgError::NoSuchOrg)?;
        let mut members: Vec<_> = entry.members.values().cloned().collect();
        members.sort_by(|a, b| (a.joined_at, a.role as u8, &a.user_id).cmp(&(b.joined_at, b.role as u8, &b.user_id)));
        Ok(members)
    }

    /// Makes a user a member at once.
    ///
    /// # Errors
    /// When there is no such organisation or user, the caller's role does not allow it, the user is a member already, or
    /// there are too many.
    pub async fn invite(&self, caller: &Caller, request: InviteMember) -> Result<()> {
        let person = Person::of(caller)?;
        let InviteMember { org_id, user_id, role } = request;
        let (role, known) = (role.unwrap_or(OrgRole::Member), self.identity.user_info(&user_id).is_some());
        let invited = self.records.change(move |directory| {
            let (entry, actor) = person.enters(directory, &org_id)?;
            actor.may_invite(role)?;
            if !known {
                return Err(OrgError::NoSuchUser);
            }
            if entry.members.contains_key(&user_id) {
                return Err(OrgError::AlreadyMember);
            }
            if entry.members.len() >= rules::MEMBERS {
                return Err(OrgError::TooManyMembers(rules::MEMBERS));
            }
            let mut users = entry.users();
            users.push(user_id.clone());
            let edit = Edit::PutMember(new_member(&org_id, &user_id, role));
            let told = event::MemberInvited { orgId: org_id, userId: user_id, role };
            Ok(Outcome { edit: Some(edit), told: tell(told, users), answer: () })
        });
        invited.await
    }

    /// Takes a member out of an organisation and its teams; anybody but the owner may leave.
    ///
    /// # Errors
    /// When there is no such organisation or member, it is the owner, or the caller's role does not allow it.
    pub async fn remove(&self, caller: &Caller, request: MemberRef) -> Result<()> {
        let person = Person::of(caller)?;
        let MemberRef { org_id, user_id } = request;
        let removed = self.records.change(move |directory| {
            let (entry, actor) = person.enters(directory, &org_id)?;
            let itself = person.user == user_id;
            let member = entry.members.get(&user_id);
            if !itself {
                actor.may(Permission::MembersRemove)?;
            }
            actor.may_remove(member.ok_or(OrgError::NotMember)?.role, itself)?;
            let edit = Edit::DropMember(org_id.clone(), user_id.clone());
            let told = event::MemberRemoved { orgId: org_id, userId: user_id };
            Ok(Outcome { edit: Some(edit), told: tell(told, entry.users()), answer: () })
        });
        removed.await
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// When there is no such organisation or member, either role is the owner's, or the caller's does not allow it.
    pub async fn set_role(&self, caller: &Caller, request: UpdateMember) -> Result<()> {
        let person = Person::of(caller)?;
        let UpdateMember { org_id, user_id, role } = request;
        let changed = self.records.change(move |directory| {
            let (entry, actor) = person.enters(directory, &org_id)?;
            actor.may(Permission::MembersUpdate)?;
            let member = entry.members.get(&user_id).ok_or(OrgError::NotMember)?;
            actor.may_change(member.role, role)?;
            if member.role == role {
                return Ok(Outcome { edit: None, told: None, answer: () });
            }
            let edit = Edit::PutMember(OrgMember { role, ..member.clone() });
            let told = event::MemberUpdated { orgId: org_id, userId: user_id, role };
            Ok(Outcome { edit: Some(edit), told: tell(told, entry.users()), answer: () })
        });
        changed.await
    }

    /// Makes a member the owner, and who owned it an admin.
    ///
    /// # Errors
    /// When there is no such organisation or member, the caller is neither its owner nor an administrator, or the member owns
    /// it or too many others already.
    pub async fn transfer(&self, caller: &Caller, request: MemberRef) -> Result<Organization> {
        let person = Person::of(caller)?;
        let MemberRef { org_id, user_id } = request;
        let transferred = self.records.change(move |directory| {
            let (entry, actor) = person.enters(directory, &org_id)?;
            if !actor.may_hand_on() {
                return Err(OrgError::OwnerTransfers);
            }
            let member = entry.members.get(&user_id).ok_or(OrgError::NotMember)?;
            let before = entry.members.get(&entry.org.owner_uid).ok_or(OrgError::NotMember)?;
            if member.user_id == before.user_id {
                return Err(OrgError::OwnsAlready);
            }
            if directory.owned_by(&user_id).count() >= rules::OWNED {
                return Err(OrgError::OwnsTooMany(rules::OWNED));
            }
            let mut org = entry.org.clone();
            org.owner_uid = user_id;
            org.updated_at = now_ms().max(org.updated_at + 1);
            let told = event::Transferred { org: org.clone(), previousOwner: before.user_id.clone() };
            let owner = OrgMember { role: OrgRole::Owner, ..member.clone() };
            let before = OrgMember { role: OrgRole::Admin, ..before.clone() };
            let edit = Edit::Transfer(org.clone(), owner, before);
            Ok(Outcome { edit: Some(edit), told: tell(told, entry.users()), answer: org })
        });
        transferred.await
    }

    /// Under which names policies speak of a user beside its own: its teams, and its role in each organisation.
    pub fn standing(&self, user: &UserId) -> Standing {
        let directory = self.records.read();
        let mut standing = Standing::default();
        for entry in directory.orgs_of(user) {
            standing.roles.extend(entry.members.get(user).map(|member| member.role));
            let teams = entry.teams.values().filter(|team| team.members.contains_key(user));
            standing.teams.extend(teams.map(|team| team.team.id.clone()));
        }
        standing
    }

    /// Why a user cannot be deleted yet: an organisation is not left without its owner.
    pub fn obstacle(&self, user: &UserId) -> Option<String> {
        let directory = self.records.read();
        let mut owned: Vec<_> = directory.owned_by(user).map(|org| format!("{:?} ({})", org.name, org.id)).collect();
        owned.sort();
        (!owned.is_empty()).then(|| {
            format!(
                "This user owns organisations, which would be left without an owner: {}. Transfer or delete them first.",
                owned.join(", ")
            )
        })
    }

    /// Forgets a user who is gone: what it was a member of goes on without it.
    pub async fn departed(&self, user: &UserId) {
        self.records.departed(user).await;
    }
}

/// A user's teams, and its roles in organisations.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Standing {
    pub teams: Vec<String>,
    pub roles: Vec<OrgRole>,
}

impl Memberships for Orgs {
    fn role(&self, user: &UserId, org: &OrgId) -> Option<OrgRole> {
        self.records.read().role(user, org)
    }
}

impl Person {
    /// The user who calls in person. An agent acts for its owner, but does not say who belongs to whom.
    fn of(caller: &Caller) -> Result<Person> {
        match &caller.kind {
            CallerKind::User { user, .. } => Ok(Person { user: user.clone(), admin: caller.is_admin() }),
            CallerKind::Agent { .. } | CallerKind::Kernel | CallerKind::Anonymous => Err(OrgError::NotAPerson),
        }
    }

    /// The organisation, and in which capacity this person acts there as things are now: the gate has looked before, and
    /// a role may have changed since.
    fn enters<'d>(&self, directory: &'d Directory, org: &OrgId) -> Result<(&'d OrgEntry, Actor)> {
        let entry = directory.org(org).ok_or(OrgError::NoSuchOrg)?;
        let member = entry.members.get(&self.user).map(|member| Actor::Member(member.role));
        let actor = if self.admin { Some(Actor::Administrator) } else { member };
        Ok((entry, actor.ok_or(OrgError::NoSuchOrg)?))
    }
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn new_member(org: &OrgId, user: &UserId, role: OrgRole) -> OrgMember {
    OrgMember { id: new_id(), org_id: org.clone(), user_id: user.clone(), role, joined_at: now_ms() }
}

fn tell(event: impl Into<Event>, users: Vec<UserId>) -> Option<(Event, Vec<UserId>)> {
    Some((event.into(), users))
}
