//! Snapshots of homes. Agents and their other part are stood in for: what those are is tested where they live.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use aether_base::snapshot::{Held, PartKept, SnapshotAgents, SnapshotPart, Successor};
use aether_protocol::domains::process::PidRef;
use aether_protocol::domains::snapshot::{Api as SnapshotCommands, Create, SnapshotInfo, SnapshotQuery, SnapshotRef};

use super::*;
use crate::snapshots::{TestBlobs, TestKept};

/// Agents that are held and started, and the one part they have: a number that stands for all they are.
#[derive(Default)]
struct Agents {
    kept: Mutex<BTreeMap<String, u64>>,
    held: Arc<Mutex<(usize, usize)>>,
    started: Mutex<Vec<Successor>>,
    refuse: Mutex<bool>,
}

struct Hold(Arc<Mutex<(usize, usize)>>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.lock().expect("lock").0 -= 1;
    }
}

#[async_trait::async_trait]
impl SnapshotAgents for Agents {
    fn owner(&self, pid: Pid) -> Owner {
        People.owner_of(pid).map_or(Owner::Missing, Owner::user)
    }
    fn hold(&self, _pid: Pid) -> Held {
        let mut held = self.held.lock().expect("lock");
        held.0 += 1;
        held.1 += 1;
        drop(held);
        Box::new(Hold(self.held.clone()))
    }
    async fn reserve(&self, _snapshot: &str, _within_share: bool) -> aether_base::Result<Pid> {
        Ok(Pid(100 + self.started.lock().expect("lock").len() as u64))
    }
}

#[async_trait::async_trait]
impl SnapshotPart for Agents {
    fn name(&self) -> &'static str {
        "process"
    }
    async fn capture(&self, snapshot: &str, pid: Pid) -> aether_base::Result<PartKept> {
        assert!(self.held.lock().expect("lock").0 > 0, "the agent is held");
        self.kept.lock().expect("lock").insert(snapshot.to_owned(), pid.0);
        self.measure(snapshot).await
    }
    async fn measure(&self, snapshot: &str) -> aether_base::Result<PartKept> {
        let kept = self.kept.lock().expect("lock").get(snapshot).copied().unwrap_or_default();
        Ok(PartKept { bytes: 8, sha256: kept.to_string() })
    }
    async fn restore(&self, _snapshot: &str, to: Successor) -> aether_base::Result<()> {
        if *self.refuse.lock().expect("lock") {
            return Err(aether_protocol::WireError::invalid("No room.").into());
        }
        self.started.lock().expect("lock").push(to);
        Ok(())
    }
    async fn discard(&self, snapshots: Vec<String>) -> aether_base::Result<()> {
        self.kept.lock().expect("lock").retain(|id, _| !snapshots.contains(id));
        Ok(())
    }
    async fn kept(&self) -> aether_base::Result<Vec<String>> {
        Ok(self.kept.lock().expect("lock").keys().cloned().collect())
    }
}

const LIMITS: SnapshotLimits = SnapshotLimits { per_user: 3, bytes_per_user: 1_000 };

struct Taken {
    world: World,
    agents: Arc<Agents>,
    api: SnapshotApi,
}

impl Taken {
    async fn new() -> Taken {
        Self::of(World::new().await, Arc::default()).await
    }

    async fn of(world: World, agents: Arc<Agents>) -> Taken {
        let parts = SnapshotParts {
            files: world.files.clone(),
            agents: agents.clone(),
            parts: vec![agents.clone()],
            limits: LIMITS,
        };
        let snapshots = Snapshots::open(world.folder.path(), parts).await.expect("snapshots");
        Taken { world, agents, api: SnapshotApi(snapshots) }
    }

    async fn again(self) -> Taken {
        let Taken { world, agents, api } = self;
        drop(api);
        Self::of(world.reopened().await, agents).await
    }

    fn home(&self, pid: u64) -> PathBuf {
        self.world.folder.path().join(format!("home/agent_{pid}"))
    }

    fn blobs(&self) -> Vec<PathBuf> {
        let folder = std::fs::read_dir(self.world.folder.path().join("var/snapshots/blobs")).expect("the blobs");
        folder.map(|entry| entry.expect("an entry").path()).collect()
    }

    fn ada(&self) -> Cx {
        self.world.as_user("ada").cx
    }

    async fn create(&self, pid: u64) -> aether_base::Result<SnapshotInfo> {
        self.api.create(&self.ada(), Create { pid: Pid(pid), description: None }).await
    }

    async fn restore(&self, id: &str) -> aether_base::Result<u64> {
        let restored = self.api.restore(&self.ada(), SnapshotRef { snapshot_id: id.to_owned() }).await;
        restored.map(|restored| restored.new_pid.0)
    }

