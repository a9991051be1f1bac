//! Shared mounts.

use aether_protocol::Empty;
use aether_protocol::domains::fs::{CreateShared, MountShared, SharedMountInfo, UnmountShared};

use super::*;

impl Actor<'_> {
    async fn create(&self, name: &str, pid: u64) -> Done<SharedMountInfo> {
        let create = CreateShared { name: name.to_owned(), owner_pid: Pid(pid) };
        Api::create_shared(&*self.world.files, &self.cx, create).await
    }
    async fn mount(&self, pid: u64, name: &str, point: Option<&str>) -> Done {
        let mount = MountShared { pid: Pid(pid), name: name.to_owned(), mount_point: point.map(str::to_owned) };
        Api::mount_shared(&*self.world.files, &self.cx, mount).await
    }
    async fn unmount(&self, pid: u64, name: &str) -> Done {
        let unmount = UnmountShared { pid: Pid(pid), name: name.to_owned() };
        Api::unmount_shared(&*self.world.files, &self.cx, unmount).await
    }
    async fn shares(&self) -> Vec<SharedMountInfo> {
        Api::list_shared(&*self.world.files, &self.cx, Empty {}).await.expect("a list")
    }
}

#[tokio::test]
async fn another_users_share_is_like_one_that_is_not_there() {
    let world = World::new().await;
    let (ada, bob) = (world.as_user("ada"), world.as_user("bob"));
    ada.create("docs", 7).await.expect("made");
    ada.write("/shared/docs/note", "1").await.expect("written");
    ada.mount(7, "docs", None).await.expect("mounted");
    ada.watch("/shared/docs").await.expect("watched");
    let agent = world.as_agent(9);
    for (actor, name) in [(&bob, "docs"), (&bob, "DOCS"), (&agent, "docs")] {
        // What is told of a name that nobody has taken, with this name in its place.
        let check = |told: (ErrorCode, String), missing: (ErrorCode, String)| {
            assert_eq!(told, (missing.0, missing.1.replace("none", name)));
        };
        for rest in ["", "/note", "/absent", "/note/below"] {
            let (path, none) = (format!("/shared/{name}{rest}"), format!("/shared/none{rest}"));
            check(refused(actor.read(&path).await), refused(actor.read(&none).await));
            check(refused(actor.ls(&path).await), refused(actor.ls(&none).await));
            check(refused(actor.stat(&path).await), refused(actor.stat(&none).await));
            check(refused(actor.cp(&path, "/home/root/x").await), refused(actor.cp(&none, "/home/root/x").await));
            for write in [OwnedKind::ReadPath, OwnedKind::WritePath] {
                let owner = |path: &str| {
                    let owner = world.files.shared_owner(&actor.cx.caller, path, write == OwnedKind::WritePath);
                    (owner == Owner::Everyone, owner == Owner::user("bob".into()))
                };
                assert_eq!(owner(&path), owner(&none), "{path}");
            }
        }
        check(refused(actor.mount(9, name, None).await), refused(actor.mount(9, "none", None).await));
        actor.unmount(9, name).await.expect("nothing to unmount");
        assert!(actor.shares().await.is_empty());
        assert!(actor.names("/shared").await.is_empty());
        assert_eq!(refused(actor.cp("/shared", "/home/root/all").await).0, ErrorCode::Forbidden);
        assert!(actor.ls("/home/agent_9/shared").await.is_err(), "no mark of the attempt is left");
    }
    let (code, told) = refused(bob.watch("/shared/docs").await);
    assert_eq!((code, told), (ErrorCode::NotFound, refused(bob.watch("/shared/none").await).1.replace("none", "docs")));
    assert_eq!(refused(bob.create("docs", 9).await).0, ErrorCode::Conflict, "names are for everyone");
    // Events of what nobody else may see are its owner's.
    assert_eq!(world.files.shared_owner(&Caller::kernel(), "/shared/docs/note", false), Owner::user("ada".into()));
    assert_eq!(ada.names("/shared").await, ["docs"]);
    assert_eq!(world.as_agent(8).read("/shared/docs/note").await.expect("its owner's agent"), "1");
}

