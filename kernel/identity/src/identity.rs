//! Signing in and out, and what the rest of the kernel asks about users.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use aether_base::bus::Bus;
use aether_base::clock::now_ms;
use aether_base::ports::Departures;
use aether_base::{Caller, CallerKind, Config, Cx, Door, Token};
use aether_protocol::domains::auth::event::{AuthFailure, AuthSuccess};
use aether_protocol::domains::auth::{LoginAnswer, MfaRequired, SignedIn, UserInfo};
use aether_protocol::{Role, Scopes, SessionId, UserId};
use aether_store::Store;
use argon2::Params;
use tokio::sync::{Mutex as AsyncMutex, watch};

use crate::accounts::{Accounts, Naming};
use crate::api_tokens::{MARK, Tokens};
use crate::directory::User;
use crate::error::{IdentityError, Result};
use crate::keys::KeyStore;
use crate::mfa::Factors;
use crate::password::{self, Hasher};
use crate::sessions::{Session, Sessions};
use crate::throttle::{Guesses, Source, Throttle};
use crate::token::Signer;
use crate::whereabouts::{Origin, Presence, Whereabouts};
use crate::{random, rules, secret};

/// How long a token lives unless a setting says otherwise.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long after signing in a person need not say the password again.
const RECENT: Duration = Duration::from_secs(10 * 60);

/// The administrator that a first start creates.
const FIRST_ADMIN: &str = "admin";

/// What identity is told at the start.
pub struct IdentitySettings {
    /// The data root; the secret is kept under its `etc`.
    pub root: PathBuf,
    /// The key that signs tokens; made once and kept in `<root>/etc/secret` if absent.
    pub secret: Option<String>,
    /// The first administrator's password; random if absent.
    pub admin_password: Option<String>,
    /// True if anybody may register, false if only administrators may create users.
    pub registration_open: bool,
    /// How long a token lives, to the second.
    pub token_lifetime: Duration,
    /// True to slow down guessing at one account.
    pub throttle: bool,
}

impl From<&Config> for IdentitySettings {
    fn from(config: &Config) -> Self {
        IdentitySettings {
            root: config.root.clone(),
            secret: config.secret.clone(),
            admin_password: config.admin_password.clone(),
            registration_open: config.server.registration_open,
            token_lifetime: TOKEN_LIFETIME,
            throttle: config.server.rate_limit,
        }
    }
}

/// The administrator that was created with a random password, to be shown once and kept nowhere.
pub struct FirstAdmin {
    pub username: String,
    pub password: String,
}

/// Whom a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    pub user: UserId,
    pub username: String,
    /// From the users, not from the token.
    pub role: Role,
    /// The token's id.
    pub jti: String,
    /// Seconds since the Unix epoch; absent where it stays good until it is revoked.
    pub expires_at: Option<u64>,
    /// What an API token is narrowed to.
    pub scopes: Option<Arc<Scopes>>,
}

impl Authenticated {
    /// The caller who came with this token.
    pub fn caller(self, door: Door, session: Option<SessionId>) -> Caller {
        let kind = CallerKind::User { user: self.user, username: self.username, role: self.role };
        let token = Token { id: self.jti, expires_at: self.expires_at, scopes: self.scopes };
        Caller { kind, door, session, token: Some(token) }
    }
}

/// Users, tokens and passwords.
pub struct Identity {
    pub(crate) accounts: Arc<Accounts>,
    /// Absent until the parts are there that a user can leave something in.
    departures: OnceLock<Arc<dyn Departures>>,
    pub(crate) bus: Arc<Bus>,
    pub(crate) hasher: Hasher,
    pub(crate) signer: Signer,
    pub(crate) keys: KeyStore,
    /// Taken while a key is made.
    pub(crate) rotating: AsyncMutex<()>,
    pub(crate) sessions: Sessions,
    pub(crate) tokens: Arc<Tokens>,
    /// Told when tokens have died.
    ended: watch::Sender<()>,
    pub(crate) factors: Arc<Factors>,
    throttle: Option<Mutex<Throttle>>,
    pub(crate) reset_guesses: Option<Mutex<Guesses>>,
    whereabouts: Whereabouts,
    registration_open: bool,
}

