//! Jobs: when they run, and what is kept of it.

use aether_protocol::domains::cron::CronJob;

use super::*;

/// 09:00 of the first morning.
const NINE: u64 = MORNING + 30 * SECOND;

impl World {
    async fn create(&self, request: CreateJob) -> CronJob {
        self.schedule.create_job(&ada(), request).await.expect("a job")
    }

    fn only_job(&self) -> CronJob {
        self.schedule.list_jobs(&ada()).expect("a list").pop().expect("a job")
    }
}

#[tokio::test]
async fn a_job_runs_when_it_is_due_and_survives_a_restart() {
    let mut world = World::new().await;
    let made = world.create(job("0 9 * * *")).await;
    assert_eq!((made.next_run, made.enabled, made.owner_uid.as_str()), (NINE, true, "ada"));
    assert_eq!(world.wait("cron.created").await["job"]["id"], made.id.as_str());
    world.set_clock(NINE);
    let (owner, config) = world.start_next(7).await;
    assert_eq!((owner.as_str(), config.goal.as_str()), ("ada", "tick"));
    assert_eq!(config.extra[SCHEDULED_BY]["id"], made.id.as_str());
    let fired = world.wait("cron.fired").await;
    assert_eq!((&fired["jobId"], &fired["pid"]), (&json!(made.id), &json!(7)));
    let world = world.again(NINE + MINUTE, &[]).await;
    let kept = world.only_job();
    assert_eq!((kept.run_count, kept.last_run, kept.last_pid), (1, Some(NINE), Some(Pid(7))));
    assert_eq!((kept.next_run, kept.missed_count), (NINE + DAY, 0));
}

#[tokio::test]
async fn an_earlier_job_moves_the_alarm() {
    let mut world = World::new().await;
    world.create(job("0 12 * * *")).await;
    let early = world.create(job("0 9 * * *")).await;
    world.set_clock(NINE);
    let asked = world.start_next(3).await;
    assert_eq!(asked.1.extra[SCHEDULED_BY]["id"], early.id.as_str());
    // One that is disabled is not waited for, and one that is enabled again goes on from now.
    world.wait("cron.fired").await;
    world.schedule.disable_job(&early.id).await.expect("disabled");
    world.set_clock(NINE + 2 * DAY);
    let noon = world.start_next(4).await;
    assert_ne!(noon.1.extra[SCHEDULED_BY]["id"], early.id.as_str());
    world.schedule.enable_job(&early.id).await.expect("enabled");
    let jobs = world.schedule.list_jobs(&ada()).expect("a list");
    let early = jobs.iter().find(|job| job.id == early.id).expect("kept");
    assert_eq!((early.next_run, early.missed_count), (NINE + 3 * DAY, 0));
}

#[tokio::test]
async fn what_was_missed_is_counted_and_caught_up_on_as_the_job_says() {
    for (catch_up, overlap, started) in
        [(CatchUp::Skip, Overlap::Skip, 0), (CatchUp::Once, Overlap::Skip, 1), (CatchUp::All, Overlap::Allow, 4)]
    {
        let world = World::new().await;
        world.create(CreateJob { catch_up: Some(catch_up), overlap: Some(overlap), ..job("0 9 * * *") }).await;
        let mut world = world.again(NINE + 3 * DAY + MINUTE, &[]).await;
        for number in 0..started {
            world.start_next(10 + number).await;
        }
        let kept = world.wait_changed(|job| job["missed_count"] == 4 && job["run_count"] == started).await;
        assert_eq!(kept["next_run"], NINE + 4 * DAY, "{catch_up:?}");
        assert_eq!(kept["last_missed"], NINE + 3 * DAY, "{catch_up:?}");
        assert!(world.asked.try_recv().is_err(), "{catch_up:?}");
    }
}

#[tokio::test]
async fn catching_up_on_all_has_an_end() {
    let world = World::new().await;
    let all = CreateJob { catch_up: Some(CatchUp::All), overlap: Some(Overlap::Allow), ..job("* * * * *") };
    world.create(all).await;
    let mut world = world.again(NINE + 90 * MINUTE, &[]).await;
    for number in 0..10 {
        world.start_next(10 + number).await;
    }
    world.wait_changed(|job| job["missed_count"] == 91 && job["run_count"] == 10).await;
    assert!(world.asked.try_recv().is_err());
}

