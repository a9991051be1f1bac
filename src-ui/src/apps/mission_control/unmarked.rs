//! What a text with Markdown marks says, without the marks: for places that have room for a line or two.

use pulldown_cmark::{Event, Options, Parser, TagEnd};

/// The words of `text`; what stood on lines of its own still does. What is no Markdown stays as it is.
pub(crate) fn unmarked(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut words = String::with_capacity(text.len());
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Text(text)
            | Event::Code(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::Rule => new_line(&mut words),
            Event::FootnoteReference(name) => words.push_str(&format!("[{name}]")),
            Event::End(TagEnd::TableCell) => words.push_str("  "),
            Event::End(end) if !is_inline(end) => new_line(&mut words),
            Event::Start(_) | Event::End(_) | Event::TaskListMarker(_) => {}
        }
    }
    words.truncate(words.trim_end().len());
    words
}

fn new_line(words: &mut String) {
    words.truncate(words.trim_end_matches([' ', '\n']).len());
    if !words.is_empty() {
        words.push('\n');
    }
}

fn is_inline(end: TagEnd) -> bool {
    matches!(
        end,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::Superscript
            | TagEnd::Subscript
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_inside_a_line_go_and_the_words_stay() {
        for (marked, words) in [
            ("It is in **summary.md**: 12 praise it.", "It is in summary.md: 12 praise it."),
            ("Run `cargo test` _now_, not ~~later~~.", "Run cargo test now, not later."),
            ("See [the page](https://a.example/b) and ![a chart](c.png).", "See the page and a chart."),
            ("snake_case_name and 2 * 3 * 4 stay", "snake_case_name and 2 * 3 * 4 stay"),
            ("a <b>word</b>", "a <b>word</b>"),
            ("", ""),
        ] {
            assert_eq!(unmarked(marked), words, "{marked}");
        }
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(unmarked("# Reviews\n\n- **Fast**: 12\n- Hard\n\nEnd."), "Reviews\nFast: 12\nHard\nEnd.");
        assert_eq!(unmarked("| a | b |\n|---|---|\n| 1 | 2 |"), "a  b\n1  2");
        assert_eq!(unmarked("one\ntwo\n\n---\n\n```sh\nls -la\n```\n"), "one\ntwo\nls -la");
    }
}
