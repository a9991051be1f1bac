//! The pages and what stands on them, for the list and its search.

use crate::kit::Glyph;

/// A page of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    Models,
    Appearance,
    Account,
    Desktop,
    About,
}

/// One setting: the id of its section, its name, and words that people look for it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub id: &'static str,
    pub label: &'static str,
    words: &'static str,
}

const fn setting(id: &'static str, label: &'static str, words: &'static str) -> Setting {
    Setting { id, label, words }
}

impl Page {
    pub const ALL: [Page; 5] = [Page::Models, Page::Appearance, Page::Account, Page::Desktop, Page::About];

    pub const fn id(self) -> &'static str {
        match self {
            Page::Models => "models",
            Page::Appearance => "appearance",
            Page::Account => "account",
            Page::Desktop => "desktop",
            Page::About => "about",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Page::Models => "Models",
            Page::Appearance => "Appearance",
            Page::Account => "Account",
            Page::Desktop => "Desktop",
            Page::About => "About",
        }
    }

    pub const fn icon(self) -> Glyph {
        match self {
            Page::Models => Glyph::Brain,
            Page::Appearance => Glyph::Palette,
            Page::Account => Glyph::User,
            Page::Desktop => Glyph::AppWindow,
            Page::About => Glyph::Info,
        }
    }

    /// What stands on it, from top to bottom.
    pub const fn settings(self) -> &'static [Setting] {
        const MODELS: &[Setting] = &[
            setting("default-model", "Default model", "auto automatic provider"),
            setting("providers", "Providers and keys", "api key base url address openai anthropic gemini test"),
            setting("local", "On this machine", "local ollama lm studio vllm server offline"),
        ];
        const APPEARANCE: &[Setting] = &[
            setting("theme", "Theme", "dark light system colour night"),
            setting("contrast", "More contrast", "accessibility readable"),
            setting("motion", "Reduce motion", "accessibility animation"),
        ];
        const ACCOUNT: &[Setting] = &[
            setting("profile", "Display name", "profile user name"),
            setting("password", "Password", "change security"),
            setting("two-factor", "Two-factor sign-in", "mfa totp authenticator code recovery security"),
            setting("session", "This session", "sign out log out expires"),
        ];
        const DESKTOP: &[Setting] = &[
            setting("windows", "Windows", "reopen restore start reset places positions sizes"),
            setting("notifications", "Notifications", "notices pop up sound browser permission"),
        ];
        const ABOUT: &[Setting] = &[
            setting("versions", "Versions", "uptime sandbox kernel"),
            setting("shortcuts", "Keyboard shortcuts", "keys help"),
            setting("licences", "Licences", "licenses fonts icons inter jetbrains lucide"),
        ];
        match self {
            Page::Models => MODELS,
            Page::Appearance => APPEARANCE,
            Page::Account => ACCOUNT,
            Page::Desktop => DESKTOP,
            Page::About => ABOUT,
        }
    }
}

/// Reads what a window shows: its page, and the setting that was looked for.
pub fn read(args: &str) -> (Option<Page>, Option<&str>) {
    let (page, setting) = args.split_once('#').map_or((args, None), |(page, setting)| (page, Some(setting)));
    (Page::ALL.into_iter().find(|known| known.id() == page), setting)
}

/// Writes what a window shows.
pub fn write(page: Page, setting: Option<&Setting>) -> String {
    setting.map_or_else(|| page.id().to_owned(), |setting| format!("{}#{}", page.id(), setting.id))
}

/// Whether every word is found at the beginning of some word of `text`.
fn matches(text: &str, words: &[String]) -> bool {
    let text = text.to_lowercase();
    words.iter().all(|word| text.split([' ', '-']).any(|part| part.starts_with(word)))
}

/// The pages with the settings that a search finds; all pages, without settings, where nothing is searched for.
pub fn search(query: &str) -> Vec<(Page, Vec<&'static Setting>)> {
    let words: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return Page::ALL.map(|page| (page, Vec::new())).into();
    }
    let found = |page: Page| {
        let hit = |setting: &&'static Setting| {
            matches(&format!("{} {} {}", page.title(), setting.label, setting.words), &words)
        };
        let settings: Vec<_> = page.settings().iter().filter(hit).collect();
        (!settings.is_empty()).then_some((page, settings))
    };
    Page::ALL.into_iter().filter_map(found).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn found(query: &str) -> Vec<String> {
        let settings = |(page, settings): (Page, Vec<&Setting>)| {
            settings.into_iter().map(move |setting| write(page, Some(setting))).collect::<Vec<_>>()
        };
        search(query).into_iter().flat_map(settings).collect()
    }

    #[test]
    fn a_search_finds_single_settings_by_the_words_people_use() {
        assert_eq!(found("api key"), ["models#providers"]);
        assert_eq!(found("MFA"), ["account#two-factor"]);
        assert_eq!(found("dark"), ["appearance#theme"]);
        assert_eq!(found("factor"), ["account#two-factor"]);
        assert_eq!(found("accessibility"), ["appearance#contrast", "appearance#motion"]);
        assert_eq!(found("account").len(), 4, "a page's name finds what stands on it");
        assert!(found("nothing at all").is_empty());
        assert_eq!(search("  ").len(), Page::ALL.len());
    }

    #[test]
    fn what_a_window_shows_is_read_as_it_was_written() {
        for page in Page::ALL {
            assert_eq!(read(&write(page, None)), (Some(page), None));
            for setting in page.settings() {
                assert_eq!(read(&write(page, Some(setting))), (Some(page), Some(setting.id)));
            }
        }
        assert_eq!((read(""), read("unknown")), ((None, None), (None, None)));
    }

    #[test]
    fn no_two_settings_share_an_id() {
        let all: Vec<&str> = Page::ALL.iter().flat_map(|page| page.settings()).map(|setting| setting.id).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    }
}
