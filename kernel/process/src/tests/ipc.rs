//! Messages between agents: who reaches whom, how much may wait, and that each is read once.

use aether_base::ports::{Decision, Owner, Owners, Policy};
use aether_protocol::domains::agent::{InboxQuery, SendMessage, UserMessage};
use aether_protocol::domains::ipc::{Api as IpcApi, NewMessage, event};
use aether_protocol::domains::org::Permission;
use aether_protocol::{OrgId, OwnedKind, ResourceId};
use serde_json::{Value, json};

use super::*;

fn message(from: Pid, to: Pid, payload: Value) -> NewMessage {
    NewMessage { from_pid: from, to_pid: to, channel: "chat".into(), payload, key: None }
}

async fn send(world: &World, cx: &Cx, message: NewMessage) -> std::result::Result<String, WireError> {
    let sent = IpcApi::send(&*world.processes, cx, message).await;
    sent.map(|sent| sent.message_id).map_err(|error| error.wire)
}

async fn inbox(world: &World, pid: Pid, after: u64, wait_ms: Option<u64>) -> Vec<UserMessage> {
    let query = InboxQuery { pid, after, wait_ms };
    AgentApi::inbox(&*world.processes, &world.agent(pid), query).await.expect("an answer")
}

/// Journals, as entry number `n`, that the receiver has read these.
async fn read(world: &World, pid: Pid, n: u64, messages: &[UserMessage]) {
    let of = |message: &UserMessage| message.from.as_ref().map(|from| from.message_id.clone());
    let delivered = messages.iter().filter_map(of).map(|id| event::Delivered { messageId: id, toPid: pid }.into());
    let line = JournalLine { n, entry: "{}".into(), events: delivered.collect(), ..JournalLine::default() };
    world.processes.journal(pid).append(vec![line]).await.expect("kept");
}

