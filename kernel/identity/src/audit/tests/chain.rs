//! The chain: what is done to the file by other ways than the log's own is found.

use aether_base::audit::digest;
use aether_store::rusqlite::Connection;

use super::*;

/// What an attacker who may write the file has to do first.
const UNGUARD: &str = "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_replaced;
                       DROP TRIGGER audit_goes_by_retention; DROP TRIGGER audit_chain_goes_on; DROP TRIGGER audit_chain_stays;";

/// A log of six rows that no kernel has open, at this path.
async fn filled(folder: &Path) -> PathBuf {
    let (log, store) = open(folder).await;
    fill(&log);
    log.record(record(6, "ada", None, "fs.rm"));
    store.close().await;
    store.path().to_owned()
}

fn check(path: &Path) -> Report {
    verify(path, Some(&key()), None).expect("a report")
}

fn edit(path: &Path, sql: &str) {
    let db = Connection::open(path).expect("a connection");
    db.execute_batch(UNGUARD).and_then(|()| db.execute_batch(sql)).expect("edited");
}

fn broken_at(path: &Path) -> Option<i64> {
    check(path).broken.map(|broken| broken.id)
}

#[tokio::test]
async fn an_untouched_log_is_sound_and_says_where_it_begins_and_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = filled(folder.path()).await;
    let report = check(&path);
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.rows, report.seal, report.anchor, report.adopted), (6, Seal::Holds, None, 0));
    assert_eq!(report.first.map(|link| (link.id, link.at)), Some((1, Some(1))));
    let last = report.last.expect("a last row");
    assert_eq!((last.id, last.at), (6, Some(6)));

    let db = Connection::open(&path).expect("a connection");
    let by_hand: String =
        db.query_row("SELECT hex(hash) FROM audit WHERE id = 1", [], |row| row.get(0)).expect("a hash");
    // Written out here, so that the form on disk cannot change unseen.
    let canonical = concat!(
        r#"[1,1,"admin",null,"ada","ada","process.spawn","12","{\"path\":\"/tmp/a\"}","ab","#,
        r#""{\"result\":\"ok\",\"user\":\"ada\"}",1]"#
    );
    let bytes = [&[0; 32][..], canonical.as_bytes()].concat();
    assert_eq!(by_hand.to_lowercase(), digest(&bytes));
}

#[tokio::test]
async fn a_change_of_any_column_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = filled(folder.path()).await;
    let whole = std::fs::read(&path).expect("read");
    for change in [
        "timestamp = 9",
        "event_type = 'auth'",
        "actor_pid = 9",
        "actor_pid = NULL",
        "actor_uid = 'agent_9'",
        "actor_user = 'eve'",
        "action = 'fs.read'",
        "target = NULL",
        "args_sanitized = '{}'",
        "result_hash = 'cd'",
        "metadata = '{\"result\":\"FORBIDDEN\",\"user\":\"bob\"}'",
        "created_at = 9",
        "hash = zeroblob(32)",
        "hash = NULL",
        "hash = x'00'",
    ] {
        std::fs::write(&path, &whole).expect("written");
        edit(&path, &format!("UPDATE audit SET {change} WHERE id = 3"));
        assert_eq!(broken_at(&path), Some(3), "{change}");
    }
}

#[tokio::test]
async fn rows_that_are_missing_moved_or_added_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = filled(folder.path()).await;
    let whole = std::fs::read(&path).expect("read");
    for (change, expected) in [
        ("DELETE FROM audit WHERE id = 1", 2),
        ("DELETE FROM audit WHERE id IN (3, 4)", 5),
        ("DELETE FROM audit WHERE id = 6", 6),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET id = -id WHERE id IN (3, 4); UPDATE audit SET id = 7 + id WHERE id < 0;", 3),
        ("UPDATE audit SET id = 7 WHERE id = 6", 7),
        (
            "INSERT INTO audit SELECT 7, timestamp, event_type, actor_pid, actor_uid, actor_user, action, target,
             args_sanitized, result_hash, metadata, created_at, hash FROM audit WHERE id = 6",
            7,
        ),
        ("DELETE FROM audit_chain", 6),
        ("UPDATE audit_chain SET head_id = 5", 6),
        ("UPDATE audit_chain SET anchor_id = 2", 1),
    ] {
        std::fs::write(&path, &whole).expect("written");
        edit(&path, change);
        assert_eq!(broken_at(&path), Some(expected), "{change}");
    }
}

#[tokio::test]
async fn the_seal_shows_a_chain_that_was_made_anew_without_the_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = filled(folder.path()).await;
    let last = check(&path).last.expect("a last row");
    // The newest row goes, and the chain is made to end before it: without the key its seal cannot follow.
    edit(
        &path,
        "DELETE FROM audit WHERE id = 6;
         UPDATE audit_chain SET head_id = 5, head_hash = (SELECT hash FROM audit WHERE id = 5);",
    );
    let report = check(&path);
    assert_eq!((report.seal, &report.broken, report.is_sound()), (Seal::Broken, &None, false));
    let report = verify(&path, None, None).expect("a report");
    assert!(report.is_sound() && report.seal == Seal::Unchecked, "nobody knows without the secret: {report:?}");
    let other = SealKey::derived("another secret");
    assert_eq!(verify(&path, Some(&other), None).expect("a report").seal, Seal::Broken);

    // Nor does it help to let the kernel write the next seal: it says what it found.
    let (log, store) = open(folder.path()).await;
    log.record(record(7, "ada", None, "fs.write"));
    store.close().await;
    let report = check(&path);
    assert_eq!((report.seal, &report.tampered[..], report.is_sound()), (Seal::Holds, &[6][..], false));
    // Nor is what was noted elsewhere to be had again.
    let noted: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&last.hash[at..at + 2], 16).expect("hex")).collect();
    let noted = (last.id, noted.try_into().expect("32 bytes"));
    let report = verify(&path, None, Some(noted)).expect("a report");
    assert_eq!(report.broken.map(|broken| broken.id), Some(6));
}

