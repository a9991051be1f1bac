//! What the audit log keeps of a command's arguments: enough to tell what was asked for, nothing that lets anybody in,
//! and no content of files.
//!
//! Values are judged by the name of their field, then by how they look. A secret that stands under a harmless name and
//! looks like a word is not recognised.

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What stands in place of a secret.
pub const REDACTED: &str = "[redacted]";
/// Bytes of a text that are kept.
const TEXT: usize = 256;
/// Bytes of a name that are kept.
const NAME: usize = 64;
/// Elements of a list and fields of a record that are kept.
const WIDEST: usize = 32;
/// Records within records that are kept.
const DEEPEST: usize = 4;
/// Bytes of all arguments of one command that are kept.
const LONGEST: usize = 4_096;
/// Bytes from which on a text that is left out is named by its hash. That of a shorter one would tell what it was.
const HASHED: usize = 64;
/// Bytes from which on a word of mixed letters and digits is taken for a key.
const KEY: usize = 24;

/// Parts of the names of fields that hold what lets somebody in, in small letters and digits alone.
const SECRET_PARTS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "credential",
    "authorization",
    "cookie",
    "privatekey",
    "accesskey",
];
/// Whole names of such fields. In running text they are ordinary words.
const SECRET_NAMES: &[&str] = &["key", "code", "auth", "pin", "otp", "jwt", "pass", "signature"];
/// Names of records whose every value may be a secret.
const HIDDEN: &[&str] = &["headers", "env", "environment"];
/// Names of fields that hold what somebody has written or a file contains.
const CONTENT: &[&str] = &[
    "content", "contents", "data", "body", "payload", "bytes", "patch", "diff", "old", "new", "oldtext", "newtext",
    "stdin", "input", "value",
];
/// What keys and tokens of well-known makers begin with.
const PREFIXES: &[&str] = &[
    "sk-",
    "sk_",
    "pk_live",
    "rk_live",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "whsec_",
    "npm_",
    "hf_",
    "gsk_",
    "eyJ",
];

/// SHA-256 (FIPS 180-4), in small hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The arguments of a command or a tool call as JSON text, without secrets and content; `None` where there are none.
pub fn arguments(request: &impl Serialize) -> Option<String> {
    let value = serde_json::to_value(request).ok()?;
    if value.as_object().is_none_or(Map::is_empty) {
        return None;
    }
    let text = clean("", value, 0).to_string();
    if text.len() <= LONGEST {
        return Some(text);
    }
    Some(serde_json::json!({ "arguments": size(&text) }).to_string())
}

/// A name that came from outside, cut to what is kept.
pub fn name(text: &str) -> String {
    text[..text.floor_char_boundary(NAME)].to_owned()
}

fn clean(field: &str, value: Value, depth: usize) -> Value {
    let name = letters(field);
    let secret = SECRET_NAMES.contains(&name.as_str()) || is_secret(&name);
    match value {
        Value::Null | Value::Bool(_) => value,
        // A number of tokens is a number.
        Value::Number(_) if !secret || name.contains("token") => value,
        _ if secret => REDACTED.into(),
        // `["NAME=value"]`, `[["name", "value"]]` or a text of lines: no name in it is one of a field.
        Value::String(_) | Value::Array(_) if HIDDEN.contains(&name.as_str()) => REDACTED.into(),
        Value::String(text) if CONTENT.contains(&name.as_str()) => size(&text).into(),
        value if CONTENT.contains(&name.as_str()) && (value.is_array() || value.is_object()) => {
            size(&value.to_string()).into()
        }
        Value::Number(_) => value,
        Value::String(text) => shortened(&text).into(),
        value if depth == DEEPEST => format!("[{} bytes]", value.to_string().len()).into(),
        Value::Array(elements) => {
            let more = elements.len().saturating_sub(WIDEST);
            let kept = elements.into_iter().take(WIDEST).map(|element| clean(field, element, depth + 1));
            kept.chain((more > 0).then(|| format!("[{more} more]").into())).collect()
        }
        Value::Object(fields) => {
            let hidden = HIDDEN.contains(&name.as_str());
            let more = fields.len().saturating_sub(WIDEST);
            let kept = fields.into_iter().take(WIDEST).map(|(field, value)| {
                let value = if hidden { REDACTED.into() } else { clean(&field, value, depth + 1) };
                (self::name(&field), value)
            });
            kept.chain((more > 0).then(|| ("…".to_owned(), format!("[{more} more]").into()))).collect()
        }
    }
}

