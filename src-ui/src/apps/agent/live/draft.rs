//! The reply that is being written, as its bytes come in. Pure.

/// Text from bytes that are cut anywhere, also inside a character.
#[derive(Debug, Clone, Default)]
pub struct Utf8(Vec<u8>);

impl Utf8 {
    /// What these bytes add to the text. The beginning of a character waits for its end.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.0.extend_from_slice(bytes);
        let mut text = String::new();
        let mut from = 0;
        loop {
            let rest = self.0.get(from..).unwrap_or_default();
            match std::str::from_utf8(rest) {
                Ok(whole) => {
                    text.push_str(whole);
                    self.0.clear();
                    return text;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    text.push_str(std::str::from_utf8(good).unwrap_or_default());
                    let Some(length) = error.error_len() else {
                        self.0 = bad.to_vec();
                        return text;
                    };
                    text.push(char::REPLACEMENT_CHARACTER);
                    from += good.len() + length;
                }
            }
        }
    }
}

/// What has been written of a reply that the journal does not have yet.
///
/// Its bytes and the journal's entries come by different ways: either may be first, and a viewer that lags misses some
/// bytes. The journal is right in the end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    text: String,
    /// What is still to come of a reply that the journal has already.
    late: String,
    /// The newest reply of the journal that was taken in.
    after: Option<u64>,
}

impl Draft {
    /// The words that stand beyond the newest reply; nothing while that reply has not been taken in.
    pub fn shown(&self, last_thought: Option<u64>) -> &str {
        if self.after == last_thought { self.text.trim_start() } else { "" }
    }

    /// Takes in words.
    pub fn push(&mut self, piece: &str) {
        let mut piece = piece;
        if !self.late.is_empty() {
            if let Some(later) = self.late.strip_prefix(piece) {
                self.late = later.to_owned();
                return;
            }
            piece = piece.strip_prefix(self.late.as_str()).unwrap_or(piece);
            self.late.clear();
        }
        self.text.push_str(piece);
    }

    /// The journal has a reply: what was written of it is told by it.
    pub fn replied(&mut self, n: u64, reply: &str) {
        if self.after.is_some_and(|after| after >= n) {
            return;
        }
        self.after = Some(n);
        self.late.clear();
        let reply = reply.trim();
        let written = std::mem::take(&mut self.text);
        let written = written.trim_start();
        if reply.is_empty() || written.trim().is_empty() {
            // Nothing of it has come: all of it may be late, if anything is.
            self.late = reply.to_owned();
        } else if let Some(next) = written.strip_prefix(reply) {
            self.text = next.trim_start().to_owned();
        } else if let Some(place) = reply.find(written) {
            self.late = reply.get(place + written.len()..).unwrap_or_default().to_owned();
        }
    }

    /// The request failed, or the link was lost: what was written is nothing.
    pub fn forget(&mut self) {
        self.text.clear();
        self.late.clear();
    }

    /// Begins after this reply of the journal.
    pub fn begin(&mut self, after: Option<u64>) {
        self.forget();
        self.after = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_are_cut_come_out_whole() {
        let text = "naïve – 語 🙂!";
        for size in 1..5 {
            let mut decoder = Utf8::default();
            let read: String = text.as_bytes().chunks(size).map(|piece| decoder.push(piece)).collect();
            assert_eq!(read, text, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_no_text_is_marked_and_the_rest_read() {
        let mut decoder = Utf8::default();
        assert_eq!(decoder.push(b"a\xffb\xe8\xaa"), "a\u{fffd}b");
        assert_eq!(decoder.push(b"\x9ec"), "\u{8a9e}c");
    }

    fn drafted(pieces: &[&str]) -> Draft {
        let mut draft = Draft::default();
        pieces.iter().for_each(|piece| draft.push(piece));
        draft
    }

    #[test]
    fn a_reply_takes_the_place_of_what_was_written_of_it() {
        let mut draft = drafted(&["\nI loo", "k around."]);
        assert_eq!(draft.shown(None), "I look around.");
        assert_eq!(draft.shown(Some(4)), "", "the row of the reply is there already");
        draft.replied(4, "I look around.");
        assert_eq!(draft.shown(Some(4)), "");
        draft.push("Next.");
        assert_eq!(draft.shown(Some(4)), "Next.");
    }

    #[test]
    fn bytes_that_come_after_the_reply_are_not_shown_again() {
        let mut draft = drafted(&["I look"]);
        draft.replied(4, "I look around.");
        draft.push(" aro");
        draft.push("und.And on");
        assert_eq!(draft.shown(Some(4)), "And on");
        let mut nothing_yet = Draft::default();
        nothing_yet.replied(4, "Hello");
        nothing_yet.push("Hello");
        assert_eq!(nothing_yet.shown(Some(4)), "");
    }

    #[test]
    fn the_next_reply_may_begin_before_the_journal_has_the_last_one() {
        let mut draft = drafted(&["One.", "\n\nTwo"]);
        draft.replied(4, "One.");
        assert_eq!(draft.shown(Some(4)), "Two");
        draft.replied(4, "One.");
        assert_eq!(draft.shown(Some(4)), "Two", "heard twice");
    }

    #[test]
    fn a_viewer_who_came_late_or_missed_a_part_starts_afresh_with_the_reply() {
        let mut late = drafted(&["around."]);
        late.replied(4, "I look around.");
        assert_eq!(late.shown(Some(4)), "");
        let mut holes = drafted(&["I look", "nd."]);
        holes.replied(4, "I look around.");
        holes.push("Next");
        assert_eq!(holes.shown(Some(4)), "Next");
    }

    #[test]
    fn what_a_failed_request_wrote_is_forgotten() {
        let mut draft = drafted(&["Half a th"]);
        draft.forget();
        draft.push("Whole");
        assert_eq!(draft.shown(None), "Whole");
    }
}
