//! The second factor: codes of an authenticator app, asked for after the password.
//!
//! A secret that was set up counts only once a code has shown that the app has it. Codes are judged one after the other
//! for all accounts, so that none is used twice and guesses side by side gain nothing.

mod recovery;
pub mod store;
mod totp;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use aether_base::Caller;
use aether_protocol::domains::auth::event::{AuthFailure, AuthSuccess, MfaDisabled, MfaEnabled};
use aether_protocol::domains::auth::{MfaOff, MfaSecret, MfaVerdict, RecoveryCodes, SignedIn, UserInfo};

use crate::accounts::Outcome;
use crate::directory::User;
use crate::error::{IdentityError, Result};
use crate::identity::{Identity, now};
use crate::seal::Sealer;
use crate::throttle::{Source, Throttle};
use crate::whereabouts::Origin;

#[cfg(test)]
pub use totp::code_at;

/// What a secret is sealed for; it never changes.
const PURPOSE: &str = "Aether OS secrets of second factors";

/// A user's second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// Sealed.
    pub secret: Vec<u8>,
    /// False until a code has shown that the app has the secret.
    pub enabled: bool,
    /// The newest time step whose code was used.
    pub last_step: u64,
    /// Of the recovery codes that are left.
    pub recovery: Vec<recovery::Hash>,
}

/// Judges codes.
pub struct Factors {
    sealer: Sealer,
    throttle: Option<Mutex<Throttle>>,
}

impl Factors {
    /// With `throttle` false guesses cost nothing.
    pub fn new(secret: &str, throttle: bool) -> Factors {
        Factors { sealer: Sealer::derived(secret, PURPOSE), throttle: throttle.then(|| Mutex::new(Throttle::strict())) }
    }

    fn throttle(&self) -> Option<MutexGuard<'_, Throttle>> {
        self.throttle.as_ref().map(|throttle| throttle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A factor that waits for its first code.
    fn set_up(&self, user: &User) -> Result<(Factor, MfaSecret)> {
        let secret = totp::fresh_secret();
        let (text, otpauth_uri) = totp::for_an_app(&secret, &user.username)?;
        let secret = self.sealer.seal(&secret, user.id.as_str())?;
        let factor = Factor { secret, enabled: false, last_step: 0, recovery: Vec::new() };
        Ok((factor, MfaSecret { secret: text, otpauth_uri }))
    }

    /// The factor once this code is used up; `None` if the code is wrong or was used.
    ///
    /// # Errors
    /// [`IdentityError::TooManyAttempts`] after some wrong ones in a row.
    fn accept(&self, user: &User, factor: &Factor, code: &str, source: Source) -> Result<Option<Factor>> {
        let name = user.username.to_ascii_lowercase();
        let wait = self.throttle().and_then(|throttle| throttle.wait(&name, source, Instant::now()));
        if let Some(wait) = wait {
            return Err(IdentityError::TooManyAttempts(wait.as_secs_f64().ceil() as u64));
        }
        let accepted = self.used(user, factor, code)?;
        if let Some(mut throttle) = self.throttle() {
            match accepted {
                Some(_) => throttle.succeeded(&name, source),
                None => throttle.failed(&name, source, Instant::now()),
            }
        }
        Ok(accepted)
    }

    fn used(&self, user: &User, factor: &Factor, code: &str) -> Result<Option<Factor>> {
        if let Some(used) = recovery::hash(&user.id, code) {
            let left = recovery::without(&factor.recovery, used);
            return Ok(left.map(|recovery| Factor { recovery, ..factor.clone() }));
        }
        let secret = self.sealer.open(&factor.secret, user.id.as_str()).ok_or(IdentityError::FactorUnreadable)?;
        let step = totp::step_of(&secret, code, factor.last_step, now())?;
        Ok(step.map(|last_step| Factor { last_step, ..factor.clone() }))
    }
}

impl Identity {
    /// Signs in whoever has shown the password by `auth.login`, by a code or a recovery code. `from` is absent on the
    /// owner's own machine.
    ///
    /// # Errors
    /// [`IdentityError::InvalidToken`] if the token is none of that step, has expired or was used;
    /// [`IdentityError::InvalidCode`]; [`IdentityError::TooManyAttempts`] after some of those in a row.
    pub async fn mfa_login(&self, token: &str, code: String, from: Option<Origin>) -> Result<SignedIn> {
        let step = self.signer.verify_step(token, now()).ok_or(IdentityError::InvalidToken)?;
        let known = self.accounts.read().holder(&step.sub, &step.jti).cloned();
        let user = known.ok_or(IdentityError::InvalidToken)?;
        let (factors, source) = (self.factors.clone(), Source::of(from.as_ref()));
        let used = self.accounts.change(user.id.clone(), move |user| {
            // Turned off meanwhile: then the password alone is what signs in.
            let factor = on(user).ok_or(IdentityError::InvalidToken)?;
            let factor = factors.accept(user, factor, &code, source)?.ok_or(IdentityError::InvalidCode)?;
            Ok(Outcome { user: Some(with(user, Some(factor))), events: Vec::new(), answer: () })
        });
        if let Err(error) = used.await {
            if matches!(error, IdentityError::InvalidCode) {
                self.bus.publish(AuthFailure { reason: error.to_string() });
            }
            return Err(error);
        }
        if !self.revoke(step.jti).await? {
            return Err(IdentityError::InvalidToken);
        }
        let signed_in = self.sign_in(&user, from.as_ref()).await?;
        self.bus.publish(AuthSuccess { user: user.info(), token: String::new() });
        let user = UserInfo { mfa_enabled: Some(true), ..signed_in.user };
        Ok(SignedIn { user, ..signed_in })
    }

