//! What each command does to the disk.

use std::os::unix::fs::PermissionsExt;

use aether_protocol::domains::fs::FileType;

use super::*;

#[tokio::test]
async fn what_is_written_is_read_listed_and_removed() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.write("/home/ada/a/b/text.txt", "grüße").await.expect("written");
    assert_eq!(ada.read("/home/root/a/b/text.txt").await.expect("read"), "grüße");
    assert_eq!(std::fs::read_to_string(world.disk("home/ada/a/b/text.txt")).expect("a file"), "grüße");
    ada.write("/home/ada/a/b/text.txt", "").await.expect("replaced");
    assert_eq!(ada.read("/home/ada/a/b/text.txt").await.expect("read"), "");

    for path in ["/home/ada/b.txt", "/home/ada/A.txt", "/home/ada/.hidden"] {
        ada.write(path, "1").await.expect("written");
    }
    ada.mkdir("/home/ada/Zoo", false).await.expect("made");
    assert_eq!(ada.names("/home/ada").await, ["a", "Zoo", ".hidden", "A.txt", "b.txt"]);
    let stat = ada.stat("/home/ada/.hidden").await.expect("a stat");
    assert_eq!((stat.path.as_str(), stat.name.as_str(), stat.size), ("/home/ada/.hidden", ".hidden", 1));
    assert!(stat.is_hidden && stat.kind == FileType::File && stat.uid == "ada" && stat.mode.owner.write);
    assert!(stat.modified_at > 1.6e12 && stat.created_at > 1.6e12);
    assert_eq!(ada.ls("/home/root").await.expect("a list")[0].path, "/home/root/a");

    ada.rm("/home/ada/nothing/at/all", false).await.expect("a missing path is removed");
    ada.rm("/home/ada/b.txt", false).await.expect("removed");
    let (code, text) = refused(ada.rm("/home/ada/a", false).await);
    assert!(code == ErrorCode::InvalidState && text.starts_with("ENOTEMPTY"), "{text}");
    ada.rm("/home/ada/a", true).await.expect("removed");
    assert_eq!(ada.names("/home/ada").await, ["Zoo", ".hidden", "A.txt"]);
}

#[tokio::test]
async fn refusals_have_the_words_clients_know() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.write("/home/ada/file", "x").await.expect("written");
    ada.mkdir("/home/ada/dir", false).await.expect("made");
    let missing = "/home/ada/missing";
    let enoent = |what: &str| (ErrorCode::NotFound, format!("ENOENT: no such file or directory, {what}"));
    assert_eq!(refused(ada.read(missing).await), enoent("open '/home/ada/missing'"));
    assert_eq!(refused(ada.ls(missing).await), enoent("scandir '/home/ada/missing'"));
    assert_eq!(refused(ada.stat(missing).await), enoent("stat '/home/ada/missing'"));
    assert_eq!(refused(ada.cp(missing, "/tmp/x").await), enoent("lstat '/home/ada/missing'"));
    assert_eq!(refused(ada.mv(missing, "/tmp/x").await), enoent("rename '/home/ada/missing' -> '/tmp/x'"));
    assert_eq!(refused(ada.mkdir("/home/ada/m/n", false).await), enoent("mkdir '/home/ada/m/n'"));
    let exists = (ErrorCode::Conflict, "EEXIST: file already exists, mkdir '/home/ada/dir'".to_owned());
    assert_eq!(refused(ada.mkdir("/home/ada/dir", false).await), exists);
    ada.mkdir("/home/ada/dir", true).await.expect("it is there");
    assert_eq!(refused(ada.mkdir("/home/ada/file", true).await).0, ErrorCode::Conflict);
    for path in ["/", "/home", "/home/ada", "/home/ada/dir"] {
        let (code, text) = refused(ada.read(path).await);
        assert!(code == ErrorCode::InvalidInput && text.starts_with("EISDIR"), "{text}");
    }
    assert!(refused(ada.write("/home/ada/dir", "x").await).1.starts_with("EISDIR"));
    assert!(refused(ada.write("/home/ada/file/below", "x").await).1.starts_with("ENOTDIR"));
    assert!(refused(ada.ls("/home/ada/file").await).1.starts_with("ENOTDIR"));
    assert_eq!(refused(ada.read("").await).0, ErrorCode::InvalidInput);
    for path in ["/etc/passwd", "/var/kernel.db", "/home/agent_07/x"] {
        assert_eq!(refused(ada.read(path).await).0, ErrorCode::Forbidden, "{path}");
        assert_eq!(refused(ada.write(path, "x").await).0, ErrorCode::Forbidden, "{path}");
    }
    let (code, text) = refused(world.as_user("admin").write("/home/nobody/x", "x").await);
    assert!(code == ErrorCode::NotFound && !world.disk("home/nobody").exists(), "homes are not made by a path: {text}");
}

