//! A few rows that come and go together.

use std::ops::Range;

use yew::prelude::*;

/// How tall a chunk should be, in pixels: little enough to be drawn within one frame of a scroll.
const TALL: f64 = 380.0;

/// Which rows a chunk holds. Chunks have numbers that stay, and hold the rows they held, whatever is put before the first
/// row or after the last; so those before the first one there ever was are below 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Grouping {
    count: usize,
    before: usize,
    size: usize,
}

impl Grouping {
    /// Of `count` rows, `before` of which were put before the first one since, each about `row_height` pixels tall.
    pub(super) fn new(count: usize, before: usize, row_height: f64) -> Self {
        Grouping { count, before, size: (TALL / row_height.max(1.0)).clamp(4.0, 32.0) as usize }
    }

    /// All chunks.
    pub(super) fn chunks(&self) -> Range<i64> {
        let (size, start) = (self.size.max(1) as i64, -(self.before as i64));
        let first = start.div_euclid(size);
        match self.count as i64 {
            0 => first..first,
            count => first..(start + count - 1).div_euclid(size) + 1,
        }
    }

    /// The rows of a chunk; of the one after the last, none, at the end.
    pub(super) fn rows(&self, chunk: i64) -> Range<usize> {
        let (size, before) = (self.size.max(1) as i64, self.before as i64);
        let row = |absolute: i64| usize::try_from(absolute + before).unwrap_or(0).min(self.count);
        row(chunk * size)..row((chunk + 1) * size)
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct ChunkProps {
    pub index: i64,
    pub rows: Range<usize>,
    /// Rows that were put before the first one since.
    pub before: usize,
    pub row: Callback<usize, Html>,
    /// In a list, each row is an item of it.
    pub items: bool,
}

#[function_component]
pub(super) fn Chunk(props: &ChunkProps) -> Html {
    html! {
        <div class="chunk" data-chunk={props.index.to_string()} role={props.items.then_some("presentation")}>
            { for props.rows.clone().map(|row| html! {
                <div key={(row as i64 - props.before as i64).to_string()} class="chunk__row"
                role={props.items.then_some("listitem")}>{ props.row.emit(row) }</div>
            }) }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(count: usize, before: usize) -> Vec<(i64, Range<usize>)> {
        let grouping = Grouping { count, before, size: 10 };
        grouping.chunks().map(|chunk| (chunk, grouping.rows(chunk))).collect()
    }

    #[test]
    fn chunks_hold_every_row_once() {
        assert_eq!(of(0, 0), []);
        assert_eq!(of(25, 0), [(0, 0..10), (1, 10..20), (2, 20..25)]);
        assert_eq!(of(5000, 0).iter().map(|(_, rows)| rows.len()).sum::<usize>(), 5000);
    }

    #[test]
    fn chunks_keep_their_rows_when_others_come_before_them() {
        assert_eq!(of(12, 0), [(0, 0..10), (1, 10..12)]);
        assert_eq!(of(26, 14), [(-2, 0..4), (-1, 4..14), (0, 14..24), (1, 24..26)]);
        assert_eq!(of(0, 14), []);
    }

    #[test]
    fn low_rows_make_larger_chunks() {
        assert_eq!(Grouping::new(100, 0, 92.0).rows(0), 0..4);
        assert_eq!(Grouping::new(100, 0, 19.0).rows(0), 0..20);
        assert_eq!(Grouping::new(100, 0, 0.0).rows(0), 0..32);
    }
}
