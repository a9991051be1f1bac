//! Notices of the system. A click on one shows the agent it is about.

use std::sync::Arc;

use notify_rust::{Notification, NotificationResponse};
use tauri::{AppHandle, Manager};

use crate::attention::News;
use crate::desktop::{self, Desktop};

/// Characters of a notice's text; systems cut it off anyway.
const MOST: usize = 240;

/// Tells the person something, unless they look at the window anyway.
pub fn show(app: &AppHandle, news: News) {
    let looks_on = app
        .get_webview_window(desktop::WINDOW)
        .is_some_and(|window| window.is_focused().unwrap_or_default() && window.is_visible().unwrap_or_default());
    if looks_on {
        return;
    }
    let (app, identifier) = (app.clone(), app.config().identifier.clone());
    // Waiting for a click blocks, so each notice has a thread until it is gone.
    let told = std::thread::Builder::new().name("notice".to_owned()).spawn(move || tell(&app, &identifier, &news));
    if let Err(error) = told {
        tracing::warn!(%error, "a notice could not be shown");
    }
}

#[cfg_attr(not(target_os = "macos"), allow(unused_variables))]
fn tell(app: &AppHandle, identifier: &str, news: &News) {
    #[cfg(target_os = "macos")]
    if let Err(error) = notify_rust::set_application(identifier) {
        tracing::debug!(%error, "notices come in another program's name");
    }
    let mut notice = Notification::new();
    notice.appname("Aether OS").summary(&news.title).body(&body(&news.text));
    #[cfg(target_os = "linux")]
    notice.icon("aether-desktop").action("default", "Show").hint(notify_rust::Hint::DesktopEntry("Aether OS".into()));
    #[cfg(windows)]
    notice.app_id(identifier);
    let waited = notice.show().and_then(|handle| {
        handle.wait_for_response(|response: &NotificationResponse| {
            if matches!(response, NotificationResponse::Default | NotificationResponse::Action(_)) {
                app.state::<Arc<Desktop>>().links.show(news.address());
                desktop::reveal(app);
            }
        })
    });
    if let Err(error) = waited {
        tracing::debug!(%error, "the system shows no notices");
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
