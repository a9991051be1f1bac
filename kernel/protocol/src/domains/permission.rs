//! Permission policies: which users may use which tools, models and paths.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::UserId;

/// What a policy does where it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    Allow,
    /// A person allows each call of a tool, each path a call names, or the model of a run. Wins over any policy that allows.
    Ask,
    /// Wins over any other policy.
    Deny,
}

/// One policy. A user with a policy and none that matches is refused; a user without any is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PermissionPolicy {
    pub id: String,
    /// `user:<id>`, `team:<id>` or `role:<role in an organisation>`.
    pub subject: String,
    /// `tool.<name>.execute`, `llm.<provider>.use`, `fs.<path>.read`, `fs.<path>.write`. `*` alone is every action; inside,
    /// it stands for any characters but dots, in a path for any at all.
    pub action: String,
    /// The name of the tool or provider, or the path; `*` as in an action.
    pub resource: String,
    pub effect: Effect,
    pub created_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<UserId>,
}

/// `permission.grant`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NewPolicy {
    pub subject: String,
    pub action: String,
    pub resource: String,
    pub effect: Effect,
}

/// Names one policy.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRef {
    pub policy_id: String,
}

/// `permission.list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct PolicyQuery {
    /// Only policies of this subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// `permission.check`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    pub user_id: UserId,
    pub action: String,
    pub resource: String,
}

/// What `permission.check` answers: whether it may be done without asking a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    pub allowed: bool,
}

domain! {
    /// Permission policies.
    permission;
    commands {
        /// Adds a policy.
        grant "permission.grant" (NewPolicy) -> PermissionPolicy, needs Admin => post 201 at "/permissions";
        /// Takes a policy away.
        revoke "permission.revoke" (PolicyRef) -> (), needs Admin, order(|p| &p.policy_id)
            => delete at "/permissions/:policyId" says "deleted";
        /// Lists the policies.
        list "permission.list" (PolicyQuery) -> Vec<PermissionPolicy>, needs Admin, audit refusals
            => get at "/permissions";
        /// Says whether a user may do something: oneself, or anybody for an administrator.
        check "permission.check" (Check) -> Checked, needs Own(User, |p| &p.user_id), audit refusals
            => post at "/permissions/check";
    }
    events {
        /// A policy was added.
        Granted "permission.granted" { policy: PermissionPolicy } to admins, journal;
        /// A policy was taken away.
        Revoked "permission.revoked" { policyId: String } to admins, journal;
        /// The policies a list answered.
        List "permission.list" { policies: Vec<PermissionPolicy> } to requester, live;
    }
}
