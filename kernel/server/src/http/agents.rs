//! Agents by their uid (`agent_12`) or pid (`12`).

use std::collections::HashSet;
use std::sync::Arc;

use aether_protocol::domains::agent::{AnswerQuestion, Command as Agent, SendMessage, Timeline, TimelineQuery};
use aether_protocol::domains::process::{
    Approve, Command as Process, HistoryQuery, PidRef, ProcessInfo, ProcessState, Reject, SendSignal, Signal, Spawn,
};
use aether_protocol::{Empty, ErrorCode, Pid, WireError};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::envelope::{V1, data, page};
use super::{Visitor, query, routes};
use crate::Doors;

type Body = Result<Bytes, BytesRejection>;
type Answer = Result<Response, V1>;

/// Agents in a page unless asked otherwise, and at most.
const PAGE: u64 = 20;
const LONGEST_PAGE: u64 = 1_000;
/// Ended agents that a list goes back to.
const HISTORY: u32 = 1_000;

/// `POST /api/v1/agents`: the body is the agent's configuration.
pub async fn spawn(State(doors): State<Arc<Doors>>, Extension(visitor): Extension<Visitor>, body: Body) -> Answer {
    let spawn = Spawn { config: read(&routes::object(body)?)? };
    let reply = visitor.call(&doors, Process::spawn(spawn)).await?;
    Ok(data(StatusCode::CREATED, reply.json()))
}

/// `GET /api/v1/agents`: living agents, then ended ones. `status` is a state, or `active` for those that live.
pub async fn list(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = query.unwrap_or_default();
    let (limit, offset) =
        (query::number(&query, "limit")?.unwrap_or(PAGE), query::number(&query, "offset")?.unwrap_or(0));
    let status = query::field(&query, "status").filter(|status| !status.is_empty());
    let wanted = status.as_deref().map(Wanted::read).transpose()?;
    let mut agents: Vec<ProcessInfo> = visitor.call(&doors, Process::list(Empty {})).await?.read()?;
    if wanted.as_ref().is_none_or(Wanted::may_have_ended) {
        let living: HashSet<Pid> = agents.iter().map(|agent| agent.pid).collect();
        let history = Process::history(HistoryQuery { limit: Some(HISTORY) });
        let ended: Vec<ProcessInfo> = visitor.call(&doors, history).await?.read()?;
        agents.extend(ended.into_iter().filter(|agent| !living.contains(&agent.pid)));
    }
    agents.retain(|agent| wanted.as_ref().is_none_or(|wanted| wanted.takes(agent.state)));
    let total = agents.len() as u64;
    let limit = limit.min(LONGEST_PAGE);
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(agents.len());
    let to = from.saturating_add(usize::try_from(limit).unwrap_or(usize::MAX)).min(agents.len());
    Ok(page(&write(&agents[from..to])?, total, limit, offset))
}

enum Wanted {
    Living,
    State(ProcessState),
}

impl Wanted {
    fn read(text: &str) -> Result<Wanted, WireError> {
        if text == "active" {
            return Ok(Wanted::Living);
        }
        serde_json::from_value(Value::from(text)).map(Wanted::State).map_err(|_| {
            WireError::invalid(format!("{text} is no status. Use active, or a state such as running, paused or dead."))
        })
    }

    fn takes(&self, state: ProcessState) -> bool {
        match self {
            Wanted::Living => !matches!(state, ProcessState::Zombie | ProcessState::Dead),
            Wanted::State(wanted) => *wanted == state,
        }
    }

    fn may_have_ended(&self) -> bool {
        matches!(self, Wanted::State(ProcessState::Zombie | ProcessState::Dead))
    }
}

pub async fn info(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(uid): Path<String>,
) -> Answer {
    let reply = visitor.call(&doors, Process::info(PidRef { pid: pid(&uid)? })).await;
    Ok(data(StatusCode::OK, reply.map_err(|error| named(&uid, error))?.json()))
}

pub async fn kill(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(uid): Path<String>,
) -> Answer {
    let pid = pid(&uid)?;
    let reply = visitor.call(&doors, Process::signal(SendSignal { pid, signal: Signal::SigTerm })).await;
    reply.map_err(|error| named(&uid, error))?;
    done(&json!({ "pid": pid, "signal": "SIGTERM" }))
}

