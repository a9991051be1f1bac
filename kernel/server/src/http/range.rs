//! Parts of a file, as a client asks for them (RFC 9110, section 14).

use axum::http::{HeaderMap, Method, header};

/// A range of bytes as a client asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    From {
        first: u64,
        last: Option<u64>,
    },
    /// So many at the end.
    Last(u64),
}

impl Range {
    /// The first range of a request. What cannot be read counts as none.
    pub fn of(method: &Method, headers: &HeaderMap) -> Option<Range> {
        if method != Method::GET {
            return None;
        }
        let (unit, ranges) = headers.get(header::RANGE)?.to_str().ok()?.split_once('=')?;
        let (first, last) = ranges.split(',').next()?.trim().split_once('-')?;
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let range = match (first, last) {
            ("", last) => Range::Last(number(last)?),
            (first, "") => Range::From { first: number(first)?, last: None },
            (first, last) => Range::From { first: number(first)?, last: Some(number(last)?) },
        };
        let backwards = matches!(range, Range::From { first, last: Some(last) } if last < first);
        (unit.trim().eq_ignore_ascii_case("bytes") && !backwards).then_some(range)
    }

    /// The part of a file of this size.
    pub fn part(self, size: u64) -> Part {
        match self {
            Range::From { first, last } => {
                Part { offset: first, length: last.map(|last| (last - first).saturating_add(1)) }
            }
            Range::Last(count) => Part { offset: size.saturating_sub(count), length: None },
        }
    }
}

/// A range as the kernel is asked for it.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub offset: u64,
    pub length: Option<u64>,
}

impl Part {
    /// The first and the last byte in a file of this size, if all of the part is there. Existing clients know that a
    /// range beyond the end is refused, not cut.
    pub fn within(self, size: u64) -> Option<(u64, u64)> {
        let end = self.length.map_or(size, |length| self.offset.saturating_add(length));
        (self.offset < size && end <= size).then(|| (self.offset, end - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(method: &Method, pairs: &[(&'static str, &str)]) -> Option<Range> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().expect("a header"));
        }
        Range::of(method, &headers)
    }

    #[test]
    fn the_first_range_counts_and_what_is_none_is_ignored() {
        let read = |value: &str| range(&Method::GET, &[("range", value)]);
        assert_eq!(read("bytes=0-9"), Some(Range::From { first: 0, last: Some(9) }));
        assert_eq!(read("Bytes=5-, 7-8"), Some(Range::From { first: 5, last: None }));
        assert_eq!(read("bytes=-4"), Some(Range::Last(4)));
        for none in ["bytes=", "bytes=-", "bytes=a-b", "bytes=+1-2", "bytes=5-4", "lines=0-9", "0-9", "bytes=9"] {
            assert_eq!(read(none), None, "{none}");
        }
        assert_eq!(read("bytes=0-99999999999999999999"), None);
        assert_eq!(range(&Method::HEAD, &[("range", "bytes=0-9")]), None);
    }

    #[test]
    fn a_part_is_there_whole_or_not_at_all() {
        let within = |offset, length, size| Part { offset, length }.within(size);
        assert_eq!(within(0, Some(10), 10), Some((0, 9)));
        assert_eq!(within(9, None, 10), Some((9, 9)));
        assert_eq!(within(0, Some(11), 10), None);
        assert_eq!(within(10, None, 10), None);
        assert_eq!(within(0, None, 0), None);
        assert_eq!(within(1, Some(u64::MAX), 10), None);
    }
}
