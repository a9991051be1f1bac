//! The places of the virtual root on this disk: which directory handle a path is opened below.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use aether_base::{Caller, CallerKind};
use aether_protocol::Pid;
use cap_fs_ext::DirExt;
use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::Directory;
use crate::error::{Doing, FsError, Result};
use crate::measure::{ENTRIES, measure, measure_dir};
use crate::path::{Place, VirtualPath, join, split};
use crate::quota::Quotas;
use crate::shared::Shares;
pub use crate::spot::{Found, Intent, Key, Spot, same_or_apart};
use crate::{jail, platform};

/// Homes whose handles are kept open.
const OPEN_HOMES: usize = 256;

/// Handles of the places, and what is shared with whom.
pub struct Places {
    root: PathBuf,
    pub homes: Dir,
    pub tmp: Dir,
    pub shared: Arc<Dir>,
    /// What was thrown away. No virtual path leads here.
    pub trash: Dir,
    /// Open homes by their name on disk.
    open: Mutex<HashMap<String, Arc<Dir>>>,
    shares: RwLock<Shares>,
    pub directory: Arc<dyn Directory>,
    pub quotas: Quotas,
}

impl Places {
    pub fn open(root: &Path, directory: Arc<dyn Directory>, shares: Shares, quotas: Quotas) -> Result<Places> {
        let set_up = |name: &str| {
            let path = root.join(name);
            let opened =
                std::fs::create_dir_all(&path).and_then(|()| Dir::open_ambient_dir(&path, ambient_authority()));
            opened.map_err(|cause| FsError::Setup { path, cause })
        };
        Ok(Places {
            root: root.to_owned(),
            homes: set_up("home")?,
            tmp: set_up("tmp")?,
            shared: Arc::new(set_up("shared")?),
            trash: set_up("trash")?,
            open: Mutex::default(),
            shares: RwLock::new(shares),
            directory,
            quotas,
        })
    }

    pub fn shares(&self) -> RwLockReadGuard<'_, Shares> {
        self.shares.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn shares_mut(&self) -> RwLockWriteGuard<'_, Shares> {
        self.shares.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_homes(&self) -> MutexGuard<'_, HashMap<String, Arc<Dir>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a home is on this disk.
    pub fn home_path(&self, name: &str) -> PathBuf {
        self.root.join("home").join(name)
    }

    /// Opens a home that exists.
    pub fn home(&self, name: &str) -> io::Result<Arc<Dir>> {
        // A home that was removed from outside may be there again, as another directory.
        if let Some(dir) = self.open_homes().get(name).filter(|dir| !platform::is_removed(dir)) {
            return Ok(dir.clone());
        }
        let dir = Arc::new(self.homes.open_dir_nofollow(name)?);
        let mut open = self.open_homes();
        if open.len() >= OPEN_HOMES {
            open.clear();
        }
        open.insert(name.to_owned(), dir.clone());
        Ok(dir)
    }

