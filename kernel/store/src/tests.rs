use std::sync::Arc;

use aether_base::bus::{Audience, Bus, EventLog, Prepared, Viewer};
use aether_protocol::{Class, Seq, UserId};

use super::*;

const MIGRATIONS: &[Migration] =
    &[Migration { owner: "test", number: 1, sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE)" }];

fn open(folder: &Path) -> (Arc<Store>, Arc<Bus>) {
    let bus = Arc::new(Bus::default());
    let store = Store::open(&folder.join("kernel.db"), Durability::Full, MIGRATIONS, bus.clone()).expect("a store");
    bus.attach_log(store.clone());
    (store, bus)
}

fn event(class: Class, user: &str) -> Prepared {
    Prepared {
        wire: "test.event",
        class,
        audience: Audience::User { user: UserId::from(user), org: None },
        json: r#"{"type":"test.event"}"#.into(),
    }
}

fn viewer(user: &str) -> Viewer {
    Viewer { user: Some(UserId::from(user)), admin: false, session: None }
}

async fn count(store: &Store) -> u64 {
    store.read(|db| Ok(db.query_row("SELECT count(*) FROM notes", [], |row| row.get(0))?)).await.expect("a count")
}

#[tokio::test]
async fn a_failed_job_takes_only_itself_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _bus) = open(folder.path());
    let insert = |text: &'static str| {
        store.begin(Vec::new(), move |db| Ok(db.execute("INSERT INTO notes (text) VALUES (?1)", [text])?))
    };
    let (first, twice, other) = (insert("a"), insert("a"), insert("b"));
    assert_eq!(first.await.expect("answered"), Ok(1));
    assert_eq!(twice.await.expect("answered"), Err(StoreError::Exists));
    assert_eq!(other.await.expect("answered"), Ok(1));
    assert_eq!(count(&store).await, 2);
}

/// Holds the writer until the sender goes, so that what is queued meanwhile shares one commit.
fn hold(store: &Store) -> std::sync::mpsc::Sender<()> {
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    drop(store.begin(Vec::new(), move |_| {
        let _ = held.recv();
        Ok(())
    }));
    let_go
}

fn note(store: &Store, text: String) -> Pending<usize> {
    store.begin(vec![event(Class::Journal, "ada")], move |db| {
        Ok(db.execute("INSERT INTO notes (text) VALUES (?1)", [text])?)
    })
}

#[tokio::test]
async fn a_full_disk_refuses_all_that_ran_with_it_and_keeps_nothing_of_that() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, bus) = open(folder.path());
    store.write(|db| Ok(db.execute_batch("PRAGMA max_page_count = 40")?)).await.expect("limited");
    let mut seen = bus.subscribe(viewer("ada"));
    let before = store.seq();
    let let_go = hold(&store);
    let small = note(&store, "a".into());
    // One that does not end where its statement failed, and would go on outside any transaction.
    let large = store.begin(Vec::new(), |db| {
        let failed = db.execute("INSERT INTO notes (text) VALUES (?1)", ["x".repeat(1024 * 1024)]);
        assert!(db.is_autocommit(), "the transaction is gone");
        assert!(db.execute("INSERT INTO notes (text) VALUES ('stray')", []).is_err());
        Ok(failed?)
    });
    let after = note(&store, "b".into());
    drop(let_go);
    for pending in [small, large] {
        assert_eq!(pending.await.expect("answered"), Err(StoreError::DiskFull));
    }
    assert_eq!(after.await.expect("answered"), Ok(1), "what had not run yet is another commit's");
    assert_eq!(count(&store).await, 1);
    assert_eq!(store.events_since(before, 10).await.expect("read").expect("whole").len(), 1);
    let first = seen.next().await.expect("an event");
    assert_eq!((first.seq, store.seq()), (Seq(before.0 + 1), first.seq), "only what is kept is delivered");
    store.close().await;
    let (store, _) = open(folder.path());
    assert_eq!(count(&store).await, 1);
    assert!(store.seq() >= first.seq);
}

