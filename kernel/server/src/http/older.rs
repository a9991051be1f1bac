//! Older routes that are one command each, and answer it bare.

use std::sync::Arc;

use aether_protocol::domains::agent::{AgentLogEntry, Timeline};
use aether_protocol::domains::feedback::FeedbackRecord;
use aether_protocol::domains::gpu::{GpuList, GpuLoad};
use aether_protocol::domains::kernel::KernelMetricRecord;
use aether_protocol::domains::process::ProcessInfo;
use aether_protocol::domains::vnc::VncInfo;
use aether_protocol::{Command, ErrorCode, Pid, Reply, WireError};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, Request, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::envelope::{Family, Older, bare};
use super::{Visitor, query, routes};
use crate::Doors;

type Body = Result<Bytes, BytesRejection>;
type Answer = Result<Response, Older>;
type Shared = State<Arc<Doors>>;
type Who = Extension<Visitor>;

/// Agents whose timelines the log of all of them is put together from: the newest.
const LOGGED: usize = 16;
/// Lines of one answer at most.
const LINES: u32 = 1_000;

async fn ask(doors: &Doors, visitor: &Visitor, wire: &str, fields: &Value) -> Result<Reply, WireError> {
    visitor.call(doors, Command::decode(wire, &fields.to_string())?).await
}

fn pid(text: &str) -> Result<Pid, WireError> {
    Pid::parse(text).ok_or_else(|| WireError::invalid("Invalid PID"))
}

fn written<T: Serialize>(value: &T) -> Answer {
    let text = serde_json::to_string(value)
        .map_err(|error| WireError::new(ErrorCode::Internal, format!("The answer could not be written: {error}.")))?;
    Ok(bare(&text))
}

/// A body that may be empty.
fn fields(body: Body) -> Result<Map<String, Value>, WireError> {
    serde_json::from_str(&routes::object(body)?)
        .map_err(|_| WireError::invalid("The body must be a JSON object with the fields of the request."))
}

pub async fn cluster(State(doors): Shared, Extension(visitor): Who) -> Answer {
    Ok(bare(ask(&doors, &visitor, "cluster.status", &json!({})).await?.json()))
}

/// Processes that have ended, newest first, in the fields that this route has always had.
pub async fn processes(State(doors): Shared, Extension(visitor): Who) -> Answer {
    let ended: Vec<ProcessInfo> = ask(&doors, &visitor, "process.history", &json!({})).await?.read()?;
    let records: Vec<Value> = ended
        .iter()
        .map(|process| {
            json!({
                "pid": process.pid,
                "uid": process.uid,
                "name": process.name,
                "role": process.role.as_deref().unwrap_or_default(),
                "goal": process.goal.as_deref().unwrap_or_default(),
                "state": process.state,
                "agentPhase": process.agent_phase,
                "exitCode": process.exit_code,
                "createdAt": process.created_at,
            })
        })
        .collect();
    written(&records)
}

/// The timeline of one agent, oldest first.
pub async fn log(
    State(doors): Shared,
    Extension(visitor): Who,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = query.unwrap_or_default();
    let limit = query::number(&query, "limit")?.unwrap_or(LINES).min(LINES);
    let offset: u32 = query::number(&query, "offset")?.unwrap_or(0);
    written(&timeline(&doors, &visitor, pid(&text)?, limit, offset).await?.entries)
}

async fn timeline(doors: &Doors, visitor: &Visitor, pid: Pid, limit: u32, offset: u32) -> Result<Timeline, WireError> {
    let page = json!({ "pid": pid, "limit": limit, "offset": offset });
    ask(doors, visitor, "agent.timeline", &page).await?.read()
}

