//! A process as a part of snapshots: held at a boundary of its journal, and gone on with as another one.

use aether_base::snapshot::{SnapshotAgents, SnapshotPart, Successor};

use super::*;

fn line(n: u64) -> JournalLine {
    let thought = aether_protocol::domains::agent::event::Thought { pid: Pid(0), thought: format!("thought {n}") };
    JournalLine {
        n,
        entry: format!("{{\"n\":{n}}}"),
        parts: vec![(format!("hash {n}"), b"bytes".to_vec())],
        events: vec![thought.into()],
        ..JournalLine::default()
    }
}

#[tokio::test]
async fn nothing_is_journalled_and_no_command_starts_while_a_snapshot_is_taken() {
    let world = World::new(2).await;
    let part = ProcessPart(world.processes.clone());
    let pid = world.spawn("ada").await.pid;
    world.report(pid, ProcessState::Running, AgentPhase::Executing).await;
    let exec = |command: &str| Exec {
        pid,
        call_id: "c".into(),
        command: command.into(),
        timeout_seconds: None,
        network: None,
    };
    world.processes.exec(exec("first")).await.expect("it ran");
    let journal = world.processes.journal(pid);
    journal.append(vec![line(0)]).await.expect("kept");

    let held = part.hold(pid);
    let more = {
        let journal = journal.clone();
        tokio::spawn(async move { journal.append(vec![line(1)]).await })
    };
    let another = {
        let processes = world.processes.clone();
        let exec = exec("second");
        tokio::spawn(async move { processes.exec(exec).await })
    };
    tokio::task::yield_now().await;
    let kept = part.capture("s", pid).await.expect("captured");
    assert_eq!(journal.load().await.expect("read"), [r#"{"n":0}"#]);
    // A person who lets it go on meanwhile does not wake what runs inside.
    world.signal(pid, Signal::SigStop).await;
    world.signal(pid, Signal::SigCont).await;
    let told = |world: &World| world.told().into_iter().filter(|said| !said.starts_with("open")).collect::<Vec<_>>();
    assert!(!told(&world).iter().any(|said| said == "SigCont" || said.contains("second")), "{:?}", world.told());
    drop(held);
    more.await.expect("joined").expect("kept");
    another.await.expect("joined").expect("it ran");
    assert_eq!(told(&world).iter().filter(|said| *said == "SigCont").count(), 1, "{:?}", world.told());
    assert_eq!(journal.load().await.expect("read").len(), 2);
    assert_eq!(part.measure("s").await.expect("measured"), kept, "what came later is not in it");

    // One that a person holds stays held.
    world.signal(pid, Signal::SigStop).await;
    let before = world.told().len();
    drop(part.hold(pid));
    assert!(!world.told()[before..].contains(&"SigCont".to_owned()), "{:?}", world.told());
}

#[tokio::test]
async fn another_process_goes_on_with_the_run() {
    let mut world = World::new(1).await;
    let part = ProcessPart(world.processes.clone());
    let config = AgentConfig {
        role: "Keeper".into(),
        goal: "tick".into(),
        max_steps: Some(7),
        max_tokens: Some(500),
        ..AgentConfig::default()
    };
    let pid = world.processes.spawn(&"ada".into(), Pid(0), config.clone()).await.expect("spawned").pid;
    assert_eq!(world.launches.recv().await.expect("launched").pid, pid);
    let journal = world.processes.journal(pid);
    journal.append(vec![line(0), line(1)]).await.expect("kept");
    let kept = part.capture("s", pid).await.expect("captured");
    journal.append(vec![line(2)]).await.expect("kept");
    world.signal(pid, Signal::SigKill).await;
    assert_eq!(world.processes.forget_before(u64::MAX >> 1).await.expect("looked"), 0, "a snapshot needs its run");

    world = world.restarted(1).await;
    let part = ProcessPart(world.processes.clone());
    assert_eq!(part.measure("s").await.expect("measured"), kept);
    assert_eq!(part.kept().await.expect("listed"), ["s"]);
    let new = part.reserve("s", true).await.expect("reserved");
    assert!(new > pid);
    part.restore("s", Successor { pid: new, ppid: pid }).await.expect("restored");
    let launch = world.launches.recv().await.expect("launched");
    assert_eq!((launch.pid, launch.owner.as_str(), &launch.config), (new, "ada", &config));
    let entries = world.processes.journal(new).load().await.expect("read");
    assert_eq!(entries, [r#"{"n":0}"#.to_owned(), r#"{"n":1}"#.to_owned(), format!("{pid} goes on as {new}")]);
    let part_of_run = world.processes.journal(new).part("hash 1".into()).await.expect("read");
    assert_eq!(part_of_run.as_deref(), Some(&b"bytes"[..]));
    let rows = world.store.read(move |db| store::timeline(db, new, 10, 0)).await.expect("read");
    assert_eq!(rows.0.iter().map(|row| row.content.as_str()).collect::<Vec<_>>(), ["thought 0", "thought 1"]);
    let request = aether_protocol::domains::process::PidRef { pid: new };
    let info = ProcessApi::info(&*world.processes, &world.user("ada"), request).await.expect("it is there");
    // It is no child of one that was ended: the next start would end it too.
    assert!(world.processes.left_behind().await.expect("looked").is_empty());
    assert_eq!((info.ppid, info.forked_from, info.max_steps), (Pid(0), Some(pid), Some(7)));

    // All places are taken now: the next one queues, and what its owner may not start is refused.
    let next = part.reserve("s", true).await.expect("reserved");
    part.restore("s", Successor { pid: next, ppid: Pid(0) }).await.expect("restored");
    assert_eq!(world.state(next), Some(ProcessState::Created));
    assert!(world.processes.table().entries[&next].record.life.queued);
    for _ in 0..2 {
        world.spawn("bob").await;
    }
    part.reserve("s", false).await.expect_err("the table is full");
    part.discard(vec!["s".into(), "another".into()]).await.expect("discarded");
    assert!(part.kept().await.expect("listed").is_empty());
    let missing = part.measure("s").await.expect_err("discarded").wire;
    assert_eq!((missing.code, missing.message.as_str()), (ErrorCode::NotFound, "Snapshot s not found"));
}

#[tokio::test]
async fn what_another_version_kept_is_measured_as_it_was_kept() {
    let world = World::new(2).await;
    let part = ProcessPart(world.processes.clone());
    let pid = world.spawn("ada").await.pid;
    part.capture("s", pid).await.expect("captured");
    let older = world.store.write(|db| {
        db.execute("UPDATE process_snapshots SET record = json_remove(record, '$.cpu_ms', '$.cpuMs')", [])?;
        Ok(db.query_row("SELECT length(record) FROM process_snapshots", [], |row| row.get::<_, u64>(0))?)
    });
    let length = older.await.expect("written");
    assert_eq!(part.measure("s").await.expect("measured").bytes, length, "it is not what was kept");
}

#[tokio::test]
async fn the_fork_of_one_that_lives_is_its_child() {
    let world = World::new(2).await;
    let part = ProcessPart(world.processes.clone());
    let pid = world.spawn("ada").await.pid;
    part.capture("s", pid).await.expect("captured");
    let forked = part.reserve("s", true).await.expect("reserved");
    part.restore("s", Successor { pid: forked, ppid: pid }).await.expect("restored");
    assert_eq!(world.processes.table().entries[&forked].record.ppid, pid);
    world.signal(pid, Signal::SigKill).await;
    assert!(world.processes.table().entries.get(&forked).is_none_or(|entry| entry.record.life.has_ended()));
}
