use std::fs;

use aether_protocol::Empty;
use aether_protocol::domains::fs::{CreateShared, FileType, Purge, Restore, Search, Trash as TrashRequest, TrashEntry};

use super::*;

impl Actor<'_> {
    async fn trash(&self, path: &str) -> Done<TrashEntry> {
        Api::trash(&*self.world.files, &self.cx, TrashRequest { path: path.to_owned() }).await
    }
    async fn trashed(&self) -> Vec<TrashEntry> {
        Api::list_trash(&*self.world.files, &self.cx, Empty {}).await.expect("a list")
    }
    async fn restore(&self, id: &str, to: Option<&str>) -> Done<String> {
        let restore = Restore { entry_id: id.to_owned(), to: to.map(str::to_owned) };
        Api::restore(&*self.world.files, &self.cx, restore).await.map(|restored| restored.path)
    }
    async fn purge(&self, ids: Option<&[&str]>) -> Done {
        let ids = ids.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
        Api::purge(&*self.world.files, &self.cx, Purge { ids }).await
    }
    async fn search(&self, path: &str, query: &str) -> Done<Vec<String>> {
        let search = Search { path: path.to_owned(), query: query.to_owned(), limit: None };
        let found = Api::search(&*self.world.files, &self.cx, search).await?;
        Ok(found.into_iter().map(|stat| stat.path).collect())
    }
}

/// How many things lie in the trash on disk.
fn on_disk(world: &World) -> usize {
    fs::read_dir(world.disk("trash")).expect("the trash").count()
}

#[tokio::test]
async fn what_was_thrown_away_comes_back_as_it_was() {
    let mut world = World::new().await;
    let mut events = world.events("ada").await;
    let ada = world.as_user("ada");
    ada.write("/home/ada/dir/a.txt", "kept").await.expect("written");
    let entry = ada.trash("/home/root/dir").await.expect("thrown away");
    assert_eq!((entry.path.as_str(), entry.name.as_str(), entry.kind), ("/home/ada/dir", "dir", FileType::Directory));
    assert!(entry.deleted_at > 1_600_000_000_000);
    assert_eq!(ada.names("/home/ada").await, Vec::<String>::new());
    let of = |kind: &str, path: &str| (kind.to_owned(), path.to_owned());
    assert_eq!(events.changes().await, [of("create", "/home/ada/dir/a.txt"), of("delete", "/home/ada/dir")]);
    // No path leads there.
    for path in ["/trash", "/home/../trash", "/home/ada/../../trash", "/tmp/../trash"] {
        assert_eq!(refused(ada.ls(path).await).0, ErrorCode::Forbidden, "{path}");
    }
    drop(ada);
    world = world.reopened().await;
    let mut events = world.events("ada").await;
    let ada = world.as_user("ada");
    assert_eq!(ada.trashed().await, std::slice::from_ref(&entry));
    assert_eq!(ada.restore(&entry.id, None).await.expect("restored"), "/home/ada/dir");
    assert_eq!(ada.read("/home/ada/dir/a.txt").await.expect("there"), "kept");
    assert_eq!(events.changes().await, [of("create", "/home/ada/dir")]);
    assert!(ada.trashed().await.is_empty() && on_disk(&world) == 0);
    assert_eq!(refused(ada.restore(&entry.id, None).await).0, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_name_that_is_taken_is_not_taken_over() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        ada.write("/home/ada/deep/a.txt", text).await.expect("written");
        ids.push(ada.trash("/home/ada/deep/a.txt").await.expect("thrown away").id);
    }
    assert_eq!(ada.trashed().await.len(), 3);
    ada.rm("/home/ada/deep", true).await.expect("removed");
    // The directories above it are made again.
    assert_eq!(ada.restore(&ids[0], None).await.expect("restored"), "/home/ada/deep/a.txt");
    assert_eq!(ada.restore(&ids[1], None).await.expect("restored"), "/home/ada/deep/a 2.txt");
    let to = Some("/home/ada/deep/a.txt");
    assert_eq!(ada.restore(&ids[2], to).await.expect("restored"), "/home/ada/deep/a 3.txt");
    for (name, text) in [("a.txt", "one"), ("a 2.txt", "two"), ("a 3.txt", "three")] {
        assert_eq!(ada.read(&format!("/home/ada/deep/{name}")).await.expect("there"), text);
    }
}

