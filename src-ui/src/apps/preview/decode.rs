//! From bytes to text, and back to the bytes it was written with.

/// How the lines of a text end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    #[default]
    Lf,
    CrLf,
}

/// A text as it is shown, and what of its bytes a person does not see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    pub text: String,
    pub ending: Ending,
    /// It begins with a byte order mark.
    pub marked: bool,
}

const MARK: char = '\u{feff}';

impl Text {
    /// Reads UTF-8; `None` for what is none. Where `whole` is false, a character cut in two at the end is left out.
    pub fn read(bytes: &[u8], whole: bool) -> Option<Text> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if !whole && error.error_len().is_none() => {
                std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
            }
            Err(_) => return None,
        };
        if text.contains('\0') {
            return None;
        }
        let unmarked = text.strip_prefix(MARK);
        let text = unmarked.unwrap_or(text);
        let (all, with_cr) = (text.matches('\n').count(), text.matches("\r\n").count());
        let ending = if all > 0 && all == with_cr { Ending::CrLf } else { Ending::Lf };
        Some(Text { text: text.to_owned(), ending, marked: unmarked.is_some() })
    }

    /// What is written for a text that a person has changed; a text area knows no line end but one.
    pub fn written(&self, changed: &str) -> String {
        let mut written = if self.marked { String::from(MARK) } else { String::new() };
        match self.ending {
            Ending::Lf => written.push_str(changed),
            Ending::CrLf => written.push_str(&changed.replace("\r\n", "\n").replace('\n', "\r\n")),
        }
        written
    }

    /// The text as a text area has it.
    pub fn editable(&self) -> String {
        self.text.replace("\r\n", "\n").replace('\r', "\n")
    }
}

/// Characters of a line that fit on the narrowest screen.
const NARROW: usize = 46;

/// Whether some line of a text may have to be wrapped; tabs count as what they take.
pub fn has_long_lines(text: &str) -> bool {
    let width = |line: &str| line.chars().map(|c| if c == '\t' { 4 } else { 1 }).sum::<usize>();
    text.lines().any(|line| line.len() > NARROW / 4 && width(line) > NARROW)
}

/// Where each line begins, and the text: lines are cut out of it as they are drawn.
#[derive(Debug, PartialEq)]
pub struct Lines {
    text: String,
    begins: Vec<usize>,
}

impl Lines {
    pub fn of(text: String) -> Lines {
        let mut begins = vec![0];
        begins.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        // What ends with a line end has no line after it.
        if begins.len() > 1 && begins.last() == Some(&text.len()) {
            begins.pop();
        }
        Lines { text, begins }
    }

    pub fn count(&self) -> usize {
        self.begins.len()
    }

    pub fn line(&self, index: usize) -> &str {
        let Some(begin) = self.begins.get(index) else { return "" };
        let end = self.begins.get(index + 1).copied().unwrap_or(self.text.len());
        self.text.get(*begin..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_cut_at_the_end_is_no_reason_to_show_nothing() {
        let bytes = "aé".as_bytes();
        assert_eq!(Text::read(&bytes[..2], false).map(|text| text.text), Some("a".into()));
        assert_eq!(Text::read(&bytes[..2], true), None);
        assert_eq!(Text::read(b"a\xffb", false), None);
        assert_eq!(Text::read(b"a\0b", true), None);
        assert_eq!(Text::read(b"", true), Some(Text::default()));
    }

    #[test]
    fn what_is_not_changed_is_written_as_it_was() {
        for bytes in ["a\nb\n", "a\r\nb\r\n", "\u{feff}a\r\nb", "", "a"] {
            let text = Text::read(bytes.as_bytes(), true).expect("text");
            assert_eq!(text.written(&text.editable()), bytes, "{bytes:?}");
        }
        assert_eq!(Text::read(b"a\r\nb\n", true).map(|text| text.ending), Some(Ending::Lf));
    }

    #[test]
    fn only_a_long_line_has_something_to_wrap() {
        assert!(!has_long_lines(""));
        assert!(!has_long_lines(&format!("a\n{}\nb", "x".repeat(NARROW))));
        assert!(has_long_lines(&format!("a\n{}", "\u{e9}".repeat(NARROW + 1))));
        assert!(has_long_lines(&"\t".repeat(NARROW / 4 + 1)));
    }

    #[test]
    fn lines_are_counted_as_people_count_them() {
        let lines = |text: &str| {
            let lines = Lines::of(text.to_owned());
            (0..lines.count()).map(|index| lines.line(index).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(lines(""), [""]);
        assert_eq!(lines("a"), ["a"]);
        assert_eq!(lines("a\n"), ["a"]);
        assert_eq!(lines("a\r\n\nb"), ["a", "", "b"]);
        assert_eq!(Lines::of("a".into()).line(7), "");
    }
}
