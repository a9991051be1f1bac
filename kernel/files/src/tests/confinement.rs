//! Nobody leaves a place, whatever lies in it.

use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[tokio::test]
async fn links_do_not_lead_out_of_a_home() {
    let world = World::new().await;
    let agent = world.as_agent(7);
    std::fs::write(world.disk("secret"), "secret").expect("a file");
    world.as_user("bob").write("/home/bob/secret", "secret").await.expect("written");
    let home = world.disk("home/agent_7");
    symlink("../../secret", home.join("relative")).expect("a link");
    symlink(world.disk("secret"), home.join("absolute")).expect("a link");
    symlink("../bob", home.join("neighbour")).expect("a link");
    symlink(world.folder.path(), home.join("root")).expect("a link");
    symlink("/proc/self/root", home.join("magic")).expect("a link");
    symlink("loop", home.join("loop")).expect("a link");
    for name in ["relative", "absolute", "neighbour/secret", "root/secret", "magic/etc/passwd"] {
        let path = format!("/home/agent_7/{name}");
        let (code, text) = refused(agent.read(&path).await);
        assert_eq!(code, ErrorCode::Forbidden, "{text}");
        assert_eq!(text, format!("Access denied: symlink target outside aether root ({path})"));
        assert_eq!(refused(agent.stat(&path).await).0, ErrorCode::Forbidden);
        assert_eq!(refused(agent.cp(&path, "/home/agent_7/copy").await).0, ErrorCode::Forbidden);
    }
    for name in ["neighbour", "root", "magic"] {
        let (dir, path) = (format!("/home/agent_7/{name}"), format!("/home/agent_7/{name}/new/file"));
        assert_eq!(refused(agent.ls(&dir).await).0, ErrorCode::Forbidden);
        assert_eq!(refused(agent.write(&path, "x").await).0, ErrorCode::Forbidden);
        assert_eq!(refused(agent.mkdir(&path, true).await).0, ErrorCode::Forbidden);
        assert_eq!(refused(agent.rm(&path, true).await).0, ErrorCode::Forbidden);
        assert_eq!(refused(agent.mv("/home/agent_7/relative", &path).await).0, ErrorCode::Forbidden);
        assert_eq!(refused(agent.watch(&path).await).0, ErrorCode::InvalidState, "agents have no connection");
        assert_eq!(refused(world.as_user("ada").watch(&path).await).0, ErrorCode::Forbidden);
    }
    assert_eq!(refused(agent.read("/home/agent_7/loop").await).0, ErrorCode::InvalidInput);
    let listed = agent.ls("/home/agent_7").await.expect("a list");
    assert!(listed.iter().all(|entry| entry.kind == aether_protocol::domains::fs::FileType::Symlink), "{listed:?}");
    // Writing and removing take the link itself.
    agent.write("/home/agent_7/relative", "mine").await.expect("written");
    for name in ["absolute", "neighbour", "root", "magic", "loop"] {
        agent.rm(&format!("/home/agent_7/{name}"), true).await.expect("removed");
    }
    assert_eq!(agent.names("/home/agent_7").await, ["relative"]);
    assert_eq!(std::fs::read_to_string(world.disk("secret")).expect("a file"), "secret");
    assert_eq!(world.as_user("bob").read("/home/bob/secret").await.expect("read"), "secret");
}

#[tokio::test]
async fn links_inside_a_home_are_followed() {
    let world = World::new().await;
    let agent = world.as_agent(7);
    agent.write("/home/agent_7/v1/file", "1").await.expect("written");
    symlink("v1", world.disk("home/agent_7/current")).expect("a link");
    assert_eq!(agent.read("/home/root/current/file").await.expect("read"), "1");
    agent.write("/home/agent_7/current/new", "2").await.expect("written");
    assert_eq!(agent.read("/home/agent_7/v1/new").await.expect("read"), "2");
    assert_eq!(agent.read("/home/agent_7/current/../v1/new").await.expect("read"), "2");
}