#[tokio::test]
async fn everybody_has_a_trash_of_their_own() {
    let world = World::new().await;
    let (ada, bob, admin) = (world.as_user("ada"), world.as_user("bob"), world.as_user("admin"));
    let (seven, eight) = (world.as_agent(7), world.as_agent(8));
    ada.write("/home/ada/own", "x").await.expect("written");
    ada.write("/tmp/own", "x").await.expect("written");
    seven.write("/home/agent_7/own", "x").await.expect("written");
    bob.write("/home/bob/own", "x").await.expect("written");
    let shared = CreateShared { name: "docs".to_owned(), owner_pid: Pid(7) };
    Api::create_shared(&*world.files, &ada.cx, shared).await.expect("made");
    ada.write("/shared/docs/own", "x").await.expect("written");

    for path in ["/home/ada/own", "/tmp/own", "/home/agent_7/own", "/shared/docs/own"] {
        ada.trash(path).await.expect(path);
    }
    bob.trash("/home/bob/own").await.expect("thrown away");
    let paths = async |actor: &Actor<'_>| -> Vec<String> {
        let mut paths: Vec<String> = actor.trashed().await.into_iter().map(|entry| entry.path).collect();
        paths.sort();
        paths
    };
    assert_eq!(paths(&ada).await, ["/home/ada/own", "/home/agent_7/own", "/shared/docs/own", "/tmp/own"]);
    assert_eq!(paths(&bob).await, ["/home/bob/own"]);
    assert_eq!(paths(&seven).await, ["/home/agent_7/own"]);
    assert!(paths(&eight).await.is_empty() && paths(&admin).await.is_empty());
    for entry in ada.trashed().await {
        assert_eq!(world.files.trash_owner(&entry.id), Owner::user("ada".into()));
    }
    assert_eq!(world.files.trash_owner("none"), Owner::Missing);
    // Another user's temporary files are not the administrator's own of the same name.
    let tmp = ada.trashed().await.into_iter().find(|entry| entry.path == "/tmp/own").expect("there");
    assert_eq!(refused(admin.restore(&tmp.id, None).await).0, ErrorCode::InvalidInput);
    ada.restore(&tmp.id, None).await.expect("restored");

    // What is not one's own to change is not one's own to throw away.
    for path in ["/home/bob", "/shared", "/shared/docs", "/", "/home", "/tmp"] {
        bob.trash(path).await.expect_err(path);
    }
    ada.purge(None).await.expect("purged");
    assert!(ada.trashed().await.is_empty());
    assert_eq!((paths(&bob).await.len(), on_disk(&world)), (1, 1));
}

#[tokio::test]
async fn nothing_leaves_its_place_on_the_way_to_the_trash() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("secret"), "x").expect("written");
    std::os::unix::fs::symlink(outside.path(), world.disk("home/ada/out")).expect("a link");
    assert_eq!(refused(ada.trash("/home/ada/out/secret").await).0, ErrorCode::Forbidden);
    assert!(ada.trashed().await.is_empty(), "what was not moved is not in the trash");
    // The link itself goes, not what it leads to.
    let entry = ada.trash("/home/ada/out").await.expect("thrown away");
    assert_eq!(entry.kind, FileType::Symlink);
    ada.write("/home/ada/a", "x").await.expect("written");
    let file = ada.trash("/home/ada/a").await.expect("thrown away");
    std::os::unix::fs::symlink(outside.path(), world.disk("home/ada/dir")).expect("a link");
    assert_eq!(refused(ada.restore(&file.id, Some("/home/ada/dir/a")).await).0, ErrorCode::Forbidden);
    ada.purge(None).await.expect("purged");
    assert_eq!((fs::read_to_string(outside.path().join("secret")).expect("there").as_str(), on_disk(&world)), ("x", 0));
    assert!(!outside.path().join("a").exists());
}

