//! The commands of the kernel itself: its status, its shutdown, the models it knows.

use std::sync::Arc;
use std::time::Instant;

use aether_base::{Cx, Result};
use aether_process::Processes;
use aether_protocol::Empty;
use aether_protocol::domains::kernel::{self, KernelStatus};
use aether_protocol::domains::llm::{self, LlmProviderInfo};
use aether_protocol::{PRODUCT_VERSION, WIRE_VERSION};
use aether_runtime::providers::Registry;
use tokio_util::sync::CancellationToken;

/// Answers for the kernel as a whole.
pub struct KernelApi {
    pub processes: Arc<Processes>,
    pub registry: Arc<Registry>,
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

impl llm::Api<Cx> for KernelApi {
    async fn list(&self, cx: &Cx, _request: Empty) -> Result<Vec<LlmProviderInfo>> {
        self.registry.probe().await;
        let providers: Vec<LlmProviderInfo> = self
            .registry
            .list()
            .into_iter()
            .map(|provider| LlmProviderInfo {
                name: provider.name,
                available: provider.available,
                models: provider.models,
            })
            .collect();
        cx.tell(|| llm::event::List { providers: providers.clone() });
        Ok(providers)
    }
}
