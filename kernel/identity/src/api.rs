//! The commands of the `auth` domain.

use aether_base::{Cx, Result};
use aether_protocol::Empty;
use aether_protocol::domains::auth::{
    Api, ApiToken, ChangePassword, CreateToken, CreatedToken, Ended, IssueReset, Login, LoginAnswer, Me, MfaCode,
    MfaLogin, MfaOff, MfaSecret, MfaSetup, MfaVerdict, OfUser, RecoveryCodes, Register, ResetPassword, ResetToken,
    SessionRef, SignInSession, SignedIn, SigningKey, TokenRef, UpdateProfile, UserInfo, UserRef, Validate, Validated,
};

use crate::error::IdentityError;
use crate::identity::Identity;

impl Api<Cx> for Identity {
    async fn login(&self, cx: &Cx, request: Login) -> Result<LoginAnswer> {
        let from = self.source(cx);
        Ok(Identity::login(self, &request.username, request.password, from).await?)
    }

    async fn mfa_login(&self, cx: &Cx, request: MfaLogin) -> Result<SignedIn> {
        let from = self.source(cx);
        Ok(Identity::mfa_login(self, &request.mfa_token, request.code, from).await?)
    }

    async fn register(&self, cx: &Cx, request: Register) -> Result<SignedIn> {
        let Register { username, password, display_name } = request;
        let by_admin = cx.caller.is_admin();
        let from = self.source(cx);
        Ok(Identity::register(self, &username, password, display_name.as_deref(), by_admin, from).await?)
    }

    async fn validate(&self, _cx: &Cx, request: Validate) -> Result<Validated> {
        let known = self.authenticate(&request.token).and_then(|known| self.user_info(&known.user));
        Ok(Validated { user: known.ok_or(IdentityError::InvalidToken)? })
    }

    async fn logout(&self, cx: &Cx, _request: Empty) -> Result<()> {
        Ok(Identity::logout(self, &cx.caller).await?)
    }

    async fn refresh(&self, cx: &Cx, _request: Empty) -> Result<SignedIn> {
        Ok(Identity::refresh(self, &cx.caller).await?)
    }

    async fn change_password(&self, cx: &Cx, request: ChangePassword) -> Result<()> {
        let ChangePassword { current_password, new_password } = request;
        Ok(Identity::change_password(self, &cx.caller, current_password, new_password).await?)
    }

    async fn me(&self, cx: &Cx, _request: Empty) -> Result<Me> {
        Ok(Identity::me(self, &cx.caller)?)
    }

    async fn update_profile(&self, cx: &Cx, request: UpdateProfile) -> Result<UserInfo> {
        Ok(Identity::update_profile(self, &cx.caller, &request.display_name).await?)
    }

    async fn reset_password(&self, cx: &Cx, request: ResetPassword) -> Result<()> {
        let from = self.source(cx);
        Ok(Identity::reset_password(self, &request.token, request.new_password, from).await?)
    }

    async fn list_sessions(&self, cx: &Cx, request: OfUser) -> Result<Vec<SignInSession>> {
        Ok(Identity::list_sessions(self, &cx.caller, request.user_id)?)
    }

    async fn revoke_session(&self, cx: &Cx, request: SessionRef) -> Result<()> {
        Ok(Identity::revoke_session(self, &cx.caller, &request.session_id, request.user_id).await?)
    }

    async fn revoke_sessions(&self, cx: &Cx, request: OfUser) -> Result<Ended> {
        Ok(Identity::revoke_sessions(self, &cx.caller, request.user_id).await?)
    }

    async fn create_token(&self, cx: &Cx, request: CreateToken) -> Result<CreatedToken> {
        Ok(Identity::create_token(self, &cx.caller, request).await?)
    }

    async fn list_tokens(&self, cx: &Cx, request: OfUser) -> Result<Vec<ApiToken>> {
        Ok(Identity::list_tokens(self, &cx.caller, request.user_id)?)
    }

    async fn revoke_token(&self, cx: &Cx, request: TokenRef) -> Result<()> {
        Ok(Identity::revoke_token(self, &cx.caller, request.token_id, request.user_id).await?)
    }

    async fn rotate_key(&self, _cx: &Cx, _request: Empty) -> Result<SigningKey> {
        Ok(Identity::rotate_key(self).await?)
    }

    async fn mfa_setup(&self, cx: &Cx, request: MfaSetup) -> Result<MfaSecret> {
        Ok(Identity::mfa_setup(self, &cx.caller, request.password).await?)
    }

    async fn mfa_verify(&self, cx: &Cx, request: MfaCode) -> Result<MfaVerdict> {
        Ok(Identity::mfa_verify(self, &cx.caller, request.code).await?)
    }

    async fn mfa_enable(&self, cx: &Cx, request: MfaCode) -> Result<RecoveryCodes> {
        Ok(Identity::mfa_enable(self, &cx.caller, request.code).await?)
    }

    async fn mfa_disable(&self, cx: &Cx, request: MfaCode) -> Result<MfaOff> {
        Ok(Identity::mfa_disable(self, &cx.caller, request.code).await?)
    }

    async fn list_users(&self, _cx: &Cx, _request: Empty) -> Result<Vec<UserInfo>> {
        Ok(self.users())
    }

    async fn delete_user(&self, cx: &Cx, request: UserRef) -> Result<()> {
        Ok(Identity::delete_user(self, &cx.caller, request.user_id).await?)
    }

    async fn issue_reset(&self, cx: &Cx, request: IssueReset) -> Result<ResetToken> {
        Ok(Identity::issue_reset(self, &cx.caller, request).await?)
    }
}
