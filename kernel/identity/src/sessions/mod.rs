//! Sessions: what people see of their sign-ins, and end.
//!
//! A session has one token at a time; a refresh gives it another. It says from where and when, and nothing of what a token
//! is good for: ending one kills its token, and that is what counts.

pub mod store;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_base::Caller;
use aether_base::clock::now_ms;
use aether_protocol::UserId;
use aether_protocol::domains::auth::event::SessionRevoked;
use aether_protocol::domains::auth::{Ended, SignInSession};
use aether_store::Store;

use crate::error::{IdentityError, Result};
use crate::identity::{Identity, now};
use crate::whereabouts::Origin;
use crate::{random, token};

/// Milliseconds between two times that a session's last use is written down.
const KEPT_EVERY: u64 = 60_000;
/// Sessions of one user; the one that was used longest ago makes room.
const MOST: usize = 500;

/// One sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub user: UserId,
    /// Of the token it has now.
    pub jti: String,
    /// Milliseconds since the Unix epoch.
    pub created_at: u64,
    pub seen_at: u64,
    /// What the disk knows of it.
    pub kept_at: u64,
    /// Seconds since the Unix epoch.
    pub expires_at: u64,
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

impl Session {
    /// One that begins now.
    pub fn new(user: UserId, jti: String, expires_at: u64, from: Option<&Origin>) -> Session {
        let at = now_ms();
        Session {
            id: random::text::<16>(),
            user,
            jti,
            created_at: at,
            seen_at: at,
            kept_at: at,
            expires_at,
            address: from.map(|origin| origin.address.to_string()),
            user_agent: from.and_then(|origin| origin.agent.clone()),
        }
    }

    fn info(&self, current: Option<&str>) -> SignInSession {
        SignInSession {
            id: self.id.clone(),
            created_at: self.created_at,
            last_seen_at: self.seen_at,
            expires_at: self.expires_at.saturating_mul(1_000),
            address: self.address.clone(),
            user_agent: self.user_agent.clone(),
            current: current == Some(self.jti.as_str()),
        }
    }
}

/// The sessions there are, by the id of their token.
pub struct Sessions {
    store: Arc<Store>,
    by_jti: Mutex<HashMap<String, Session>>,
}

impl Sessions {
    /// Reads what is kept. `now` is in seconds since the Unix epoch.
    pub async fn load(store: Arc<Store>, now: u64) -> Result<Sessions> {
        let kept = store.read(move |db| store::load(db, now)).await?;
        let by_jti = kept.into_iter().map(|session| (session.jti.clone(), session)).collect();
        Ok(Sessions { store, by_jti: Mutex::new(by_jti) })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.by_jti.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a session. Answers the token of the one that had to make room.
    async fn put(&self, session: Session) -> Result<Option<String>> {
        let (row, now) = (session.clone(), now());
        self.store.write(move |db| store::put(db, &row, now)).await?;
        let mut sessions = self.lock();
        sessions.retain(|_, other| other.expires_at > now);
        let user = session.user.clone();
        sessions.insert(session.jti.clone(), session);
        let own = sessions.values().filter(|other| other.user == user);
        if own.clone().count() <= MOST {
            return Ok(None);
        }
        Ok(own.min_by_key(|other| other.seen_at).map(|other| other.jti.clone()))
    }

    /// Notes that a token was used just now.
    pub fn seen(&self, jti: &str) {
        let now = now_ms();
        let mut sessions = self.lock();
        let Some(session) = sessions.get_mut(jti) else { return };
        session.seen_at = now;
        if now.saturating_sub(session.kept_at) >= KEPT_EVERY {
            session.kept_at = now;
            let id = session.id.clone();
            // Nobody waits for it: what is lost is a minute of a time that is shown.
            drop(self.store.begin(Vec::new(), move |db| store::seen(db, &id, now)));
        }
    }

    /// The session a token is of.
    pub fn of(&self, jti: &str) -> Option<Session> {
        self.lock().get(jti).cloned()
    }

    /// Of one user, the newest first.
    fn of_user(&self, user: &UserId) -> Vec<Session> {
        let now = now();
        let sessions = self.lock();
        let own = sessions.values().filter(|session| session.user == *user && session.expires_at > now);
        let mut own: Vec<Session> = own.cloned().collect();
        own.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        own
    }

    /// Forgets a session in memory; its row goes with what ends it.
    pub fn forget(&self, jti: &str) {
        self.lock().remove(jti);
    }

    /// Forgets all of a user but the one with this token.
    pub fn forget_others(&self, user: &UserId, keep: Option<&str>) {
        self.lock().retain(|jti, session| session.user != *user || Some(jti.as_str()) == keep);
    }
}

impl Identity {
    /// Begins a session by a token that was just made.
    pub(crate) async fn begin_session(&self, session: Session) -> Result<()> {
        if let Some(oldest) = self.sessions.put(session).await? {
            self.revoke(oldest).await?;
            self.tell_ended();
        }
        Ok(())
    }