#[tokio::test]
async fn content_has_a_limit_and_is_text() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    let most = "x".repeat(jail::CONTENT as usize);
    ada.write("/home/ada/most", &most).await.expect("written");
    assert_eq!(ada.read("/home/ada/most").await.expect("read").len(), most.len());
    assert_eq!(refused(ada.write("/home/ada/more", &format!("{most}x")).await).0, ErrorCode::TooLarge);
    std::fs::write(world.disk("home/ada/more"), format!("{most}x")).expect("a file");
    assert_eq!(refused(ada.read("/home/ada/more").await).0, ErrorCode::TooLarge);
    std::fs::write(world.disk("home/ada/bytes"), b"\xff\xfe").expect("a file");
    let (code, text) = refused(ada.read("/home/ada/bytes").await);
    assert!(code == ErrorCode::InvalidInput && text.contains("/api/fs/raw"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_one_write_or_the_other() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    let texts = ["a".repeat(100_000), "b".repeat(70_000)];
    ada.write("/home/ada/file", &texts[0]).await.expect("written");
    let write = async |text: &str| {
        for _ in 0..50 {
            ada.write("/home/ada/file", text).await.expect("written");
        }
    };
    let read = async {
        for _ in 0..100 {
            assert!(texts.contains(&ada.read("/home/ada/file").await.expect("read")), "a part of a write");
        }
    };
    tokio::join!(write(&texts[0]), write(&texts[1]), read);
    assert_eq!(std::fs::read_dir(world.disk("home/ada")).expect("a list").count(), 1, "no temporary file stays");
}

#[tokio::test]
async fn temporary_files_are_hidden_and_swept() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.mkdir("/home/ada/dir", false).await.expect("made");
    ada.mkdir("/home/ada/dir/sub", false).await.expect("made");
    let left_over = world.disk("home/ada/dir/.aether-tmp-123-4-5");
    let in_use = world.disk("home/ada/dir").join(jail::temporary_name());
    for file in [&left_over, &in_use] {
        std::fs::write(file, "half").expect("a file");
    }
    assert_eq!(ada.names("/home/ada/dir").await, ["sub"]);
    assert!(!left_over.exists() && in_use.exists(), "only those of an earlier run go");
    std::fs::write(world.disk("home/ada/dir/sub/.aether-tmp-123-4-5"), "half").expect("a file");
    ada.rm("/home/ada/dir/sub", false).await.expect("it looks empty, so it is");
    // A failed write leaves nothing: its target became a directory with something in it.
    std::fs::remove_file(&in_use).expect("removed");
    std::fs::create_dir(world.disk("home/ada/dir/d")).expect("a folder");
    assert!(ada.write("/home/ada/dir/d", "x").await.is_err());
    assert_eq!(std::fs::read_dir(world.disk("home/ada/dir")).expect("a list").count(), 1);
    assert_eq!(refused(ada.write("/home/ada/.aether-tmp-1", "x").await).0, ErrorCode::InvalidInput);
}

#[tokio::test]
async fn permission_bits_stay_with_a_replaced_and_a_copied_file() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    let bits = |path: &str| std::fs::metadata(world.disk(path)).expect("a file").permissions().mode() & 0o7777;
    ada.write("/home/ada/run.sh", "#!/bin/sh").await.expect("written");
    let set_uid = std::fs::Permissions::from_mode(0o4755);
    std::fs::set_permissions(world.disk("home/ada/run.sh"), set_uid).expect("a mode");
    ada.cp("/home/ada/run.sh", "/home/ada/new/copy.sh").await.expect("copied");
    ada.write("/home/ada/run.sh", "#!/bin/bash").await.expect("written");
    assert_eq!((bits("home/ada/run.sh"), bits("home/ada/new/copy.sh")), (0o755, 0o755));
    assert_eq!(bits("home/ada"), 0o700, "homes are closed to others of this machine");
}

