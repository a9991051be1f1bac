//! Who may give, change and take which role: pure, by the roles alone.
//!
//! Nobody gives a role above their own, and nobody changes or removes whoever has one. An organisation has exactly one
//! owner, who hands that role on to a member or keeps it: it is not given or taken otherwise, so there is never one without.

use aether_protocol::domains::org::{OrgRole, Permission};

use super::error::{OrgError, Result};

/// In which capacity somebody acts in an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Member(OrgRole),
    /// An administrator of the kernel, who may do what the owner may.
    Administrator,
}

impl Actor {
    fn role(self) -> OrgRole {
        match self {
            Actor::Member(role) => role,
            Actor::Administrator => OrgRole::Owner,
        }
    }

    /// Refuses what the role does not include.
    pub fn may(self, permission: Permission) -> Result<()> {
        match self.role().allows(permission) {
            true => Ok(()),
            false if permission == Permission::OrgDelete => Err(OrgError::OwnerDeletes),
            false => Err(OrgError::RoleTooLow),
        }
    }

    fn reaches(self, role: OrgRole) -> Result<()> {
        if role.is_above(self.role()) { Err(OrgError::AboveYou(name(role))) } else { Ok(()) }
    }

    /// Whether it may make somebody a member with this role.
    pub fn may_invite(self, role: OrgRole) -> Result<()> {
        self.may(Permission::MembersInvite)?;
        if role == OrgRole::Owner {
            return Err(OrgError::InvitesOwner);
        }
        self.reaches(role)
    }

    /// Whether it may give a member with one role another.
    pub fn may_change(self, from: OrgRole, to: OrgRole) -> Result<()> {
        self.may(Permission::MembersUpdate)?;
        if from == OrgRole::Owner {
            return Err(OrgError::ChangesOwner);
        }
        if to == OrgRole::Owner {
            return Err(OrgError::PromotesOwner);
        }
        self.reaches(from)?;
        self.reaches(to)
    }

    /// Whether it may make another member the owner.
    pub fn may_hand_on(self) -> bool {
        self.role() == OrgRole::Owner
    }

    /// Whether it may take out a member with this role; everybody but the owner may leave.
    pub fn may_remove(self, role: OrgRole, itself: bool) -> Result<()> {
        if !itself {
            self.may(Permission::MembersRemove)?;
        }
        if role == OrgRole::Owner {
            return Err(OrgError::RemovesOwner);
        }
        if itself { Ok(()) } else { self.reaches(role) }
    }
}

/// A role as it is spelled on the wire.
pub fn name(role: OrgRole) -> &'static str {
    match role {
        OrgRole::Owner => "owner",
        OrgRole::Admin => "admin",
        OrgRole::Manager => "manager",
        OrgRole::Member => "member",
        OrgRole::Viewer => "viewer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use OrgRole::{Admin, Manager, Member, Owner, Viewer};

    /// For each actor, which roles the check lets through.
    fn table(check: impl Fn(Actor, OrgRole) -> bool) -> Vec<String> {
        let actors = OrgRole::ALL.iter().map(|role| Actor::Member(*role)).chain([Actor::Administrator]);
        actors
            .map(|actor| {
                let reached = OrgRole::ALL.iter().filter(|role| check(actor, **role)).map(|role| name(*role));
                reached.collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    #[test]
    fn nobody_invites_above_their_own_role_and_nobody_an_owner() {
        assert_eq!(
            table(|actor, role| actor.may_invite(role).is_ok()),
            [
                "admin manager member viewer",
                "admin manager member viewer",
                "manager member viewer",
                "",
                "",
                "admin manager member viewer"
            ]
        );
        assert!(matches!(Actor::Member(Manager).may_invite(Admin), Err(OrgError::AboveYou("admin"))));
        assert!(matches!(Actor::Administrator.may_invite(Owner), Err(OrgError::InvitesOwner)));
        assert!(matches!(Actor::Member(Viewer).may_invite(Viewer), Err(OrgError::RoleTooLow)));
    }

    #[test]
    fn only_admins_and_the_owner_change_roles_and_never_the_owners() {
        let all = "admin manager member viewer";
        for to in [Admin, Manager, Member, Viewer] {
            let reached = table(|actor, from| actor.may_change(from, to).is_ok());
            assert_eq!(reached, [all, all, "", "", "", all], "{to:?}");
        }
        assert!(table(|actor, from| actor.may_change(from, Owner).is_ok()).iter().all(String::is_empty));
        assert!(matches!(Actor::Member(Owner).may_change(Admin, Owner), Err(OrgError::PromotesOwner)));
        assert!(matches!(Actor::Administrator.may_change(Owner, Viewer), Err(OrgError::ChangesOwner)));
    }

    #[test]
    fn everybody_may_leave_but_the_owner() {
        let all = "admin manager member viewer";
        assert_eq!(table(|actor, role| actor.may_remove(role, false).is_ok()), [all, all, "", "", "", all]);
        for role in [Admin, Manager, Member, Viewer] {
            assert!(Actor::Member(role).may_remove(role, true).is_ok(), "{role:?}");
        }
        for itself in [true, false] {
            assert!(matches!(Actor::Member(Owner).may_remove(Owner, itself), Err(OrgError::RemovesOwner)));
            assert!(matches!(Actor::Administrator.may_remove(Owner, itself), Err(OrgError::RemovesOwner)));
        }
    }

    #[test]
    fn only_the_owner_and_administrators_delete() {
        let may = |actor: Actor| actor.may(Permission::OrgDelete).is_ok();
        let allowed: Vec<bool> = OrgRole::ALL.iter().map(|role| may(Actor::Member(*role))).collect();
        assert_eq!(allowed, [true, false, false, false, false]);
        assert!(may(Actor::Administrator));
        assert!(matches!(Actor::Member(Admin).may(Permission::OrgDelete), Err(OrgError::OwnerDeletes)));
    }
}
