use aether_base::Door;
use aether_base::bus::Bus;
use aether_base::ports::Audited;
use aether_protocol::Role;
use aether_store::{Durability, rusqlite};

use super::*;

mod chain;

fn key() -> SealKey {
    SealKey::derived("a secret")
}

async fn open(folder: &Path) -> (Arc<AuditLog>, Arc<Store>) {
    let bus = Arc::new(Bus::default());
    let store = Store::open(&folder.join("log.db"), Durability::Normal, AUDIT_MIGRATIONS, bus).expect("a store");
    let settings = AuditSettings { key: key(), max_rows: 1_000_000 };
    (AuditLog::open(store.clone(), settings).await.expect("opened"), store)
}

fn record(at: u64, user: &str, pid: Option<u64>, action: &'static str) -> AuditRecord {
    AuditRecord {
        at,
        about: Audited::Command,
        actor_user: Some(UserId::from(user)),
        actor_pid: pid.map(Pid),
        action: action.into(),
        target: Some("12".into()),
        arguments: Some(r#"{"path":"/tmp/a"}"#.into()),
        result: "ok",
        result_hash: Some("ab".into()),
    }
}

fn fill(log: &AuditLog) {
    log.record(record(1, "ada", None, "process.spawn"));
    log.record(record(2, "ada", Some(7), "fs.write"));
    log.record(record(3, "bob", Some(8), "fs.write"));
    log.record(AuditRecord {
        actor_user: None,
        target: None,
        result: "UNAUTHENTICATED",
        ..record(4, "", None, "auth.login")
    });
    log.record(record(5, "bob", None, "user.delete"));
}

#[tokio::test]
async fn a_row_has_the_declared_shape() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    log.record(AuditRecord { about: Audited::Tool, ..record(5, "ada", Some(7), "write_file") });
    store.write(|_| Ok(())).await.expect("written");
    let (mut entries, total) = log.query(Scope::Everything, AuditFilters::default()).await.expect("read");
    assert_eq!(total, 1);
    assert_eq!(entries[0].hash.take().map(|hash| hash.len()), Some(64));
    assert_eq!(
        serde_json::to_value(&entries).expect("JSON"),
        serde_json::json!([{
            "id": 1, "timestamp": 5, "event_type": "tool.invocation", "actor_pid": 7, "actor_uid": "agent_7",
            "action": "write_file", "target": "12", "args_sanitized": r#"{"path":"/tmp/a"}"#, "result_hash": "ab",
            "metadata": r#"{"result":"ok","user":"ada"}"#, "created_at": 5
        }])
    );
}

#[tokio::test]
async fn recording_does_not_wait_for_the_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    let other = rusqlite::Connection::open(store.path()).expect("a second connection");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let start = std::time::Instant::now();
    (0..1_000).for_each(|at| log.record(record(at, "ada", None, "fs.write")));
    assert!(start.elapsed() < std::time::Duration::from_secs(1), "{:?}", start.elapsed());
    other.execute_batch("ROLLBACK").expect("unlocked");
    // Who reads waits for what was recorded before.
    let (entries, total) = log.query(Scope::Everything, AuditFilters::default()).await.expect("read");
    assert_eq!((entries.len(), total), (50, 1_000));
}

#[tokio::test]
async fn filters_narrow_and_pages_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    fill(&log);
    store.write(|_| Ok(())).await.expect("written");
    let none = AuditFilters::default;
    for (filters, expected, total) in [
        (none(), vec![5, 4, 3, 2, 1], 5),
        (AuditFilters { pid: Some(Pid(7)), ..none() }, vec![2], 1),
        (AuditFilters { uid: Some("agent_8".into()), ..none() }, vec![3], 1),
        (AuditFilters { uid: Some("bob".into()), ..none() }, vec![5], 1),
        (AuditFilters { action: Some("fs.write".into()), ..none() }, vec![3, 2], 2),
        (AuditFilters { event_type: Some("auth".into()), ..none() }, vec![5, 4], 2),
        (AuditFilters { user: Some("ada".into()), ..none() }, vec![2, 1], 2),
        (AuditFilters { event_type: Some("admin".into()), ..none() }, vec![3, 2, 1], 3),
        (AuditFilters { start_time: Some(2), end_time: Some(3), ..none() }, vec![3, 2], 2),
        (AuditFilters { limit: Some(2), offset: Some(1), ..none() }, vec![4, 3], 5),
        (AuditFilters { limit: Some(0), ..none() }, vec![], 5),
        (AuditFilters { action: Some("' OR 1=1 --".into()), ..none() }, vec![], 0),
    ] {
        let (entries, seen) = log.query(Scope::Everything, filters.clone()).await.expect("read");
        let times: Vec<u64> = entries.iter().map(|entry| entry.timestamp).collect();
        assert_eq!((times, seen), (expected, total), "{filters:?}");
    }
}