    async fn delete(&self, id: &str) {
        self.api.delete(&self.ada(), SnapshotRef { snapshot_id: id.to_owned() }).await.expect("deleted");
    }

    async fn listed(&self) -> Vec<String> {
        let listed = self.api.list(&self.ada(), SnapshotQuery::default()).await.expect("listed");
        listed.into_iter().map(|snapshot| snapshot.id).collect()
    }
}

/// Everything below a directory: its bits, and its content or where it leads.
fn all_below(root: &Path) -> BTreeMap<PathBuf, (u32, String)> {
    let (mut found, mut open) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let metadata = path.symlink_metadata().expect("it is there");
            let content = if metadata.is_dir() {
                open.push(path.clone());
                "a directory".to_owned()
            } else if !metadata.is_file() && !metadata.is_symlink() {
                "neither".to_owned()
            } else if metadata.is_symlink() {
                format!("-> {}", path.read_link().expect("a link").display())
            } else {
                format!("{:?} {:?}", std::fs::read(&path).expect("a file"), metadata.modified().expect("a time"))
            };
            let bits = metadata.permissions().mode() & 0o777;
            found.insert(path.strip_prefix(root).expect("below").to_owned(), (bits, content));
        }
    }
    found
}

#[tokio::test]
async fn a_home_comes_back_as_it_was_under_another_pid() {
    let taken = Taken::new().await;
    let home = taken.home(7);
    std::fs::create_dir_all(home.join("a/b/c")).expect("made");
    for (name, content) in [("a/b/run.sh", "#!/bin/sh"), ("a/b/c/same", "same"), ("same", "same"), ("empty", "")] {
        std::fs::write(home.join(name), content).expect("written");
    }
    std::fs::set_permissions(home.join("a/b/run.sh"), PermissionsExt::from_mode(0o755)).expect("set");
    std::fs::set_permissions(home.join("a/b"), PermissionsExt::from_mode(0o555)).expect("set");
    let file = std::fs::File::options().write(true).open(home.join("same")).expect("a file");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_nanos(1_234_567_890_123)).expect("set");

    let info = taken.create(7).await.expect("taken");
    assert_eq!((info.pid, info.size, info.left_out), (Pid(7), 9 + 4 + 4 + 8, None));
    assert_eq!(info.description, "Snapshot of PID 7");
    assert_eq!(taken.blobs().len(), 3, "what is alike is kept once");
    let before = all_below(&home);
    std::fs::write(home.join("same"), "changed").expect("written");

    let pid = taken.restore(&info.id).await.expect("restored");
    assert_eq!(all_below(&taken.home(pid)), before);
    assert_eq!(std::fs::read_to_string(home.join("same")).expect("a file"), "changed");
    assert_eq!(*taken.agents.started.lock().expect("lock"), [Successor { pid: Pid(pid), ppid: Pid(0) }]);
    assert_eq!(*taken.agents.held.lock().expect("lock"), (0, 1), "it was let go");
}

#[tokio::test]
async fn links_are_kept_as_they_are_and_odd_names_too() {
    let taken = Taken::new().await;
    let (home, outside) = (taken.home(7), taken.world.folder.path().join("outside"));
    std::fs::write(&outside, "a secret of the machine").expect("written");
    for (target, name) in [
        (outside.as_path(), "absolute"),
        (Path::new("../../outside"), "relative"),
        (Path::new("gone"), "dangling"),
        (Path::new("."), "itself"),
    ] {
        symlink(target, home.join(name)).expect("linked");
    }
    for name in ["line\nbreak", "..hidden", "quo\"te' $(x)", "\u{202e}txt", "-rf"] {
        std::fs::write(home.join(name), name).expect("written");
    }
    std::fs::write(home.join(std::ffi::OsStr::from_bytes(b"no\xfftext")), "x").expect("written");
    let _socket = std::os::unix::net::UnixListener::bind(home.join("socket")).expect("bound");

    let info = taken.create(7).await.expect("taken");
    assert_eq!(info.left_out, Some(2), "the socket and the name that is no text");
    let secret = |blob| std::fs::read_to_string(blob).expect("text").contains("secret");
    assert!(!taken.blobs().into_iter().any(secret), "no link was followed");
    let pid = taken.restore(&info.id).await.expect("restored");
    let (mut was, is) = (all_below(&home), all_below(&taken.home(pid)));
    was.retain(|path, _| path.to_str().is_some_and(|path| path != "socket"));
    assert_eq!(is, was);
}

