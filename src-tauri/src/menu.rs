//! The menu bar of macOS. Elsewhere there is none: the page draws its own.

#[cfg(target_os = "macos")]
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem as Item, Submenu};
use tauri::{AppHandle, Builder, Wry};

use crate::ending;

/// Gives the program its menu.
pub fn install(builder: Builder<Wry>) -> Builder<Wry> {
    let builder = builder.enable_macos_default_menu(false).on_menu_event(|app: &AppHandle, event| {
        if event.id.as_ref() == "quit-app" {
            ending::quit(app);
        }
    });
    #[cfg(target_os = "macos")]
    let builder = builder.menu(build);
    builder
}

/// The items every program has. Without Edit there would be no copy and paste in the page.
#[cfg(target_os = "macos")]
fn build(app: &AppHandle) -> tauri::Result<Menu<Wry>> {
    // Not the predefined item, which would end the program before its agents reach a journal point.
    let quit = MenuItem::with_id(app, "quit-app", "Quit Aether OS", true, Some("Cmd+Q"))?;
    let own = Submenu::with_items(
        app,
        "Aether OS",
        true,
        &[
            &Item::about(app, None, None)?,
            &Item::separator(app)?,
            &Item::services(app, None)?,
            &Item::separator(app)?,
            &Item::hide(app, None)?,
            &Item::hide_others(app, None)?,
            &Item::show_all(app, None)?,
            &Item::separator(app)?,
            &quit,
        ],
    )?;
    let edit = Submenu::with_items(
        app,
        "Edit",
        true,
        &[
            &Item::undo(app, None)?,
            &Item::redo(app, None)?,
            &Item::separator(app)?,
            &Item::cut(app, None)?,
            &Item::copy(app, None)?,
            &Item::paste(app, None)?,
            &Item::select_all(app, None)?,
        ],
    )?;
    let window = Submenu::with_items(
        app,
        "Window",
        true,
        &[
            &Item::minimize(app, None)?,
            &Item::maximize(app, None)?,
            &Item::fullscreen(app, None)?,
            &Item::separator(app)?,
            &Item::close_window(app, None)?,
        ],
    )?;
    Menu::with_items(app, &[&own, &edit, &window])
}
