//! How the program ends: in order, and not at all while agents work, if the person wants it so.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tauri::{AppHandle, Manager, WebviewWindow};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind, MessageDialogResult};

use crate::desktop::{Desktop, WINDOW};
use crate::settings;

/// The answers to whether agents go on once the window is closed.
const KEEP: &str = "Keep running";
const QUIT: &str = "Quit";

/// The person has closed the window: goes on in the tray while agents work, or ends.
pub fn on_close(window: &WebviewWindow) {
    let app = window.app_handle().clone();
    let desktop = app.state::<Arc<Desktop>>().inner().clone();
    let counts = desktop.counts();
    // Without a tray nobody would find the way back.
    if !counts.any() || !desktop.has_tray.load(Ordering::Relaxed) {
        return quit(&app);
    }
    match settings::keep_running(&desktop.root) {
        Some(true) => hide(&app),
        Some(false) => quit(&app),
        None => {
            let question = format!(
                "{}. They can go on in the background; the tray has the way back. Your answer is kept in {}.",
                counts.sentence(),
                desktop.root.join("etc/desktop.toml").display()
            );
            let [keep, quits, cancel] = [KEEP, QUIT, "Cancel"].map(str::to_owned);
            let buttons = MessageDialogButtons::YesNoCancelCustom(keep, quits, cancel);
            let dialog = app.dialog().message(question).title("Aether OS").buttons(buttons);
            dialog.parent(window).show_with_result(move |answer| {
                // Who closes the question has decided nothing: neither is kept, nor ends anything.
                let MessageDialogResult::Custom(answer) = answer else { return };
                match answer.as_str() {
                    KEEP => {
                        settings::decide(&desktop.root, true);
                        hide(&app);
                    }
                    QUIT => {
                        settings::decide(&desktop.root, false);
                        quit(&app);
                    }
                    _ => {}
                }
            });
        }
    }
}

fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(WINDOW)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "the window could not be hidden");
    }
}

/// Ends the program in order. Asked again meanwhile, it changes nothing.
pub fn quit(app: &AppHandle) {
    let desktop = app.state::<Arc<Desktop>>().inner().clone();
    if desktop.ending.swap(true, Ordering::Relaxed) {
        return;
    }
    hide(app);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let code = match desktop.end().await {
            Ok(()) => 0,
            Err(error) => {
                tracing::error!(%error, "the end was not orderly");
                1
            }
        };
        app.exit(code);
    });
}

/// Says why there is no kernel, offers what there is instead, and ends.
pub fn fail(app: &AppHandle, message: String, url: Option<String>) {
    tracing::error!("{message}");
    let desktop = app.state::<Arc<Desktop>>().inner().clone();
    desktop.ending.store(true, Ordering::Relaxed);
    hide(app);
    let dialog = app.dialog().message(match &url {
        Some(url) => format!("{message}\n\nIt is served at {url}."),
        None => message,
    });
    let dialog =
        dialog.title("Aether OS").kind(if url.is_some() { MessageDialogKind::Info } else { MessageDialogKind::Error });
    let dialog = match &url {
        Some(_) => {
            dialog.buttons(MessageDialogButtons::OkCancelCustom("Open in browser".to_owned(), "Quit".to_owned()))
        }
        None => dialog.buttons(MessageDialogButtons::OkCustom("Quit".to_owned())),
    };
    let app = app.clone();
    dialog.show(move |confirmed| {
        if let Some(url) = url.filter(|_| confirmed)
            && let Err(error) = tauri_plugin_opener::open_url(&url, None::<&str>)
        {
            tracing::warn!(%error, url, "the browser could not be opened");
        }
        give_up(&app);
    });
}

/// Ends where there is no kernel to end.
pub fn give_up(app: &AppHandle) {
    app.state::<Arc<Desktop>>().over();
    app.exit(1);
}
