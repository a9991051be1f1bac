//! Commands by their wire name, and commands by the route their row names.

use std::sync::Arc;

use aether_protocol::{Command, Method, Reply, WireError};
use axum::Extension;
use axum::RequestExt;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::envelope::{V1, data};
use super::{Visitor, not_found, routes};
use crate::Doors;

/// Commands that only a connection can have, or that REST must not reach.
const WITHOUT_REST: [&str; 5] = ["kernel.shutdown", "tty.attach", "agent.watch", "fs.download", "fs.upload"];

/// `POST /api/v1/commands/<wire.name>`: the body holds the fields.
pub async fn run(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(wire): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, V1> {
    if !Command::methods().any(|row| row.wire == wire && has_rest(row)) {
        return Err(WireError::not_found(format!("There is no command {wire}.")).into());
    }
    let command = Command::decode(&wire, &routes::object(body)?)?;
    let reply = visitor.call(&doors, command).await?;
    Ok(data(StatusCode::OK, reply.json()))
}

/// True if REST reaches a command.
pub(super) fn has_rest(row: &Method) -> bool {
    !row.internal && !WITHOUT_REST.contains(&row.wire)
}

/// Any path no other route serves: one that a row names, or nothing.
pub async fn derived(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    let path = request.uri().path().to_owned();
    let found = path
        .strip_prefix("/api/v1/")
        .and_then(|path| doors.routes.find(request.method(), path))
        .filter(|(route, _)| has_rest(route.row));
    let Some((route, fields)) = found else {
        return not_found();
    };
    let query = request.uri().query().unwrap_or_default().to_owned();
    let answer = async {
        let body = routes::object(request.extract::<Bytes, _>().await)?;
        let command = route.command(fields, &query, &body)?;
        visitor.call(&doors, command).await
    };
    let status = StatusCode::from_u16(route.status).unwrap_or(StatusCode::OK);
    match (answer.await, route.says) {
        // What answers nothing says that it was done, as existing clients expect.
        (Ok(Reply(None)), Some(flag)) => data(status, &json!({ flag: true }).to_string()),
        (Ok(reply), _) => data(status, reply.json()),
        (Err(error), _) => V1(error).into_response(),
    }
}
