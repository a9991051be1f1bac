//! The commands of the `auth` domain.

use aether_base::{Cx, Result};
use aether_protocol::Empty;
use aether_protocol::domains::auth::{
    Api, ChangePassword, Login, LoginAnswer, Me, MfaCode, MfaLogin, MfaOff, MfaSecret, MfaVerdict, RecoveryCodes,
    Register, SignedIn, UpdateProfile, UserInfo, UserRef, Validate, Validated,
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
        Ok(Identity::register(self, &username, password, display_name.as_deref(), by_admin).await?)
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

    async fn mfa_setup(&self, cx: &Cx, _request: Empty) -> Result<MfaSecret> {
        Ok(Identity::mfa_setup(self, &cx.caller).await?)
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
}
