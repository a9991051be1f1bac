//! Two texts as the rows of a unified diff.

use similar::{ChangeTag, TextDiff};

/// Rows shown at the most; and lines of each text that are looked at.
pub(super) const LIMIT: usize = 5000;
/// Equal lines that stay around a change.
const CONTEXT: usize = 3;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Same,
    Added,
    Removed,
}

/// One row of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Line {
        change: Change,
        /// Its number in the old text, from 1.
        old: Option<usize>,
        /// Its number in the new text, from 1.
        new: Option<usize>,
        text: String,
    },
    /// Equal lines that are folded away.
    Fold(Vec<Row>),
}

/// A diff, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub rows: Vec<Row>,
    pub added: usize,
    pub removed: usize,
    /// Not everything was compared or is shown: the texts are too long.
    pub cut: bool,
}

/// The rows from `old` to `new`.
pub fn changes(old: &str, new: &str) -> Changes {
    let (old, old_cut) = head(old);
    let (new, new_cut) = head(new);
    let diff = TextDiff::from_lines(old, new);
    let mut result = Changes { cut: old_cut || new_cut, ..Changes::default() };
    let mut lines = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => Change::Same,
            ChangeTag::Insert => Change::Added,
            ChangeTag::Delete => Change::Removed,
        };
        result.added += usize::from(kind == Change::Added);
        result.removed += usize::from(kind == Change::Removed);
        lines.push(Row::Line {
            change: kind,
            old: change.old_index().map(|index| index + 1),
            new: change.new_index().map(|index| index + 1),
            text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
        });
    }
    result.rows = folded(lines);
    if result.rows.len() > LIMIT {
        result.rows.truncate(LIMIT);
        result.cut = true;
    }
    result
}

// The first lines of a text, and whether there are more.
fn head(text: &str) -> (&str, bool) {
    match text.match_indices('\n').nth(LIMIT - 1) {
        Some((end, _)) if end + 1 < text.len() => (&text[..=end], true),
        _ => (text, false),
    }
}

fn folded(lines: Vec<Row>) -> Vec<Row> {
    let near = near_changes(&lines);
    let mut rows = Vec::new();
    let mut fold = Vec::new();
    for (line, near) in lines.into_iter().zip(near) {
        if near {
            close(&mut rows, &mut fold);
            rows.push(line);
        } else {
            fold.push(line);
        }
    }
    close(&mut rows, &mut fold);
    rows
}

// A fold of one line would take more room than the line.
fn close(rows: &mut Vec<Row>, fold: &mut Vec<Row>) {
    if fold.len() > 1 {
        rows.push(Row::Fold(std::mem::take(fold)));
    } else {
        rows.append(fold);
    }
}

fn near_changes(lines: &[Row]) -> Vec<bool> {
    let mut near = vec![false; lines.len()];
    for (index, line) in lines.iter().enumerate() {
        if !matches!(line, Row::Line { change: Change::Same, .. }) {
            let end = (index + CONTEXT + 1).min(lines.len());
            if let Some(around) = near.get_mut(index.saturating_sub(CONTEXT)..end) {
                around.fill(true);
            }
        }
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(count: usize) -> String {
        (1..=count).map(|line| format!("line {line}\n")).collect()
    }

    fn shape(changes: &Changes) -> Vec<String> {
        let row = |row: &Row| match row {
            Row::Line { change: Change::Same, text, .. } => format!(" {text}"),
            Row::Line { change: Change::Added, new, text, .. } => format!("+{} {text}", new.unwrap_or(0)),
            Row::Line { change: Change::Removed, old, text, .. } => format!("-{} {text}", old.unwrap_or(0)),
            Row::Fold(lines) => format!("~{}", lines.len()),
        };
        changes.rows.iter().map(row).collect()
    }

    #[test]
    fn a_changed_line_stands_between_three_equal_ones() {
        let old = numbered(20);
        let new = old.replace("line 10\n", "line ten\n");
        let found = changes(&old, &new);
        let expected = [
            "~6",
            " line 7",
            " line 8",
            " line 9",
            "-10 line 10",
            "+10 line ten",
            " line 11",
            " line 12",
            " line 13",
            "~7",
        ];
        assert_eq!(shape(&found), expected);
        assert_eq!((found.added, found.removed, found.cut), (1, 1, false));
    }

    #[test]
    fn a_single_equal_line_is_not_folded() {
        let found = changes("a\nb\nc\nd\nx\n", "a\nb\nc\nd\ny\n");
        assert_eq!(shape(&found), [" a", " b", " c", " d", "-5 x", "+5 y"]);
    }

    #[test]
    fn a_new_file_is_all_added_and_equal_texts_have_no_change() {
        assert_eq!(shape(&changes("", "a\nb")), ["+1 a", "+2 b"]);
        let equal = changes("a\nb\n", "a\nb\n");
        assert_eq!((equal.added, equal.removed), (0, 0));
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let found = changes("", &numbered(LIMIT + 10));
        assert_eq!((found.rows.len(), found.added, found.cut), (LIMIT, LIMIT, true));
        assert!(!changes("", &numbered(LIMIT)).cut);
    }
}
