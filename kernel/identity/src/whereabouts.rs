//! Where connections come from, for as long as they are open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_protocol::SessionId;

/// The addresses of open connections. Those of the local doors are not among them.
#[derive(Clone, Default)]
pub struct Whereabouts(Arc<Mutex<HashMap<SessionId, IpAddr>>>);

/// A connection is where it was said to be until this is dropped.
pub struct Presence {
    all: Whereabouts,
    session: SessionId,
}

impl Whereabouts {
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, IpAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn enter(&self, session: &SessionId, address: IpAddr) -> Presence {
        self.lock().insert(session.clone(), address);
        Presence { all: self.clone(), session: session.clone() }
    }

    pub fn of(&self, session: &SessionId) -> Option<IpAddr> {
        self.lock().get(session).copied()
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.all.lock().remove(&self.session);
    }
}
