//! Windows: nothing that an ordinary program can use there keeps a command from files and the network, so that
//! commands are refused unless the bare host is allowed.

use std::sync::Arc;

use aether_base::sandbox::{Engine, Sandbox, SandboxError, SandboxSpec};
use async_trait::async_trait;

use crate::detect::{Confines, Unconfined};

const REASON: &str = "Windows has no confinement this kernel can use";
const REMEDY: &str = "Run the kernel inside WSL 2, where it uses bubblewrap.";

pub(crate) struct Windows;

#[async_trait]
impl Engine for Windows {
    fn name(&self) -> &'static str {
        "none"
    }

    async fn open(&self, _spec: SandboxSpec) -> Result<Arc<dyn Sandbox>, SandboxError> {
        Err(SandboxError::Unconfined { reason: REASON.to_owned(), remedy: REMEDY.to_owned() })
    }
}

#[async_trait]
impl Confines for Windows {
    async fn probe(&self) -> Result<(), Unconfined> {
        Err(Unconfined { reason: REASON.to_owned(), remedy: REMEDY.to_owned() })
    }
}
