//! Parents and children, and who gets the next place.

use aether_protocol::domains::agent::WaitChild;
use aether_protocol::domains::process::{PidRef, ProcessInfo, SetPriority, Spawn, Spawned};
use futures_util::poll;
use serde_json::json;

use super::*;

impl World {
    /// What an agent's own spawn answers.
    async fn child(&self, parent: Pid, call: &str) -> aether_base::Result<Spawned> {
        let extra = [("spawnedBy".to_owned(), json!({ "call": call }))].into();
        let config = AgentConfig { goal: "help".into(), extra, ..AgentConfig::default() };
        ProcessApi::spawn(&*self.processes, &self.agent(parent), Spawn { config }).await
    }

    async fn info(&self, pid: Pid) -> ProcessInfo {
        ProcessApi::info(&*self.processes, &self.user("ada"), PidRef { pid }).await.expect("its record")
    }

    async fn finished(&self, pid: Pid, outcome: Outcome, exit_code: i32) {
        let finish = Finish { pid, outcome, exit_code, summary: "over".into() };
        AgentApi::finish(&*self.processes, &self.agent(pid), finish).await.expect("finished");
    }

    /// Who was launched since the last look.
    fn launched(&mut self) -> Vec<Pid> {
        std::iter::from_fn(|| self.launches.try_recv().ok()).map(|launch| launch.pid).collect()
    }
}

fn code(refused: aether_base::Result<Spawned>) -> ErrorCode {
    refused.expect_err("refused").wire.code
}

#[tokio::test]
async fn a_child_is_its_parents_users_and_there_is_one_for_each_call() {
    let world = World::new(4).await;
    let parent = world.spawn("ada").await.pid;
    let child = world.child(parent, "t1c0").await.expect("a child").pid;
    assert_eq!(world.child(parent, "t1c0").await.expect("the same call").pid, child);
    let info = world.info(child).await;
    assert_eq!((info.ppid, info.owner_uid.as_deref()), (parent, Some("ada")));
    assert!(world.processes.is_child(parent, child) && !world.processes.is_child(child, parent));

    let grandchild = world.child(child, "t1c0").await.expect("another agent's call of the same name").pid;
    assert_ne!(grandchild, child);
    assert_eq!(code(world.child(grandchild, "t1c0").await), ErrorCode::QuotaExceeded, "two generations here");
    world.signal(grandchild, Signal::SigKill).await;
    world.child(parent, "t1c1").await.expect("a second child");
    assert_eq!(code(world.child(parent, "t1c2").await), ErrorCode::QuotaExceeded, "two children here");
    let world = world.restarted(4).await;
    assert_eq!(world.child(parent, "t1c0").await.expect("the same call").pid, child, "also after a restart");
    assert_eq!(code(world.child(Pid(99), "t1c0").await), ErrorCode::NotFound);
}

/// As many as come at once have one share together. A call that is made again after a restart finds its child, also where
/// that was the last there was room for.
#[tokio::test]
async fn a_share_holds_for_those_that_come_at_once_and_takes_no_child_back() {
    let mut world = World::new(4).await;
    Arc::get_mut(&mut world.processes).expect("nobody else has it").config.max_per_user = 2;
    let spawn = async || {
        let config = AgentConfig { goal: "help".into(), model: Some("local".into()), ..AgentConfig::default() };
        ProcessApi::spawn(&*world.processes, &world.user("ada"), Spawn { config }).await
    };
    let (first, second, third) = futures_util::join!(spawn(), spawn(), spawn());
    let mut started: Vec<Pid> = [first, second, third].into_iter().flatten().map(|spawned| spawned.pid).collect();
    assert_eq!(started.len(), 2);
    assert_eq!(code(spawn().await), ErrorCode::QuotaExceeded);

    world.signal(started.remove(0), Signal::SigKill).await;
    let child = world.child(started[0], "t1c0").await.expect("a child").pid;
    assert_eq!(code(world.child(started[0], "t1c1").await), ErrorCode::QuotaExceeded);
    assert_eq!(world.child(started[0], "t1c0").await.expect("the same call").pid, child);
}