#[tokio::test]
async fn a_job_cannot_end_the_transaction_of_its_group() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _bus) = open(folder.path());
    for end in ["ROLLBACK", "COMMIT"] {
        let let_go = hold(&store);
        let first = note(&store, format!("before {end}"));
        let rogue = store.begin(Vec::new(), move |db| {
            let _ = db.execute_batch(end);
            Ok(0)
        });
        let last = note(&store, format!("after {end}"));
        drop(let_go);
        for pending in [first, rogue] {
            let error = pending.await.expect("answered").expect_err("refused");
            assert!(error.to_string().contains("transaction"), "{error}");
        }
        assert_eq!(last.await.expect("answered"), Ok(1), "what had not run yet is another commit's");
    }
    assert_eq!((count(&store).await, store.seq()), (2, Seq(2)));
}

#[tokio::test]
async fn a_change_and_its_event_are_kept_together_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, bus) = open(folder.path());
    let mut seen = bus.subscribe(viewer("ada"));
    let failed = store
        .commit(vec![event(Class::Journal, "ada")], |_| Err::<(), _>(StoreError::Failed("on purpose".into())))
        .await;
    assert!(failed.is_err());
    store.commit(vec![event(Class::Journal, "ada")], |_| Ok(())).await.expect("committed");
    let first = seen.next().await.expect("an event");
    assert_eq!(first.seq, store.seq(), "the failed job's event took no number");
    assert_eq!(store.events_since(Seq(0), 10).await.expect("read").expect("whole").len(), 1);
}

#[tokio::test]
async fn numbers_grow_across_restarts_and_kept_events_are_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = open(folder.path());
    for class in [Class::Journal, Class::Live, Class::Journal] {
        store.append(vec![event(class, "ada")]);
    }
    store.write(|_| Ok(())).await.expect("written");
    let before = store.seq();
    store.close().await;
    assert_eq!(store.write(|_| Ok(())).await, Err(StoreError::Closed));

    let (store, _) = open(folder.path());
    assert!(store.seq() >= before);
    store.commit(vec![event(Class::Journal, "ada")], |_| Ok(())).await.expect("committed");
    let all = store.events_since(Seq(1), 10).await.expect("read").expect("whole");
    let seqs: Vec<u64> = all.iter().map(|event| event.seq.0).collect();
    assert_eq!(seqs, [3, store.seq().0], "the live event was not kept, and nothing was given twice");
    assert_eq!(store.events_since(Seq(store.seq().0 + 1_000_000), 10).await, Ok(None), "a number from elsewhere");
}

#[tokio::test]
async fn a_viewer_sees_only_its_own_events_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, bus) = open(folder.path());
    let mut ada = bus.subscribe(viewer("ada"));
    for user in ["bob", "ada", "bob", "ada"] {
        store.append(vec![event(Class::Live, user)]);
    }
    assert_eq!(ada.next().await.expect("an event").seq, Seq(2));
    assert_eq!(ada.next().await.expect("an event").seq, Seq(4));
    let missed = bus.recent(&viewer("ada"), Seq(2)).expect("memory reaches back");
    assert_eq!(missed.iter().map(|event| event.seq.0).collect::<Vec<_>>(), [4]);
}

#[tokio::test]
async fn the_log_is_trimmed_by_count_and_says_when_it_no_longer_reaches_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _bus) = open(folder.path());
    for _ in 0..5 {
        store.append(vec![event(Class::Journal, "ada")]);
    }
    assert_eq!(store.trim_events(2, 0).await, Ok(3));
    assert_eq!(store.events_since(Seq(1), 10).await, Ok(None));
    assert_eq!(store.events_since(Seq(3), 10).await.expect("read").expect("whole").len(), 2);
}

