//! The tray: how many agents are at work or need you, and the way back to the window.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager};

use crate::attention::Counts;
use crate::desktop::{Desktop, reveal};
use crate::ending;

/// The tray's icon with what changes in it.
pub struct Tray {
    icon: TrayIcon,
    status: MenuItem<tauri::Wry>,
}

/// Puts the icon into the tray, where the system has one.
pub async fn begin(app: &AppHandle) {
    if !is_there().await {
        tracing::debug!("this desktop has no tray");
        return;
    }
    let handle = app.clone();
    // Menus and icons belong to the main thread.
    let asked = app.run_on_main_thread(move || {
        // On Linux the library behind it is looked for only now, by a panic where there is none.
        let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| build(&handle)));
        match built {
            Ok(Ok(tray)) => {
                handle.manage(tray);
                handle.state::<Arc<Desktop>>().has_tray.store(true, Ordering::Relaxed);
                let counts = handle.state::<Arc<Desktop>>().counts();
                update(&handle, counts);
            }
            Ok(Err(error)) => tracing::warn!(%error, "there is no tray icon"),
            Err(_) => tracing::warn!("there is no tray icon: install libayatana-appindicator3"),
        }
    });
    if let Err(error) = asked {
        tracing::warn!(%error, "there is no tray icon");
    }
}

fn build(app: &AppHandle) -> tauri::Result<Tray> {
    // What a tray calls the icon: without it, the name of the program's file.
    #[cfg(target_os = "linux")]
    glib::set_application_name("Aether OS");
    let status = MenuItem::with_id(app, "status", Counts::default().sentence(), false, None::<&str>)?;
    let open = MenuItem::with_id(app, "open", "Open Aether OS", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?;
    let menu = Menu::with_items(app, &[&status, &PredefinedMenuItem::separator(app)?, &open, &quit])?;
    let mut icon = TrayIconBuilder::with_id("aether").menu(&menu).show_menu_on_left_click(cfg!(target_os = "macos"));
    if let Some(image) = app.default_window_icon() {
        icon = icon.icon(image.clone());
    }
    let icon = icon
        .on_menu_event(|app, event| match event.id.as_ref() {
            "open" => reveal(app),
            "quit" => ending::quit(app),
            _ => {}
        })
        .on_tray_icon_event(|tray, event| {
            let click = matches!(
                event,
                TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
            );
            if click && !cfg!(target_os = "macos") {
                reveal(tray.app_handle());
            }
        })
        .build(app)?;
    Ok(Tray { icon, status })
}

/// Shows how many agents there are now.
pub fn update(app: &AppHandle, counts: Counts) {
    let Some(tray) = app.try_state::<Tray>() else { return };
    let title = match counts.working + counts.needing {
        0 => None,
        count if counts.needing > 0 => Some(format!("{count} !")),
        count => Some(count.to_string()),
    };
    let shown = tray
        .status
        .set_text(counts.sentence())
        .and_then(|()| tray.icon.set_title(title))
        .and_then(|()| tray.icon.set_tooltip(Some(format!("Aether OS: {}", counts.sentence()))));
    if let Err(error) = shown {
        tracing::debug!(%error, "the tray could not be brought up to date");
    }
}

/// True if something shows tray icons here. Making one tells nothing: it may be shown nowhere.
#[cfg(target_os = "linux")]
async fn is_there() -> bool {
    let asked = async {
        let bus = zbus::Connection::session().await?;
        let watcher = "org.kde.StatusNotifierWatcher".try_into().map_err(zbus::Error::from)?;
        Ok::<_, zbus::Error>(zbus::fdo::DBusProxy::new(&bus).await?.name_has_owner(watcher).await?)
    };
    asked.await.unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
async fn is_there() -> bool {
    true
}
