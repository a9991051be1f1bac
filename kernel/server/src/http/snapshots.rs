//! Snapshots, by the older routes: one path holds pids and ids.

use std::sync::Arc;

use aether_protocol::domains::snapshot::{Command as Snapshot, Create, SnapshotQuery, SnapshotRef};
use aether_protocol::{Pid, WireError};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;

use super::envelope::{Older, bare};
use super::{Visitor, routes};
use crate::Doors;

/// `GET /api/snapshots`.
pub async fn all(State(doors): State<Arc<Doors>>, Extension(visitor): Extension<Visitor>) -> Result<Response, Older> {
    Ok(bare(visitor.call(&doors, Snapshot::list(SnapshotQuery::default())).await?.json()))
}

/// `GET /api/snapshots/:pid`.
pub async fn of_one(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(pid): Path<String>,
) -> Result<Response, Older> {
    let query = SnapshotQuery { pid: Some(parsed(&pid)?) };
    Ok(bare(visitor.call(&doors, Snapshot::list(query)).await?.json()))
}

/// `POST /api/snapshots/:pid`, with `{description?}` or nothing.
pub async fn create(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(pid): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Older> {
    let wrong = || WireError::invalid("The body must be a JSON object with `description`, or nothing.");
    let body: Value = serde_json::from_str(&routes::object(body)?).map_err(|_| wrong())?;
    let description = match &body["description"] {
        Value::Null => None,
        Value::String(description) => Some(description.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => return Err(wrong().into()),
    };
    let create = Create { pid: parsed(&pid)?, description };
    Ok(bare(visitor.call(&doors, Snapshot::create(create)).await?.json()))
}

/// `POST /api/snapshots/:id/restore`.
pub async fn restore(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(snapshot_id): Path<String>,
) -> Result<Response, Older> {
    Ok(bare(visitor.call(&doors, Snapshot::restore(SnapshotRef { snapshot_id })).await?.json()))
}

/// `DELETE /api/snapshots/:id`.
pub async fn remove(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(snapshot_id): Path<String>,
) -> Result<Response, Older> {
    visitor.call(&doors, Snapshot::delete(SnapshotRef { snapshot_id })).await?;
    Ok(bare(r#"{"ok":true}"#))
}

fn parsed(pid: &str) -> Result<Pid, WireError> {
    pid.parse().map(Pid).map_err(|_| WireError::invalid("A process is named by its number, such as 7."))
}
