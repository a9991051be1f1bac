//! A few rows, or the room that they take.

use yew::prelude::*;

/// Rows that come and go together: few enough to be drawn within one frame of a scroll.
pub(super) const ROWS: usize = 10;

#[derive(Properties, PartialEq)]
pub(super) struct ChunkProps {
    /// Its number: the same whatever comes before or after it.
    pub index: i64,
    pub from: usize,
    pub to: usize,
    /// Rows that were put before the first one since.
    pub before: usize,
    /// Near the part in sight.
    pub near: bool,
    /// The room it takes when it is not, in pixels.
    pub height: f64,
    pub row: Callback<usize, Html>,
    /// In a list, each row is an item of it.
    pub items: bool,
}

#[function_component]
pub(super) fn Chunk(props: &ChunkProps) -> Html {
    let index = props.index.to_string();
    if !props.near {
        return html! {
            <div class="chunk" data-chunk={index} aria-hidden="true" style={format!("height: {}px", props.height)} />
        };
    }
    html! {
        <div class="chunk" data-chunk={index} role={props.items.then_some("presentation")}>
            { for (props.from..props.to).map(|row| html! {
                <div key={(row as i64 - props.before as i64).to_string()} class="chunk__row"
                role={props.items.then_some("listitem")}>{ props.row.emit(row) }</div>
            }) }
        </div>
    }
}

/// The rows of each chunk: (its number, first row, one after the last). `before` rows were put before the first one
/// since: chunks keep their rows, so those have numbers below 0.
pub(super) fn chunks(count: usize, before: usize) -> impl Iterator<Item = (i64, usize, usize)> {
    let size = ROWS as i64;
    let (start, end) = (-(before as i64), count as i64 - before as i64);
    let row = move |absolute: i64| usize::try_from(absolute - start).unwrap_or(0);
    let last = if count == 0 { start.div_euclid(size) } else { (end - 1).div_euclid(size) + 1 };
    (start.div_euclid(size)..last)
        .map(move |chunk| (chunk, row((chunk * size).max(start)), row(((chunk + 1) * size).min(end))))
}

/// The room that a chunk takes: as measured, else by the mean of those that were.
pub(super) fn height(measured: Option<(usize, f64)>, rows: usize, mean_row: f64) -> f64 {
    match measured {
        Some((then, height)) if then == rows => height,
        Some((then, height)) => height + (rows as f64 - then as f64) * mean_row,
        None => rows as f64 * mean_row,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_every_row_once() {
        assert_eq!(chunks(0, 0).count(), 0);
        assert_eq!(chunks(25, 0).collect::<Vec<_>>(), [(0, 0, 10), (1, 10, 20), (2, 20, 25)]);
        assert_eq!(chunks(5000, 0).map(|(_, from, to)| to - from).sum::<usize>(), 5000);
    }

    #[test]
    fn chunks_keep_their_rows_when_others_come_before_them() {
        assert_eq!(chunks(12, 0).collect::<Vec<_>>(), [(0, 0, 10), (1, 10, 12)]);
        assert_eq!(chunks(26, 14).collect::<Vec<_>>(), [(-2, 0, 4), (-1, 4, 14), (0, 14, 24), (1, 24, 26)]);
        assert_eq!(chunks(0, 14).count(), 0);
    }

    #[test]
    fn a_chunk_keeps_the_height_it_had_and_grows_by_the_mean() {
        assert_eq!(height(None, 50, 20.0), 1000.0);
        assert_eq!(height(Some((50, 1234.0)), 50, 20.0), 1234.0);
        assert_eq!(height(Some((40, 900.0)), 50, 20.0), 1100.0);
    }
}
