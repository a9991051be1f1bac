//! The bus: every event gets a sequence number, is serialised once, and reaches only those who may see it.
//!
//! An event is prepared (serialised, its audience resolved), handed to the log, and delivered once the log has it.
//! Sequence numbers are given by the log in commit order, so a viewer's order is the order of what happened.

mod subscription;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use aether_protocol::domains::org::Permission;
use aether_protocol::{Class, Event, OrgId, Scopes, Seq, SessionId, UserId, Viewers};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::caller::{Caller, CallerKind};
use crate::meter::Metered;
use crate::ports::{Owner, Owners, Policy};
use crate::recent::Recent;

pub use subscription::Subscription;

/// Events a slow subscriber may lag behind before it catches up from the recent ones.
const CHANNEL: usize = 2_048;

/// Who may see one event, resolved when it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    User {
        user: UserId,
        org: Option<OrgId>,
    },
    /// One user and nobody else, not even an administrator: what means something on that user's screens only.
    Private(UserId),
    Org(OrgId, Permission),
    /// These users: the members of an organisation when it happened, whatever becomes of it.
    Users(Vec<UserId>),
    Session(SessionId),
    /// Every signed-in user.
    Everyone,
    Admins,
    Nobody,
}

/// An event on its way to the log.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub wire: &'static str,
    pub class: Class,
    pub audience: Audience,
    /// `{"type": ..., ...fields}`, without a sequence number.
    pub json: Arc<str>,
}

/// An event the log has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    pub seq: Seq,
    pub wire: String,
    pub class: Class,
    pub audience: Audience,
    pub json: Arc<str>,
}

impl Logged {
    /// True if an API token with these scopes may see it.
    pub fn is_within(&self, scopes: &Scopes) -> bool {
        #[derive(Deserialize)]
        struct Entity {
            kind: String,
        }
        let kind = (self.wire == "entity.changed").then(|| serde_json::from_str::<Entity>(&self.json).ok());
        let kind = kind.map(|entity| entity.map_or_else(String::new, |entity| entity.kind));
        scopes.sees(&self.wire, kind.as_deref())
    }
}

/// Keeps events durably and gives them their sequence numbers; `kernel/store` implements it.
pub trait EventLog: Send + Sync {
    /// Takes events; they come back by [`Bus::deliver`] in the order they were committed.
    fn append(&self, events: Vec<Prepared>);
}

/// Who looks: resolved from a caller once, when it subscribes.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub user: Option<UserId>,
    pub admin: bool,
    pub session: Option<SessionId>,
}

impl Viewer {
    pub fn of(caller: &Caller) -> Self {
        let user = match &caller.kind {
            CallerKind::User { user, .. } => Some(user.clone()),
            CallerKind::Anonymous | CallerKind::Agent { .. } | CallerKind::Kernel => None,
        };
        Viewer { user, admin: caller.is_admin(), session: caller.session.clone() }
    }
}

/// The bus.
pub struct Bus {
    owners: OnceLock<Arc<dyn Owners>>,
    policy: OnceLock<Arc<dyn Policy>>,
    log: OnceLock<Arc<dyn EventLog>>,
    recent: Mutex<Recent>,
    sender: broadcast::Sender<Arc<Logged>>,
    stream_viewers: AtomicUsize,
    /// Connections that are told as events what a command answered them.
    told: Mutex<HashSet<SessionId>>,
    /// Counts what is delivered.
    pub metered: Metered,
}

impl Default for Bus {
    fn default() -> Self {
        Bus {
            owners: OnceLock::new(),
            policy: OnceLock::new(),
            log: OnceLock::new(),
            recent: Mutex::default(),
            sender: broadcast::channel(CHANNEL).0,
            stream_viewers: AtomicUsize::new(0),
            told: Mutex::default(),
            metered: Metered::default(),
        }
    }
}

impl Bus {
    /// Gives the bus its log. It exists before the log does, because the log delivers to it.
    pub fn attach_log(&self, log: Arc<dyn EventLog>) {
        let _ = self.log.set(log);
    }

    /// Gives the bus those who know what belongs to whom. Until then events are for administrators.
    pub fn attach_authority(&self, owners: Arc<dyn Owners>, policy: Arc<dyn Policy>) {
        let _ = self.owners.set(owners);
        let _ = self.policy.set(policy);
    }

