//! For whoever watches over the kernel: its figures, and whether it takes work.

use std::net::IpAddr;
use std::sync::Arc;

use aether_protocol::{ErrorCode, WireError};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Visitor;
use super::envelope::Older;
use crate::Doors;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// What proxies add: behind one, every address is that of the proxy.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// `/metrics`: the figures in the text format of Prometheus, for administrators and for this machine.
pub async fn metrics(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Result<Response, Older> {
    let is_near = visitor.peer.address.is_none_or(|address| is_this_machine(address) && !is_forwarded(&headers));
    if !(doors.kernel.config.server.metrics_open || is_near || visitor.credential.caller.is_admin()) {
        let refusal = match visitor.credential.is_signed_in() {
            true => WireError::forbidden("Admin access required"),
            false => WireError::new(ErrorCode::Unauthenticated, "Authentication required"),
        };
        return Err(refusal.into());
    }
    match doors.kernel.figures().await {
        Ok(text) => Ok(([(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, "no-store")], text).into_response()),
        Err(error) => {
            tracing::error!(%error, cause = ?error.context, "the figures could not be put together");
            Err(error.wire.into())
        }
    }
}

fn is_this_machine(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    FORWARDED.iter().any(|name| headers.contains_key(*name))
}

/// `/ready`: whether new work is welcome. A balancer sends none from the first 503 on, while what runs goes on.
pub async fn ready(State(doors): State<Arc<Doors>>) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    match doors.is_leaving() {
        false => (json, "{\"status\":\"ready\"}").into_response(),
        true => {
            let leaving = (json, [(header::RETRY_AFTER, "5")], "{\"status\":\"draining\"}");
            (StatusCode::SERVICE_UNAVAILABLE, leaving).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_through_a_proxy_is_not_near() {
        let from = |name: &'static str| {
            is_forwarded(&HeaderMap::from_iter([(header::HeaderName::from_static(name), header::HeaderValue::from(1))]))
        };
        assert!(from("x-forwarded-for") && from("forwarded") && !from("accept"));
        let near = |text: &str| is_this_machine(text.parse().expect("an address"));
        assert!(near("127.0.0.1") && near("::1") && near("::ffff:127.0.0.2"));
        assert!(!near("192.0.2.1") && !near("2001:db8::1"));
    }
}
