//! What the screen knows: one slice a domain, fed by the kernel's events.
//!
//! What it owns: the newest copy of every entity this person may see. What it never does: fetch one again that events
//! keep current, or draw.

mod agents;
mod approvals;
mod ask;
mod connection;
mod feed;
mod files;
mod frame;
mod metrics;
mod notices;
mod preferences;
mod slice;
mod terminals;
mod trajectories;

use std::collections::VecDeque;

use aether_protocol::Pid;

pub use agents::{Agent, Agents, Standing, standing};
pub use approvals::Approvals;
pub use ask::{Ask, AskKind};
pub use connection::Connection;
pub use files::FileChanges;
pub use metrics::Metrics;
pub use notices::{About, Notice, Notices, Pops};
pub use preferences::{Kept, Preferences};
pub use slice::{Slice, Watch, use_select, use_slice};
pub use terminals::Terminals;
pub use trajectories::{Known, Track, Trajectories};

/// Every slice.
#[derive(Clone, Default)]
pub struct Store {
    pub connection: Slice<Connection>,
    pub agents: Slice<Agents>,
    /// Agents that wait for a place, in the order they will start.
    pub queue: Slice<VecDeque<Pid>>,
    pub approvals: Slice<Approvals>,
    pub trajectories: Trajectories,
    pub metrics: Slice<Metrics>,
    pub notices: Slice<Notices>,
    pub preferences: Preferences,
    pub files: FileChanges,
    pub terminals: Slice<Terminals>,
    /// Grows whenever a provider's key or models have changed.
    pub providers: Slice<u64>,
}

impl Store {
    /// Nobody is signed in any more. The next one may be somebody else, and is shown nothing of this one.
    pub(crate) fn sign_out(&self) {
        self.forget_person();
        self.connection.update(|connection| connection.user = None);
    }

    /// Forgets what belongs to the person who was signed in before.
    fn forget_person(&self) {
        self.agents.set(Agents::default());
        self.queue.set(VecDeque::new());
        self.approvals.set(Approvals::default());
        self.trajectories.clear();
        self.notices.update(Notices::clear);
        self.terminals.set(Terminals::default());
        self.preferences.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_next_person_is_shown_nothing_of_the_one_who_signed_out() {
        let store = Store::default();
        store.preferences.heard("theme", Some(json!("dark")), 9);
        store.notices.update(|notices| notices.add(About::Done { pid: Pid(7) }, "Coder is done".into(), "a".into(), 1));
        store.queue.update(|queue| queue.push_back(Pid(7)));
        store.sign_out();
        assert_eq!(*store.preferences.of("theme").get(), None);
        assert_eq!(store.notices.get().all().count(), 0);
        assert!(store.queue.get().is_empty() && store.connection.get().user.is_none());
    }
}
