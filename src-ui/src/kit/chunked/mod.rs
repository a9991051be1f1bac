//! Lists of thousands of rows.

mod chunk;
mod list;
mod room;
mod sight;
mod stick;

pub use list::{ChunkedList, ChunkedListProps};