#[tokio::test]
async fn messages_of_people_and_agents_are_read_in_their_order_and_outlive_a_restart() {
    let world = World::new(4).await;
    let (one, two) = (world.spawn("ada").await.pid, world.spawn("ada").await.pid);
    let ada = world.user("ada");
    let first = send(&world, &ada, message(one, two, json!("look left"))).await.expect("queued");
    let said = SendMessage { pid: two, content: "look right".into() };
    AgentApi::message(&*world.processes, &ada, said).await.expect("queued");
    let last = send(&world, &world.agent(one), message(one, two, json!({ "look": ["up"] }))).await.expect("queued");
    assert!(first.starts_with("msg_") && first.len() == "msg_1795472624411_iktnmw".len() && first != last, "{first}");

    let mut world = world.restarted(4).await;
    let mut launch = world.launches.try_recv().expect("a launch");
    if launch.pid != two {
        launch = world.launches.try_recv().expect("a launch");
    }
    assert!(*launch.inbox.borrow() > 0, "the loop is told that there is something to read");
    let messages = inbox(&world, two, 0, None).await;
    let seen: Vec<_> = messages
        .iter()
        .map(|message| {
            let from = message.from.as_ref().map(|from| (from.message_id.as_str(), from.pid, from.channel.as_str()));
            (message.content.as_str(), from)
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("look left", Some((first.as_str(), one, "chat"))),
            ("look right", None),
            (r#"{"look":["up"]}"#, Some((last.as_str(), one, "chat"))),
        ]
    );
    let waiting = async |world: &World| world.store.read(move |db| crate::ipc::store::waiting(db, two)).await;
    assert_eq!(waiting(&world).await.expect("read").messages, 2);
    read(&world, two, 0, &messages).await;
    assert_eq!(waiting(&world).await.expect("read"), crate::ipc::store::Waiting::default());
    assert!(inbox(&world, two, messages[2].id, None).await.is_empty(), "nothing is read twice");
}

#[tokio::test]
async fn a_full_queue_is_refused_and_takes_more_once_it_has_been_read() {
    let world = World::new(4).await;
    let (one, two) = (world.spawn("ada").await.pid, world.spawn("ada").await.pid);
    let ada = world.user("ada");
    for n in 0..100 {
        send(&world, &ada, message(one, two, json!(n))).await.expect("queued");
    }
    let full = send(&world, &ada, message(one, two, json!("one more"))).await.expect_err("full");
    assert_eq!(full.code, ErrorCode::QuotaExceeded);
    assert!(full.message.contains("agent_") && full.message.contains("100 messages"), "{}", full.message);
    send(&world, &ada, message(two, one, json!("back"))).await.expect("another queue is not full");

    let mut after = 0;
    for n in 0..4 {
        let batch = inbox(&world, two, after, None).await;
        assert_eq!(batch.len(), if n < 3 { 32 } else { 4 }, "a step reads as much as it can bear");
        after = batch.last().expect("some").id;
        read(&world, two, n, &batch).await;
    }
    let large = "x".repeat(1024 * 1024 - 2);
    for _ in 0..4 {
        send(&world, &ada, message(one, two, json!(large))).await.expect("queued");
    }
    let full = send(&world, &ada, message(one, two, json!("x"))).await.expect_err("full");
    assert!(full.code == ErrorCode::QuotaExceeded && full.message.contains("4 MiB"), "{}", full.message);
    let batch = inbox(&world, two, after, None).await;
    assert_eq!((batch.len(), batch[0].content.len()), (1, large.len()), "a large one is read alone");
    read(&world, two, 4, &batch).await;
    send(&world, &ada, message(one, two, json!("x"))).await.expect("there is room again");
    let too_long = send(&world, &ada, message(one, two, json!(format!("{large}x")))).await.expect_err("too long");
    assert_eq!(too_long.code, ErrorCode::TooLarge);
}

#[tokio::test]
async fn the_same_key_at_the_same_moment_queues_once_whoever_it_is_to() {
    let world = World::new(4).await;
    let (one, two) = (world.spawn("ada").await.pid, world.spawn("ada").await.pid);
    let ada = world.user("ada");
    let to = |to| NewMessage { key: Some("same".into()), ..message(one, to, json!("once")) };
    let (first, second) = tokio::join!(send(&world, &ada, to(one)), send(&world, &ada, to(two)));
    assert_eq!(first.expect("queued"), second.expect("queued before"));
    assert_eq!(inbox(&world, one, 0, None).await.len() + inbox(&world, two, 0, None).await.len(), 1);
}

#[tokio::test]
async fn the_same_key_queues_once_for_its_sender() {
    let world = World::new(4).await;
    let (one, two) = (world.spawn("ada").await.pid, world.spawn("ada").await.pid);
    let keyed = |from, to| NewMessage { key: Some("t1c0".into()), ..message(from, to, json!("hello")) };
    let first = send(&world, &world.agent(one), keyed(one, two)).await.expect("queued");
    let world = world.restarted(4).await;
    assert_eq!(send(&world, &world.agent(one), keyed(one, two)).await.expect("known"), first);
    assert_eq!(inbox(&world, two, 0, None).await.len(), 1);
    assert_ne!(send(&world, &world.agent(two), keyed(two, one)).await.expect("queued"), first, "it is the sender's");
}

#[tokio::test]
async fn a_large_payload_is_not_in_the_event() {
    let world = World::new(4).await;
    let (one, two) = (world.spawn("ada").await.pid, world.spawn("ada").await.pid);
    let mut seen = world.bus.subscribe(aether_base::Viewer::of(&world.user("ada").caller));
    for payload in [json!({ "small": true }), json!("x".repeat(70_000))] {
        send(&world, &world.user("ada"), message(one, two, payload)).await.expect("queued");
    }
    let mut told = Vec::new();
    while told.len() < 2 {
        let event: Value = serde_json::from_str(&seen.next().await.expect("an event").json).expect("JSON");
        if event["type"] == "ipc.message" {
            told.push(event["message"].clone());
        }
    }
    assert_eq!((&told[0]["payload"], &told[0]["truncated"]), (&json!({ "small": true }), &Value::Null));
    assert_eq!((&told[0]["toUid"], &told[0]["delivered"]), (&json!(two.uid()), &json!(false)));
    assert_eq!((&told[1]["payload"], &told[1]["truncated"]), (&Value::Null, &json!(true)));
}

/// Everyone who is a member of the one organisation there is.
struct Members(&'static [&'static str]);

impl Policy for Members {
    fn org_allows(&self, user: &UserId, _org: &OrgId, permission: Permission) -> bool {
        permission == Permission::AgentsView && self.0.contains(&user.as_str())
    }
    fn agent_reaches(&self, _pid: Pid, _kind: OwnedKind, _id: &ResourceId) -> Decision {
        Decision::Allow
    }
}

impl Owners for Members {
    fn owner(&self, _caller: &Caller, _kind: OwnedKind, _id: &ResourceId) -> Owner {
        Owner::Missing
    }
}