#[tokio::test]
async fn a_shared_directory_is_written_by_its_owner_and_read_where_an_administrator_mounts_it() {
    let world = World::new().await;
    let (ada, bob, admin) = (world.as_user("ada"), world.as_user("bob"), world.as_user("admin"));
    let made = ada.create("docs", 7).await.expect("made");
    assert_eq!((made.path.as_str(), made.owner_pid, made.mounted_by.len()), ("/shared/docs", Pid(7), 0));
    ada.write("/shared/docs/note", "1").await.expect("written");

    admin.mount(9, "docs", None).await.expect("mounted");
    admin.mount(9, "docs", None).await.expect("mounted already");
    assert_eq!(bob.names("/home/agent_9/shared").await, ["docs"]);
    assert_eq!(bob.names("/shared").await, ["docs"]);
    for path in ["/home/agent_9/shared/docs/note", "/shared/docs/note"] {
        assert_eq!(bob.read(path).await.expect("read"), "1", "{path}");
        assert_eq!(refused(bob.write(path, "2").await).0, ErrorCode::Forbidden, "{path}");
        assert_eq!(refused(bob.rm(path, true).await).0, ErrorCode::Forbidden, "{path}");
        assert_eq!(refused(bob.mv(path, "/home/bob/x").await).0, ErrorCode::Forbidden, "{path}");
    }
    assert_eq!(world.as_agent(9).read("/home/root/shared/docs/note").await.expect("read"), "1");
    bob.cp("/home/agent_9/shared/docs", "/home/bob/copy").await.expect("copied");
    assert_eq!(bob.read("/home/bob/copy/note").await.expect("read"), "1");

    ada.mount(8, "docs", Some("/home/agent_8/lib/docs")).await.expect("mounted");
    let (mut events, mut others) = (world.events("ada").await, world.events("bob").await);
    ada.write("/home/agent_8/lib/docs/more", "2").await.expect("its owner may");
    assert_eq!(bob.read("/shared/docs/more").await.expect("read"), "2");
    let mut seen = events.changes().await;
    seen.sort();
    let paths = ["/home/agent_8/lib/docs/more", "/shared/docs/more"];
    assert_eq!(seen, paths.map(|path| ("create".to_owned(), path.to_owned())));
    assert_eq!(others.changes().await, [("create".to_owned(), "/home/agent_9/shared/docs/more".to_owned())]);

    assert_eq!(ada.shares().await[0].mounted_by, [Pid(8), Pid(9)]);
    assert_eq!(bob.shares().await[0].mounted_by, [Pid(9)], "others' agents are not bob's business");
    let world = world.reopened().await;
    let (ada, bob) = (world.as_user("ada"), world.as_user("bob"));
    assert_eq!(ada.shares().await[0].mounted_by, [Pid(8), Pid(9)], "kept over a restart");
    bob.unmount(9, "docs").await.expect("unmounted");
    bob.unmount(9, "docs").await.expect("nothing to unmount");
    assert!(bob.names("/home/agent_9/shared").await.is_empty());
    assert_eq!(refused(bob.read("/shared/docs/note").await).0, ErrorCode::NotFound);
    assert_eq!(
        refused(bob.mount(9, "docs", None).await).0,
        ErrorCode::NotFound,
        "only its owner, and an administrator"
    );
}

#[tokio::test]
async fn names_points_and_pids_are_checked() {
    let world = World::new().await;
    let (ada, admin) = (world.as_user("ada"), world.as_user("admin"));
    for name in ["", "a/b", "..", "a b", "ä", &"n".repeat(65)] {
        assert_eq!(refused(ada.create(name, 7).await).0, ErrorCode::InvalidInput, "{name}");
    }
    assert_eq!(refused(ada.create("docs", 70).await).0, ErrorCode::NotFound);
    ada.create("docs", 7).await.expect("made");
    assert_eq!(refused(ada.create("DOCS", 7).await).0, ErrorCode::Conflict);
    admin.write("/shared/found/file", "x").await.expect("written");
    assert_eq!(refused(ada.create("found", 7).await).0, ErrorCode::Conflict, "nobody takes over what is there");
    assert_eq!(ada.read("/shared/found/file").await.expect("read"), "x");
    let listed = ada.shares().await;
    assert_eq!((listed[1].name.as_str(), listed[1].owner_pid), ("found", Pid(0)));

    let (code, text) = refused(ada.mount(7, "none", None).await);
    assert_eq!((code, text.as_str()), (ErrorCode::NotFound, "Shared mount \"none\" does not exist"));
    assert_eq!(refused(ada.mount(1, "docs", None).await).0, ErrorCode::InvalidInput);
    assert_eq!(refused(ada.mount(70, "docs", None).await).0, ErrorCode::NotFound);
    for point in ["../x", "a/../../x", "/home/agent_8/x", "/etc", "/home/agent_7", "", "."] {
        let refusal = refused(ada.mount(7, "docs", Some(point)).await);
        let told = "Access denied: mount point path traversal detected".to_owned();
        assert_eq!(refusal, (ErrorCode::Forbidden, told), "{point}");
    }
    ada.write("/home/agent_7/taken/file", "x").await.expect("written");
    assert_eq!(refused(ada.mount(7, "docs", Some("taken")).await).0, ErrorCode::Conflict);
    assert_eq!(refused(ada.mount(7, "docs", Some("taken/file")).await).0, ErrorCode::Conflict);
    std::os::unix::fs::symlink(world.disk("home/bob"), world.disk("home/agent_7/out")).expect("a link");
    assert_eq!(refused(ada.mount(7, "docs", Some("out/x")).await).0, ErrorCode::Forbidden);
    ada.mount(7, "docs", Some("in/here")).await.expect("mounted");
    ada.create("more", 1).await.expect("made for the session");
    for point in ["in", "in/here", "in/here/below"] {
        assert_eq!(refused(ada.mount(7, "more", Some(point)).await).0, ErrorCode::Conflict, "{point}");
    }
    for path in ["/shared/docs", "/home/agent_7/in/here"] {
        assert_eq!(refused(ada.rm(path, true).await).0, ErrorCode::Forbidden, "{path}");
    }
}

#[tokio::test]
async fn links_do_not_lead_from_one_shared_directory_into_another() {
    let world = World::new().await;
    let (ada, bob) = (world.as_user("ada"), world.as_user("bob"));
    ada.create("docs", 7).await.expect("made");
    bob.create("mine", 9).await.expect("made");
    ada.write("/shared/docs/secret", "x").await.expect("written");
    std::os::unix::fs::symlink("../docs/secret", world.disk("shared/mine/link")).expect("a link");
    assert_eq!(refused(bob.read("/shared/mine/link").await).0, ErrorCode::Forbidden);
}

#[tokio::test]
async fn two_mounts_of_the_same_moment_do_not_share_a_point() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.create("docs", 7).await.expect("made");
    ada.create("more", 7).await.expect("made");
    let (one, other) = tokio::join!(ada.mount(7, "docs", Some("here")), ada.mount(7, "more", Some("here")));
    let refusal = refused(one.and(other));
    assert_eq!(
        refusal,
        (ErrorCode::Conflict, "/home/agent_7/here is in use already. Choose another mount point.".into())
    );
    assert_eq!(ada.shares().await.iter().filter(|share| !share.mounted_by.is_empty()).count(), 1);
}
