//! A password that nobody knows any more: an administrator gives out a token, by which its user sets a new one.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Instant;

use aether_base::Caller;
use aether_protocol::UserId;
use aether_protocol::domains::auth::event::PasswordReset;
use aether_protocol::domains::auth::{IssueReset, ResetToken};
use aether_store::Result as StoreResult;
use aether_store::rusqlite::{Connection, OptionalExtension};

use crate::api_tokens::{Hash, hash};
use crate::directory::User;
use crate::error::{IdentityError, Result};
use crate::identity::{Identity, now};
use crate::throttle::{Guesses, Source};
use crate::whereabouts::Origin;
use crate::{api_tokens, random, rules, sessions, store};

/// Minutes in which a token has to be used, where nothing else is said, and at most.
const MINUTES: u32 = 60;
const MOST_MINUTES: u32 = 7 * 24 * 60;

impl Identity {
    /// Gives out a token by which a user sets a new password, in place of one that was given out before.
    ///
    /// # Errors
    /// When there is no such user, it is the caller, or the time is too long. At the local owner's door the caller may be
    /// the user: whoever has the machine may get back in.
    pub async fn issue_reset(&self, caller: &Caller, request: IssueReset) -> Result<ResetToken> {
        let user = self.accounts.current(&request.user_id)?.id.clone();
        if caller.token.is_some() && caller.user() == Some(&user) {
            return Err(IdentityError::OwnReset);
        }
        let minutes = request.minutes.unwrap_or(MINUTES);
        if !(1..=MOST_MINUTES).contains(&minutes) {
            return Err(IdentityError::BadResetTime);
        }
        let token = random::text::<32>();
        let (hash, expires_at) = (hash(&token), now().saturating_add(u64::from(minutes) * 60));
        self.accounts.store().write(move |db| put(db, &user, &hash, expires_at)).await?;
        Ok(ResetToken { token, expires_at: expires_at.saturating_mul(1_000) })
    }

    /// Sets a new password by such a token. Every session and every API token of the user dies: whoever was in is out. A
    /// second factor stays on. `from` is absent on the owner's own machine.
    ///
    /// # Errors
    /// [`IdentityError::BadResetToken`] if it was never given out, was used, or has expired;
    /// [`IdentityError::TooManyAttempts`] after some of those in a row.
    pub async fn reset_password(&self, token: &str, new: String, from: Option<Origin>) -> Result<()> {
        let source = Source::of(from.as_ref());
        if let Some(wait) = self.reset_guesses().and_then(|guesses| guesses.wait(source, Instant::now())) {
            return Err(IdentityError::TooManyAttempts(wait.as_secs_f64().ceil() as u64));
        }
        rules::password(&new)?;
        let hash = hash(token);
        let user = self.accounts.store().read(move |db| find(db, &hash, now())).await?;
        let Some(user) = user.and_then(|user| self.accounts.current(&user).ok()) else {
            if let Some(mut guesses) = self.reset_guesses() {
                guesses.failed(source, Instant::now());
            }
            return Err(IdentityError::BadResetToken);
        };
        let password = self.hasher.hash(new).await?;
        let event = PasswordReset { userId: user.id.clone() };
        let used = self.accounts.reset_password(&user.id, password, hash, event.into()).await?;
        if !used {
            return Err(IdentityError::BadResetToken);
        }
        if let Some(mut guesses) = self.reset_guesses() {
            guesses.succeeded(source);
        }
        self.sessions.forget_others(&user.id, None);
        self.tokens.forget_all_of(&user.id);
        self.tell_ended();
        Ok(())
    }

    fn reset_guesses(&self) -> Option<MutexGuard<'_, Guesses>> {
        self.reset_guesses.as_ref().map(|guesses| guesses.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn put(db: &Connection, user: &UserId, hash: &Hash, expires_at: u64) -> StoreResult<()> {
    db.prepare_cached("INSERT OR REPLACE INTO password_resets (user_id, hash, expires_at) VALUES (?1, ?2, ?3)")?
        .execute((user.as_str(), hash, expires_at))?;
    Ok(())
}

/// Whose token this is, if it is good.
pub fn find(db: &Connection, hash: &Hash, now: u64) -> StoreResult<Option<UserId>> {
    let mut statement = db.prepare_cached("SELECT user_id FROM password_resets WHERE hash = ?1 AND expires_at > ?2")?;
    Ok(statement.query_row((hash, now), |row| row.get(0).map(UserId)).optional()?)
}

/// Takes back what was given out to a user who knows the password after all.
pub fn forget(db: &Connection, user: &UserId) -> StoreResult<()> {
    db.prepare_cached("DELETE FROM password_resets WHERE user_id = ?1")?.execute([user.as_str()])?;
    Ok(())
}

/// Uses a token up for the account as it is to be; false if it is used up already.
pub fn apply(db: &Connection, user: &Arc<User>, hash: &Hash) -> StoreResult<bool> {
    let used = db
        .prepare_cached("DELETE FROM password_resets WHERE user_id = ?1 AND hash = ?2")?
        .execute((user.id.as_str(), hash))?;
    if used == 0 {
        return Ok(false);
    }
    store::update_password(db, user)?;
    sessions::store::delete_others(db, &user.id, None)?;
    api_tokens::store::delete_all_of(db, &user.id)?;
    Ok(true)
}
