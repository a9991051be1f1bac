//! Signatures of deliveries and of calls, by HMAC-SHA256 (RFC 2104).
//!
//! Two forms: that of Standard Webhooks (<https://www.standardwebhooks.com>, `webhook-signature: v1,<base64>` over
//! `id.timestamp.body`), and the older `X-Aether-Signature`, hexadecimal over the body alone.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::HeaderMap;
use sha2::{Digest, Sha256};

/// What says that a secret is base64 (Standard Webhooks).
const PREFIX: &str = "whsec_";
/// Seconds the time of a signed call may be off.
const TOLERANCE: u64 = 5 * 60;

pub const ID: &str = "webhook-id";
pub const TIMESTAMP: &str = "webhook-timestamp";
pub const SIGNATURE: &str = "webhook-signature";
pub const OLDER: &str = "x-aether-signature";
/// As GitHub sends it: `sha256=<hexadecimal>` over the body.
const HUB: &str = "x-hub-signature-256";

/// The key a secret stands for: with `whsec_` before it the bytes that its base64 spells, else its own.
fn key(secret: &str) -> Vec<u8> {
    let spelled = secret.strip_prefix(PREFIX).and_then(|text| BASE64_STANDARD.decode(text).ok());
    spelled.unwrap_or_else(|| secret.as_bytes().to_vec())
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac)
}

fn standard(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    mac(&key(secret), &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body])
}

/// The value of `webhook-signature`. `timestamp` is in seconds since the Unix epoch.
pub fn signature(secret: &str, id: &str, timestamp: u64, body: &[u8]) -> Option<String> {
    let mac = standard(secret, id, &timestamp.to_string(), body)?;
    Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

/// The value of `X-Aether-Signature`.
pub fn older_signature(secret: &str, body: &[u8]) -> Option<String> {
    let mac = mac(secret.as_bytes(), &[body])?;
    Some(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What a call is known by when it comes again: SHA-256 of its id, or of its signature.
pub type Name = [u8; 32];

/// A call whose signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub name: Name,
    /// Under what it could be sent again by somebody who took it off the wire and left out the headers with its time.
    pub bare: Option<Name>,
    /// True if its sender has named it, so that it repeats it under the same id. A signature over the body alone does not
    /// tell a repetition from another call.
    pub is_named: bool,
}

/// Looks at the signature of a call by this secret, in any of the forms; `None` if there is none or it is wrong. Each is
/// compared in constant time. `now` is in seconds since the Unix epoch.
pub fn verify(secret: &str, headers: &HeaderMap, body: &[u8], now: u64) -> Option<Signed> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bare = bare(secret, text(OLDER).or_else(|| text(HUB)), body);
    let (Some(id), Some(timestamp), Some(signatures)) = (text(ID), text(TIMESTAMP), text(SIGNATURE)) else {
        return bare.map(|name| Signed { name, bare: None, is_named: false });
    };
    let is_fresh = timestamp.parse::<u64>().is_ok_and(|at| now.abs_diff(at) <= TOLERANCE);
    let mut offered = signatures.split(' ').filter_map(|one| BASE64_STANDARD.decode(one.strip_prefix("v1,")?).ok());
    let is_signed =
        offered.any(|one| standard(secret, id, timestamp, body).is_some_and(|mac| mac.verify_slice(&one).is_ok()));
    (is_fresh && is_signed).then(|| Signed { name: name(b"id", id.as_bytes()), bare, is_named: true })
}

/// What a call is known by whose signature is over the body alone, if it is right. It is the same whatever header it is in.
fn bare(secret: &str, offered: Option<&str>, body: &[u8]) -> Option<Name> {
    let offered = offered.map(|value| value.strip_prefix("sha256=").unwrap_or(value)).and_then(bytes)?;
    mac(secret.as_bytes(), &[body])?.verify_slice(&offered).ok()?;
    Some(name(b"body", &offered))
}

fn name(kind: &[u8], what: &[u8]) -> Name {
    Sha256::new().chain_update(kind).chain_update(b"\0").chain_update(what).finalize().into()
}

/// Hexadecimal as bytes.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    #[test]
    fn the_example_of_the_specification_comes_out() {
        let (secret, id, at) =
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330);
        let body = br#"{"test": 2432232314}"#;
        let signed = signature(secret, id, at, body).expect("signed");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let both = format!("v1,AAAA v2,x {signed}");
        let call = headers(&[(ID, id), (TIMESTAMP, "1614265330"), (SIGNATURE, &both)]);
        let is_signed =
            |secret: &str, headers: &HeaderMap, body: &[u8], now| verify(secret, headers, body, now).is_some();
        assert!(is_signed(secret, &call, body, at + TOLERANCE));
        assert!(!is_signed(secret, &call, body, at + TOLERANCE + 1), "too old");
        assert!(!is_signed(secret, &call, body, at - TOLERANCE - 1), "too early");
        assert!(!is_signed(secret, &call, b"{}", at));
        assert!(!is_signed("whsec_AAAA", &call, body, at));
        let other = headers(&[(ID, "msg_2"), (TIMESTAMP, "1614265330"), (SIGNATURE, &signed)]);
        assert!(!is_signed(secret, &other, body, at));
    }

    #[test]
    fn the_older_forms_sign_the_body_alone() {
        // RFC 4231, test case 2.
        let body = b"what do ya want for nothing?";
        let hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(older_signature("Jefe", body).as_deref(), Some(hex));
        let is_signed = |headers: &HeaderMap| verify("Jefe", headers, body, 0).is_some();
        for (name, value) in [(OLDER, hex.to_owned()), (HUB, format!("sha256={hex}")), (OLDER, hex.to_uppercase())] {
            assert!(is_signed(&headers(&[(name, &value)])), "{name}: {value}");
        }
        for value in ["", "5bdc", &hex[1..], "zz", &format!("{hex}00")] {
            assert!(!is_signed(&headers(&[(OLDER, value)])), "{value}");
        }
        assert!(!is_signed(&headers(&[])));
    }

    #[test]
    fn a_call_is_known_again_by_its_id_or_by_its_signature() {
        let (body, at) = (b"{}", 1_000);
        let older = older_signature("key", body).expect("signed");
        let standard = |id: &str| signature("key", id, at, body).expect("signed");
        let call = |pairs: &[(&'static str, &str)]| verify("key", &headers(pairs), body, at).expect("signed");
        let (first, second) = (standard("a"), standard("b"));
        let both = call(&[(ID, "a"), (TIMESTAMP, "1000"), (SIGNATURE, &first), (OLDER, &older)]);
        let other = call(&[(ID, "b"), (TIMESTAMP, "1000"), (SIGNATURE, &second)]);
        assert!(both.is_named && other.is_named && both.name != other.name && other.bare.is_none());
        // Without the headers that carry its time it is what was noted beside it, in whatever header.
        for bare in [call(&[(OLDER, &older)]), call(&[(HUB, &format!("sha256={}", older.to_uppercase()))])] {
            assert_eq!((Some(bare.name), bare.is_named), (both.bare, false));
        }
    }
}
