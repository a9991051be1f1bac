//! What agents have used, how far they may go, and what their journals tell.

use aether_protocol::domains::agent::TrajectoryQuery;
use aether_protocol::domains::process::PidRef;
use aether_protocol::domains::resource::{
    Admission, Api as ResourceApi, AskAdmission, HistoryQuery, QuotaChange, SetQuota,
};

use super::*;

fn line(n: u64, told: Option<Told>) -> JournalLine {
    JournalLine { n, entry: format!("entry {n}"), told, ..JournalLine::default() }
}

/// A reply of a model whose million tokens cost 2 and 8 dollars.
pub(super) fn replied(n: u64, at: u64, input_tokens: u64, output_tokens: u64) -> JournalLine {
    let spent = Spent { model: "openai:gpt-4.1".into(), input_tokens, output_tokens };
    let mut told = told(n, TrajectoryKind::Thought, "so");
    told.entry.at = at;
    line(n, Some(Told { spent: Some(spent), ..told }))
}

pub(super) async fn admit(world: &World, pid: Pid) -> Admission {
    let request = AskAdmission { pid, step: None };
    ResourceApi::admit(&*world.processes, &world.agent(pid), request).await.expect("an answer")
}

async fn page(world: &World, pid: Pid, after: Option<u64>, before: Option<u64>, limit: u32) -> (Vec<u64>, u64) {
    let query = TrajectoryQuery { pid, after, before, limit: Some(limit) };
    let page = AgentApi::trajectory(&*world.processes, &world.user("ada"), query).await.expect("a page");
    (page.entries.iter().map(|entry| entry.n).collect(), page.total)
}

#[tokio::test]
async fn a_reply_is_counted_once_and_known_after_a_restart() {
    let world = World::new(2).await;
    let pid = world.spawn("ada").await.pid;
    let journal = world.processes.journal(pid);
    let now = now_ms();
    journal.append(vec![replied(0, now, 1_000_000, 100_000)]).await.expect("kept");
    assert!(journal.append(vec![replied(0, now, 1_000_000, 100_000)]).await.is_err(), "the number is taken");
    let unknown = Spent { model: "openai:no-such".into(), input_tokens: 5, output_tokens: 5 };
    let info = async |world: &World| {
        ProcessApi::info(&*world.processes, &world.user("ada"), PidRef { pid }).await.expect("a process")
    };
    let before = info(&world).await;
    assert_eq!((before.input_tokens, before.output_tokens), (Some(1_000_000), Some(100_000)));
    assert_eq!((before.cost_usd, before.last_action.as_deref()), (Some(2.8), Some("so")));

    let world = world.restarted(2).await;
    let after = info(&world).await;
    assert_eq!((after.cost_usd, after.last_action.as_deref()), (Some(2.8), Some("so")));
    let told = Told { spent: Some(unknown), ..told(1, TrajectoryKind::Thought, "hm") };
    world.processes.journal(pid).append(vec![line(1, Some(told))]).await.expect("kept");
    assert_eq!(info(&world).await.cost_usd, None, "what is not known in part is not known");
    let usage = ResourceApi::get_usage(&*world.processes, &world.user("ada"), PidRef { pid }).await.expect("usage");
    assert_eq!((usage.total_input_tokens, usage.estimated_cost_usd), (1_000_005, 2.8));

    world.signal(pid, Signal::SigKill).await;
    let ended = info(&world).await;
    assert_eq!((ended.input_tokens, ended.outcome), (Some(1_000_005), Some(Outcome::Aborted)));
    let own = ResourceApi::get_summary(&*world.processes, &world.user("ada"), Empty {}).await.expect("a summary");
    assert_eq!(own.iter().map(|usage| usage.pid).collect::<Vec<_>>(), [pid]);
    let strange = ResourceApi::get_summary(&*world.processes, &world.user("bob"), Empty {}).await.expect("a summary");
    assert!(strange.is_empty());
    // The other reply was told of at a time long ago.
    assert_eq!(days_of(&world, "ada").await, [(1_000_000, 1)]);
    assert!(days_of(&world, "bob").await.is_empty());
}

