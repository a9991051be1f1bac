//! Errors as providers write them, sorted into what the loop does about them.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::error::{ProviderError, Said};
use super::exchange::Peer;

/// No provider is waited for longer than this, whatever it says.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// An answer whose status is no success.
pub(crate) struct Refusal<'a> {
    pub status: u16,
    pub retry_after: Option<Duration>,
    pub body: &'a [u8],
}

impl Refusal<'_> {
    pub fn error(&self, peer: &Peer) -> ProviderError {
        let mut fault = match serde_json::from_slice::<Value>(self.body) {
            Ok(body) => Fault::read(&body),
            Err(_) => Fault { message: plain_text(self.body), ..Fault::default() },
        };
        fault.retry_after = self.retry_after.or(fault.retry_after);
        fault.sort(peer, Some(self.status))
    }
}

/// Whether a body or an event of a stream is an error object.
pub(crate) fn carries_error(body: &Value) -> bool {
    match body {
        Value::Array(items) => items.first().is_some_and(carries_error),
        _ => is_said(&body["error"]) || body["object"] == "error",
    }
}

/// Some servers send the field with nothing in it.
fn is_said(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::Array(_) => true,
    }
}

/// The error that stands in a reply which began as a success.
pub(crate) fn in_reply(peer: &Peer, event: &Value) -> ProviderError {
    let fault = Fault::read(event);
    let status = fault.status;
    fault.sort(peer, status)
}

/// How long to wait, from the headers (`retry-after-ms`, or RFC 9110 `Retry-After` in seconds; none of these providers
/// sends a date).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"))?;
    wait(seconds)
}

fn wait(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().map(|time| time.min(LONGEST_WAIT))
}

/// What an error object says, whoever wrote it.
#[derive(Debug, Default)]
struct Fault {
    message: String,
    /// Its machine-readable names, lower case: OpenAI's `type` and `code`, Anthropic's `type`, Google's `status`.
    tags: Vec<String>,
    status: Option<u16>,
    retry_after: Option<Duration>,
}

impl Fault {
    fn read(body: &Value) -> Fault {
        let body = match body {
            Value::Array(items) => items.first().unwrap_or(body),
            _ => body,
        };
        let error = match &body["error"] {
            Value::Null => body,
            error => error,
        };
        let mut fault = Fault::default();
        let texts = [error, &error["message"], &error["detail"], &body["message"]];
        fault.message = texts.iter().find_map(|text| text.as_str()).unwrap_or_default().to_owned();
        for name in ["type", "code", "status", "reason"] {
            fault.tag(&error[name]);
        }
        for detail in error["details"].as_array().into_iter().flatten() {
            fault.tag(&detail["reason"]);
            fault.retry_after = fault.retry_after.or_else(|| seconds(&detail["retryDelay"]));
            for violation in detail["violations"].as_array().into_iter().flatten() {
                if violation["quotaId"].as_str().is_some_and(|id| id.contains("PerDay")) {
                    fault.tags.push("insufficient_quota".to_owned());
                }
            }
        }
        fault
    }

    fn tag(&mut self, value: &Value) {
        match value {
            Value::String(text) => match text.parse() {
                Ok(status) => self.status = Some(status),
                Err(_) => self.tags.push(text.to_lowercase()),
            },
            Value::Number(number) => {
                self.status = number.as_u64().and_then(|n| u16::try_from(n).ok()).or(self.status);
            }
            _ => {}
        }
    }

    fn is(&self, tags: &[&str]) -> bool {
        self.tags.iter().any(|tag| tags.contains(&tag.as_str()))
    }

    fn says(&self, phrases: &[&str]) -> bool {
        let message = self.message.to_lowercase();
        phrases.iter().any(|phrase| message.contains(phrase))
    }

    /// The order matters: providers use one status for several things, and their names are the finer ones.
    fn sort(self, peer: &Peer, status: Option<u16>) -> ProviderError {
        let (provider, said) = (peer.name.clone(), peer.said(&self.message));
        let retry_after = self.retry_after;
        if status == Some(402) || self.is(&NO_QUOTA) || self.says(&["credit balance is too low"]) {
            return ProviderError::QuotaExhausted { provider, said };
        }
        if status == Some(429) {
            return ProviderError::RateLimited { provider, said, retry_after };
        }
        if status == Some(413) || self.is(&["context_length_exceeded"]) || self.says(&TOO_LONG) {
            return ProviderError::ContextLength { provider, said };
        }
        if matches!(status, Some(401 | 403)) || self.is(&NO_KEY) {
            return ProviderError::Auth { provider, said };
        }
        if self.is(&["rate_limit_error", "rate_limit_exceeded", "resource_exhausted"]) {
            return ProviderError::RateLimited { provider, said, retry_after };
        }
        if matches!(status, Some(498 | 529)) || self.is(&["overloaded_error"]) || self.says(&["overloaded"]) {
            return ProviderError::Overloaded { provider, said, retry_after };
        }
        match status {
            Some(300..=399) => peer.invalid("it answered with a redirect"),
            Some(400..=407 | 409..=499) => ProviderError::BadRequest { provider, said },
            _ if self.is(&["invalid_request_error", "invalid_argument", "not_found_error"]) => {
                ProviderError::BadRequest { provider, said }
            }
            // What breaks without a reason we know may well work the next time.
            _ => ProviderError::Unavailable { provider, said: unavailable(said, status), retry_after },
        }
    }
}

const NO_QUOTA: [&str; 4] =
    ["insufficient_quota", "billing_error", "insufficient_balance", "billing_hard_limit_reached"];
const NO_KEY: [&str; 6] = [
    "authentication_error",
    "permission_error",
    "invalid_api_key",
    "api_key_invalid",
    "unauthenticated",
    "permission_denied",
];
const TOO_LONG: [&str; 8] = [
    "context length",
    "context window",
    "context size",
    "maximum context",
    "prompt is too long",
    "input is too long",
    "exceeds the maximum number of tokens",
    "reduce the length of the messages",
];

fn unavailable(said: Said, status: Option<u16>) -> Said {
    match status {
        Some(status) if said.as_str().is_empty() => Said::new(&format!("it answered with status {status}")),
        _ => said,
    }
}

/// Google's `Duration` in JSON: seconds with an `s`.
fn seconds(value: &Value) -> Option<Duration> {
    wait(value.as_str()?.strip_suffix('s')?.parse().ok()?)
}

/// A body that is no JSON, if it is worth repeating.
fn plain_text(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with('<') { String::new() } else { text.into_owned() }
}

#[cfg(test)]
mod tests;
