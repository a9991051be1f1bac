//! The commands of the `fs` domain.

use std::time::{SystemTime, UNIX_EPOCH};

use aether_base::{Cx, Result};
use aether_protocol::Empty;
use aether_protocol::domains::fs::{
    Api, ChangeType, Cp, CreateShared, Download, Downloading, FileStat, FileText, FileType, HomeUsage, Ls, Mkdir,
    MountShared, Mv, Purge, Read, Restore, Restored, Rm, Search, SharedMountInfo, Stat, Trash, TrashEntry,
    UnmountShared, Unwatch, Upload, Uploading, Usage, Watch, Write, event,
};
use cap_std::fs::Metadata;

use crate::error::{Doing, FsError, Result as FsResult};
use crate::path::{VirtualPath, join, split_last};
use crate::places::{Found, Intent, Key, Places, Spot, same_or_apart};
use crate::{Files, jail, platform, quota, shared, tree};

impl Api<Cx> for Files {
    async fn read(&self, cx: &Cx, request: Read) -> Result<FileText> {
        let (path, caller) = (VirtualPath::parse(&request.path)?, cx.caller.clone());
        let content = self
            .blocking(move |places| match places.find(&caller, &path, Intent::Read)? {
                Found::Spot(spot) => jail::read(&spot.jail, &spot.rel, &spot.shown),
                Found::Root | Found::Homes => Err(FsError::IsDirectory(Doing::read("read", path.as_str()).words())),
            })
            .await?;
        Ok(FileText { size: content.len() as u64, content })
    }

    async fn write(&self, cx: &Cx, request: Write) -> Result<()> {
        let Write { path, content } = request;
        self.change(cx, &path, move |places, spot| {
            places.admit(spot, content.len() as u64)?;
            let new = jail::write(&spot.jail, &spot.rel, &spot.shown, content.as_bytes())?;
            Ok(Some(if new { ChangeType::Create } else { ChangeType::Modify }))
        })
        .await
    }

    async fn download(&self, cx: &Cx, request: Download) -> Result<Downloading> {
        Files::download(self, cx, request).await
    }

    async fn upload(&self, cx: &Cx, request: Upload) -> Result<Uploading> {
        Files::upload(self, cx, request).await
    }

    async fn mkdir(&self, cx: &Cx, request: Mkdir) -> Result<()> {
        let Mkdir { path, recursive } = request;
        self.change(cx, &path, move |_, spot| {
            let new = jail::make_dir(&spot.jail, &spot.rel, &spot.shown, recursive.unwrap_or(false))?;
            Ok(new.then_some(ChangeType::Create))
        })
        .await
    }

    async fn rm(&self, cx: &Cx, request: Rm) -> Result<()> {
        let Rm { path, recursive } = request;
        self.change(cx, &path, move |_, spot| {
            spot.changeable()?;
            let removed = jail::remove(&spot.jail, &spot.rel, &spot.shown, recursive.unwrap_or(false))?;
            Ok(removed.then_some(ChangeType::Delete))
        })
        .await
    }

    async fn ls(&self, cx: &Cx, request: Ls) -> Result<Vec<FileStat>> {
        let (path, caller) = (VirtualPath::parse(&request.path)?, cx.caller.clone());
        let shown = path.as_str().to_owned();
        let entries = self
            .blocking(move |places| {
                let mut entries = match places.find(&caller, &path, Intent::Read)? {
                    Found::Root => root_entries(places)?,
                    Found::Homes => home_entries(places, places.visible_homes(&caller)?),
                    Found::Spot(spot) => {
                        let mut entries = jail::list(&spot.jail, &spot.rel, &spot.shown)?;
                        if spot.is_all_shared() {
                            entries = shared::visible(places, &caller, entries);
                        }
                        let shown =
                            |(name, metadata): &(String, Metadata)| stat(&join(&spot.shown, name), metadata, &spot.uid);
                        entries.iter().map(shown).collect()
                    }
                };
                entries.sort_by_cached_key(|entry| {
                    (entry.kind != FileType::Directory, entry.name.to_lowercase(), entry.name.clone())
                });
                Ok(entries)
            })
            .await?;
        cx.tell(|| event::List { path: shown, entries: entries.clone() });
        Ok(entries)
    }

    async fn search(&self, cx: &Cx, request: Search) -> Result<Vec<FileStat>> {
        Files::search(self, cx, request).await
    }

    async fn trash(&self, cx: &Cx, request: Trash) -> Result<TrashEntry> {
        self.trash.discard(cx, &request.path).await
    }

