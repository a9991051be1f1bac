//! The commands of the kernel itself: its status and its shutdown.

use std::sync::Arc;
use std::time::Instant;

use aether_base::{Cx, Result, now_ms};
use aether_process::Processes;
use aether_protocol::Empty;
use aether_protocol::domains::kernel::{
    self, BackupMade, BackupRequest, KernelMetricRecord, KernelStats, KernelStatus, MetricsQuery,
};
use aether_protocol::{PRODUCT_VERSION, WIRE_VERSION};
use tokio_util::sync::CancellationToken;

use crate::backup::Backups;
use crate::machine::{self, Machine};
use crate::metrics::{self, Metrics};

const MIB: u64 = 1024 * 1024;

/// Answers for the kernel as a whole.
pub struct KernelApi {
    pub processes: Arc<Processes>,
    pub machine: Arc<Machine>,
    pub metrics: Arc<Metrics>,
    pub backups: Backups,
    /// The name of the engine that confines what agents run.
    pub sandbox: &'static str,
    pub started: Instant,
    /// Cancelled when somebody with the right asks the kernel to shut down.
    pub shutdown: CancellationToken,
}

impl kernel::Api<Cx> for KernelApi {
    async fn status(&self, cx: &Cx, _request: Empty) -> Result<KernelStatus> {
        let processes = self.processes.counts(cx);
        Ok(KernelStatus {
            version: WIRE_VERSION.to_owned(),
            product: PRODUCT_VERSION.to_owned(),
            uptime: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            processes,
            docker: false,
            containers: 0,
            gpu: false,
            gpu_count: 0,
            sandbox: Some(self.sandbox.to_owned()),
        })
    }

    async fn shutdown(&self, _cx: &Cx, _request: Empty) -> Result<()> {
        self.shutdown.cancel();
        Ok(())
    }

    async fn metrics_history(&self, _cx: &Cx, request: MetricsQuery) -> Result<Vec<KernelMetricRecord>> {
        Ok(self.metrics.last(request.minutes.unwrap_or(metrics::KEPT), now_ms()))
    }

    async fn backup(&self, _cx: &Cx, request: BackupRequest) -> Result<BackupMade> {
        self.backups.make(request).await
    }

    async fn stats(&self, _cx: &Cx, _request: Empty) -> Result<KernelStats> {
        let figures = self.machine.look().await?;
        Ok(KernelStats {
            cpu_percent: figures.cpu_percent,
            cores: u32::try_from(figures.cores).unwrap_or(u32::MAX),
            memory_used_mb: figures.memory_used / MIB,
            memory_total_mb: figures.memory_total / MIB,
            disk_used_mb: figures.disk_used / MIB,
            disk_total_mb: figures.disk_total / MIB,
            hostname: machine::hostname(),
            os: machine::os(),
            uptime_seconds: self.started.elapsed().as_secs(),
        })
    }
}
