//! Shared mounts: directories under `/shared` that agents see in their homes.
//!
//! A mount is no link on disk: the kernel leads paths below the mount point to the shared directory, and an empty
//! directory marks the point in listings. Its owner may write and mount it; in the agent of another user only an
//! administrator mounts it, and that user may read. To everyone else it is as if it were not there.

use std::collections::{BTreeMap, HashMap, HashSet};

use aether_base::ports::Owner;
use aether_base::{Caller, Cx, Result, now_ms};
use aether_protocol::domains::fs::{CreateShared, MountShared, SharedMountInfo, UnmountShared, event};
use aether_protocol::{Event, Pid, UserId};
use aether_store::StoreError;
use aether_store::rusqlite::Connection;
use cap_std::fs::Metadata;

use crate::error::{Doing, FsError};
use crate::path::{Place, VirtualPath, is_under, join, split};
use crate::places::{Key, Places};
use crate::{Files, jail, platform, store};

/// Characters of a shared mount's name, at most.
const NAME: usize = 64;

/// A shared directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub name: String,
    pub owner_pid: Pid,
    pub owner: UserId,
}

/// What is shared, and where it is mounted.
#[derive(Debug, Default)]
pub struct Shares {
    /// By lower-case name: some disks do not tell cases apart.
    by_name: BTreeMap<String, Share>,
    /// Lower-case names of what is being made: it may be on disk already, and nobody's yet.
    making: HashSet<String>,
    /// Mount points relative to the agent's home, and the names of what is mounted there.
    mounts: HashMap<Pid, Vec<(String, String)>>,
}

impl Shares {
    pub fn put(&mut self, share: Share) {
        self.by_name.insert(share.name.to_ascii_lowercase(), share);
    }

    /// Takes a name for what is about to be made; false if it is taken.
    fn begin(&mut self, name: &str) -> bool {
        self.get(name).is_none() && self.making.insert(name.to_ascii_lowercase())
    }

    /// Gives a name back, to the share if it was made.
    fn settle(&mut self, name: &str, made: Option<Share>) {
        self.making.remove(&name.to_ascii_lowercase());
        made.into_iter().for_each(|share| self.put(share));
    }

    fn is_making(&self, name: &str) -> bool {
        self.making.contains(&name.to_ascii_lowercase())
    }

    pub fn get(&self, name: &str) -> Option<&Share> {
        self.by_name.get(&name.to_ascii_lowercase())
    }

    pub fn mount(&mut self, pid: Pid, name: &str, point: String) {
        self.mounts.entry(pid).or_default().push((point, name.to_owned()));
    }

    pub fn unmount(&mut self, pid: Pid, name: &str) {
        if let Some(mounts) = self.mounts.get_mut(&pid) {
            mounts.retain(|(_, mounted)| !mounted.eq_ignore_ascii_case(name));
        }
    }

    pub fn unmount_all(&mut self, pid: Pid) {
        self.mounts.remove(&pid);
    }

    /// Where an agent has a shared directory mounted.
    pub fn point(&self, pid: Pid, name: &str) -> Option<&str> {
        let mut mounts = self.mounts.get(&pid)?.iter();
        mounts.find(|(_, mounted)| mounted.eq_ignore_ascii_case(name)).map(|(point, _)| point.as_str())
    }

    /// What is mounted at or above a path of an agent's home, and the rest of the path below it.
    pub fn mounted_at<'a>(&'a self, pid: Pid, rest: &'a str) -> Option<(&'a str, &'a str)> {
        let (point, name) = self.mounts.get(&pid)?.iter().find(|(point, _)| is_under(rest, point))?;
        Some((name, rest[point.len()..].trim_start_matches('/')))
    }

    /// The agents that have it mounted, and where.
    pub fn mounted<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (Pid, &'a str)> {
        self.mounts.iter().filter_map(move |(pid, mounts)| {
            let (point, _) = mounts.iter().find(|(_, mounted)| mounted.eq_ignore_ascii_case(name))?;
            Some((*pid, point.as_str()))
        })
    }
}

