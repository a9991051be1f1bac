//! The window manager: pure functions from one arrangement of windows to the next.
//!
//! What it owns: which windows are open, where, in which order. What it never does: touch the page; `shell::windows`
//! draws what stands here and tells it what the pointer does.
//!
//! All lengths are CSS pixels in the window layer's own coordinates.

mod arrange;
mod desktop;
mod drag;
mod geometry;
pub mod keys;
mod open;
mod session;
#[cfg(test)]
mod tests;
mod window;
mod zone;

pub use desktop::{Desktop, Geometry};
pub use drag::{Drag, Gesture};
pub use geometry::{Direction, Edge, Point, Rect, Size, TITLE_BAR, VISIBLE};
pub use open::AppSpec;
pub use session::Session;
pub use window::{AppId, Content, Mode, Window, WindowId};
pub use zone::Zone;
