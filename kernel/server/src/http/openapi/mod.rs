//! The REST interface described: OpenAPI 3.1 and 3.0 from the protocol's tables, and a page to read it on.
//!
//! What it owns: the description. What it never does: route; `tests/it/openapi.rs` holds both to each other.

mod answers;
mod document;
mod example;
mod operation;
mod page;
mod written;

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use document::Version;

static NEWER: LazyLock<Value> = LazyLock::new(|| {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    document::of(Version::Newer, settings)
});
static NEWER_TEXT: LazyLock<Bytes> = LazyLock::new(|| NEWER.to_string().into());
static OLDER_TEXT: LazyLock<Bytes> = LazyLock::new(|| {
    let document = document::of(Version::Older, SchemaSettings::openapi3());
    format!("{{\"data\":{document}}}").into()
});
static PAGE: LazyLock<Bytes> = LazyLock::new(|| page::of(&NEWER).into());

/// What the page may do: nothing but be read, in its own style.
const RULES: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /openapi.json`: the description in OpenAPI 3.1, for anybody.
pub async fn bare() -> Response {
    kept("application/json", NEWER_TEXT.clone())
}

/// `GET /api/v1/openapi.json`: in OpenAPI 3.0, in the envelope of its neighbours.
pub async fn enveloped() -> Response {
    kept("application/json", OLDER_TEXT.clone())
}

/// `GET /docs`: the description to be read.
pub async fn page() -> Response {
    let mut response = kept("text/html; charset=utf-8", PAGE.clone());
    let head = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, RULES),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        head.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// `GET /docs/style.css`.
pub async fn style() -> Response {
    kept("text/css; charset=utf-8", Bytes::from_static(include_bytes!("page.css")))
}

fn kept(media: &'static str, body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, "no-cache")], axum::body::Body::from(body)).into_response()
}

#[cfg(test)]
mod tests;