#[tokio::test]
async fn a_home_that_is_a_link_is_no_home() {
    let world = World::new().await;
    std::fs::remove_dir(world.disk("home/agent_8")).expect("removed");
    symlink("bob", world.disk("home/agent_8")).expect("a link");
    let ada = world.as_user("ada");
    assert!(ada.ls("/home/agent_8").await.is_err());
    assert!(ada.write("/home/agent_8/file", "x").await.is_err());
    assert!(!world.disk("home/bob/file").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_swapped_for_a_link_never_leaks() {
    let world = World::new().await;
    let agent = world.as_agent(7);
    std::fs::create_dir(world.disk("outside")).expect("a folder");
    std::fs::write(world.disk("outside/file"), "secret").expect("a file");
    agent.write("/home/agent_7/dir/file", "mine").await.expect("written");
    let home = world.disk("home/agent_7");
    symlink("../../outside", home.join("link")).expect("a link");
    let copy = home.join("copy");
    let stop = Arc::new(AtomicBool::new(false));
    let swapper = {
        let stop = stop.clone();
        std::thread::spawn(move || {
            let (dir, link) = (home.join("dir"), home.join("link"));
            let flags = rustix::fs::RenameFlags::EXCHANGE;
            let mut swaps = 0;
            while !stop.load(Ordering::Relaxed) {
                rustix::fs::renameat_with(rustix::fs::CWD, &dir, rustix::fs::CWD, &link, flags).expect("swapped");
                swaps += 1;
            }
            swaps
        })
    };
    let (mut mine, mut refusals) = (0, 0);
    for round in 0..1_500 {
        match agent.read("/home/agent_7/dir/file").await {
            Ok(text) => {
                assert_ne!(text, "secret");
                mine += 1;
            }
            Err(error) => {
                assert_eq!(error.wire.code, ErrorCode::Forbidden, "{error}");
                refusals += 1;
            }
        }
        let _ = agent.write(&format!("/home/agent_7/dir/new{}", round % 7), "x").await;
        let _ = agent.rm(&format!("/home/agent_7/dir/new{}", round % 5), true).await;
        let _ = agent.cp("/home/agent_7/dir", "/home/agent_7/copy").await;
        assert!(!copy.is_symlink(), "a link that leaves the home was copied in round {round}");
    }
    stop.store(true, Ordering::Relaxed);
    assert!(swapper.join().expect("the swapper") > 100 && mine > 0 && refusals > 0, "{mine} read, {refusals} refused");
    assert_eq!(std::fs::read_dir(world.disk("outside")).expect("a list").count(), 1);
    assert_eq!(std::fs::read_to_string(world.disk("outside/file")).expect("a file"), "secret");
    let copied = std::fs::read_to_string(copy.join("file")).unwrap_or_default();
    assert_ne!(copied, "secret");
}

#[tokio::test]
async fn pipes_and_devices_hold_nobody_up() {
    let world = World::new().await;
    let agent = world.as_agent(7);
    let path = world.disk("home/agent_7/pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe");
    let socket = std::os::unix::net::UnixListener::bind(world.disk("home/agent_7/socket")).expect("a socket");
    let all = async {
        for name in ["pipe", "socket"] {
            let path = format!("/home/agent_7/{name}");
            assert_eq!(refused(agent.read(&path).await).0, ErrorCode::InvalidInput, "{name}");
            let kind = agent.stat(&path).await.expect("a stat").kind;
            assert_eq!(kind, aether_protocol::domains::fs::FileType::Pipe);
            assert_eq!(refused(agent.cp(&path, "/home/agent_7/copy").await).0, ErrorCode::InvalidInput);
            agent.write(&path, "a file now").await.expect("replaced");
            assert_eq!(agent.read(&path).await.expect("read"), "a file now");
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("nothing waited");
    drop(socket);
}

#[tokio::test]
async fn nobody_takes_the_name_that_a_file_is_written_under() {
    let world = World::new().await;
    let agent = world.as_agent(7);
    // Whoever sees one as it passes knows all of it.
    let seen = jail::temporary_name();
    let (run, _) = seen.rsplit_once('-').expect("parts");
    for next in 0..2_000 {
        std::fs::write(world.disk("home/agent_7").join(format!("{run}-{next}")), "x").expect("taken");
    }
    agent.write("/home/agent_7/file", "mine").await.expect("written");
    agent.cp("/home/agent_7/file", "/home/agent_7/copy").await.expect("copied");
}

#[tokio::test]
async fn hostile_names_stay_names() {
    let world = World::new().await;
    let agent = world.as_agent(7);
    for name in ["..\u{200b}", "․․", "%2e%2e", "a\\..\\b", "\u{202e}txt", "e\u{301}", "é", "-rf", "*", "a\nb", "~"]
    {
        let path = format!("/home/agent_7/{name}");
        agent.write(&path, name).await.expect("written");
        assert_eq!(agent.read(&path).await.expect("read"), name);
    }
    assert_eq!(agent.names("/home/agent_7").await.len(), 11);
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(b"\xff");
    std::fs::write(world.disk("home/agent_7").join(name), "x").expect("a file");
    assert_eq!(agent.names("/home/agent_7").await.len(), 11, "what cannot be named is left out");
    for path in ["/home/agent_7/../agent_8/x", "/home/agent_7/a/../../agent_8/x"] {
        agent.write(path, "x").await.expect("the gate has allowed another home");
    }
    assert_eq!(world.as_agent(8).names("/home/root").await, ["x"]);
    let beyond = "/home/agent_7/../../../etc/passwd";
    let told = (ErrorCode::Forbidden, format!("Access denied: path traversal detected ({beyond})"));
    assert_eq!(refused(agent.read(beyond).await), told);
}

#[tokio::test]
async fn places_themselves_are_kept() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.write("/home/ada/file", "x").await.expect("written");
    for path in ["/", "/home", "/home/ada", "/home/root", "/home/agent_7/", "/tmp", "/shared", "/home/ada/dir/.."] {
        assert_eq!(refused(ada.rm(path, true).await).0, ErrorCode::Forbidden, "{path}");
        assert_eq!(refused(ada.mv(path, "/tmp/x").await).0, ErrorCode::Forbidden, "{path}");
        assert_eq!(refused(ada.mv("/home/ada/file", path).await).0, ErrorCode::Forbidden, "{path}");
        assert_eq!(refused(ada.cp("/home/ada/file", path).await).0, ErrorCode::Forbidden, "{path}");
    }
    assert_eq!(ada.read("/home/ada/file").await.expect("read"), "x");
}

#[tokio::test]
async fn everybody_sees_only_their_homes_and_their_own_tmp() {
    let world = World::new().await;
    let (ada, bob, admin) = (world.as_user("ada"), world.as_user("bob"), world.as_user("admin"));
    assert_eq!(ada.names("/").await, ["home", "shared", "tmp"]);
    assert_eq!(ada.names("/home").await, ["ada", "agent_7", "agent_8"]);
    assert_eq!(bob.names("/home").await, ["agent_9", "bob"]);
    assert_eq!(world.as_agent(7).names("/home").await, ["agent_7"]);
    assert_eq!(admin.names("/home").await, ["ada", "agent_7", "agent_8", "agent_9", "bob"]);
    assert_eq!(ada.stat("/").await.expect("a stat").name, "/");
    ada.write("/tmp/file", "ada's").await.expect("written");
    assert_eq!(refused(bob.read("/tmp/file").await).0, ErrorCode::NotFound);
    assert_eq!(world.as_agent(8).read("/tmp/file").await.expect("read"), "ada's");
    assert!(bob.ls("/tmp").await.expect("a list").is_empty());
    let kernel = world.actor(Caller::kernel());
    assert_eq!(refused(kernel.read("/tmp/file").await).0, ErrorCode::Unauthenticated);
    let nobody = world.actor(Caller::anonymous(Door::Rest));
    assert!(nobody.names("/home").await.is_empty());
}

#[tokio::test]
async fn homes_are_kept_until_they_are_deleted() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.write("/home/agent_7/file", "x").await.expect("written");
    assert_eq!(world.files.home_dir(Pid(7)), world.disk("home/agent_7"));
    world.files.create_home(Pid(7)).await.expect("it is there");
    assert_eq!(ada.read("/home/agent_7/file").await.expect("read"), "x");
    let mut events = world.events("ada").await;
    world.files.delete_home(Pid(7)).await.expect("deleted");
    world.files.delete_home(Pid(7)).await.expect("nothing to delete");
    assert_eq!(events.changes().await, [("delete".to_owned(), "/home/agent_7".to_owned())]);
    assert_eq!(refused(ada.read("/home/agent_7/file").await).0, ErrorCode::NotFound);
    world.files.create_home(Pid(7)).await.expect("a home");
    assert!(ada.ls("/home/agent_7").await.expect("a list").is_empty());
    // Removed from outside, while its handle was open.
    std::fs::remove_dir_all(world.disk("home/ada")).expect("removed");
    ada.write("/home/ada/again", "x").await.expect("written into a new home");
    assert_eq!(std::fs::read_to_string(world.disk("home/ada/again")).expect("a file"), "x");
    assert_eq!(world.files.user_home("../x").await.expect_err("no name").to_string().split(' ').next(), Some("A"));
}
