//! Homes: made when somebody needs them, kept until somebody deletes them.

use std::path::PathBuf;

use aether_protocol::Pid;
use aether_protocol::domains::fs::ChangeType;
use aether_protocol::domains::process::event;

use crate::error::{Doing, FsError, Result};
use crate::places::{Key, Places};
use crate::{Files, jail, store, tree};

impl Files {
    /// Makes sure that an agent's home exists.
    pub async fn create_home(&self, pid: Pid) -> Result<()> {
        self.blocking(move |places| places.made_home(&pid.uid()).map(drop)).await
    }

    /// Lets go of the handle of an agent's home, once the agent has ended. Whoever looks into it later opens it again.
    pub fn close_home(&self, pid: Pid) {
        self.places.forget_home(&pid.uid());
    }

    /// Where an agent's home is on this disk.
    pub fn home_dir(&self, pid: Pid) -> PathBuf {
        self.places.home_path(&pid.uid())
    }

    /// Makes sure that a user's home exists, and answers where it is on this disk.
    pub async fn user_home(&self, username: &str) -> Result<PathBuf> {
        let name = username.to_owned();
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
            return Err(FsError::BadName(name));
        }
        self.blocking(move |places| {
            places.made_home(&name)?;
            Ok(places.home_path(&name))
        })
        .await
    }

    /// Deletes an agent's home with all that is and was in it, because a person or a retention setting wants it.
    pub async fn delete_home(&self, pid: Pid) -> Result<()> {
        self.store.write(move |db| store::delete_mounts(db, pid)).await?;
        self.places.shares_mut().unmount_all(pid);
        if self.blocking(move |places| delete(places, &pid.uid())).await? {
            self.announcer.changed(&Key { path: pid.home(), user: None }, ChangeType::Delete);
            self.announcer.bus.publish(event::Cleanup { pid, uid: pid.uid(), cwd: pid.home() });
        }
        self.trash.purge_home(pid).await?;
        Ok(())
    }
}

/// Takes the home's name away first: nobody comes upon a home that is half deleted.
fn delete(places: &Places, name: &str) -> Result<bool> {
    let shown = format!("/home/{name}");
    let doing = Doing::write("rm", &shown);
    let doomed = jail::temporary_name();
    places.forget_home(name);
    match places.homes.rename(name, &places.homes, &doomed) {
        Ok(()) => tree::clear_away(&places.homes, &doomed, &doing).map(|()| true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(doing.failed(error)),
    }
}

/// Finishes the deletions a kernel that was killed had begun.
pub fn finish_deletions(places: &Places) {
    let names = places.homes.entries().into_iter().flatten().flatten().map(|entry| entry.file_name());
    let doomed = names.filter_map(|name| name.into_string().ok()).filter(|name| jail::is_left_over(name));
    for name in doomed {
        if let Err(error) = tree::clear_away(&places.homes, &name, &Doing::write("rm", "/home")) {
            tracing::warn!(%error, "a deleted home could not be cleared away");
        }
    }
}
