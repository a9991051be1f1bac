//! Files by their path. A path may come with its slashes encoded.

use std::sync::Arc;

use aether_protocol::domains::fs::{Command as Fs, FileStat, FileType, Ls, Read, Rm, Stat, Write};
use aether_protocol::{ErrorCode, WireError};
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, RequestExt};
use serde::Deserialize;
use serde_json::json;

use super::envelope::{V1, data};
use super::raw::{self, Content};
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

/// `PUT`: the body is the file, unless it is JSON and exactly `{"content": "text"}`, which only a JSON body of ordinary
/// size is looked at for.
pub async fn write(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(path): Path<String>,
    request: Request,
) -> Answer {
    let path = rooted(&path);
    if is_json(request.headers()) {
        let body: Bytes = request.extract().await.map_err(|rejection| routes::unreadable(&rejection))?;
        match wrapped(&body) {
            Some(content) => drop(visitor.call(&doors, Fs::write(Write { path: path.clone(), content })).await?),
            None => drop(raw::receive(&doors, &visitor, &path, body.into()).await?),
        }
    } else if let Some(content) = Content::of(request) {
        raw::receive(&doors, &visitor, &path, content).await?;
    } else {
        let mut refusal = V1(WireError::invalid(raw::NO_LENGTH)).into_response();
        *refusal.status_mut() = StatusCode::LENGTH_REQUIRED;
        return Ok(refusal);
    }
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

fn is_json(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"))
}

/// The text in a body that is exactly `{"content": "text"}`.
fn wrapped(body: &Bytes) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wrapped {
        content: String,
    }
    // An array would do for a record with one field, too.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let wrapped: Option<Wrapped> = is_object.then(|| serde_json::from_slice(body).ok()).flatten();
    wrapped.map(|wrapped| wrapped.content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exactly_content_is_unwrapped() {
        let text = |body: &'static str| wrapped(&Bytes::from_static(body.as_bytes()));
        assert_eq!(text(r#"{"content":"hi"}"#).as_deref(), Some("hi"));
        assert_eq!(text(r#" {"content":"hi"}"#).as_deref(), Some("hi"));
        for raw in [r#"{"content":"hi","a":1}"#, r#"{"content":1}"#, r#"["hi"]"#, "{", "null", ""] {
            assert_eq!(text(raw), None, "{raw}");
        }
        let json = |media: &'static str| {
            is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, media.parse().expect("a header"))]))
        };
        assert!(json("application/json") && json("Application/JSON; charset=utf-8"));
        assert!(!json("text/plain") && !json("application/jsonl") && !is_json(&HeaderMap::new()));
    }

    #[test]
    fn paths_begin_at_the_root() {
        assert_eq!(rooted("home/ada/x"), "/home/ada/x");
        assert_eq!(rooted("/home"), "/home");
        assert_eq!(rooted(""), "/");
    }
}
