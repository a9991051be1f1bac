//! What is refused: configurations without bounds, and questions of agents that have ended, terminals without end.

use aether_protocol::domains::tty::{Api as TtyApi, Open};

use super::*;

#[tokio::test]
async fn no_part_of_a_configuration_is_of_any_length() {
    let world = World::new(1).await;
    let long = || "x".repeat(1024 * 1024);
    for (what, config) in [
        ("model", AgentConfig { model: Some(long()), ..AgentConfig::default() }),
        ("tools", AgentConfig { tools: Some(vec![long()]), ..AgentConfig::default() }),
        ("skills", AgentConfig { skills: Some(vec![String::new(); 1024 * 1024]), ..AgentConfig::default() }),
        ("extra", AgentConfig { extra: [(long(), true.into())].into(), ..AgentConfig::default() }),
    ] {
        let refused = world.processes.spawn(&"ada".into(), Pid(0), AgentConfig { goal: "x".into(), ..config }).await;
        assert!(matches!(refused, Err(ProcessError::TooLong { .. })), "{what}");
    }
}

#[tokio::test]
async fn an_agent_that_has_ended_asks_nobody_and_is_given_no_answer() {
    let world = World::new(1).await;
    let pid = world.spawn("ada").await.pid;
    let processes = world.processes.clone();
    let asking = tokio::spawn(async move { processes.ask(ask(pid, "t1c0", None)).await });
    world.asked(pid).await;
    // As it is while its sandbox is being closed.
    world
        .processes
        .table()
        .entries
        .get_mut(&pid)
        .expect("there")
        .record
        .life
        .end(crate::launch::killed(137, "SIGKILL"));
    let late = world.processes.ask(ask(pid, "t1c1", None)).await;
    assert!(matches!(late, Err(ProcessError::Ended(_))), "{late:?}");
    let verdict = Verdict { granted: true, reason: None, reply: None };
    let answered = world.processes.answer(&world.user("ada").caller, pid, None, verdict).await;
    assert!(matches!(answered, Err(ProcessError::Ended(_))), "{answered:?}");
    asking.abort();
}

/// Shells that are only starting count as well, and those that could not be started count no more.
#[tokio::test]
async fn nobody_opens_more_terminals_for_opening_them_at_once() {
    let world = World::new(1).await;
    let pid = world.spawn("ada").await.pid;
    let cx = world.user("ada");
    for _ in 0..2 {
        let open = |_| TtyApi::open(&*world.processes, &cx, Open { pid, cols: None, rows: None });
        let opened = futures_util::future::join_all((0..33).map(open)).await;
        let too_many = |error: &aether_base::Error| error.wire.code == ErrorCode::QuotaExceeded;
        assert_eq!(opened.into_iter().filter_map(Result::err).filter(too_many).count(), 1);
    }
}
