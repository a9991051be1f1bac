//! The commands of the `permission` domain.

use aether_base::{Cx, Result};
use aether_protocol::domains::permission::{
    Api, Check, Checked, NewPolicy, PermissionPolicy, PolicyQuery, PolicyRef, event,
};

use super::Permissions;

impl Api<Cx> for Permissions {
    async fn grant(&self, cx: &Cx, request: NewPolicy) -> Result<PermissionPolicy> {
        Ok(Permissions::grant(self, cx.caller.user().cloned(), request).await?)
    }

    async fn revoke(&self, _cx: &Cx, request: PolicyRef) -> Result<()> {
        Ok(Permissions::revoke(self, request.policy_id).await?)
    }

    async fn list(&self, cx: &Cx, request: PolicyQuery) -> Result<Vec<PermissionPolicy>> {
        let policies = Permissions::list(self, request.subject.as_deref());
        cx.tell(|| event::List { policies: policies.clone() });
        Ok(policies)
    }

    async fn check(&self, _cx: &Cx, request: Check) -> Result<Checked> {
        let Check { user_id, action, resource } = request;
        Ok(Checked { allowed: self.allows(&user_id, &action, &resource) })
    }
}
