//! Changes of accounts: first on disk, then in memory, one after the other, whatever becomes of the caller.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use aether_base::bus::Bus;
use aether_base::clock::now_ms;
use aether_protocol::domains::auth::event::{UserCreated, UserDeleted};
use aether_protocol::{Event, Role, UserId};
use aether_store::{Store, StoreError};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard};

use crate::api_tokens::Hash;
use crate::directory::{Directory, User};
use crate::error::{IdentityError, Result};
use crate::{reset, store};

/// Who may give an account which name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// A deleted user's name is taken: the home under it may still be there.
    Fresh,
    /// Any name nobody has: an administrator decided so.
    Any,
}

/// What became of a change that one account was asked for.
pub struct Outcome<T> {
    /// The account after it; absent if nothing changed.
    pub user: Option<User>,
    pub events: Vec<Event>,
    pub answer: T,
}

/// The accounts, on disk and in memory.
pub struct Accounts {
    store: Arc<Store>,
    bus: Arc<Bus>,
    directory: RwLock<Directory>,
    turn: AsyncMutex<()>,
}

impl Accounts {
    /// Reads what is kept. `now` is in seconds since the Unix epoch.
    pub async fn load(store: Arc<Store>, bus: Arc<Bus>, now: u64) -> Result<Arc<Accounts>> {
        let directory = store.read(move |db| store::load(db, now)).await?;
        Ok(Arc::new(Accounts { store, bus, directory: RwLock::new(directory), turn: AsyncMutex::new(()) }))
    }

    /// Holds back whatever changes an account, a lost password that is set anew or a deletion too.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    pub fn read(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn edit(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an account and tells so.
    pub async fn add(self: &Arc<Self>, user: User, naming: Naming) -> Result<Arc<User>> {
        let accounts = self.clone();
        to_the_end(async move {
            let _turn = accounts.turn.lock().await;
            accounts.check_name(&user.username, naming)?;
            let created = accounts.bus.prepare(&UserCreated { user: user.info() }.into());
            let row = user.clone();
            accounts.store.commit(vec![created], move |db| store::insert_user(db, &row)).await?;
            let id = user.id.clone();
            accounts.edit().put(user);
            accounts.current(&id)
        })
        .await
    }

    /// Refuses a name that is taken.
    pub fn check_name(&self, name: &str, naming: Naming) -> Result<()> {
        let directory = self.read();
        let retired = naming == Naming::Fresh && directory.is_retired(name);
        if retired || directory.by_name(name).is_some() {
            return Err(IdentityError::UsernameTaken(name.to_owned()));
        }
        Ok(())
    }

    /// The account as it is now.
    pub fn current(&self, id: &UserId) -> Result<Arc<User>> {
        self.read().user(id).cloned().ok_or_else(|| IdentityError::NoSuchUser(id.to_string()))
    }

    /// Deletes an account, unless nobody could manage the kernel after, and tells so.
    pub async fn remove(self: &Arc<Self>, id: UserId) -> Result<()> {
        let accounts = self.clone();
        to_the_end(async move {
            let _turn = accounts.turn.lock().await;
            let user = accounts.current(&id)?;
            if user.role == Role::Admin && accounts.read().admins().len() == 1 {
                return Err(IdentityError::LastAdmin);
            }
            let deleted = accounts.bus.prepare(&UserDeleted { userId: id.clone() }.into());
            let kept = accounts.store.commit(vec![deleted], move |db| store::delete_user(db, &user)).await;
            kept.map_err(held)?;
            accounts.edit().remove(&id);
            Ok(())
        })
        .await
    }

    /// Changes what a user changes about itself. `judge` sees the account as it is, and nobody else changes one until
    /// what it made of it is kept.
    pub async fn change<T, F>(self: &Arc<Self>, id: UserId, judge: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&User) -> Result<Outcome<T>> + Send + 'static,
    {
        let accounts = self.clone();
        to_the_end(async move {
            let _turn = accounts.turn.lock().await;
            let Outcome { user, events, answer } = judge(&*accounts.current(&id)?)?;
            if let Some(user) = user {
                let events = events.iter().map(|event| accounts.bus.prepare(event)).collect();
                let row = user.clone();
                accounts.store.commit(events, move |db| store::update_user(db, &row)).await?;
                accounts.edit().put(user);
            }
            Ok(answer)
        })
        .await
    }