    /// Opens a home, making it first if need be.
    pub fn made_home(&self, name: &str) -> Result<Arc<Dir>> {
        let made = self.home(name).or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                return Err(error);
            }
            made(platform::create_private_dir(&self.homes, name))?;
            self.home(name)
        });
        made.map_err(|cause| FsError::Setup { path: self.home_path(name), cause })
    }

    /// Where a path is on this disk.
    pub fn disk_path(&self, key: &Key) -> PathBuf {
        match &key.user {
            Some(user) => {
                let below = key.path.strip_prefix("/tmp").unwrap_or_default().trim_start_matches('/');
                self.root.join("tmp").join(user.as_str()).join(below)
            }
            None => self.root.join(key.path.trim_start_matches('/')),
        }
    }

    /// Counts what is about to be written at a spot against the quota of the home it is in.
    ///
    /// # Errors
    /// [`FsError::QuotaExceeded`] if that would be too much.
    pub fn admit(&self, spot: &Spot, bytes: u64) -> Result<()> {
        let Some(name) = spot.base.path.strip_prefix("/home/") else { return Ok(()) };
        let replaced = || {
            let there = spot.jail.symlink_metadata(&spot.rel).ok().filter(|there| there.is_file());
            there.map_or(0, |there| there.len())
        };
        self.quotas.admit(&self.homes, name, bytes, replaced)
    }

    /// Counts a file or a tree that is about to come to a spot against the quota of the home it comes into, and answers
    /// how many bytes that was.
    ///
    /// # Errors
    /// [`FsError::QuotaExceeded`] if that would be too much.
    pub fn admit_tree(&self, from: (&Dir, &str), to: &Spot) -> Result<u64> {
        if self.quotas.limit().is_none() || !to.base.path.starts_with("/home/") {
            return Ok(0);
        }
        // What is not there is refused in its own words.
        let bytes = size_of(from).unwrap_or(0);
        self.admit(to, bytes)?;
        Ok(bytes)
    }

    /// Closes the handle of a home.
    pub fn forget_home(&self, name: &str) {
        self.quotas.forget(name);
        self.open_homes().remove(name);
    }

    /// The name of the caller's own home.
    pub fn own_home(&self, caller: &Caller) -> Option<String> {
        match &caller.kind {
            CallerKind::Agent { pid, .. } => Some(pid.uid()),
            CallerKind::User { user, .. } => self.directory.username(user),
            CallerKind::Anonymous | CallerKind::Kernel => None,
        }
    }

    /// Finds a path. Whether the caller may go there has been decided at the gate; what is shared is decided here, too.
    pub fn find(&self, caller: &Caller, path: &VirtualPath, intent: Intent) -> Result<Found> {
        let shown = path.as_str();
        let spot = match path.place() {
            Place::Root => return Ok(Found::Root),
            Place::Homes => return Ok(Found::Homes),
            Place::Outside => return Err(FsError::Outside(shown.to_owned())),
            Place::AgentHome(pid, rest) => self.agent_home(caller, pid, rest, shown, intent)?,
            Place::UserHome(name, rest) => self.in_home(caller, name, rest, shown)?,
            Place::OwnHome(rest) => match caller.pid() {
                Some(pid) => self.agent_home(caller, pid, rest, shown, intent)?,
                None => self.in_home(caller, &self.own_home(caller).ok_or(FsError::NoHome)?, rest, shown)?,
            },
            Place::Tmp(rest) => self.in_tmp(caller, rest, shown)?,
            Place::Shared(rest) => self.in_shared(caller, rest, shown, intent)?,
        };
        Ok(Found::Spot(spot))
    }

    /// Like [`Places::find`], where only files and directories make sense.
    pub fn spot(&self, caller: &Caller, path: &VirtualPath, intent: Intent) -> Result<Spot> {
        match self.find(caller, path, intent)? {
            Found::Spot(spot) => Ok(spot),
            Found::Root | Found::Homes => Err(FsError::Kept(path.as_str().to_owned())),
        }
    }

    fn agent_home(&self, caller: &Caller, pid: Pid, rest: &str, shown: &str, intent: Intent) -> Result<Spot> {
        let mounted = self.shares().mounted_at(pid, rest).map(|(name, rest)| (name.to_owned(), rest.to_owned()));
        let Some((name, below)) = mounted else { return self.in_home(caller, &pid.uid(), rest, shown) };
        if intent == Intent::Write && !self.owns_share(caller, &name) {
            return Err(FsError::CannotWrite(shown.to_owned()));
        }
        let spot = self.below_share(&name, &below, shown)?;
        Ok(Spot { kept: below.is_empty(), ..spot })
    }

    fn in_home(&self, caller: &Caller, name: &str, rest: &str, shown: &str) -> Result<Spot> {
        let jail = match self.home(name) {
            Ok(jail) => jail,
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.own_home(caller).as_deref() == Some(name) => {
                self.made_home(name)?
            }
            Err(error) => return Err(Doing::read("open", shown).failed(error)),
        };
        let base = Key { path: format!("/home/{name}"), user: None };
        Ok(Spot::new(jail, rest, shown, base, name.to_owned()))
    }

    fn in_tmp(&self, caller: &Caller, rest: &str, shown: &str) -> Result<Spot> {
        let user = caller.user().ok_or(FsError::NoHome)?;
        let name = user.as_str();
        if name.is_empty() || name.contains(['/', '\\', '.', ':', '\0']) {
            return Err(FsError::NoHome);
        }
        let opened = self.tmp.open_dir_nofollow(name).or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                return Err(error);
            }
            made(platform::create_private_dir(&self.tmp, name))?;
            self.tmp.open_dir_nofollow(name)
        });
        let jail = Arc::new(opened.map_err(|error| Doing::read("open", shown).failed(error))?);
        let base = Key { path: "/tmp".to_owned(), user: Some(user.clone()) };
        let uid = self.directory.username(user).unwrap_or_else(|| "root".to_owned());
        Ok(Spot::new(jail, rest, shown, base, uid))
    }

    fn in_shared(&self, caller: &Caller, rest: &str, shown: &str, intent: Intent) -> Result<Spot> {
        let (name, below) = split(rest);
        if name.is_empty() {
            return Ok(self.all_shared("", shown));
        }
        // What is another's and what is nobody's are answered alike, whatever is asked of it. On Windows a name may be
        // the short form of another one.
        let missing = || FsError::NotFound(Doing::read("open", shown).words());
        let aliased = cfg!(windows) && name.contains('~');
        if intent == Intent::Read && (aliased || self.hides_share(caller, name)) {
            return Err(missing());
        }
        let share = self.shares().get(name).map(|share| share.name.clone());
        match (share, intent) {
            (Some(name), Intent::Write) if !self.owns_share(caller, &name) => {
                Err(FsError::CannotWrite(shown.to_owned()))
            }
            (Some(name), Intent::Read | Intent::Write) => {
                let spot = self.below_share(&name, below, shown)?;
                Ok(Spot { kept: below.is_empty(), ..spot })
            }
            (None, Intent::Read) if self.shared.symlink_metadata(name).is_err() => Err(missing()),
            // Each directory that is shared is a place of its own: links do not lead from one into another.
            (None, Intent::Read | Intent::Write) if !below.is_empty() => match self.shared.open_dir_nofollow(name) {
                Ok(jail) => {
                    let base = Key { path: join("/shared", name), user: None };
                    Ok(Spot::new(Arc::new(jail), below, shown, base, "root".to_owned()))
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(self.all_shared(rest, shown)),
                Err(error) => Err(Doing::read("open", shown).failed(error)),
            },
            (None, Intent::Read | Intent::Write) => Ok(self.all_shared(rest, shown)),
        }
    }

    fn all_shared(&self, rest: &str, shown: &str) -> Spot {
        let base = Key { path: "/shared".to_owned(), user: None };
        Spot::new(self.shared.clone(), rest, shown, base, "root".to_owned())
    }

    fn below_share(&self, name: &str, below: &str, shown: &str) -> Result<Spot> {
        let opened = self.shared.open_dir_nofollow(name);
        let jail = Arc::new(opened.map_err(|error| Doing::read("open", shown).failed(error))?);
        let owner = self.shares().get(name).map_or(Pid(0), |share| share.owner_pid);
        let uid = if owner.0 > 1 { owner.uid() } else { "root".to_owned() };
        Ok(Spot::new(jail, below, shown, Key { path: join("/shared", name), user: None }, uid))
    }

    /// How viewers know a path, without asking the disk.
    pub fn key(&self, caller: &Caller, path: &VirtualPath) -> Result<Key> {
        let in_home = |name: &str, rest: &str| Key { path: join(&format!("/home/{name}"), rest), user: None };
        let in_agent_home = |pid: Pid, rest: &str| match self.shares().mounted_at(pid, rest) {
            Some((name, below)) => Key { path: join(&join("/shared", name), below), user: None },
            None => in_home(&pid.uid(), rest),
        };
        Ok(match path.place() {
            Place::AgentHome(pid, rest) => in_agent_home(pid, rest),
            Place::OwnHome(rest) => match caller.pid() {
                Some(pid) => in_agent_home(pid, rest),
                None => in_home(&self.own_home(caller).ok_or(FsError::NoHome)?, rest),
            },
            Place::Tmp(_) => {
                let user = Some(caller.user().ok_or(FsError::NoHome)?.clone());
                Key { path: path.as_str().to_owned(), user }
            }
            Place::Root | Place::Homes | Place::UserHome(..) | Place::Shared(_) | Place::Outside => {
                Key { path: path.as_str().to_owned(), user: None }
            }
        })
    }

    /// The homes a caller may see, by name.
    pub fn visible_homes(&self, caller: &Caller) -> Result<Vec<String>> {
        let own = self.own_home(caller);
        let user = caller.user();
        let listed = user.map(|user| self.directory.agents_of(user)).unwrap_or_default();
        let visible = |name: &str| {
            own.as_deref() == Some(name)
                || caller.is_admin()
                || (caller.pid().is_none()
                    && Pid::parse(name).is_some_and(|pid| {
                        let owned = || user.is_some() && self.directory.owner_of(pid).as_ref() == user;
                        pid.uid() == name && (listed.contains(&pid) || owned())
                    }))
        };
        let failed = |error| Doing::read("scandir", "/home").failed(error);
        let mut names = Vec::new();
        for entry in self.homes.entries().map_err(failed)? {
            let Ok(name) = entry.map_err(failed)?.file_name().into_string() else { continue };
            if visible(&name) && VirtualPath::parse(&name).is_ok() {
                names.push(name);
            }
        }
        Ok(names)
    }
}

/// Bytes of a file, or of all that is in a directory.
fn size_of((dir, rel): (&Dir, &str)) -> io::Result<u64> {
    if rel.is_empty() {
        return Ok(measure_dir(dir.try_clone()?, ENTRIES)?.size);
    }
    let (above, name) = jail::above(dir, rel)?;
    let there = above.symlink_metadata(name)?;
    if there.is_dir() {
        return Ok(measure(&above, name, ENTRIES)?.size);
    }
    Ok(if there.is_file() { there.len() } else { 0 })
}

/// Somebody else may have made the directory first.
fn made(created: io::Result<()>) -> io::Result<()> {
    match created {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}
