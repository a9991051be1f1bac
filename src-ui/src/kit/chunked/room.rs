//! Where chunks are and how tall: those that were drawn as they were, the others as rows are in the mean.

use std::collections::BTreeMap;
use std::ops::Range;

use super::chunk::Grouping;

/// What is drawn beyond the part in sight, above it and below, in pixels.
const MARGIN: f64 = 800.0;
/// Rows that tell how tall the others may be.
const SAMPLE: usize = 30;

/// What is known of the heights of chunks, in pixels.
#[derive(Default)]
pub(super) struct Room {
    pub(super) grouping: Grouping,
    /// A row's likely height, until enough are known.
    pub(super) row_height: f64,
    measured: BTreeMap<i64, (usize, f64)>,
    sample: (usize, f64),
}

impl Room {
    /// A chunk is this tall.
    pub(super) fn measure(&mut self, chunk: i64, height: f64) {
        let rows = self.grouping.rows(chunk).len();
        let first = self.measured.insert(chunk, (rows, height)).is_none();
        if first && self.sample.0 < SAMPLE && height > 0.0 {
            self.sample = (self.sample.0 + rows, self.sample.1 + height);
        }
    }

    /// How tall a row is in the mean. It does not change any more once enough rows are known: whenever it does, all that
    /// is not drawn moves.
    fn mean(&self) -> f64 {
        let (rows, height) = self.sample;
        if rows < SAMPLE { self.row_height } else { height / rows as f64 }
    }

    /// Where a chunk begins; for the one after the last, how tall all of them are.
    pub(super) fn top(&self, chunk: i64) -> f64 {
        let mean = self.mean();
        let known = self.measured.range(self.grouping.chunks().start.min(chunk)..chunk);
        let more: f64 = known.map(|(_, (rows, height))| height - *rows as f64 * mean).sum();
        self.grouping.rows(chunk).start as f64 * mean + more
    }

    pub(super) fn whole(&self) -> f64 {
        self.top(self.grouping.chunks().end)
    }

    /// The chunk at a height, or the one nearest to it.
    fn at(&self, height: f64) -> i64 {
        let Range { start: mut low, end: mut high } = self.grouping.chunks();
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.top(middle) <= height { low = middle } else { high = middle }
        }
        low
    }

    /// The chunks to draw when `sight` pixels are in sight from `top` on.
    pub(super) fn near(&self, top: f64, sight: f64) -> Range<i64> {
        let all = self.grouping.chunks();
        if all.is_empty() {
            return all;
        }
        self.at(top - MARGIN)..self.at(top + sight + MARGIN) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chunks of 19 rows of 20 pixels.
    fn room(count: usize, before: usize) -> Room {
        Room { grouping: Grouping::new(count, before, 20.0), row_height: 20.0, ..Room::default() }
    }

    #[test]
    fn what_was_never_drawn_is_as_tall_as_rows_are_likely_to_be() {
        let room = room(100, 0);
        assert_eq!((room.top(0), room.top(1), room.whole()), (0.0, 380.0, 2000.0));
    }

    #[test]
    fn what_was_drawn_is_as_tall_as_it_was() {
        let mut room = room(100, 0);
        room.measure(0, 500.0);
        assert_eq!((room.top(1), room.top(2), room.whole()), (500.0, 880.0, 2120.0));
    }

    #[test]
    fn the_mean_is_found_once_and_stays() {
        let mut room = room(100, 0);
        room.measure(0, 190.0);
        room.measure(0, 570.0);
        assert_eq!(room.mean(), 20.0, "the same chunk tells nothing new");
        room.measure(1, 570.0);
        assert_eq!(room.mean(), 20.0);
        room.measure(2, 9_000.0);
        assert_eq!(room.mean(), 20.0, "enough was known");
    }

    #[test]
    fn the_mean_is_of_the_first_rows_that_were_drawn() {
        let mut room = room(100, 0);
        room.measure(3, 570.0);
        room.measure(4, 950.0);
        assert_eq!(room.mean(), 40.0);
        assert_eq!(room.top(3), 57.0 * 40.0);
    }

    #[test]
    fn a_chunk_that_got_more_rows_grows_by_the_mean() {
        let mut room = room(30, 0);
        room.measure(1, 300.0);
        assert_eq!(room.whole(), 680.0);
        room.grouping = Grouping::new(35, 0, 20.0);
        assert_eq!(room.whole(), 780.0);
    }

    #[test]
    fn what_comes_before_moves_the_others_down() {
        let mut room = room(100, 0);
        room.measure(0, 500.0);
        room.grouping = Grouping::new(119, 19, 20.0);
        assert_eq!((room.top(-1), room.top(0), room.top(1)), (0.0, 380.0, 880.0));
    }

    #[test]
    fn what_is_near_covers_what_is_in_sight_and_a_margin() {
        let room = room(10_000, 0);
        let near = room.near(50_000.0, 700.0);
        assert!(room.top(near.start) <= 49_200.0 && room.top(near.start + 1) > 49_200.0);
        assert!(room.top(near.end) > 51_500.0 && room.top(near.end - 1) <= 51_500.0);
        assert_eq!(room.near(0.0, 700.0).start, 0);
        assert_eq!(room.near(1e9, 700.0).end, room.grouping.chunks().end);
        assert_eq!(self::room(0, 0).near(0.0, 700.0), 0..0);
        assert_eq!(self::room(3, 0).near(0.0, 700.0), 0..1);
    }
}
