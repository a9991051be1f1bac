mod changes;
mod confinement;
mod disk;
mod quota;
mod shared;
mod snapshots;
mod transfer;
mod trash;
mod workspaces;

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use aether_base::ports::{Decision, Owner, Owners, Policy};
use aether_base::streams::Streams;
use aether_base::{Caller, CallerKind, Cx, Door, Error, Subscription, Viewer};
use aether_protocol::domains::fs::{Api, Cp, FileStat, Ls, Mkdir, Mv, Read, Rm, Stat, Unwatch, Watch, Write};
use aether_protocol::domains::org::Permission;
use aether_protocol::{ErrorCode, OrgId, OwnedKind, ResourceId, Role};
use aether_store::Durability;
use serde_json::Value;

use super::*;

/// Bytes that a home may hold: more than all files of the other tests together.
const QUOTA: u64 = 64 * 1024 * 1024;

/// Two users, `ada` with agents 7 and 8, `bob` with agent 9, and agents that they once had.
struct People;

#[async_trait::async_trait]
impl Directory for People {
    fn username(&self, user: &UserId) -> Option<String> {
        Some(user.to_string())
    }
    fn agents_of(&self, user: &UserId) -> Vec<Pid> {
        match user.as_str() {
            "ada" => vec![Pid(7), Pid(8)],
            "bob" => vec![Pid(9)],
            _ => Vec::new(),
        }
    }
    fn owner_of(&self, pid: Pid) -> Option<UserId> {
        let living = ["ada", "bob"].map(UserId::from).into_iter().find(|user| self.agents_of(user).contains(&pid));
        living.or_else(|| People::of_the_past(pid))
    }
    async fn ended(&self, pids: Vec<Pid>) -> aether_base::Result<Vec<EndedAgent>> {
        let ended = pids.into_iter().filter(|pid| People::of_the_past(*pid).is_some());
        Ok(ended.map(|pid| EndedAgent { pid, role: "Coder".to_owned(), at: Some(1_000 * pid.0) }).collect())
    }
}

struct Rights(Mutex<Option<Arc<Files>>>);

impl Owners for Rights {
    fn owner(&self, caller: &Caller, kind: OwnedKind, id: &ResourceId) -> Owner {
        let of = |user: Option<UserId>| user.map_or(Owner::Kernel, Owner::user);
        match (kind, id) {
            (OwnedKind::Pid, ResourceId::Num(pid)) => of(People.owner_of(Pid(*pid))),
            (OwnedKind::ReadPath | OwnedKind::WritePath, ResourceId::Text(path)) => match place(caller, path) {
                PlaceOwner::Agent(pid) => of(People.owner_of(pid)),
                PlaceOwner::User { username } => Owner::user(username.into()),
                PlaceOwner::Own | PlaceOwner::Tmp => of(caller.user().cloned()),
                PlaceOwner::Shared => {
                    let files = self.0.lock().expect("lock").clone().expect("files");
                    files.shared_owner(caller, path, kind == OwnedKind::WritePath)
                }
                PlaceOwner::Root => Owner::Everyone,
                PlaceOwner::Outside => Owner::Kernel,
            },
            _ => Owner::Missing,
        }
    }
}

impl Policy for Rights {
    fn org_allows(&self, _user: &UserId, _org: &OrgId, _permission: Permission) -> bool {
        false
    }
    fn agent_reaches(&self, _pid: Pid, _kind: OwnedKind, _id: &ResourceId) -> Decision {
        Decision::Allow
    }
}

struct World {
    folder: tempfile::TempDir,
    bus: Arc<Bus>,
    streams: Arc<Streams>,
    files: Arc<Files>,
}

impl World {
    async fn new() -> World {
        Self::at(tempfile::tempdir().expect("a folder")).await
    }

    async fn at(folder: tempfile::TempDir) -> World {
        let bus = Arc::new(Bus::default());
        let database = folder.path().join("kernel.db");
        let store =
            Store::open(&database, Durability::Normal, &[MIGRATIONS, SNAPSHOT_MIGRATIONS].concat(), bus.clone())
                .expect("a store");
        bus.attach_log(store.clone());
        let rights = Arc::new(Rights(Mutex::new(None)));
        bus.attach_authority(rights.clone(), rights.clone());
        let streams = Arc::new(Streams::default());
        let transfers = Transfers { streams: streams.clone(), max_upload: 1_000_000, home_quota: Some(QUOTA) };
        let files = Files::open(folder.path(), bus.clone(), Arc::new(People), store, transfers).await.expect("files");
        *rights.0.lock().expect("lock") = Some(files.clone());
        for pid in [7, 8, 9] {
            files.create_home(Pid(pid)).await.expect("a home");
        }
        for name in ["ada", "bob"] {
            files.user_home(name).await.expect("a home");
        }
        World { folder, bus, streams, files }
    }

    async fn reopened(self) -> World {
        self.files.store.close().await;
        let World { folder, bus, files, .. } = self;
        drop((bus, files));
        Self::at(folder).await
    }

