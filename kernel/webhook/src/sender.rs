//! One delivery over HTTP.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::HeaderMap;
use reqwest::{Client, ClientBuilder, Response, Url, redirect};

use crate::address::Resolver;
use crate::error::{Result, WebhookError};

/// Bytes that are kept of what a receiver answers.
const ANSWER: usize = 4 * 1024;

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
    } else {
        Some(format!("It answered {status}."))
    };
    let answer = String::from_utf8_lossy(&answer).into_owned();
    Outcome { status: Some(status.as_u16()), answer: Some(answer).filter(|text| !text.is_empty()), error }
}

/// The innermost reason, which says most.
fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
