use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use aether_base::caller::Door;
use aether_base::{Clock, Viewer};
use aether_protocol::Role;
use aether_protocol::domains::cron::{CatchUp, CreateJob, Overlap};
use aether_protocol::domains::process::AgentConfig;
use aether_protocol::domains::trigger::CreateTrigger;
use aether_store::{Durability, Migration};
use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::*;

mod expressions;
mod jobs;
mod triggers;

/// Monday, 2 March 2026, 08:59:30 in UTC.
const MORNING: u64 = 1_772_441_970_000;
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const DAY: u64 = 24 * 60 * MINUTE;

/// Users as identity keeps them, as far as a schedule refers to them.
const USERS: &[Migration] =
    &[Migration { owner: "users", number: 1, sql: "CREATE TABLE users (id TEXT PRIMARY KEY) STRICT" }];

/// A clock that stands still until it is set.
struct HandClock(watch::Sender<u64>);

impl Clock for HandClock {
    fn now_ms(&self) -> u64 {
        *self.0.borrow()
    }
}

#[async_trait]
impl Alarm for HandClock {
    async fn reached(&self, at: u64) {
        let _ = self.0.subscribe().wait_for(|now| *now >= at).await;
    }
}

/// What was asked for: whose agent, and with which configuration.
type Asked = (UserId, AgentConfig);
/// How an agent is to be started; held back where there is none.
type Answers = mpsc::UnboundedReceiver<std::result::Result<Pid, WireError>>;

/// Agents that a test starts and ends by hand.
struct Hand {
    asked: mpsc::UnboundedSender<Asked>,
    answers: tokio::sync::Mutex<Answers>,
    living: Mutex<HashSet<Pid>>,
    /// Agents by the run they were started for, as the process table keeps them.
    started: Mutex<HashMap<String, Pid>>,
}

#[async_trait]
impl Agents for Hand {
    async fn spawn(&self, owner: &UserId, config: AgentConfig) -> std::result::Result<Pid, WireError> {
        let _ = self.asked.send((owner.clone(), config));
        match self.answers.lock().await.recv().await {
            Some(answer) => answer,
            // The kernel is gone.
            None => std::future::pending().await,
        }
    }

    async fn started(&self, _owner: &UserId, run: &str) -> std::result::Result<Option<Pid>, WireError> {
        Ok(self.started.lock().expect("lock").get(run).copied())
    }

    fn is_living(&self, pid: Pid) -> bool {
        self.living.lock().expect("lock").contains(&pid)
    }
}

/// Everybody, and whether `root` is an administrator.
struct People(AtomicBool);

impl Users for People {
    fn find(&self, name: &str) -> Option<UserId> {
        ["ada", "bob", "root"].contains(&name).then(|| UserId::from(name))
    }

    fn viewer(&self, user: &UserId) -> Option<Viewer> {
        let admin = user.as_str() == "root" && self.0.load(Ordering::Relaxed);
        self.find(user.as_str()).map(|user| Viewer { user: Some(user), admin, session: None })
    }
}

/// A schedule in a kernel of its own.
struct World {
    folder: Arc<tempfile::TempDir>,
    store: Arc<Store>,
    bus: Arc<Bus>,
    clock: Arc<HandClock>,
    people: Arc<People>,
    schedule: Arc<Schedule>,
    hand: Arc<Hand>,
    asked: mpsc::UnboundedReceiver<Asked>,
    answers: mpsc::UnboundedSender<std::result::Result<Pid, WireError>>,
    /// What administrators are told.
    told: Subscription,
}

impl World {
    fn agents(&self) -> Arc<dyn Agents> {
        self.hand.clone()
    }

    async fn new() -> World {
        let world = World::open(Arc::new(tempfile::tempdir().expect("a folder")), MORNING).await;
        let users = |db: &aether_store::rusqlite::Connection| {
            db.execute_batch("INSERT INTO users VALUES ('ada'), ('bob'), ('root')")?;
            Ok(())
        };
        world.store.write(users).await.expect("kept");
        world.schedule.start(&world.agents());
        world
    }