async fn days_of(world: &World, user: &str) -> Vec<(u64, u32)> {
    let query = HistoryQuery { days: Some(2), scope: None };
    let days = ResourceApi::history(&*world.processes, &world.user(user), query).await.expect("days");
    days.iter().map(|day| (day.input_tokens, day.agents)).collect()
}

#[tokio::test]
async fn beyond_a_limit_a_person_is_asked_and_grants_as_much_again() {
    let world = World::new(2).await;
    let config = AgentConfig { goal: "tick".into(), max_tokens: Some(100), ..AgentConfig::default() };
    let pid = world.processes.spawn(&"ada".into(), Pid(0), config).await.expect("spawned").pid;
    assert_eq!(admit(&world, pid).await, Admission::default());
    world.processes.journal(pid).append(vec![replied(0, now_ms(), 100, 20)]).await.expect("kept");
    let excess = admit(&world, pid).await.excess.expect("a limit");
    assert!(excess.action.contains("120 of the 100 tokens"), "{}", excess.action);
    assert!(excess.details.contains("maxTokensPerSession"), "{}", excess.details);

    let request = AskApproval { action: excess.action, details: excess.details, ..ask(pid, &excess.key, None) };
    let processes = world.processes.clone();
    let asking = tokio::spawn(async move { processes.ask(request).await });
    while world.processes.table().entries[&pid].live.waiting.is_empty() {
        tokio::task::yield_now().await;
    }
    let verdict = Verdict { granted: true, reason: None, reply: None };
    world.processes.answer(&world.user("ada").caller.clone(), pid, None, verdict).await.expect("answered");
    assert!(asking.await.expect("ended").expect("an answer").granted);

    // The kernel ends before the loop has heard of it: the answer holds all the same.
    let world = world.restarted(2).await;
    assert_eq!(admit(&world, pid).await, Admission::default());
    let quota = world.processes.quota(pid).await.expect("a quota");
    assert_eq!(quota.max_tokens_per_session, 220, "a hundred more than was used");
    world.processes.journal(pid).append(vec![replied(1, now_ms(), 100, 0)]).await.expect("kept");
    assert!(admit(&world, pid).await.excess.is_some_and(|next| next.key != excess.key), "it is asked anew");
}

#[tokio::test]
async fn limits_are_changed_by_people_alone_and_bind_at_once() {
    let world = World::new(2).await;
    let config = AgentConfig { goal: "tick".into(), max_cost_usd: Some(0.5), ..AgentConfig::default() };
    let pid = world.processes.spawn(&"ada".into(), Pid(0), config).await.expect("spawned").pid;
    let told = world.processes.table().entries[&pid].info();
    assert_eq!((told.max_cost_usd, told.max_tokens), (Some(0.5), None), "as it was deployed, to be deployed so again");
    let set = |quota| SetQuota { pid, quota };
    let change = QuotaChange { max_steps: Some(7), ..QuotaChange::default() };
    assert!(world.processes.set_quota(&world.agent(pid), set(change)).await.is_err(), "not by itself");
    let quota = world.processes.set_quota(&world.user("ada"), set(change)).await.expect("set");
    assert_eq!((quota.max_steps, quota.max_tokens_per_session), (7, 500_000), "what is left out stays");
    let none = QuotaChange { max_steps: Some(0), ..QuotaChange::default() };
    assert!(world.processes.set_quota(&world.user("ada"), set(none)).await.is_err());

    let more = QuotaChange { max_steps: Some(80), ..QuotaChange::default() };
    assert_eq!(world.processes.set_quota(&world.user("ada"), set(more)).await.expect("set").max_steps, 80);
    assert_eq!(world.processes.table().entries[&pid].record.life.extra_steps, 30, "the loop may take as many");

    world.processes.journal(pid).append(vec![replied(0, now_ms(), 250_000, 0)]).await.expect("kept");
    let excess = admit(&world, pid).await.excess.expect("a limit");
    assert!(excess.key.starts_with("limit:maxCostUsd:"), "{}", excess.key);
    let bad = AgentConfig { goal: "tick".into(), max_cost_usd: Some(0.0), ..AgentConfig::default() };
    assert!(matches!(world.processes.spawn(&"ada".into(), Pid(0), bad).await, Err(ProcessError::BadLimit(_))));
}

