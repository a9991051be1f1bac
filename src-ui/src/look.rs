//! How the screen looks, as its person wants it: theme, contrast, motion.
//!
//! Style sheets read it from attributes of the page's root. It is kept in the browser, so that the next start has it
//! before anything is drawn, and with the person's preferences, so that other screens follow.

use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::MediaQueryList;

use crate::kit::browser::storage;

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
        let root = web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element());
        let Some(root) = root else { return };
        for (name, value) in self.attributes(System::asked()) {
            // An attribute of these names cannot be refused.
            let _ = root.set_attribute(name, value);
        }
    }

    /// What style sheets read: said in full, so that they say nothing twice for those who leave it to their system.
    fn attributes(self, system: System) -> [(&'static str, &'static str); 3] {
        let light = match self.theme {
            Theme::Dark => false,
            Theme::Light => true,
            Theme::System => system.light,
        };
        [
            ("data-theme", if light { "light" } else { "dark" }),
            ("data-contrast", if self.contrast || system.contrast { "more" } else { "normal" }),
            ("data-motion", if self.still || system.still { "reduced" } else { "full" }),
        ]
    }
}

/// How a screen looks to whom the operating system knows to want it.
const LIGHT: &str = "(prefers-color-scheme: light)";
const CONTRAST: &str = "(prefers-contrast: more)";
const STILL: &str = "(prefers-reduced-motion: reduce)";

/// What the operating system's settings ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct System {
    light: bool,
    contrast: bool,
    still: bool,
}

impl System {
    fn asked() -> System {
        let asks = |wish| query(wish).is_some_and(|query| query.matches());
        System { light: asks(LIGHT), contrast: asks(CONTRAST), still: asks(STILL) }
    }
}

fn query(wish: &str) -> Option<MediaQueryList> {
    web_sys::window()?.match_media(wish).ok().flatten()
}

/// Follows the operating system's settings for as long as the page lives.
pub fn follow_the_system() {
    for query in [LIGHT, CONTRAST, STILL].into_iter().filter_map(query) {
        let changed = Closure::<dyn FnMut()>::new(|| Look::kept().apply());
        query.set_onchange(Some(changed.as_ref().unchecked_ref()));
        changed.forget();
        // Nobody else holds it, and one that is gone says nothing.
        std::mem::forget(query);
    }
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

    #[test]
    fn what_the_system_asks_for_is_added_to_what_the_person_wants() {
        let said = |look: Look, system| look.attributes(system).map(|(_, value)| value);
        let all = System { light: true, contrast: true, still: true };
        assert_eq!(said(Look::default(), System::default()), ["dark", "normal", "full"]);
        assert_eq!(said(Look::default(), all), ["light", "more", "reduced"]);
        let own = Look { theme: Theme::Dark, contrast: true, still: true };
        assert_eq!(said(own, System::default()), ["dark", "more", "reduced"]);
        assert_eq!(said(own, all), ["dark", "more", "reduced"]);
    }
}
