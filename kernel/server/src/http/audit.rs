//! The audit log, a page at a time.

use std::sync::Arc;

use aether_protocol::domains::audit::{AuditFilters, AuditPage, AuditQuery, Command as Audit};
use aether_protocol::{Pid, UserId, WireError};
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::envelope::{V1, page};
use super::{Visitor, query};
use crate::Doors;

/// Lines in a page unless asked otherwise.
const PAGE: u32 = 50;

/// `GET /api/v1/audit`, by `pid`, `uid`, `user`, `action`, `event_type`, and `start` and `end` in milliseconds since the Unix epoch.
pub async fn list(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
) -> Result<Response, V1> {
    let filters = filters(&query.unwrap_or_default())?;
    let (limit, offset) = (filters.limit.unwrap_or(PAGE), filters.offset.unwrap_or(0));
    let answer = visitor.call(&doors, Audit::query(AuditQuery { filters: Some(filters) })).await?;
    let AuditPage { entries, total } = answer.read()?;
    let entries = serde_json::to_string(&entries).map_err(|error| WireError::invalid(format!("{error}.")))?;
    Ok(page(&entries, total, limit.into(), offset.into()))
}

fn filters(text: &str) -> Result<AuditFilters, WireError> {
    let field = |name| query::field(text, name).filter(|value: &String| !value.is_empty());
    let pid = field("pid").map(|pid| Pid::parse(&pid).ok_or_else(|| WireError::invalid(format!("{pid} is no pid."))));
    Ok(AuditFilters {
        pid: pid.transpose()?,
        uid: field("uid"),
        user: field("user").map(|user| UserId::from(user.as_str())),
        action: field("action"),
        event_type: field("event_type"),
        start_time: query::number(text, "start")?,
        end_time: query::number(text, "end")?,
        limit: Some(query::number(text, "limit")?.unwrap_or(PAGE)),
        offset: query::number(text, "offset")?,
    })
}
