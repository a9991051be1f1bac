use super::*;

/// Reads the text in every cut into two pieces and byte by byte; all must agree.
fn check(framing: Framing, text: &str, expect: &[&str]) {
    let read = |pieces: &[&[u8]]| {
        let mut frames = Frames::new(framing);
        let mut all: Vec<Vec<u8>> = pieces.iter().flat_map(|piece| frames.feed(piece)).collect();
        all.extend(frames.finish());
        all.into_iter().map(|p| String::from_utf8(p).expect("text")).collect::<Vec<_>>()
    };
    let bytes = text.as_bytes();
    for cut in 0..=bytes.len() {
        assert_eq!(read(&[&bytes[..cut], &bytes[cut..]]), expect, "cut at {cut} of {text:?}");
    }
    assert_eq!(read(&bytes.chunks(1).collect::<Vec<_>>()), expect, "{text:?}");
}

#[test]
fn events_end_at_an_empty_line_with_any_line_end() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("event: a{end}data: 1{end}{end}: keep-alive{end}{end}data:2{end}id: 9{end}{end}");
        check(Framing::Sse, &text, &["1", "2"]);
    }
}

#[test]
fn data_over_several_lines_is_one_payload() {
    check(Framing::Sse, "data: {\ndata:  \"a\"\ndata\ndata: }\n\n", &["{\n \"a\"\n\n}"]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    check(Framing::Sse, "\u{feff}data: ü\n\n", &["ü"]);
    check(Framing::Lines, "\u{feff}{}\n", &["{}"]);
}

#[test]
fn the_last_event_needs_no_line_end() {
    check(Framing::Sse, "data: 1\n\ndata: 2", &["1", "2"]);
    check(Framing::Sse, "data: 1\n\ndata: 2\n", &["1", "2"]);
    check(Framing::Lines, "{}\r\n\r\n  \n[1]", &["{}", "[1]"]);
}

#[test]
fn what_is_no_event_is_kept_to_explain_itself() {
    let mut frames = Frames::new(Framing::Sse);
    assert!(frames.feed(b"<html>\n<body>no").is_empty());
    assert_eq!(frames.finish(), None);
    assert_eq!(frames.stray(), b"<html>\n<body>no\n");
    frames.feed(&vec![b'x'; 3 * STRAY_LIMIT]);
    frames.finish();
    assert!(frames.stray().len() <= STRAY_LIMIT + 2);
}
