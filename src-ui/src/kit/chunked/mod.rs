//! Lists of thousands of rows.

mod chunk;
mod list;
mod stick;

pub use list::{ChunkedList, ChunkedListProps};
