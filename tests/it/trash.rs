//! The trash, over the wire: what goes in comes back, also when the kernel is killed on the way.

use aether_tests::{Kernel, Options};
use serde_json::{Value, json};

#[tokio::test]
async fn what_is_thrown_away_comes_back_or_goes_for_good() {
    let mut kernel = Kernel::start().await;
    let token = kernel.register("ada").await;
    let mut client = kernel.client_of(&token).await;
    client.call("fs.write", json!({ "path": "/home/ada/dir/a.txt", "content": "kept" })).await;
    let entry = client.call("fs.trash", json!({ "path": "/home/root/dir" })).await;
    assert_eq!(
        (&entry["path"], &entry["name"], &entry["type"]),
        (&json!("/home/ada/dir"), &json!("dir"), &json!("directory"))
    );
    assert!(entry["id"].is_string() && entry["size"].is_u64() && entry["deletedAt"].is_u64(), "{entry}");
    let is = |kind: &'static str, path: &'static str| {
        move |event: &Value| event["type"] == "fs.changed" && event["changeType"] == kind && event["path"] == path
    };
    client.wait_for("the deletion", is("delete", "/home/ada/dir")).await;
    client.try_call("fs.read", json!({ "path": "/home/ada/dir/a.txt" })).await.expect_err("gone");

    kernel.kill().await;
    kernel = kernel.again().await;
    let mut client = kernel.client_of(&token).await;
    assert_eq!(client.call("fs.listTrash", json!({})).await, json!([entry]));
    client.call("fs.mkdir", json!({ "path": "/home/ada/dir" })).await;
    let restored = client.call("fs.restore", json!({ "entryId": entry["id"] })).await;
    assert_eq!(restored, json!({ "path": "/home/ada/dir 2" }));
    client.wait_for("its return", is("create", "/home/ada/dir 2")).await;
    assert_eq!(client.call("fs.read", json!({ "path": "/home/ada/dir 2/a.txt" })).await["content"], "kept");

    let one = client.call("fs.trash", json!({ "path": "/home/ada/dir" })).await;
    let two = client.call("fs.trash", json!({ "path": "/home/ada/dir 2" })).await;
    client.call("fs.purge", json!({ "ids": [one["id"]] })).await;
    assert_eq!(client.call("fs.listTrash", json!({})).await, json!([two]));
    client.call("fs.purge", json!({})).await;
    assert_eq!(client.call("fs.listTrash", json!({})).await, json!([]));
    assert_eq!(std::fs::read_dir(kernel.path().join("trash")).expect("a list").count(), 0);
    let refusal = client.try_call("fs.restore", json!({ "entryId": two["id"] })).await.expect_err("gone for good");
    assert_eq!(refusal["code"], "not_found");
}

#[tokio::test]
async fn a_kill_at_any_point_loses_nothing() {
    for point in ["trash-recorded", "trash-moved", "trash-restored"] {
        let options = Options::default().faulty().set("AETHER_FAULT_POINT", &format!("{point}:1"));
        let mut kernel = options.start().await;
        let mut client = kernel.client().await;
        client.call("fs.write", json!({ "path": "/home/admin/a.txt", "content": "kept" })).await;
        let thrown = client.try_call("fs.trash", json!({ "path": "/home/admin/a.txt" })).await;
        if let Ok(entry) = thrown {
            client.try_call("fs.restore", json!({ "entryId": entry["id"] })).await.expect_err("killed on the way");
        }
        kernel.ended().await;
        let kernel = kernel.again_with(|options| options.unset("AETHER_FAULT_POINT")).await;
        let mut client = kernel.client().await;
        let trashed = client.call("fs.listTrash", json!({})).await;
        // It is in one of the two places, and not in both.
        let there = client.try_call("fs.read", json!({ "path": "/home/admin/a.txt" })).await.is_ok();
        assert_eq!(trashed.as_array().map(Vec::len), Some(usize::from(!there)), "{point}: {trashed}");
        assert_eq!(there, point != "trash-moved", "{point}");
        if !there {
            client.call("fs.restore", json!({ "entryId": trashed[0]["id"] })).await;
        }
        assert_eq!(client.call("fs.read", json!({ "path": "/home/admin/a.txt" })).await["content"], "kept", "{point}");
    }
}