    fn as_user(&self, name: &str) -> Actor<'_> {
        let role = if name == "admin" { Role::Admin } else { Role::User };
        let kind = CallerKind::User { user: name.into(), username: name.to_owned(), role };
        self.actor(Caller { kind, door: Door::WebSocket, session: Some(SessionId::from(name)), token: None })
    }

    fn as_agent(&self, pid: u64) -> Actor<'_> {
        let owner = People.owner_of(Pid(pid)).expect("an owner");
        self.actor(Caller::agent(Pid(pid), owner))
    }

    fn actor(&self, caller: Caller) -> Actor<'_> {
        Actor { world: self, cx: Cx { caller: Arc::new(caller), bus: self.bus.clone() } }
    }

    /// A place on the disk behind the virtual root.
    fn disk(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// What this user sees from now on; what was published before has been delivered.
    async fn events(&self, name: &str) -> Events {
        // A write is answered before the events that share its commit are delivered, the next one after them.
        for _ in 0..2 {
            self.files.store.write(|_| Ok(())).await.expect("written");
        }
        Events {
            seen: self.bus.subscribe(Viewer::of(&self.as_user(name).cx.caller)),
            mark: self.as_user("mark").cx,
            files: self.files.clone(),
            marks: self.disk("tmp/mark"),
        }
    }
}

struct Events {
    seen: Subscription,
    /// Somebody who watches where only marks are made.
    mark: Cx,
    files: Arc<Files>,
    marks: PathBuf,
}

impl Events {
    /// Changes that were told until now, of commands and of watches.
    async fn changes(&mut self) -> Vec<(String, String)> {
        self.settled().await;
        let mut changes = Vec::new();
        let mut next = async || {
            let next = tokio::task::unconstrained(self.seen.next());
            tokio::time::timeout(Duration::ZERO, next).await.ok().flatten()
        };
        while let Some(event) = next().await {
            let event: Value = serde_json::from_str(&event.json).expect("JSON");
            if event["type"] == "fs.changed" {
                let text = |field: &str| event[field].as_str().expect("text").to_owned();
                changes.push((text("changeType"), text("path")));
            }
        }
        changes
    }

    /// Waits until a change is told that was made now: what was changed before has been told then, because reports come
    /// in the order of the changes and events are delivered in theirs.
    async fn settled(&self) {
        Api::watch(&*self.files, &self.mark, Watch { path: "/tmp".to_owned() }).await.expect("watched");
        let mut seen = self.mark.bus.subscribe(Viewer::of(&self.mark.caller));
        loop {
            let name = uuid::Uuid::new_v4().to_string();
            std::fs::write(self.marks.join(&name), "").expect("a mark");
            loop {
                let event: Value = serde_json::from_str(&seen.next().await.expect("an event").json).expect("JSON");
                match event["path"].as_str() {
                    // All watched paths have changed, among so many that the mark may not be told.
                    Some("/tmp") => break,
                    Some(path) if path.ends_with(&name) => return,
                    _ => {}
                }
            }
        }
    }
}

struct Actor<'w> {
    world: &'w World,
    cx: Cx,
}

type Done<T = ()> = std::result::Result<T, Error>;

impl Actor<'_> {
    async fn read(&self, path: &str) -> Done<String> {
        let files = &self.world.files;
        Api::read(&**files, &self.cx, Read { path: path.to_owned() }).await.map(|file| file.content)
    }
    async fn write(&self, path: &str, content: &str) -> Done {
        let write = Write { path: path.to_owned(), content: content.to_owned() };
        Api::write(&*self.world.files, &self.cx, write).await
    }
    async fn mkdir(&self, path: &str, recursive: bool) -> Done {
        let mkdir = Mkdir { path: path.to_owned(), recursive: Some(recursive) };
        Api::mkdir(&*self.world.files, &self.cx, mkdir).await
    }
    async fn rm(&self, path: &str, recursive: bool) -> Done {
        let rm = Rm { path: path.to_owned(), recursive: Some(recursive) };
        Api::rm(&*self.world.files, &self.cx, rm).await
    }
    async fn ls(&self, path: &str) -> Done<Vec<FileStat>> {
        Api::ls(&*self.world.files, &self.cx, Ls { path: path.to_owned() }).await
    }
    async fn names(&self, path: &str) -> Vec<String> {
        self.ls(path).await.expect("a list").into_iter().map(|entry| entry.name).collect()
    }
    async fn stat(&self, path: &str) -> Done<FileStat> {
        Api::stat(&*self.world.files, &self.cx, Stat { path: path.to_owned() }).await
    }
    async fn mv(&self, from: &str, to: &str) -> Done {
        let mv = Mv { from: from.to_owned(), to: to.to_owned() };
        Api::mv(&*self.world.files, &self.cx, mv).await
    }
    async fn cp(&self, from: &str, to: &str) -> Done {
        let cp = Cp { from: from.to_owned(), to: to.to_owned() };
        Api::cp(&*self.world.files, &self.cx, cp).await
    }
    async fn watch(&self, path: &str) -> Done {
        Api::watch(&*self.world.files, &self.cx, Watch { path: path.to_owned() }).await
    }
    async fn unwatch(&self, path: &str) -> Done {
        Api::unwatch(&*self.world.files, &self.cx, Unwatch { path: path.to_owned() }).await
    }
}

/// The refusal: its code and what the person reads.
fn refused<T: std::fmt::Debug>(done: Done<T>) -> (ErrorCode, String) {
    let error = done.expect_err("a refusal");
    (error.wire.code, error.wire.message)
}