impl Identity {
    /// Reads the users back, and on a first start creates the administrator. The [`FirstAdmin`] is there if its
    /// password was made up here.
    ///
    /// # Errors
    /// When the store or the secret's file cannot be used, others can read the secret, or the administrator's
    /// password in the settings is too short.
    pub async fn open(
        store: Arc<Store>,
        bus: Arc<Bus>,
        settings: IdentitySettings,
    ) -> Result<(Arc<Identity>, Option<FirstAdmin>)> {
        Identity::open_at_cost(store, bus, settings, password::COST).await
    }

    pub(crate) async fn open_at_cost(
        store: Arc<Store>,
        bus: Arc<Bus>,
        settings: IdentitySettings,
        cost: Params,
    ) -> Result<(Arc<Identity>, Option<FirstAdmin>)> {
        let secret = match &settings.secret {
            Some(secret) => secret::checked(secret),
            None => secret::load(&settings.root)?,
        };
        let signer = Signer::new(&secret, settings.token_lifetime);
        let keys = KeyStore::new(store.clone(), &secret);
        keys.load().await?.into_iter().for_each(|key| signer.add(key));
        let identity = Arc::new(Identity {
            accounts: Accounts::load(store.clone(), bus.clone(), now()).await?,
            departures: OnceLock::new(),
            bus,
            hasher: Hasher::new(cost),
            signer,
            keys,
            rotating: AsyncMutex::new(()),
            sessions: Sessions::load(store.clone(), now()).await?,
            tokens: Arc::new(Tokens::load(store).await?),
            ended: watch::Sender::new(()),
            factors: Arc::new(Factors::new(&secret, settings.throttle)),
            throttle: settings.throttle.then(Mutex::default),
            reset_guesses: settings.throttle.then(Mutex::default),
            whereabouts: Whereabouts::default(),
            registration_open: settings.registration_open,
        });
        let first = identity.first_admin(settings.admin_password).await?;
        Ok((identity, first))
    }

    async fn first_admin(&self, given: Option<String>) -> Result<Option<FirstAdmin>> {
        if !self.accounts.read().is_empty() {
            return Ok(None);
        }
        let made = given.is_none();
        let password = given.unwrap_or_else(random::text::<16>);
        rules::password(&password).map_err(|_| IdentityError::BadAdminPassword)?;
        let admin = self.new_user(FIRST_ADMIN, None, Role::Admin, password.clone()).await?;
        self.accounts.add(admin, Naming::Any).await?;
        Ok(made.then(|| FirstAdmin { username: FIRST_ADMIN.into(), password }))
    }

    async fn new_user(&self, name: &str, display: Option<&str>, role: Role, password: String) -> Result<User> {
        Ok(User {
            id: UserId(uuid::Uuid::new_v4().to_string()),
            username: name.to_owned(),
            display_name: rules::display_name(display, name)?,
            role,
            password: self.hasher.hash(password).await?,
            generation: 0,
            kept_token: None,
            created_at: now_ms(),
            factor: None,
        })
    }

    /// Whom a token stands for: one that was signed here, has not expired, was not revoked, and whose user is still there; or
    /// an API token that is good. From memory, without waiting.
    pub fn authenticate(&self, token: &str) -> Option<Authenticated> {
        if token.starts_with(MARK) {
            return self.authenticate_program(token);
        }
        let claims = self.signer.verify(token, now())?;
        self.sessions.seen(&claims.jti);
        let directory = self.accounts.read();
        let user = directory.holder(&claims.sub, &claims.jti)?;
        Some(Authenticated {
            user: user.id.clone(),
            username: user.username.clone(),
            role: user.role,
            jti: claims.jti,
            expires_at: Some(claims.exp),
            scopes: None,
        })
    }

    fn authenticate_program(&self, token: &str) -> Option<Authenticated> {
        let known = self.tokens.used(token, now())?;
        let directory = self.accounts.read();
        let user = directory.user(&known.user)?;
        Some(Authenticated {
            user: user.id.clone(),
            username: user.username.clone(),
            role: user.role,
            jti: known.id,
            expires_at: known.expires_at,
            scopes: Some(known.scopes),
        })
    }

