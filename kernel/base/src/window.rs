//! Sliding windows: how much one key may do in any minute.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The window that slides.
pub const WINDOW: Duration = Duration::from_secs(60);
/// Keys remembered before those that went quiet are dropped.
const KEYS: usize = 4_096;

/// Counts uses by key.
#[derive(Debug)]
pub struct Windows<K>(Mutex<Kept<K>>);

#[derive(Debug)]
struct Kept<K> {
    uses: HashMap<K, VecDeque<Instant>>,
    /// Keys at which those that went quiet are looked for: twice those that had not, so that a crowd that stays costs
    /// each of its uses no look at all the others.
    most: usize,
}

impl<K> Default for Windows<K> {
    fn default() -> Self {
        Windows(Mutex::new(Kept { uses: HashMap::new(), most: KEYS }))
    }
}

impl<K: Eq + Hash> Windows<K> {
    /// Counts one use if there were fewer than `most` in the window before `now`.
    ///
    /// # Errors
    /// Whole seconds, at least one, until the next use will be counted.
    pub fn admit(&self, key: K, most: usize, now: Instant) -> Result<(), u64> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.uses.len() >= kept.most {
            kept.uses.retain(|_, uses| uses.back().is_some_and(|last| now.duration_since(*last) < WINDOW));
            kept.most = KEYS.max(2 * kept.uses.len());
        }
        let uses = kept.uses.entry(key).or_default();
        while uses.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            uses.pop_front();
        }
        if uses.len() < most {
            uses.push_back(now);
            return Ok(());
        }
        let free = uses.front().map_or(WINDOW, |first| WINDOW.saturating_sub(now.duration_since(*first)));
        Err(u64::try_from(free.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides_and_says_when_to_come_back() {
        let windows = Windows::default();
        let start = Instant::now();
        for second in 0..120 {
            windows.admit("ada", 120, start + Duration::from_millis(second * 100)).expect("admitted");
        }
        assert_eq!(windows.admit("ada", 120, start + Duration::from_secs(20)), Err(40));
        windows.admit("bob", 120, start + Duration::from_secs(20)).expect("another key");
        windows.admit("ada", 120, start + WINDOW).expect("the first one is a minute old");
        assert_eq!(windows.admit("ada", 120, start + WINDOW), Err(1), "the second is not");
    }

    #[test]
    fn quiet_keys_are_forgotten() {
        let windows = Windows::default();
        let start = Instant::now();
        for n in 0..KEYS {
            windows.admit(n, 1, start).expect("admitted");
        }
        windows.admit(KEYS, 1, start + WINDOW).expect("admitted");
        assert_eq!(windows.0.lock().expect("the windows").uses.len(), 1);
    }

    #[test]
    fn a_crowd_that_stays_is_not_looked_through_at_every_use() {
        let windows = Windows::default();
        let start = Instant::now();
        for n in 0..=KEYS {
            windows.admit(n, 1, start).expect("admitted");
        }
        assert_eq!(windows.0.lock().expect("the windows").most, 2 * KEYS);
        for n in KEYS..=2 * KEYS {
            windows.admit(n + 1, 1, start + WINDOW).expect("admitted");
        }
        let kept = windows.0.lock().expect("the windows");
        assert!(kept.uses.len() <= KEYS + 1 && kept.most <= 2 * (KEYS + 1), "{} {}", kept.uses.len(), kept.most);
    }
}