/// However often they are granted: as many again as were set, and not twice as many each time.
#[tokio::test]
async fn steps_are_granted_as_many_again_each_time() {
    let world = World::new(2).await;
    let pid = world.spawn("ada").await.pid;
    let quota = QuotaChange { max_steps: Some(10), ..QuotaChange::default() };
    world.processes.set_quota(&world.user("ada"), SetQuota { pid, quota }).await.expect("set");
    for allowed in [10, 20, 30] {
        assert_eq!(world.processes.quota(pid).await.expect("a quota").max_steps, allowed);
        let request = AskAdmission { pid, step: Some(allowed) };
        let excess = ResourceApi::admit(&*world.processes, &world.agent(pid), request).await.expect("an answer").excess;
        let excess = excess.expect("a limit");
        assert!(excess.key.starts_with("limit:maxSteps:"), "{}", excess.key);
        let request = AskApproval { action: excess.action, details: excess.details, ..ask(pid, &excess.key, None) };
        let processes = world.processes.clone();
        let asking = tokio::spawn(async move { processes.ask(request).await });
        while world.processes.table().entries[&pid].live.waiting.is_empty() {
            tokio::task::yield_now().await;
        }
        let verdict = Verdict { granted: true, reason: None, reply: None };
        world.processes.answer(&world.user("ada").caller, pid, None, verdict).await.expect("answered");
        assert!(asking.await.expect("ended").expect("an answer").granted);
    }
}

#[tokio::test]
async fn a_trajectory_is_read_in_pages_from_either_end() {
    let world = World::new(2).await;
    let pid = world.spawn("ada").await.pid;
    // Every third entry is one that nobody wants to see.
    let lines = (0..30).map(|n| line(n, (n % 3 != 2).then(|| told(n, TrajectoryKind::Note, "n"))));
    world.processes.journal(pid).append(lines.collect()).await.expect("kept");
    assert_eq!(page(&world, pid, None, None, 3).await, (vec![25, 27, 28], 20), "the newest");
    assert_eq!(page(&world, pid, None, Some(25), 3).await.0, [21, 22, 24], "those before");
    assert_eq!(page(&world, pid, Some(1), None, 3).await.0, [3, 4, 6], "those after");
    assert_eq!(page(&world, pid, Some(28), None, 3).await.0, [0_u64; 0]);
    assert_eq!(page(&world, pid, None, None, u32::MAX).await.0.len(), 20);
}

#[tokio::test]
async fn a_journal_of_an_earlier_version_is_told_from_its_beginning() {
    let world = World::new(2).await;
    let pid = world.spawn("ada").await.pid;
    let journal = world.processes.journal(pid);
    journal.append((0..3).map(|n| line(n, None)).collect()).await.expect("kept");
    journal.append(vec![line(3, Some(told(3, TrajectoryKind::Note, "new")))]).await.expect("kept");
    let query = TrajectoryQuery { pid, after: None, before: None, limit: None };
    let page = AgentApi::trajectory(&*world.processes, &world.user("ada"), query).await.expect("a page");
    let texts: Vec<_> = page.entries.iter().filter_map(|entry| entry.text.as_deref()).collect();
    assert_eq!(texts, ["entry 0", "entry 1", "entry 2", "new"]);
}

#[tokio::test]
async fn an_entry_is_seen_as_an_entity_that_the_event_log_does_not_keep() {
    let world = World::new(2).await;
    let pid = world.spawn("ada").await.pid;
    let viewer = aether_base::Viewer { user: Some("ada".into()), admin: false, session: None };
    let mut seen = world.bus.subscribe(viewer);
    let seq = world.store.seq();
    world.processes.journal(pid).append(vec![replied(0, now_ms(), 1, 1)]).await.expect("kept");
    // What the spawn has set going, its terminal for one, may be told of meanwhile.
    let json = loop {
        let event = seen.next().await.expect("an event");
        let json: serde_json::Value = serde_json::from_str(&event.json).expect("json");
        if json["kind"] == "trajectory" {
            break json;
        }
    };
    assert_eq!((&json["id"], &json["rev"]), (&format!("{pid}/0").into(), &0.into()));
    assert_eq!(json["entity"]["kind"], "thought");
    let kept = world.store.events_since(seq, 100).await.expect("read").expect("there");
    assert!(kept.iter().all(|event| !event.json.contains("\"trajectory\"")));
}
