//! What one viewer sees of the bus, in order and without a gap.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use aether_protocol::{Scopes, Seq};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::{Bus, Logged, Viewer};

/// A viewer's place in the stream of events.
pub struct Subscription {
    bus: Arc<Bus>,
    receiver: broadcast::Receiver<Arc<Logged>>,
    viewer: Viewer,
    /// What an API token is narrowed to.
    scopes: Option<Arc<Scopes>>,
    pub(super) last: Seq,
    backlog: VecDeque<Arc<Logged>>,
    takes_streams: bool,
    /// Events it should have had are nowhere any more.
    fell_behind: bool,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if self.takes_streams {
            self.bus.stream_viewers.fetch_sub(1, Ordering::Relaxed);
            if let Some(session) = &self.viewer.session {
                self.bus.told().remove(session);
            }
        }
    }
}

impl Subscription {
    /// Sees what comes after `last`.
    pub(super) fn new(
        bus: Arc<Bus>,
        receiver: broadcast::Receiver<Arc<Logged>>,
        viewer: Viewer,
        last: Seq,
    ) -> Subscription {
        Subscription {
            bus,
            receiver,
            viewer,
            scopes: None,
            last,
            backlog: VecDeque::new(),
            takes_streams: false,
            fell_behind: false,
        }
    }

    /// Skips what is not newer than `seq`: it came with a replay or a snapshot.
    pub fn skip_to(&mut self, seq: Seq) {
        self.last = self.last.max(seq);
    }

    /// Takes terminal output, and what commands answered to this connection, as events: older clients need both.
    pub fn take_streams(&mut self) {
        if !self.takes_streams {
            self.takes_streams = true;
            self.bus.stream_viewers.fetch_add(1, Ordering::Relaxed);
            self.bus.told().extend(self.viewer.session.clone());
        }
    }

    /// Who looks. A connection that signs in changes it.
    pub fn set_viewer(&mut self, viewer: Viewer) {
        self.viewer = viewer;
    }

    /// Sees only what these scopes let through.
    pub fn narrow(&mut self, scopes: Option<Arc<Scopes>>) {
        self.scopes = scopes;
    }

    /// The next event this viewer may see. `None`, then and ever after, once it has fallen so far behind that some are
    /// lost, or when the kernel closes: whoever looks on has to begin anew. Cancel safe.
    pub async fn next(&mut self) -> Option<Arc<Logged>> {
        loop {
            if let Some(event) = self.take_backlog() {
                return Some(event);
            }
            if self.fell_behind {
                return None;
            }
            match self.receiver.recv().await {
                Ok(event) => {
                    if self.is_news(&event) {
                        return Some(event);
                    }
                }
                Err(RecvError::Lagged(_)) => {
                    let missed = self.bus.kept().after(self.last);
                    self.fell_behind = missed.is_none();
                    self.backlog.extend(missed.into_iter().flatten());
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn take_backlog(&mut self) -> Option<Arc<Logged>> {
        while let Some(event) = self.backlog.pop_front() {
            if self.is_news(&event) {
                return Some(event);
            }
        }
        None
    }

    fn is_news(&mut self, event: &Logged) -> bool {
        if event.seq <= self.last {
            return false;
        }
        self.last = event.seq;
        self.bus.visible(&event.audience, &self.viewer)
            && self.scopes.as_ref().is_none_or(|scopes| event.is_within(scopes))
    }
}
