//! How the kernel and its machine are.

use std::sync::Arc;

use aether_base::{Caller, now_ms};
use aether_protocol::domains::kernel::{Command as Kernel, KernelStatus};
use aether_protocol::domains::llm::Command as Llm;
use aether_protocol::domains::process::{Command as Process, ProcessInfo};
use aether_protocol::{Empty, REST_VERSION, WIRE_VERSION, WireError};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::Visitor;
use super::envelope::{Older, V1, bare, data};
use crate::Doors;

const MIB: u64 = 1024 * 1024;
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

pub async fn root() -> Response {
    bare(&json!({ "name": "Aether OS Kernel", "version": WIRE_VERSION }).to_string())
}

/// For load balancers and whoever waits for the start: it asks nobody who they are, and tells strangers no counts.
pub async fn health(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Older> {
    let reply = doors.kernel.gate.call(&Arc::new(Caller::kernel()), Kernel::status(Empty {}).into()).await?;
    let mut status: KernelStatus = reply.read()?;
    if !visitor.credential.is_signed_in() {
        status.processes = Default::default();
        status.containers = 0;
        status.sandbox = None;
    }
    let mut health = json!({ "status": "ok" });
    merge(&mut health, json!(status));
    Ok(bare(&health.to_string()))
}

pub async fn kernel(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Older> {
    Ok(bare(visitor.call(&doors, Kernel::status(Empty {})).await?.json()))
}

pub async fn processes(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Older> {
    Ok(bare(visitor.call(&doors, Process::list(Empty {})).await?.json()))
}

pub async fn providers(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Older> {
    Ok(bare(visitor.call(&doors, Llm::list(Empty {})).await?.json()))
}

pub async fn status(State(doors): State<Arc<Doors>>, Extension(visitor): Extension<Visitor>) -> Result<Response, V1> {
    let mut status: Value = visitor.call(&doors, Kernel::status(Empty {})).await?.read()?;
    status["version"] = REST_VERSION.into();
    Ok(data(StatusCode::OK, &status.to_string()))
}

pub async fn metrics(State(doors): State<Arc<Doors>>, Extension(visitor): Extension<Visitor>) -> Result<Response, V1> {
    let status: KernelStatus = visitor.call(&doors, Kernel::status(Empty {})).await?.read()?;
    let counts = &status.processes;
    let living = counts.created + counts.running + counts.sleeping + counts.stopped + counts.paused;
    let mut metrics = measure(&doors).await?;
    let more = json!({
        "agents": living,
        "processCount": living + counts.zombie,
        "containers": status.containers,
        "timestamp": now_ms(),
    });
    merge(&mut metrics, more);
    Ok(data(StatusCode::OK, &metrics.to_string()))
}

pub async fn stats(State(doors): State<Arc<Doors>>, Extension(visitor): Extension<Visitor>) -> Result<Response, Older> {
    let processes: Vec<ProcessInfo> = visitor.call(&doors, Process::list(Empty {})).await?.read()?;
    let processes: Vec<Value> = processes
        .into_iter()
        .map(|process| {
            json!({
                "pid": process.pid,
                "name": process.name,
                "cpuPercent": process.cpu_percent,
                "memoryMB": process.memory_mb,
                "state": process.state,
            })
        })
        .collect();
    let mut stats = measure(&doors).await?;
    merge(&mut stats, json!({ "processes": processes, "timestamp": now_ms() }));
    Ok(bare(&stats.to_string()))
}

fn merge(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

/// What the machine is using up, as these routes show it.
async fn measure(doors: &Doors) -> Result<Value, WireError> {
    let figures = doors.kernel.machine.look().await?;
    Ok(json!({
        "cpu": { "percent": tenths(figures.cpu_percent), "cores": figures.cores },
        "memory": {
            "usedMB": figures.memory_used / MIB,
            "totalMB": figures.memory_total / MIB,
            "percent": percent(figures.memory_used, figures.memory_total),
        },
        "disk": {
            "usedGB": tenths(figures.disk_used as f64 / GIB),
            "totalGB": tenths(figures.disk_total as f64 / GIB),
            "percent": percent(figures.disk_used, figures.disk_total),
        },
        "network": { "bytesIn": figures.received, "bytesOut": figures.sent },
    }))
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { tenths(part as f64 * 100.0 / whole as f64) }
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_in_tenths_of_a_percent() {
        assert_eq!((percent(1, 3), percent(0, 0)), (33.3, 0.0));
    }
}