impl Places {
    /// True if the caller may change what is shared under this name.
    pub fn owns_share(&self, caller: &Caller, name: &str) -> bool {
        caller.is_admin() || self.shares().get(name).is_some_and(|share| caller.user() == Some(&share.owner))
    }

    /// True if the caller may read what is shared under this name: its owner, and who has it mounted in an agent.
    pub fn reads_share(&self, caller: &Caller, name: &str) -> bool {
        self.owns_share(caller, name)
            || caller.user().is_some_and(|user| self.shares().mounted(name).any(|(pid, _)| self.owns_agent(user, pid)))
    }

    /// True if there is something under `/shared` that the caller must take for missing.
    pub fn hides_share(&self, caller: &Caller, name: &str) -> bool {
        let (known, making) = {
            let shares = self.shares();
            (shares.get(name).is_some(), shares.is_making(name))
        };
        making || (known && !self.reads_share(caller, name))
    }

    fn owns_agent(&self, user: &UserId, pid: Pid) -> bool {
        self.directory.owner_of(pid).as_ref() == Some(user) || self.directory.agents_of(user).contains(&pid)
    }

    /// Whose agent this is; for the session process, the caller.
    fn agent_owner(&self, caller: &Caller, pid: Pid) -> Result<UserId, FsError> {
        let own = || caller.user().filter(|user| pid == Pid::SESSION || self.owns_agent(user, pid)).cloned();
        self.directory.owner_of(pid).or_else(own).ok_or(FsError::NoProcess(pid))
    }

    /// Every other path at which viewers see this one.
    pub fn mirrors(&self, key: &Key) -> Vec<Key> {
        let Some(rest) = key.path.strip_prefix("/shared/") else { return Vec::new() };
        let (name, rest) = split(rest);
        let at = |(pid, point): (Pid, &str)| Key { path: join(&join(&pid.home(), point), rest), user: None };
        self.shares().mounted(name).map(at).collect()
    }
}

impl Files {
    /// Whose a path under `/shared` is, for this caller. Answers from memory.
    pub fn shared_owner(&self, caller: &Caller, path: &str, write: bool) -> Owner {
        let Ok(path) = VirtualPath::parse(path) else { return Owner::Kernel };
        let Place::Shared(rest) = path.place() else { return Owner::Kernel };
        let name = split(rest).0;
        let (owner, making) = {
            let shares = self.places.shares();
            (shares.get(name).map(|share| share.owner.clone()), shares.is_making(name))
        };
        match (owner, caller.user()) {
            // A command goes on, to hear that what it may not see is missing; events have no user, and go to the owner.
            (Some(_), Some(_)) if !write && !self.places.reads_share(caller, name) => Owner::Everyone,
            (Some(_), Some(user)) if !write => Owner::user(user.clone()),
            (Some(owner), _) => Owner::user(owner),
            (None, None) if making => Owner::Kernel,
            (None, _) if write => Owner::Kernel,
            (None, _) => Owner::Everyone,
        }
    }

    /// The one name of what a path means for an agent: its home by its pid, and what is shared by its own path wherever it
    /// is mounted. `None` if it is no path.
    pub fn meant(&self, pid: Pid, path: &str) -> Option<String> {
        let parsed = VirtualPath::parse(path).ok()?;
        let (home, rest) = match parsed.place() {
            Place::OwnHome(rest) => (pid, rest),
            Place::AgentHome(home, rest) => (home, rest),
            _ => return Some(parsed.as_str().to_owned()),
        };
        let named = match self.places.shares().mounted_at(home, rest) {
            Some((name, rest)) => format!("/shared/{name}/{rest}"),
            None => format!("/home/{}/{rest}", home.uid()),
        };
        Some(named.trim_end_matches('/').to_owned())
    }