#[tokio::test]
async fn a_machine_that_slept_has_missed_runs_too() {
    let mut world = World::new().await;
    world.create(job("0 9 * * *")).await;
    world.set_clock(NINE + DAY + 5 * MINUTE);
    world.start_next(3).await;
    assert_eq!(world.wait("cron.fired").await["caughtUp"], true);
    world.wait_changed(|job| job["missed_count"] == 2 && job["run_count"] == 1).await;
    // One on time is not told as one that was missed.
    world.end("ada", 3);
    world.set_clock(NINE + 2 * DAY);
    world.start_next(4).await;
    assert_eq!(world.wait("cron.fired").await["caughtUp"], Value::Null);
}

#[tokio::test]
async fn a_run_waits_for_no_other_but_is_left_out_while_one_goes_on() {
    let mut world = World::new().await;
    world.create(job("* * * * *")).await;
    world.set_clock(NINE);
    world.start_next(3).await;
    world.wait("cron.fired").await;
    world.set_clock(NINE + MINUTE);
    world.wait_changed(|job| job["skipped_count"] == 1).await;
    world.end("ada", 3);
    world.set_clock(NINE + 2 * MINUTE);
    world.start_next(4).await;
    // Also one whose agent is only being started.
    world.wait("cron.fired").await;
    world.end("ada", 4);
    world.set_clock(NINE + 3 * MINUTE);
    world.asked.recv().await.expect("asked");
    world.set_clock(NINE + 4 * MINUTE);
    let kept = world.wait_changed(|job| job["skipped_count"] == 2).await;
    assert_eq!((&kept["run_count"], &kept["missed_count"]), (&json!(2), &json!(0)));
}

#[tokio::test]
async fn agents_run_side_by_side_where_the_job_allows_it() {
    let mut world = World::new().await;
    world.create(CreateJob { overlap: Some(Overlap::Allow), ..job("* * * * *") }).await;
    for (number, pid) in [(0, 3), (1, 4)] {
        world.set_clock(NINE + number * MINUTE);
        world.start_next(pid).await;
        world.wait("cron.fired").await;
    }
    assert_eq!((world.only_job().run_count, world.only_job().skipped_count), (2, 0));
}

#[tokio::test]
async fn a_refusal_is_kept_and_the_next_run_comes() {
    let mut world = World::new().await;
    world.create(job("* * * * *")).await;
    world.set_clock(NINE);
    world.asked.recv().await.expect("asked");
    world.answers.send(Err(WireError::new(ErrorCode::QuotaExceeded, "No room."))).expect("answered");
    let kept = world.wait_changed(|job| job["last_error"] == "No room.").await;
    assert_eq!((&kept["run_count"], &kept["next_run"]), (&json!(0), &json!(NINE + MINUTE)));
    world.set_clock(NINE + MINUTE);
    world.start_next(3).await;
    world.wait_changed(|job| job["run_count"] == 1 && job["last_error"].is_null()).await;
}

#[tokio::test]
async fn a_run_that_was_due_at_a_kill_is_neither_forgotten_nor_done_twice() {
    for was_started in [false, true] {
        let mut world = World::new().await;
        world.create(CreateJob { catch_up: Some(CatchUp::Skip), ..job("0 9 * * *") }).await;
        world.set_clock(NINE);
        // Asked for and never answered: nobody knows whether it was started.
        let asked = world.asked.recv().await.expect("asked");
        let run = run_of(&asked);
        let started = [(run.as_str(), Pid(5))];
        let mut world = world.again(NINE + SECOND, if was_started { &started } else { &[] }).await;
        if !was_started {
            let again = world.start_next(5).await;
            assert_eq!(run_of(&again), run, "the same run");
        }
        assert_eq!(world.wait("cron.fired").await["pid"], 5);
        let kept = world.only_job();
        assert_eq!((kept.run_count, kept.missed_count, kept.next_run), (1, 0, NINE + DAY));
        assert!(world.asked.try_recv().is_err());
    }
}

#[tokio::test]
async fn jitter_delays_a_run_and_keeps_the_order() {
    let world = World::new().await;
    let jittered = |jitter_seconds| CreateJob { jitter_seconds: Some(jitter_seconds), ..job("0 9 * * *") };
    let made = world.create(jittered(600)).await;
    assert!((NINE..=NINE + 600 * SECOND).contains(&made.next_run), "{}", made.next_run);
    for (jitter, expression) in [(3_601, "0 9 * * *"), (60, "* * * * *")] {
        let request = CreateJob { cron_expression: expression.to_owned(), ..jittered(jitter) };
        let refusal = world.schedule.create_job(&ada(), request).await.expect_err("too much");
        assert!(matches!(refusal, ScheduleError::TooMuchJitter { .. }), "{refusal}");
    }
}

