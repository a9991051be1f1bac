//! Triggers: what they hear, and what they must not.

use aether_protocol::domains::fs::{ChangeType, event::Changed};
use aether_protocol::domains::process::event::{Exit, Signal};
use aether_protocol::domains::trigger::EventTrigger;

use super::*;

impl World {
    async fn trigger(&self, request: CreateTrigger) -> EventTrigger {
        self.schedule.create_trigger(&ada(), request).await.expect("a trigger")
    }

    /// An agent ends that nobody's trigger started.
    fn exit(&self, owner: &str, pid: u64, code: i32) {
        self.happen(owner, Exit { pid: Pid(pid), code, signal: None });
    }

    /// A signal that no trigger but one on signals hears; once that has fired, all before it was heard.
    fn signal(&self, pid: u64, signal: &str) {
        self.happen("ada", Signal { pid: Pid(pid), signal: signal.to_owned() });
    }

    fn spawned(&self, pid: u64, ppid: u64) {
        let json = json!({ "type": "process.spawned", "pid": pid, "info": { "pid": pid, "ppid": ppid } });
        let audience = Audience::User { user: "ada".into(), org: None };
        let class = aether_protocol::Class::Journal;
        self.bus.append(vec![Prepared { wire: "process.spawned", class, audience, json: json.to_string().into() }]);
    }

    /// A trigger that a test uses to know that all before it was heard.
    async fn probe(&self) -> EventTrigger {
        self.trigger(CreateTrigger { cooldown_ms: Some(1_000), ..trigger("process.signal") }).await
    }

    /// Waits until all that has happened was heard; the next thing that is asked for must be the probe's.
    async fn heard_all(&mut self, probe: &EventTrigger, pid: u64) {
        self.set_clock(self.clock.now_ms() + 1_000);
        self.signal(2, "SIGINT");
        let (_, config) = self.start_next(pid).await;
        assert_eq!(config.extra[SCHEDULED_BY]["id"], probe.id, "something else was started");
        self.wait("trigger.fired").await;
    }
}

#[tokio::test]
async fn a_trigger_hears_what_it_is_for_and_its_owner_may_see() {
    let mut world = World::new().await;
    let filter = json!({ "code": 1 }).as_object().cloned();
    let made = world.trigger(CreateTrigger { event_filter: filter, ..trigger("process.exit") }).await;
    assert_eq!((made.cooldown_ms, made.enabled, made.fire_count), (60_000, true, 0));
    assert_eq!(world.wait("trigger.created").await["trigger"]["id"], made.id);
    let probe = world.probe().await;
    world.exit("ada", 20, 0);
    world.exit("bob", 21, 1);
    world.heard_all(&probe, 3).await;
    world.exit("ada", 22, 1);
    let (owner, config) = world.start_next(4).await;
    assert_eq!((owner.as_str(), config.goal.as_str()), ("ada", "look"));
    let fired = world.wait("trigger.fired").await;
    let expect = json!({ "type": "trigger.fired", "triggerId": made.id, "pid": 4, "event_type": "process.exit" });
    assert_eq!(fired, expect);
    // Not again before it has cooled down.
    world.exit("ada", 23, 1);
    world.heard_all(&probe, 5).await;
    world.set_clock(world.clock.now_ms() + 60_000);
    world.exit("ada", 24, 1);
    world.start_next(6).await;
    world.wait("trigger.fired").await;
    let world = world.again(MORNING + DAY, &[]).await;
    let kept = world.schedule.list_triggers(&ada()).expect("a list");
    let kept = kept.iter().find(|trigger| trigger.id == made.id).expect("kept");
    assert_eq!((kept.fire_count, kept.last_pid), (2, Some(Pid(6))));
}

#[tokio::test]
async fn a_trigger_does_not_hear_its_own_agents_nor_what_came_of_them() {
    let mut world = World::new().await;
    let short = |event| CreateTrigger { cooldown_ms: Some(1_000), ..trigger(event) };
    let first = world.trigger(short("process.exit")).await;
    let probe = world.probe().await;
    world.exit("ada", 20, 0);
    world.start_next(30).await;
    world.wait("trigger.fired").await;
    world.spawned(31, 30);
    world.spawned(32, 31);
    world.set_clock(world.clock.now_ms() + 10_000);
    for own in [32, 31, 30] {
        world.end("ada", own);
    }
    world.heard_all(&probe, 40).await;
    // What the probe's agent does is heard, and what comes of that is silent to both.
    world.end("ada", 40);
    world.start_next(33).await;
    world.wait("trigger.fired").await;
    world.set_clock(world.clock.now_ms() + 10_000);
    world.signal(33, "SIGINT");
    world.end("ada", 33);
    world.heard_all(&probe, 41).await;
    // The next kernel knows it too.
    let mut world = world.again(MORNING + DAY, &[]).await;
    world.end("ada", 32);
    world.heard_all(&probe, 42).await;
    assert!(world.schedule.list_triggers(&ada()).expect("a list").iter().any(|kept| kept.id == first.id));
}

