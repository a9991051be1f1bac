//! The audit log: what it keeps, what it never keeps, and that its file shows what was done to it.

use std::path::{Path, PathBuf};
use std::process::Output;

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Kernel, Options, programs, within};
use serde_json::{Value, json};
use tokio::process::Command;

/// What must stand nowhere in the log.
const SECRETS: [&str; 6] = [
    "a very private password",
    "sk-live-0123456789abcdef",
    "whsec-private",
    "Bearer abcdef",
    "private-content",
    "hunter2",
];

/// A kernel where a user and an agent of theirs have done something, and the agent's number.
async fn busy() -> (Kernel, Client, u64, CountingModel) {
    let model = CountingModel::start(|_, turn| match turn {
        0 => {
            let write = json!({ "path": "a.txt", "content": "private-content of a file" });
            (String::new(), vec![("write_file", write)])
        }
        1 => (String::new(), vec![("run_command", json!({ "command": "echo --password hunter2" }))]),
        2 => (String::new(), vec![("no_such_tool", json!({ "token": "hunter2" }))]),
        _ => (String::new(), vec![("complete", json!({ "summary": "done" }))]),
    })
    .await;
    let kernel = Options::default().set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url).start().await;
    let body = json!({ "username": "ada", "password": SECRETS[0], "displayName": "Ada" });
    let (_, answer) = kernel.rest().post("/api/auth/register", None, &body).await;
    let mut ada = kernel.client_of(answer["token"].as_str().expect("a token")).await;
    let config = json!({ "role": "Coder", "goal": "Use Bearer abcdef to do it", "model": "openai:gpt-4.1" });
    let pid = ada.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");
    ada.wait("process.exit", pid).await;
    ada.call("fs.write", json!({ "path": "/home/ada/b.txt", "content": "private-content of another" })).await;
    let hook = json!({
        "name": "hook", "url": "https://example.com/?token=hunter2", "events": ["nothing"], "secret": "whsec-private",
        "headers": { "x-own": "hunter2" },
    });
    ada.call("webhook.register", hook).await;
    let key = json!({ "provider": "openai", "key": SECRETS[1] });
    ada.try_call("llm.setKey", key).await.expect_err("administrators alone set keys");
    (kernel, ada, pid, model)
}

async fn aether(root: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(programs::ours("aether"));
    command.args(words).env_clear().env("HOME", root).env("AETHER_FS_ROOT", root);
    within("aether", command.output()).await.expect("it ran")
}

async fn verified(root: &Path, words: &[&str]) -> (bool, Value) {
    let output = aether(root, &[&["--json", "audit", "verify"], words].concat()).await;
    let said = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&said).unwrap_or_else(|_| panic!("no report: {output:?}"));
    (output.status.success(), report)
}

fn log(kernel: &Kernel) -> PathBuf {
    kernel.path().join("var/logs.db")
}

/// Changes the file as somebody would who knows how it is guarded.
fn edit(file: &Path, sql: &str) {
    let db = rusqlite::Connection::open(file).expect("the log");
    let unguard =
        "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_goes_by_retention; DROP TRIGGER audit_chain_goes_on;";
    db.execute_batch(unguard).and_then(|()| db.execute_batch(sql)).expect("changed");
}

