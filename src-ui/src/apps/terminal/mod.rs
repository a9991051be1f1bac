//! Terminals: the view of one, for every app, and the app with the person's own shells.

mod app;
mod binding;
mod face;
mod find;
mod handle;
mod key_row;
mod keys;
mod palette;
mod screen;
mod session;
mod strip;
mod tabs;
pub mod view;

pub use app::Terminal;
pub use handle::TerminalHandle;
