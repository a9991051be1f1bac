//! Where connections come from, for as long as they are open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_protocol::SessionId;

/// Characters that are kept of what a client calls itself.
const AGENT: usize = 256;

/// Where a client is, and what it calls itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub address: IpAddr,
    pub agent: Option<String>,
}

impl Origin {
    /// `agent` is what the head of its request says, if it says anything.
    pub fn new(address: IpAddr, agent: Option<&str>) -> Origin {
        let kept = |agent: &str| agent.chars().filter(|letter| !letter.is_control()).take(AGENT).collect::<String>();
        Origin { address, agent: agent.map(kept).filter(|agent| !agent.is_empty()) }
    }
}

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Origin {
        Origin { address, agent: None }
    }
}

/// The origins of open connections. Those of the local doors are not among them.
#[derive(Clone, Default)]
pub struct Whereabouts(Arc<Mutex<HashMap<SessionId, Origin>>>);

/// A connection is where it was said to be until this is dropped.
pub struct Presence {
    all: Whereabouts,
    session: SessionId,
}

impl Whereabouts {
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Origin>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn enter(&self, session: &SessionId, origin: Origin) -> Presence {
        self.lock().insert(session.clone(), origin);
        Presence { all: self.clone(), session: session.clone() }
    }

    pub fn of(&self, session: &SessionId) -> Option<Origin> {
        self.lock().get(session).cloned()
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.all.lock().remove(&self.session);
    }
}