/// The newest lines of the newest agents.
pub async fn logs(State(doors): Shared, Extension(visitor): Who, RawQuery(query): RawQuery) -> Answer {
    let limit = query::number(&query.unwrap_or_default(), "limit")?.unwrap_or(100).min(LINES);
    let mut agents: Vec<ProcessInfo> = ask(&doors, &visitor, "process.list", &json!({})).await?.read()?;
    let ended = ask(&doors, &visitor, "process.history", &json!({ "limit": LOGGED })).await?;
    agents.extend(ended.read::<Vec<ProcessInfo>>()?);
    agents.sort_by_key(|agent| std::cmp::Reverse(agent.pid.0));
    agents.dedup_by_key(|agent| agent.pid);
    let mut lines: Vec<AgentLogEntry> = Vec::new();
    for agent in agents.iter().take(LOGGED) {
        let mut page = timeline(&doors, &visitor, agent.pid, limit, 0).await?;
        if page.total > u64::from(limit) {
            let offset = u32::try_from(page.total - u64::from(limit)).unwrap_or(u32::MAX);
            page = timeline(&doors, &visitor, agent.pid, limit, offset).await?;
        }
        lines.append(&mut page.entries);
        // Of all of them together no more is held than is answered, and a page.
        lines.sort_by_key(|line| std::cmp::Reverse((line.timestamp, line.id)));
        lines.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    written(&lines)
}

/// What the kernel used, newest first; since a time, oldest first and all of it.
pub async fn metrics(State(doors): Shared, Extension(visitor): Who, RawQuery(query): RawQuery) -> Answer {
    let query = query.unwrap_or_default();
    let since: u64 = query::number(&query, "since")?.unwrap_or(0);
    let limit: usize = query::number(&query, "limit")?.unwrap_or(100);
    let mut kept: Vec<KernelMetricRecord> = ask(&doors, &visitor, "kernel.metricsHistory", &json!({})).await?.read()?;
    if since > 0 {
        kept.retain(|record| record.timestamp >= since);
    } else {
        kept.reverse();
        kept.truncate(limit);
    }
    written(&kept)
}

pub async fn plugins(State(doors): Shared, Extension(visitor): Who, Path(text): Path<String>) -> Answer {
    Ok(bare(ask(&doors, &visitor, "plugins.list", &json!({ "pid": pid(&text)? })).await?.json()))
}

pub async fn shared(State(doors): Shared, Extension(visitor): Who) -> Answer {
    Ok(bare(ask(&doors, &visitor, "fs.listShared", &json!({})).await?.json()))
}

/// `{name, ownerPid}`.
pub async fn create_shared(State(doors): Shared, Extension(visitor): Who, body: Body) -> Answer {
    Ok(bare(ask(&doors, &visitor, "fs.createShared", &Value::Object(fields(body)?)).await?.json()))
}

/// `{pid, name, mountPoint?}`.
pub async fn mount_shared(State(doors): Shared, Extension(visitor): Who, body: Body) -> Answer {
    ask(&doors, &visitor, "fs.mountShared", &Value::Object(fields(body)?)).await?;
    Ok(done())
}

/// `{pid, name}`.
pub async fn unmount_shared(State(doors): Shared, Extension(visitor): Who, body: Body) -> Answer {
    ask(&doors, &visitor, "fs.unmountShared", &Value::Object(fields(body)?)).await?;
    Ok(done())
}

pub async fn vnc(State(doors): Shared, Extension(visitor): Who, Path(text): Path<String>) -> Answer {
    let pid = pid(&text)?;
    let screen: VncInfo = ask(&doors, &visitor, "vnc.info", &json!({ "pid": pid })).await?.read()?;
    let mut answer = json!(screen);
    answer["pid"] = json!(pid);
    Ok(bare(&answer.to_string()))
}

pub async fn gpus(State(doors): Shared, Extension(visitor): Who) -> Answer {
    let GpuList { gpus, allocations } = ask(&doors, &visitor, "gpu.list", &json!({})).await?.read()?;
    let available = !gpus.is_empty();
    Ok(bare(&json!({ "gpus": gpus, "allocations": allocations, "available": available }).to_string()))
}

pub async fn gpu_stats(State(doors): Shared, Extension(visitor): Who) -> Answer {
    let GpuLoad { stats } = ask(&doors, &visitor, "gpu.stats", &json!({})).await?.read()?;
    written(&stats)
}

pub async fn submit_feedback(State(doors): Shared, Extension(visitor): Who, body: Body) -> Answer {
    let answer = ask(&doors, &visitor, "feedback.submit", &Value::Object(fields(body)?)).await?;
    let kept: FeedbackRecord = answer.read()?;
    Ok(bare(&json!({ "ok": true, "id": kept.id }).to_string()))
}

pub async fn feedback(State(doors): Shared, Extension(visitor): Who, Path(text): Path<String>) -> Answer {
    Ok(bare(ask(&doors, &visitor, "feedback.get", &json!({ "pid": pid(&text)? })).await?.json()))
}

/// A route that clients know and no command stands behind yet.
pub async fn unserved(request: Request) -> Response {
    let path = request.uri().path();
    Family::of(path).error(WireError::unimplemented(&format!("{} {path}", request.method())))
}

fn done() -> Response {
    bare("{\"ok\":true}")
}