    /// False once the caller's user was deleted or its token revoked, for connections that outlive their sign-in.
    /// When a token expires its door knows from [`Authenticated::expires_at`].
    pub fn is_live(&self, caller: &Caller) -> bool {
        match (&caller.kind, &caller.token) {
            (CallerKind::User { user, .. }, Some(token)) if token.scopes.is_some() => {
                self.tokens.is_live(user, &token.id, now()) && self.accounts.read().user(user).is_some()
            }
            (CallerKind::User { user, .. }, Some(token)) => {
                self.sessions.seen(&token.id);
                self.accounts.read().holder(user, &token.id).is_some()
            }
            (CallerKind::User { user, .. } | CallerKind::Agent { owner: user, .. }, _) => {
                self.accounts.read().user(user).is_some()
            }
            (CallerKind::Anonymous | CallerKind::Kernel, _) => true,
        }
    }

    /// Changes whenever tokens have died before their time, for connections to look whether theirs did.
    pub fn endings(&self) -> watch::Receiver<()> {
        self.ended.subscribe()
    }

    pub(crate) fn tell_ended(&self) {
        self.ended.send_replace(());
    }

    /// The oldest administrator: whom the local socket and the window stand for.
    pub fn local_owner(&self) -> Option<UserInfo> {
        self.accounts.read().admins().first().map(|user| user.info())
    }

    /// A user as a caller without a token, with the role it has now: for what is done on its behalf. Absent once it is gone.
    pub fn stand_in(&self, user: &UserId, door: Door) -> Option<Caller> {
        let user = self.accounts.read().user(user).cloned()?;
        let kind = CallerKind::User { user: user.id.clone(), username: user.username.clone(), role: user.role };
        Some(Caller { kind, ..Caller::anonymous(door) })
    }

    pub fn user_info(&self, id: &UserId) -> Option<UserInfo> {
        self.accounts.read().user(id).map(|user| user.info())
    }

    pub fn username(&self, id: &UserId) -> Option<String> {
        self.accounts.read().user(id).map(|user| user.username.clone())
    }

    /// By name, whatever its case.
    pub fn user_by_name(&self, name: &str) -> Option<UserInfo> {
        self.accounts.read().by_name(name).map(|user| user.info())
    }

    /// Every user, oldest first.
    pub fn users(&self) -> Vec<UserInfo> {
        self.accounts.read().all().iter().map(|user| user.info()).collect()
    }

    /// Notes where a connection comes from, until the answer is dropped: guessing is slowed down by address. One that
    /// nothing was noted of counts as local.
    pub fn comes_from(&self, session: &SessionId, origin: impl Into<Origin>) -> Presence {
        self.whereabouts.enter(session, origin.into())
    }

    /// Where a command comes from; absent on the owner's own machine.
    pub(crate) fn source(&self, cx: &Cx) -> Option<Origin> {
        self.origin(cx.caller.session.as_ref()?)
    }

    pub(crate) fn origin(&self, session: &SessionId) -> Option<Origin> {
        self.whereabouts.of(session)
    }

    /// Signs a user in by name, whatever its case, and password; or asks for a code of its second factor. `from` is
    /// absent on the owner's own machine.
    ///
    /// # Errors
    /// [`IdentityError::InvalidCredentials`], whether the name or the password is wrong;
    /// [`IdentityError::TooManyAttempts`] after five of those in a row from there, or many from everywhere.
    pub async fn login(&self, username: &str, password: String, from: Option<Origin>) -> Result<LoginAnswer> {
        let user = self.accounts.read().by_name(username).cloned();
        let source = Source::of(from.as_ref());
        if !self.password_matches(username, user.as_ref(), password, source).await? {
            self.bus.publish(AuthFailure { reason: IdentityError::InvalidCredentials.to_string() });
            return Err(IdentityError::InvalidCredentials);
        }
        let user = user.ok_or(IdentityError::InvalidCredentials)?;
        // As it is now: a factor that was turned on while the password was hashed counts.
        if self.accounts.read().user(&user.id).is_some_and(|user| user.has_second_factor()) {
            let mfa_token = self.signer.issue_step(&user, now())?;
            return Ok(LoginAnswer::MfaRequired(MfaRequired { mfa_required: true, mfa_token }));
        }
        let signed_in = self.sign_in(&user, from.as_ref()).await?;
        self.bus.publish(AuthSuccess { user: user.info(), token: String::new() });
        Ok(LoginAnswer::SignedIn(signed_in))
    }

