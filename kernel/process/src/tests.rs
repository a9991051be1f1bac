use std::path::PathBuf;
use std::time::Duration;

use aether_base::caller::{CallerKind, Door};
use aether_base::sandbox::{ExecOutcome, Sandbox, SandboxError, SandboxSpec, ShellSpec, Terminal};
use aether_base::{Caller, Cx};
use aether_protocol::domains::agent::{
    Api as AgentApi, ApprovalKind, AskApproval, Directive, Exec, Finish, Grant, Origin, Outcome, Report,
    TrajectoryEntry, TrajectoryKind,
};
use aether_protocol::domains::org::OrgRole;
use aether_protocol::domains::process::{
    AgentConfig, AgentPhase, Api as ProcessApi, SandboxConfig as SandboxLimits, SandboxType, SendSignal, Signal,
};
use aether_protocol::{Empty, ErrorCode, OrgId, Role, WireError};
use aether_store::Durability;
use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::approvals::Verdict;

mod budgets;
mod family;
mod ipc;
mod organisations;
mod origin;
mod refused;
mod snapshots;
mod spending;

type AtClose = Box<dyn FnOnce() + Send>;

/// A sandbox that runs nothing and remembers what it was told. It can do one thing when it is closed, knows what it was
/// opened from last, and can do one thing while it is opened.
#[derive(Default)]
struct Inert(Mutex<Vec<String>>, Mutex<Option<AtClose>>, Mutex<Option<SandboxSpec>>, Mutex<Option<AtClose>>);

struct InertEngine(Arc<Inert>);

#[async_trait]
impl Engine for InertEngine {
    fn name(&self) -> &'static str {
        "inert"
    }
    async fn open(&self, spec: SandboxSpec) -> std::result::Result<Arc<dyn Sandbox>, SandboxError> {
        self.0.0.lock().expect("lock").push(format!("open {}", spec.home_inside));
        *self.0.2.lock().expect("lock") = Some(spec);
        let at_open = self.0.3.lock().expect("lock").take();
        if let Some(at_open) = at_open {
            at_open();
        }
        Ok(Arc::new(Inside(self.0.clone())))
    }
}

struct Inside(Arc<Inert>);

#[async_trait]
impl Sandbox for Inside {
    async fn exec(
        &self,
        exec: aether_base::sandbox::Exec,
        _cancel: &CancellationToken,
    ) -> std::result::Result<ExecOutcome, SandboxError> {
        self.0.0.lock().expect("lock").push(exec.argv.join(" "));
        Ok(ExecOutcome {
            exit_code: Some(0),
            stdout: b"out".to_vec(),
            stderr: Vec::new(),
            truncated: false,
            timed_out: false,
            duration: Duration::ZERO,
        })
    }
    async fn terminal(&self, _shell: ShellSpec) -> std::result::Result<Terminal, SandboxError> {
        tokio::task::yield_now().await;
        Err(SandboxError::Closed)
    }
    async fn set_network(&self, on: bool) -> std::result::Result<(), SandboxError> {
        self.0.0.lock().expect("lock").push(format!("network {on}"));
        Ok(())
    }
    fn signal(&self, signal: Signal) {
        self.0.0.lock().expect("lock").push(format!("{signal:?}"));
    }
    fn set_nice(&self, nice: u8) {
        self.0.0.lock().expect("lock").push(format!("nice {nice}"));
    }
    fn usage(&self) -> Option<(Duration, u64)> {
        None
    }
    async fn close(&self) {
        self.0.0.lock().expect("lock").push("close".to_owned());
        let at_close = self.0.1.lock().expect("lock").take();
        if let Some(at_close) = at_close {
            at_close();
        }
    }
}

struct Ports(PathBuf);

#[async_trait]
impl Homes for Ports {
    async fn agent_home(&self, pid: Pid) -> aether_base::Result<PathBuf> {
        Ok(self.0.join(pid.uid()))
    }
    async fn user_home(&self, _user: &UserId) -> aether_base::Result<(PathBuf, String)> {
        Ok((self.0.join("ada"), "ada".to_owned()))
    }
}

