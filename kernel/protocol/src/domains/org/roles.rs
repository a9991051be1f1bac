//! Roles in an organisation and a team, and what they allow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[doc = $doc:literal])* $name:ident $wire:literal)*) => {
        /// What a role in an organisation allows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Permission { $($(#[doc = $doc])* #[serde(rename = $wire)] $name),* }

        impl Permission {
            pub const ALL: &[Permission] = &[$(Permission::$name),*];
        }
    };
}

permissions! {
    OrgManage "org.manage"
    OrgDelete "org.delete"
    OrgView "org.view"
    OrgSettings "org.settings"
    MembersInvite "members.invite"
    MembersRemove "members.remove"
    MembersUpdate "members.update"
    MembersView "members.view"
    TeamsCreate "teams.create"
    TeamsDelete "teams.delete"
    /// Puts members into teams and takes them out.
    TeamsManage "teams.manage"
    TeamsView "teams.view"
    AgentsSpawn "agents.spawn"
    AgentsKill "agents.kill"
    AgentsView "agents.view"
    FsRead "fs.read"
    FsWrite "fs.write"
    FsDelete "fs.delete"
    CronCreate "cron.create"
    CronDelete "cron.delete"
    CronView "cron.view"
    WebhooksManage "webhooks.manage"
    WebhooksView "webhooks.view"
    IntegrationsManage "integrations.manage"
    IntegrationsView "integrations.view"
    PluginsManage "plugins.manage"
    PluginsView "plugins.view"
    SkillsCreate "skills.create"
    SkillsInstall "skills.install"
    SkillsShare "skills.share"
}

/// A member's role in an organisation, from the most rights to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrgRole {
    /// Who created the organisation: one user, never invited, promoted to or removed.
    Owner,
    Admin,
    Manager,
    Member,
    Viewer,
}

/// A member's role in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TeamRole {
    Lead,
    #[default]
    Member,
}

impl OrgRole {
    /// Every role, from the most rights to the least.
    pub const ALL: &[OrgRole] =
        &[OrgRole::Owner, OrgRole::Admin, OrgRole::Manager, OrgRole::Member, OrgRole::Viewer];

    /// True if this role has more rights than the other.
    pub fn is_above(self, other: OrgRole) -> bool {
        (self as u8) < (other as u8)
    }

    /// True if the role includes the permission.
    pub fn allows(self, permission: Permission) -> bool {
        match self {
            OrgRole::Owner => true,
            OrgRole::Admin => permission != Permission::OrgDelete,
            OrgRole::Manager => OrgRole::Member.allows(permission) || manages(permission),
            OrgRole::Member => {
                OrgRole::Viewer.allows(permission) || matches!(permission, Permission::AgentsSpawn | Permission::FsWrite)
            }
            OrgRole::Viewer => looks(permission),
        }
    }
}

/// What a manager may beyond a member.
fn manages(permission: Permission) -> bool {
    matches!(
        permission,
        Permission::MembersInvite
            | Permission::TeamsCreate
            | Permission::TeamsManage
            | Permission::AgentsKill
            | Permission::CronCreate
    )
}

/// What only looks on.
fn looks(permission: Permission) -> bool {
    matches!(
        permission,
        Permission::OrgView
            | Permission::MembersView
            | Permission::TeamsView
            | Permission::AgentsView
            | Permission::FsRead
            | Permission::CronView
            | Permission::WebhooksView
            | Permission::IntegrationsView
            | Permission::PluginsView
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(role: OrgRole) -> Vec<String> {
        let allowed = Permission::ALL.iter().filter(|permission| role.allows(**permission));
        allowed.map(|permission| serde_json::to_string(permission).expect("JSON").replace('"', "")).collect()
    }

    #[test]
    fn each_role_allows_what_it_always_did() {
        assert_eq!(Permission::ALL.len(), 30);
        assert!(OrgRole::ALL.is_sorted_by(|higher, lower| higher.is_above(*lower) && !lower.is_above(*higher)));
        assert_eq!(allowed(OrgRole::Owner).len(), 30);
        let admin = allowed(OrgRole::Admin);
        assert_eq!((admin.len(), admin.contains(&"org.delete".to_owned())), (29, false));
        assert_eq!(
            allowed(OrgRole::Manager).join(" "),
            "org.view members.invite members.view teams.create teams.manage teams.view agents.spawn agents.kill \
             agents.view fs.read fs.write cron.create cron.view webhooks.view integrations.view plugins.view"
        );
        assert_eq!(
            allowed(OrgRole::Member).join(" "),
            "org.view members.view teams.view agents.spawn agents.view fs.read fs.write cron.view webhooks.view \
             integrations.view plugins.view"
        );
        assert_eq!(
            allowed(OrgRole::Viewer).join(" "),
            "org.view members.view teams.view agents.view fs.read cron.view webhooks.view integrations.view \
             plugins.view"
        );
    }
}
