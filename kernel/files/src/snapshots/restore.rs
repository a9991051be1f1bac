//! Restoring: another process that goes on from a snapshot, with the home that it had.

use std::sync::Arc;

use aether_base::snapshot::{SnapshotPart, Successor};
use aether_base::{Bus, fault, now_ms};
use aether_protocol::Pid;
use aether_protocol::domains::snapshot::event;

use super::error::{Result, SnapshotError};
use super::tree::{self, Item};
use super::{Snapshots, audience, store};
use crate::error::{Doing, FsError};
use crate::tree::clear_away;
use crate::{blocking, jail, platform};

impl Snapshots {
    /// Starts another process from a snapshot, and answers its pid.
    pub(super) async fn restore(&self, id: &str, within_share: bool) -> Result<Pid> {
        let snapshot = self.get(id)?;
        let mut parts = Vec::new();
        // In the order of the kernel's own parts: the one that starts the agent comes last.
        for part in self.parts.iter().filter(|part| snapshot.parts.contains_key(part.name())) {
            if snapshot.parts.get(part.name()) != Some(&part.measure(id).await?) {
                return Err(SnapshotError::DamagedPart(part.name().to_owned()));
            }
            parts.push(part.clone());
        }
        if let Some(unknown) = snapshot.parts.keys().find(|name| self.part(name).is_none()) {
            return Err(SnapshotError::UnknownPart(unknown.clone()));
        }
        let row = id.to_owned();
        let items = self.files.store.read(move |db| store::items(db, &row)).await?;
        let pid = self.agents.reserve(id, within_share).await?;
        self.go_on(id, items, &parts, Successor { pid, ppid: Pid(0) }).await?;
        let restored = event::Restored { snapshotId: id.to_owned(), newPid: pid, manifest: None }.into();
        self.files.announcer.bus.append(vec![Bus::prepare_to(&restored, audience(&snapshot))]);
        Ok(pid)
    }

    /// Starts another process from what an agent is now. Nothing is left of the snapshot that stands between the two.
    pub(super) async fn fork(&self, pid: Pid, within_share: bool) -> Result<Pid> {
        self.owner_of(pid)?;
        // Two forks of one agent are never made at the same time: the gate keeps them in order.
        let id = format!("fork_{pid}_{}", now_ms());
        let captured = self.capture(&id, pid, self.limits.bytes_per_user).await?;
        let forked = async {
            let to = Successor { pid: self.agents.reserve(&id, within_share).await?, ppid: pid };
            self.go_on(&id, captured.read.items, &self.parts, to).await?;
            Ok(to.pid)
        };
        let forked = forked.await;
        self.abandon(&id, captured.pins).await;
        forked
    }

    /// Gives the new process its home, then its parts.
    async fn go_on(&self, id: &str, items: Vec<Item>, parts: &[Arc<dyn SnapshotPart>], to: Successor) -> Result<()> {
        let pid = to.pid;
        self.files.store.write(move |db| store::begin_home(db, pid)).await?;
        let gone_on = async {
            self.fill(pid, items).await?;
            fault::point("snapshot-home");
            for part in parts {
                part.restore(id, to).await?;
            }
            Ok(())
        };
        let gone_on: Result<()> = gone_on.await;
        if gone_on.is_err() {
            self.files.delete_home(pid).await?;
        }
        if let Err(error) = self.files.store.write(move |db| store::end_home(db, pid)).await {
            tracing::warn!(%error, %pid, "that a home is filled could not be kept; the next start finds out");
        }
        gone_on
    }

    /// Makes a home of what a snapshot holds: whole, or not at all.
    async fn fill(&self, pid: Pid, items: Vec<Item>) -> Result<()> {
        let (places, blobs) = (self.files.places.clone(), self.blobs.clone());
        let filled = blocking(move || {
            let shown = pid.home();
            let failed = |error| SnapshotError::from(Doing::write("mkdir", &shown).failed(error));
            // A start clears away what has such a name.
            let name = jail::temporary_name();
            let fill = || {
                platform::create_private_dir(&places.homes, &name).map_err(failed)?;
                let home = places.homes.open_dir(&name).map_err(failed)?;
                tree::write(&home, &shown, &items, &blobs)?;
                platform::rename_new(&places.homes, &name, &places.homes, &pid.uid()).map_err(failed)
            };
            let filled = fill();
            if filled.is_err()
                && let Err(error) = clear_away(&places.homes, &name, &Doing::write("rm", &shown))
            {
                tracing::warn!(%error, "what was written of a home could not be cleared away");
            }
            Ok::<_, FsError>(filled)
        });
        filled.await?
    }
}
