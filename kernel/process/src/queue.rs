//! Who starts next, where more agents wait than there are places. Pure, so that fairness is tested without a kernel.
//!
//! The more urgent goes first, whoever has waited longer moves up, and among equals the user with the fewest agents at
//! work is served. As nothing stops moving up, everyone's turn comes, whatever others keep on adding.

use std::collections::HashMap;

use aether_protocol::{Pid, UserId};

/// Starts of others after which one that waits counts as more urgent by one priority.
const PASSES: u64 = 4;

/// One that waits.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'t> {
    pub pid: Pid,
    pub owner: &'t UserId,
    pub priority: u8,
    /// How many had been started when it came.
    pub since: u64,
}

/// The line: as an iterator, those that may start, in their order, as if each took a place that nobody gives back.
#[derive(Debug, Default)]
pub struct Line<'t> {
    pub waiting: Vec<Waiting<'t>>,
    /// How many have been started so far.
    pub starts: u64,
    /// Agents at work, by user.
    pub active: HashMap<&'t UserId, usize>,
    /// When a user was last served, as a count of starts.
    pub served: HashMap<&'t UserId, u64>,
    /// Places one user may have.
    pub per_user: usize,
}

impl Line<'_> {
    /// The lower, the sooner. It has no floor: nobody who comes later stays before one that has waited long enough.
    fn rank(&self, waiting: &Waiting<'_>) -> i64 {
        let passed = self.starts.saturating_sub(waiting.since) / PASSES;
        i64::from(waiting.priority).saturating_sub(i64::try_from(passed).unwrap_or(i64::MAX))
    }

    fn active(&self, user: &UserId) -> usize {
        self.active.get(user).copied().unwrap_or_default()
    }
}

impl<'t> Iterator for Line<'t> {
    type Item = Pid;

    fn next(&mut self) -> Option<Pid> {
        let may_start = self.waiting.iter().enumerate().filter(|(_, one)| self.active(one.owner) < self.per_user);
        let (place, _) = may_start.min_by_key(|(_, one)| {
            let served = self.served.get(one.owner).copied().unwrap_or_default();
            (self.rank(one), self.active(one.owner), served, one.pid)
        })?;
        let next = self.waiting.swap_remove(place);
        self.starts += 1;
        *self.active.entry(next.owner).or_default() += 1;
        self.served.insert(next.owner, self.starts);
        Some(next.pid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(pid: u64, owner: &UserId, priority: u8, since: u64) -> Waiting<'_> {
        Waiting { pid: Pid(pid), owner, priority, since }
    }

    fn order(line: Line<'_>) -> Vec<u64> {
        line.map(|pid| pid.0).collect()
    }

    #[test]
    fn the_more_urgent_starts_first_and_of_equals_the_older() {
        let ada = UserId::from("ada");
        let waiting = [(2, 3), (3, 3), (4, 1), (5, 5)].map(|(pid, priority)| waiting(pid, &ada, priority, 0));
        assert_eq!(order(Line { waiting: waiting.into(), per_user: 9, ..Line::default() }), [4, 2, 3, 5]);
    }

    #[test]
    fn users_take_turns_and_whoever_has_less_at_work_comes_first() {
        let (ada, bob) = (UserId::from("ada"), UserId::from("bob"));
        let all =
            || [(2, &ada), (3, &ada), (4, &ada), (5, &bob), (6, &bob)].map(|(pid, user)| waiting(pid, user, 3, 0));
        assert_eq!(order(Line { waiting: all().into(), per_user: 9, ..Line::default() }), [2, 5, 3, 6, 4]);
        let active = HashMap::from([(&ada, 2)]);
        assert_eq!(order(Line { waiting: all().into(), active, per_user: 9, ..Line::default() }), [5, 6, 2, 3, 4]);
    }

    #[test]
    fn nobody_has_more_places_than_its_share() {
        let (ada, bob) = (UserId::from("ada"), UserId::from("bob"));
        let waiting =
            [(2, &ada, 5), (3, &ada, 1), (4, &bob, 5)].map(|(pid, user, priority)| waiting(pid, user, priority, 0));
        assert_eq!(order(Line { waiting: waiting.into(), per_user: 1, ..Line::default() }), [3, 4]);
    }

    /// One place; before each start somebody adds another agent of the highest priority, some for a user who has
    /// nothing at work. All who waited from the beginning still get their turn.
    #[test]
    fn everyone_who_waits_gets_a_turn_whatever_comes_after() {
        let users = ["ada", "bob", "eve"].map(UserId::from);
        let mut line = Line { per_user: usize::MAX, ..Line::default() };
        for (pid, priority) in (2..12).zip([5, 4, 3, 2, 1].into_iter().cycle()) {
            line.waiting.push(waiting(pid, &users[0], priority, 0));
        }
        line.active.insert(&users[0], 5);
        let mut waiting_from_the_start = 10;
        for round in 0..200_u64 {
            let user = &users[1 + (round as usize % 2)];
            line.waiting.push(waiting(100 + round, user, 1, line.starts));
            let started = line.next().expect("somebody");
            waiting_from_the_start -= usize::from(started.0 < 100);
            // The place is given back at once by whoever had it.
            line.active.insert(user, 0);
            if waiting_from_the_start == 0 {
                return;
            }
        }
        panic!("{waiting_from_the_start} of them never started");
    }
}
