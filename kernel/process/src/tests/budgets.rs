//! Budgets as a tree: what an agent spends, those above it spend, and its user's and its organisation's day.

use aether_protocol::domains::resource::{
    Api as ResourceApi, BudgetRef, BudgetScope, DayBudget, Excess, HistoryQuery, OnExceed, QuotaChange, SetBudget,
    SetQuota,
};
use serde_json::Value;

use super::spending::{admit, replied};
use super::*;
use crate::life::Exit;

async fn start(world: &World, ppid: Pid, config: AgentConfig) -> Pid {
    let config = AgentConfig { goal: "tick".into(), ..config };
    world.processes.spawn(&"ada".into(), ppid, config).await.expect("spawned").pid
}

async fn spend(world: &World, pid: Pid, n: u64, tokens: u64) {
    world.processes.journal(pid).append(vec![replied(n, now_ms(), tokens, 0)]).await.expect("kept");
}

/// Ends as one that has reached its goal.
async fn finish(world: &World, pid: Pid) {
    let exit = Exit { code: 0, outcome: Outcome::Success, summary: "done".into(), at: now_ms() };
    world.processes.finish(pid, exit).await.expect("ended");
}

fn details(excess: &Excess) -> Value {
    serde_json::from_str(&excess.details).expect("JSON")
}

/// What stops an agent: whose budget, and which limit.
async fn stopped_by(world: &World, pid: Pid) -> Option<(String, String)> {
    let excess = admit(world, pid).await.excess?;
    let details = details(&excess);
    let text = |name: &str| details[name].as_str().unwrap_or_default().to_owned();
    Some((text("budget"), text("limit")))
}

/// Waits until the agent has asked what it may not exceed.
async fn ask_on(world: &World, pid: Pid) -> tokio::task::JoinHandle<Result<aether_protocol::domains::agent::Answer>> {
    let excess = admit(world, pid).await.excess.expect("a limit");
    let request = AskApproval { action: excess.action, details: excess.details, ..ask(pid, &excess.key, None) };
    let processes = world.processes.clone();
    let asking = tokio::spawn(async move { processes.ask(request).await });
    while world.processes.table().entries[&pid].live.waiting.is_empty() {
        tokio::task::yield_now().await;
    }
    asking
}

fn granted() -> Verdict {
    Verdict { granted: true, reason: None, reply: None }
}

fn admin(world: &World) -> Cx {
    let kind = CallerKind::User { user: "root".into(), username: "root".into(), role: Role::Admin };
    world.cx(Caller { kind, door: Door::WebSocket, session: None, token: None })
}

fn user_scope() -> BudgetScope {
    BudgetScope::User("ada".into())
}

async fn set(world: &World, cx: &Cx, scope: BudgetScope, tokens: Option<u64>) -> aether_base::Result<()> {
    let budget = DayBudget { max_tokens_per_day: tokens, ..DayBudget::default() };
    ResourceApi::set_budget(&*world.processes, cx, SetBudget { scope, budget }).await.map(drop)
}

#[tokio::test]
async fn a_child_spends_what_those_above_it_may_also_when_they_have_ended() {
    let world = World::new(4).await;
    let top = start(&world, Pid(0), AgentConfig { max_tokens: Some(100), ..AgentConfig::default() }).await;
    let middle = start(&world, top, AgentConfig::default()).await;
    let leaf = start(&world, middle, AgentConfig::default()).await;
    let other = start(&world, Pid(0), AgentConfig::default()).await;
    spend(&world, top, 0, 30).await;
    spend(&world, middle, 0, 30).await;
    assert_eq!(stopped_by(&world, leaf).await, None);
    spend(&world, leaf, 0, 40).await;
    let excess = admit(&world, leaf).await.excess.expect("a limit");
    assert!(excess.action.contains(&format!("Agent {top}, which it comes of")), "{}", excess.action);
    assert_eq!((&details(&excess)["pid"], &details(&excess)["used"]), (&top.0.into(), &100.0.into()));
    for pid in [middle, leaf] {
        assert_eq!(stopped_by(&world, pid).await.expect("a limit").0, "parent");
    }
    assert_eq!(stopped_by(&world, top).await.expect("a limit").0, "agent");
    assert_eq!(stopped_by(&world, other).await, None, "it comes of none of them");

    // What is above may end, and the kernel too.
    finish(&world, middle).await;
    finish(&world, top).await;
    assert_eq!(stopped_by(&world, leaf).await.expect("a limit").0, "parent");
    let world = world.restarted(4).await;
    let excess = admit(&world, leaf).await.excess.expect("a limit");
    assert_eq!((&details(&excess)["pid"], &details(&excess)["used"]), (&top.0.into(), &100.0.into()));

    // The owner allows the ended one as much again, on disk too.
    let asking = ask_on(&world, leaf).await;
    world.processes.answer(&world.user("ada").caller, leaf, None, granted()).await.expect("answered");
    assert!(asking.await.expect("ended").expect("an answer").granted);
    let world = world.restarted(4).await;
    assert_eq!(stopped_by(&world, leaf).await, None);
    spend(&world, leaf, 1, 100).await;
    assert_eq!(stopped_by(&world, leaf).await.expect("a limit").0, "parent");

    // When nobody is left of a tree, nothing is remembered of it.
    finish(&world, leaf).await;
    let table = world.processes.table();
    assert!(table.tree.ended.is_empty() && table.tree.below.is_empty(), "{:?}", table.tree);
}

