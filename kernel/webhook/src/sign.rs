//! Signatures of deliveries and of calls, by HMAC-SHA256 (RFC 2104).
//!
//! Two forms: that of Standard Webhooks (<https://www.standardwebhooks.com>, `webhook-signature: v1,<base64>` over
//! `id.timestamp.body`), and the older `X-Aether-Signature`, hexadecimal over the body alone.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::HeaderMap;
use sha2::Sha256;

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

/// True if a call carries a signature by this secret, in any of the forms. Each is compared in constant time. `now` is in
/// seconds since the Unix epoch.
pub fn is_signed(secret: &str, headers: &HeaderMap, body: &[u8], now: u64) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let (Some(id), Some(timestamp), Some(signatures)) = (text(ID), text(TIMESTAMP), text(SIGNATURE)) {
        let fresh = timestamp.parse::<u64>().is_ok_and(|at| now.abs_diff(at) <= TOLERANCE);
        let offered = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,"));
        return fresh
            && offered
                .filter_map(|one| BASE64_STANDARD.decode(one).ok())
                .any(|one| standard(secret, id, timestamp, body).is_some_and(|mac| mac.verify_slice(&one).is_ok()));
    }
    let offered = text(OLDER).or_else(|| text(HUB)).map(|value| value.strip_prefix("sha256=").unwrap_or(value));
    let offered = offered.and_then(bytes);
    offered.is_some_and(|one| mac(secret.as_bytes(), &[body]).is_some_and(|mac| mac.verify_slice(&one).is_ok()))
}

/// What names a call that is signed by Standard Webhooks: its sender repeats it under the same name.
pub fn message(headers: &HeaderMap) -> Option<&str> {
    [TIMESTAMP, SIGNATURE]
        .iter()
        .all(|name| headers.contains_key(*name))
        .then(|| headers.get(ID)?.to_str().ok())
        .flatten()
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
        for (name, value) in [(OLDER, hex.to_owned()), (HUB, format!("sha256={hex}")), (OLDER, hex.to_uppercase())] {
            assert!(is_signed("Jefe", &headers(&[(name, &value)]), body, 0), "{name}: {value}");
        }
        for value in ["", "5bdc", &hex[1..], "zz", &format!("{hex}00")] {
            assert!(!is_signed("Jefe", &headers(&[(OLDER, value)]), body, 0), "{value}");
        }
        assert!(!is_signed("Jefe", &headers(&[]), body, 0));
    }
}