#[tokio::test]
async fn what_ends_a_parent_ends_its_children_but_its_success_does_not() {
    let world = World::new(4).await;
    let parent = world.spawn("ada").await.pid;
    let child = world.child(parent, "t1c0").await.expect("a child").pid;
    let grandchild = world.child(child, "t1c0").await.expect("a grandchild").pid;
    world.signal(parent, Signal::SigTerm).await;
    for pid in [parent, child, grandchild] {
        let info = world.info(pid).await;
        assert_eq!((info.state, info.exit_code), (ProcessState::Dead, Some(143)), "{pid}");
    }
    let parent = world.spawn("ada").await.pid;
    let child = world.child(parent, "t1c0").await.expect("a child").pid;
    world.finished(parent, Outcome::Error, 1).await;
    assert_eq!(world.info(child).await.exit_code, Some(143), "a parent that fails is no better");

    let parent = world.spawn("ada").await.pid;
    let child = world.child(parent, "t1c0").await.expect("a child").pid;
    world.finished(parent, Outcome::Success, 0).await;
    assert_eq!((world.state(child), world.info(child).await.ppid), (Some(ProcessState::Created), parent));
    assert_eq!(code(world.child(parent, "t1c1").await), ErrorCode::NotFound, "what has ended has no more children");
}

#[tokio::test]
async fn a_child_that_outlived_a_killed_parent_ends_with_the_next_start() {
    let world = World::new(4).await;
    let parent = world.spawn("ada").await.pid;
    let child = world.child(parent, "t1c0").await.expect("a child").pid;
    let other = world.spawn("ada").await.pid;
    // As the disk is when the kernel is killed between the two ends.
    let mut record = world.processes.table().entries[&parent].record.clone();
    record.life.end(crate::launch::killed(137, "SIGKILL"));
    record.life.reap();
    world.store.write(move |db| store::put_record(db, &record)).await.expect("written");
    let mut world = world.restarted(4).await;
    assert_eq!(world.info(child).await.exit_code, Some(143));
    assert_eq!(world.launched(), [other]);
}

#[tokio::test]
async fn a_parent_lends_its_place_to_the_child_it_waits_for() {
    let mut world = World::new(1).await;
    let parent = world.spawn("ada").await.pid;
    let child = world.child(parent, "t1c0").await.expect("a child");
    assert_eq!((child.queued, child.position, world.launched()), (Some(true), Some(1), vec![parent]));
    let stranger = world.spawn("ada").await.pid;
    let wait = |pid, child| WaitChild { pid, child, wait_ms: 600_000 };
    let refused = AgentApi::wait(&*world.processes, &world.agent(parent), wait(parent, stranger)).await;
    assert_eq!(refused.expect_err("no child of it").wire.code, ErrorCode::Forbidden);
    let refused = AgentApi::wait(&*world.processes, &world.agent(stranger), wait(parent, child.pid)).await;
    assert_eq!(refused.expect_err("another agent's").wire.code, ErrorCode::Forbidden);

    let (processes, cx) = (world.processes.clone(), world.agent(parent));
    let mut waiting = Box::pin(AgentApi::wait(&*processes, &cx, wait(parent, child.pid)));
    assert!(poll!(&mut waiting).is_pending());
    assert_eq!(world.launched(), [child.pid], "and to nobody else");
    world.finished(child.pid, Outcome::Success, 0).await;
    let ended = waiting.await.expect("an answer");
    assert_eq!((ended.state, ended.exit_code), (ProcessState::Dead, Some(0)));
    assert_eq!(ended.summary.as_deref(), Some("over"));
    let again = AgentApi::wait(&*world.processes, &world.agent(parent), wait(parent, child.pid)).await;
    assert_eq!(again.expect("an answer at once").exit_code, Some(0));

    let silent = world.spawn("ada").await.pid;
    assert!(world.processes.table().entries[&silent].record.life.queued, "its place is its own again");
    let look = WaitChild { wait_ms: 0, ..wait(stranger, stranger) };
    assert!(AgentApi::wait(&*world.processes, &world.agent(stranger), look).await.is_err(), "nobody is its own child");
}

