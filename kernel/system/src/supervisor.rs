//! The supervisor: it drives a loop for every agent the process table launches.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use aether_base::ports::Audit;
use aether_base::{Caller, Gate};
use aether_files::Files;
use aether_identity::Permissions;
use aether_process::{Launch, Processes};
use aether_runtime::ports::{AgentGate, Ports};
use aether_runtime::{AgentSpec, Runtime};
use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::task::TaskTracker;

use crate::ports::{AgentGatePort, ClockPort, JournalPort, WatchersPort};

/// Drives launched agents, each on a task of its own.
#[derive(Clone)]
pub struct Supervisor {
    pub runtime: Runtime,
    pub gate: Arc<Gate>,
    pub processes: Arc<Processes>,
    pub files: Arc<Files>,
    pub permissions: Arc<Permissions>,
    pub audit: Arc<dyn Audit>,
    pub loops: TaskTracker,
}

impl Supervisor {
    /// Takes launches until the process group is gone.
    pub async fn run(self, mut launches: UnboundedReceiver<Launch>) {
        while let Some(launch) = launches.recv().await {
            let ports = self.ports(&launch);
            let spec = AgentSpec {
                pid: launch.pid,
                config: launch.config,
                directive: launch.directive,
                inbox: launch.inbox,
                extra_steps: launch.extra_steps,
                cancel: launch.cancel,
            };
            let (runtime, processes, files) = (self.runtime.clone(), self.processes.clone(), self.files.clone());
            self.loops.spawn(async move {
                let pid = spec.pid;
                if AssertUnwindSafe(runtime.drive(ports, spec)).catch_unwind().await.is_err() {
                    tracing::error!(%pid, "a loop panicked; its agent ends");
                    processes.crashed(pid).await;
                }
                files.close_home(pid);
            });
        }
    }

    fn ports(&self, launch: &Launch) -> Ports {
        let caller = Arc::new(Caller::agent(launch.pid, launch.owner.clone()));
        Ports {
            gate: AgentGate(Arc::new(AgentGatePort {
                gate: self.gate.clone(),
                caller,
                permissions: self.permissions.clone(),
                audit: self.audit.clone(),
            })),
            journal: Arc::new(JournalPort(self.processes.journal(launch.pid))),
            clock: Arc::new(ClockPort),
            watchers: Arc::new(WatchersPort(self.processes.clone())),
        }
    }
}