fn is_secret(name: &str) -> bool {
    SECRET_PARTS.iter().any(|part| name.contains(part))
}

/// A text by its size alone.
fn size(text: &str) -> String {
    match text.len() {
        bytes if bytes < HASHED => format!("[{bytes} bytes]"),
        bytes => format!("[{bytes} bytes, sha256:{}]", digest(text.as_bytes())),
    }
}

/// The beginning of a text, without what looks like a secret.
fn shortened(text: &str) -> String {
    if text.contains("PRIVATE KEY-----") {
        return REDACTED.to_owned();
    }
    let mut kept = scrubbed(text);
    if kept.len() > TEXT {
        // Its hash, not that of the text as it was: with all else known, that would tell a short secret in it.
        let whole = size(&kept);
        kept.truncate(kept.floor_char_boundary(TEXT));
        kept.push_str("… ");
        kept.push_str(&whole);
    }
    kept
}

/// A text with its secret-looking words redacted, everything between the words as it was.
fn scrubbed(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut last, mut secret) = ("", false);
    for piece in text.split_inclusive(is_between) {
        let word = piece.trim_end_matches(is_between);
        if word.is_empty() {
            kept.push_str(piece);
            continue;
        }
        // `"password":"..."`, also where the quotes are escaped.
        let joint = matches!(word.trim_matches('\\'), ":" | "=" | "");
        let lower = word.to_ascii_lowercase();
        if secret && !joint && !matches!(lower.as_str(), "bearer" | "basic") {
            kept.push_str(REDACTED);
            secret = false;
        } else {
            secret = announces(&lower) || joint && (secret || is_secret(&letters(last)));
            kept.push_str(&redacted(word));
        }
        if !joint {
            last = word;
        }
        kept.push_str(&piece[word.len()..]);
    }
    kept
}

/// A name as fields are compared by it.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn is_between(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '<' | '>' | '{' | '}' | '[' | ']' | '?' | '&')
}

/// True for a word after which a secret comes: `Bearer`, `Password:`, `--api-key`.
fn announces(word: &str) -> bool {
    matches!(word, "bearer" | "basic")
        || (word.ends_with([':', '=']) || word.starts_with("--")) && !has_value(word) && is_secret(&letters(word))
}

fn has_value(word: &str) -> bool {
    word.split_once(['=', ':']).is_some_and(|(_, value)| !value.is_empty())
}

fn redacted(word: &str) -> String {
    if let Some((scheme, rest)) = word.split_once("://") {
        let end = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let host = match host.rsplit_once('@') {
            Some((_, host)) => format!("{REDACTED}@{host}"),
            None => host.to_owned(),
        };
        let path: Vec<&str> = path.split('/').map(|part| if is_key(part) { REDACTED } else { part }).collect();
        return format!("{scheme}://{host}{}", path.join("/"));
    }
    if let Some((name, value)) = word.split_once(['=', ':'])
        && !value.is_empty()
        && (is_secret(&letters(name)) || is_key(value))
    {
        return format!("{name}{}{REDACTED}", &word[name.len()..=name.len()]);
    }
    if is_key(word) { REDACTED.to_owned() } else { word.to_owned() }
}

