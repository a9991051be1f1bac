//! What a webhook may be like.

use std::collections::BTreeMap;

use aether_protocol::domains::webhook::{CreateInbound, Register};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::address;
use crate::error::{Result, WebhookError};
use crate::matching::is_pattern;
use crate::{sign, template};

/// Characters of a name.
const NAME: usize = 128;
const URL: usize = 2_048;
/// Patterns of one webhook, and characters of each.
const PATTERNS: usize = 64;
const PATTERN: usize = 128;
/// Fields of a filter, and bytes of all of it as JSON.
const FILTERS: usize = 16;
const FILTER: usize = 4 * 1024;
const HEADERS: usize = 32;
/// Bytes of all headers, names and values.
const HEADER_BYTES: usize = 8 * 1024;
const SECRET: usize = 512;
/// Attempts after the first, if nothing is said, and at most.
const RETRIES: u32 = 3;
const MOST_RETRIES: u32 = 10;
/// Milliseconds an attempt may take: if nothing is said, and from and to what.
const TIMEOUT: u64 = 5_000;
const TIMEOUTS: std::ops::RangeInclusive<u64> = 100..=10_000;
/// Bytes of an agent's configuration and of a transform.
const CONFIG: usize = 64 * 1024;
const TRANSFORM: usize = 16 * 1024;

/// Headers that are about one connection (RFC 9110, section 7.6.1), or that the delivery itself decides.
const RESERVED: [&str; 13] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    sign::OLDER,
];

/// A registration that may stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    pub name: String,
    pub url: String,
    pub events: Vec<String>,
    pub filters: Option<Map<String, Value>>,
    pub headers: BTreeMap<String, String>,
    pub secret: Option<String>,
    pub retry_count: u32,
    pub timeout_ms: u64,
}

/// Completes a registration, or says what is wrong with it.
///
/// # Errors
/// [`WebhookError::Invalid`], with what to change.
pub fn registration(request: Register, allow_private: bool) -> Result<Registration> {
    let url = target(&request.url, allow_private)?;
    let host = url.host_str().unwrap_or_default();
    let name = named(if request.name.trim().is_empty() { host } else { &request.name })?;
    let retry_count = request.retry_count.unwrap_or(RETRIES);
    if retry_count > MOST_RETRIES {
        return Err(invalid(format!("retry_count is {MOST_RETRIES} at most. Choose fewer retries.")));
    }
    let timeout_ms = request.timeout_ms.unwrap_or(TIMEOUT);
    if !TIMEOUTS.contains(&timeout_ms) {
        let (least, most) = (TIMEOUTS.start(), TIMEOUTS.end());
        return Err(invalid(format!("timeout_ms is from {least} to {most}. Choose a time between.")));
    }
    Ok(Registration {
        name,
        url: request.url,
        events: patterns(request.events)?,
        filters: filters(request.filters)?,
        headers: headers(request.headers.unwrap_or_default())?,
        secret: secret(request.secret.map(|secret| secret.0))?,
        retry_count,
        timeout_ms,
    })
}

/// Looks at a new address of ours before it is made.
///
/// # Errors
/// [`WebhookError::Invalid`], with what to change.
pub fn inbound(request: &CreateInbound) -> Result<(String, Option<String>)> {
    let name = named(&request.name)?;
    let size = serde_json::to_string(&request.agent_config).map_or(usize::MAX, |text| text.len());
    if size > CONFIG {
        return Err(invalid(format!("agent_config has {CONFIG} bytes at most. Leave something out.")));
    }
    match &request.transform {
        Some(transform) if transform.len() > TRANSFORM => {
            return Err(invalid(format!("A transform has {TRANSFORM} bytes at most. Make it shorter.")));
        }
        Some(transform) => drop(template::parse(transform)?),
        None if request.agent_config.goal.trim().is_empty() => {
            return Err(invalid("An agent needs a goal. Give agent_config one, or a transform that makes it."));
        }
        None => {}
    }
    Ok((name, secret(request.secret.as_ref().map(|secret| secret.0.clone()))?))
}

/// Where deliveries go.
///
/// # Errors
/// When it is no address of a web server, or one that may not be delivered to.
pub fn target(text: &str, allow_private: bool) -> Result<Url> {
    if text.len() > URL {
        return Err(invalid(format!("A URL has {URL} bytes at most. Use a shorter one.")));
    }
    let url = Url::parse(text).map_err(|_| invalid("The URL is none. Give one like https://example.com/hook."))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("A webhook's URL begins with https:// or http://. Give one of these."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("The URL holds a user or a password. Take it out, and send it in a header."));
    }
    // The parser has brought every spelling of an address to the one that is read here.
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.parse() {
        address::checked(address, allow_private).map_err(|refusal| invalid(refusal.to_string()))?;
    }
    Ok(url)
}

fn named(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
        return Err(invalid(format!("A name has 1 to {NAME} characters on one line. Choose another one.")));
    }
    Ok(name.to_owned())
}

