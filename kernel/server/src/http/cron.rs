//! Jobs and integrations: what is one request over REST and two commands.

use std::sync::Arc;

use aether_protocol::domains::cron::{Command as Cron, JobRef};
use aether_protocol::{Command, JobId, WireError};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::envelope::{V1, data};
use super::{Visitor, routes};
use crate::Doors;

/// `PATCH /api/v1/cron/:id`: `{enabled}` lets a job run or keeps it from it, and is answered with `{id, enabled}`.
pub async fn set_enabled(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, V1> {
    let enabled = enabled(body)?;
    let job = JobRef { job_id: JobId(id.clone()) };
    visitor.call(&doors, if enabled { Cron::enable(job) } else { Cron::disable(job) }).await?;
    Ok(data(StatusCode::OK, &json!({ "id": id, "enabled": enabled }).to_string()))
}

/// `PATCH /api/v1/integrations/:id`: the same for a service of others.
pub async fn set_integration(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, V1> {
    let enabled = enabled(body)?;
    let wire = if enabled { "integration.enable" } else { "integration.disable" };
    let command = Command::decode(wire, &json!({ "integrationId": id }).to_string())?;
    visitor.call(&doors, command).await?;
    Ok(data(StatusCode::OK, &json!({ "id": id, "enabled": enabled }).to_string()))
}

fn enabled(body: Result<Bytes, BytesRejection>) -> Result<bool, WireError> {
    let body: Value = serde_json::from_str(&routes::object(body)?)
        .map_err(|_| WireError::invalid("The body must be a JSON object with `enabled`."))?;
    body["enabled"].as_bool().ok_or_else(|| WireError::invalid("`enabled` must be true or false."))
}
