//! Users and signing in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::auth::Role;
use crate::ids::UserId;
use crate::table::Empty;

/// A user as clients know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
    pub role: Role,
    /// Present and true only in the answer to a sign-in that wants a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa_enabled: Option<bool>,
}

/// `auth.login`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Login {
    pub username: String,
    pub password: String,
}

/// `auth.register`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Register {
    pub username: String,
    pub password: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// A token and whom it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignedIn {
    /// A JSON web token (RFC 7519).
    pub token: String,
    pub user: UserInfo,
}

/// `auth.validate`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Validate {
    pub token: String,
}

/// Whom a token stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Validated {
    pub user: UserInfo,
}

/// `auth.changePassword`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangePassword {
    pub current_password: String,
    pub new_password: String,
}

/// Names one user.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRef {
    pub user_id: UserId,
}

domain! {
    /// Users and signing in.
    auth;
    commands {
        /// Signs in by name and password; the socket is the user's from then on.
        login "auth.login" (Login) -> SignedIn, needs Public;
        /// Creates a user and signs it in, where registration is open or an administrator asks.
        register "auth.register" (Register) -> SignedIn, needs Public;
        /// Says whom a token stands for, without signing anybody in.
        validate "auth.validate" (Validate) -> Validated, needs Public, audit refusals;
        /// Kills the caller's token.
        logout "auth.logout" (Empty) -> (), needs SignedIn;
        /// Gives a new token in place of the caller's, which dies.
        refresh "auth.refresh" (Empty) -> SignedIn, needs SignedIn;
        /// Sets the caller's own password; every other token of that user dies.
        change_password "auth.changePassword" (ChangePassword) -> (), needs SignedIn;
        /// Lists the users, oldest first.
        list_users "user.list" (Empty) -> Vec<UserInfo>, needs Admin, audit refusals;
        /// Deletes a user; its tokens die and its home stays.
        delete_user "user.delete" (UserRef) -> (), needs Admin, order(|p| &p.user_id);
    }
    events {
        /// Somebody signed in.
        AuthSuccess "auth.success" { user: UserInfo, token: String } to nobody, live;
        /// Somebody tried to sign in with a wrong name or password.
        AuthFailure "auth.failure" { reason: String } to nobody, live;
        /// A second factor was set up.
        MfaEnabled "auth.mfa.enabled" { userId: UserId } to user(userId), journal;
        /// A second factor was taken away.
        MfaDisabled "auth.mfa.disabled" { userId: UserId } to user(userId), journal;
        /// A user was created.
        UserCreated "user.created" { user: UserInfo } to admins, journal;
        /// A user was deleted.
        UserDeleted "user.deleted" { userId: UserId } to admins, journal;
    }
}
