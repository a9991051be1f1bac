//! API tokens: what programs of a user come by, narrowed to scopes.
//!
//! A token is 32 random bytes, so its plain hash is as good as it is: nobody guesses either. It is shown once.

pub mod store;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_base::Caller;
use aether_base::clock::now_ms;
use aether_protocol::domains::auth::event::{TokenCreated, TokenRevoked};
use aether_protocol::domains::auth::{ApiToken, CreateToken, CreatedToken};
use aether_protocol::{Scopes, UserId};
use aether_store::Store;
use tokio::sync::Mutex as AsyncMutex;

use crate::error::{IdentityError, Result};
use crate::identity::{Identity, now};
use crate::random;

/// How every API token begins, so that one is known where it was left lying.
pub const MARK: &str = "aet_";
/// Characters after the mark that are shown to tell tokens apart.
const SHOWN: usize = 6;
/// Tokens of one user.
const MOST: usize = 100;
/// Characters of a name.
const NAME: std::ops::RangeInclusive<usize> = 1..=64;
/// Days a token may be given.
const DAYS: std::ops::RangeInclusive<u32> = 1..=3_650;
/// Milliseconds between two times that a token's last use is written down.
const KEPT_EVERY: u64 = 60_000;

/// The hash a token is known by.
pub type Hash = [u8; 32];

/// One token.
#[derive(Debug, Clone)]
pub struct Token {
    pub id: String,
    pub user: UserId,
    pub name: String,
    pub prefix: String,
    pub hash: Hash,
    pub scopes: Arc<Scopes>,
    /// Milliseconds since the Unix epoch.
    pub created_at: u64,
    pub used_at: Option<u64>,
    /// What the disk knows of it.
    pub kept_at: Option<u64>,
    /// Seconds since the Unix epoch.
    pub expires_at: Option<u64>,
}

impl Token {
    fn info(&self) -> ApiToken {
        ApiToken {
            id: self.id.clone(),
            name: self.name.clone(),
            prefix: self.prefix.clone(),
            scopes: self.scopes.list(),
            created_at: self.created_at,
            expires_at: self.expires_at.map(|at| at.saturating_mul(1_000)),
            last_used_at: self.used_at,
        }
    }

    fn is_good(&self, now: u64) -> bool {
        self.expires_at.is_none_or(|at| at > now)
    }
}

/// The tokens there are.
pub struct Tokens {
    store: Arc<Store>,
    by_hash: Mutex<HashMap<Hash, Token>>,
    turn: AsyncMutex<()>,
}

/// The hash of something random that was given out.
pub fn hash(text: &str) -> Hash {
    *blake3::hash(text.as_bytes()).as_bytes()
}

