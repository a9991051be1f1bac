//! Text that somebody decides by.

/// A text in which no sign hides or turns round what stands beside it: those are written out.
pub fn unhidden(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for sign in text.chars() {
        if hides(sign) { shown.extend(sign.escape_unicode()) } else { shown.push(sign) }
    }
    shown
}

/// Unicode's directional and zero-width signs (UAX #9, UTS #36), and control characters but those that make up lines.
fn hides(sign: char) -> bool {
    matches!(sign, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || (sign.is_control() && !matches!(sign, '\n' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::unhidden;

    #[test]
    fn what_hides_or_turns_is_written_out_and_the_rest_stays() {
        assert_eq!(unhidden("if (admin\u{202e} \u{2066}) {\n\tx\r"), "if (admin\\u{202e} \\u{2066}) {\n\tx\\u{d}");
        assert_eq!(unhidden("zero\u{200b}width"), "zero\\u{200b}width");
        assert_eq!(unhidden("שלום é"), "שלום é");
    }
}
