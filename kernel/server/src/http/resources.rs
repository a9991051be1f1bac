//! What one agent has used, beside what it may use.

use std::sync::Arc;

use aether_protocol::domains::process::PidRef;
use aether_protocol::domains::resource::{AgentUsage, Command as Resource, ResourceQuota};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::envelope::{V1, data};
use super::{Visitor, agents};
use crate::Doors;

/// `GET /api/v1/resources/:pid`: `{usage, quota}`.
pub async fn one(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(pid): Path<String>,
) -> Result<Response, V1> {
    let pid = agents::numeric(&pid)?;
    let usage: AgentUsage = visitor.call(&doors, Resource::get_usage(PidRef { pid })).await?.read()?;
    let quota: ResourceQuota = visitor.call(&doors, Resource::get_quota(PidRef { pid })).await?.read()?;
    Ok(data(StatusCode::OK, &json!({ "usage": usage, "quota": quota }).to_string()))
}
