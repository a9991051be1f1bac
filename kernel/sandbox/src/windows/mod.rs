//! Windows: each sandbox is an AppContainer, its processes in a job.
//!
//! Commands run under an identity that no file, service or network knows: what every AppContainer may read is Windows
//! itself and installed programs. The home is opened to it, and the internet when it is granted, which never includes
//! the loopback. Beside the home it can only write a folder of its profile, which goes when the sandbox is closed.
//! A volume that keeps no access lists, such as a FAT stick, is open to everybody, to it as well. The home is shown
//! where it is, not at `/home`.

mod argv;
mod container;
mod pipe;
mod probe;
mod sandbox;
mod sys;
mod terminal;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aether_base::sandbox::{Engine, Sandbox, SandboxError, SandboxSpec};
use async_trait::async_trait;

use crate::detect::{Confines, Unconfined};
use sandbox::Confined;
use sys::Ui;

/// Sandboxes by AppContainer.
#[derive(Default)]
pub(crate) struct AppContainer {
    /// Set if commands cannot be kept from windows by their job, only by their identity.
    ui_unlimited: AtomicBool,
}

#[async_trait]
impl Engine for AppContainer {
    fn name(&self) -> &'static str {
        "appcontainer"
    }

    async fn open(&self, spec: SandboxSpec) -> Result<Arc<dyn Sandbox>, SandboxError> {
        let ui = if self.ui_unlimited.load(Ordering::Relaxed) { Ui::Unlimited } else { Ui::Limited };
        Ok(Arc::new(Confined::new(spec, ui)))
    }
}

#[async_trait]
impl Confines for AppContainer {
    async fn probe(&self) -> Result<(), Unconfined> {
        let Err(limited) = probe::confines(Ui::Limited).await else { return Ok(()) };
        // Jobs that limit windows cannot lie in every job the kernel itself may have been started in.
        match probe::confines(Ui::Unlimited).await {
            Ok(()) => {
                tracing::warn!(reason = %limited, "jobs of commands do not limit their use of windows");
                self.ui_unlimited.store(true, Ordering::Relaxed);
                Ok(())
            }
            Err(reason) => Err(Unconfined {
                reason,
                remedy: "Run the kernel as a user who is signed in, with its data on an NTFS volume and the Windows \
                         firewall service running; or inside WSL 2, where it uses bubblewrap."
                    .to_owned(),
            }),
        }
    }
}
