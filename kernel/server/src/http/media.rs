//! What the bytes of a file are, and what a browser may do with them.
//!
//! People open what agents wrote, with the cookie of their sign-in: nothing of it may run as a script of ours. What can
//! hold script is shown in an origin of its own where none runs, and what is script is text.

use axum::http::{HeaderMap, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::raw::set;

/// What a page in a sandbox may still do.
const SANDBOX: &str = "sandbox";
/// A drawing may bring its own styles.
const DRAWING: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'";
/// What stands as it is in an extended value (RFC 8187, section 3.2.1).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Says what the bytes are, by the ending of the file's name.
pub fn describe(headers: &mut HeaderMap, path: &str, attached: bool) {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Media { kind, policy } = Media::of(name);
    set(headers, header::CONTENT_TYPE, &kind);
    set(headers, header::ACCEPT_RANGES, "bytes");
    // Somebody else may be signed in the next time.
    set(headers, header::CACHE_CONTROL, "private, no-cache");
    set(headers, header::VARY, "Cookie, Authorization");
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if attached {
        set(headers, header::CONTENT_DISPOSITION, &attachment(name));
    } else {
        set(headers, header::CONTENT_DISPOSITION, "inline");
    }
    if let Some(policy) = policy {
        set(headers, header::CONTENT_SECURITY_POLICY, policy);
    }
}

struct Media {
    kind: String,
    /// What a browser is told to keep from it.
    policy: Option<&'static str>,
}

impl Media {
    fn of(name: &str) -> Media {
        let Some(guess) = mime_guess::from_path(name).first() else {
            return Media { kind: "application/octet-stream".to_owned(), policy: Some(SANDBOX) };
        };
        let essence = guess.essence_str().to_owned();
        let text = |essence: &str| format!("{essence}; charset=utf-8");
        match (guess.type_().as_str(), guess.subtype().as_str()) {
            ("image", "svg") => Media { kind: essence, policy: Some(DRAWING) },
            ("image" | "audio" | "video", _) | ("application", "pdf" | "json") => Media { kind: essence, policy: None },
            ("text", "plain") => Media { kind: text(&essence), policy: None },
            // With its own type a page of ours could load it as its script or its style.
            (_, "javascript" | "x-javascript" | "ecmascript" | "css" | "wasm" | "typescript") => {
                Media { kind: text("text/plain"), policy: Some(SANDBOX) }
            }
            ("text", _) => Media { kind: text(&essence), policy: Some(SANDBOX) },
            _ => Media { kind: essence, policy: Some(SANDBOX) },
        }
    }
}

/// The file's name for whoever saves it: in plain letters, and whole (RFC 6266, section 4.3).
fn attachment(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || " ._-()".contains(c) { c } else { '_' };
    let simple: String = name.chars().map(plain).collect();
    format!("attachment; filename=\"{simple}\"; filename*=UTF-8''{}", utf8_percent_encode(name, PLAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(path: &str, attached: bool) -> impl Fn(&str) -> String {
        let mut headers = HeaderMap::new();
        describe(&mut headers, path, attached);
        move |name| headers.get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    }

    #[test]
    fn only_what_cannot_run_script_is_shown_in_our_origin() {
        for (path, kind, policy) in [
            ("/tmp/a.PNG", "image/png", ""),
            ("/tmp/a.webp", "image/webp", ""),
            ("/tmp/a.mp3", "audio/mpeg", ""),
            ("/tmp/a.wav", "audio/wav", ""),
            ("/tmp/a.ogg", "audio/ogg", ""),
            ("/tmp/a.flac", "audio/flac", ""),
            ("/tmp/a.mp4", "video/mp4", ""),
            ("/tmp/a.webm", "video/webm", ""),
            ("/tmp/a.pdf", "application/pdf", ""),
            ("/tmp/a.json", "application/json", ""),
            ("/tmp/a.txt", "text/plain; charset=utf-8", ""),
            ("/tmp/a.svg", "image/svg+xml", DRAWING),
            ("/tmp/a.html", "text/html; charset=utf-8", SANDBOX),
            ("/tmp/a.xhtml", "application/xhtml+xml", SANDBOX),
            ("/tmp/a.xml", "text/xml; charset=utf-8", SANDBOX),
            ("/tmp/a.md", "text/markdown; charset=utf-8", SANDBOX),
            ("/tmp/a.csv", "text/csv; charset=utf-8", SANDBOX),
            ("/tmp/a.js", "text/plain; charset=utf-8", SANDBOX),
            ("/tmp/a.mjs", "text/plain; charset=utf-8", SANDBOX),
            ("/tmp/a.css", "text/plain; charset=utf-8", SANDBOX),
            ("/tmp/png", "application/octet-stream", SANDBOX),
            ("/tmp.png/a", "application/octet-stream", SANDBOX),
            ("/tmp/a.", "application/octet-stream", SANDBOX),
            ("/tmp/a.wasm", "text/plain; charset=utf-8", SANDBOX),
        ] {
            let header = described(path, false);
            assert_eq!(header("content-type"), kind, "{path}");
            assert_eq!(header("content-security-policy"), policy, "{path}");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("content-disposition"), "inline");
        }
    }

    #[test]
    fn a_name_of_any_kind_is_told_whole_and_breaks_no_header() {
        for (name, expect) in [
            ("a b.txt", "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"),
            ("\"x\"\r\nA: b;", "attachment; filename=\"_x___A_ b_\"; filename*=UTF-8''%22x%22%0D%0AA%3A%20b%3B"),
            ("\u{202e}gnp.ü", "attachment; filename=\"_gnp._\"; filename*=UTF-8''%E2%80%AEgnp.%C3%BC"),
        ] {
            assert_eq!(described(&format!("/tmp/{name}"), true)("content-disposition"), expect, "{name:?}");
        }
    }
}