#[tokio::test]
async fn moving_renames_and_replaces_and_never_into_itself() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.write("/home/ada/dir/file", "1").await.expect("written");
    ada.mv("/home/ada/dir", "/home/agent_7/moved").await.expect("moved");
    assert_eq!(ada.read("/home/agent_7/moved/file").await.expect("read"), "1");
    ada.mv("/home/agent_7/moved/file", "/tmp/file").await.expect("moved");
    ada.write("/tmp/other", "2").await.expect("written");
    ada.mv("/tmp/other", "/tmp/file").await.expect("replaced");
    assert_eq!(ada.read("/tmp/file").await.expect("read"), "2");
    ada.mv("/tmp/file", "/tmp/./file").await.expect("nothing to do");
    assert_eq!(refused(ada.mv("/tmp/none", "/tmp/none").await).0, ErrorCode::NotFound);
    ada.mkdir("/tmp/a/b", true).await.expect("made");
    for to in ["/tmp/a/b/c", "/tmp/a/x"] {
        assert_eq!(refused(ada.mv("/tmp/a", to).await).0, ErrorCode::InvalidInput, "{to}");
        assert_eq!(refused(ada.cp("/tmp/a", to).await).0, ErrorCode::InvalidInput, "{to}");
    }
    std::os::unix::fs::symlink("a", world.disk("tmp/ada/link")).expect("a link");
    assert_eq!(refused(ada.mv("/tmp/a", "/tmp/link/c").await).0, ErrorCode::InvalidInput, "by another name");
    assert!(refused(ada.mv("/tmp/a", "/tmp/none/there").await).1.starts_with("ENOENT"));
    assert!(refused(ada.mv("/tmp/file", "/tmp/a").await).1.starts_with("EISDIR"));
}

#[tokio::test]
async fn copying_takes_the_tree_and_only_links_that_stay_inside() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.write("/home/ada/dir/sub/file", "1").await.expect("written");
    let dir = world.disk("home/ada/dir");
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, dir.join(name)).expect("a link");
    link("sub/file", "inside");
    link("../outer", "above");
    link("../../bob/secret", "outside");
    link("/etc/passwd", "absolute");
    rustix::fs::mknodat(rustix::fs::CWD, dir.join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .expect("a pipe");
    ada.cp("/home/ada/dir", "/home/ada/copy").await.expect("copied");
    assert_eq!(ada.names("/home/ada/copy").await, ["sub", "above", "inside"]);
    assert_eq!(ada.read("/home/ada/copy/inside").await.expect("read"), "1");
    // Into what is there already, and by a name that leads into the source.
    ada.write("/home/ada/dir/sub/file", "2").await.expect("written");
    ada.cp("/home/ada/dir", "/home/ada/copy").await.expect("merged");
    assert_eq!(ada.read("/home/ada/copy/sub/file").await.expect("read"), "2");
    std::os::unix::fs::symlink("dir/sub", world.disk("home/ada/way")).expect("a link");
    ada.cp("/home/ada/dir", "/home/ada/way/deep").await.expect("copied once");
    assert_eq!(ada.names("/home/ada/dir/sub/deep").await, ["sub", "above", "inside"]);
    // A file onto itself by another name is not lost.
    std::fs::hard_link(dir.join("sub/file"), dir.join("twin")).expect("a link");
    ada.cp("/home/ada/dir/sub/file", "/home/ada/dir/twin").await.expect("nothing to do");
    ada.cp("/home/ada/dir", "/home/ada/dir").await.expect("nothing to do");
    assert_eq!(ada.read("/home/ada/dir/twin").await.expect("read"), "2");
    assert_eq!(refused(ada.cp("/home/ada/dir/outside", "/home/ada/x").await).0, ErrorCode::Forbidden);
    assert_eq!(refused(ada.cp("/home/ada/dir/pipe", "/home/ada/x").await).0, ErrorCode::InvalidInput);
    assert!(refused(ada.cp("/home/ada/dir/twin", "/home/ada/copy").await).1.starts_with("EISDIR"));
}

#[tokio::test]
async fn trees_too_deep_for_the_table_of_open_files_are_refused() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    let mut dir =
        cap_std::fs::Dir::open_ambient_dir(world.disk("home/ada"), cap_std::ambient_authority()).expect("dir");
    for _ in 0..400 {
        dir.create_dir("deep").expect("made");
        dir = dir.open_dir("deep").expect("opened");
    }
    assert_eq!(refused(ada.rm("/home/ada/deep", true).await).0, ErrorCode::TooLarge);
    assert_eq!(refused(ada.cp("/home/ada/deep", "/home/ada/copy").await).0, ErrorCode::TooLarge);
    assert!(refused(ada.read(&format!("/home/ada/{}x", "deep/".repeat(380))).await).1.starts_with("ENOENT"));
}
