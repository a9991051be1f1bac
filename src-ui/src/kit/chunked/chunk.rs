//! Fifty rows, or the room that they take.

use yew::prelude::*;

/// Rows that come and go together.
pub(super) const ROWS: usize = 50;

#[derive(Properties, PartialEq)]
pub(super) struct ChunkProps {
    pub index: usize,
    pub from: usize,
    pub to: usize,
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
                <div key={row} class="chunk__row" role={props.items.then_some("listitem")}>{ props.row.emit(row) }</div>
            }) }
        </div>
    }
}

/// The rows of each chunk: (first, one after the last).
pub(super) fn chunks(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count.div_ceil(ROWS)).map(move |chunk| (chunk * ROWS, ((chunk + 1) * ROWS).min(count)))
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
        assert_eq!(chunks(0).count(), 0);
        assert_eq!(chunks(120).collect::<Vec<_>>(), [(0, 50), (50, 100), (100, 120)]);
        assert_eq!(chunks(5000).map(|(from, to)| to - from).sum::<usize>(), 5000);
    }

    #[test]
    fn a_chunk_keeps_the_height_it_had_and_grows_by_the_mean() {
        assert_eq!(height(None, 50, 20.0), 1000.0);
        assert_eq!(height(Some((50, 1234.0)), 50, 20.0), 1234.0);
        assert_eq!(height(Some((40, 900.0)), 50, 20.0), 1100.0);
    }
}
