//! One delivery over HTTP.

use std::error::Error;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, Response, StatusCode, Url, redirect};

use crate::address::Resolver;
use crate::error::{Result, WebhookError};

/// Bytes that are kept of what a receiver answers.
const ANSWER: usize = 4 * 1024;
/// How long a receiver may ask to be left alone.
const LONGEST_REST: Duration = Duration::from_secs(3_600);

/// A delivery that is ready to go.
pub struct Post {
    pub url: Url,
    pub headers: HeaderMap,
    pub body: String,
    /// How long all of it may take.
    pub timeout: Duration,
}

/// What became of a delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Absent where no answer came.
    pub status: Option<u16>,
    /// The beginning of what was answered.
    pub answer: Option<String>,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// How long the receiver wants to be left alone; an hour at most.
    pub retry_after: Option<Duration>,
}

impl Outcome {
    /// True if the receiver wants no delivery any more (Standard Webhooks).
    pub fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE.as_u16())
    }
}

/// Makes deliveries.
#[async_trait]
pub trait Sender: Send + Sync {
    /// Makes one attempt. It ends within the time that the delivery has.
    async fn send(&self, post: Post) -> Outcome;
}

/// Delivers over HTTP to machines that were checked; follows no redirect, and uses no proxy, which would connect to what it
/// likes.
pub struct HttpSender(Client);

impl HttpSender {
    /// The process must have installed a TLS provider (`rustls::crypto`) before.
    ///
    /// # Errors
    /// [`WebhookError::NoClient`] when secure connections cannot be set up.
    pub fn new(allow_private: bool) -> Result<HttpSender> {
        let builder = || -> ClientBuilder {
            Client::builder()
                .user_agent(concat!("aether-os/", env!("CARGO_PKG_VERSION")))
                .redirect(redirect::Policy::none())
                .no_proxy()
                .dns_resolver(Resolver { allow_private })
        };
        let client = builder().build().or_else(|error| {
            tracing::warn!(error = %cause(&error), "no certificates were found: webhooks reach no https");
            builder().tls_certs_only([]).build()
        });
        client.map(HttpSender).map_err(|error| WebhookError::NoClient(cause(&error)))
    }
}

#[async_trait]
impl Sender for HttpSender {
    async fn send(&self, post: Post) -> Outcome {
        let Post { url, headers, body, timeout } = post;
        match self.0.post(url).headers(headers).body(body).timeout(timeout).send().await {
            Ok(response) => answered(response).await,
            Err(error) if error.is_timeout() => {
                let error = format!("No answer came within {} ms.", timeout.as_millis());
                Outcome { error: Some(error), ..Outcome::default() }
            }
            Err(error) => Outcome { error: Some(cause(&error.without_url())), ..Outcome::default() },
        }
    }
}

async fn answered(mut response: Response) -> Outcome {
    let status = response.status();
    let retry_after = match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            retry_after(response.headers(), SystemTime::now())
        }
        _ => None,
    };
    let mut answer = Vec::new();
    while answer.len() < ANSWER
        && let Ok(Some(chunk)) = response.chunk().await
    {
        answer.extend_from_slice(&chunk[..chunk.len().min(ANSWER - answer.len())]);
    }
    let error = if status.is_success() {
        None
    } else if status.is_redirection() {
        Some(format!("It answered {status}. Redirects are not followed: register the address it leads to."))
    } else if status == StatusCode::GONE {
        Some(format!("It answered {status}: it wants no deliveries any more."))
    } else {
        Some(format!("It answered {status}."))
    };
    let answer = String::from_utf8_lossy(&answer).into_owned();
    Outcome { status: Some(status.as_u16()), answer: Some(answer).filter(|text| !text.is_empty()), error, retry_after }
}

/// What `Retry-After` asks for, in seconds or as a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).ok()?,
    };
    Some(asked.min(LONGEST_REST))
}

/// The innermost reason, which says most.
fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_says_when_to_come_back() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let asked = |text: &str| {
            let value = text.parse().expect("a value");
            retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]), now).map(|wait| wait.as_secs())
        };
        assert_eq!((asked("7"), asked(" 120 "), asked("0")), (Some(7), Some(120), Some(0)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!((asked("Sun, 06 Nov 1994 08:49:36 GMT"), asked("soon"), asked("-1")), (None, None, None));
        assert_eq!((asked("86400"), asked("Tue, 06 Nov 2035 08:49:37 GMT")), (Some(3_600), Some(3_600)));
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