#[tokio::test]
async fn users_take_turns_at_the_places_and_none_has_more_than_its_share() {
    let mut world = World::new(1).await;
    let first = world.spawn("ada").await.pid;
    let (second, third) = (world.spawn("ada").await.pid, world.spawn("ada").await.pid);
    let bobs = world.spawn("bob").await;
    assert_eq!(bobs.position, Some(1), "ada has one at work, and bob none");
    let queue = world.processes.get_queue(&world.user("ada"), Empty {}).await.expect("a queue");
    assert_eq!(queue.iter().map(|queued| queued.pid).collect::<Vec<_>>(), [second, third]);
    let mut order = world.launched();
    for pid in [first, bobs.pid, second] {
        world.finished(pid, Outcome::Success, 0).await;
        order.extend(world.launched());
    }
    assert_eq!(order, [first, bobs.pid, second, third]);

    let mut world = World::new(4).await;
    for _ in 0..3 {
        assert_eq!(world.spawn("ada").await.queued, None);
    }
    let fourth = world.spawn("ada").await;
    assert_eq!(fourth.queued, Some(true), "three are one user's share here");
    let launched = world.launched();
    assert_eq!(launched.len(), 3);
    world.finished(launched[0], Outcome::Success, 0).await;
    assert_eq!(world.launched(), [fourth.pid]);
}

#[tokio::test]
async fn one_that_is_held_in_the_queue_starts_when_it_is_let_go() {
    let mut world = World::new(1).await;
    let first = world.spawn("ada").await.pid;
    let (held, next) = (world.spawn("ada").await.pid, world.spawn("ada").await.pid);
    world.signal(held, Signal::SigStop).await;
    world.finished(first, Outcome::Success, 0).await;
    assert_eq!(world.launched(), [first, next], "a place is not for one that may not work");
    world.finished(next, Outcome::Success, 0).await;
    assert!(world.launched().is_empty());
    world.signal(held, Signal::SigCont).await;
    assert_eq!(world.launched(), [held]);
}