pub async fn pause(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(uid): Path<String>,
) -> Answer {
    let pid = numeric(&uid)?;
    visitor.call(&doors, Agent::pause(PidRef { pid })).await.map_err(|error| named(&uid, error))?;
    done(&json!({ "pid": pid, "state": "paused" }))
}

pub async fn resume(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(uid): Path<String>,
) -> Answer {
    let pid = numeric(&uid)?;
    visitor.call(&doors, Agent::resume(PidRef { pid })).await.map_err(|error| named(&uid, error))?;
    done(&json!({ "pid": pid, "state": "running" }))
}

/// `POST .../message` with `{content}`.
pub async fn message(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(uid): Path<String>,
    body: Body,
) -> Answer {
    let message: SendMessage = with_pid(&uid, body)?;
    let reply = visitor.call(&doors, Agent::message(message)).await.map_err(|error| named(&uid, error))?;
    Ok(data(StatusCode::OK, reply.json()))
}

/// `POST .../approve` with `{approvalId?}`.
pub async fn approve(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(uid): Path<String>,
    body: Body,
) -> Answer {
    let approve: Approve = with_pid(&uid, body)?;
    let pid = approve.pid;
    visitor.call(&doors, Process::approve(approve)).await.map_err(|error| named(&uid, error))?;
    done(&json!({ "pid": pid, "approved": true }))
}

/// `POST .../reject` with `{reason?, approvalId?}`.
pub async fn reject(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(uid): Path<String>,
    body: Body,
) -> Answer {
    let reject: Reject = with_pid(&uid, body)?;
    let pid = reject.pid;
    visitor.call(&doors, Process::reject(reject)).await.map_err(|error| named(&uid, error))?;
    done(&json!({ "pid": pid, "rejected": true }))
}

/// `POST .../answer` with `{reply, approvalId?}`.
pub async fn answer(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(uid): Path<String>,
    body: Body,
) -> Answer {
    let answer: AnswerQuestion = with_pid(&uid, body)?;
    let pid = answer.pid;
    visitor.call(&doors, Agent::answer(answer)).await.map_err(|error| named(&uid, error))?;
    done(&json!({ "pid": pid, "answered": true }))
}

/// `GET .../timeline`, oldest first.
pub async fn timeline(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    Path(uid): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = query.unwrap_or_default();
    let short = |number: Option<u64>| number.map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    let limit = query::number(&query, "limit")?.unwrap_or(50).min(LONGEST_PAGE);
    let offset = query::number(&query, "offset")?.unwrap_or(0);
    let request = TimelineQuery { pid: pid(&uid)?, limit: short(Some(limit)), offset: short(Some(offset)) };
    let reply = visitor.call(&doors, Agent::timeline(request)).await.map_err(|error| named(&uid, error))?;
    let timeline: Timeline = reply.read()?;
    Ok(page(&write(&timeline.entries)?, timeline.total, limit, offset))
}

fn pid(uid: &str) -> Result<Pid, WireError> {
    Pid::parse(uid).ok_or_else(|| missing(uid))
}

/// For the routes that have always told a bad number from a missing agent.
pub(super) fn numeric(uid: &str) -> Result<Pid, WireError> {
    Pid::parse(uid).ok_or_else(|| WireError::invalid(format!("{uid} is no pid and no uid of an agent.")))
}

fn missing(uid: &str) -> WireError {
    WireError::not_found(format!("Agent {uid} not found"))
}

/// A missing process, by the name it was asked for.
fn named(uid: &str, error: WireError) -> WireError {
    if error.code == ErrorCode::NotFound { missing(uid) } else { error }
}

/// A request from a body that leaves out the pid, which stands in the path.
fn with_pid<T: DeserializeOwned>(uid: &str, body: Body) -> Result<T, WireError> {
    let mut fields: serde_json::Map<String, Value> = read(&routes::object(body)?)?;
    fields.insert("pid".to_owned(), pid(uid)?.0.into());
    serde_json::from_value(Value::Object(fields)).map_err(|error| WireError::invalid(format!("{error}.")))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, WireError> {
    serde_json::from_str(text).map_err(|error| WireError::invalid(format!("{error}.")))
}

fn write<T: Serialize + ?Sized>(value: &T) -> Result<String, WireError> {
    serde_json::to_string(value)
        .map_err(|error| WireError::new(ErrorCode::Internal, format!("The answer could not be written: {error}.")))
}

fn done(answer: &Value) -> Answer {
    Ok(data(StatusCode::OK, &answer.to_string()))
}