    async fn list_trash(&self, cx: &Cx, _request: Empty) -> Result<Vec<TrashEntry>> {
        Ok(self.trash.list(&cx.caller))
    }

    async fn restore(&self, cx: &Cx, request: Restore) -> Result<Restored> {
        self.trash.restore(cx, request).await
    }

    async fn purge(&self, cx: &Cx, request: Purge) -> Result<()> {
        self.trash.purge(cx, request).await
    }

    async fn stat(&self, cx: &Cx, request: Stat) -> Result<FileStat> {
        let (path, caller) = (VirtualPath::parse(&request.path)?, cx.caller.clone());
        let stat = self
            .blocking(move |places| match places.find(&caller, &path, Intent::Read)? {
                Found::Spot(spot) => {
                    let metadata = jail::metadata(&spot.jail, &spot.rel, &spot.shown)?;
                    Ok(stat(&spot.shown, &metadata, &spot.uid))
                }
                // The root has no directory of its own to show: what else is beside the homes is the kernel's.
                Found::Root | Found::Homes => {
                    let metadata = places.homes.dir_metadata();
                    let metadata = metadata.map_err(|error| Doing::read("stat", path.as_str()).failed(error))?;
                    Ok(stat(path.as_str(), &metadata, "root"))
                }
            })
            .await?;
        Ok(stat)
    }

    async fn usage(&self, cx: &Cx, request: Usage) -> Result<HomeUsage> {
        let (path, caller) = (VirtualPath::parse(&request.path)?, cx.caller.clone());
        let usage =
            self.blocking(move |places| quota::usage(places, &places.spot(&caller, &path, Intent::Read)?)).await?;
        Ok(usage)
    }

    async fn mv(&self, cx: &Cx, request: Mv) -> Result<()> {
        let (from, to) = (VirtualPath::parse(&request.from)?, VirtualPath::parse(&request.to)?);
        let keys = [self.places.key(&cx.caller, &from)?, self.places.key(&cx.caller, &to)?];
        let touched = self.watches.touch(&keys);
        let caller = cx.caller.clone();
        let moved = self
            .blocking(move |places| {
                let from = places.spot(&caller, &from, Intent::Write)?;
                let to = places.spot(&caller, &to, Intent::Write)?;
                from.changeable()?;
                to.changeable()?;
                let doing = Doing::between("rename", &from.shown, &to.shown);
                if same_or_apart(&from, &to)? {
                    let there = from.jail.symlink_metadata(&from.rel);
                    return there.map(|_| false).map_err(|error| doing.failed(error));
                }
                if from.base != to.base {
                    places.admit_tree((&from.jail, &from.rel), &to)?;
                }
                jail::rename((&from.jail, &from.rel), (&to.jail, &to.rel), &doing)?;
                Ok(true)
            })
            .await?;
        if moved {
            self.watches.moved_away(&keys[0]);
        }
        drop(touched);
        if moved {
            let [from, to] = keys;
            self.announcer.changed(&from, ChangeType::Delete);
            self.announcer.changed(&to, ChangeType::Create);
        }
        Ok(())
    }

    async fn cp(&self, cx: &Cx, request: Cp) -> Result<()> {
        let (from, to) = (VirtualPath::parse(&request.from)?, VirtualPath::parse(&request.to)?);
        let key = self.places.key(&cx.caller, &to)?;
        let touched = self.watches.touch(std::slice::from_ref(&key));
        let caller = cx.caller.clone();
        let copied = self
            .blocking(move |places| {
                let from = places.spot(&caller, &from, Intent::Read)?;
                let to = places.spot(&caller, &to, Intent::Write)?;
                to.changeable()?;
                // Not all that is in it is the caller's to copy.
                if from.is_all_shared() {
                    return Err(FsError::Kept(from.shown));
                }
                let doing = Doing::between("cp", &from.shown, &to.shown);
                if same_or_apart(&from, &to)? {
                    return jail::metadata(&from.jail, &from.rel, &from.shown).map(|_| None);
                }
                let mut counted = places.admit_tree((&from.jail, &from.rel), &to)?;
                // What has come since it was counted, or was too much to be counted, counts as it is copied.
                let mut admit = |bytes: u64| {
                    let more = bytes.saturating_sub(counted);
                    counted = counted.saturating_sub(bytes);
                    places.admit(&to, more)
                };
                let new = tree::copy((&from.jail, &from.rel), (&to.jail, &to.rel), &doing, &mut admit)?;
                Ok(Some(if new { ChangeType::Create } else { ChangeType::Modify }))
            })
            .await?;
        drop(touched);
        if let Some(change) = copied {
            self.announcer.changed(&key, change);
        }
        Ok(())
    }