    /// A new secret for the caller's authenticator app. It replaces one that waits for its first code.
    ///
    /// # Errors
    /// [`IdentityError::FactorOn`]: a factor that counts is not replaced by who merely is signed in;
    /// [`IdentityError::PasswordNeeded`] if the caller has signed in a while ago and gives none.
    pub async fn mfa_setup(&self, caller: &Caller, password: Option<String>) -> Result<MfaSecret> {
        self.in_person(caller, password).await?;
        let factors = self.factors.clone();
        let set_up = self.accounts.change(self.person(caller)?.id.clone(), move |user| {
            if user.has_second_factor() {
                return Err(IdentityError::FactorOn);
            }
            let (factor, answer) = factors.set_up(user)?;
            Ok(Outcome { user: Some(with(user, Some(factor))), events: Vec::new(), answer })
        });
        set_up.await
    }

    /// Whether a code of the caller's is right. It stays good.
    pub async fn mfa_verify(&self, caller: &Caller, code: String) -> Result<MfaVerdict> {
        let factors = self.factors.clone();
        let judged = self.accounts.change(self.person(caller)?.id.clone(), move |user| {
            let valid = match &user.factor {
                Some(factor) => factors.accept(user, factor, &code, Source::SignedIn)?.is_some(),
                None => false,
            };
            Ok(Outcome { user: None, events: Vec::new(), answer: MfaVerdict { valid } })
        });
        judged.await
    }

    /// Turns the factor on that was set up last, and gives its recovery codes.
    ///
    /// # Errors
    /// When there is none, it is on already, or the code is wrong.
    pub async fn mfa_enable(&self, caller: &Caller, code: String) -> Result<RecoveryCodes> {
        let factors = self.factors.clone();
        let turned_on = self.accounts.change(self.person(caller)?.id.clone(), move |user| {
            if user.has_second_factor() {
                return Err(IdentityError::FactorOn);
            }
            let factor = user.factor.as_ref().ok_or(IdentityError::FactorMissing)?;
            let factor = factors.accept(user, factor, &code, Source::SignedIn)?.ok_or(IdentityError::WrongCode)?;
            let (recovery_codes, recovery) = recovery::fresh(&user.id);
            let factor = Factor { enabled: true, recovery, ..factor };
            Ok(Outcome {
                user: Some(with(user, Some(factor))),
                events: vec![MfaEnabled { userId: user.id.clone() }.into()],
                answer: RecoveryCodes { enabled: true, recovery_codes },
            })
        });
        turned_on.await
    }

    /// Turns the caller's factor off.
    ///
    /// # Errors
    /// When none is on, or the code is neither one of now nor a recovery code.
    pub async fn mfa_disable(&self, caller: &Caller, code: String) -> Result<MfaOff> {
        let factors = self.factors.clone();
        let turned_off = self.accounts.change(self.person(caller)?.id.clone(), move |user| {
            let factor = on(user).ok_or(IdentityError::FactorOff)?;
            factors.accept(user, factor, &code, Source::SignedIn)?.ok_or(IdentityError::WrongCode)?;
            Ok(Outcome {
                user: Some(with(user, None)),
                events: vec![MfaDisabled { userId: user.id.clone() }.into()],
                answer: MfaOff { enabled: false },
            })
        });
        turned_off.await
    }
}

/// The factor that is asked for.
fn on(user: &User) -> Option<&Factor> {
    user.factor.as_ref().filter(|factor| factor.enabled)
}

fn with(user: &User, factor: Option<Factor>) -> User {
    User { factor, ..user.clone() }
}
