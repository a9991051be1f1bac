//! One request over HTTP and its reply as it arrives.

use std::error::Error;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Response, Url, redirect};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::error::{ProviderError, Said};
use super::fault::{self, Refusal};
use super::reader::{Format, Reader};
use super::settings::{ApiKey, ProviderSettings};
use super::{Completion, DeltaSink};

/// A reply larger than this is no reply but a fault of the server.
const REPLY_LIMIT: usize = 32 * 1024 * 1024;
/// What is read of a refusal.
const REFUSAL_LIMIT: usize = 64 * 1024;
/// To let a complete reply's connection end by itself, so that it can be used again.
const DRAIN: Duration = Duration::from_millis(200);

/// Who is on the other side, for errors: its name, and the key that must not show up in them.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub name: String,
    pub key: Option<ApiKey>,
}

impl Peer {
    /// What the peer said, without our key.
    pub fn said(&self, text: &str) -> Said {
        Said::without(text, self.key.as_ref())
    }

    pub fn unavailable(&self, said: Said) -> ProviderError {
        ProviderError::Unavailable { provider: self.name.clone(), said, retry_after: None }
    }

    pub fn invalid(&self, said: &str) -> ProviderError {
        ProviderError::InvalidReply { provider: self.name.clone(), said: Said::new(said) }
    }
}

/// The HTTP client that all providers share.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    outside: Client,
    /// For servers on this machine: a proxy that the environment names does not know them.
    here: Client,
    pub probe_timeout: Duration,
}

impl Http {
    /// The process must have installed a TLS provider (`rustls::crypto`) before.
    pub fn new(settings: &ProviderSettings) -> Result<Http, ProviderError> {
        Ok(Http {
            outside: build(settings, Client::builder)?,
            here: build(settings, || Client::builder().no_proxy())?,
            probe_timeout: settings.probe_timeout,
        })
    }

    pub fn client(&self, url: &Url) -> &Client {
        let host = url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        if local { &self.here } else { &self.outside }
    }
}

fn build(settings: &ProviderSettings, start: impl Fn() -> ClientBuilder) -> Result<Client, ProviderError> {
    let finish = |builder: ClientBuilder| {
        builder
            .user_agent(concat!("aether-os/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.idle_timeout)
            // A redirect would carry the headers with the key to another host.
            .redirect(redirect::Policy::none())
            .build()
    };
    // A machine without certificates can still use plain http: local models, and servers behind a gateway.
    finish(start())
        .or_else(|error| {
            tracing::warn!(error = %cause(&error), "no certificates were found: https will not work");
            finish(start().tls_certs_only([]))
        })
        .map_err(|error| ProviderError::NotConfigured {
            hint: format!(
                "Secure connections cannot be set up: {}. Install the system's certificates (ca-certificates).",
                cause(&error)
            ),
        })
}

/// A request that is ready but for its client.
pub(crate) struct Post {
    pub url: Url,
    /// Headers that only this provider has. None is shown in logs.
    pub headers: Vec<(HeaderName, String)>,
    pub body: Value,
}

impl Post {
    /// Sends it and reads the reply in the format `F`.
    pub async fn exchange<F: Format>(
        self,
        http: &Http,
        peer: &Peer,
        sink: &mut dyn DeltaSink,
        cancel: &CancellationToken,
    ) -> Result<Completion, ProviderError> {
        let started = Instant::now();
        let talk = async {
            let response = self.send(http, peer).await?;
            tracing::debug!(provider = peer.name, status = response.status().as_u16(), ms = ms(started), "answered");
            if response.status().is_success() {
                receive::<F>(response, peer, sink).await
            } else {
                Err(refused(response, peer).await)
            }
        };
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(ProviderError::Cancelled),
            outcome = talk => outcome,
        };
        match &outcome {
            Ok(reply) => tracing::debug!(provider = peer.name, bytes = reply.raw.len(), ms = ms(started), "reply"),
            Err(error) => tracing::debug!(provider = peer.name, code = error.code(), ms = ms(started), "no reply"),
        }
        outcome
    }

    async fn send(&self, http: &Http, peer: &Peer) -> Result<Response, ProviderError> {
        let mut headers = HeaderMap::with_capacity(self.headers.len());
        for (name, text) in &self.headers {
            let mut value = HeaderValue::from_str(text).map_err(|_| ProviderError::Auth {
                provider: peer.name.clone(),
                said: Said::new("the key contains characters that no key has"),
            })?;
            value.set_sensitive(true);
            headers.insert(name.clone(), value);
        }
        let request = http.client(&self.url).post(self.url.clone()).headers(headers).json(&self.body);
        request.send().await.map_err(|error| peer.unavailable(peer.said(&cause(&error))))
    }
}

fn ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

async fn receive<F: Format>(
    response: Response,
    peer: &Peer,
    sink: &mut dyn DeltaSink,
) -> Result<Completion, ProviderError> {
    let mut reader = Reader::<F>::new(peer);
    let mut raw = Vec::new();
    let mut body = response.bytes_stream();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| peer.unavailable(peer.said(&cause(&error))))?;
        if raw.len() + piece.len() > REPLY_LIMIT {
            return Err(peer.invalid("it is larger than 32 MiB"));
        }
        raw.extend_from_slice(&piece);
        reader.feed(&piece, sink)?;
        if reader.is_closed() {
            let _ = tokio::time::timeout(DRAIN, async { while let Some(Ok(_)) = body.next().await {} }).await;
            break;
        }
    }
    let turn = reader.finish(sink)?;
    Ok(Completion { raw: Bytes::from(raw), turn })
}

async fn refused(response: Response, peer: &Peer) -> ProviderError {
    let status = response.status().as_u16();
    let retry_after = fault::retry_after(response.headers());
    let mut body = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(Ok(piece)) = stream.next().await {
        body.extend_from_slice(&piece);
        if body.len() > REFUSAL_LIMIT {
            break;
        }
    }
    Refusal { status, retry_after, body: &body }.error(peer)
}

/// The innermost reason of a transport error; the outer ones only repeat the address.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut source: &dyn Error = error;
    while let Some(inner) = source.source() {
        source = inner;
    }
    if error.is_timeout() { "it did not answer in time".to_owned() } else { source.to_string() }
}

/// An address with a path under it. `versions` are the endings a person may have written or left out; the first is
/// added where there is none.
pub(crate) fn endpoint(base: &str, versions: &[&str], path: &[&str], setting: &str) -> Result<Url, ProviderError> {
    let invalid = || ProviderError::NotConfigured {
        hint: format!("The address in {setting} is not valid. Set it to one like https://host:port."),
    };
    let mut url = Url::parse(base).map_err(|_| invalid())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid());
    }
    let versioned = versions.iter().any(|v| url.path().trim_end_matches('/').ends_with(&format!("/{v}")));
    {
        let mut segments = url.path_segments_mut().map_err(|()| invalid())?;
        segments.pop_if_empty();
        segments.extend(versions.first().filter(|_| !versioned));
        segments.extend(path);
    }
    Ok(url)
}
