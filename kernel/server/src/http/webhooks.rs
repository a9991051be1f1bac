//! Webhooks: where others call, and what is left of dead letters.

use std::sync::Arc;

use aether_protocol::domains::webhook::{Command as Webhook, PurgeDlq, Purged};
use aether_protocol::{ErrorCode, WireError};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::envelope::{V1, data};
use super::{Visitor, routes};
use crate::Doors;

/// `POST /api/v1/hooks/:token`: starts an agent of whoever made this address. The token is all the caller needs, and a
/// signature where the address asks for one.
pub async fn call(
    State(doors): State<Arc<Doors>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, V1> {
    let body = body.map_err(|rejection| routes::unreadable(&rejection))?;
    let webhooks = doors.kernel.webhooks.clone();
    // It goes on to its end also if the caller hangs up.
    let called = tokio::spawn(async move { webhooks.receive(&token, &headers, &body).await }).await;
    let answer = called.unwrap_or_else(|error| {
        tracing::error!(%error, "a webhook's task failed");
        let message = "Something went wrong inside the kernel. Its log has the details.";
        Err(WireError::new(ErrorCode::Internal, message).into())
    });
    match answer {
        Ok(pid) => Ok(data(StatusCode::CREATED, &json!({ "pid": pid }).to_string())),
        Err(error) => {
            if let Some(cause) = &error.context {
                tracing::error!(error = %error.wire.message, %cause, "a call of a webhook failed");
            }
            Err(error.wire.into())
        }
    }
}

/// `DELETE /api/v1/webhooks/dlq/:id`.
pub async fn purge(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
) -> Result<Response, V1> {
    let command = Webhook::dlq_purge(PurgeDlq { dlq_id: Some(id.clone()) });
    let Purged { purged } = visitor.call(&doors, command).await?.read()?;
    if purged == 0 {
        return Err(WireError::not_found(format!("{id} not found")).into());
    }
    Ok(data(StatusCode::OK, &json!({ "deleted": true }).to_string()))
}