#[tokio::test]
async fn changes_of_files_that_may_be_its_own_agents_are_not_heard() {
    let mut world = World::new().await;
    world.trigger(CreateTrigger { cooldown_ms: Some(1_000), ..trigger("fs.changed") }).await;
    let probe = world.probe().await;
    let change = |world: &World, path: &str| {
        world.happen("ada", Changed { path: path.to_owned(), changeType: ChangeType::Modify });
    };
    change(&world, "/shared/a.txt");
    world.start_next(30).await;
    world.wait("trigger.fired").await;
    world.set_clock(world.clock.now_ms() + 10_000);
    change(&world, "/shared/a.txt");
    change(&world, "/home/agent_30/a.txt");
    world.heard_all(&probe, 40).await;
    world.end("ada", 30);
    change(&world, "/shared/a.txt");
    world.heard_all(&probe, 41).await;
    world.set_clock(world.clock.now_ms() + 1_000);
    change(&world, "/home/agent_30/a.txt");
    change(&world, "/home/agent_9/a.txt");
    world.start_next(31).await;
    world.wait("trigger.fired").await;
}

#[tokio::test]
async fn an_event_that_was_heard_at_a_kill_starts_one_agent() {
    for was_started in [false, true] {
        let mut world = World::new().await;
        world.trigger(trigger("process.exit")).await;
        world.exit("ada", 20, 0);
        let asked = world.asked.recv().await.expect("asked");
        let run = run_of(&asked);
        let started = [(run.as_str(), Pid(5))];
        let mut world = world.again(MORNING + SECOND, if was_started { &started } else { &[] }).await;
        if !was_started {
            assert_eq!(run_of(&world.start_next(5).await), run, "the same run");
        }
        assert_eq!(world.wait("trigger.fired").await["pid"], 5);
        assert!(world.asked.try_recv().is_err());
    }
}

#[tokio::test]
async fn what_was_logged_before_a_kill_and_heard_by_nobody_starts_one_agent() {
    let world = World::new().await;
    let made = world.trigger(trigger("process.exit")).await;
    let probe = world.probe().await;
    // The listener is gone, as if the kernel had been killed between the commit and it.
    world.schedule.stop.cancel();
    world.schedule.tasks.close();
    world.schedule.tasks.wait().await;
    for pid in 0..600 {
        world.exit("bob", pid, 0);
    }
    world.exit("ada", 20, 0);
    let mut world = world.again(MORNING + MINUTE, &[]).await;
    let asked = world.start_next(5).await;
    assert_eq!(asked.1.extra[SCHEDULED_BY]["id"], made.id);
    assert_eq!(world.wait("trigger.fired").await["pid"], 5);
    // And once: neither this kernel nor the next starts another for it.
    for now in [2, 3] {
        world = world.again(MORNING + now * DAY, &[]).await;
        world.heard_all(&probe, 10 + now).await;
    }
    let kept = world.schedule.list_triggers(&ada()).expect("a list");
    assert_eq!(kept.iter().find(|trigger| trigger.id == made.id).map(|trigger| trigger.fire_count), Some(1));
}

#[tokio::test]
async fn what_a_trigger_left_out_and_what_was_before_it_stays_left_out() {
    let mut world = World::new().await;
    world.exit("ada", 19, 0);
    world.wait("process.exit").await;
    world.trigger(trigger("process.exit")).await;
    let probe = world.probe().await;
    world.exit("ada", 20, 0);
    world.start_next(5).await;
    world.wait("trigger.fired").await;
    // It has not cooled down.
    world.exit("ada", 21, 0);
    world.heard_all(&probe, 6).await;
    let mut world = world.again(MORNING + DAY, &[]).await;
    world.heard_all(&probe, 7).await;
    // What is made later does not hear what was before it, after a restart either.
    world.trigger(trigger("process.exit")).await;
    let mut world = world.again(MORNING + 2 * DAY, &[]).await;
    world.heard_all(&probe, 8).await;
}

