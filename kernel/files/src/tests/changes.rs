//! Events of changes: made by commands, and seen by watches.

use super::*;

fn change(change: &str, path: &str) -> (String, String) {
    (change.to_owned(), path.to_owned())
}

#[tokio::test]
async fn commands_tell_the_owner_what_changed() {
    let world = World::new().await;
    let (mut events, mut others) = (world.events("ada").await, world.events("bob").await);
    let ada = world.as_user("ada");
    ada.write("/home/root/a", "1").await.expect("written");
    ada.write("/home/ada/a", "2").await.expect("written");
    ada.mkdir("/home/agent_7/d", false).await.expect("made");
    ada.mkdir("/home/agent_7/d", true).await.expect("it is there");
    ada.cp("/home/ada/a", "/tmp/b").await.expect("copied");
    ada.cp("/home/ada/a", "/tmp/b").await.expect("copied");
    ada.mv("/home/ada/a", "/home/ada/c").await.expect("moved");
    ada.rm("/home/ada/c", false).await.expect("removed");
    ada.rm("/home/ada/c", false).await.expect("nothing to remove");
    let expect = [
        change("create", "/home/ada/a"),
        change("modify", "/home/ada/a"),
        change("create", "/home/agent_7/d"),
        change("create", "/tmp/b"),
        change("modify", "/tmp/b"),
        change("delete", "/home/ada/a"),
        change("create", "/home/ada/c"),
        change("delete", "/home/ada/c"),
    ];
    assert_eq!(events.changes().await, expect);
    assert!(others.changes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_tells_what_others_do_below_a_directory() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.mkdir("/home/agent_7/old/deep", true).await.expect("made");
    ada.watch("/home/agent_7").await.expect("watched");
    ada.watch("/home/agent_7").await.expect("once");
    ada.watch("/home/agent_7/old").await.expect("watched, too");
    let (mut events, mut others) = (world.events("ada").await, world.events("bob").await);
    let home = world.disk("home/agent_7");
    std::fs::write(home.join("a"), "1").expect("a file");
    std::fs::write(home.join("old/deep/b"), "1").expect("a file");
    std::fs::create_dir_all(home.join("new/deeper")).expect("a folder");
    std::fs::write(home.join("new/deeper/c"), "1").expect("a file");
    let mut changes = events.changes().await;
    changes.sort();
    let expect = ["a", "new", "new/deeper", "new/deeper/c", "old/deep/b"];
    assert_eq!(changes, expect.map(|path| change("create", &format!("/home/agent_7/{path}"))));

    std::fs::write(home.join("a"), "22").expect("a file");
    std::fs::rename(home.join("new"), home.join("newer")).expect("renamed");
    std::fs::remove_file(home.join("old/deep/b")).expect("removed");
    let mut changes = events.changes().await;
    changes.sort();
    assert!(changes.contains(&change("modify", "/home/agent_7/a")), "{changes:?}");
    assert!(changes.contains(&change("delete", "/home/agent_7/new")), "{changes:?}");
    assert!(changes.contains(&change("create", "/home/agent_7/newer")), "{changes:?}");
    assert!(changes.contains(&change("delete", "/home/agent_7/old/deep/b")), "{changes:?}");
    std::fs::write(home.join("newer/deeper/c"), "3").expect("a file");
    assert_eq!(events.changes().await, [change("modify", "/home/agent_7/newer/deeper/c")], "by its new name");

    // What leaves the watched directory is not told of any more.
    std::fs::rename(home.join("newer"), world.disk("home/bob/newer")).expect("renamed");
    assert_eq!(events.changes().await, [change("delete", "/home/agent_7/newer")]);
    std::fs::write(world.disk("home/bob/newer/secret"), "x").expect("a file");
    assert!(events.changes().await.is_empty());

    ada.unwatch("/home/agent_7").await.expect("ended");
    ada.unwatch("/home/agent_7").await.expect("nothing to end");
    std::fs::write(home.join("a"), "3").expect("a file");
    std::fs::write(home.join("old/x"), "3").expect("a file");
    assert_eq!(events.changes().await, [change("create", "/home/agent_7/old/x")]);
    world.files.session_closed(&SessionId::from("ada"));
    std::fs::write(home.join("old/x"), "4").expect("a file");
    assert!(events.changes().await.is_empty() && others.changes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_follows_no_link_and_stays_with_what_it_opened() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    std::fs::create_dir_all(world.disk("outside/dir")).expect("a folder");
    ada.mkdir("/home/agent_7/dir", false).await.expect("made");
    ada.watch("/home/agent_7").await.expect("watched");
    let mut events = world.events("ada").await;
    let home = world.disk("home/agent_7");
    std::fs::rename(home.join("dir"), home.join("was")).expect("renamed");
    std::os::unix::fs::symlink(world.disk("outside"), home.join("dir")).expect("a link");
    for round in 0..20 {
        std::fs::create_dir(home.join("quick")).expect("a folder");
        std::fs::remove_dir(home.join("quick")).expect("removed");
        std::os::unix::fs::symlink(world.disk("outside"), home.join("quick")).expect("a link");
        std::fs::write(world.disk("outside/dir").join(format!("secret{round}")), "x").expect("a file");
        std::fs::remove_file(home.join("quick")).expect("removed");
    }
    events.changes().await;
    std::fs::write(world.disk("outside/secret"), "x").expect("a file");
    std::fs::write(world.disk("outside/dir/secret"), "x").expect("a file");
    assert!(events.changes().await.is_empty());
    std::fs::write(home.join("was/file"), "x").expect("a file");
    assert_eq!(events.changes().await, [change("create", "/home/agent_7/was/file")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_watched_by_its_name_even_before_it_is_there() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.watch("/tmp/file").await.expect("watched");
    let (mut events, mut others) = (world.events("ada").await, world.events("bob").await);
    let file = world.disk("tmp/ada/file");
    std::fs::write(&file, "1").expect("a file");
    std::fs::write(world.disk("tmp/ada/other"), "1").expect("a file");
    assert_eq!(events.changes().await, [change("create", "/tmp/file")]);
    std::fs::write(world.disk("tmp/ada/other"), "2").expect("a file");
    std::fs::rename(world.disk("tmp/ada/other"), &file).expect("renamed");
    assert_eq!(events.changes().await, [change("create", "/tmp/file")], "replaced");
    std::fs::remove_file(&file).expect("removed");
    assert_eq!(events.changes().await, [change("delete", "/tmp/file")]);
    assert!(others.changes().await.is_empty(), "another user's /tmp is another place");
    assert_eq!(refused(ada.watch("/tmp/none/file").await).0, ErrorCode::NotFound);
    assert_eq!(refused(ada.watch("/home").await).0, ErrorCode::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_did_is_told_once() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.watch("/home/ada").await.expect("watched");
    let mut events = world.events("ada").await;
    ada.write("/home/ada/d/a", "1").await.expect("written");
    ada.write("/home/ada/d/a", "2").await.expect("written");
    ada.cp("/home/ada/d", "/home/ada/e").await.expect("copied");
    ada.rm("/home/ada/d", true).await.expect("removed");
    let mut changes = events.changes().await;
    // The directory above the first file was nobody's command.
    changes.retain(|change| *change != ("create".to_owned(), "/home/ada/d".to_owned()));
    let expect = [
        change("create", "/home/ada/d/a"),
        change("modify", "/home/ada/d/a"),
        change("create", "/home/ada/e"),
        change("delete", "/home/ada/d"),
    ];
    assert_eq!(changes, expect);
    std::fs::write(world.disk("home/ada/e/a"), "3").expect("a file");
    assert_eq!(events.changes().await, [change("modify", "/home/ada/e/a")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_do_right_after_a_command_is_told_too() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.watch("/home/ada").await.expect("watched");
    let mut events = world.events("ada").await;
    for round in 0..20 {
        let name = format!("file{round}");
        ada.write(&format!("/home/ada/{name}"), "1").await.expect("written");
        std::fs::write(world.disk("home/ada").join(&name), "22").expect("a file");
    }
    let changes = events.changes().await;
    for round in 0..20 {
        let path = format!("/home/ada/file{round}");
        assert!(changes.contains(&change("create", &path)), "the command: {changes:?}");
        assert!(changes.contains(&change("modify", &path)), "and what came after it: {changes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_changes_becomes_one_event() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.watch("/home/ada").await.expect("watched");
    let mut events = world.events("ada").await;
    // They come all at once, as the listing of one new directory.
    std::fs::create_dir(world.disk("many")).expect("a folder");
    (0..6_000).for_each(|n| std::fs::write(world.disk("many").join(n.to_string()), "").expect("a file"));
    std::fs::rename(world.disk("many"), world.disk("home/ada/many")).expect("renamed");
    let changes = events.changes().await;
    assert!(changes.len() < 3_000 && changes.contains(&change("modify", "/home/ada")), "{}", changes.len());
}

#[tokio::test]
async fn watches_are_bounded_by_connection() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    for number in 0..watch::PER_SESSION {
        ada.watch(&format!("/home/ada/{number}")).await.expect("watched");
    }
    ada.watch("/home/ada/0").await.expect("watched already");
    let (code, text) = refused(ada.watch("/home/ada/more").await);
    assert!(code == ErrorCode::QuotaExceeded && text.contains("64"), "{text}");
    ada.unwatch("/home/ada/0").await.expect("ended");
    ada.watch("/home/ada/more").await.expect("watched");
    world.files.session_closed(&SessionId::from("ada"));
    // A command of a connection that has closed leaves no watch behind.
    ada.watch("/home/ada/late").await.expect("nobody is told");
    let mut events = world.events("ada").await;
    std::fs::write(world.disk("home/ada/late"), "x").expect("a file");
    assert!(events.changes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_moved_to_another_place_is_not_watched_there() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    for name in ["a/deep", "b/deep", "c"] {
        ada.mkdir(&format!("/home/agent_7/{name}"), true).await.expect("made");
    }
    for name in ["a", "a/deep", "b/deep", "c"] {
        ada.watch(&format!("/home/agent_7/{name}")).await.expect("watched");
    }
    let mut events = world.events("ada").await;
    ada.mv("/home/agent_7/a", "/home/bob/a").await.expect("an administrator could");
    let thrown = aether_protocol::domains::fs::Trash { path: "/home/agent_7/b".to_owned() };
    let entry = Api::trash(&*world.files, &ada.cx, thrown).await.expect("thrown away");
    std::fs::rename(world.disk("home/agent_7/c"), world.disk("home/bob/c")).expect("renamed");
    events.changes().await;
    for path in ["home/bob/a", "home/bob/a/deep", "home/bob/c"] {
        std::fs::write(world.disk(path).join("secret"), "x").expect("a file");
    }
    std::fs::write(world.disk("trash").join(entry.id).join("deep/secret"), "x").expect("a file");
    assert_eq!(events.changes().await, []);
    // What comes to be there is watched anew.
    ada.mkdir("/home/agent_7/c", false).await.expect("made");
    ada.watch("/home/agent_7/c").await.expect("watched");
    std::fs::write(world.disk("home/agent_7/c/new"), "x").expect("a file");
    assert!(events.changes().await.contains(&change("create", "/home/agent_7/c/new")));
}

#[tokio::test]
async fn watches_that_begin_at_the_same_moment_are_bounded_too() {
    let world = World::new().await;
    let mut begun = tokio::task::JoinSet::new();
    for number in 0..watch::PER_SESSION + 20 {
        let (files, cx) = (world.files.clone(), world.as_user("ada").cx);
        let watch = Watch { path: format!("/home/ada/{number}") };
        begun.spawn(async move { Api::watch(&*files, &cx, watch).await.is_ok() });
    }
    let begun = begun.join_all().await;
    assert_eq!(begun.iter().filter(|begun| **begun).count(), watch::PER_SESSION);
}
