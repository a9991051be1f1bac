//! Slows down guessing at one account: after five failures in a row, the next attempt has to wait, longer each time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Failures in a row that cost nothing.
const FREE: u32 = 5;
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);
/// Without another failure for this long, an account starts afresh.
const FORGET: Duration = Duration::from_secs(15 * 60);
/// Names remembered. Names of nobody count too, so that waiting does not tell which users there are.
const NAMES: usize = 10_000;

struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    fn wait(&self) -> Duration {
        match self.count.checked_sub(FREE) {
            None => Duration::ZERO,
            Some(over) => Duration::from_secs(1 << over.min(6)).min(LONGEST),
        }
    }
}

/// Failed sign-ins by lower-case username, in memory only.
#[derive(Default)]
pub struct Throttle {
    failures: HashMap<String, Failures>,
}

impl Throttle {
    /// How long this account has to wait still, if at all.
    pub fn wait(&self, name: &str, now: Instant) -> Option<Duration> {
        let failures = self.failures.get(name)?;
        let left = failures.wait().checked_sub(now.saturating_duration_since(failures.last))?;
        (!left.is_zero()).then_some(left)
    }

    pub fn failed(&mut self, name: &str, now: Instant) {
        if let Some(failures) = self.failures.get_mut(name) {
            let afresh = now.saturating_duration_since(failures.last) >= FORGET;
            failures.count = if afresh { 1 } else { failures.count.saturating_add(1) };
            failures.last = now;
            return;
        }
        if self.failures.len() >= NAMES {
            self.forget_oldest(now);
        }
        self.failures.insert(name.to_owned(), Failures { count: 1, last: now });
    }

    pub fn succeeded(&mut self, name: &str) {
        self.failures.remove(name);
    }

    fn forget_oldest(&mut self, now: Instant) {
        self.failures.retain(|_, failures| now.saturating_duration_since(failures.last) < FORGET);
        if self.failures.len() >= NAMES {
            let oldest = self.failures.iter().min_by_key(|(_, failures)| failures.last).map(|(name, _)| name.clone());
            if let Some(oldest) = oldest {
                self.failures.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_wait_starts_after_five_failures_and_doubles_to_a_minute() {
        let mut throttle = Throttle::default();
        let mut now = Instant::now();
        for _ in 0..4 {
            throttle.failed("ada", now);
            assert_eq!(throttle.wait("ada", now), None);
        }
        for expected in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            throttle.failed("ada", now);
            assert_eq!(throttle.wait("ada", now), Some(SECOND * expected));
            assert_eq!(throttle.wait("ada", now + SECOND * expected), None);
            now += SECOND * expected;
        }
        assert_eq!(throttle.wait("bob", now), None, "another account does not wait");
        throttle.succeeded("ada");
        throttle.failed("ada", now);
        assert_eq!(throttle.wait("ada", now), None);
    }

    #[test]
    fn failures_are_forgotten_in_time() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        (0..20).for_each(|_| throttle.failed("ada", now));
        throttle.failed("ada", now + FORGET);
        assert_eq!(throttle.wait("ada", now + FORGET), None);
    }

    #[test]
    fn names_of_nobody_do_not_fill_memory() {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        (0..6).for_each(|_| throttle.failed("ada", now + SECOND));
        (0..NAMES + 10).for_each(|name| throttle.failed(&name.to_string(), now));
        assert_eq!(throttle.failures.len(), NAMES);
        assert!(throttle.wait("ada", now + SECOND).is_some(), "the newest failures are kept");
    }
}