impl Tokens {
    /// Reads what is kept.
    pub async fn load(store: Arc<Store>) -> Result<Tokens> {
        let kept = store.read(store::load).await?;
        let by_hash = kept.into_iter().map(|token| (token.hash, token)).collect();
        Ok(Tokens { store, by_hash: Mutex::new(by_hash), turn: AsyncMutex::new(()) })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Hash, Token>> {
        self.by_hash.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token this is, if it is any good, noting that it was used. `now` is in seconds since the Unix epoch.
    pub fn used(&self, text: &str, now: u64) -> Option<Token> {
        let mut tokens = self.lock();
        let token = tokens.get_mut(&hash(text)).filter(|token| token.is_good(now))?;
        self.touch(token);
        Some(token.clone())
    }

    /// True if the token with this id is still good, noting that it was used.
    pub fn is_live(&self, user: &UserId, id: &str, now: u64) -> bool {
        let mut tokens = self.lock();
        let token = tokens.values_mut().find(|token| token.id == id && token.user == *user && token.is_good(now));
        token.is_some_and(|token| {
            self.touch(token);
            true
        })
    }

    #[cfg(test)]
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    fn touch(&self, token: &mut Token) {
        let at = now_ms();
        token.used_at = Some(at);
        if token.kept_at.is_none_or(|kept| at.saturating_sub(kept) >= KEPT_EVERY) {
            token.kept_at = Some(at);
            let id = token.id.clone();
            // Nobody waits for it: what is lost is a minute of a time that is shown.
            drop(self.store.begin(Vec::new(), move |db| store::used(db, &id, at)));
        }
    }

    /// Of one user, the newest first.
    fn of_user(&self, user: &UserId) -> Vec<Token> {
        let mut own: Vec<Token> = self.lock().values().filter(|token| token.user == *user).cloned().collect();
        own.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        own
    }

    /// Forgets all of a user in memory; their rows go with what ends them.
    pub fn forget_all_of(&self, user: &UserId) {
        self.lock().retain(|_, token| token.user != *user);
    }
}

impl Identity {
    /// Makes a token for a program of the caller's.
    ///
    /// # Errors
    /// When a field breaks the rules, there are too many, the caller is no person, its password was changed meanwhile, or it
    /// is no administrator and wants that scope.
    pub async fn create_token(&self, caller: &Caller, request: CreateToken) -> Result<CreatedToken> {
        let person = self.person(caller)?;
        let user = person.id.clone();
        let CreateToken { name, scopes, days } = request;
        let name = name.trim().to_owned();
        if !NAME.contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(IdentityError::BadTokenName);
        }
        if days.is_some_and(|days| !DAYS.contains(&days)) {
            return Err(IdentityError::BadTokenDays);
        }
        let scopes = Scopes::parse(&scopes).map_err(|error| IdentityError::BadScopes(error.message))?;
        if scopes.admin() && !caller.is_admin() {
            return Err(IdentityError::AdminScope);
        }
        let text = format!("{MARK}{}", random::text::<32>());
        let token = Token {
            id: random::text::<12>(),
            user: user.clone(),
            name,
            prefix: text.chars().take(MARK.len() + SHOWN).collect(),
            hash: hash(&text),
            scopes: Arc::new(scopes),
            created_at: now_ms(),
            used_at: None,
            kept_at: None,
            expires_at: days.map(|days| now().saturating_add(u64::from(days) * 24 * 60 * 60)),
        };
        let info = token.info();
        let (tokens, accounts, bus) = (self.tokens.clone(), self.accounts.clone(), self.bus.clone());
        let told = info.clone();
        crate::accounts::to_the_end(async move {
            let _turn = tokens.turn.lock().await;
            // What ends every token of the user must not miss one that is on its way.
            let _account = accounts.turn().await;
            if accounts.current(&user)?.generation != person.generation {
                return Err(IdentityError::Changed);
            }
            if tokens.of_user(&user).len() >= MOST {
                return Err(IdentityError::TooManyTokens(MOST));
            }
            let (row, event) = (token.clone(), TokenCreated { userId: user, token: told });
            tokens.store.commit(vec![bus.prepare(&event.into())], move |db| store::insert(db, &row)).await?;
            tokens.lock().insert(token.hash, token);
            Ok(())
        })
        .await?;
        Ok(CreatedToken { token: text, info })
    }

    /// The tokens of the caller, or of the user it names, which the gate has allowed.
    pub fn list_tokens(&self, caller: &Caller, of: Option<UserId>) -> Result<Vec<ApiToken>> {
        let user = self.meant(caller, of)?;
        Ok(self.tokens.of_user(&user).iter().map(Token::info).collect())
    }

    /// Kills a token.
    ///
    /// # Errors
    /// [`IdentityError::NoSuchToken`] if that user has none of this id.
    pub async fn revoke_token(&self, caller: &Caller, id: String, of: Option<UserId>) -> Result<()> {
        let user = self.meant(caller, of)?;
        let found = self.tokens.of_user(&user).into_iter().find(|token| token.id == id);
        let token = found.ok_or(IdentityError::NoSuchToken)?;
        // In memory first: a full disk must not keep a token alive.
        self.tokens.lock().remove(&token.hash);
        self.tell_ended();
        let event = TokenRevoked { userId: user, tokenId: id.clone() };
        self.tokens.store.commit(vec![self.bus.prepare(&event.into())], move |db| store::delete(db, &id)).await?;
        Ok(())
    }
}
