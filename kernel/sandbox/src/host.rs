//! The bare host: nothing is confined. Only where a person has allowed it, or a setting where nothing better works.

use std::sync::Arc;

use aether_base::sandbox::{Engine, Sandbox, SandboxError, SandboxSpec};
use async_trait::async_trait;

use crate::local::Local;

pub(crate) struct Host;

#[async_trait]
impl Engine for Host {
    fn name(&self) -> &'static str {
        "host"
    }

    async fn open(&self, spec: SandboxSpec) -> Result<Arc<dyn Sandbox>, SandboxError> {
        Ok(Arc::new(Local::new(spec, |_, _, argv| argv)))
    }
}
