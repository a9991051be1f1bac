//! Text with marks, as models write it. Never trusted: no HTML of its own, no image that it names is fetched.

mod tree;
mod view;

pub use view::{Markdown, MarkdownProps};