#[tokio::test]
async fn a_kernel_that_is_killed_on_the_way_loses_nothing() {
    let mut world = World::new().await;
    let mut ids = Vec::new();
    {
        let ada = world.as_user("ada");
        for name in ["recorded", "restored", "purged", "kept"] {
            ada.write(&format!("/home/ada/{name}"), name).await.expect("written");
            ids.push(ada.trash(&format!("/home/ada/{name}")).await.expect("thrown away").id);
        }
    }
    let trash = world.disk("trash");
    // Killed before it was moved, after it was put back, and while it was deleted.
    fs::rename(trash.join(&ids[0]), world.disk("home/ada/recorded")).expect("moved");
    fs::rename(trash.join(&ids[1]), world.disk("home/ada/restored")).expect("moved");
    fs::rename(trash.join(&ids[2]), trash.join(".aether-tmp-0-0-0")).expect("moved");
    world = world.reopened().await;
    let ada = world.as_user("ada");
    assert_eq!(ada.names("/home/ada").await, ["recorded", "restored"]);
    let left: Vec<String> = ada.trashed().await.into_iter().map(|entry| entry.id).collect();
    assert_eq!(left, [ids[3].clone()]);
    assert_eq!(on_disk(&world), 1);
    ada.restore(&ids[3], None).await.expect("restored");
    assert_eq!(ada.read("/home/ada/kept").await.expect("there"), "kept");
}

#[tokio::test]
async fn what_is_old_goes_by_itself_and_a_home_takes_its_own_with_it() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    for path in ["/home/ada/a", "/home/agent_7/a"] {
        ada.mkdir(&format!("{path}/b/c"), true).await.expect("made");
        ada.trash(path).await.expect("thrown away");
    }
    assert_eq!(world.files.purge_trash_before(1_600_000_000_000).await.expect("nothing"), 0);
    world.files.delete_home(Pid(7)).await.expect("deleted");
    assert_eq!(ada.trashed().await.len(), 1);
    assert_eq!(world.files.purge_trash_before(u64::MAX).await.expect("purged"), 1);
    assert!(ada.trashed().await.is_empty() && on_disk(&world) == 0);
    assert_eq!(refused(ada.purge(Some(&["none"])).await).0, ErrorCode::NotFound);
}