#[async_trait]
impl Models for Ports {
    async fn check(&self, _user: &UserId, model: Option<&str>) -> std::result::Result<(), WireError> {
        if model == Some("local") {
            // Somebody has to be asked what it is.
            tokio::task::yield_now().await;
        }
        if model == Some("none") { Err(WireError::invalid("No such model.")) } else { Ok(()) }
    }
}

/// In `acme`, ada is a member and eve a viewer.
impl Memberships for Ports {
    fn role(&self, user: &UserId, org: &OrgId) -> Option<OrgRole> {
        match (user.as_str(), org.as_str()) {
            ("ada", "acme") => Some(OrgRole::Member),
            ("eve", "acme") => Some(OrgRole::Viewer),
            // Who may start agents there; who sees them is said by the tests themselves.
            ("ada" | "bob" | "eve", "org") => Some(OrgRole::Member),
            _ => None,
        }
    }
}

impl Teller for Ports {
    fn tell_all(&self, entries: &[String]) -> std::result::Result<Vec<Told>, String> {
        Ok(entries.iter().enumerate().map(|(n, text)| told(n as u64, TrajectoryKind::Note, text)).collect())
    }
    fn restored(&self, from: Pid, pid: Pid, _at: u64) -> std::result::Result<String, String> {
        Ok(format!("{from} goes on as {pid}"))
    }
}

fn told(n: u64, kind: TrajectoryKind, text: &str) -> Told {
    let entry = TrajectoryEntry::new(n, 1_000 + n, 1, kind, Origin::Kernel);
    Told { entry: TrajectoryEntry { text: Some(text.into()), ..entry }, brief: Some(text.into()), spent: None }
}

struct World {
    folder: tempfile::TempDir,
    bus: Arc<Bus>,
    engine: Arc<Inert>,
    processes: Arc<Processes>,
    launches: mpsc::UnboundedReceiver<Launch>,
    store: Arc<Store>,
}

impl World {
    async fn new(max_active: usize) -> World {
        World::open(tempfile::tempdir().expect("a folder"), max_active).await
    }

    async fn open(folder: tempfile::TempDir, max_active: usize) -> World {
        let bus = Arc::new(Bus::default());
        let store =
            Store::open(&folder.path().join("kernel.db"), Durability::Full, MIGRATIONS, bus.clone()).expect("store");
        bus.attach_log(store.clone());
        let engine = Arc::new(Inert::default());
        let ports = Arc::new(Ports(folder.path().to_owned()));
        let (processes, launches) = Processes::open(Parts {
            store: store.clone(),
            bus: bus.clone(),
            streams: Arc::default(),
            engine: Arc::new(InertEngine(engine.clone())),
            host: Arc::new(InertEngine(engine.clone())),
            homes: ports.clone(),
            models: ports.clone(),
            memberships: ports.clone(),
            teller: ports,
            process: ProcessConfig {
                max_active,
                max_processes: 4,
                max_active_per_user: 3,
                max_children: 2,
                max_depth: 2,
                max_tokens_per_org_day: Some(5_000),
                ..ProcessConfig::default()
            },
            sandbox: SandboxConfig::default(),
        })
        .await
        .expect("processes");
        processes.recover(|_| true).await.expect("recovered");
        World { folder, bus, engine, processes, launches, store }
    }

    /// The same world after the kernel was closed and started again.
    async fn restarted(self, max_active: usize) -> World {
        self.processes.shut_down().await;
        self.store.close().await;
        World::open(self.folder, max_active).await
    }

    fn user(&self, name: &str) -> Cx {
        let kind = CallerKind::User { user: name.into(), username: name.into(), role: Role::User };
        self.cx(Caller { kind, door: Door::WebSocket, session: None, token: None })
    }

    fn agent(&self, pid: Pid) -> Cx {
        self.cx(Caller::agent(pid, "ada".into()))
    }

    fn cx(&self, caller: Caller) -> Cx {
        Cx { caller: Arc::new(caller), bus: self.bus.clone() }
    }

    async fn spawn(&self, user: &str) -> aether_protocol::domains::process::Spawned {
        let config = AgentConfig { goal: "tick".into(), ..AgentConfig::default() };
        self.processes.spawn(&user.into(), Pid(0), config).await.expect("spawned")
    }

    async fn report(&self, pid: Pid, state: ProcessState, phase: AgentPhase) {
        let report = Report { pid, state, phase, step: None, model: None, waiting_for: None };
        AgentApi::report(&*self.processes, &self.agent(pid), report).await.expect("reported");
    }