#[tokio::test]
async fn what_is_too_deep_to_be_named_is_left_out() {
    let taken = Taken::new().await;
    let ambient = cap_std::ambient_authority();
    let mut dir = cap_std::fs::Dir::open_ambient_dir(taken.home(7), ambient).expect("a folder");
    let name = "n".repeat(250);
    for _ in 0..20 {
        dir.write("file", "x").expect("written");
        dir.create_dir(&name).expect("made");
        dir = dir.open_dir(&name).expect("opened");
    }
    let info = taken.create(7).await.expect("taken");
    assert_eq!(info.left_out, Some(1), "the first directory of which that is true");
    let pid = taken.restore(&info.id).await.expect("restored");
    assert!(taken.home(pid).join(name).join("file").exists());
    // All together they are bounded, too.
    let target = "t".repeat(4_000);
    (0..70).for_each(|n| symlink(&target, taken.home(8).join(n.to_string())).expect("linked"));
    let refused = taken.create(8).await.expect_err("too much").wire;
    assert!(refused.code == ErrorCode::TooLarge && refused.message.contains("/home/agent_8"), "{refused:?}");
}

#[tokio::test]
async fn content_goes_with_the_last_snapshot_that_holds_it() {
    let taken = Taken::new().await;
    std::fs::write(taken.home(7).join("both"), "both").expect("written");
    let first = taken.create(7).await.expect("taken").id;
    std::fs::write(taken.home(7).join("one"), "one").expect("written");
    let second = taken.create(7).await.expect("taken").id;
    assert_eq!((taken.blobs().len(), taken.listed().await), (2, vec![second.clone(), first.clone()]));
    taken.delete(&second).await;
    assert_eq!(taken.blobs().len(), 1);
    let pid = taken.restore(&first).await.expect("what it holds is there");
    assert_eq!(std::fs::read_to_string(taken.home(pid).join("both")).expect("a file"), "both");
    taken.delete(&first).await;
    assert_eq!(
        (taken.blobs().len(), taken.listed().await.len(), taken.agents.kept.lock().expect("lock").len()),
        (0, 0, 0)
    );
    let refused = taken.restore(&first).await.expect_err("deleted");
    assert_eq!((refused.wire.code, refused.wire.message), (ErrorCode::NotFound, format!("Snapshot {first} not found")));
}

#[tokio::test]
async fn damage_is_found_before_anything_is_started() {
    let taken = Taken::new().await;
    std::fs::write(taken.home(7).join("a"), "aaaa").expect("written");
    std::fs::create_dir(taken.home(7).join("dir")).expect("made");
    std::fs::write(taken.home(7).join("dir/b"), "bbbb").expect("written");
    let id = taken.create(7).await.expect("taken").id;
    let damaged = |blob: &PathBuf| std::fs::read_to_string(blob).expect("text") == "bbbb";
    let blob = taken.blobs().into_iter().find(damaged).expect("the blob");
    for damage in ["bbbc", "bbb", "bbbbb"] {
        std::fs::write(&blob, damage).expect("damaged");
        let refused = taken.restore(&id).await.expect_err(damage).wire;
        assert_eq!(refused.code, ErrorCode::InvalidState);
        assert!(refused.message.contains("/home/agent_100/dir/b"), "{}", refused.message);
    }
    std::fs::remove_file(&blob).expect("gone");
    let refused = taken.restore(&id).await.expect_err("gone").wire;
    assert!(refused.message.contains("dir/b is not what was kept"), "{}", refused.message);
    std::fs::write(&blob, "bbbb").expect("mended");
    taken.agents.kept.lock().expect("lock").insert(id.clone(), 1);
    let refused = taken.restore(&id).await.expect_err("the part").wire;
    assert!(refused.message.contains("its process is not"), "{}", refused.message);
    taken.agents.kept.lock().expect("lock").insert(id.clone(), 7);
    *taken.agents.refuse.lock().expect("lock") = true;
    taken.restore(&id).await.expect_err("the table is full");

    assert!(taken.agents.started.lock().expect("lock").is_empty());
    let homes: Vec<_> = std::fs::read_dir(taken.world.folder.path().join("home")).expect("homes").collect();
    assert_eq!(homes.len(), 5, "nothing is left of what was begun: {homes:?}");
    *taken.agents.refuse.lock().expect("lock") = false;
    taken.restore(&id).await.expect("restored");
}

#[tokio::test]
async fn a_start_clears_away_what_was_not_finished() {
    let taken = Taken::new().await;
    std::fs::write(taken.home(7).join("a"), "kept").expect("written");
    let id = taken.create(7).await.expect("taken").id;
    // As a kernel leaves it that is killed after it captured, and one that is killed while it filled a home.
    let blobs = taken.world.folder.path().join("var/snapshots/blobs");
    for orphan in ["0000", ".aether-tmp-1-1-0"] {
        std::fs::write(blobs.join(orphan), "nobody's").expect("written");
    }
    taken.agents.kept.lock().expect("lock").insert("snap_7_1".to_owned(), 7);
    std::fs::create_dir(taken.home(50)).expect("made");
    let begun = taken.world.files.store.write(|db| {
        db.execute_batch("INSERT INTO snapshot_homes (pid) VALUES (50), (7)")?;
        Ok(())
    });
    begun.await.expect("written");
    let taken = taken.again().await;
    assert_eq!(taken.listed().await, std::slice::from_ref(&id));
    assert_eq!(taken.blobs().len(), 1, "{:?}", taken.blobs());
    assert_eq!(taken.agents.kept.lock().expect("lock").keys().collect::<Vec<_>>(), [&id]);
    assert!(!taken.home(50).exists() && taken.home(7).exists(), "an agent that is there keeps its home");
    taken.restore(&id).await.expect("restored");
}

