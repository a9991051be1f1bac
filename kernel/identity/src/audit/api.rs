//! The commands of the `audit` domain.

use aether_base::{Cx, Result};
use aether_protocol::domains::audit::{Api, AuditExport, AuditPage, AuditPart, AuditQuery, event};

use super::{AuditLog, Scope};

impl Api<Cx> for AuditLog {
    async fn query(&self, cx: &Cx, request: AuditQuery) -> Result<AuditPage> {
        let filters = request.filters.unwrap_or_default();
        let (entries, total) = AuditLog::query(self, Scope::of(&cx.caller), filters).await?;
        cx.tell(|| event::Entries { entries: entries.clone() });
        Ok(AuditPage { entries, total })
    }

    async fn export(&self, _cx: &Cx, request: AuditExport) -> Result<AuditPart> {
        let (filters, after) = (request.filters.unwrap_or_default(), request.after.unwrap_or_default());
        let (entries, next) = AuditLog::export(self, filters, after).await?;
        Ok(AuditPart { entries, next })
    }
}