#[tokio::test]
async fn a_row_that_somebody_put_there_keeps_no_other_from_being_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    fill(&log);
    store.write(|_| Ok(())).await.expect("written");
    let db = Connection::open(store.path()).expect("a connection");
    db.execute_batch("INSERT INTO audit (timestamp, event_type, action, created_at) VALUES (6, 'admin', 'x', 6)")
        .expect("put");
    log.record(record(7, "ada", None, "fs.write"));
    store.close().await;
    let report = check(store.path());
    assert_eq!((report.rows, report.broken.map(|broken| broken.id)), (8, Some(6)));
}

#[tokio::test]
async fn the_file_refuses_what_is_not_the_logs_own_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = filled(folder.path()).await;
    let db = Connection::open(&path).expect("a connection");
    for refused in [
        "UPDATE audit SET action = 'x' WHERE id = 3",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit (id, timestamp, event_type, action, created_at) VALUES (3, 1, 'x', 'x', 1)",
        "UPDATE audit_chain SET head_id = 3",
        "DELETE FROM audit_chain",
    ] {
        let error = db.execute_batch(refused).expect_err(refused).to_string();
        assert!(error.contains("audit log"), "{refused}: {error}");
    }
    assert!(check(&path).is_sound());
}

#[tokio::test]
async fn what_retention_leaves_is_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    fill(&log);
    assert_eq!(log.trim(3).await, Ok(2));
    let report = check(store.path());
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.rows, report.anchor.map(|anchor| anchor.id)), (3, Some(2)));
    assert_eq!(log.trim(9).await, Ok(3));
    let report = check(store.path());
    assert!(report.is_sound() && report.rows == 0 && report.last.is_none(), "{report:?}");
    log.record(record(9, "ada", None, "fs.write"));
    store.close().await;
    let report = check(store.path());
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.first.map(|link| link.id), Some(6), "numbers go on");
    assert_eq!(report.anchor.map(|anchor| anchor.id), Some(5));
}

#[tokio::test]
async fn a_log_of_an_earlier_version_is_taken_in_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log.db");
    let bus = || Arc::new(Bus::default());
    let older = Store::open(&path, Durability::Normal, &AUDIT_MIGRATIONS[..1], bus()).expect("a store");
    older
        .write(|db| {
            // Trimming by time has left a gap.
            db.execute_batch(
                "INSERT INTO audit (id, timestamp, event_type, action, created_at) VALUES
                 (2, 1, 'admin', 'fs.write', 1), (3, 2, 'admin', 'fs.write', 2), (7, 3, 'admin', 'fs.write', 3)",
            )?;
            Ok(())
        })
        .await
        .expect("written");
    older.close().await;
    assert!(matches!(verify(&path, None, None), Err(VerifyError::NoChain(_))));

    let store = Store::open(&path, Durability::Normal, AUDIT_MIGRATIONS, bus()).expect("a store");
    // As if killed after the first of them.
    assert_eq!(store.write(|db| store::adopt(db, &key(), 1)).await, Ok(true));
    store.close().await;
    let (log, store) = open(folder.path()).await;
    log.record(record(9, "ada", None, "fs.write"));
    store.close().await;
    let report = check(&path);
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.rows, report.adopted, report.last.map(|link| link.id)), (4, 7, Some(8)));

    edit(&path, "INSERT INTO audit (timestamp, event_type, action, created_at) VALUES (9, 'admin', 'x', 9)");
    let (_, store) = open(folder.path()).await;
    store.close().await;
    assert_eq!(broken_at(&path), Some(9), "a row that is put there later is not taken in");
}

#[tokio::test]
async fn a_group_that_is_not_committed_leaves_no_gap() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    log.record(record(1, "ada", None, "fs.write"));
    let lost = store.write(|db| {
        store::insert(db, &key(), &record(2, "ada", None, "fs.write"))?;
        Err::<(), _>(aether_store::StoreError::DiskFull)
    });
    assert!(lost.await.is_err());
    // What was written and not committed when the program is killed is as if it had never been.
    let killed = Connection::open(store.path()).expect("a connection");
    killed.execute_batch("BEGIN IMMEDIATE").expect("begun");
    store::insert(&killed, &key(), &record(3, "ada", None, "fs.write")).expect("written");
    drop(killed);
    log.record(record(4, "ada", None, "fs.write"));
    store.close().await;
    let report = check(store.path());
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.rows, report.last.map(|link| link.id)), (2, Some(2)));
}

#[tokio::test]
async fn a_log_is_checked_while_it_is_written_and_parts_of_an_export_join() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, store) = open(folder.path()).await;
    (0..2_500).for_each(|at| log.record(record(at, "ada", None, "fs.write")));
    let while_written = check(store.path());
    assert!(while_written.is_sound(), "{while_written:?}");
    store.write(|_| Ok(())).await.expect("written");
    let (mut ids, mut after) = (Vec::new(), 0);
    loop {
        let (entries, next) = log.export(AuditFilters::default(), after).await.expect("read");
        ids.extend(entries.iter().map(|entry| entry.id));
        let Some(next) = next else { break };
        after = next;
    }
    assert_eq!(ids, (1..=2_500).collect::<Vec<i64>>());
    assert!(matches!(verify(&folder.path().join("none.db"), None, None), Err(VerifyError::Missing(_))));
}
