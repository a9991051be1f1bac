//! The newest events in memory, for viewers that were away for a moment.

use std::collections::VecDeque;
use std::sync::Arc;

use aether_protocol::{Class, Seq};

use crate::bus::Logged;

/// Events kept in memory for clients that were away for a moment, and what their JSON may take in all.
pub(crate) const RECENT: usize = 8_192;
pub(crate) const RECENT_BYTES: usize = 32 * 1024 * 1024;
/// The newest events, those of streams aside.
#[derive(Default)]
pub(crate) struct Recent {
    pub events: VecDeque<Arc<Logged>>,
    /// What their JSON takes.
    pub bytes: usize,
    /// The first number that was ever delivered here. What came before is for the log to know.
    pub first: Option<Seq>,
    /// The highest number that had to go.
    pub gone: Seq,
    /// The highest number that was delivered.
    pub newest: Seq,
}

impl Recent {
    pub fn push(&mut self, event: &Arc<Logged>) {
        self.first.get_or_insert(event.seq);
        self.newest = event.seq;
        if event.class == Class::Stream {
            return;
        }
        self.bytes += event.json.len();
        self.events.push_back(event.clone());
        while self.events.len() > RECENT || self.bytes > RECENT_BYTES {
            let Some(oldest) = self.events.pop_front() else { return };
            self.bytes -= oldest.json.len();
            self.gone = oldest.seq;
        }
    }

    /// What came after a number, if none of it had to go.
    pub fn after(&self, since: Seq) -> Option<Vec<Arc<Logged>>> {
        let from = self.events.partition_point(|event| event.seq <= since);
        (since >= self.gone).then(|| self.events.range(from..).cloned().collect())
    }
}
