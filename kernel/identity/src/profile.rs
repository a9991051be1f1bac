//! What people see and change of their own accounts.

use aether_base::{Caller, Door};
use aether_protocol::domains::auth::event::UserUpdated;
use aether_protocol::domains::auth::{Me, UserInfo, Via};

use crate::accounts::Outcome;
use crate::directory::User;
use crate::error::{IdentityError, Result};
use crate::identity::Identity;
use crate::rules;

impl Identity {
    /// Who the caller is, through what, and until when.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`] for an agent.
    pub fn me(&self, caller: &Caller) -> Result<Me> {
        let user = self.person(caller)?;
        let via = match caller.door {
            Door::WebSocket => Via::Socket,
            Door::Rest => Via::Rest,
            Door::Local => Via::Local,
            Door::Window => Via::Window,
            Door::Inside => return Err(IdentityError::NotAPerson),
        };
        let expires_at = caller.token.as_ref().and_then(|token| token.expires_at).map(|at| at.saturating_mul(1_000));
        let scopes = caller.scopes().map(|scopes| scopes.list());
        Ok(Me { user: user.info(), mfa_enabled: user.has_second_factor(), via, expires_at, scopes })
    }

    /// Sets the caller's own display name, and tells so.
    ///
    /// # Errors
    /// When it breaks the rules, or the caller is not a person.
    pub async fn update_profile(&self, caller: &Caller, display_name: &str) -> Result<UserInfo> {
        let user = self.person(caller)?;
        let display_name = rules::display_name(Some(display_name), &user.username)?;
        let renamed = self.accounts.change(user.id.clone(), move |user| {
            if user.display_name == display_name {
                return Ok(Outcome { user: None, events: Vec::new(), answer: user.info() });
            }
            let user = User { display_name, ..user.clone() };
            let info = user.info();
            let updated = UserUpdated { user: info.clone() };
            Ok(Outcome { user: Some(user), events: vec![updated.into()], answer: info })
        });
        renamed.await
    }
}
