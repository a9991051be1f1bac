//! Files, the trash, shared directories and watches.

use serde_json::json;

use super::world::{Case, World};

pub async fn case(w: &mut World, wire: &str) -> Option<Case> {
    if !wire.starts_with("fs.") {
        return None;
    }
    let path = w.file().await;
    let other = format!("/home/ada/{}", w.name());
    Some(match wire {
        "fs.read" | "fs.stat" | "fs.usage" | "fs.rm" | "fs.trash" | "fs.download" => w.own(json!({ "path": path })),
        "fs.write" => w.own(json!({ "path": path, "content": "other text" })),
        "fs.upload" => w.own(json!({ "path": path, "size": 4 })),
        "fs.mkdir" => w.own(json!({ "path": other, "recursive": true })),
        "fs.ls" | "fs.watch" | "fs.unwatch" => w.own(json!({ "path": "/home/ada" })),
        "fs.search" => w.own(json!({ "path": "/home/ada", "query": "txt", "limit": 3 })),
        "fs.mv" | "fs.cp" => w.own(json!({ "from": path, "to": other })),
        "fs.listTrash" => {
            w.trashed().await;
            w.own(json!({}))
        }
        "fs.restore" => {
            let entry = w.trashed().await;
            w.own(json!({ "entryId": entry, "to": other }))
        }
        "fs.purge" => {
            let entry = w.trashed().await;
            w.own(json!({ "ids": [entry] }))
        }
        "fs.createShared" => {
            let name = w.name();
            w.own(json!({ "name": name, "ownerPid": w.pid }))
        }
        "fs.mountShared" => {
            let name = w.shared().await;
            w.own(json!({ "pid": w.pid, "name": name }))
        }
        "fs.unmountShared" => {
            let name = w.shared().await;
            w.ada.call("fs.mountShared", json!({ "pid": w.pid, "name": name })).await;
            w.own(json!({ "pid": w.pid, "name": name }))
        }
        "fs.listShared" => {
            w.shared().await;
            w.own(json!({}))
        }
        _ => return None,
    })
}