    /// The sessions of the caller, or of the user it names, which the gate has allowed.
    ///
    /// # Errors
    /// When the caller is not a person, or there is no such user.
    pub fn list_sessions(&self, caller: &Caller, of: Option<UserId>) -> Result<Vec<SignInSession>> {
        let user = self.meant(caller, of)?;
        let current = caller.token.as_ref().map(|token| token.id.as_str());
        let live = self.sessions.of_user(&user).into_iter().filter(|session| self.is_good(session));
        Ok(live.map(|session| session.info(current)).collect())
    }

    /// Ends one session.
    ///
    /// # Errors
    /// [`IdentityError::NoSuchSession`] if that user has none of this id.
    pub async fn revoke_session(&self, caller: &Caller, id: &str, of: Option<UserId>) -> Result<()> {
        let user = self.meant(caller, of)?;
        let sessions = self.sessions.of_user(&user);
        let session = sessions.into_iter().find(|session| session.id == id).ok_or(IdentityError::NoSuchSession)?;
        self.end(vec![session]).await?;
        Ok(())
    }

    /// Ends every session of the caller but its own, or all of the user it names. Tokens of an earlier version, which have no
    /// session, die too.
    pub async fn revoke_sessions(&self, caller: &Caller, of: Option<UserId>) -> Result<Ended> {
        let user = self.meant(caller, of)?;
        let keep = caller.token.as_ref().map(|token| token.id.clone()).filter(|jti| {
            // An API token keeps no session, and an administrator's own is none of another user's.
            caller.user() == Some(&user) && token::generation(jti).is_some()
        });
        let mut sessions = self.sessions.of_user(&user);
        sessions.retain(|session| Some(&session.jti) != keep.as_ref() && self.is_good(session));
        let ended = u64::try_from(sessions.len()).unwrap_or(u64::MAX);
        let events = sessions.iter().map(|session| revoked(session).into()).collect();
        self.accounts.new_generation(user.clone(), keep.clone(), events).await?;
        self.sessions.forget_others(&user, keep.as_deref());
        self.tell_ended();
        Ok(Ended { ended })
    }

    async fn end(&self, sessions: Vec<Session>) -> Result<()> {
        for session in sessions {
            let dead = self.revoke(session.jti.clone()).await;
            // Also where the disk did not take it: in memory it is dead.
            self.tell_ended();
            dead?;
            self.bus.publish(revoked(&session));
        }
        Ok(())
    }

    /// The user a command is about: the one it names, or the caller, who is a person.
    pub(crate) fn meant(&self, caller: &Caller, named: Option<UserId>) -> Result<UserId> {
        let person = self.person(caller)?;
        match named {
            Some(user) => Ok(self.accounts.current(&user)?.id.clone()),
            None => Ok(person.id.clone()),
        }
    }

    /// True if the session's token is good still.
    fn is_good(&self, session: &Session) -> bool {
        self.accounts.read().holder(&session.user, &session.jti).is_some()
    }
}

fn revoked(session: &Session) -> SessionRevoked {
    SessionRevoked { userId: session.user.clone(), sessionId: session.id.clone() }
}