    /// Serialises an event and resolves who may see it.
    pub fn prepare(&self, event: &Event) -> Prepared {
        self.prepare_for(event, None)
    }

    fn prepare_for(&self, event: &Event, session: Option<&SessionId>) -> Prepared {
        let audience = match (event.viewers(), session) {
            (_, Some(session)) => Audience::Session(session.clone()),
            (Viewers::Owner(kind, id), None) => {
                let owner = self.owners.get().map(|owners| owners.owner(&Caller::kernel(), kind, &id));
                match owner {
                    Some(Owner::User { user, org }) => Audience::User { user, org },
                    Some(Owner::Org(org)) => Audience::Org(org, Permission::OrgView),
                    Some(Owner::Everyone) => Audience::Everyone,
                    Some(Owner::Kernel | Owner::Missing) | None => Audience::Admins,
                }
            }
            (Viewers::User(user), None) => Audience::User { user, org: None },
            (Viewers::Org(org, permission), None) => Audience::Org(org, permission),
            (Viewers::Everyone, None) => Audience::Everyone,
            (Viewers::Admins, None) => Audience::Admins,
            (Viewers::Requester | Viewers::Nobody, None) => Audience::Nobody,
        };
        Bus::prepare_to(event, audience)
    }

    /// Serialises an event for an audience its publisher knows.
    pub fn prepare_to(event: &Event, audience: Audience) -> Prepared {
        Prepared { wire: event.wire(), class: event.class(), audience, json: event.json().into() }
    }

    /// Publishes an event that belongs to no transaction of its own.
    pub fn publish(&self, event: impl Into<Event>) {
        self.append(vec![self.prepare(&event.into())]);
    }

    /// True if this connection is of the older kind, which wants its answers as events too.
    pub fn tells(&self, session: &SessionId) -> bool {
        self.told().contains(session)
    }

    /// Publishes an event to one connection only.
    pub fn publish_to(&self, session: &SessionId, event: &Event) {
        let mut prepared = self.prepare_for(event, Some(session));
        prepared.class = Class::Stream;
        self.append(vec![prepared]);
    }

