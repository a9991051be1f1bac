//! Webhooks: addresses we tell of events, and addresses of ours that start agents.
//!
//! What it owns: registrations, the queue of deliveries and its retries, the log of attempts, the dead letters, and the
//! tokens by which others call.
//! What it never does: decide who may see an event (the bus does), start an agent past the gate, deliver to a machine that
//! was not checked, or show a secret again.

mod address;
mod api;
mod calls;
mod dead;
mod deliver;
mod error;
mod feed;
mod inbound;
mod known;
mod lane;
mod matching;
mod outbound;
pub mod ports;
mod rules;
mod schedule;
mod sender;
mod sign;
mod store;
mod template;
mod turns;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_base::bus::{Audience, Bus, Prepared};
use aether_base::ports::Owner;
use aether_base::window::Windows;
use aether_base::{Caller, CallerKind, Clock};
use aether_protocol::{Event, UserId};
use aether_store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use api::WebhookApi;
pub use error::WebhookError;
pub use sender::{HttpSender, Outcome, Post, Sender};
pub use store::MIGRATIONS;

use error::Result;
use known::{Hook, Known};
use ports::{Agents, People, Sealing};

/// How webhooks behave.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// True lets deliveries go to machines that are not on the public internet.
    pub allow_private: bool,
    /// False takes any number of calls.
    pub rate_limit: bool,
}

/// What webhooks are made of.
pub struct Parts {
    pub store: Arc<Store>,
    pub bus: Arc<Bus>,
    pub clock: Arc<dyn Clock>,
    pub people: Arc<dyn People>,
    pub sealing: Arc<dyn Sealing>,
    pub agents: Arc<dyn Agents>,
    pub sender: Arc<dyn Sender>,
    pub settings: Settings,
}

/// Everybody's webhooks.
pub struct Webhooks {
    parts: Parts,
    known: Mutex<Known>,
    /// The number of the last event that was looked at.
    cursor: AtomicU64,
    /// Calls of each address of ours in the last minute.
    calls: Windows<String>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Webhooks {
    /// Reads what there is. Nothing is delivered before [`Webhooks::start`].
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn open(parts: Parts) -> Result<Arc<Webhooks>> {
        let newest = parts.store.seq().0;
        let (rows, dead, inbound, cursor) = parts
            .store
            .write(move |db| {
                let cursor = store::cursor(db, newest)?;
                Ok((store::hooks::load(db)?, store::dlq::ids(db)?, store::inbound::load(db)?, cursor))
            })
            .await?;
        let mut known = Known::default();
        for (record, sealed) in rows {
            let hook = Hook::opened(record, &sealed, &*parts.sealing);
            known.hooks.insert(hook.record.id.clone(), hook);
        }
        known.dead = dead.into_iter().collect();
        for (row, sealed) in inbound {
            known.put_inbound(inbound::Inbound::opened(row, sealed.as_deref(), &*parts.sealing));
        }
        Ok(Arc::new(Webhooks {
            parts,
            known: Mutex::new(known),
            cursor: AtomicU64::new(cursor),
            calls: Windows::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }))
    }

    /// Begins to deliver: what waits from before, what happened while the kernel was away, and what happens from now on.
    pub fn start(self: &Arc<Self>) {
        let hooks: Vec<Hook> = self.known().hooks.values().cloned().collect();
        hooks.iter().for_each(|hook| self.open_lane(hook));
        self.tasks.spawn(self.clone().feed());
    }

    /// Stops delivering. What is under way is cut off, and made after the next start.
    pub async fn shut_down(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.keep_cursor().await;
    }

    /// Lets go of what a deleted user had; its rows went with it.
    pub fn departed(&self, user: &UserId) {
        self.known().forget_user(user);
    }

    /// Whose webhook it is. Answers from memory.
    pub fn owner(&self, id: &str) -> Owner {
        owner_of(self.known().hooks.get(id).map(|hook| &hook.record.owner))
    }

    /// Whose address of ours it is. Answers from memory.
    pub fn inbound_owner(&self, id: &str) -> Owner {
        owner_of(self.known().inbound.get(id).map(|inbound| &inbound.row.owner))
    }

    /// Whose dead letter it is. Answers from memory.
    pub fn dead_letter_owner(&self, id: &str) -> Owner {
        let known = self.known();
        owner_of(known.dead.get(id).and_then(|hook| known.hooks.get(hook)).map(|hook| &hook.record.owner))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        self.parts.clock.now_ms()
    }

    /// Whom a new webhook is for: the caller, or whom an administrator names.
    fn for_whom(&self, caller: &Caller, named: Option<String>) -> Result<UserId> {
        let user = person(caller)?;
        // Older clients say `root` where they mean themselves.
        match named.filter(|named| caller.is_admin() && !named.is_empty() && named != "root") {
            Some(named) => {
                let found = self.parts.people.find(&named);
                found.ok_or_else(|| WebhookError::NoSuchUser(named.chars().take(64).collect()))
            }
            None => Ok(user),
        }
    }
}

/// Whose webhooks a caller gets to see: `None` means everybody's.
fn whose(caller: &Caller, named: Option<String>) -> Result<Option<UserId>> {
    let user = person(caller)?;
    Ok(if caller.is_admin() { named.map(UserId) } else { Some(user) })
}

/// The user who calls in person. An agent has none: a webhook leads out of its sandbox, and its owner was not asked.
fn person(caller: &Caller) -> Result<UserId> {
    match &caller.kind {
        CallerKind::User { user, .. } => Ok(user.clone()),
        CallerKind::Agent { .. } | CallerKind::Kernel | CallerKind::Anonymous => Err(WebhookError::NotAPerson),
    }
}

fn owner_of(user: Option<&UserId>) -> Owner {
    user.map_or(Owner::Missing, |user| Owner::user(user.clone()))
}

/// An event for the owner of what it tells of.
fn told(owner: &UserId, event: impl Into<Event>) -> Prepared {
    Bus::prepare_to(&event.into(), Audience::User { user: owner.clone(), org: None })
}

#[cfg(test)]
mod tests;
