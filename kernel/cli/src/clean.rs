//! Text of others on the person's terminal: what could steer the terminal or turn a line around is shown, not obeyed.

use std::borrow::Cow;
use std::fmt::Write;

/// True for characters that do something instead of being read: controls, and those that turn the direction of text.
fn acts(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    turns || character.is_control()
}

/// The text with every such character written out, as `\u{1b}`. Lines and tabs stay.
pub fn clean(text: &str) -> Cow<'_, str> {
    let steers = |character: char| acts(character) && !matches!(character, '\n' | '\t');
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().map(|character| match steers(character) {
        true => Cow::Owned(character.escape_unicode().to_string()),
        false => Cow::Owned(character.to_string()),
    });
    Cow::Owned(shown.collect())
}

/// JSON that means the same and holds no such character: JSON itself escapes only some of them.
pub fn clean_json(json: &str) -> Cow<'_, str> {
    if !json.contains(acts) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if acts(character) {
            // All of them lie in the first plane, where one unit is one character.
            let _ = write!(escaped, "\\u{:04x}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown_instead() {
        for (text, shown) in [
            ("ls -l\tgrün\n世界", "ls -l\tgrün\n世界"),
            ("a\u{1b}[2Kb", "a\\u{1b}[2Kb"),
            ("\u{1b}]52;c;cm0=\u{7}", "\\u{1b}]52;c;cm0=\\u{7}"),
            ("over\rwritten\u{8}", "over\\u{d}written\\u{8}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("rm \u{202e}txt.\u{2066}x\u{200f}", "rm \\u{202e}txt.\\u{2066}x\\u{200f}"),
        ] {
            assert_eq!(clean(text), shown);
        }
    }

    #[test]
    fn json_means_the_same_afterwards() {
        let text = "a\u{1b}\u{7f}\u{9b}\u{202e}\n\"b\\";
        let json = serde_json::to_string(&serde_json::json!({ "text": text })).expect("JSON");
        let cleaned = clean_json(&json);
        assert!(!cleaned.contains(acts), "{cleaned}");
        let read: serde_json::Value = serde_json::from_str(&cleaned).expect("JSON");
        assert_eq!(read["text"], text);
    }
}
