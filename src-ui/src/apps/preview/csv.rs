//! Tables in text (RFC 4180), read as far as they are shown.

/// A table, and whether there is more of it.
#[derive(Debug, PartialEq, Default)]
pub struct Sheet {
    pub rows: Vec<Vec<String>>,
    /// The most cells of a row.
    pub width: usize,
    pub more: bool,
}

/// Reads up to `most` rows. Where `whole` is false, the text was cut somewhere, and so was its last row.
pub fn read(text: &str, whole: bool, most: usize) -> Sheet {
    let between = separator(text);
    let mut sheet = Sheet::default();
    let mut row = Vec::new();
    let mut cell = String::new();
    let mut letters = text.chars().peekable();
    let mut quoted = false;
    let mut begun = false;
    while let Some(c) = letters.next() {
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            c if quoted => cell.push(c),
            '"' if cell.is_empty() => (quoted, begun) = (true, true),
            c if c == between => {
                row.push(std::mem::take(&mut cell));
                begun = true;
            }
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' => {
                if begun || !cell.is_empty() {
                    row.push(std::mem::take(&mut cell));
                    if sheet.rows.len() == most {
                        sheet.more = true;
                        return sheet;
                    }
                    add(&mut sheet, std::mem::take(&mut row));
                }
                begun = false;
            }
            c => {
                cell.push(c);
                begun = true;
            }
        }
    }
    let last = begun || !cell.is_empty();
    if last && whole && sheet.rows.len() < most {
        row.push(cell);
        add(&mut sheet, row);
    } else {
        sheet.more = last || !whole;
    }
    sheet
}

/// Whether the cells of a column are figures: all that hold something, and at least one does.
pub fn is_numeric(rows: &[Vec<String>], column: usize) -> bool {
    let mut cells =
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let first = cells.next();
    first.is_some_and(is_figure) && cells.all(is_figure)
}

/// A number as tables have it: with a sign, groups of thousands, a currency or a percent sign.
fn is_figure(cell: &str) -> bool {
    let bare = cell.trim_start_matches(['+', '-', '\u{2212}']).trim_start_matches(['$', '\u{20ac}', '\u{a3}']);
    let bare = bare.trim_start_matches(['+', '-', '\u{2212}']);
    let bare = bare.trim_end_matches(['%', '\u{20ac}']).trim_end();
    // What begins with a zero is a name: a code, or a number to call.
    let zero = bare.len() > 1 && bare.starts_with('0') && bare.chars().all(|c| c.is_ascii_digit());
    let (number, power) = bare.split_once(['e', 'E']).unwrap_or((bare, "0"));
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let plain =
        number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\''));
    let fits = number.ends_with(|c: char| c.is_ascii_digit()) && number.matches('.').count() < 2;
    digits > 0 && plain && fits && !zero && power.parse::<i32>().is_ok()
}

fn add(sheet: &mut Sheet, row: Vec<String>) {
    sheet.width = sheet.width.max(row.len());
    sheet.rows.push(row);
}

/// What stands between cells: the sign that the first line has most of, outside of quotes.
fn separator(text: &str) -> char {
    let mut quoted = false;
    let mut counts = [(',', 0), (';', 0), ('\t', 0)];
    for c in text.chars().take_while(|c| *c != '\n') {
        match c {
            '"' => quoted = !quoted,
            c if !quoted => counts.iter_mut().filter(|(sign, _)| *sign == c).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    // The first of equals, which is the comma.
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or_default();
    counts.iter().find(|(_, count)| *count == most).map_or(',', |(sign, _)| *sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        read(text, true, 1000).rows
    }

    #[test]
    fn cells_may_hold_everything_in_quotes() {
        assert_eq!(rows("a,b\n1,2\n"), [["a", "b"], ["1", "2"]]);
        assert_eq!(rows("\"a,\"\"x\"\"\",\"two\r\nlines\"\r\n,\r\n"), [["a,\"x\"", "two\r\nlines"], ["", ""]]);
        assert_eq!(rows("\"\"\n"), [[""]]);
        assert_eq!(rows("a 5\" disk,b"), [["a 5\" disk", "b"]]);
        assert_eq!(rows(""), Vec::<Vec<String>>::new());
        assert_eq!(rows("\n\na\n"), [["a"]]);
    }

    #[test]
    fn the_first_line_tells_the_separator() {
        assert_eq!(rows("a;b,c;d"), [["a", "b,c", "d"]]);
        assert_eq!(rows("a\tb"), [["a", "b"]]);
        assert_eq!(rows("\"a;b;c\",d"), [["a;b;c", "d"]]);
    }

    #[test]
    fn columns_of_figures_are_told_from_words_and_codes() {
        let numeric = |cells: &[&str]| {
            let rows: Vec<Vec<String>> = cells.iter().map(|cell| vec![(*cell).to_owned()]).collect();
            is_numeric(&rows, 0)
        };
        for cells in [&["120", "52"][..], &["-1.5", "", " 2e-3 "], &["1,204,551"], &["$5", "-$0.20"], &["12 %", "3%"]] {
            assert!(numeric(cells), "{cells:?}");
        }
        for cells in
            [&[][..], &[""], &["1", "x"], &["2026-11-30"], &["10.0.0.1"], &["007", "012"], &["-"], &["e5"], &["1."]]
        {
            assert!(!numeric(cells), "{cells:?}");
        }
        assert!(!is_numeric(&[vec!["1".to_owned()]], 1), "no such column");
    }

    #[test]
    fn rows_beyond_the_limit_and_cut_ones_are_left_out() {
        let sheet = read("a\nb\nc\n", true, 2);
        assert_eq!((sheet.rows.len(), sheet.more), (2, true));
        let sheet = read("a\nb\n", true, 2);
        assert_eq!((sheet.rows.len(), sheet.more), (2, false));
        let sheet = read("a,b\nc,\"d", false, 10);
        assert_eq!((sheet.rows.len(), sheet.width, sheet.more), (1, 2, true));
    }
}