    pub(crate) async fn create_shared(&self, cx: &Cx, request: CreateShared) -> Result<SharedMountInfo> {
        let CreateShared { name, owner_pid } = request;
        check_name(&name)?;
        let owner = self.places.agent_owner(&cx.caller, owner_pid)?;
        if !self.places.shares_mut().begin(&name) {
            return Err(FsError::ShareExists(name).into());
        }
        let taken = Taken { places: &self.places, name: &name };
        let share = Share { name: name.clone(), owner_pid, owner };
        let path = join("/shared", &name);
        let made = name.clone();
        self.blocking(move |places| {
            platform::create_private_dir(&places.shared, &made).map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => FsError::ShareExists(made.clone()),
                _ => Doing::write("mkdir", &join("/shared", &made)).failed(error),
            })
        })
        .await?;
        let mount = SharedMountInfo { name: name.clone(), path, owner_pid, mounted_by: Vec::new() };
        let event = Event::from(event::SharedCreated { mount: mount.clone() });
        // The session process is not the same for every caller, so its events go to the owner by name.
        let prepared = match owner_pid {
            Pid::SESSION => {
                let audience = aether_base::Audience::User { user: share.owner.clone(), org: None };
                aether_base::Bus::prepare_to(&event, audience)
            }
            _ => cx.bus.prepare(&event),
        };
        let kept = share.clone();
        let committed = self.store.commit(vec![prepared], move |db| store::insert_share(db, &kept, now_ms())).await;
        if let Err(error) = committed {
            let unmade = name.clone();
            let _ = self.blocking(move |places| Ok(places.shared.remove_dir(&unmade))).await;
            return Err(error.into());
        }
        taken.settle(share);
        Ok(mount)
    }

    pub(crate) async fn mount_shared(&self, cx: &Cx, request: MountShared) -> Result<()> {
        let MountShared { pid, name, mount_point } = request;
        if pid == Pid::SESSION {
            return Err(FsError::NotAnAgent.into());
        }
        self.places.agent_owner(&cx.caller, pid)?;
        let share = self.places.shares().get(&name).map(|share| share.name.clone());
        // Another's is answered like one that is not there.
        let Some(name) = share.filter(|name| self.places.owns_share(&cx.caller, name)) else {
            return Err(FsError::NoShare(name).into());
        };
        let point = mount_point_in(pid, mount_point.as_deref().unwrap_or(&join("shared", &name)))?;
        if self.places.shares().point(pid, &name) == Some(point.as_str()) {
            return Ok(());
        }
        let shown = join(&pid.home(), &point);
        {
            let shares = self.places.shares();
            let mounts = shares.mounts.get(&pid).into_iter().flatten();
            let overlaps = mounts.clone().any(|(taken, _)| is_under(&point, taken) || is_under(taken, &point));
            if overlaps || shares.point(pid, &name).is_some() {
                return Err(FsError::PointTaken(shown).into());
            }
        }
        let marker = point.clone();
        self.blocking(move |places| mark(places, pid, &marker)).await?;
        let event = Event::from(event::SharedMounted { pid, name: name.clone() });
        let (kept_name, kept_point) = (name.clone(), point.clone());
        let kept = move |db: &Connection| store::insert_mount(db, pid, &kept_name, &kept_point);
        self.store.commit(vec![cx.bus.prepare(&event)], kept).await.map_err(|error| match error {
            StoreError::Exists => FsError::PointTaken(shown),
            error => error.into(),
        })?;
        self.places.shares_mut().mount(pid, &name, point);
        Ok(())
    }

    pub(crate) async fn unmount_shared(&self, cx: &Cx, request: UnmountShared) -> Result<()> {
        let UnmountShared { pid, name } = request;
        let Some(point) = self.places.shares().point(pid, &name).map(str::to_owned) else { return Ok(()) };
        let event = Event::from(event::SharedUnmounted { pid, name: name.clone() });
        let kept = name.clone();
        self.store.commit(vec![cx.bus.prepare(&event)], move |db| store::delete_mount(db, pid, &kept)).await?;
        self.places.shares_mut().unmount(pid, &name);
        self.blocking(move |places| {
            if let Ok(home) = places.home(&pid.uid()) {
                // It stays where something was put into it meanwhile.
                let _ = home.remove_dir(&point);
            }
            Ok(())
        })
        .await?;
        Ok(())
    }

    pub(crate) async fn list_shared(&self, cx: &Cx) -> Result<Vec<SharedMountInfo>> {
        let caller = cx.caller.clone();
        let mounts = self.blocking(move |places| listed(places, &caller)).await?;
        cx.tell(|| event::SharedList { mounts: mounts.clone() });
        Ok(mounts)
    }
}

