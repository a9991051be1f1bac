//! The commands of the `audit` domain.

use aether_base::{Cx, Result};
use aether_protocol::domains::audit::{Api, AuditPage, AuditQuery, event};

use super::{AuditLog, Scope};

impl Api<Cx> for AuditLog {
    async fn query(&self, cx: &Cx, request: AuditQuery) -> Result<AuditPage> {
        let filters = request.filters.unwrap_or_default();
        let (entries, total) = AuditLog::query(self, Scope::of(&cx.caller), filters).await?;
        cx.tell(|| event::Entries { entries: entries.clone() });
        Ok(AuditPage { entries, total })
    }
}
