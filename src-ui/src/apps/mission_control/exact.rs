//! What will run or change, to the letter, with places where a long address may go on in the next line.

use yew::prelude::*;

/// Places that are worth it; what has more is read in the agent's window.
const MOST: usize = 200;

/// The text with a place to break after `/`, `?` and `&`. What is copied is the text itself.
pub fn breakable(text: &str) -> Html {
    let pieces = pieces(text);
    if pieces.len() > MOST {
        return html! { { text } };
    }
    let last = pieces.len().saturating_sub(1);
    let piece = |(index, piece): (usize, &str)| html! { <>{ piece }if index < last { <wbr /> }</> };
    pieces.into_iter().enumerate().map(piece).collect()
}

fn pieces(text: &str) -> Vec<&str> {
    const AFTER: [char; 3] = ['/', '?', '&'];
    let mut pieces = Vec::new();
    let mut from = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((_, letter)) = letters.next() {
        // "https://" and "&&" stay whole, and where a space follows there is a break already.
        let Some((place, next)) = letters.peek().copied() else { break };
        if AFTER.contains(&letter) && !AFTER.contains(&next) && !next.is_whitespace() {
            pieces.push(text.get(from..place).unwrap_or_default());
            from = place;
        }
    }
    pieces.push(text.get(from..).unwrap_or_default());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_break_at_their_parts_and_nothing_is_lost() {
        let command = "curl https://press.example/reports?a=1&b=2 && ls /";
        assert_eq!(pieces(command), ["curl https://", "press.example/", "reports?", "a=1&", "b=2 && ls /"]);
        for text in [command, "", "/", "é/ü?", "a/ b/\nc"] {
            assert_eq!(pieces(text).concat(), text);
        }
    }
}
