//! Sockets that clients gave a name: a newer one of the same user takes the place of the older.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_base::Caller;
use aether_protocol::{SessionId, UserId};
use tokio_util::sync::CancellationToken;

use crate::Doors;

type Name = (UserId, String);

/// Which sockets have which names.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<Name, (SessionId, CancellationToken)>>);

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<Name, (SessionId, CancellationToken)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one socket, given up when dropped.
struct Place {
    doors: Arc<Doors>,
    name: Name,
    session: SessionId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.doors.sessions.lock();
        if places.get(&self.name).is_some_and(|(session, _)| *session == self.session) {
            places.remove(&self.name);
        }
    }
}

/// What a socket is called, and the place it has by that.
pub struct Seat {
    name: Option<String>,
    /// Cancelled when another socket takes the place, or the doors close.
    pub stop: CancellationToken,
    place: Option<Place>,
}

impl Seat {
    pub fn new(name: Option<String>, stop: CancellationToken) -> Seat {
        Seat { name: name.filter(|name| !name.is_empty()), stop, place: None }
    }

    /// Takes the place among the sockets of whoever has signed in. A stranger gets none: the next one could take it, and
    /// so end a socket on which somebody has signed in meanwhile.
    pub fn take(&mut self, doors: &Arc<Doors>, caller: &Caller, session: &SessionId) {
        let name = caller.user().cloned().zip(self.name.clone());
        if self.place.as_ref().map(|place| &place.name) == name.as_ref() {
            return;
        }
        self.place = None;
        if let Some(name) = name {
            let older = doors.sessions.lock().insert(name.clone(), (session.clone(), self.stop.clone()));
            if let Some((_, superseded)) = older {
                superseded.cancel();
            }
            self.place = Some(Place { doors: doors.clone(), name, session: session.clone() });
        }
    }
}