#[tokio::test]
async fn what_a_child_has_used_counts_on_when_it_has_ended() {
    let world = World::new(4).await;
    let top = start(&world, Pid(0), AgentConfig { max_tokens: Some(100), ..AgentConfig::default() }).await;
    for n in 0..2 {
        let child = start(&world, top, AgentConfig::default()).await;
        spend(&world, child, 0, 50).await;
        assert_eq!(stopped_by(&world, top).await.is_some(), n == 1);
        finish(&world, child).await;
    }
    let world = world.restarted(4).await;
    assert_eq!(stopped_by(&world, top).await.expect("a limit").0, "agent");
}

#[tokio::test]
async fn a_reply_that_could_not_be_kept_is_spent_by_nobody() {
    let world = World::new(2).await;
    let pid = start(&world, Pid(0), AgentConfig::default()).await;
    spend(&world, pid, 0, 60).await;
    let again = world.processes.journal(pid).append(vec![replied(0, now_ms(), 60, 0)]).await;
    assert!(again.is_err(), "the number is taken");
    assert_eq!(world.processes.budget(&user_scope()).used_tokens, 60);
    let world = world.restarted(2).await;
    assert_eq!(world.processes.budget(&user_scope()).used_tokens, 60);
}

#[tokio::test]
async fn a_users_day_binds_all_its_agents_and_only_administrators_allow_more() {
    let world = World::new(4).await;
    let (one, two) =
        (start(&world, Pid(0), AgentConfig::default()).await, start(&world, Pid(0), AgentConfig::default()).await);
    set(&world, &admin(&world), user_scope(), Some(100)).await.expect("set");
    spend(&world, one, 0, 100).await;
    assert_eq!(stopped_by(&world, two).await, Some(("user".into(), "maxTokensPerDay".into())));
    let excess = admit(&world, two).await.excess.expect("a limit");
    assert!(excess.action.contains("midnight (UTC)"), "{}", excess.action);
    assert_eq!(details(&excess)["renewsAt"], world.processes.budget(&user_scope()).renews_at);

    // Its owner does not raise what an administrator has set, and may go below.
    let asking = ask_on(&world, two).await;
    let refusal = world.processes.answer(&world.user("ada").caller, two, None, granted()).await;
    assert!(matches!(refusal, Err(ProcessError::NotTheirs)), "{refusal:?}");
    assert!(set(&world, &world.user("ada"), user_scope(), Some(101)).await.is_err());
    set(&world, &world.user("ada"), user_scope(), Some(40)).await.expect("less");
    assert!(set(&world, &world.agent(one), user_scope(), Some(1)).await.is_err(), "agents set nothing");
    let budget = world.processes.budget(&user_scope());
    assert_eq!((budget.today.max_tokens_per_day, budget.ceiling.max_tokens_per_day), (Some(40), Some(100)));

    // An administrator allows more, and whoever waits goes on by itself.
    set(&world, &world.user("ada"), user_scope(), None).await.expect("as before");
    set(&world, &admin(&world), user_scope(), Some(300)).await.expect("set");
    assert!(asking.await.expect("ended").expect("an answer").granted);
    assert_eq!(stopped_by(&world, two).await, None);

    // What the user has set alone it may raise by an approval, and it is kept.
    set(&world, &world.user("ada"), user_scope(), Some(90)).await.expect("less");
    let asking = ask_on(&world, one).await;
    world.processes.answer(&world.user("ada").caller, one, None, granted()).await.expect("answered");
    assert!(asking.await.expect("ended").expect("an answer").granted);
    let world = world.restarted(4).await;
    let budget =
        ResourceApi::get_budget(&*world.processes, &world.user("ada"), BudgetRef { scope: user_scope() }).await;
    let budget = budget.expect("a budget");
    assert_eq!((budget.today.max_tokens_per_day, budget.used_tokens), (Some(190), 100));
    assert_eq!(stopped_by(&world, one).await, None);
}