#[tokio::test]
async fn a_listener_that_falls_behind_hears_it_all_the_same() {
    let mut world = World::new().await;
    let made = world.trigger(trigger("process.exit")).await;
    let probe = world.probe().await;
    // It waits for an agent to be started while more happens than memory holds.
    world.signal(2, "SIGINT");
    let asked = world.asked.recv().await.expect("asked");
    assert_eq!(asked.1.extra[SCHEDULED_BY]["id"], probe.id);
    world.exit("ada", 20, 0);
    for pid in 0..9_000 {
        world.exit("bob", pid, 0);
    }
    world.store.write(|_| Ok(())).await.expect("all of it is logged");
    world.answers.send(Ok(Pid(5))).expect("answered");
    let asked = world.start_next(6).await;
    assert_eq!(asked.1.extra[SCHEDULED_BY]["id"], made.id);
}

#[tokio::test]
async fn triggers_have_limits_and_an_owner() {
    let mut world = World::new().await;
    let refused = async |caller: &Caller, request| {
        let error = world.schedule.create_trigger(caller, request).await.expect_err("refused");
        aether_base::Error::from(error).wire.code
    };
    let unheard = ["x", "cron.fired", "trigger.fired", "memory.stored", "tty.output", "process.list", "entity.changed"];
    for unheard in unheard {
        assert_eq!(refused(&ada(), trigger(unheard)).await, ErrorCode::InvalidInput, "{unheard}");
    }
    let short = CreateTrigger { cooldown_ms: Some(999), ..trigger("process.exit") };
    assert_eq!(refused(&ada(), short).await, ErrorCode::InvalidInput);
    let agent = Caller::agent(Pid(3), "ada".into());
    assert_eq!(refused(&agent, trigger("process.exit")).await, ErrorCode::Forbidden);
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(world.trigger(trigger("process.exit")).await);
    }
    assert_eq!(refused(&ada(), trigger("process.exit")).await, ErrorCode::QuotaExceeded);
    assert_eq!(world.schedule.list_triggers(&caller("bob", Role::User)).expect("a list"), []);
    assert_eq!(world.schedule.trigger_owner(&made[0].id), Owner::user("ada".into()));
    for trigger in &made[1..] {
        world.schedule.delete_trigger(&trigger.id).await.expect("deleted");
    }
    assert!(matches!(world.schedule.delete_trigger(&made[1].id).await, Err(ScheduleError::NoTrigger)));
    world.exit("ada", 20, 0);
    let (_, config) = world.start_next(3).await;
    assert_eq!(config.extra[SCHEDULED_BY]["id"], made[0].id);
    world.wait("trigger.fired").await;
    // With the last one nobody listens any more, and the next one is heard again.
    world.schedule.delete_trigger(&made[0].id).await.expect("deleted");
    assert!(world.schedule.state().listeners.is_empty() && world.schedule.state().came_of.is_empty());
    let last = world.trigger(trigger("process.exit")).await;
    world.exit("ada", 21, 0);
    assert_eq!(world.start_next(4).await.1.extra[SCHEDULED_BY]["id"], last.id);
    world.wait("trigger.fired").await;
    world.schedule.departed(&"ada".into());
    assert!(world.schedule.state().listeners.is_empty());
    assert_eq!(world.schedule.list_triggers(&ada()).expect("a list"), []);
}

#[tokio::test]
async fn who_is_no_administrator_any_more_hears_of_its_own_alone() {
    let mut world = World::new().await;
    let root = caller("root", Role::Admin);
    let made = world.schedule.create_trigger(&root, trigger("process.exit")).await.expect("a trigger");
    let probe = CreateTrigger { cooldown_ms: Some(1_000), ..trigger("process.signal") };
    let probe = world.schedule.create_trigger(&root, probe).await.expect("a trigger");
    world.exit("bob", 20, 0);
    assert_eq!(world.start_next(3).await.1.extra[SCHEDULED_BY]["id"], made.id);
    world.wait("trigger.fired").await;
    world.people.0.store(false, std::sync::atomic::Ordering::Relaxed);
    world.set_clock(world.clock.now_ms() + 60_000);
    world.exit("bob", 21, 0);
    world.happen("root", Signal { pid: Pid(2), signal: "SIGINT".to_owned() });
    assert_eq!(world.start_next(4).await.1.extra[SCHEDULED_BY]["id"], probe.id, "another's event was heard");
}
