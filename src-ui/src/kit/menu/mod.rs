//! Menus: commands in a list that goes away.

mod button;
mod entry;
mod list;

pub use button::{ContextMenu, ContextMenuProps, MenuButton, MenuButtonProps};
pub use entry::{MenuEntry, MenuItem};
pub use list::{Menu, MenuProps};
