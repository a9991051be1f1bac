//! The processes that are there, and what clients see of each, which is written once until the process changes.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aether_protocol::domains::process::ProcessInfo;
use aether_protocol::encoded::Encoded;
use aether_protocol::{Pid, WireError};

use crate::table::Entry;

/// Entries by pid. Whoever is given one to change it makes what was written of it void.
#[derive(Debug, Default)]
pub struct Entries(BTreeMap<Pid, Kept>);

#[derive(Debug)]
struct Kept {
    entry: Entry,
    shown: OnceLock<Encoded<ProcessInfo>>,
}

impl Kept {
    fn change(&mut self) -> &mut Entry {
        self.shown.take();
        &mut self.entry
    }
}

impl Entries {
    pub fn get(&self, pid: &Pid) -> Option<&Entry> {
        self.0.get(pid).map(|kept| &kept.entry)
    }

    pub fn get_mut(&mut self, pid: &Pid) -> Option<&mut Entry> {
        self.0.get_mut(pid).map(Kept::change)
    }

    pub fn insert(&mut self, entry: Entry) -> &mut Entry {
        let kept = self.0.entry(entry.record.pid).insert_entry(Kept { entry, shown: OnceLock::new() });
        &mut kept.into_mut().entry
    }

    pub fn remove(&mut self, pid: &Pid) -> Option<Entry> {
        self.0.remove(pid).map(|kept| kept.entry)
    }

    pub fn contains_key(&self, pid: &Pid) -> bool {
        self.0.contains_key(pid)
    }

    pub fn keys(&self) -> impl Iterator<Item = &Pid> {
        self.0.keys()
    }

    pub fn values(&self) -> impl Iterator<Item = &Entry> {
        self.0.values().map(|kept| &kept.entry)
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.0.values_mut().map(Kept::change)
    }

    /// For changes of what clients see nothing of: what was written stays good.
    pub fn unseen_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.0.values_mut().map(|kept| &mut kept.entry)
    }

    /// What clients see of those that are meant.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub fn shown(&self, meant: impl Fn(&Entry) -> bool) -> Result<Vec<Encoded<ProcessInfo>>, WireError> {
        let meant = self.0.values().filter(|kept| meant(&kept.entry));
        let show = |kept: &Kept| match kept.shown.get() {
            Some(shown) => Ok(shown.clone()),
            None => Encoded::of(&kept.entry.info()).map(|shown| kept.shown.get_or_init(|| shown).clone()),
        };
        meant.map(show).collect()
    }
}

#[cfg(test)]
impl std::ops::Index<&Pid> for Entries {
    type Output = Entry;

    fn index(&self, pid: &Pid) -> &Entry {
        &self.0[pid].entry
    }
}

impl FromIterator<Entry> for Entries {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Entries {
        let mut all = Entries::default();
        entries.into_iter().for_each(|entry| {
            all.insert(entry);
        });
        all
    }
}