    async fn signal(&self, pid: Pid, signal: Signal) {
        ProcessApi::signal(&*self.processes, &self.user("ada"), SendSignal { pid, signal }).await.expect("signalled");
    }

    fn state(&self, pid: Pid) -> Option<ProcessState> {
        self.processes.table().entries.get(&pid).map(|entry| entry.record.life.state)
    }

    fn told(&self) -> Vec<String> {
        self.engine.0.lock().expect("lock").clone()
    }
}

fn ask(pid: Pid, call: &str, grant: Option<Grant>) -> AskApproval {
    AskApproval {
        pid,
        call_id: call.into(),
        kind: ApprovalKind::Action,
        action: "do it".into(),
        details: "{}".into(),
        grant,
    }
}

#[tokio::test]
async fn a_full_house_queues_and_starts_the_first_in_line_when_a_place_is_free() {
    let mut world = World::new(1).await;
    let first = world.spawn("ada").await;
    let (second, third) = (world.spawn("ada").await, world.spawn("ada").await);
    assert_eq!((first.queued, second.position, third.position), (None, Some(1), Some(2)));
    let urgent = aether_protocol::domains::process::SetPriority { pid: third.pid, priority: 1 };
    world.processes.set_priority(&world.user("ada"), urgent).await.expect("set");
    assert_eq!(world.launches.try_recv().expect("a launch").pid, first.pid);
    assert!(world.launches.try_recv().is_err());

    let finish = Finish { pid: first.pid, outcome: Outcome::Success, exit_code: 0, summary: "done".into() };
    AgentApi::finish(&*world.processes, &world.agent(first.pid), finish).await.expect("finished");
    assert_eq!(world.launches.try_recv().expect("a launch").pid, third.pid, "the more urgent one goes first");
    assert_eq!(world.state(first.pid), None, "what has ended is reaped");
    let queue = world.processes.get_queue(&world.user("ada"), Empty {}).await.expect("a queue");
    assert_eq!(queue.iter().map(|queued| queued.pid).collect::<Vec<_>>(), [second.pid]);
}

#[tokio::test]
async fn only_a_full_table_is_an_error() {
    let world = World::new(1).await;
    for _ in 0..4 {
        world.spawn("ada").await;
    }
    let config = AgentConfig { goal: "one more".into(), ..AgentConfig::default() };
    let refused = world.processes.spawn(&"ada".into(), Pid(0), config).await;
    assert!(matches!(refused, Err(ProcessError::TableFull(4))));
}

#[tokio::test]
async fn an_agent_without_a_goal_or_with_an_unknown_model_is_refused() {
    let world = World::new(1).await;
    let ada = UserId::from("ada");
    let refused = |config| world.processes.spawn(&ada, Pid(0), config);
    assert!(matches!(refused(AgentConfig::default()).await, Err(ProcessError::NoGoal)));
    let model = Some("none".to_owned());
    let config = AgentConfig { goal: "x".into(), model, ..AgentConfig::default() };
    assert!(refused(config).await.is_err());
    let config = AgentConfig { goal: "x".into(), max_tokens: Some(0), ..AgentConfig::default() };
    assert!(matches!(refused(config).await, Err(ProcessError::BadLimit("maxTokens"))));
}

#[tokio::test]
async fn pids_are_never_given_twice_and_what_ran_runs_again() {
    let world = World::new(1).await;
    let (first, second) = (world.spawn("ada").await, world.spawn("ada").await);
    world.signal(first.pid, Signal::SigKill).await;
    let mut world = world.restarted(1).await;
    assert_eq!(world.launches.try_recv().expect("a launch").pid, second.pid);
    let third = world.spawn("ada").await;
    assert!(third.pid > second.pid && third.queued == Some(true));
    assert_eq!(world.processes.owner(first.pid), Owner::user("ada".into()), "the dead still have an owner");
}

