//! JSON, laid out for reading. Its values stay as they are written: long numbers, the order of keys, doubled keys.

use serde::de::IgnoredAny;

/// The text with its structure indented, or what is wrong with it.
///
/// # Errors
/// Where it is no JSON: what, and in which line.
pub fn pretty(text: &str) -> Result<String, String> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| error.to_string())?;
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut letters = text.trim_start().chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' => {
                out.push('"');
                while let Some(c) = letters.next() {
                    out.push(c);
                    match c {
                        '"' => break,
                        '\\' => out.extend(letters.next()),
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                out.push(c);
                while letters.next_if(|c| c.is_ascii_whitespace()).is_some() {}
                if let Some(end) = letters.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    Ok(out)
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_is_laid_out_and_values_stay() {
        let text = " {\"b\":[1.50,{ } , [\n]],\"a\":\"x, {y}: \\\"z\\\\\",\"a\":12345678901234567890123}";
        let expect = "{\n  \"b\": [\n    1.50,\n    {},\n    []\n  ],\n  \"a\": \"x, {y}: \\\"z\\\\\",\n  \"a\": 12345678901234567890123\n}";
        assert_eq!(pretty(text).as_deref(), Ok(expect));
        assert_eq!(pretty(expect).as_deref(), Ok(expect));
        assert_eq!(pretty("1e5").as_deref(), Ok("1e5"));
    }

    #[test]
    fn what_is_no_json_is_said_where() {
        assert!(pretty("{\"a\":1,\n}").is_err_and(|error| error.contains("line 2")));
        assert!(pretty("").is_err());
    }
}