    /// Creates a user and signs it in. `by_admin`: an administrator does, who may while registration is closed.
    ///
    /// # Errors
    /// When registration is closed, the name is taken, or a name or the password breaks the rules.
    pub async fn register(
        &self,
        username: &str,
        password: String,
        display_name: Option<&str>,
        by_admin: bool,
        from: Option<Origin>,
    ) -> Result<SignedIn> {
        if !self.registration_open && !by_admin {
            return Err(IdentityError::RegistrationClosed);
        }
        rules::username(username)?;
        rules::password(&password)?;
        let naming = if by_admin { Naming::Any } else { Naming::Fresh };
        // A name that is taken costs no hashing; `add` decides.
        self.accounts.check_name(username, naming)?;
        let user = self.new_user(username, display_name, Role::User, password).await?;
        let user = self.accounts.add(user, naming).await?;
        self.sign_in(&user, from.as_ref()).await
    }

    /// Kills the token a caller came with, if it came with one.
    pub async fn logout(&self, caller: &Caller) -> Result<()> {
        if let Some(token) = &caller.token {
            let revoked = self.revoke(token.id.clone()).await;
            // Also where the disk did not take it: in memory it is dead.
            self.tell_ended();
            revoked?;
        }
        Ok(())
    }

    /// A new token in place of the caller's, which dies.
    ///
    /// # Errors
    /// [`IdentityError::InvalidToken`] if the caller came with none, or with one that died meanwhile.
    pub async fn refresh(&self, caller: &Caller) -> Result<SignedIn> {
        let user = self.person(caller)?;
        let jti = caller.token.as_ref().map(|token| token.id.clone()).ok_or(IdentityError::InvalidToken)?;
        if self.accounts.read().holder(&user.id, &jti).is_none() {
            return Err(IdentityError::InvalidToken);
        }
        let session = self.sessions.of(&jti);
        if !self.revoke(jti).await? {
            return Err(IdentityError::InvalidToken);
        }
        // The same session goes on by another token.
        let (token, claims) = self.signer.issue(&user, now())?;
        let fresh = Session::new(user.id.clone(), claims.jti.clone(), claims.exp, None);
        let session = match session {
            Some(session) => Session { jti: claims.jti, expires_at: claims.exp, seen_at: fresh.seen_at, ..session },
            None => fresh,
        };
        self.begin_session(session).await?;
        Ok(SignedIn { token, user: user.info() })
    }

    /// Sets the caller's own password. Every token of the user but the caller's own dies.
    ///
    /// # Errors
    /// When the current password is wrong, the new one breaks the rules, or the caller is not a person.
    pub async fn change_password(&self, caller: &Caller, current: String, new: String) -> Result<()> {
        let user = self.person(caller)?;
        rules::password(&new)?;
        if !self.password_matches(&user.username, Some(&user), current, Source::SignedIn).await? {
            return Err(IdentityError::WrongPassword);
        }
        let hash = self.hasher.hash(new).await?;
        let keep = caller.token.as_ref().map(|token| token.id.clone());
        let id = user.id.clone();
        self.accounts.set_password(user, hash, keep.clone()).await?;
        self.sessions.forget_others(&id, keep.as_deref());
        self.tell_ended();
        Ok(())
    }

