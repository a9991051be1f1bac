//! Percent-encoding in paths and queries (RFC 3986, and the form encoding of queries).

use std::str::FromStr;

use aether_protocol::WireError;
use percent_encoding::percent_decode_str;

/// The fields of a query, decoded.
pub fn fields(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode_form(name), decode_form(value))
    })
}

/// One field of a query; the first of that name.
pub fn field(query: &str, name: &str) -> Option<String> {
    fields(query).find(|(field, _)| field == name).map(|(_, value)| value)
}

/// One field of a query as a whole number.
///
/// # Errors
/// When it is there and is none.
pub fn number<T: FromStr>(query: &str, name: &str) -> Result<Option<T>, WireError> {
    let text = field(query, name).filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| WireError::invalid(format!("{name} must be a whole number.")))).transpose()
}

fn decode_form(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// A path segment, decoded; `None` if its encoding is broken or does not spell UTF-8.
pub fn decode(segment: &str) -> Option<String> {
    is_encoded_well(segment).then(|| percent_decode_str(segment).decode_utf8().ok().map(Into::into)).flatten()
}

/// True if every `%` is followed by two hexadecimal digits.
fn is_encoded_well(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_encodings_are_refused() {
        assert_eq!(decode("home%2Fada%20x").as_deref(), Some("home/ada x"));
        assert_eq!(decode("%C3%A4").as_deref(), Some("ä"));
        for broken in ["%", "%2", "%zz", "a%g1", "%C3", "%FF", "%%41"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_query_is_a_form() {
        assert_eq!(field("a=1&b=x+y%21&b=2", "b").as_deref(), Some("x y!"));
        assert_eq!(field("a&c=", "a").as_deref(), Some(""));
        assert_eq!(field("", "a"), None);
        assert_eq!(field("a=%zz", "a").as_deref(), Some("%zz"));
    }
}
