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

/// What signing in by password answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum LoginAnswer {
    /// The password was enough.
    SignedIn(SignedIn),
    /// A code of the second factor is still to come, by `auth.mfaLogin`.
    MfaRequired(MfaRequired),
}

impl LoginAnswer {
    /// The sign-in, unless a code is still to come.
    pub fn signed_in(self) -> Option<SignedIn> {
        match self {
            LoginAnswer::SignedIn(signed_in) => Some(signed_in),
            LoginAnswer::MfaRequired(_) => None,
        }
    }
}

/// The password was right, and a second factor is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MfaRequired {
    /// Always true.
    pub mfa_required: bool,
    /// Good for `auth.mfaLogin` only, once, and for five minutes.
    pub mfa_token: String,
}

/// `auth.mfaLogin`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MfaLogin {
    pub mfa_token: String,
    /// Six digits from the authenticator app, or a recovery code.
    pub code: String,
}

/// A code of the second factor.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MfaCode {
    /// Six digits from the authenticator app. `auth.mfaDisable` takes a recovery code too.
    pub code: String,
}

/// What an authenticator app has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MfaSecret {
    /// Base32 without padding (RFC 4648, section 6).
    pub secret: String,
    /// The same as a URI, for a QR code.
    pub otpauth_uri: String,
}

/// Whether a code is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MfaVerdict {
    pub valid: bool,
}

/// The second factor is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// Always true.
    pub enabled: bool,
    /// Each stands in for a code once. They are shown here and nowhere again.
    pub recovery_codes: Vec<String>,
}

/// The second factor is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MfaOff {
    /// Always false.
    pub enabled: bool,
}

/// What a caller came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// A socket over TCP.
    Socket,
    Rest,
    /// The Unix socket of the local owner.
    Local,
    /// The window of the installed app.
    Window,
}

/// Who the caller is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    pub user: UserInfo,
    /// Whether signing in asks for a code too.
    pub mfa_enabled: bool,
    pub via: Via,
    /// When the caller's token expires, in milliseconds since the Unix epoch; absent where none stands behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
}

/// `auth.updateProfile`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateProfile {
    /// At most 128 characters; the username if it is blank.
    pub display_name: String,
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
        login "auth.login" (Login) -> LoginAnswer, needs Public;
        /// Signs in by a code, after `auth.login` asked for one; the socket is the user's from then on.
        mfa_login "auth.mfaLogin" (MfaLogin) -> SignedIn, needs Public;
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
        /// Says who the caller is, and until when.
        me "auth.me" (Empty) -> Me, needs SignedIn, audit refusals;
        /// Sets the caller's own display name.
        update_profile "auth.updateProfile" (UpdateProfile) -> UserInfo, needs SignedIn;
        /// Makes a secret for the caller's authenticator app; it counts once `auth.mfaEnable` has seen a code of it.
        mfa_setup "auth.mfaSetup" (Empty) -> MfaSecret, needs SignedIn;
        /// Says whether a code is right, without using it up.
        mfa_verify "auth.mfaVerify" (MfaCode) -> MfaVerdict, needs SignedIn;
        /// Turns the caller's second factor on, and gives its recovery codes.
        mfa_enable "auth.mfaEnable" (MfaCode) -> RecoveryCodes, needs SignedIn;
        /// Turns the caller's second factor off, by a code of it or a recovery code.
        mfa_disable "auth.mfaDisable" (MfaCode) -> MfaOff, needs SignedIn;
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
        /// A user's own record changed.
        UserUpdated "user.updated" { user: UserInfo } to user(user.id), journal;
        /// A user was deleted.
        UserDeleted "user.deleted" { userId: UserId } to admins, journal;
    }
}
