//! The window layer: draws what stands in `wm`, and tells it what the pointer does.

mod bar;
mod by_key;
mod frame;
mod gestures;
mod layer;
mod snap_preview;
mod title_bar;

pub use bar::{WindowBack, WindowBackProps, WindowBar, WindowBarProps};
pub use layer::{WindowLayer, WindowLayerProps};
