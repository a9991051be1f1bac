//! How many connections there may be, so that nobody takes all of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::limits::network;

/// Connections at a time.
const MOST: usize = 1_024;
/// Connections of one address at a time.
const MOST_EACH: usize = 256;

/// The open connections of the network, counted. Those of the Unix socket are not among them.
#[derive(Clone, Default)]
pub struct Crowd(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's place among them, given up when dropped.
pub struct Entry {
    crowd: Crowd,
    address: IpAddr,
}

impl Crowd {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more, if there is any.
    pub fn enter(&self, address: IpAddr) -> Option<Entry> {
        let address = network(address);
        let mut counts = self.lock();
        let own = counts.by_address.get(&address).copied().unwrap_or_default();
        if counts.all >= MOST || own >= MOST_EACH {
            return None;
        }
        counts.all += 1;
        counts.by_address.insert(address, own + 1);
        Some(Entry { crowd: self.clone(), address })
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut counts = self.crowd.lock();
        counts.all = counts.all.saturating_sub(1);
        let left = counts.by_address.get(&self.address).map_or(0, |own| own.saturating_sub(1));
        if left == 0 {
            counts.by_address.remove(&self.address);
        } else {
            counts.by_address.insert(self.address, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn one_address_does_not_take_all_places_and_gives_its_own_back() {
        let crowd = Crowd::default();
        let mut first: Vec<Entry> = (0..MOST_EACH).map(|_| crowd.enter(address(1)).expect("a place")).collect();
        assert!(crowd.enter(address(1)).is_none());
        let _other = crowd.enter(address(2)).expect("another address has its own");
        first.pop();
        assert!(crowd.enter(address(1)).is_some());
        drop(first);
        assert_eq!(crowd.lock().by_address.len(), 1, "who has gone is not kept");
    }

    #[test]
    fn all_addresses_together_have_a_limit_too() {
        let crowd = Crowd::default();
        let all: Vec<Entry> = (0..MOST).filter_map(|nth| crowd.enter(address((nth / 200) as u8))).collect();
        assert_eq!(all.len(), MOST);
        assert!(crowd.enter(address(200)).is_none());
        drop(all);
        assert!(crowd.enter(address(200)).is_some());
    }
}