#[tokio::test]
async fn an_organisation_pays_for_what_comes_of_its_agents() {
    let world = World::new(4).await;
    let org = || Some(OrgId::from("acme"));
    let top = start(&world, Pid(0), AgentConfig { org_id: org(), ..AgentConfig::default() }).await;
    let child = start(&world, top, AgentConfig::default()).await;
    let other = start(&world, Pid(0), AgentConfig::default()).await;
    spend(&world, child, 0, 5_000).await;
    assert_eq!(stopped_by(&world, top).await, Some(("org".into(), "maxTokensPerDay".into())), "the kernel's default");
    assert_eq!(stopped_by(&world, other).await, None, "the user's day is another");
    let scope = BudgetScope::Org("acme".into());
    assert_eq!(world.processes.budget(&scope).used_tokens, 5_000);
    let asking = ask_on(&world, child).await;
    let refusal = world.processes.answer(&world.user("ada").caller, child, None, granted()).await;
    assert!(matches!(refusal, Err(ProcessError::NotTheirs)), "a member manages no budget: {refusal:?}");
    world.processes.answer(&admin(&world).caller, child, None, granted()).await.expect("answered");
    assert!(asking.await.expect("ended").expect("an answer").granted);
    assert_eq!(world.processes.budget(&scope).today.max_tokens_per_day, Some(10_000));

    let world = world.restarted(4).await;
    assert_eq!(stopped_by(&world, child).await, None);
    let query = HistoryQuery { days: Some(1), scope: Some(scope) };
    let days = ResourceApi::history(&*world.processes, &world.user("ada"), query).await.expect("days");
    assert_eq!((days[0].input_tokens, days[0].agents), (5_000, 1));
}

#[tokio::test]
async fn a_policy_to_kill_asks_nobody_and_owners_do_not_loosen_what_administrators_set() {
    let world = World::new(4).await;
    let pid = start(&world, Pid(0), AgentConfig::default()).await;
    let change = |cx: Cx, quota: QuotaChange| {
        let processes = world.processes.clone();
        async move { ResourceApi::set_quota(&*processes, &cx, SetQuota { pid, quota }).await }
    };
    let of_day = |tokens| QuotaChange { max_tokens_per_day: Some(tokens), ..QuotaChange::default() };
    let refusal = change(world.user("ada"), of_day(2_000_001)).await.expect_err("above the kernel's");
    assert_eq!(refusal.wire.code, ErrorCode::Forbidden);
    change(world.user("ada"), of_day(500)).await.expect("below it");
    change(world.user("ada"), of_day(1_000)).await.expect("her own again");
    change(admin(&world), of_day(800)).await.expect("an administrator's");
    assert!(change(world.user("ada"), of_day(900)).await.is_err());

    spend(&world, pid, 0, 800).await;
    let asking = ask_on(&world, pid).await;
    let refusal = world.processes.answer(&world.user("ada").caller, pid, None, granted()).await;
    assert!(matches!(refusal, Err(ProcessError::NotTheirs)), "{refusal:?}");
    world.processes.answer(&admin(&world).caller, pid, None, granted()).await.expect("answered");
    assert!(asking.await.expect("ended").expect("an answer").granted);
    assert_eq!(stopped_by(&world, pid).await, None);

    let kill = QuotaChange { on_exceed: Some(OnExceed::Kill), max_cost_usd: Some(0.001), ..QuotaChange::default() };
    let quota = change(admin(&world), kill).await.expect("set");
    assert_eq!((quota.on_exceed, quota.max_cost_usd), (OnExceed::Kill, Some(0.001)));
    let lenient = QuotaChange { on_exceed: Some(OnExceed::Ask), ..QuotaChange::default() };
    assert!(change(world.user("ada"), lenient).await.is_err());
    let excess = admit(&world, pid).await.excess.expect("a limit");
    assert!(excess.kill && excess.key.starts_with("limit:maxCostUsd"), "{excess:?}");

    let child = start(&world, pid, AgentConfig::default()).await;
    assert!(admit(&world, child).await.excess.expect("a limit").kill, "the parent's policy holds at its limit");
}
