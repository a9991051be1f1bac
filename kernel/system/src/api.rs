//! The commands of the kernel itself: its status and its shutdown.

use std::sync::Arc;
use std::time::Instant;

use aether_base::{Cx, Result};
use aether_process::Processes;
use aether_protocol::Empty;
use aether_protocol::domains::kernel::{self, KernelStatus};
use aether_protocol::{PRODUCT_VERSION, WIRE_VERSION};
use tokio_util::sync::CancellationToken;

/// Answers for the kernel as a whole.
pub struct KernelApi {
    pub processes: Arc<Processes>,
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
        })
    }

    async fn shutdown(&self, _cx: &Cx, _request: Empty) -> Result<()> {
        self.shutdown.cancel();
        Ok(())
    }
}
