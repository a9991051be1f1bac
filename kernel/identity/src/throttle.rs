//! Slows down guessing at one account: after some failures in a row, the next attempt has to wait, longer each time.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::whereabouts::Origin;

/// Failures in a row from one place that cost nothing.
const FREE: u32 = 5;
/// Failures in a row from all addresses together that cost nothing. Far more, because whoever fails here keeps the
/// account's own user waiting, too.
const FREE_TOGETHER: u32 = 100;
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);
/// Without another failure for this long, an account starts afresh.
const FORGET: Duration = Duration::from_secs(15 * 60);
/// Failures remembered. Names of nobody count too, so that waiting does not tell which users there are.
const MOST: usize = 10_000;

/// Where an attempt comes from. What fails in one place keeps nobody waiting in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Address(IpAddr),
    /// The owner's own machine.
    Local,
    /// Somebody who has signed in to the account already.
    SignedIn,
}

impl Source {
    /// Of an attempt that comes from there, or from the owner's own machine.
    pub fn of(origin: Option<&Origin>) -> Source {
        origin.map_or(Source::Local, |origin| Source::Address(origin.address))
    }
}

/// Failed sign-ins by lower-case username, in memory only.
pub struct Throttle {
    apart: Failures<(String, Source)>,
    together: Failures<String>,
}

impl Default for Throttle {
    fn default() -> Throttle {
        Throttle { apart: Failures::new(FREE), together: Failures::new(FREE_TOGETHER) }
    }
}

impl Throttle {
    /// For codes of few digits: all addresses together may fail no more often than one. It keeps only those waiting who
    /// know the password already.
    pub fn strict() -> Throttle {
        Throttle { apart: Failures::new(FREE), together: Failures::new(FREE) }
    }

    /// How long this account has to wait still, if at all.
    pub fn wait(&self, name: &str, source: Source, now: Instant) -> Option<Duration> {
        let together = match source {
            Source::Address(_) => self.together.wait(name, now),
            Source::Local | Source::SignedIn => None,
        };
        self.apart.wait(&(name.to_owned(), source), now).max(together)
    }

    pub fn failed(&mut self, name: &str, source: Source, now: Instant) {
        self.apart.add((name.to_owned(), source), now);
        match source {
            Source::Address(_) => self.together.add(name.to_owned(), now),
            Source::Local | Source::SignedIn => {}
        }
    }

    /// What others have tried meanwhile stays remembered.
    pub fn succeeded(&mut self, name: &str, source: Source) {
        self.apart.by.remove(&(name.to_owned(), source));
    }
}

/// Failed tries at tokens nobody guesses, by where they come from: to keep one place from asking without end.
pub struct Guesses(Failures<Source>);

impl Default for Guesses {
    fn default() -> Guesses {
        Guesses(Failures::new(FREE))
    }
}

impl Guesses {
    /// How long this place has to wait still, if at all.
    pub fn wait(&self, source: Source, now: Instant) -> Option<Duration> {
        self.0.wait(&source, now)
    }

    pub fn failed(&mut self, source: Source, now: Instant) {
        self.0.add(source, now);
    }

    pub fn succeeded(&mut self, source: Source) {
        self.0.by.remove(&source);
    }
}

struct Failures<K> {
    free: u32,
    by: HashMap<K, Row>,
}

/// Failures in a row.
struct Row {
    count: u32,
    last: Instant,
}

impl<K: Clone + Eq + Hash> Failures<K> {
    fn new(free: u32) -> Failures<K> {
        Failures { free, by: HashMap::new() }
    }

