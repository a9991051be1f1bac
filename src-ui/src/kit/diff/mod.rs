//! What changed between two texts.

mod rows;
mod view;

pub use rows::{Change, Changes, Row, changes};
pub use view::{Diff, DiffProps};
