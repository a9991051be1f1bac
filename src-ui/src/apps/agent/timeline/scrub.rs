//! Places on the time line. Pure.

/// A move by keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    By(isize),
    First,
    /// To what happens now.
    Live,
}

/// The entry at a share of the line's width; nothing at its end, where it is live.
pub fn at_share(share: f64, count: usize) -> Option<usize> {
    if count == 0 || share >= 1.0 - 0.5 / count as f64 {
        return None;
    }
    let index = (share.max(0.0) * count as f64) as usize;
    (index + 1 < count).then_some(index)
}

/// The share of the line's width up to and with an entry.
pub fn share(place: Option<usize>, count: usize) -> f64 {
    place.map_or(1.0, |place| (place + 1) as f64 / count.max(1) as f64)
}

/// Where a move leads; nothing is live. The last entry is live too.
pub fn moved(place: Option<usize>, by: Move, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let to = match by {
        Move::First => 0,
        Move::Live => return None,
        Move::By(by) => place.unwrap_or(last).saturating_add_signed(by),
    };
    (to < last).then_some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_end_is_live_and_the_left_one_the_first_entry() {
        assert_eq!(at_share(-0.2, 10), Some(0));
        assert_eq!(at_share(0.0, 10), Some(0));
        assert_eq!(at_share(0.55, 10), Some(5));
        assert_eq!(at_share(0.95, 10), None);
        assert_eq!(at_share(1.4, 10), None);
        assert_eq!(at_share(0.5, 0), None);
        assert_eq!(at_share(0.3, 1), None, "one entry is always now");
        assert_eq!(at_share(0.5, 5_000), Some(2_500));
    }

    #[test]
    fn the_needle_stands_after_the_entry_it_shows() {
        assert_eq!((share(Some(0), 4), share(Some(3), 4), share(None, 4)), (0.25, 1.0, 1.0));
        assert_eq!(at_share(share(Some(1), 4) - 0.01, 4), Some(1));
    }

    #[test]
    fn keys_move_within_the_run_and_forward_into_the_present() {
        assert_eq!(moved(None, Move::By(-1), 10), Some(8));
        assert_eq!(moved(Some(8), Move::By(1), 10), None);
        assert_eq!(moved(Some(3), Move::By(-10), 10), Some(0));
        assert_eq!(moved(Some(3), Move::By(10), 10), None);
        assert_eq!(moved(Some(3), Move::First, 10), Some(0));
        assert_eq!(moved(Some(3), Move::Live, 10), None);
        assert_eq!(moved(None, Move::By(-1), 0), None);
    }
}
