use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aether_base::caller::Door;
use aether_base::{Subscription, Viewer};
use aether_protocol::domains::process::AgentConfig;
use aether_protocol::domains::process::event::Exit;
use aether_protocol::domains::webhook::{CreateInbound, Register};
use aether_protocol::{Pid, Role, WireError};
use aether_store::{Durability, Migration};
use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use super::*;

mod batches;
mod calls;
mod deliveries;

/// The table that rows of webhooks refer to.
const USERS: &[Migration] = &[Migration {
    owner: "users",
    number: 1,
    sql: "CREATE TABLE users (id TEXT PRIMARY KEY) STRICT; INSERT INTO users VALUES ('ada'), ('bob'), ('root');",
}];
/// What the clock shows when a test begins.
const BEGINNING: u64 = 1_700_000_000_000;

/// A clock that goes with the runtime's own, which a test may hold.
struct Hand(Instant);

impl Clock for Hand {
    fn now_ms(&self) -> u64 {
        BEGINNING + u64::try_from(self.0.elapsed().as_millis()).expect("a while")
    }
}

struct Everybody(Mutex<HashSet<String>>);

impl People for Everybody {
    fn find(&self, name: &str) -> Option<UserId> {
        self.0.lock().expect("lock").contains(name).then(|| name.into())
    }

    fn viewer(&self, user: &UserId) -> Option<Viewer> {
        let there = self.0.lock().expect("lock").contains(user.as_str());
        there.then(|| Viewer { user: Some(user.clone()), admin: user.as_str() == "root", session: None })
    }
}

/// Turns every bit around, and knows whose it is.
struct Mirror {
    key: u8,
}

impl Sealing for Mirror {
    fn seal(&self, plain: &[u8], owner: &str) -> std::result::Result<Vec<u8>, WireError> {
        Ok([&[self.key], owner.as_bytes(), plain].concat().iter().map(|byte| !byte).collect())
    }

    fn open(&self, sealed: &[u8], owner: &str) -> Option<Vec<u8>> {
        let plain: Vec<u8> = sealed.iter().map(|byte| !byte).collect();
        plain.strip_prefix(&[self.key])?.strip_prefix(owner.as_bytes()).map(<[u8]>::to_vec)
    }
}

/// Agents that were started. Each takes a while to.
#[derive(Default)]
struct Started {
    agents: Mutex<Vec<(UserId, AgentConfig)>>,
    refuses: AtomicBool,
}

#[async_trait]
impl Agents for Started {
    async fn spawn(&self, owner: &UserId, config: AgentConfig) -> std::result::Result<Pid, WireError> {
        tokio::task::yield_now().await;
        if self.refuses.load(Ordering::Relaxed) {
            return Err(WireError::invalid("There is no room."));
        }
        let mut started = self.agents.lock().expect("lock");
        started.push((owner.clone(), config));
        Ok(Pid(started.len() as u64 + 1))
    }

    async fn started(&self, _owner: &UserId, run: &str) -> std::result::Result<Option<Pid>, WireError> {
        let started = self.agents.lock().expect("lock");
        let place = started.iter().position(|(_, config)| config.extra[ports::CALLED_BY]["run"] == run);
        Ok(place.map(|place| Pid(place as u64 + 2)))
    }

    fn mark(&self, text: &str) -> String {
        format!("<data>{text}</data>")
    }
}

/// One attempt, as a receiver sees it.
struct Sent {
    at: u64,
    post: Post,
}