#[tokio::test]
async fn signals_reach_the_loop_and_the_sandbox() {
    let mut world = World::new(1).await;
    let pid = world.spawn("ada").await.pid;
    let launch = world.launches.try_recv().expect("a launch");
    world.report(pid, ProcessState::Running, AgentPhase::Executing).await;
    let exec = Exec { pid, call_id: "c".into(), command: "true".into(), timeout_seconds: None, network: None };
    world.processes.exec(exec).await.expect("run");
    world.signal(pid, Signal::SigStop).await;
    assert_eq!((*launch.directive.borrow(), world.state(pid)), (Directive::Pause, Some(ProcessState::Stopped)));
    world.signal(pid, Signal::SigCont).await;
    assert_eq!((*launch.directive.borrow(), world.state(pid)), (Directive::Run, Some(ProcessState::Running)));
    world.signal(pid, Signal::SigInt).await;
    world.signal(pid, Signal::SigKill).await;
    assert!(launch.cancel.is_cancelled());
    let told = world.told();
    assert_eq!(&told[told.len() - 4..], ["SigStop", "SigCont", "SigInt", "close"]);
}

#[tokio::test]
async fn an_approval_is_asked_answered_once_and_found_again_after_a_restart() {
    let world = World::new(1).await;
    let pid = world.spawn("ada").await.pid;
    let asking = {
        let processes = world.processes.clone();
        tokio::spawn(async move { processes.ask(ask(pid, "t1c0", None)).await })
    };
    world.asked(pid).await;
    let world = world.restarted(1).await;
    assert!(asking.await.expect("joined").is_err(), "the first kernel went away");

    let asking = {
        let processes = world.processes.clone();
        tokio::spawn(async move { processes.ask(ask(pid, "t1c0", None)).await })
    };
    let refuse = aether_protocol::domains::process::Reject { pid, reason: Some("no".into()), approval_id: None };
    world.processes.reject(&world.user("ada"), refuse.clone()).await.expect("refused");
    let again = world.processes.ask(ask(pid, "t1c0", None)).await.expect("answered");
    assert_eq!((again.granted, again.reason.as_deref()), (false, Some("no")));
    assert!(world.processes.reject(&world.user("ada"), refuse).await.is_err(), "nothing is open any more");
    asking.abort();
}

#[tokio::test]
async fn the_network_is_asked_for_once_a_run_and_a_refusal_holds() {
    let world = World::new(2).await;
    let pid = world.spawn("ada").await.pid;
    let exec = |pid, network| Exec { pid, call_id: "c".into(), command: "curl".into(), timeout_seconds: None, network };
    assert!(matches!(
        world.processes.exec(exec(pid, Some(true))).await,
        Err(ProcessError::NeedsApproval { grant: Grant::Network, .. })
    ));
    let granted = world.store_approval(pid, true).await;
    assert!(granted);
    world.processes.exec(exec(pid, Some(true))).await.expect("allowed");
    assert!(world.told().contains(&"network true".to_owned()));

    let other = world.spawn("ada").await.pid;
    world.store_approval(other, false).await;
    assert!(matches!(world.processes.exec(exec(other, Some(true))).await, Err(ProcessError::Refused(_))));
    world.processes.exec(exec(other, None)).await.expect("without network");
    assert_eq!(world.told().last().map(String::as_str), Some("/bin/bash -c curl"));
}

impl World {
    /// Waits until a request of this process is open and kept.
    async fn asked(&self, pid: Pid) {
        let query = aether_protocol::domains::agent::ApprovalsQuery { pid: Some(pid) };
        while self.processes.approvals(&self.user("ada"), query.clone()).await.expect("approvals").is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(self.state(pid), Some(ProcessState::Sleeping));
    }

    /// Asks for the network and answers at once.
    async fn store_approval(&self, pid: Pid, grant: bool) -> bool {
        let asking = {
            let processes = self.processes.clone();
            tokio::spawn(async move { processes.ask(ask(pid, "net", Some(Grant::Network))).await })
        };
        self.asked(pid).await;
        let verdict = approvals::Verdict { granted: grant, reason: None, reply: None };
        self.processes.answer(&self.user("ada").caller, pid, None, verdict).await.expect("answered");
        asking.await.expect("joined").expect("an answer").granted
    }
}