    /// Deletes a user; its tokens die. Its home stays, and its name goes to nobody unless an administrator says so.
    ///
    /// # Errors
    /// When there is no such user, it is the caller, it is the last administrator, or it owns an organisation.
    pub async fn delete_user(&self, caller: &Caller, id: UserId) -> Result<()> {
        if caller.user() == Some(&id) {
            return Err(IdentityError::OwnAccount);
        }
        self.accounts.current(&id)?;
        if let Some(obstacle) = self.departures.get().and_then(|departures| departures.obstacle(&id)) {
            return Err(IdentityError::Held(obstacle));
        }
        self.accounts.remove(id.clone()).await?;
        self.sessions.forget_others(&id, None);
        self.tokens.forget_all_of(&id);
        self.tell_ended();
        if let Some(departures) = self.departures.get() {
            departures.departed(&id).await;
        }
        Ok(())
    }

    /// Names who ends what deleted users leave behind.
    pub fn attach_departures(&self, departures: Arc<dyn Departures>) {
        let _ = self.departures.set(departures);
    }

    /// The user who calls in person. An agent acts for its owner, but not on its owner's account.
    pub(crate) fn person(&self, caller: &Caller) -> Result<Arc<User>> {
        match &caller.kind {
            CallerKind::User { user, .. } => self.accounts.current(user),
            CallerKind::Agent { .. } | CallerKind::Kernel => Err(IdentityError::NotAPerson),
            CallerKind::Anonymous => Err(IdentityError::InvalidToken),
        }
    }

    async fn password_matches(
        &self,
        name: &str,
        user: Option<&Arc<User>>,
        password: String,
        source: Source,
    ) -> Result<bool> {
        let name = name.to_ascii_lowercase();
        // Whoever waits for its turn is judged by what failed meanwhile, so that guesses side by side gain nothing.
        let turn = self.hasher.turn().await?;
        let wait = self.throttle().and_then(|throttle| throttle.wait(&name, source, Instant::now()));
        if let Some(wait) = wait {
            return Err(IdentityError::TooManyAttempts(wait.as_secs_f64().ceil() as u64));
        }
        let (matches, _turn) = self.hasher.verify(turn, password, user.map(|user| user.password.clone())).await?;
        if let Some(mut throttle) = self.throttle() {
            match matches {
                true => throttle.succeeded(&name, source),
                // Names that nobody can have are not worth remembering.
                false if user.is_none() && rules::username(&name).is_err() => {}
                false => throttle.failed(&name, source, Instant::now()),
            }
        }
        Ok(matches)
    }

    fn throttle(&self) -> Option<MutexGuard<'_, Throttle>> {
        self.throttle.as_ref().map(|throttle| throttle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins a session of a user as it was when it proved who it is: a password change since then leaves its token dead.
    pub(crate) async fn sign_in(&self, user: &User, from: Option<&Origin>) -> Result<SignedIn> {
        let (token, claims) = self.signer.issue(user, now())?;
        self.begin_session(Session::new(user.id.clone(), claims.jti, claims.exp, from)).await?;
        Ok(SignedIn { token, user: user.info() })
    }

    /// Kills a token, and with it its session; false if it was dead already.
    pub(crate) async fn revoke(&self, jti: String) -> Result<bool> {
        let now = now();
        self.sessions.forget(&jti);
        self.accounts.revoke(jti, self.signer.latest_expiry(now), now).await
    }

    /// Lets through whoever has just signed in, or says the password: for what a token that was left lying must not do.
    pub(crate) async fn in_person(&self, caller: &Caller, password: Option<String>) -> Result<()> {
        let user = self.person(caller)?;
        if let Some(password) = password {
            return match self.password_matches(&user.username, Some(&user), password, Source::SignedIn).await? {
                true => Ok(()),
                false => Err(IdentityError::WrongPassword),
            };
        }
        let Some(token) = &caller.token else { return Ok(()) };
        let begun = self.sessions.of(&token.id).map(|session| session.created_at);
        let recent = begun.is_some_and(|at| now_ms().saturating_sub(at) < RECENT.as_millis() as u64);
        if recent { Ok(()) } else { Err(IdentityError::PasswordNeeded) }
    }
}

/// Seconds since the Unix epoch, as tokens have them.
pub(crate) fn now() -> u64 {
    now_ms() / 1000
}
