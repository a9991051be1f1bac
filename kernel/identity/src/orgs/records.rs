//! Changes of organisations: first on disk, then in memory, one after the other, whatever becomes of the caller.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aether_base::bus::{Audience, Bus, Prepared};
use aether_base::clock::now_ms;
use aether_protocol::{Event, UserId};
use aether_store::{Store, StoreError};
use tokio::sync::Mutex as AsyncMutex;

use super::directory::{Directory, Edit};
use super::error::{OrgError, Result};
use super::{entities, store};

/// What became of a change that was asked for.
pub struct Outcome<T> {
    /// Absent if it is so already.
    pub edit: Option<Edit>,
    /// What is told, and to whom beside the kernel's administrators.
    pub told: Option<(Event, Vec<UserId>)>,
    pub answer: T,
}

/// The organisations, on disk and in memory.
pub struct Records {
    store: Arc<Store>,
    bus: Arc<Bus>,
    directory: RwLock<Directory>,
    turn: AsyncMutex<()>,
    /// Of the newest entity that was told.
    rev: AtomicU64,
}

impl Records {
    /// Reads what is kept.
    pub async fn load(store: Arc<Store>, bus: Arc<Bus>) -> Result<Arc<Records>> {
        let directory = store.read(store::load).await?;
        let directory = RwLock::new(directory);
        Ok(Arc::new(Records { store, bus, directory, turn: AsyncMutex::new(()), rev: AtomicU64::new(0) }))
    }

    pub fn read(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, edit: Edit) {
        self.directory.write().unwrap_or_else(PoisonError::into_inner).apply(edit);
    }

    /// Changes what is kept, and tells so. `judge` sees it as it is, and nobody else changes anything until what it made
    /// of it is kept.
    pub async fn change<T, F>(self: &Arc<Self>, judge: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Directory) -> Result<Outcome<T>> + Send + 'static,
    {
        let records = self.clone();
        let change = async move {
            let _turn = records.turn.lock().await;
            let Outcome { edit, told, answer } = judge(&records.read())?;
            if let Some(edit) = edit {
                let mut events: Vec<Prepared> =
                    told.map(|(event, users)| Bus::prepare_to(&event, Audience::Users(users))).into_iter().collect();
                events.extend(records.entities(&edit));
                let row = edit.clone();
                let kept = records.store.commit(events, move |db| store::apply(db, &row)).await;
                kept.map_err(gone)?;
                records.apply(edit);
            }
            Ok(answer)
        };
        tokio::spawn(change).await.unwrap_or_else(|error| Err(OrgError::Interrupted(error.to_string())))
    }

    /// What a change leaves, whole, for who was there before it. Called once a turn, so that the later change is the newer.
    fn entities(&self, edit: &Edit) -> Vec<Prepared> {
        // By the clock, so that it is newer than any of an earlier run.
        let rev = now_ms().max(self.rev.load(Ordering::Relaxed) + 1);
        self.rev.store(rev, Ordering::Relaxed);
        let users = entities::concerned(&self.read(), edit);
        let changed = entities::of(edit, rev).into_iter();
        changed.map(|entity| Bus::prepare_to(&entity.into(), Audience::Users(users.clone()))).collect()
    }

    /// Forgets a user who is gone, whose rows have gone with it, and tells those who stay.
    pub async fn departed(&self, user: &UserId) {
        let _turn = self.turn.lock().await;
        let left: Vec<_> = self.read().orgs_of(user).map(|entry| (entry.org.id.clone(), entry.users())).collect();
        for (org, users) in left {
            let edit = Edit::DropMember(org.clone(), user.clone());
            let entities = self.entities(&edit);
            self.apply(edit);
            let removed =
                aether_protocol::domains::org::event::MemberRemoved { orgId: org, userId: user.clone() }.into();
            let mut events = vec![Bus::prepare_to(&removed, Audience::Users(users))];
            events.extend(entities);
            self.bus.append(events);
        }
    }
}

/// A row of nobody breaks a rule of the tables: the user was deleted meanwhile.
fn gone(error: StoreError) -> OrgError {
    match error {
        StoreError::Exists => OrgError::NoSuchUser,
        other => OrgError::Store(other),
    }
}