#[tokio::test]
async fn an_agent_reaches_those_of_its_owner_and_of_members_who_see_each_other() {
    let world = World::new(4).await;
    let members = Arc::new(Members(&["ada", "bob"]));
    world.bus.attach_authority(members.clone(), members);
    let of = async |user: &str, org: bool| {
        let org_id = org.then(|| OrgId::from("org"));
        let config = AgentConfig { goal: "tick".into(), org_id, ..AgentConfig::default() };
        world.processes.spawn(&user.into(), Pid(0), config).await.expect("spawned").pid
    };
    let (private, member, bobs, eves) =
        (of("ada", false).await, of("ada", true).await, of("bob", true).await, of("eve", true).await);
    let ada = world.user("ada");
    for (from, to, reached) in [
        (private, member, true),
        (member, private, true),
        (member, bobs, true),
        (bobs, member, true),
        // Bob could not answer, and eve is no member.
        (private, bobs, false),
        (bobs, private, false),
        (member, eves, false),
        (eves, member, false),
        (member, Pid(99), false),
        (Pid::SESSION, member, false),
    ] {
        let sent = send(&world, &ada, message(from, to, json!("hello"))).await;
        assert_eq!(sent.is_ok(), reached, "{from} to {to}");
        if let Err(error) = sent {
            let told = "Failed to send IPC message: source or target process not found";
            assert_eq!((error.code, error.message.as_str()), (ErrorCode::NotFound, told));
        }
    }
    let kind = CallerKind::User { user: "root".into(), username: "root".into(), role: Role::Admin };
    let admin = world.cx(Caller { kind, door: Door::WebSocket, session: None, token: None });
    send(&world, &admin, message(private, eves, json!("hello"))).await.expect("an administrator may");
    let forged = send(&world, &world.agent(private), message(member, private, json!("hello"))).await;
    assert_eq!(forged.expect_err("in another's name").code, ErrorCode::Forbidden);

    for pid in [private, member, bobs, eves] {
        world.report(pid, ProcessState::Running, AgentPhase::Thinking).await;
    }
    let listed = async |cx: &Cx| {
        let agents = IpcApi::list_agents(&*world.processes, cx, Empty {}).await.expect("a list");
        agents.into_iter().map(|agent| agent.pid).collect::<Vec<_>>()
    };
    assert_eq!(listed(&ada).await, [private, member, bobs, eves], "eve's is shared with the organisation as well");
    assert_eq!(listed(&world.agent(private)).await, [private, member], "those it may write to");
    assert_eq!(listed(&world.agent(member)).await, [private, member, bobs]);
    assert_eq!(listed(&world.user("mallory")).await, []);
    assert_eq!(listed(&admin).await.len(), 4);
    ProcessApi::signal(&*world.processes, &ada, SendSignal { pid: private, signal: Signal::SigStop })
        .await
        .expect("held");
    assert_eq!(listed(&ada).await, [member, bobs, eves], "only those at work");
    send(&world, &ada, message(member, private, json!("later"))).await.expect("one that is held reads it later");
    world.signal(private, Signal::SigKill).await;
    assert!(send(&world, &ada, message(member, private, json!("hello"))).await.is_err(), "it has ended");
}

#[tokio::test]
async fn what_names_no_channel_or_key_is_refused() {
    let world = World::new(4).await;
    let (one, two) = (world.spawn("ada").await.pid, world.spawn("ada").await.pid);
    for channel in ["", "two words", "a\"b", "a>b", "line\nbreak", "ü", &"x".repeat(129)] {
        let message = NewMessage { channel: channel.into(), ..message(one, two, json!(1)) };
        let refused = send(&world, &world.user("ada"), message).await.expect_err(channel);
        assert_eq!(refused.code, ErrorCode::InvalidInput, "{channel:?}");
    }
    for channel in ["collab:review_request", "user.message", "a/b-c"] {
        let message = NewMessage { channel: channel.into(), ..message(one, two, json!(1)) };
        send(&world, &world.user("ada"), message).await.expect(channel);
    }
    let keyed = NewMessage { key: Some(String::new()), ..message(one, two, json!(1)) };
    assert_eq!(send(&world, &world.user("ada"), keyed).await.expect_err("no key").code, ErrorCode::InvalidInput);
}

#[tokio::test]
async fn an_agent_may_wait_for_a_message() {
    let world = World::new(4).await;
    let (one, two) = (world.spawn("ada").await.pid, world.spawn("ada").await.pid);
    assert!(inbox(&world, two, 0, Some(1)).await.is_empty(), "nothing came by then");
    let (heard, sent) = tokio::join!(inbox(&world, two, 0, Some(600_000)), async {
        tokio::task::yield_now().await;
        send(&world, &world.agent(one), message(one, two, json!("now"))).await
    });
    sent.expect("queued");
    assert_eq!(heard[0].content, "now");
    assert_eq!(inbox(&world, two, 0, Some(600_000)).await.len(), 1, "what is there is not waited for");
    let later = inbox(&world, two, heard[0].id, Some(600_000));
    let (left, ()) = tokio::join!(later, async {
        tokio::task::yield_now().await;
        world.signal(two, Signal::SigKill).await;
    });
    assert!(left.is_empty(), "the end of the agent ends its waiting");
}
