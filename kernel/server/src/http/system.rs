//! How the kernel and its machine are.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

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
use sysinfo::{Disks, MINIMUM_CPU_UPDATE_INTERVAL, Networks, System};

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

/// What the machine is using up. Processor time is measured from one question to the next.
#[derive(Default)]
pub(crate) struct Usage(Arc<Mutex<Option<System>>>);

async fn measure(doors: &Doors) -> Result<Value, WireError> {
    let usage = doors.usage.0.clone();
    let root = doors.kernel.config.root.clone();
    // Mounts may be slow to answer, and the first measurement waits for a second look.
    let measured = tokio::task::spawn_blocking(move || look(&usage, &root)).await;
    measured.map_err(|error| error.to_string()).and_then(|look| look.map_err(|error| error.to_string())).map_err(
        |error| {
            tracing::error!(error, "measuring failed");
            WireError::unavailable("The machine's figures could not be read. The kernel's log has the details.")
        },
    )
}

fn look(usage: &Mutex<Option<System>>, root: &Path) -> Result<Value, sysinfo::Error> {
    let mut usage = usage.lock().unwrap_or_else(PoisonError::into_inner);
    let system = match &mut *usage {
        Some(system) => system,
        none => {
            let system = none.insert(System::new()?);
            system.refresh_cpu_usage();
            std::thread::sleep(MINIMUM_CPU_UPDATE_INTERVAL); // grace: two looks make a measure
            system
        }
    };
    system.refresh_cpu_usage();
    system.refresh_memory();
    let disks = Disks::new_with_refreshed_list()?;
    let disk = disks
        .iter()
        .filter(|disk| root.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len());
    let (disk_total, disk_free) = disk.map_or((0, 0), |disk| (disk.total_space(), disk.available_space()));
    let disk_used = disk_total.saturating_sub(disk_free);
    let networks = Networks::new_with_refreshed_list()?;
    let traffic = networks.values().fold((0_u64, 0_u64), |(received, sent), network| {
        (received + network.total_received(), sent + network.total_transmitted())
    });
    Ok(json!({
        "cpu": { "percent": tenths(f64::from(system.global_cpu_usage())), "cores": system.cpus().len() },
        "memory": {
            "usedMB": system.used_memory() / MIB,
            "totalMB": system.total_memory() / MIB,
            "percent": percent(system.used_memory(), system.total_memory()),
        },
        "disk": {
            "usedGB": tenths(disk_used as f64 / GIB),
            "totalGB": tenths(disk_total as f64 / GIB),
            "percent": percent(disk_used, disk_total),
        },
        "network": { "bytesIn": traffic.0, "bytesOut": traffic.1 },
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
    fn the_machine_has_figures() {
        let figures = look(&Mutex::default(), Path::new("/")).expect("figures");
        assert!(figures["cpu"]["cores"].as_u64() > Some(0));
        assert!(figures["memory"]["usedMB"].as_u64() > Some(0));
        let percent = figures["memory"]["percent"].as_f64().expect("a figure");
        assert!(percent > 0.0 && percent < 100.0, "{percent}");
    }
}
