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

/// `auth.mfaSetup`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct MfaSetup {
    /// The caller's own. May be absent within ten minutes of signing in, and at the local owner's door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
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
    /// What the caller's API token allows; absent where it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
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

/// Names a user, or the caller.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfUser {
    /// The caller if absent; somebody else only for an administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// A sign-in that lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInSession {
    pub id: String,
    /// When the user signed in, in milliseconds since the Unix epoch.
    pub created_at: u64,
    /// When it was last used, to the minute after a restart.
    pub last_seen_at: u64,
    pub expires_at: u64,
    /// Where the user signed in from (of IPv6 the network); absent on the owner's own machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What the client called itself when it signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// True of the caller's own.
    pub current: bool,
}

/// Names one session.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionRef {
    pub session_id: String,
    /// Whose it is; the caller if absent, somebody else only for an administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// How many sessions were ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    pub ended: u64,
}

/// A token for programs, without the token itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiToken {
    pub id: String,
    pub name: String,
    /// How the token begins, to tell it from others.
    pub prefix: String,
    /// `<domain>:read`, `<domain>:write` or `admin`, sorted.
    pub scopes: Vec<String>,
    /// Times are in milliseconds since the Unix epoch.
    pub created_at: u64,
    /// Absent where it stays good until it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// To the minute after a restart; absent where it was never used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<u64>,
}

/// `auth.createToken`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateToken {
    /// At most 64 characters.
    pub name: String,
    /// `<domain>:read` or `<domain>:write`, with `*` for every domain, or `admin`; of `auth` there is only `auth:read`.
    pub scopes: Vec<String>,
    /// Days until it expires; absent for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// A token that was made, shown here and nowhere again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreatedToken {
    pub token: String,
    pub info: ApiToken,
}

/// Names one API token.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenRef {
    pub token_id: String,
    /// Whose it is; the caller if absent, somebody else only for an administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// `user.resetPassword`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssueReset {
    pub user_id: UserId,
    /// Minutes in which it has to be used: 60 if absent, 10080 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

/// What lets a user set a new password, once. It is shown here and nowhere again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResetToken {
    pub token: String,
    /// In milliseconds since the Unix epoch.
    pub expires_at: u64,
}

/// `auth.resetPassword`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResetPassword {
    pub token: String,
    pub new_password: String,
}

/// The key that signs tokens from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SigningKey {
    /// The `kid` of a token's header (RFC 7515, section 4.1.4).
    pub kid: String,
    /// In milliseconds since the Unix epoch.
    pub created_at: u64,
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
        /// Sets a new password by a token that an administrator gave out; every session and API token of that user dies.
        reset_password "auth.resetPassword" (ResetPassword) -> (), needs Public;
        /// The sessions of the caller, or of a user, the newest first.
        list_sessions "auth.listSessions" (OfUser) -> Vec<SignInSession>,
            needs Own(User, |p| p.user_id.iter().collect::<Vec<_>>()), audit refusals;
        /// Ends a session; its sockets close at once.
        revoke_session "auth.revokeSession" (SessionRef) -> (),
            needs Own(User, |p| p.user_id.iter().collect::<Vec<_>>());
        /// Ends every session of the caller but its own, or all of another user.
        revoke_sessions "auth.revokeSessions" (OfUser) -> Ended,
            needs Own(User, |p| p.user_id.iter().collect::<Vec<_>>());
        /// Makes a token for a program of the caller's. Only who has signed in in person may.
        create_token "auth.createToken" (CreateToken) -> CreatedToken, needs SignedIn;
        /// The API tokens of the caller, or of a user, the newest first.
        list_tokens "auth.listTokens" (OfUser) -> Vec<ApiToken>,
            needs Own(User, |p| p.user_id.iter().collect::<Vec<_>>()), audit refusals;
        /// Kills an API token; its sockets close at once.
        revoke_token "auth.revokeToken" (TokenRef) -> (),
            needs Own(User, |p| p.user_id.iter().collect::<Vec<_>>());
        /// Signs tokens by a new key from now on. Those that are out stay good until they expire.
        rotate_key "auth.rotateKey" (Empty) -> SigningKey, needs Admin;
        /// Makes a secret for the caller's authenticator app; it counts once `auth.mfaEnable` has seen a code of it.
        mfa_setup "auth.mfaSetup" (MfaSetup) -> MfaSecret, needs SignedIn;
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
        /// Gives out a token by which a user sets a new password, in place of one given out before.
        issue_reset "user.resetPassword" (IssueReset) -> ResetToken, needs Admin, order(|p| &p.user_id);
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
        /// A session was ended before its time.
        SessionRevoked "auth.session.revoked" { userId: UserId, sessionId: String } to user(userId), journal;
        /// A token for a program was made.
        TokenCreated "auth.token.created" { userId: UserId, token: ApiToken } to user(userId), journal;
        /// A token for a program was killed.
        TokenRevoked "auth.token.revoked" { userId: UserId, tokenId: String } to user(userId), journal;
        /// A user's password was set by a reset token.
        PasswordReset "auth.password.reset" { userId: UserId } to user(userId), journal;
        /// A user was created.
        UserCreated "user.created" { user: UserInfo } to admins, journal;
        /// A user's own record changed.
        UserUpdated "user.updated" { user: UserInfo } to user(user.id), journal;
        /// A user was deleted.
        UserDeleted "user.deleted" { userId: UserId } to admins, journal;
    }
}
