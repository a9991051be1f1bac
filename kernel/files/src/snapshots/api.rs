//! The commands of the `snapshot` domain.

use std::sync::Arc;

use aether_base::{Cx, Result};
use aether_protocol::domains::process::PidRef;
use aether_protocol::domains::snapshot::{Api, Create, Restored, SnapshotInfo, SnapshotQuery, SnapshotRef, event};

use super::error::{Result as SnapshotResult, SnapshotError};
use super::{DESCRIPTION, Snapshots};
use crate::error::FsError;

/// The snapshots, as commands reach them.
pub struct SnapshotApi(pub Arc<Snapshots>);

impl SnapshotApi {
    /// Does something whole: a client that hangs up must not leave it half done.
    async fn whole<T, F>(&self, work: impl FnOnce(Arc<Snapshots>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = SnapshotResult<T>> + Send + 'static,
    {
        let done = tokio::spawn(work(self.0.clone())).await;
        Ok(done.unwrap_or_else(|error| Err(FsError::Interrupted(error.to_string()).into()))?)
    }
}

impl Api<Cx> for SnapshotApi {
    async fn create(&self, _cx: &Cx, request: Create) -> Result<SnapshotInfo> {
        let pid = request.pid;
        let description = request.description.unwrap_or_else(|| format!("Snapshot of PID {pid}"));
        if description.len() > DESCRIPTION {
            return Err(SnapshotError::DescriptionTooLong(DESCRIPTION).into());
        }
        self.whole(move |snapshots| async move { snapshots.create(pid, description).await }).await
    }

    async fn list(&self, cx: &Cx, request: SnapshotQuery) -> Result<Vec<SnapshotInfo>> {
        let mut listed: Vec<SnapshotInfo> = self
            .0
            .known()
            .values()
            .filter(|snapshot| cx.caller.is_admin() || cx.caller.user() == Some(&snapshot.owner))
            .filter(|snapshot| cx.caller.pid().is_none_or(|pid| pid == snapshot.info.pid))
            .filter(|snapshot| request.pid.is_none_or(|pid| pid == snapshot.info.pid))
            .map(|snapshot| snapshot.info.clone())
            .collect();
        listed.sort_by(|a, b| b.timestamp.cmp(&a.timestamp).then_with(|| b.id.cmp(&a.id)));
        cx.tell(|| event::List { snapshots: listed.clone() });
        Ok(listed)
    }

    async fn restore(&self, cx: &Cx, request: SnapshotRef) -> Result<Restored> {
        let (id, within_share) = (request.snapshot_id, !cx.caller.is_admin());
        let restored = self.whole(move |snapshots| async move { snapshots.restore(&id, within_share).await });
        Ok(Restored { new_pid: restored.await? })
    }

    async fn fork(&self, cx: &Cx, request: PidRef) -> Result<Restored> {
        let (pid, within_share) = (request.pid, !cx.caller.is_admin());
        let forked = self.whole(move |snapshots| async move { snapshots.fork(pid, within_share).await });
        Ok(Restored { new_pid: forked.await? })
    }

    async fn delete(&self, _cx: &Cx, request: SnapshotRef) -> Result<()> {
        let id = request.snapshot_id;
        self.whole(move |snapshots| async move { snapshots.delete(&id).await }).await
    }
}
