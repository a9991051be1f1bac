//! Why a change of an organisation was refused.

use aether_protocol::{ErrorCode, WireError};
use aether_store::StoreError;

pub type Result<T, E = OrgError> = std::result::Result<T, E>;

/// A refused or failed command on organisations and teams. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum OrgError {
    #[error("Organization not found")]
    NoSuchOrg,
    #[error("Team not found")]
    NoSuchTeam,
    #[error("User not found")]
    NoSuchUser,
    #[error("Organization \"{0}\" already exists")]
    NameTaken(String),
    #[error("Team \"{0}\" already exists in this organization")]
    TeamNameTaken(String),
    #[error("A name of an organisation has 2 to 64 characters: letters, digits, _ and -. Choose another one.")]
    BadName,
    #[error("A display name has 1 to 128 characters and no control characters. Choose another one.")]
    BadDisplayName,
    #[error("A name of a team has 1 to 64 characters and no control characters. Choose another one.")]
    BadTeamName,
    #[error("A description has at most 1024 characters. Shorten it.")]
    BadDescription,
    #[error("Say what to change: settings or displayName.")]
    NothingToChange,
    #[error("Settings of an organisation have at most 64 KiB as JSON. Keep less.")]
    SettingsTooLarge,
    #[error("You own {0} organisations, which is as many as one may. Delete one first.")]
    TooManyOrgs(usize),
    #[error("An organisation has at most {0} members. Remove one first.")]
    TooManyMembers(usize),
    #[error("An organisation has at most {0} teams. Delete one first.")]
    TooManyTeams(usize),
    #[error("Only the organization owner can delete it")]
    OwnerDeletes,
    #[error("Your role in this organisation does not allow this. Ask one of its admins.")]
    RoleTooLow,
    #[error("Your role in this organisation is below {0}: nobody gives or takes more than they have. Ask its owner.")]
    AboveYou(&'static str),
    #[error("Cannot invite with owner role. An organisation has one owner, who founded it.")]
    InvitesOwner,
    #[error("Cannot promote to owner. An organisation has one owner, who founded it.")]
    PromotesOwner,
    #[error("Cannot change the role of the organization owner")]
    ChangesOwner,
    #[error("Cannot remove the organization owner. Delete the organisation instead.")]
    RemovesOwner,
    #[error("Only the organization owner can hand it on")]
    OwnerTransfers,
    #[error("This user owns the organisation already.")]
    OwnsAlready,
    #[error("This user owns {0} organisations, which is as many as one may. Choose another member.")]
    OwnsTooMany(usize),
    #[error("User is already a member of this organization")]
    AlreadyMember,
    #[error("User is not a member of this organization")]
    NotMember,
    #[error("User must be an organization member first")]
    MemberFirst,
    #[error("User is already a team member")]
    AlreadyInTeam,
    #[error("User is not a team member")]
    NotInTeam,
    #[error("Only a signed-in person may do this, not an agent.")]
    NotAPerson,
    #[error("A change of organisations did not finish: {0}")]
    Interrupted(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OrgError> for aether_base::Error {
    fn from(error: OrgError) -> Self {
        let code = match error {
            OrgError::NoSuchOrg
            | OrgError::NoSuchTeam
            | OrgError::NoSuchUser
            | OrgError::NotMember
            | OrgError::NotInTeam => ErrorCode::NotFound,
            OrgError::NameTaken(_) | OrgError::TeamNameTaken(_) | OrgError::AlreadyMember | OrgError::AlreadyInTeam => {
                ErrorCode::Conflict
            }
            OrgError::BadName
            | OrgError::BadDisplayName
            | OrgError::BadTeamName
            | OrgError::BadDescription
            | OrgError::NothingToChange
            | OrgError::InvitesOwner
            | OrgError::PromotesOwner => ErrorCode::InvalidInput,
            OrgError::SettingsTooLarge => ErrorCode::TooLarge,
            OrgError::TooManyOrgs(_) | OrgError::TooManyMembers(_) | OrgError::TooManyTeams(_) => {
                ErrorCode::QuotaExceeded
            }
            OrgError::OwnerDeletes
            | OrgError::OwnerTransfers
            | OrgError::RoleTooLow
            | OrgError::AboveYou(_)
            | OrgError::NotAPerson => ErrorCode::Forbidden,
            OrgError::OwnsTooMany(_) => ErrorCode::QuotaExceeded,
            OrgError::OwnsAlready | OrgError::ChangesOwner | OrgError::RemovesOwner | OrgError::MemberFirst => {
                ErrorCode::InvalidState
            }
            OrgError::Store(error) => return error.into(),
            OrgError::Interrupted(_) => return aether_base::Error::internal(error),
        };
        WireError::new(code, error.to_string()).into()
    }
}
