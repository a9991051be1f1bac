//! The shapes of REST answers.

use std::borrow::Cow;

use aether_protocol::{ErrorCode, WireError};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Which of the two families of routes a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    V1,
    Older,
}

impl Family {
    pub fn of(path: &str) -> Family {
        let v1 = path.strip_prefix("/api/v1").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if v1 { Family::V1 } else { Family::Older }
    }

    /// An error in the family's shape.
    pub fn error(self, error: WireError) -> Response {
        match self {
            Family::V1 => V1(error).into_response(),
            Family::Older => Older(error).into_response(),
        }
    }
}

/// An error of a v1 route.
pub struct V1(pub WireError);

/// An error of an older route.
pub struct Older(pub WireError);

impl From<WireError> for V1 {
    fn from(error: WireError) -> V1 {
        V1(error)
    }
}

impl From<WireError> for Older {
    fn from(error: WireError) -> Older {
        Older(error)
    }
}

impl IntoResponse for V1 {
    fn into_response(self) -> Response {
        let V1(error) = self;
        let mut body = json!({ "error": { "code": error.code.rest(), "message": error.message } });
        if let Some(seconds) = error.retry_after {
            body["retryAfter"] = seconds.into();
        }
        failed(error.code, error.retry_after, body.to_string())
    }
}

impl IntoResponse for Older {
    fn into_response(self) -> Response {
        let Older(error) = self;
        let mut body = json!({ "error": error.message });
        if let Some(seconds) = error.retry_after {
            body["retryAfter"] = seconds.into();
        }
        failed(error.code, error.retry_after, body.to_string())
    }
}

fn failed(code: ErrorCode, retry_after: Option<u64>, body: String) -> Response {
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = text(status, body.into());
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// An older route's error that no command made.
pub fn older_error(status: StatusCode, message: &str) -> Response {
    text(status, json!({ "error": message }).to_string().into())
}

/// `{"data": ...}` around an answer that is JSON already.
pub fn data(status: StatusCode, json: &str) -> Response {
    text(status, format!("{{\"data\":{json}}}").into())
}

/// `{"data": ..., "meta": ...}`: a page of a list.
pub fn page(json: &str, total: u64, limit: u64, offset: u64) -> Response {
    let meta = format!("{{\"total\":{total},\"limit\":{limit},\"offset\":{offset}}}");
    text(StatusCode::OK, format!("{{\"data\":{json},\"meta\":{meta}}}").into())
}

/// An answer as it is.
pub fn bare(json: &str) -> Response {
    text(StatusCode::OK, json.to_owned().into())
}

fn text(status: StatusCode, body: Cow<'static, str>) -> Response {
    let body = match body {
        Cow::Borrowed(body) => Body::from(body),
        Cow::Owned(body) => Body::from(body),
    };
    (status, [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(response: Response) -> (u16, String, Option<String>) {
        let status = response.status().as_u16();
        let retry = response.headers().get(header::RETRY_AFTER).map(|value| value.to_str().expect("text").to_owned());
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.expect("a body");
        (status, String::from_utf8(body.to_vec()).expect("text"), retry)
    }

    #[tokio::test]
    async fn each_family_has_its_errors() {
        let error = || WireError::new(ErrorCode::RateLimited, "Too many requests").with_retry_after(7);
        let v1 = r#"{"error":{"code":"RATE_LIMITED","message":"Too many requests"},"retryAfter":7}"#;
        assert_eq!(read(Family::of("/api/v1/agents").error(error())).await, (429, v1.into(), Some("7".into())));
        let older = r#"{"error":"Too many requests","retryAfter":7}"#;
        assert_eq!(read(Family::of("/api/kernel").error(error())).await, (429, older.into(), Some("7".into())));
        assert_eq!(Family::of("/api/v10"), Family::Older);
        assert_eq!(Family::of("/api/v1"), Family::V1);
    }

    #[tokio::test]
    async fn a_list_says_where_its_page_is() {
        let body = r#"{"data":[1],"meta":{"total":3,"limit":1,"offset":2}}"#;
        assert_eq!(read(page("[1]", 3, 1, 2)).await, (200, body.into(), None));
        assert_eq!(read(data(StatusCode::CREATED, "null")).await, (201, r#"{"data":null}"#.into(), None));
    }
}