    /// Sets a new password hash and with it kills every token but `keep`, one that resets the password too. `before` is the account as it was when the
    /// current password was checked.
    pub async fn set_password(self: &Arc<Self>, before: Arc<User>, hash: String, keep: Option<String>) -> Result<()> {
        let accounts = self.clone();
        to_the_end(async move {
            let _turn = accounts.turn.lock().await;
            let user = accounts.current(&before.id)?;
            if user.generation != before.generation {
                return Err(IdentityError::Changed);
            }
            let generation = user.generation + 1;
            let user = User { password: hash, generation, kept_token: keep, ..(*user).clone() };
            let row = user.clone();
            let kept = accounts.store.write(move |db| {
                reset::forget(db, &row.id)?;
                store::update_password(db, &row)
            });
            kept.await?;
            accounts.edit().put(user);
            Ok(())
        })
        .await
    }

    /// Kills every token of a user but `keep`, and tells so.
    pub async fn new_generation(self: &Arc<Self>, id: UserId, keep: Option<String>, events: Vec<Event>) -> Result<()> {
        let accounts = self.clone();
        to_the_end(async move {
            let _turn = accounts.turn.lock().await;
            let user = accounts.current(&id)?;
            let user = User { generation: user.generation + 1, kept_token: keep, ..(*user).clone() };
            let row = user.clone();
            let events = events.iter().map(|event| accounts.bus.prepare(event)).collect();
            accounts.store.commit(events, move |db| store::update_password(db, &row)).await?;
            accounts.edit().put(user);
            Ok(())
        })
        .await
    }

    /// Sets a new password hash by a reset token, and kills every token of the user. False if the token was used meanwhile.
    pub async fn reset_password(
        self: &Arc<Self>,
        id: &UserId,
        password: String,
        hash: Hash,
        event: Event,
    ) -> Result<bool> {
        let (accounts, id) = (self.clone(), id.clone());
        to_the_end(async move {
            let _turn = accounts.turn.lock().await;
            let user = accounts.current(&id)?;
            // Under the turn, so that of two uses only one finds it.
            if accounts.store.read(move |db| reset::find(db, &hash, now_ms() / 1_000)).await?.as_ref() != Some(&id) {
                return Ok(false);
            }
            let generation = user.generation + 1;
            let user = Arc::new(User { password, generation, kept_token: None, ..(*user).clone() });
            let row = user.clone();
            let event = accounts.bus.prepare(&event);
            if !accounts.store.commit(vec![event], move |db| reset::apply(db, &row, &hash)).await? {
                return Ok(false);
            }
            accounts.edit().put((*user).clone());
            Ok(true)
        })
        .await
    }

    /// Kills a token at once and waits until that is kept; false if it was dead already. Times are seconds since the
    /// Unix epoch.
    pub async fn revoke(&self, jti: String, until: u64, now: u64) -> Result<bool> {
        // In memory first: a full disk must not keep a token alive.
        if !self.edit().revoke(jti.clone(), until, now) {
            return Ok(false);
        }
        let kept = self.store.begin(Vec::new(), move |db| store::revoke(db, &jti, until, now));
        kept.await.unwrap_or(Err(StoreError::Closed))?;
        Ok(true)
    }
}

/// A row of something that is not left without this user.
fn held(error: StoreError) -> IdentityError {
    match error {
        StoreError::Exists => IdentityError::Held("This user owns organisations. Delete them first.".to_owned()),
        other => IdentityError::Store(other),
    }
}

/// Runs a change to its end even if the caller goes away in between: memory must follow the disk.
pub async fn to_the_end<T: Send + 'static>(change: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(change).await.unwrap_or_else(|error| Err(IdentityError::Interrupted(error.to_string())))
}