    fn wait<Q>(&self, key: &Q, now: Instant) -> Option<Duration>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let row = self.by.get(key)?;
        let over = row.count.checked_sub(self.free)?;
        let wait = Duration::from_secs(1 << over.min(6)).min(LONGEST);
        let left = wait.checked_sub(now.saturating_duration_since(row.last))?;
        (!left.is_zero()).then_some(left)
    }

    fn add(&mut self, key: K, now: Instant) {
        if let Some(row) = self.by.get_mut(&key) {
            let afresh = now.saturating_duration_since(row.last) >= FORGET;
            row.count = if afresh { 1 } else { row.count.saturating_add(1) };
            row.last = now;
            return;
        }
        if self.by.len() >= MOST {
            self.forget_oldest(now);
        }
        self.by.insert(key, Row { count: 1, last: now });
    }

    fn forget_oldest(&mut self, now: Instant) {
        self.by.retain(|_, row| now.saturating_duration_since(row.last) < FORGET);
        if self.by.len() >= MOST {
            let oldest = self.by.iter().min_by_key(|(_, row)| row.last).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.by.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const HERE: Source = Source::Local;

    fn address(last: u8) -> Source {
        Source::Address(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn the_wait_starts_after_five_failures_and_doubles_to_a_minute() {
        let mut throttle = Throttle::default();
        let mut now = Instant::now();
        for _ in 0..4 {
            throttle.failed("ada", HERE, now);
            assert_eq!(throttle.wait("ada", HERE, now), None);
        }
        for expected in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            throttle.failed("ada", HERE, now);
            assert_eq!(throttle.wait("ada", HERE, now), Some(SECOND * expected));
            assert_eq!(throttle.wait("ada", HERE, now + SECOND * expected), None);
            now += SECOND * expected;
        }
        assert_eq!(throttle.wait("bob", HERE, now), None, "another account does not wait");
        throttle.succeeded("ada", HERE);
        throttle.failed("ada", HERE, now);
        assert_eq!(throttle.wait("ada", HERE, now), None);
    }

    #[test]
    fn one_address_keeps_nobody_waiting_elsewhere() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        (0..20).for_each(|_| throttle.failed("ada", address(1), now));
        assert_eq!(throttle.wait("ada", address(1), now), Some(LONGEST));
        for other in [address(2), Source::Local, Source::SignedIn] {
            assert_eq!(throttle.wait("ada", other, now), None, "{other:?}");
        }
    }

    #[test]
    fn many_addresses_together_wait_at_last_and_who_is_in_does_not() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        (0..25).for_each(|last| (0..4).for_each(|_| throttle.failed("ada", address(last), now)));
        assert_eq!(throttle.wait("ada", address(99), now), Some(SECOND));
        throttle.succeeded("ada", address(1));
        assert_eq!(throttle.wait("ada", address(1), now), Some(SECOND), "the others' guesses are not forgotten");
        assert_eq!(throttle.wait("bob", address(99), now), None);
        assert_eq!(throttle.wait("ada", Source::SignedIn, now), None);
        assert_eq!(throttle.wait("ada", Source::Local, now), None);
    }

    #[test]
    fn the_strict_one_counts_all_addresses_as_one() {
        let mut throttle = Throttle::strict();
        let now = Instant::now();
        (0..5).for_each(|last| throttle.failed("ada", address(last), now));
        assert_eq!(throttle.wait("ada", address(99), now), Some(SECOND));
        assert_eq!(throttle.wait("ada", Source::Local, now), None);
    }

    #[test]
    fn failures_are_forgotten_in_time() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        (0..20).for_each(|_| throttle.failed("ada", HERE, now));
        throttle.failed("ada", HERE, now + FORGET);
        assert_eq!(throttle.wait("ada", HERE, now + FORGET), None);
    }

    #[test]
    fn names_of_nobody_do_not_fill_memory() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        (0..6).for_each(|_| throttle.failed("ada", address(1), now + SECOND));
        (0..MOST + 10).for_each(|name| throttle.failed(&name.to_string(), address(1), now));
        assert_eq!((throttle.apart.by.len(), throttle.together.by.len()), (MOST, MOST));
        assert!(throttle.wait("ada", address(1), now + SECOND).is_some(), "the newest failures are kept");
    }
}
