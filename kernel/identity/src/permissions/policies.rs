//! Changes of policies: first on disk, then in memory, one after the other, whatever becomes of the caller.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use aether_base::bus::Bus;
use aether_protocol::domains::permission::{PermissionPolicy, event};
use aether_store::Store;
use tokio::sync::Mutex as AsyncMutex;

use super::error::{PermissionError, Result};
use super::store;
use super::verdict::Subject;

/// Policies of a kernel.
const MOST: usize = 4_096;

/// All policies in memory.
#[derive(Default)]
pub struct Book {
    by_id: HashMap<String, Arc<PermissionPolicy>>,
    by_subject: HashMap<Subject, BTreeMap<String, Arc<PermissionPolicy>>>,
}

impl Book {
    /// The policies that speak of this subject.
    pub fn about(&self, subject: &Subject) -> impl Iterator<Item = &PermissionPolicy> {
        self.by_subject.get(subject).into_iter().flat_map(BTreeMap::values).map(Arc::as_ref)
    }

    /// Every policy, in no order.
    pub fn all(&self) -> impl Iterator<Item = &PermissionPolicy> {
        self.by_id.values().map(Arc::as_ref)
    }

    fn put(&mut self, policy: PermissionPolicy) {
        let policy = Arc::new(policy);
        // One that an earlier version kept for a subject that is none speaks of nobody.
        if let Some(subject) = Subject::parse(&policy.subject) {
            self.by_subject.entry(subject).or_default().insert(policy.id.clone(), policy.clone());
        }
        self.by_id.insert(policy.id.clone(), policy);
    }

    fn remove(&mut self, id: &str) {
        let subject = self.by_id.remove(id).and_then(|policy| Subject::parse(&policy.subject));
        if let Some(subject) = subject
            && let Some(policies) = self.by_subject.get_mut(&subject)
        {
            policies.remove(id);
            if policies.is_empty() {
                self.by_subject.remove(&subject);
            }
        }
    }
}

/// The policies, on disk and in memory.
pub struct Policies {
    store: Arc<Store>,
    bus: Arc<Bus>,
    book: RwLock<Book>,
    turn: AsyncMutex<()>,
}

impl Policies {
    /// Reads what is kept.
    pub async fn load(store: Arc<Store>, bus: Arc<Bus>) -> Result<Arc<Policies>> {
        let mut book = Book::default();
        store.read(store::load).await?.into_iter().for_each(|policy| book.put(policy));
        Ok(Arc::new(Policies { store, bus, book: RwLock::new(book), turn: AsyncMutex::new(()) }))
    }

    pub fn read(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn edit(&self) -> RwLockWriteGuard<'_, Book> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a policy and tells so. One that says the same is answered as it is.
    pub async fn add(self: &Arc<Self>, policy: PermissionPolicy) -> Result<PermissionPolicy> {
        let policies = self.clone();
        to_the_end(async move {
            let _turn = policies.turn.lock().await;
            let same = |other: &&PermissionPolicy| {
                (&other.subject, &other.action, &other.resource, other.effect)
                    == (&policy.subject, &policy.action, &policy.resource, policy.effect)
            };
            let (known, count) = {
                let book = policies.read();
                (book.all().find(same).cloned(), book.by_id.len())
            };
            if let Some(known) = known {
                return Ok(known);
            }
            if count >= MOST {
                return Err(PermissionError::TooMany(count));
            }
            let granted = policies.bus.prepare(&event::Granted { policy: policy.clone() }.into());
            let row = policy.clone();
            policies.store.commit(vec![granted], move |db| store::insert(db, &row)).await?;
            policies.edit().put(policy.clone());
            Ok(policy)
        })
        .await
    }

    /// Takes policies away and tells so; those that are not there are left out. Answers how many there were.
    pub async fn remove(self: &Arc<Self>, ids: Vec<String>) -> Result<usize> {
        let policies = self.clone();
        to_the_end(async move {
            let _turn = policies.turn.lock().await;
            let ids: Vec<String> = {
                let book = policies.read();
                ids.into_iter().filter(|id| book.by_id.contains_key(id)).collect()
            };
            if ids.is_empty() {
                return Ok(0);
            }
            let revoked = |id: &String| policies.bus.prepare(&event::Revoked { policyId: id.clone() }.into());
            let (told, rows) = (ids.iter().map(revoked).collect(), ids.clone());
            policies.store.commit(told, move |db| store::delete(db, &rows)).await?;
            let mut book = policies.edit();
            ids.iter().for_each(|id| book.remove(id));
            Ok(ids.len())
        })
        .await
    }
}

/// Runs a change to its end even if the caller goes away in between: memory must follow the disk.
async fn to_the_end<T: Send + 'static>(change: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(change).await.unwrap_or_else(|error| Err(PermissionError::Interrupted(error.to_string())))
}