/// True for what looks like a key: it begins as those of a well-known maker do, or is long and mixed as chance makes it.
fn is_key(word: &str) -> bool {
    if word.len() >= 16 && PREFIXES.iter().any(|prefix| word.starts_with(prefix)) {
        return true;
    }
    let count = |is: fn(&char) -> bool| word.chars().filter(is).count();
    word.len() >= KEY
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '/' | '='))
        && count(char::is_ascii_digit) >= 3
        && count(char::is_ascii_uppercase) >= 3
        && count(char::is_ascii_lowercase) >= 3
        // A path has parts that are words.
        && !word.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(value: &Value) -> Value {
        serde_json::from_str(&arguments(value).expect("arguments")).expect("JSON")
    }

    #[test]
    fn secrets_are_recognised_by_their_field() {
        let given = serde_json::json!({
            "username": "ada", "password": "hunter2", "newPassword": ["a"], "mfaToken": "m", "code": "123456",
            "api_key": "k", "credentials": { "user": "u" }, "X-Api-Key": "k", "maxTokens": 500, "pin": 1234,
            "headers": { "X-Own": "v" }, "environment": ["A=v"], "sandbox": { "env": { "A": "v" }, "secretName": "v", "gpu": true, "token": null },
        });
        assert_eq!(
            kept(&given),
            serde_json::json!({
                "username": "ada", "password": REDACTED, "newPassword": REDACTED, "mfaToken": REDACTED,
                "code": REDACTED, "api_key": REDACTED, "credentials": REDACTED, "X-Api-Key": REDACTED, "maxTokens": 500,
                "pin": REDACTED, "headers": { "X-Own": REDACTED }, "environment": REDACTED,
                "sandbox": { "env": { "A": REDACTED }, "secretName": REDACTED, "gpu": true, "token": null },
            })
        );
    }

    #[test]
    fn secrets_in_running_text_are_recognised_by_their_looks() {
        for (given, expected) in [
            ("ls -l /home/agent_2/a.txt", "ls -l /home/agent_2/a.txt"),
            ("exit code: 0, key: value", "exit code: 0, key: value"),
            ("Use sk-abcdefghijklmnop123 for it", "Use [redacted] for it"),
            ("curl -H 'Authorization: Bearer abc.def' x", "curl -H 'Authorization: Bearer [redacted]' x"),
            ("export API_KEY=abc; PASSWORD='a'", "export API_KEY=[redacted]; PASSWORD='[redacted]'"),
            ("login --password hunter2 --user ada", "login --password [redacted] --user ada"),
            ("the password: hunter2.", "the password: [redacted]"),
            (r#"curl -d '{"password":"hunter2", "a":1}'"#, r#"curl -d '{"password":"[redacted]", "a":1}'"#),
            (r#"echo "{\"token\":\"hunter2\"}""#, r#"echo "{\"token\":\"[redacted]"}""#),
            ("https://ada:pw@example.com/a?token=abc&b=1", "https://[redacted]@example.com/a?token=[redacted]&b=1"),
            (
                "https://hooks.example.com/services/T0/B0/aBcDeFgHiJkLmNoPqR123456",
                "https://hooks.example.com/services/T0/B0/[redacted]",
            ),
            ("-----BEGIN PRIVATE KEY-----\nabc", "[redacted]"),
            ("wJalrXUtnFEMI/K7MDENG/bPxRfiCY12EXAMPLEKEY", "[redacted]"),
        ] {
            assert_eq!(kept(&serde_json::json!({ "goal": given }))["goal"], expected, "{given}");
        }
    }

    #[test]
    fn content_is_kept_by_its_size_and_long_texts_by_their_beginning() {
        let long = "é".repeat(1_000);
        let given = serde_json::json!({ "path": "/tmp/a", "content": "short", "payload": { "a": 1 }, "data": long, "goal": long });
        let kept = kept(&given);
        assert_eq!((&kept["content"], &kept["payload"]), (&"[5 bytes]".into(), &"[7 bytes]".into()));
        let hash = digest(long.as_bytes());
        assert_eq!(kept["data"], format!("[2000 bytes, sha256:{hash}]"));
        assert_eq!(kept["goal"], format!("{}… [2000 bytes, sha256:{hash}]", "é".repeat(128)));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let list: Vec<u32> = (0..100).collect();
        let kept = kept(&serde_json::json!({ "ids": list, "a": { "b": { "c": { "d": { "e": 1 } } } } }));
        assert_eq!(kept["ids"].as_array().map(Vec::len), Some(WIDEST + 1));
        assert_eq!(kept["ids"][WIDEST], "[68 more]");
        assert_eq!(kept["a"]["b"]["c"]["d"], "[7 bytes]");
        let wide: Map<String, Value> = (0..30).map(|n| (n.to_string(), "x".repeat(250).into())).collect();
        let text = arguments(&wide).expect("arguments");
        assert!(text.len() < 200 && text.contains("sha256:"), "{text}");
        assert_eq!(arguments(&serde_json::json!({})), None);
    }

    #[test]
    fn a_digest_is_that_of_the_standard() {
        assert_eq!(digest(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