impl Sent {
    fn header(&self, name: &str) -> &str {
        self.post.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn body(&self) -> Value {
        serde_json::from_str(&self.post.body).expect("JSON")
    }
}

/// Receivers that answer as they are told to, by the path of their address: `fails`, `hangs`, or anything else.
struct Receivers {
    clock: Arc<Hand>,
    sent: UnboundedSender<Sent>,
    /// Of those that fail: how many attempts they refuse still.
    failures: Mutex<HashMap<String, u32>>,
    /// How those that fail do, if not by 500: the status, and how long they want to be left alone.
    refusals: Mutex<HashMap<String, (u16, Option<Duration>)>>,
}

#[async_trait]
impl Sender for Receivers {
    async fn send(&self, post: Post) -> Outcome {
        let path = post.url.path().to_owned();
        let _ = self.sent.send(Sent { at: self.clock.now_ms(), post });
        if path.contains("hangs") {
            std::future::pending::<()>().await;
        }
        let fails = match self.failures.lock().expect("lock").get_mut(&path) {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => path.contains("fails"),
        };
        if !fails {
            return Outcome { status: Some(200), answer: Some("yes".into()), ..Outcome::default() };
        }
        let refusal = self.refusals.lock().expect("lock").get(&path).copied();
        let (status, retry_after) = refusal.unwrap_or((500, None));
        let error = Some(format!("It answered {status}."));
        Outcome { status: Some(status), answer: Some("no".into()), error, retry_after }
    }
}

struct World {
    store: Arc<Store>,
    bus: Arc<Bus>,
    webhooks: Arc<Webhooks>,
    people: Arc<Everybody>,
    started: Arc<Started>,
    receivers: Arc<Receivers>,
    sent: UnboundedReceiver<Sent>,
    root: tempfile::TempDir,
}

impl World {
    async fn new() -> World {
        World::on(tempfile::tempdir().expect("a folder"), 7, Arc::default(), Arc::new(Hand(Instant::now()))).await
    }

    async fn on(root: tempfile::TempDir, key: u8, started: Arc<Started>, clock: Arc<Hand>) -> World {
        let bus = Arc::new(Bus::default());
        let migrations = [USERS, MIGRATIONS].concat();
        let store = Store::open(&root.path().join("k.db"), Durability::Full, &migrations, bus.clone()).expect("opened");
        bus.attach_log(store.clone());
        let (sender, sent) = unbounded_channel();
        let receivers = Arc::new(Receivers {
            clock: clock.clone(),
            sent: sender,
            failures: Mutex::default(),
            refusals: Mutex::default(),
        });
        let people = Arc::new(Everybody(Mutex::new(["ada", "bob", "root"].map(str::to_owned).into())));
        let webhooks = Webhooks::open(Parts {
            store: store.clone(),
            bus: bus.clone(),
            clock,
            people: people.clone(),
            sealing: Arc::new(Mirror { key }),
            agents: started.clone(),
            sender: receivers.clone(),
            settings: Settings { allow_private: false, rate_limit: true },
        })
        .await
        .expect("opened");
        World { store, bus, webhooks, people, started, receivers, sent, root }
    }

    /// Ends this one in order, and begins another on what it left.
    async fn again(self, key: u8) -> World {
        self.webhooks.shut_down().await;
        self.store.close().await;
        World::on(self.root, key, self.started, self.receivers.clock.clone()).await
    }

    async fn register(&self, user: &str, path: &str, more: Value) -> String {
        let mut request = json!({ "url": format!("https://example.com/{path}"), "events": ["process.*"] });
        request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let request: Register = serde_json::from_value(request).expect("a request");
        self.webhooks.register(&person(user), request).await.expect("registered")
    }

    /// Something happens to a process of a user.
    fn happens(&self, user: &str, pid: u64) {
        let event = Exit { pid: Pid(pid), code: 0, signal: None };
        self.bus.append(vec![told(&user.into(), event)]);
    }

    fn looks_on(&self, user: &str) -> Subscription {
        self.bus.subscribe(Viewer { user: Some(user.into()), admin: false, session: None })
    }

    async fn next(&mut self) -> Sent {
        self.sent.recv().await.expect("a delivery")
    }
}

fn person(user: &str) -> Caller {
    let role = if user == "root" { Role::Admin } else { Role::User };
    let kind = CallerKind::User { user: user.into(), username: user.to_owned(), role };
    Caller { kind, ..Caller::anonymous(Door::WebSocket) }
}

/// The next event of a type, as JSON.
async fn event(seen: &mut Subscription, wire: &str) -> Value {
    loop {
        let event = seen.next().await.expect("an event");
        if event.wire == wire {
            return serde_json::from_str(&event.json).expect("JSON");
        }
    }
}
