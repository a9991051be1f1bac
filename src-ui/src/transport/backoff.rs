//! How long to wait before the next attempt to connect.

/// The longest wait while the loss is recent: a kernel that comes back is found within two seconds.
const SOON: u32 = 1_000;
/// The longest wait after that.
const LATER: u32 = 5_000;
/// Attempts that count as recent: about five minutes.
const RECENT: u32 = 300;

/// Milliseconds before attempt `attempt` (from 1); `chance` is in 0..1 and keeps many screens from coming at once.
pub fn before(attempt: u32, chance: f64) -> i32 {
    let most = if attempt > RECENT { LATER } else { SOON };
    let doubled = 125u32.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(most);
    (f64::from(doubled) * (0.75 + 0.25 * chance.clamp(0.0, 1.0))) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_a_second_and_after_minutes_to_five() {
        assert_eq!(before(1, 1.0), 125);
        assert_eq!(before(2, 1.0), 250);
        assert!((4..=300).all(|attempt| before(attempt, 1.0) <= 1_000));
        assert_eq!(before(301, 1.0), 5_000);
        assert_eq!(before(u32::MAX, 0.0), 3_750);
    }
}