#[tokio::test]
async fn what_was_done_is_kept_and_no_secret_with_it() {
    let (kernel, mut ada, pid, _model) = busy().await;
    let page = ada.call("audit.query", json!({ "filters": { "limit": 500 } })).await;
    let entries = page["entries"].as_array().expect("lines");
    let line = |action: &str, uid: &str| {
        let found = entries.iter().find(|entry| entry["action"] == action && entry["actor_uid"] != uid);
        found.unwrap_or_else(|| panic!("{action} is not in {page}"))
    };
    let agent = format!("agent_{pid}");
    let written = line("write_file", "");
    assert_eq!((&written["event_type"], &written["actor_uid"]), (&json!("tool.invocation"), &json!(agent)));
    assert_eq!(written["args_sanitized"], r#"{"path":"a.txt","content":"[25 bytes]"}"#);
    assert_eq!(written["result_hash"].as_str().map(str::len), Some(64));
    assert!(line("no_such_tool", "")["metadata"].as_str().expect("text").contains("FAILED"));
    assert_eq!(line("run_command", "")["args_sanitized"], r#"{"command":"echo --password [redacted]"}"#);
    assert!(line("complete", "")["metadata"].as_str().expect("text").contains("\"ok\""));
    let spawned = line("process.spawn", &agent);
    assert_eq!(spawned["event_type"], "admin");
    assert!(spawned["args_sanitized"].as_str().expect("text").contains("Use Bearer [redacted] to do it"), "{spawned}");
    assert_eq!(spawned["result_hash"].as_str().map(str::len), Some(64));
    assert!(line("llm.setKey", "")["metadata"].as_str().expect("text").contains("FORBIDDEN"));
    let exported = aether(kernel.path(), &["audit", "export"]).await;
    let exported = String::from_utf8_lossy(&exported.stdout).into_owned();
    let file = std::fs::read(log(&kernel)).expect("the log");
    let behind = std::fs::read(kernel.path().join("var/logs.db-wal")).unwrap_or_default();
    let raw = String::from_utf8_lossy(&[file, behind].concat()).into_owned();
    assert!(exported.contains("auth.register") && raw.contains("auth.register"));
    for secret in SECRETS {
        assert!(!exported.contains(secret) && !raw.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn the_log_is_exported_by_administrators_alone() {
    let (kernel, mut ada, pid, _model) = busy().await;
    let refused = ada.try_call("audit.export", json!({})).await.expect_err("refused");
    assert_eq!(refused["code"], "forbidden");
    let mut admin = kernel.client().await;
    let part = admin.call("audit.export", json!({ "filters": { "limit": 2 } })).await;
    let next = part["next"].as_i64().expect("more");
    let second = admin.call("audit.export", json!({ "filters": { "limit": 2 }, "after": next })).await;
    assert_eq!(second["entries"][0]["id"].as_i64(), Some(next + 1));

    let text = |output: Output| {
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let csv = text(aether(kernel.path(), &["audit", "export", "--format", "csv", "--user", "ada"]).await);
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some(
            "id,timestamp,event_type,actor_pid,actor_uid,action,target,args_sanitized,result_hash,metadata,created_at,hash"
        )
    );
    assert!(csv.contains("fs.write") && csv.contains("write_file"), "{csv}");
    // What she was refused is hers; what the administrator did is not.
    assert_eq!(csv.matches(",audit.export,").count(), 1, "{csv}");
    let ours = text(aether(kernel.path(), &["audit", "export", "--action", "audit.export"]).await);
    for line in ours.lines() {
        let entry: Value = serde_json::from_str(line).expect("an object a line");
        assert_eq!(entry["action"], "audit.export");
    }
    assert!(ours.lines().count() >= 3, "{ours}");
    let none = text(aether(kernel.path(), &["audit", "export", "--until", "2000-01-01"]).await);
    assert_eq!(none, "");
    let listed =
        text(aether(kernel.path(), &["audit", "list", "--pid", &pid.to_string(), "--action", "write_file"]).await);
    assert!(listed.lines().count() == 1 && listed.contains("a.txt"), "{listed}");
    let rest = kernel.rest().get(&format!("/api/v1/audit?uid=agent_{pid}&limit=1"), Some(&kernel.admin().await)).await;
    assert_eq!(rest.1["data"][0]["actor_pid"], pid);
}

#[tokio::test]
async fn a_log_verifies_beside_its_kernel_and_without_it_until_a_row_is_edited() {
    let (mut kernel, ada, _, _model) = busy().await;
    let (sound, running) = verified(kernel.path(), &[]).await;
    assert!(sound && running["seal"] == "holds" && running["broken"].is_null(), "{running}");
    kernel.kill().await;
    drop(ada);
    let (sound, killed) = verified(kernel.path(), &[]).await;
    assert!(sound && killed["rows"].as_u64() >= running["rows"].as_u64(), "{killed}");
    let head = format!("{}:{}", killed["last"]["id"], killed["last"]["hash"].as_str().expect("a hash"));

    let mut kernel = kernel.again().await;
    kernel.admin().await;
    kernel.terminate().await;
    let file = log(&kernel);
    let (sound, report) = verified(Path::new("/"), &["--head", &head, &file.display().to_string()]).await;
    assert!(sound && report["seal"] == "holds", "by the file's name alone: {report}");

    let whole = std::fs::read(&file).expect("the log");
    edit(&file, "UPDATE audit SET target = 'nothing' WHERE id = 3");
    let (sound, report) = verified(kernel.path(), &[]).await;
    assert!(!sound && report["broken"]["id"] == 3, "{report}");
    let told = aether(kernel.path(), &["audit", "verify"]).await;
    assert_eq!(told.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&told.stdout).contains("BROKEN    at row 3"), "{told:?}");

    std::fs::write(&file, whole).expect("put back");
    edit(
        &file,
        "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit);
         UPDATE audit_chain SET (head_id, head_hash) = (SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1);",
    );
    let (sound, report) = verified(kernel.path(), &[]).await;
    assert!(!sound && report["seal"] == "broken", "{report}");
}