    async fn watch(&self, cx: &Cx, request: Watch) -> Result<()> {
        let session = cx.caller.session.clone().ok_or(FsError::NoSession)?;
        let path = VirtualPath::parse(&request.path)?;
        let key = self.places.key(&cx.caller, &path)?;
        // Whoever joins a watch has to be able to begin it.
        let caller = cx.caller.clone();
        let spot = self.blocking(move |places| places.spot(&caller, &path, Intent::Read)).await?;
        if self.watches.hold(&session, &key)? {
            return Ok(());
        }
        Ok(self.watches.watch(session, key, spot).await?)
    }

    async fn unwatch(&self, cx: &Cx, request: Unwatch) -> Result<()> {
        let path = VirtualPath::parse(&request.path)?;
        if let Some(session) = &cx.caller.session {
            self.watches.unwatch(session, &self.places.key(&cx.caller, &path)?);
        }
        Ok(())
    }

    async fn create_shared(&self, cx: &Cx, request: CreateShared) -> Result<SharedMountInfo> {
        Files::create_shared(self, cx, request).await
    }

    async fn mount_shared(&self, cx: &Cx, request: MountShared) -> Result<()> {
        Files::mount_shared(self, cx, request).await
    }

    async fn unmount_shared(&self, cx: &Cx, request: UnmountShared) -> Result<()> {
        Files::unmount_shared(self, cx, request).await
    }

    async fn list_shared(&self, cx: &Cx, _request: Empty) -> Result<Vec<SharedMountInfo>> {
        Files::list_shared(self, cx).await
    }
}

impl Files {
    /// Changes one path and tells its viewers.
    async fn change<F>(&self, cx: &Cx, path: &str, work: F) -> Result<()>
    where
        F: FnOnce(&Places, &Spot) -> FsResult<Option<ChangeType>> + Send + 'static,
    {
        let path = VirtualPath::parse(path)?;
        let key: Key = self.places.key(&cx.caller, &path)?;
        let touched = self.watches.touch(std::slice::from_ref(&key));
        let caller = cx.caller.clone();
        let change = self.blocking(move |places| work(places, &places.spot(&caller, &path, Intent::Write)?)).await?;
        drop(touched);
        if let Some(change) = change {
            self.announcer.changed(&key, change);
        }
        Ok(())
    }
}

/// A file or directory as clients know it.
pub fn stat(shown: &str, metadata: &Metadata, uid: &str) -> FileStat {
    let name = match split_last(shown).1 {
        "" => "/",
        name => name,
    };
    let modified_at = modified_at(metadata);
    FileStat {
        path: shown.to_owned(),
        name: name.to_owned(),
        kind: platform::kind(metadata.file_type()),
        size: metadata.len(),
        mode: platform::mode(metadata),
        uid: uid.to_owned(),
        // Not every disk remembers when a file was made.
        created_at: milliseconds(metadata.created()).unwrap_or(modified_at),
        modified_at,
        is_hidden: name.starts_with('.'),
    }
}

/// When a file was changed last.
pub fn modified_at(metadata: &Metadata) -> f64 {
    milliseconds(metadata.modified()).unwrap_or_default()
}

fn milliseconds(time: std::io::Result<cap_std::time::SystemTime>) -> Option<f64> {
    let since = SystemTime::duration_since(&time.ok()?.into_std(), UNIX_EPOCH).ok()?;
    Some(since.as_secs_f64() * 1_000.0)
}

fn root_entries(places: &Places) -> FsResult<Vec<FileStat>> {
    [("/home", &places.homes), ("/shared", &*places.shared), ("/tmp", &places.tmp)]
        .into_iter()
        .map(|(path, dir)| {
            let metadata = dir.dir_metadata().map_err(|error| Doing::read("scandir", "/").failed(error))?;
            Ok(stat(path, &metadata, "root"))
        })
        .collect()
}

fn home_entries(places: &Places, names: Vec<String>) -> Vec<FileStat> {
    let entry = |name: String| {
        let metadata = places.homes.symlink_metadata(&name).ok().filter(Metadata::is_dir)?;
        Some(stat(&join("/home", &name), &metadata, &name))
    };
    names.into_iter().filter_map(entry).collect()
}
