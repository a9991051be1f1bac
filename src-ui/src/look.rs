//! How the screen looks, as its person wants it: theme, contrast, motion.
//!
//! Style sheets read it from attributes of the page's root. It is kept in the browser, so that the next start has it
//! before anything is drawn, and with the person's preferences, so that other screens follow.

use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, Storage};

/// Where the browser keeps it.
const KEY: &str = "aether.look";
/// Under which name the kernel keeps it.
pub const PREFERENCE: &str = "desktop.look";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    Dark,
    Light,
    /// As the operating system has it: what somebody sees who has not chosen yet.
    #[default]
    System,
}

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    pub theme: Theme,
    /// More contrast than the operating system asks for.
    pub contrast: bool,
    /// Nothing moves, whatever the operating system says.
    pub still: bool,
}

impl Theme {
    /// What one control switches to: always something else than what is seen, however that came about.
    pub fn other() -> Theme {
        let page = web_sys::window().and_then(|window| window.document());
        let seen = page.and_then(|page| page.document_element()).and_then(|root| root.get_attribute("data-theme"));
        if seen.as_deref() == Some("light") { Theme::Dark } else { Theme::Light }
    }

    pub fn label(self) -> &'static str {
        match self {
            Theme::Dark => "Dark",
            Theme::Light => "Light",
            Theme::System => "System",
        }
    }
}

impl Look {
    /// What the browser has kept.
    pub fn kept() -> Look {
        let text = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// Keeps it in the browser. One that keeps nothing asks again at its next start.
    pub fn keep(&self) {
        if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(self)) {
            let _ = storage.set_item(KEY, &text);
        }
    }

    /// Shows it on the page.
    pub fn apply(&self) {
        let window = web_sys::window();
        let Some(root) = window.as_ref().and_then(web_sys::Window::document).and_then(|page| page.document_element())
        else {
            return;
        };
        let prefers_light = window
            .and_then(|window| window.match_media("(prefers-color-scheme: light)").ok().flatten())
            .is_some_and(|query| query.matches());
        let light = match self.theme {
            Theme::Dark => false,
            Theme::Light => true,
            Theme::System => prefers_light,
        };
        set(&root, "data-theme", Some(if light { "light" } else { "dark" }));
        set(&root, "data-contrast", self.contrast.then_some("more"));
        set(&root, "data-motion", self.still.then_some("reduced"));
    }
}

/// Follows the operating system's theme for as long as the page lives.
pub fn follow_the_system() {
    let query = web_sys::window().and_then(|window| window.match_media("(prefers-color-scheme: light)").ok().flatten());
    if let Some(query) = query {
        let changed = Closure::<dyn FnMut()>::new(|| Look::kept().apply());
        query.set_onchange(Some(changed.as_ref().unchecked_ref()));
        changed.forget();
    }
}

fn set(root: &Element, attribute: &str, value: Option<&str>) {
    // An attribute of these names cannot be refused.
    let _ = match value {
        Some(value) => root.set_attribute(attribute, value),
        None => root.remove_attribute(attribute),
    };
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_what_is_unknown_is_left_out() {
        let look = Look { theme: Theme::Light, contrast: true, still: false };
        let text = serde_json::to_string(&look).expect("text");
        assert_eq!(serde_json::from_str::<Look>(&text).ok(), Some(look));
        assert_eq!(
            serde_json::from_str::<Look>(r#"{"theme":"dark","later":1}"#).ok().map(|l| l.theme),
            Some(Theme::Dark)
        );
        assert_eq!(Look::default().theme, Theme::System, "nothing is chosen yet");
    }
}