#[tokio::test]
async fn a_sandbox_has_the_agents_environment_and_stands_back_by_its_priority() {
    let world = World::new(1).await;
    let env = Some([("COLOUR".to_owned(), "green".to_owned())].into());
    let config = AgentConfig {
        role: "Painter".into(),
        goal: "two\0 lines\nof text".into(),
        model: Some("openai:m".into()),
        priority: Some(4),
        env,
        ..AgentConfig::default()
    };
    let pid = world.processes.spawn(&"ada".into(), Pid(0), config.clone()).await.expect("spawned").pid;
    let exec = Exec { pid, call_id: "c".into(), command: "true".into(), timeout_seconds: None, network: None };
    world.processes.exec(exec).await.expect("run");
    let opened = world.engine.2.lock().expect("lock").clone().expect("a sandbox");
    let variable = |name: &str| opened.env.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    for (name, value) in [
        ("COLOUR", "green"),
        ("AETHER_PID", "2"),
        ("AETHER_ROLE", "Painter"),
        ("AETHER_GOAL", "two lines\nof text"),
        ("AETHER_MODEL", "openai:m"),
        ("HOME", "/home/agent_2"),
        ("USER", "agent_2"),
    ] {
        assert_eq!(variable(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(opened.nice, 12);
    let shown = world.info(pid).await.env;
    assert_eq!((shown["COLOUR"].as_str(), shown.contains_key("PATH")), ("green", false));
    world.processes.set_priority(&world.user("ada"), SetPriority { pid, priority: 1 }).await.expect("set");
    assert_eq!(world.told().last().map(String::as_str), Some("nice 0"));

    let env = Some([("AETHER_PID".to_owned(), "1".to_owned())].into());
    let refused = world.processes.spawn(&"ada".into(), Pid(0), AgentConfig { env, ..config }).await;
    assert!(matches!(refused, Err(ProcessError::OurVariable(_))));
}

#[tokio::test]
async fn a_command_of_an_agent_that_is_held_starts_when_it_is_let_go() {
    let world = World::new(1).await;
    let pid = world.spawn("ada").await.pid;
    world.report(pid, ProcessState::Running, AgentPhase::Executing).await;
    world.signal(pid, Signal::SigStop).await;
    let exec = || Exec { pid, call_id: "c".into(), command: "true".into(), timeout_seconds: None, network: None };
    let mut running = Box::pin(world.processes.exec(exec()));
    assert!(poll!(&mut running).is_pending());
    assert!(world.told().is_empty(), "nothing is opened for it");
    world.signal(pid, Signal::SigCont).await;
    assert_eq!(running.await.expect("run").exit_code, Some(0));

    world.signal(pid, Signal::SigStop).await;
    let mut running = Box::pin(world.processes.exec(exec()));
    assert!(poll!(&mut running).is_pending());
    world.signal(pid, Signal::SigKill).await;
    assert!(matches!(running.await, Err(ProcessError::Ended(_) | ProcessError::NotFound(_))));
}

/// Held before its sandbox is there to be stopped, an agent starts nothing in it all the same.
#[tokio::test]
async fn an_agent_that_is_held_while_its_sandbox_opens_starts_nothing() {
    let world = World::new(1).await;
    let pid = world.spawn("ada").await.pid;
    world.report(pid, ProcessState::Running, AgentPhase::Executing).await;
    let processes = world.processes.clone();
    *world.engine.3.lock().expect("lock") = Some(Box::new(move || {
        let stopped = processes.change(pid, |entry| {
            let (_, events) = entry.live_on(|life| life.signal(Signal::SigStop));
            processes.hold(entry);
            Ok(events)
        });
        drop(stopped.expect("stopped"));
    }));
    let exec = Exec { pid, call_id: "c".into(), command: "true".into(), timeout_seconds: None, network: None };
    let mut running = Box::pin(world.processes.exec(exec));
    assert!(poll!(&mut running).is_pending());
    assert_eq!(world.told(), ["open /home/agent_2", "network false"]);
    world.signal(pid, Signal::SigCont).await;
    assert_eq!(running.await.expect("run").exit_code, Some(0));
}

/// A client that comes back learns of every agent as a whole: of one that ends, from the table until its end is in the
/// history. Here the disk is busy in between.
#[tokio::test]
async fn an_agent_that_ends_is_in_the_table_until_its_end_is_in_the_history() {
    let world = World::new(1).await;
    let pid = world.spawn("ada").await.pid;
    let exec = Exec { pid, call_id: "c".into(), command: "true".into(), timeout_seconds: None, network: None };
    world.processes.exec(exec).await.expect("run");
    let path = world.store.path().to_owned();
    let (tell, busy) = std::sync::mpsc::channel();
    *world.engine.1.lock().expect("lock") = Some(Box::new(move || {
        let other = aether_store::rusqlite::Connection::open(path).expect("a second program");
        other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
        tell.send(other).expect("told");
    }));
    let processes = world.processes.clone();
    let finish = Finish { pid, outcome: Outcome::Success, exit_code: 0, summary: "done".into() };
    let cx = world.agent(pid);
    let ending = tokio::spawn(async move { AgentApi::finish(&*processes, &cx, finish).await });
    let other = loop {
        match busy.try_recv() {
            Ok(other) => break other,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let seen = world.processes.entities([pid].into()).await.expect("entities");
    assert_eq!(seen.len(), 1, "its end is on its way to the disk");
    other.execute_batch("ROLLBACK").expect("unlocked");
    ending.await.expect("joined").expect("finished");
    let seen = world.processes.entities([pid].into()).await.expect("entities");
    assert_eq!((seen.len(), world.state(pid)), (1, None));
}
