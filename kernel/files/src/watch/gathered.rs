//! Reports that are gathered for a moment, so that a burst becomes one event for each path.

use std::collections::HashMap;

use aether_protocol::domains::fs::ChangeType;

use super::{Report, Shared, State, TOLD};
use crate::path::{TEMPORARY, split_last};
use crate::places::Key;

/// What happened to each path within a moment, in the order it began.
#[derive(Default)]
pub struct Gathered {
    pub order: Vec<Key>,
    pub changes: HashMap<Key, ChangeType>,
    pub lost: bool,
}

impl Gathered {
    pub fn add(&mut self, shared: &Shared, report: Report) {
        let (watch, rel, change) = match report {
            Report::Changed { watch, rel, change } => (watch, rel, change),
            Report::Gone(watch) => return shared.gone(watch),
            Report::Settled(mark) => return shared.state().settle(mark),
            Report::Lost => {
                self.lost = true;
                return;
            }
        };
        if split_last(&rel).1.starts_with(TEMPORARY) || self.order.len() > TOLD {
            return;
        }
        let state = shared.state();
        let Some(key) = state.keys.get(&watch).map(|(_, base)| base.below(&rel)) else { return };
        if is_echo(&state, &key) {
            return;
        }
        drop(state);
        let merged = match (self.changes.get(&key), change) {
            (None, change) => {
                self.order.push(key.clone());
                change
            }
            (Some(ChangeType::Create), ChangeType::Modify) => ChangeType::Create,
            (Some(ChangeType::Delete), ChangeType::Create) => ChangeType::Modify,
            (Some(_), change) => change,
        };
        self.changes.insert(key, merged);
    }
}

/// True if a command of this kernel is at the path, or at a directory above it, or its reports are still to come.
fn is_echo(state: &State, key: &Key) -> bool {
    if state.touched.is_empty() {
        return false;
    }
    let mut above = key.clone();
    loop {
        if state.touched.contains_key(&above) {
            return true;
        }
        match above.path.rfind('/') {
            Some(end) if end > 0 => above.path.truncate(end),
            Some(_) | None => return false,
        }
    }
}