#[tokio::test]
async fn an_untrimmed_log_answers_whatever_live_events_took_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _bus) = open(folder.path());
    for class in [Class::Live, Class::Live, Class::Live] {
        store.append(vec![event(class, "ada")]);
    }
    store.write(|_| Ok(())).await.expect("written");
    assert_eq!(store.events_since(Seq(1), 10).await, Ok(Some(Vec::new())), "nothing was kept, nothing is gone");
    store.append(vec![event(Class::Journal, "ada")]);
    store.write(|_| Ok(())).await.expect("written");
    assert_eq!(store.events_since(Seq(1), 10).await.expect("read").expect("whole").len(), 1);
    assert_eq!(store.trim_events(0, 0).await, Ok(1));
    assert_eq!(store.events_since(Seq(3), 10).await, Ok(None), "the fourth is gone");
    assert_eq!(store.events_since(Seq(4), 10).await, Ok(Some(Vec::new())));
}

#[tokio::test]
async fn trimming_by_age_leaves_no_gap_when_the_clock_was_set_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _bus) = open(folder.path());
    for _ in 0..6 {
        store.append(vec![event(Class::Journal, "ada")]);
    }
    let times =
        "UPDATE events SET at = CASE seq WHEN 1 THEN 10 WHEN 2 THEN 20 WHEN 3 THEN 90 WHEN 4 THEN 5 ELSE 95 END";
    store.write(move |db| Ok(db.execute(times, [])?)).await.expect("written");
    assert_eq!(store.trim_events(100, 50).await, Ok(2));
    assert_eq!(store.trim_events(100, 50).await, Ok(0));
    assert_eq!(store.events_since(Seq(1), 10).await, Ok(None));
    assert_eq!(store.events_since(Seq(2), 10).await.expect("read").expect("whole").len(), 4);
    assert_eq!(store.trim_events(100, 1_000).await, Ok(4), "all of them are old");
    assert_eq!(store.events_since(Seq(5), 10).await, Ok(None));
}

#[tokio::test]
async fn a_log_from_before_the_floor_was_remembered_takes_its_oldest_event_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _bus) = open(folder.path());
    for _ in 0..3 {
        store.append(vec![event(Class::Journal, "ada")]);
    }
    let older = "ALTER TABLE sequence DROP COLUMN trimmed; DELETE FROM events WHERE seq = 1;
                 DELETE FROM migrations WHERE owner = 'store' AND number = 2";
    store.write(move |db| Ok(db.execute_batch(older)?)).await.expect("written");
    store.close().await;
    let (store, _bus) = open(folder.path());
    assert_eq!(store.events_since(Seq(0), 10).await, Ok(None));
    assert_eq!(store.events_since(Seq(1), 10).await.expect("read").expect("whole").len(), 2);
}

#[tokio::test]
async fn a_locked_database_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _bus) = open(folder.path());
    store.write(|db| Ok(db.busy_timeout(std::time::Duration::ZERO)?)).await.expect("set");
    let other = Connection::open(store.path()).expect("a second connection");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    assert_eq!(store.write(|_| Ok(())).await, Err(StoreError::Locked));
    other.execute_batch("ROLLBACK").expect("unlocked");
    assert_eq!(store.write(|_| Ok(())).await, Ok(()));
}

#[tokio::test]
async fn a_copy_holds_what_was_committed_and_takes_nobodys_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _bus) = open(folder.path());
    note(&store, "kept".to_owned()).await.expect("answered").expect("written");
    let let_go = hold(&store);
    let later = note(&store, "later".to_owned());
    let copy = folder.path().join("copy.db");
    // The writer is in the middle of something, and is not waited for.
    store.backup(&copy).await.expect("a copy");
    assert_eq!(store.backup(&copy).await, Err(StoreError::Exists));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&copy).expect("a copy").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else reads it, wherever it is brought");
    }
    let queued = store.counts();
    drop(let_go);
    later.await.expect("answered").expect("written");
    assert!(queued.queued > 0 && store.counts().commits > queued.commits, "{queued:?}");
    let names = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").map(names).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("part")), "{left:?}");
    let (copied, _bus) = {
        std::fs::create_dir(folder.path().join("again")).expect("made");
        std::fs::rename(&copy, folder.path().join("again/kernel.db")).expect("renamed");
        open(&folder.path().join("again"))
    };
    assert_eq!(count(&copied).await, 1);
}