#[tokio::test]
async fn a_fork_leaves_no_snapshot() {
    let taken = Taken::new().await;
    std::fs::write(taken.home(8).join("a"), "forked").expect("written");
    let forked = taken.api.fork(&taken.ada(), PidRef { pid: Pid(8) }).await.expect("forked").new_pid;
    assert_eq!(std::fs::read_to_string(taken.home(forked.0).join("a")).expect("a file"), "forked");
    assert_eq!(*taken.agents.started.lock().expect("lock"), [Successor { pid: forked, ppid: Pid(8) }]);
    assert_eq!(
        (taken.blobs().len(), taken.listed().await.len(), taken.agents.kept.lock().expect("lock").len()),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn one_user_keeps_so_many_and_so_much() {
    let taken = Taken::new().await;
    std::fs::write(taken.home(7).join("a"), "x".repeat(400)).expect("written");
    taken.create(7).await.expect("the first");
    taken.create(7).await.expect("the second");
    let refused = taken.create(7).await.expect_err("too much").wire;
    assert_eq!(refused.code, ErrorCode::QuotaExceeded);
    assert_eq!(taken.agents.kept.lock().expect("lock").len(), 2, "nothing is left of it");
    std::fs::remove_file(taken.home(7).join("a")).expect("removed");
    taken.create(7).await.expect("the third");
    let refused = taken.create(7).await.expect_err("too many").wire;
    assert!(refused.message.starts_with("You have 3 snapshots"), "{}", refused.message);
    let bob = Cx { caller: taken.world.as_user("bob").cx.caller, bus: taken.world.bus.clone() };
    taken.api.create(&bob, Create { pid: Pid(9), description: None }).await.expect("another user's");
    assert_eq!(taken.api.list(&bob, SnapshotQuery::default()).await.expect("listed").len(), 1);
    taken.api.0.departed(&"ada".into()).await;
    assert!(taken.listed().await.is_empty());
    assert_eq!(taken.api.list(&bob, SnapshotQuery::default()).await.expect("listed").len(), 1);
}

#[tokio::test]
async fn what_is_taken_at_the_same_moment_counts_together() {
    let taken = Taken::new().await;
    for (first, second) in [(7, 8), (8, 7)] {
        for _ in 0..LIMITS.per_user - 1 {
            taken.create(7).await.expect("there is room");
        }
        let (one, other) = tokio::join!(taken.create(first), taken.create(second));
        assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
        for id in taken.listed().await {
            taken.delete(&id).await;
        }
    }
}

#[tokio::test]
async fn what_is_being_kept_is_not_removed_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = Arc::new(TestBlobs::open(folder.path()).expect("blobs"));
    let path = folder.path().join("file");
    std::fs::write(&path, "content").expect("written");
    let keep = |pins: &mut crate::snapshots::TestPins| {
        let mut file = std::fs::File::open(&path).expect("a file");
        match pins.keep(&mut file, 100).expect("kept") {
            TestKept::Content { hash, size: 7 } => hash,
            TestKept::Content { .. } | TestKept::Changed | TestKept::TooLarge => panic!("kept otherwise"),
        }
    };
    let mut first = blobs.pins();
    let hash = keep(&mut first);
    let there = || blobs.read(&hash).is_ok();
    blobs.removal().remove(std::slice::from_ref(&hash)).expect("removed");
    assert!(there(), "it is pinned");
    // Pinned when the removal began, and let go since: by now a row may hold it.
    let removal = blobs.removal();
    drop(first);
    removal.remove(std::slice::from_ref(&hash)).expect("removed");
    assert!(there(), "nobody has asked since");
    drop(removal);
    // Pinned for the first time while a removal is under way.
    let removal = blobs.removal();
    let mut second = blobs.pins();
    keep(&mut second);
    drop(second);
    removal.remove(std::slice::from_ref(&hash)).expect("removed");
    assert!(there());
    drop(removal);
    blobs.settle(std::slice::from_ref(&hash)).expect("flushed");
    blobs.removal().remove(std::slice::from_ref(&hash)).expect("removed");
    assert!(!there());
    let mut file = std::fs::File::open(&path).expect("a file");
    assert!(matches!(blobs.pins().keep(&mut file, 6).expect("read"), TestKept::TooLarge));
}