    /// Hands prepared events to the log.
    pub fn append(&self, events: Vec<Prepared>) {
        if let Some(log) = self.log.get() {
            log.append(events);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self) -> MutexGuard<'_, HashSet<SessionId>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called by the log, in order, once it has the events.
    pub fn deliver(&self, events: Vec<Logged>) {
        self.metered.tell(|meter| events.iter().for_each(|event| meter.event(event)));
        let mut recent = self.kept();
        for event in events {
            let event = Arc::new(event);
            recent.push(&event);
            // No receiver is no error: nobody is looking.
            let _ = self.sender.send(event);
        }
    }

    /// Looks on from now on.
    pub fn subscribe(self: &Arc<Self>, viewer: Viewer) -> Subscription {
        // Held, so that nothing is delivered between the two.
        let recent = self.kept();
        Subscription::new(self.clone(), self.sender.subscribe(), viewer, recent.newest)
    }

    /// True if anybody looks on at all.
    pub fn has_viewers(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// True if somebody takes streams as events. Where nobody does, their sources need not write any.
    pub fn wants_streams(&self) -> bool {
        self.stream_viewers.load(Ordering::Relaxed) > 0
    }

    /// What the viewer missed since a sequence number, if memory still has all of it.
    pub fn recent(&self, viewer: &Viewer, since: Seq) -> Option<Vec<Arc<Logged>>> {
        let recent = self.kept();
        recent.first.filter(|first| since.0 + 1 >= first.0)?;
        let missed = recent.after(since)?;
        drop(recent);
        Some(missed.into_iter().filter(|event| self.visible(&event.audience, viewer)).collect())
    }

    /// True if the viewer may see events of this audience.
    pub fn visible(&self, audience: &Audience, viewer: &Viewer) -> bool {
        let org_allows = |org: &OrgId, permission| {
            viewer
                .user
                .as_ref()
                .is_some_and(|user| self.policy.get().is_some_and(|policy| policy.org_allows(user, org, permission)))
        };
        match audience {
            Audience::Nobody => false,
            Audience::Session(session) => viewer.session.as_ref() == Some(session),
            Audience::Private(user) => viewer.user.as_ref() == Some(user),
            _ if viewer.admin => true,
            Audience::Admins => false,
            Audience::Everyone => viewer.user.is_some(),
            Audience::User { user, org } => {
                viewer.user.as_ref() == Some(user)
                    || org.as_ref().is_some_and(|org| org_allows(org, Permission::AgentsView))
            }
            Audience::Org(org, permission) => org_allows(org, *permission),
            Audience::Users(users) => viewer.user.as_ref().is_some_and(|user| users.contains(user)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recent::{RECENT, RECENT_BYTES};

    fn deliver(bus: &Bus, seqs: std::ops::RangeInclusive<u64>, class: Class, bytes: usize) {
        let json: Arc<str> = "x".repeat(bytes).into();
        let event = |seq| Logged {
            seq: Seq(seq),
            wire: "test.event".into(),
            class,
            audience: Audience::Everyone,
            json: json.clone(),
        };
        bus.deliver(seqs.map(event).collect());
    }

    fn viewer() -> Viewer {
        Viewer { user: Some("ada".into()), admin: false, session: None }
    }

    #[tokio::test]
    async fn a_subscriber_that_lags_gets_what_memory_has() {
        let bus = Arc::new(Bus::default());
        deliver(&bus, 101..=110, Class::Journal, 2);
        let mut seen = bus.subscribe(viewer());
        deliver(&bus, 111..=110 + RECENT as u64, Class::Live, 2);
        for seq in 111..=110 + RECENT as u64 {
            assert_eq!(seen.next().await.expect("an event").seq, Seq(seq));
        }
    }

    #[tokio::test]
    async fn a_subscriber_that_lost_events_is_told_so_for_good() {
        let bus = Arc::new(Bus::default());
        let mut seen = bus.subscribe(viewer());
        deliver(&bus, 1..=RECENT as u64 + 1, Class::Live, 2);
        assert_eq!(seen.next().await, None);
        deliver(&bus, RECENT as u64 + 2..=RECENT as u64 + 2, Class::Live, 2);
        assert_eq!(seen.next().await, None);
        assert!(bus.subscribe(viewer()).last == Seq(RECENT as u64 + 2), "the next one begins with what is new");
    }

    #[test]
    fn what_is_private_is_not_an_administrators_either() {
        let bus = Bus::default();
        let private = Audience::Private("ada".into());
        assert!(bus.visible(&private, &viewer()));
        for other in [Some("root"), None] {
            let admin = Viewer { user: other.map(UserId::from), admin: true, session: None };
            assert!(!bus.visible(&private, &admin));
        }
    }

    #[test]
    fn what_is_told_to_some_is_not_told_to_others() {
        let bus = Bus::default();
        let told = Audience::Users(vec!["bob".into(), "ada".into()]);
        assert!(bus.visible(&told, &viewer()));
        assert!(!bus.visible(&Audience::Users(vec!["bob".into()]), &viewer()));
        assert!(!bus.visible(&told, &Viewer { user: None, ..viewer() }));
        assert!(bus.visible(&told, &Viewer { user: Some("root".into()), admin: true, session: None }));
    }

    #[test]
    fn memory_knows_how_far_back_it_reaches() {
        let bus = Bus::default();
        assert_eq!(bus.recent(&viewer(), Seq(100)), None, "what was before it began is not its to say");
        deliver(&bus, 101..=103, Class::Stream, 2);
        assert_eq!(bus.recent(&viewer(), Seq(99)), None);
        assert_eq!(bus.recent(&viewer(), Seq(100)), Some(Vec::new()), "streams are not replayed");
        deliver(&bus, 104..=105, Class::Journal, 2);
        assert_eq!(bus.recent(&viewer(), Seq(104)).map(|missed| missed.len()), Some(1));
    }

    #[test]
    fn memory_is_bounded_by_bytes() {
        let bus = Bus::default();
        let quarter = RECENT_BYTES / 4;
        deliver(&bus, 1..=6, Class::Journal, quarter);
        assert_eq!(bus.kept().bytes, RECENT_BYTES);
        assert_eq!(bus.recent(&viewer(), Seq(1)), None);
        assert_eq!(bus.recent(&viewer(), Seq(2)).map(|missed| missed.len()), Some(4));
        deliver(&bus, 7..=7, Class::Journal, RECENT_BYTES + 1);
        assert_eq!(bus.kept().bytes, 0);
        assert_eq!(bus.recent(&viewer(), Seq(6)), None);
        assert_eq!(bus.recent(&viewer(), Seq(7)), Some(Vec::new()));
    }
}
