//! Reports from macOS and Windows, which watch whole trees by themselves.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aether_protocol::domains::fs::ChangeType;
use cap_std::fs::Dir;
use notify::event::{EventKind, ModifyKind, RenameMode};
use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher};

use super::{Report, Reporter, Target};
use crate::path::{below, is_under, split_last};

/// How long after a change its reports may still arrive, which nothing here says.
const LATE: Duration = Duration::from_millis(200);

/// Watchers by watch: dropping one ends it.
pub struct Source {
    reporter: Reporter,
    watchers: Mutex<HashMap<u64, RecommendedWatcher>>,
}

impl Source {
    pub fn start(reporter: Reporter) -> io::Result<Source> {
        Ok(Source { reporter, watchers: Mutex::default() })
    }

    pub fn add(&self, watch: u64, target: Target) -> io::Result<()> {
        // Reports name the real path.
        let disk = target.disk.canonicalize()?;
        let path = if target.rel.is_empty() { disk.clone() } else { disk.join(&target.rel) };
        let mode = if target.only.is_some() { RecursiveMode::NonRecursive } else { RecursiveMode::Recursive };
        // It must be there, and inside.
        if !target.rel.is_empty() {
            target.jail.open_dir(&target.rel)?;
        }
        let told = Told { watch, disk, target: Arc::new(target), reporter: self.reporter.clone() };
        let config = Config::default().with_follow_symlinks(false);
        let watcher = RecommendedWatcher::new(move |event| told.take(event), config);
        let mut watcher = watcher.map_err(io::Error::other)?;
        watcher.watch(&path, mode).map_err(io::Error::other)?;
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner).insert(watch, watcher);
        Ok(())
    }

    /// Says so once what happened until now has been reported, as far as can be known.
    pub fn mark(&self, mark: u64) -> io::Result<()> {
        let runtime = tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
        let reporter = self.reporter.clone();
        runtime.spawn(async move {
            tokio::time::sleep(LATE).await; // grace
            reporter.report(Report::Settled(mark));
        });
        Ok(())
    }

    pub fn remove(&self, watch: u64) {
        let ended = self.watchers.lock().unwrap_or_else(PoisonError::into_inner).remove(&watch);
        drop(ended);
    }
}

struct Told {
    watch: u64,
    disk: PathBuf,
    target: Arc<Target>,
    reporter: Reporter,
}

impl Told {
    fn take(&self, event: notify::Result<notify::Event>) {
        let Ok(event) = event else { return self.reporter.report(Report::Lost) };
        if event.need_rescan() {
            self.reporter.report(Report::Lost);
        }
        for path in &event.paths {
            let Some(rel) = self.relative(path) else { continue };
            let there = self.target.jail.symlink_metadata(&rel).is_ok();
            let change = match event.kind {
                EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => continue,
                // The two names of a rename are reported one by one, too.
                EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => continue,
                _ if !there && is_inside(&self.target.jail, &rel) => ChangeType::Delete,
                // A link that leaves the place: what is behind it is nobody's business.
                _ if !there => continue,
                EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)) => ChangeType::Create,
                EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Any | EventKind::Other => ChangeType::Modify,
            };
            self.reporter.report(Report::Changed { watch: self.watch, rel, change });
        }
    }

    fn relative(&self, path: &Path) -> Option<String> {
        let rel = path.strip_prefix(&self.disk).ok()?.to_str()?.replace('\\', "/");
        let meant = match &self.target.only {
            Some(only) => rel == below(&self.target.rel, only),
            None => is_under(&rel, &self.target.rel),
        };
        meant.then_some(rel)
    }
}

/// True if the directory a path is in is below the jail.
fn is_inside(jail: &Dir, rel: &str) -> bool {
    match split_last(rel).0 {
        "" => true,
        parent => jail.open_dir(parent).is_ok(),
    }
}