fn patterns(events: Vec<String>) -> Result<Vec<String>> {
    if events.is_empty() || events.len() > PATTERNS {
        return Err(invalid(format!("A webhook names 1 to {PATTERNS} kinds of events. Use `prefix.*` for many.")));
    }
    if let Some(bad) = events.iter().find(|event| event.len() > PATTERN || !is_pattern(event)) {
        let bad: String = bad.chars().take(PATTERN).collect();
        return Err(invalid(format!(
            "{bad:?} is no kind of event. Use a type like process.exit, a `prefix.*`, or `*`."
        )));
    }
    Ok(events)
}

fn filters(filters: Option<Map<String, Value>>) -> Result<Option<Map<String, Value>>> {
    let Some(filters) = filters else { return Ok(None) };
    if filters.len() > FILTERS || Value::Object(filters.clone()).to_string().len() > FILTER {
        return Err(invalid(format!("Filters have {FILTERS} fields and {FILTER} bytes at most. Use fewer.")));
    }
    Ok(Some(filters))
}

fn headers(headers: BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let size: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > HEADERS || size > HEADER_BYTES {
        return Err(invalid(format!("There are {HEADERS} headers with {HEADER_BYTES} bytes at most. Send fewer.")));
    }
    for (name, value) in &headers {
        let Ok(parsed) = HeaderName::from_bytes(name.as_bytes()) else {
            return Err(invalid(format!("{name:?} is no name of a header. Correct it.")));
        };
        if RESERVED.contains(&parsed.as_str()) || parsed.as_str().starts_with("webhook-") {
            return Err(invalid(format!("The header {parsed} is the delivery's own. Leave it out.")));
        }
        if HeaderValue::from_str(value).is_err() {
            return Err(invalid(format!("The value of the header {parsed} has characters that none may have.")));
        }
    }
    Ok(headers)
}

fn secret(secret: Option<String>) -> Result<Option<String>> {
    match secret {
        Some(secret) if secret.is_empty() || secret.len() > SECRET => {
            Err(invalid(format!("A secret has 1 to {SECRET} bytes. Choose another one, or leave it out.")))
        }
        secret => Ok(secret),
    }
}

pub fn invalid(message: impl Into<String>) -> WebhookError {
    WebhookError::Invalid(message.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn register(more: &Value) -> Result<Registration> {
        let mut request = json!({ "url": "https://example.com/x", "events": ["process.exit"] });
        let fields = request.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        registration(serde_json::from_value(request).expect("a request"), false)
    }

    #[test]
    fn what_is_not_said_is_as_existing_clients_expect() {
        let made = register(&json!({})).expect("fine");
        assert_eq!((made.name.as_str(), made.retry_count, made.timeout_ms), ("example.com", 3, 5_000));
        register(&json!({ "retry_count": 0, "timeout_ms": 10_000, "headers": { "Authorization": "Bearer x" } }))
            .expect("fine");
    }

    #[test]
    fn each_fault_is_named() {
        let long = "x".repeat(5_000);
        for (fields, says) in [
            (json!({ "url": "example" }), "The URL is none"),
            (json!({ "url": "ftp://example.com" }), "https://"),
            (json!({ "url": format!("https://example.com/{long}") }), "bytes at most"),
            (json!({ "url": "https://ada:pw@example.com" }), "password"),
            (json!({ "url": "http://127.0.0.1/" }), "AETHER_WEBHOOK_ALLOW_PRIVATE"),
            (json!({ "url": "http://2130706433/" }), "127.0.0.1 is not"),
            (json!({ "url": "http://0x7f.1/" }), "127.0.0.1 is not"),
            (json!({ "url": "http://[::ffff:169.254.169.254]/" }), "is not on the public"),
            (json!({ "url": "http://[::1]:80/" }), "::1 is not"),
            (json!({ "events": [] }), "1 to 64"),
            (json!({ "events": ["a b"] }), "\"a b\" is no kind"),
            (json!({ "name": "a\nb" }), "one line"),
            (json!({ "retry_count": 11 }), "retry_count"),
            (json!({ "timeout_ms": 10 }), "timeout_ms"),
            (json!({ "secret": "" }), "A secret"),
            (json!({ "filters": { "a": long } }), "Filters"),
            (json!({ "headers": { "Transfer-Encoding": "chunked" } }), "transfer-encoding"),
            (json!({ "headers": { "HOST": "x" } }), "header host"),
            (json!({ "headers": { "Content-Length": "1" } }), "content-length"),
            (json!({ "headers": { "Webhook-Signature": "v1,x" } }), "webhook-signature"),
            (json!({ "headers": { "X-Aether-Signature": "x" } }), "x-aether-signature"),
            (json!({ "headers": { "a b": "x" } }), "no name"),
            (json!({ "headers": { "a": "x\r\nb: c" } }), "characters"),
        ] {
            let refusal = register(&fields).expect_err("refused").to_string();
            assert!(refusal.contains(says), "{fields}: {refusal}");
        }
    }
}