#[tokio::test]
async fn the_journal_keeps_order_refuses_a_second_writer_and_feeds_the_timeline() {
    let world = World::new(1).await;
    let pid = world.spawn("ada").await.pid;
    let journal = world.processes.journal(pid);
    let thought = aether_protocol::domains::agent::event::Thought { pid, thought: "hm".into() };
    let line = |n| JournalLine {
        told: None,
        n,
        entry: format!("{{\"n\":{n}}}"),
        parts: vec![("hash".into(), b"bytes".to_vec())],
        events: vec![thought.clone().into()],
        step: 3,
    };
    journal.append(vec![line(0), line(1)]).await.expect("kept");
    assert_eq!(journal.append(vec![line(1)]).await, Err(aether_store::StoreError::Exists));
    assert_eq!(journal.load().await.expect("read"), [r#"{"n":0}"#, r#"{"n":1}"#]);
    assert_eq!(journal.part("hash".into()).await.expect("read"), Some(b"bytes".to_vec()));
    let query = aether_protocol::domains::agent::TimelineQuery { pid, limit: None, offset: None };
    let timeline = world.processes.timeline(&world.user("ada"), query).await.expect("a timeline");
    assert_eq!((timeline.total, timeline.entries[0].step, timeline.entries[0].content.as_str()), (2, 3, "hm"));
}

#[tokio::test]
async fn an_agent_speaks_only_for_itself() {
    let world = World::new(2).await;
    let (mine, other) = (world.spawn("ada").await.pid, world.spawn("ada").await.pid);
    let finish = Finish { pid: other, outcome: Outcome::Success, exit_code: 0, summary: String::new() };
    assert!(AgentApi::finish(&*world.processes, &world.agent(mine), finish).await.is_err());
    assert!(world.processes.list(&world.user("bob"), Empty {}).await.expect("a list").is_empty());
    assert_eq!(world.processes.list(&world.user("ada"), Empty {}).await.expect("a list").len(), 2);
}

#[tokio::test]
async fn old_runs_are_forgotten_and_their_records_stay() {
    let world = World::new(2).await;
    let (ended, living) = (world.spawn("ada").await.pid, world.spawn("ada").await.pid);
    for pid in [ended, living] {
        let line = JournalLine {
            n: 0,
            entry: "{}".into(),
            parts: vec![("h".into(), b"part".to_vec())],
            ..JournalLine::default()
        };
        world.processes.journal(pid).append(vec![line]).await.expect("journalled");
    }
    world.signal(ended, Signal::SigKill).await;
    assert_eq!(world.processes.forget_before(0).await.expect("looked"), 0, "it has just ended");
    assert_eq!(world.processes.forget_before(u64::MAX >> 1).await.expect("forgotten"), 1);
    assert_eq!(world.processes.journal(ended).load().await.expect("read").len(), 0);
    assert_eq!(world.processes.journal(ended).part("h".into()).await.expect("read"), None);
    assert_eq!(world.processes.journal(living).load().await.expect("read").len(), 1);
    let info = ProcessApi::info(
        &*world.processes,
        &world.user("ada"),
        aether_protocol::domains::process::PidRef { pid: ended },
    )
    .await
    .expect("its record");
    assert_eq!(info.exit_code, Some(137));
}

#[tokio::test]
async fn a_spawn_that_could_not_be_kept_is_gone() {
    let mut world = World::new(2).await;
    world.store.write(|db| Ok(db.busy_timeout(std::time::Duration::ZERO)?)).await.expect("set");
    let other = aether_store::rusqlite::Connection::open(world.store.path()).expect("a second program");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let config = AgentConfig { goal: "tick".into(), ..AgentConfig::default() };
    assert!(world.processes.spawn(&"ada".into(), Pid(0), config).await.is_err());
    other.execute_batch("ROLLBACK").expect("unlocked");
    assert_eq!(world.processes.counts(&world.user("ada")).created, 0);
    let next = world.spawn("ada").await;
    assert_eq!(world.launches.try_recv().expect("a launch").pid, next.pid);
}

#[tokio::test]
async fn the_bare_host_is_granted_by_administrators_alone() {
    let mut world = World::new(2).await;
    let sandbox = SandboxLimits { kind: Some(SandboxType::Host), ..SandboxLimits::default() };
    let config = AgentConfig { goal: "tick".into(), sandbox: Some(sandbox), ..AgentConfig::default() };
    let pid = world.processes.spawn(&"ada".into(), Pid(0), config).await.expect("spawned").pid;
    world.launches.try_recv().expect("a launch");
    let command = |network| Exec { pid, call_id: "1:0".into(), command: "id".into(), timeout_seconds: None, network };
    let refused = world.processes.exec(command(None)).await.expect_err("nobody was asked");
    let refused = aether_base::Error::from(refused).wire;
    assert_eq!((refused.code, refused.grant.as_deref()), (ErrorCode::ApprovalRequired, Some(&Grant::Host)));
    assert!(world.told().is_empty(), "nothing was opened");

    let processes = world.processes.clone();
    let asking = tokio::spawn(async move { processes.ask(ask(pid, "1:0", Some(Grant::Host))).await });
    let granted = || Verdict { granted: true, reason: None, reply: None };
    while world.processes.table().entries[&pid].live.waiting.is_empty() {
        tokio::task::yield_now().await;
    }
    let admin = |user: &str| {
        let kind = CallerKind::User { user: user.into(), username: user.into(), role: Role::Admin };
        Caller { kind, door: Door::WebSocket, session: None, token: None }
    };
    let id = || Some("apr_2_1".to_owned());
    for (caller, id, expected) in [
        ((*world.user("ada").caller).clone(), id(), "HostByAdmin"),
        (admin("root"), id(), "HostByAdmin"),
        (admin("ada"), None, "Unnamed"),
        ((*world.agent(pid).caller).clone(), id(), "NotAPerson"),
    ] {
        let refused = world.processes.answer(&caller, pid, id, granted()).await.expect_err(expected);
        assert_eq!(format!("{refused:?}"), expected);
    }
    let said = Verdict { reply: Some("no".to_owned()), ..granted() };
    let refused = world.processes.answer(&admin("ada"), pid, id(), said).await;
    assert!(matches!(refused, Err(ProcessError::NotAQuestion)), "an answer is no approval");
    world.processes.answer(&admin("ada"), pid, id(), granted()).await.expect("answered");
    assert!(asking.await.expect("ended").expect("an answer").granted);
    world.processes.exec(command(None)).await.expect("it runs");
    assert_eq!(world.told(), ["open /home/agent_2", "/bin/bash -c id"], "without a word about the network");
}

#[tokio::test]
async fn an_answer_that_could_not_be_kept_leaves_the_question_open_and_a_signal_ends_all_the_same() {
    let mut world = World::new(2).await;
    let pid = world.spawn("ada").await.pid;
    let launch = world.launches.try_recv().expect("a launch");
    let processes = world.processes.clone();
    let asking = tokio::spawn(async move { processes.ask(ask(pid, "1:0", Some(Grant::Network))).await });
    while world.processes.table().entries[&pid].live.waiting.is_empty() {
        tokio::task::yield_now().await;
    }
    world.store.write(|db| Ok(db.busy_timeout(std::time::Duration::ZERO)?)).await.expect("set");
    let other = aether_store::rusqlite::Connection::open(world.store.path()).expect("a second program");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let verdict = || Verdict { granted: true, reason: None, reply: None };
    let caller = world.user("ada").caller.clone();
    assert!(world.processes.answer(&caller, pid, None, verdict()).await.is_err());
    other.execute_batch("ROLLBACK").expect("unlocked");
    world.processes.answer(&caller, pid, None, verdict()).await.expect("it is open still");
    assert!(asking.await.expect("ended").expect("an answer").granted);

    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let kill = SendSignal { pid, signal: Signal::SigKill };
    assert!(ProcessApi::signal(&*world.processes, &world.user("ada"), kill).await.is_err(), "it was not kept");
    assert!(launch.cancel.is_cancelled(), "stop is stop");
    assert_eq!(world.state(pid), None);
    other.execute_batch("ROLLBACK").expect("unlocked");
}

#[tokio::test]
async fn a_message_is_known_to_a_loop_that_starts_again() {
    let mut world = World::new(2).await;
    let pid = world.spawn("ada").await.pid;
    world.launches.try_recv().expect("a launch");
    let said = aether_protocol::domains::agent::SendMessage { pid, content: "look left".into() };
    AgentApi::message(&*world.processes, &world.user("ada"), said).await.expect("kept");
    let mut world = world.restarted(2).await;
    let launch = world.launches.try_recv().expect("a launch");
    assert!(*launch.inbox.borrow() > 0, "the loop is told that there is something to read");
    let _ = &mut world;
}