#[tokio::test]
async fn a_caller_reads_its_own_rows_and_an_administrator_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    fill(&log);
    store.write(|_| Ok(())).await.expect("written");
    let person = |role| Caller {
        kind: CallerKind::User { user: "ada".into(), username: "ada".into(), role },
        ..Caller::anonymous(Door::Rest)
    };
    for (caller, expected) in [
        (person(Role::Admin), 5),
        (Caller::kernel(), 5),
        (person(Role::User), 2),
        (Caller::agent(Pid(7), "ada".into()), 1),
        (Caller::anonymous(Door::Rest), 0),
    ] {
        let (entries, total) = log.query(Scope::of(&caller), AuditFilters::default()).await.expect("read");
        assert_eq!((entries.len() as u64, total), (expected, expected), "{caller:?}");
    }
    let others = AuditFilters { uid: Some("agent_8".into()), ..AuditFilters::default() };
    assert_eq!(log.query(Scope::of(&person(Role::User)), others).await.expect("read").1, 0);
}

#[tokio::test]
async fn old_rows_are_trimmed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    fill(&log);
    assert_eq!(log.trim(3).await, Ok(2));
    assert_eq!(log.trim(3).await, Ok(0));
    store
        .write(|db| (0..=TRIM).try_for_each(|_| store::insert(db, &key(), &record(1, "ada", None, "fs.write"))))
        .await
        .expect("written");
    assert_eq!(log.trim(3).await, Ok(0), "what is newer stands before them");
    log.record(record(9, "ada", None, "fs.write"));
    assert_eq!(log.trim(9).await, Ok(3 + TRIM + 1), "more than one write");
    assert_eq!(log.query(Scope::Everything, AuditFilters::default()).await.expect("read").1, 1);
}

#[tokio::test]
async fn only_the_newest_rows_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    fill(&log);
    assert_eq!(store.write(|db| store::trim(db, &key(), 2, 3, 1)).await, Ok(1), "no more than asked for");
    assert_eq!(store.write(|db| store::trim(db, &key(), 2, 3, 10)).await, Ok(1));
    assert_eq!(store.write(|db| store::trim(db, &key(), 2, 3, 10)).await, Ok(0));
    let (entries, total) = log.query(Scope::Everything, AuditFilters::default()).await.expect("read");
    assert_eq!((entries.iter().map(|entry| entry.timestamp).collect::<Vec<_>>(), total), (vec![5, 4, 3], 3));
}

#[tokio::test]
async fn a_long_target_is_cut_between_characters() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    log.record(AuditRecord { target: Some(format!("a{}", "é".repeat(1_000))), ..record(1, "ada", None, "fs.write") });
    store.write(|_| Ok(())).await.expect("written");
    let (entries, _) = log.query(Scope::Everything, AuditFilters::default()).await.expect("read");
    assert_eq!(entries[0].target.as_deref(), Some(format!("a{}", "é".repeat(127)).as_str()));
}

#[tokio::test]
async fn rows_are_dropped_and_counted_while_too_many_wait() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    drop(store.begin(Vec::new(), move |_| {
        let _ = held.recv();
        Ok(())
    }));
    (0..WAITING as u64 + 5).for_each(|at| log.record(record(at, "ada", None, "fs.write")));
    assert_eq!((log.waiting.load(Ordering::Relaxed), log.dropped.load(Ordering::Relaxed)), (WAITING, 5));
    drop(let_go);
    store.write(|_| Ok(())).await.expect("written");
    assert_eq!(log.waiting.load(Ordering::Relaxed), 0);
    log.record(record(1, "ada", None, "fs.write"));
    store.write(|_| Ok(())).await.expect("written");
    assert_eq!(log.dropped.load(Ordering::Relaxed), 0, "told, and begun anew");
    let total = log.query(Scope::Everything, AuditFilters::default()).await.expect("read").1;
    assert_eq!(total, WAITING as u64 + 2, "with the line that says so");
    let said = AuditFilters { action: Some("audit.dropped".into()), ..AuditFilters::default() };
    let (entries, _) = log.query(Scope::Everything, said).await.expect("read");
    assert_eq!(entries[0].metadata.as_deref(), Some(r#"{"result":"DROPPED","user":null,"rows":5}"#));
}
