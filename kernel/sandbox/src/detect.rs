//! Which engine this machine gets.

use std::path::PathBuf;
use std::sync::Arc;

use aether_base::sandbox::{Engine, Sandbox, SandboxError, SandboxSpec};
use async_trait::async_trait;
use tokio::sync::OnceCell;

use crate::host::Host;

/// What the kernel's configuration says about sandboxes.
#[derive(Debug, Clone, Default)]
pub struct SandboxSettings {
    /// Lets commands run on the bare host where nothing can confine them.
    pub allow_host: bool,
    /// Where `aether-init` is, if not beside the program.
    pub init: Option<PathBuf>,
}

/// Why nothing can confine here, and what a person can do about it.
#[derive(Debug, Clone)]
pub(crate) struct Unconfined {
    pub reason: String,
    pub remedy: String,
}

/// An engine that confines, if this machine lets it.
#[async_trait]
pub(crate) trait Confines: Engine {
    /// Tries what every sandbox will need.
    async fn probe(&self) -> Result<(), Unconfined>;
}

/// The engine of this machine. Costs nothing: whether it can confine is tried with the first sandbox.
pub fn detect(settings: &SandboxSettings) -> Arc<dyn Engine> {
    Arc::new(Detected { engine: engine(settings), host: settings.allow_host.then_some(Host), able: OnceCell::new() })
}

/// The bare host, for commands that a person has allowed there by name.
pub fn host() -> Arc<dyn Engine> {
    Arc::new(Host)
}

#[cfg(target_os = "linux")]
fn engine(settings: &SandboxSettings) -> Box<dyn Confines> {
    Box::new(crate::linux::Bubblewrap::new(settings.init.clone()))
}

#[cfg(target_os = "macos")]
fn engine(_settings: &SandboxSettings) -> Box<dyn Confines> {
    Box::new(crate::macos::Seatbelt)
}

#[cfg(windows)]
fn engine(_settings: &SandboxSettings) -> Box<dyn Confines> {
    Box::new(crate::windows::AppContainer::default())
}

struct Detected {
    engine: Box<dyn Confines>,
    /// Present if the setting allows it.
    host: Option<Host>,
    /// Set once it has been seen to confine. A failure is not remembered: it may have been remedied since.
    able: OnceCell<()>,
}

#[async_trait]
impl Engine for Detected {
    fn name(&self) -> &'static str {
        self.engine.name()
    }

    async fn open(&self, spec: SandboxSpec) -> Result<Arc<dyn Sandbox>, SandboxError> {
        match (self.able.get_or_try_init(|| self.engine.probe()).await, &self.host) {
            (Ok(()), _) => self.engine.open(spec).await,
            (Err(unable), Some(host)) => {
                tracing::warn!(pid = %spec.pid, reason = %unable.reason, "commands run on the bare host, as allowed");
                host.open(spec).await
            }
            (Err(Unconfined { reason, remedy }), None) => Err(SandboxError::Unconfined {
                reason,
                remedy: format!(
                    "{remedy} To run commands without confinement, set AETHER_ALLOW_HOST=1 or sandbox.allow_host = true."
                ),
            }),
        }
    }
}
