//! Staying at the end while rows are added.

/// Whether the end of the list is in sight. Within a few pixels: fractions of them stay behind on scaled screens.
pub(super) fn at_end(scrolled: f64, sight: f64, whole: f64) -> bool {
    whole - sight - scrolled <= 24.0
}

/// Rows that came since the end was last in sight.
pub(super) fn unseen(seen: usize, count: usize, at_end: bool) -> usize {
    if at_end { 0 } else { count.saturating_sub(seen) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_end_within_a_few_pixels() {
        assert!(at_end(900.4, 100.0, 1000.0));
        assert!(at_end(880.0, 100.0, 1000.0));
        assert!(!at_end(800.0, 100.0, 1000.0));
        assert!(at_end(0.0, 100.0, 40.0));
    }

    #[test]
    fn new_rows_count_only_while_the_end_is_out_of_sight() {
        assert_eq!(unseen(10, 13, false), 3);
        assert_eq!(unseen(10, 13, true), 0);
        assert_eq!(unseen(10, 4, false), 0);
    }
}
