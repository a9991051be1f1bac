//! Long texts, of which the beginning is shown first. Pure.

/// Lines that are shown of a long text.
const LINES: usize = 8;
/// Bytes that are shown of one without lines.
const BYTES: usize = 1_600;

/// The beginning of a text, and how many lines and bytes are not shown; nothing for what is short.
pub fn head(text: &str) -> Option<(&str, usize)> {
    let by_lines = text.match_indices('\n').nth(LINES - 1).map(|(end, _)| end).unwrap_or(text.len());
    let end = if by_lines > BYTES { text.floor_char_boundary(BYTES) } else { by_lines };
    let hidden = text.get(end..)?.trim_end_matches('\n');
    // A fold of one line would take the room of the line.
    let lines = hidden.lines().filter(|line| !line.is_empty()).count();
    (lines > 1 || hidden.len() > 200).then(|| (text.get(..end).unwrap_or_default(), text.lines().count()))
}

/// What a command printed, apart from how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Printed<'a> {
    pub exit_code: Option<i32>,
    pub text: &'a str,
}

/// Reads the report of a command.
pub fn printed(report: &str) -> Printed<'_> {
    let (first, rest) = report.split_once('\n').unwrap_or((report, ""));
    match first.strip_prefix("exit code ").and_then(|code| code.trim().parse().ok()) {
        Some(code) => {
            let text = if rest.contains("\nstderr:\n") { rest } else { rest.strip_prefix("stdout:\n").unwrap_or(rest) };
            Printed { exit_code: Some(code), text }
        }
        None => Printed { exit_code: None, text: report },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_shown_whole() {
        assert_eq!(head("a\nb\nc"), None);
        assert_eq!(head(&"line\n".repeat(9)), None, "one line more is no reason to fold");
        assert_eq!(head(""), None);
    }

    #[test]
    fn long_texts_begin_with_eight_lines() {
        let text: String = (1..=30).map(|line| format!("line {line}\n")).collect();
        let (shown, lines) = head(&text).expect("long");
        assert_eq!((shown.lines().count(), shown.lines().last(), lines), (8, Some("line 8"), 30));
        let wide = "語".repeat(2_000);
        let (shown, _) = head(&wide).expect("long");
        assert!(shown.len() <= BYTES && wide.starts_with(shown));
    }

    #[test]
    fn how_a_command_ended_is_told_apart_from_what_it_printed() {
        assert_eq!(printed("exit code 0\nstdout:\nhi"), Printed { exit_code: Some(0), text: "hi" });
        assert_eq!(printed("exit code 1\nstderr:\nno"), Printed { exit_code: Some(1), text: "stderr:\nno" });
        let both = "exit code 2\nstdout:\na\nstderr:\nb";
        assert_eq!(printed(both), Printed { exit_code: Some(2), text: "stdout:\na\nstderr:\nb" });
        assert_eq!(printed("The command was ended.\n"), Printed { exit_code: None, text: "The command was ended.\n" });
    }
}