/// A name that is taken while its directory is made.
struct Taken<'f> {
    places: &'f Places,
    name: &'f str,
}

impl Taken<'_> {
    fn settle(self, made: Share) {
        self.places.shares_mut().settle(self.name, Some(made));
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.places.shares_mut().settle(self.name, None);
    }
}

/// Makes the empty directory that stands for the mount in listings and sandboxes.
fn mark(places: &Places, pid: Pid, point: &str) -> Result<(), FsError> {
    let shown = join(&pid.home(), point);
    let home = places.made_home(&pid.uid())?;
    home.create_dir_all(point).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => FsError::PointTaken(shown.clone()),
        _ => Doing::write("mkdir", &shown).failed(error),
    })?;
    if jail::list(&home, point, &shown)?.is_empty() { Ok(()) } else { Err(FsError::PointTaken(shown)) }
}

fn listed(places: &Places, caller: &Caller) -> Result<Vec<SharedMountInfo>, FsError> {
    let on_disk = visible(places, caller, jail::list(&places.shared, "", "/shared")?);
    let known: Vec<Share> = places.shares().by_name.values().cloned().collect();
    let mut mounts = Vec::new();
    for share in known.iter().filter(|share| places.reads_share(caller, &share.name)) {
        // Who else uses it is its owner's business.
        let all = places.owns_share(caller, &share.name);
        let seen = |pid: &Pid| all || caller.user().is_some_and(|user| places.owns_agent(user, *pid));
        let mut mounted_by: Vec<Pid> = places.shares().mounted(&share.name).map(|(pid, _)| pid).filter(seen).collect();
        mounted_by.sort_unstable();
        mounts.push(SharedMountInfo {
            name: share.name.clone(),
            path: join("/shared", &share.name),
            owner_pid: share.owner_pid,
            mounted_by,
        });
    }
    let unknown = |name: &str| !known.iter().any(|share| share.name.eq_ignore_ascii_case(name));
    let found = on_disk.into_iter().filter(|(name, metadata)| metadata.is_dir() && unknown(name));
    mounts.extend(found.map(|(name, _)| SharedMountInfo {
        path: join("/shared", &name),
        name,
        owner_pid: Pid(0),
        mounted_by: Vec::new(),
    }));
    mounts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(mounts)
}

/// Of what is in `/shared`, what the caller may know of.
pub fn visible(places: &Places, caller: &Caller, mut entries: Vec<(String, Metadata)>) -> Vec<(String, Metadata)> {
    entries.retain(|(name, _)| !places.hides_share(caller, name));
    entries
}

fn check_name(name: &str) -> Result<(), FsError> {
    let spelled = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if spelled && !name.is_empty() && name.len() <= NAME { Ok(()) } else { Err(FsError::BadShareName) }
}

/// A mount point relative to the agent's home; it may be given as a path below the home, too.
fn mount_point_in(pid: Pid, given: &str) -> Result<String, FsError> {
    if given.split('/').any(|name| name == "..") {
        return Err(FsError::MountTraversal);
    }
    let home = pid.home();
    let whole = if given.starts_with('/') { given.to_owned() } else { join(&home, given) };
    let whole = VirtualPath::parse(&whole)?;
    match whole.place() {
        Place::AgentHome(of, rest) if of == pid && !rest.is_empty() => Ok(rest.to_owned()),
        Place::OwnHome(rest) if !rest.is_empty() => Ok(rest.to_owned()),
        _ => Err(FsError::MountTraversal),
    }
}
