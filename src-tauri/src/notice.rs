//! Notices of the system. A click on one shows what it is about.

use std::sync::Arc;

use notify_rust::{Notification, NotificationHandle, NotificationResponse};
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::DialogExt;
use tokio::sync::Semaphore;

use crate::attention::News;
use crate::desktop::{self, Desktop};

/// Characters of a notice's text; systems cut it off anyway.
const MOST: usize = 240;
/// Notices whose click is waited for. Each holds a thread and a connection to the system until it is gone, and some systems
/// keep theirs until a person puts them away.
static WAITING: Semaphore = Semaphore::const_new(64);

/// Tells the person what an agent is at, unless they look at the window anyway.
pub fn show(app: &AppHandle, news: News) {
    let looks_on = app
        .get_webview_window(desktop::WINDOW)
        .is_some_and(|window| window.is_focused().unwrap_or_default() && window.is_visible().unwrap_or_default());
    if looks_on {
        return;
    }
    let address = news.address();
    let clicked = move |app: &AppHandle| {
        app.state::<Arc<Desktop>>().links.show(address);
        desktop::reveal(app);
    };
    // The page tells it, too.
    begin(app, news.title, news.text, clicked, |_, _, _| {});
}

/// Tells the person something that the page does not show: by a dialog where the system has no notices.
pub fn tell(app: &AppHandle, title: String, text: String, clicked: impl FnOnce(&AppHandle) + Send + 'static) {
    begin(app, title, text, clicked, |app, title, text| app.dialog().message(text).title(title).show(|_| {}));
}

/// Shows a notice, or does something else with its words where there are none.
fn begin(
    app: &AppHandle,
    title: String,
    text: String,
    clicked: impl FnOnce(&AppHandle) + Send + 'static,
    otherwise: impl FnOnce(&AppHandle, &str, &str) + Send + 'static,
) {
    let app = app.clone();
    // Showing a notice blocks, and waiting for a click does.
    let begun = std::thread::Builder::new().name("notice".to_owned()).spawn(move || {
        match notice(&app.config().identifier, &title, &text) {
            Ok(handle) => {
                if let Ok(_room) = WAITING.try_acquire() {
                    wait(handle, || clicked(&app));
                }
            }
            Err(error) => {
                tracing::debug!(%error, "the system shows no notices");
                otherwise(&app, &title, &text);
            }
        }
    });
    if let Err(error) = begun {
        tracing::warn!(%error, "a notice could not be shown");
    }
}

#[cfg_attr(target_os = "linux", allow(unused_variables))]
fn notice(identifier: &str, title: &str, text: &str) -> notify_rust::error::Result<NotificationHandle> {
    #[cfg(target_os = "macos")]
    {
        // A second word on it is an error.
        static NAMED: std::sync::Once = std::sync::Once::new();
        NAMED.call_once(|| {
            if let Err(error) = notify_rust::set_application(identifier) {
                tracing::debug!(%error, "notices come in another program's name");
            }
        });
    }
    let mut notice = Notification::new();
    notice.appname("Aether OS").summary(title).body(&body(text));
    #[cfg(target_os = "linux")]
    notice.icon("aether-desktop").action("default", "Show").hint(notify_rust::Hint::DesktopEntry("Aether OS".into()));
    #[cfg(windows)]
    notice.app_id(identifier);
    notice.show()
}

fn wait(handle: NotificationHandle, clicked: impl FnOnce()) {
    let mut is_clicked = false;
    let waited = handle.wait_for_response(|response: &NotificationResponse| {
        is_clicked = matches!(response, NotificationResponse::Default | NotificationResponse::Action(_));
    });
    match waited {
        Ok(()) if is_clicked => clicked(),
        Ok(()) => {}
        Err(error) => tracing::debug!(%error, "nothing is known of a click on a notice"),
    }
}

/// What a notice says below its title. Some systems take that for markup, with links and pictures, and an agent may have
/// written it.
fn body(text: &str) -> String {
    let short: String = text.chars().take(MOST).collect();
    if takes_markup() { escaped(&short) } else { short }
}

#[cfg(target_os = "linux")]
fn takes_markup() -> bool {
    notify_rust::get_capabilities().is_ok_and(|known| known.iter().any(|one| one == "body-markup"))
}

#[cfg(not(target_os = "linux"))]
fn takes_markup() -> bool {
    false
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_wrote_is_no_markup() {
        let written = "<a href=\"https://evil\">Sign in</a> & <img src='x'>";
        let shown = escaped(written);
        assert!(!shown.contains(['<', '>']), "{shown}");
        assert_eq!(escaped("a & b"), "a &amp; b");
    }
}
