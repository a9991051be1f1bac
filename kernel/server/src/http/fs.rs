//! Files by their path. A path may come with its slashes encoded.

use std::sync::Arc;

use aether_protocol::domains::fs::{Command as Fs, FileStat, FileType, Ls, Read, Rm, Stat, Write};
use aether_protocol::{ErrorCode, WireError};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::envelope::{V1, data};
use super::{Visitor, routes};
use crate::Doors;

type Answer = Result<Response, V1>;

/// `GET /api/v1/fs`: the root.
pub async fn read_root(state: State<Arc<Doors>>, visitor: Extension<Visitor>) -> Answer {
    read(state, visitor, Path(String::new())).await
}

/// `GET`: a directory's entries, or a file's text.
pub async fn read(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(path): Path<String>,
) -> Answer {
    let path = rooted(&path);
    let stat = visitor.call(&doors, Fs::stat(Stat { path: path.clone() })).await;
    let stat: FileStat = stat.map_err(|error| named(&path, error))?.read()?;
    let command = match stat.kind {
        FileType::Directory => Fs::ls(Ls { path: path.clone() }),
        _ => Fs::read(Read { path: path.clone() }),
    };
    let reply = visitor.call(&doors, command).await.map_err(|error| named(&path, error))?;
    Ok(data(StatusCode::OK, reply.json()))
}

/// `PUT`: the body is the file, unless it is JSON and exactly `{"content": "text"}`.
pub async fn write(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let path = rooted(&path);
    let content = content(&headers, &body.map_err(|rejection| routes::unreadable(&rejection))?)?;
    visitor.call(&doors, Fs::write(Write { path: path.clone(), content })).await?;
    Ok(data(StatusCode::OK, &json!({ "path": path, "written": true }).to_string()))
}

/// `DELETE`: the file, or the directory with all in it.
pub async fn remove(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(path): Path<String>,
) -> Answer {
    let path = rooted(&path);
    visitor.call(&doors, Fs::rm(Rm { path: path.clone(), recursive: Some(true) })).await?;
    Ok(data(StatusCode::OK, &json!({ "path": path, "deleted": true }).to_string()))
}

/// The virtual path, which always begins at the root.
fn rooted(path: &str) -> String {
    format!("/{}", path.trim_start_matches('/'))
}

fn named(path: &str, error: WireError) -> WireError {
    match error.code {
        ErrorCode::NotFound => WireError::not_found(format!("Path not found: {path}")),
        _ => error,
    }
}

fn content(headers: &HeaderMap, body: &Bytes) -> Result<String, WireError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wrapped {
        content: String,
    }
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = media.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"));
    if is_json
        && body.trim_ascii_start().starts_with(b"{")
        && let Ok(wrapped) = serde_json::from_slice::<Wrapped>(body)
    {
        return Ok(wrapped.content);
    }
    match std::str::from_utf8(body) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(WireError::invalid("Only text can be written here. Use an upload for other bytes.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(media: &'static str, body: &'static [u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, media.parse().expect("a header"));
        content(&headers, &Bytes::from_static(body)).ok()
    }

    #[test]
    fn only_exactly_content_is_unwrapped() {
        assert_eq!(written("application/json", br#"{"content":"hi"}"#).as_deref(), Some("hi"));
        assert_eq!(written("Application/JSON; charset=utf-8", br#" {"content":"hi"}"#).as_deref(), Some("hi"));
        for raw in [r#"{"content":"hi","a":1}"#, r#"{"content":1}"#, r#"["hi"]"#, "{", "null"] {
            assert_eq!(written("application/json", raw.as_bytes()).as_deref(), Some(raw));
        }
        assert_eq!(written("text/plain", br#"{"content":"hi"}"#).as_deref(), Some(r#"{"content":"hi"}"#));
        assert_eq!(written("application/octet-stream", b"\xff"), None);
    }

    #[test]
    fn paths_begin_at_the_root() {
        assert_eq!(rooted("home/ada/x"), "/home/ada/x");
        assert_eq!(rooted("/home"), "/home");
        assert_eq!(rooted(""), "/");
    }
}