#[tokio::test]
async fn what_is_closed_or_too_deep_to_be_removed_at_once_goes_for_good_too() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    let ada = world.as_user("ada");
    let close = |path: &str| {
        let closed = fs::set_permissions(world.disk("home/ada").join(path), fs::Permissions::from_mode(0o555));
        closed.expect("set");
    };
    let open = |path: &str| {
        cap_std::fs::Dir::open_ambient_dir(world.disk(path), cap_std::ambient_authority()).expect("a folder")
    };
    ada.mkdir("/home/ada/deep", true).await.expect("made");
    let mut dir = open("home/ada/deep");
    for _ in 0..400 {
        dir.create_dir("deep").expect("made");
        dir.write("file", "x").expect("written");
        dir = dir.open_dir("deep").expect("opened");
    }
    ada.write("/home/ada/cache/module/file", "x").await.expect("written");
    close("cache/module");
    ada.write("/home/ada/a", "x").await.expect("written");
    for name in ["deep", "cache", "a"] {
        ada.trash(&format!("/home/ada/{name}")).await.expect("thrown away");
    }
    ada.purge(None).await.expect("purged");
    assert_eq!(on_disk(&world), 0);
    // And a home.
    let mut dir = open("home/agent_7");
    for _ in 0..400 {
        dir.create_dir("deep").expect("made");
        dir = dir.open_dir("deep").expect("opened");
    }
    world.files.delete_home(Pid(7)).await.expect("deleted");
    let left = fs::read_dir(world.disk("home")).expect("homes").flatten().map(|entry| entry.file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_search_finds_names_nearest_first_and_stays_in_its_place() {
    let world = World::new().await;
    let (ada, bob, seven) = (world.as_user("ada"), world.as_user("bob"), world.as_agent(7));
    for path in [
        "/home/ada/a/b/Report.txt",
        "/home/ada/my report",
        "/home/ada/REPORTS/x",
        "/home/agent_7/report",
        "/tmp/report",
    ] {
        ada.write(path, "x").await.expect("written");
    }
    bob.write("/home/bob/report", "x").await.expect("written");
    let shared = CreateShared { name: "reports".to_owned(), owner_pid: Pid(9) };
    Api::create_shared(&*world.files, &bob.cx, shared).await.expect("made");
    bob.write("/shared/reports/report", "x").await.expect("written");
    std::os::unix::fs::symlink(world.disk("home/bob"), world.disk("home/ada/bobs")).expect("a link");

    let found = ada.search("/home/root", " rePORT ").await.expect("found");
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[0..2], ["/home/root/REPORTS", "/home/root/a/b/Report.txt"], "names that begin so, nearest first");
    assert_eq!(found[2], "/home/root/my report");
    assert_eq!(ada.search("/home/ada/a", "report").await.expect("found"), ["/home/ada/a/b/Report.txt"]);
    let mut all = ada.search("/", "report").await.expect("found");
    all.sort();
    assert_eq!(
        all,
        ["/home/ada/REPORTS", "/home/ada/a/b/Report.txt", "/home/ada/my report", "/home/agent_7/report", "/tmp/report"]
    );
    assert_eq!(seven.search("/home", "report").await.expect("found"), ["/home/agent_7/report"]);
    assert_eq!(bob.search("/shared", "report").await.expect("found"), ["/shared/reports", "/shared/reports/report"]);
    assert_eq!(refused(ada.search("/home/ada", "  ").await).0, ErrorCode::InvalidInput);
    assert_eq!(refused(ada.search("/home/ada/none", "x").await).0, ErrorCode::NotFound);
    ada.search("/home/ada/bobs", "report").await.expect_err("a link out of the place");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_search_is_led_by_no_link_into_what_another_shares() {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use std::sync::atomic::{AtomicBool, Ordering};
    let world = World::new().await;
    let (ada, bob) = (world.as_user("ada"), world.as_user("bob"));
    for (actor, name, pid) in [(&ada, "hers", 7), (&bob, "his", 9)] {
        let shared = CreateShared { name: name.to_owned(), owner_pid: Pid(pid) };
        Api::create_shared(&*world.files, &actor.cx, shared).await.expect("made");
    }
    bob.write("/shared/his/report", "x").await.expect("written");
    ada.write("/shared/hers/a/his/x", "x").await.expect("written");
    // What is a directory at one moment is a link to all that is shared at the next.
    let (dir, link) = (world.disk("shared/hers/a"), world.disk("shared/hers/b"));
    std::os::unix::fs::symlink("..", &link).expect("a link");
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let swaps = std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            renameat_with(CWD, &dir, CWD, &link, RenameFlags::EXCHANGE).expect("swapped");
        }
    });
    let mut found = Vec::new();
    for _ in 0..500 {
        found.extend(ada.search("/shared", "report").await.expect("found"));
    }
    stop.store(true, Ordering::Relaxed);
    swaps.join().expect("ended");
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn a_name_of_any_kind_survives_every_way() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    for name in
        ["quote\"s and \\", "line\nbreak\t", "\u{202e}gnp.exe", "e\u{301}\u{1f600} ü", "%2F%00 ?#&+;", " -rf ~ "]
    {
        let path = format!("/home/ada/{name}");
        ada.write(&path, name).await.expect("written");
        assert_eq!(ada.names("/home/ada").await, [name]);
        let entry = ada.trash(&path).await.expect("thrown away");
        assert_eq!((entry.name.as_str(), entry.path.as_str()), (name, path.as_str()));
        assert_eq!(ada.trashed().await, std::slice::from_ref(&entry));
        assert_eq!(ada.restore(&entry.id, None).await.expect("restored"), path);
        assert_eq!(ada.read(&path).await.expect("there"), name);
        ada.rm(&path, false).await.expect("removed");
    }
}