#[tokio::test]
async fn jobs_have_limits_and_an_owner() {
    let world = World::new().await;
    let refused = async |caller: &Caller, request| {
        let error = world.schedule.create_job(caller, request).await.expect_err("refused");
        aether_base::Error::from(error).wire.code
    };
    assert_eq!(refused(&ada(), job("*/30 * * * * *")).await, ErrorCode::InvalidInput);
    assert_eq!(refused(&ada(), job("0 0 30 2 *")).await, ErrorCode::InvalidInput);
    assert_eq!(refused(&ada(), CreateJob { name: " ".into(), ..job("@daily") }).await, ErrorCode::InvalidInput);
    assert_eq!(
        refused(&ada(), CreateJob { agent_config: config(" "), ..job("@daily") }).await,
        ErrorCode::InvalidInput
    );
    let large = config(&"x".repeat(129 * 1024));
    assert_eq!(refused(&ada(), CreateJob { agent_config: large, ..job("@daily") }).await, ErrorCode::TooLarge);
    let all = CreateJob { catch_up: Some(CatchUp::All), ..job("@daily") };
    assert_eq!(refused(&ada(), all).await, ErrorCode::InvalidInput);
    let agent = Caller::agent(Pid(3), "ada".into());
    assert_eq!(refused(&agent, job("@daily")).await, ErrorCode::Forbidden);

    let named = |name: &str| CreateJob { owner_uid: Some(name.to_owned()), ..job("@daily") };
    let own = world.create(named("bob")).await;
    assert_eq!(own.owner_uid, "ada", "only an administrator makes jobs for others");
    let root = caller("root", Role::Admin);
    let others = world.schedule.create_job(&root, named("bob")).await.expect("a job");
    assert_eq!(others.owner_uid, "bob");
    assert_eq!(refused(&root, named("eve")).await, ErrorCode::NotFound);
    assert_eq!(world.schedule.job_owner(others.id.as_str()), Owner::user("bob".into()));
    assert_eq!(world.schedule.job_owner("x"), Owner::Missing);
    assert_eq!(world.schedule.list_jobs(&root).expect("a list").len(), 2);
    assert_eq!(world.schedule.list_jobs(&ada()).expect("a list"), [own]);
    world.create(job("@daily")).await;
    world.create(job("@daily")).await;
    assert_eq!(refused(&ada(), job("@daily")).await, ErrorCode::QuotaExceeded);
}

#[tokio::test]
async fn what_is_deleted_does_not_run_and_goes_with_its_owner() {
    let mut world = World::new().await;
    let made = world.create(job("0 9 * * *")).await;
    world.schedule.delete_job(&made.id).await.expect("deleted");
    let deleted = world.wait("cron.deleted").await;
    assert_eq!(deleted, json!({ "type": "cron.deleted", "jobId": made.id }));
    assert!(matches!(world.schedule.delete_job(&made.id).await, Err(ScheduleError::NoJob)));
    assert!(matches!(world.schedule.enable_job(&made.id).await, Err(ScheduleError::NoJob)));

    world.create(job("0 9 * * *")).await;
    let others = CreateJob { owner_uid: Some("bob".to_owned()), ..job("0 10 * * *") };
    world.schedule.create_job(&caller("root", Role::Admin), others).await.expect("a job");
    let delete = |db: &aether_store::rusqlite::Connection| {
        db.execute("DELETE FROM users WHERE id = 'ada'", [])?;
        Ok(())
    };
    world.store.write(delete).await.expect("deleted");
    world.schedule.departed(&"ada".into());
    let late = world.schedule.create_job(&ada(), job("0 9 * * *")).await;
    assert!(matches!(late, Err(ScheduleError::NotAPerson)), "nobody is left to own it");
    world.set_clock(NINE + 61 * MINUTE);
    let (owner, _) = world.start_next(3).await;
    assert_eq!(owner.as_str(), "bob");
    world.wait("cron.fired").await;
    let mut world = world.again(NINE + 62 * MINUTE, &[]).await;
    assert_eq!(world.schedule.list_jobs(&caller("root", Role::Admin)).expect("a list").len(), 1);
    assert!(world.asked.try_recv().is_err());
}
