//! The answer to those for whom there is no place: a browser and a program are told so, and when to come back.

use aether_protocol::WireError;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};

use super::envelope::Family;

/// Seconds until there may be a place.
const AFTER: u64 = 5;

/// Answers any request, once: the connection ends with it.
pub(crate) fn router() -> Router {
    Router::new().fallback(|request: Request| async move {
        let message = "Too many connections are open here. Close some, or try again in a moment.";
        let error = WireError::unavailable(message).with_retry_after(AFTER);
        let mut answer = Family::of(request.uri().path()).error(error);
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        answer
    })
}