    /// A kernel on this folder at this time, whose schedule has not started.
    async fn open(folder: Arc<tempfile::TempDir>, now: u64) -> World {
        let bus = Arc::new(Bus::default());
        let migrations = [USERS, MIGRATIONS].concat();
        let path: &Path = &folder.path().join("kernel.db");
        let store = Store::open(path, Durability::Normal, &migrations, bus.clone()).expect("a store");
        bus.attach_log(store.clone());
        let clock = Arc::new(HandClock(watch::Sender::new(now)));
        let limits = ScheduleConfig { max_jobs_per_user: 3, max_triggers_per_user: 3, min_interval_seconds: 60 };
        let people = Arc::new(People(AtomicBool::new(true)));
        let parts =
            Parts { store: store.clone(), bus: bus.clone(), users: people.clone(), alarm: clock.clone(), limits };
        let told = bus.subscribe(Viewer { user: None, admin: true, session: None });
        let schedule = Schedule::open(parts).await.expect("opened");
        let (asked_sender, asked) = mpsc::unbounded_channel();
        let (answers, answered) = mpsc::unbounded_channel();
        let hand = Arc::new(Hand {
            asked: asked_sender,
            answers: tokio::sync::Mutex::new(answered),
            living: Mutex::default(),
            started: Mutex::default(),
        });
        World { folder, store, bus, clock, people, schedule, hand, asked, answers, told }
    }

    /// The kernel dies, and another one starts at this time. What `started` says had been started.
    async fn again(self, now: u64, started: &[(&str, Pid)]) -> World {
        self.store.close().await;
        let world = World::open(self.folder, now).await;
        let known = started.iter().map(|(run, pid)| ((*run).to_owned(), *pid));
        world.hand.started.lock().expect("lock").extend(known);
        world.schedule.start(&world.agents());
        world
    }

    fn set_clock(&self, now: u64) {
        self.clock.0.send_replace(now);
    }

    /// Waits until an agent is asked for, starts it, and answers with what it was asked for.
    async fn start_next(&mut self, pid: u64) -> Asked {
        let asked = self.asked.recv().await.expect("asked");
        self.hand.living.lock().expect("lock").insert(Pid(pid));
        self.answers.send(Ok(Pid(pid))).expect("answered");
        asked
    }

    /// An agent ends, as its event tells.
    fn end(&self, owner: &str, pid: u64) {
        self.hand.living.lock().expect("lock").remove(&Pid(pid));
        self.happen(owner, aether_protocol::domains::process::event::Exit { pid: Pid(pid), code: 0, signal: None });
    }

    /// Something happens that this user may see.
    fn happen(&self, owner: &str, event: impl Into<Event>) {
        let audience = Audience::User { user: owner.into(), org: None };
        self.bus.append(vec![Bus::prepare_to(&event.into(), audience)]);
    }

    /// The next event of this type.
    async fn wait(&mut self, wire: &str) -> Value {
        loop {
            let event = self.told.next().await.expect("an event");
            if event.wire == wire {
                return serde_json::from_str(&event.json).expect("JSON");
            }
        }
    }

    /// What a job or a trigger is, as it is told next.
    async fn wait_changed(&mut self, is: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.wait("entity.changed").await;
            if is(&event["entity"]) {
                return event["entity"].clone();
            }
        }
    }
}

fn caller(name: &str, role: Role) -> Caller {
    let kind = CallerKind::User { user: name.into(), username: name.to_owned(), role };
    Caller { kind, ..Caller::anonymous(Door::Rest) }
}

fn ada() -> Caller {
    caller("ada", Role::User)
}

fn config(goal: &str) -> AgentConfig {
    serde_json::from_value(json!({ "role": "Coder", "goal": goal })).expect("a configuration")
}

fn job(expression: &str) -> CreateJob {
    CreateJob {
        name: "probe".to_owned(),
        cron_expression: expression.to_owned(),
        agent_config: config("tick"),
        owner_uid: None,
        time_zone: None,
        catch_up: None,
        overlap: None,
        jitter_seconds: None,
    }
}

fn trigger(event_type: &str) -> CreateTrigger {
    CreateTrigger {
        name: "probe".to_owned(),
        event_type: event_type.to_owned(),
        agent_config: config("look"),
        owner_uid: None,
        cooldown_ms: None,
        event_filter: None,
    }
}

/// The run an agent was started for.
fn run_of(asked: &Asked) -> String {
    asked.1.extra[SCHEDULED_BY]["run"].as_str().expect("a run").to_owned()
}
