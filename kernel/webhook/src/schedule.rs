//! When a delivery that failed is tried again.

/// Milliseconds before the second attempt; each wait after it is twice as long.
const FIRST: u64 = 1_000;
/// Milliseconds of the longest wait, without what chance adds.
const LONGEST: u64 = 16_000;

/// When the next attempt is made, in milliseconds since the Unix epoch: 1, 2, 4, 8 and then 16 s after the last one, and
/// up to a quarter more, so that receivers that were away are not met by everybody at once. `None` once as many retries
/// were made as may be. `attempts` counts those made, `chance` is at least 0 and below 1.
pub fn next_attempt(attempts: u32, retries: u32, now: u64, chance: f64) -> Option<u64> {
    if attempts > retries {
        return None;
    }
    let doublings = attempts.saturating_sub(1).min(4);
    let wait = (FIRST << doublings).min(LONGEST);
    let more = (wait as f64 / 4.0 * chance.clamp(0.0, 1.0)) as u64;
    Some(now.saturating_add(wait + more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_as_long_up_to_the_longest() {
        let now = 1_000_000;
        let waits = |chance| {
            (1..=8).map(move |attempts| next_attempt(attempts, 7, now, chance).map(|at| at - now)).collect::<Vec<_>>()
        };
        let exact = [1_000, 2_000, 4_000, 8_000, 16_000, 16_000, 16_000].map(Some);
        assert_eq!(waits(0.0)[..7], exact);
        assert_eq!(waits(0.0)[7], None, "seven retries are all there may be");
        for (least, most) in waits(0.0).into_iter().flatten().zip(waits(0.999).into_iter().flatten()) {
            assert!(most > least && most < least + least / 4 + 1, "{least} {most}");
        }
        assert_eq!(next_attempt(1, 0, now, 0.5), None, "none was wanted");
    }
}
