//! What a home may hold.

use aether_protocol::domains::fs::{Cp, Mv, Trash, Upload, UploadEnd, Usage};

use super::*;

/// Makes a home hold all but so many bytes of its quota, by a file with nothing in it.
fn fill(world: &World, home: &str, left: u64) {
    let file = std::fs::File::create(world.disk(home).join("large")).expect("a file");
    file.set_len(QUOTA - left).expect("a size");
}

#[tokio::test]
async fn a_home_holds_no_more_than_its_quota() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.write("/tmp/text", "123456").await.expect("written: this is in no home");
    ada.write("/home/agent_7/text", "123456").await.expect("written");
    fill(&world, "home/ada", 10);
    ada.write("/home/ada/a", "123456").await.expect("there is room");
    let (code, told) = refused(ada.write("/home/ada/b", "123456").await);
    assert_eq!(code, ErrorCode::QuotaExceeded, "{told}");
    assert!(told.starts_with(&format!("Quota exceeded: /home/ada holds {} bytes", QUOTA - 4)), "{told}");
    ada.write("/home/ada/a", "1234567890").await.expect("it makes room for itself");
    ada.write("/home/agent_8/b", "123456").await.expect("another home has its own");
    for from in ["/tmp/text", "/home/agent_7/text"] {
        let cp = Cp { from: from.to_owned(), to: "/home/ada/b".to_owned() };
        assert_eq!(refused(Api::cp(&*world.files, &ada.cx, cp).await).0, ErrorCode::QuotaExceeded, "{from}");
        let mv = Mv { from: from.to_owned(), to: "/home/ada/b".to_owned() };
        assert_eq!(refused(Api::mv(&*world.files, &ada.cx, mv).await).0, ErrorCode::QuotaExceeded, "{from}");
    }
    let upload = Upload { path: "/home/ada/b".to_owned(), size: Some(6) };
    assert_eq!(refused(Api::upload(&*world.files, &ada.cx, upload).await).0, ErrorCode::QuotaExceeded);
    let mv = Mv { from: "/home/ada/a".to_owned(), to: "/home/ada/c".to_owned() };
    Api::mv(&*world.files, &ada.cx, mv).await.expect("what is in it already may move");
    ada.rm("/home/ada/c", false).await.expect("removed");
    ada.write("/home/ada/b", "123456").await.expect("there is room again");
}

#[tokio::test]
async fn what_a_sandbox_wrote_counts() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.write("/home/agent_7/a", "1").await.expect("written");
    fill(&world, "home/agent_7", 0);
    // The count of a moment ago is trusted for a while; what is larger than all is counted again.
    let upload = Upload { path: "/home/agent_7/b".to_owned(), size: Some(1_000_000) };
    Api::upload(&*world.files, &ada.cx, upload).await.expect("it is not known yet");
    world.files.places.quotas.forget("agent_7");
    assert_eq!(refused(ada.write("/home/agent_7/c", "1").await).0, ErrorCode::QuotaExceeded);
    let usage = Api::usage(&*world.files, &ada.cx, Usage { path: "/home/agent_7/a".to_owned() }).await.expect("known");
    assert_eq!((usage.path.as_str(), usage.held, usage.limit), ("/home/agent_7", QUOTA + 1, Some(QUOTA)));
    let nowhere = Api::usage(&*world.files, &ada.cx, Usage { path: "/tmp".to_owned() }).await;
    assert_eq!(refused(nowhere).0, ErrorCode::InvalidInput);
}

#[tokio::test]
async fn what_comes_back_from_the_trash_counts() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.write("/home/ada/d/a", "123456").await.expect("written");
    let thrown =
        Api::trash(&*world.files, &ada.cx, Trash { path: "/home/ada/d".to_owned() }).await.expect("thrown away");
    fill(&world, "home/ada", 3);
    world.files.places.quotas.forget("ada");
    let restore = || aether_protocol::domains::fs::Restore { entry_id: thrown.id.clone(), to: None };
    assert_eq!(refused(Api::restore(&*world.files, &ada.cx, restore()).await).0, ErrorCode::QuotaExceeded);
    std::fs::remove_file(world.disk("home/ada/large")).expect("removed");
    Api::restore(&*world.files, &ada.cx, restore()).await.expect("it is back");
    assert_eq!(ada.read("/home/ada/d/a").await.expect("read"), "123456");
}

#[tokio::test]
async fn a_whole_place_counts_when_it_is_copied() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.write("/tmp/d/text", "123456").await.expect("written");
    ada.write("/home/agent_7/d/text", "123456").await.expect("written");
    fill(&world, "home/ada", 4);
    for from in ["/tmp", "/home/agent_7", "/tmp/d"] {
        assert_eq!(refused(ada.cp(from, "/home/ada/copy").await).0, ErrorCode::QuotaExceeded, "{from}");
    }
    assert_eq!(ada.names("/home/ada").await, ["large"], "nothing was begun");
}

#[tokio::test]
async fn what_could_not_be_counted_before_counts_as_it_is_copied() {
    let world = World::new().await;
    let mut left = 8_u64;
    let mut admit = |bytes: u64| match left.checked_sub(bytes) {
        Some(rest) => {
            left = rest;
            Ok(())
        }
        None => Err(FsError::DiskFull("/home/ada".to_owned())),
    };
    for name in ["a", "b"] {
        std::fs::write(world.disk("home/agent_7").join(name), "123456").expect("written");
    }
    let open = |path: &str| {
        cap_std::fs::Dir::open_ambient_dir(world.disk(path), cap_std::ambient_authority()).expect("a folder")
    };
    let (from, to) = (open("home/agent_7"), open("home/ada"));
    let doing = crate::error::Doing::between("cp", "/home/agent_7", "/home/ada/copy");
    let refused = tree::copy((&from, ""), (&to, "copy"), &doing, &mut admit).expect_err("too much");
    assert!(matches!(refused, FsError::DiskFull(_)), "{refused}");
    assert_eq!(std::fs::read_dir(world.disk("home/ada/copy")).expect("begun").count(), 1, "one fitted");
}

#[tokio::test]
async fn the_last_of_a_quota_is_there_for_what_says_no_size() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    fill(&world, "home/ada", 600_000);
    let session = SessionId::from("ada");
    let upload = async |path: &str, bytes: usize| {
        let upload = Upload { path: path.to_owned(), size: None };
        let stream = Api::upload(&*world.files, &ada.cx, upload).await?.stream;
        let mut stream = world.streams.take(&session, stream).expect("a stream");
        for chunk in vec![b'x'; bytes].chunks(50_000) {
            if stream.input.send(chunk.to_vec().into()).await.is_err() {
                break;
            }
        }
        let _ = stream.input.send(bytes::Bytes::new()).await;
        let end = stream.output.recv().await.expect("how it ended");
        Ok::<UploadEnd, Error>(serde_json::from_slice(&end).expect("JSON"))
    };
    assert_eq!(upload("/home/ada/a", 590_000).await.expect("begun"), UploadEnd::Done { size: 590_000 });
    let over = upload("/home/ada/b", 20_000).await.expect("begun");
    assert!(matches!(&over, UploadEnd::Failed(error) if error.code == ErrorCode::QuotaExceeded), "{over:?}");
}
