//! Backups: made while the kernel works, whole, and enough to go on from.

use aether_tests::{Kernel, Options, programs};
use serde_json::{Value, json};

async fn aether(kernel: &Kernel, words: &[&str]) -> std::process::Output {
    let mut command = tokio::process::Command::new(programs::ours("aether"));
    command.args(words).env("AETHER_FS_ROOT", kernel.path()).output().await.expect("it ran")
}

#[tokio::test]
async fn a_backup_made_under_load_is_whole_and_can_be_gone_on_from() {
    let kernel = Kernel::start().await;
    kernel.register("ada").await;
    let mut client = kernel.client().await;
    client.call("preference.set", json!({ "key": "before", "value": 1 })).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("monday.db");
    // Somebody writes all the while.
    let token = kernel.admin().await;
    let mut busy = kernel.client_of(&token).await;
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let writer = tokio::spawn(async move {
        let mut written = 0;
        while stopped.try_recv().is_err() {
            busy.call("preference.set", json!({ "key": "busy", "value": written })).await;
            written += 1;
        }
        written
    });
    let output = aether(&kernel, &["--json", "backup", &file.display().to_string()]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    stop.send(()).expect("it writes still");
    assert!(writer.await.expect("it wrote") > 0);
    let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(made["path"], file.display().to_string());
    for name in ["monday.db", "monday.logs.db"] {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join(name)).expect("a copy").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name} is its owner's alone");
        }
        let copy = rusqlite::Connection::open(folder.path().join(name)).expect("a database");
        let verdict: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a verdict");
        assert_eq!(verdict, "ok", "{name}");
    }
    let again = aether(&kernel, &["backup", &file.display().to_string()]).await;
    assert!(!again.status.success(), "what is there stays");

    client.call("preference.set", json!({ "key": "after", "value": 1 })).await;
    let root = std::sync::Arc::new(tempfile::tempdir().expect("a folder"));
    std::fs::create_dir(root.path().join("var")).expect("made");
    std::fs::copy(&file, root.path().join("var/kernel.db")).expect("copied");
    let restored = Options::default().start_on(root).await;
    let mut client = restored.client().await;
    let known =
        |listed: &Value, key: &str| listed.as_array().expect("keys").iter().any(|preference| preference["key"] == key);
    let listed = client.call("preference.list", json!({})).await;
    assert!(known(&listed, "before") && !known(&listed, "after"), "{listed}");
    restored.token("ada", "a fine password").await;
}

#[tokio::test]
async fn backups_are_an_administrators_and_stay_in_their_folder() {
    let kernel = Kernel::start().await;
    let ada = kernel.register("ada").await;
    let mut stranger = kernel.client_of(&ada).await;
    let refusal = stranger.try_call("kernel.backup", json!({})).await.expect_err("no administrator");
    assert_eq!(refusal["code"], "forbidden", "{refusal}");
    let mut admin = kernel.client().await;
    for name in ["../x", "a/b", ".hidden", ""] {
        let refusal = admin.try_call("kernel.backup", json!({ "name": name })).await.expect_err("no name");
        assert_eq!(refusal["code"], "invalid_input", "{name}: {refusal}");
    }
    let made = admin.call("kernel.backup", json!({ "name": "friday" })).await;
    let path = kernel.path().join("backups/friday.db");
    assert_eq!(made["path"], path.display().to_string());
    assert!(path.is_file() && made["bytes"].as_u64().expect("a size") > 0);
    let refusal = admin.try_call("kernel.backup", json!({ "name": "friday" })).await.expect_err("it is taken");
    assert_eq!(refusal["code"], "conflict", "{refusal}");
    let left: Vec<_> = std::fs::read_dir(kernel.path().join("backups")).expect("a folder").collect();
    assert_eq!(left.len(), 2, "nothing half made: {left:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(kernel.path().join("backups")).expect("a folder").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
