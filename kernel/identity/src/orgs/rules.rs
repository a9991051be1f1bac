//! What an organisation and a team may be called, and how much of them there may be.

use aether_protocol::domains::org::OrgSettings;

use super::error::{OrgError, Result};

/// Organisations one user may own.
pub const OWNED: usize = 32;
/// Members of one organisation.
pub const MEMBERS: usize = 500;
/// Teams of one organisation.
pub const TEAMS: usize = 100;

/// Characters of an organisation's name, at least and at most.
const NAME: std::ops::RangeInclusive<usize> = 2..=64;
/// Characters of a display name.
const DISPLAY_NAME: std::ops::RangeInclusive<usize> = 1..=128;
/// Characters of a team's name.
const TEAM_NAME: std::ops::RangeInclusive<usize> = 1..=64;
/// Characters of a description, at most.
const DESCRIPTION: usize = 1_024;
/// Bytes of settings as JSON.
const SETTINGS: usize = 64 * 1024;

/// Refuses a name that is none.
pub fn name(name: &str) -> Result<()> {
    let spelled = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if spelled && NAME.contains(&name.len()) { Ok(()) } else { Err(OrgError::BadName) }
}

/// A display name as it is kept.
pub fn display_name(given: &str) -> Result<String> {
    line(given, DISPLAY_NAME).ok_or(OrgError::BadDisplayName)
}

/// A team's name as it is kept.
pub fn team_name(given: &str) -> Result<String> {
    line(given, TEAM_NAME).ok_or(OrgError::BadTeamName)
}

/// A description as it is kept; lines and tabs may stand in it.
pub fn description(given: &str) -> Result<String> {
    let text = given.trim();
    let odd = text.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\t'));
    if odd || text.chars().count() > DESCRIPTION { Err(OrgError::BadDescription) } else { Ok(text.to_owned()) }
}

/// Refuses settings that are too large to keep in memory.
pub fn settings(settings: &OrgSettings) -> Result<()> {
    let size = serde_json::to_string(settings).map_or(usize::MAX, |text| text.len());
    if size <= SETTINGS { Ok(()) } else { Err(OrgError::SettingsTooLarge) }
}

fn line(given: &str, length: std::ops::RangeInclusive<usize>) -> Option<String> {
    let text = given.trim();
    let fits = length.contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_organisations() {
        for good in ["ab", "Acme-1_2", &"x".repeat(64)] {
            assert!(name(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "a b", "a/b", "..", "adä", "ab\n", &"x".repeat(65)] {
            assert!(matches!(name(bad), Err(OrgError::BadName)), "{bad}");
        }
    }

    #[test]
    fn texts_are_trimmed_and_bounded() {
        assert_eq!(display_name(" Acme Inc. ").expect("a name"), "Acme Inc.");
        assert_eq!(team_name("Forschung & Lehre").expect("a name"), "Forschung & Lehre");
        assert_eq!(description("one\n\ttwo ").expect("a text"), "one\n\ttwo");
        for bad in ["", " ", "a\u{7}b", &"ä".repeat(129)] {
            assert!(display_name(bad).is_err() && team_name(bad).is_err(), "{bad}");
        }
        assert!(team_name(&"x".repeat(65)).is_err());
        assert!(description(&"x".repeat(1_025)).is_err() && description("a\u{1b}[31m").is_err());
        let large = |bytes: usize| OrgSettings::from([("k".to_owned(), "x".repeat(bytes).into())]);
        assert!(settings(&large(64 * 1024 - 8)).is_ok());
        assert!(matches!(settings(&large(64 * 1024 - 7)), Err(OrgError::SettingsTooLarge)));
    }
}
