//! Events on their way out.

use super::*;

#[tokio::test]
async fn an_owner_is_told_of_what_it_may_see_and_asked_for() {
    let mut world = World::new().await;
    world.webhooks.start();
    let mut seen = world.looks_on("ada");
    let more = json!({ "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "filters": { "code": 0, "pid": 7 },
                       "headers": { "X-Own": "1", "Authorization": "Bearer key" } });
    let id = world.register("ada", "a", more).await;
    assert_eq!(event(&mut seen, "webhook.registered").await["webhookId"], id.as_str());
    world.happens("bob", 7);
    world.happens("ada", 8);
    world.happens("ada", 7);
    let sent = world.next().await;
    let body = sent.body();
    assert_eq!((&body["event"], &body["webhookId"]), (&json!("process.exit"), &json!(id)));
    assert_eq!(body["data"], json!({ "type": "process.exit", "pid": 7, "code": 0 }));
    assert!(body["timestamp"].as_u64().is_some_and(|at| at >= BEGINNING), "{body}");
    assert_eq!((sent.header("x-own"), sent.header("authorization")), ("1", "Bearer key"));
    assert_eq!(sent.header("content-type"), "application/json");
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let at: u64 = sent.header("webhook-timestamp").parse().expect("a time");
    assert_eq!(at, sent.at / 1_000);
    assert!(crate::sign::verify(secret, &sent.post.headers, sent.post.body.as_bytes(), at).is_some());
    let older = crate::sign::older_signature(secret, sent.post.body.as_bytes());
    assert_eq!(Some(sent.header("x-aether-signature").to_owned()), older);
    let fired = event(&mut seen, "webhook.fired").await;
    assert_eq!((&fired["webhookId"], &fired["success"]), (&json!(id), &json!(true)));
    let ended = event(&mut seen, "webhook.delivery").await;
    assert_eq!((&ended["status"], &ended["attempts"]), (&json!("delivered"), &json!(1)));

    // What webhooks do themselves is told to none, also by `*`; an administrator may see what is others'.
    let all = world.register("root", "all", json!({ "events": ["*"] })).await;
    world.happens("bob", 9);
    let sent = world.next().await;
    assert_eq!((&sent.body()["webhookId"], &sent.body()["data"]["pid"]), (&json!(all), &json!(9)));
    assert_eq!(sent.header("webhook-signature"), "", "there is no secret");
    let logs = world.webhooks.logs(id, None).await.expect("read");
    assert_eq!(logs.len(), 1);
    assert_eq!(
        (logs[0].status_code, logs[0].success, logs[0].response_body.as_deref()),
        (Some(200), true, Some("yes"))
    );
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_tried_again_ever_later_and_then_given_up() {
    let mut world = World::new().await;
    world.webhooks.start();
    let id = world.register("ada", "fails", json!({ "retry_count": 5 })).await;
    let mut seen = world.looks_on("ada");
    world.happens("ada", 7);
    let first = world.next().await;
    let mut last = first.at;
    for wait in [1_000, 2_000, 4_000, 8_000, 16_000] {
        let again = world.next().await;
        assert_eq!(again.header("webhook-id"), first.header("webhook-id"), "its receiver knows a repetition");
        assert_eq!(again.post.body, first.post.body);
        let waited = again.at - last;
        assert!(waited >= wait && waited <= wait + wait / 4 + 1, "{waited} of {wait}");
        last = again.at;
    }
    let failed = event(&mut seen, "webhook.failed").await;
    assert_eq!((&failed["webhookId"], &failed["error"]), (&json!(id), &json!("It answered 500.")));
    let added = event(&mut seen, "webhook.dlq.added").await;
    let ended = event(&mut seen, "webhook.delivery").await;
    assert_eq!((&ended["status"], &ended["attempts"]), (&json!("dlq"), &json!(6)));
    let letters = world.webhooks.dead_letters(&person("ada"), None, None).await.expect("read");
    assert_eq!((letters.len(), letters[0].attempts, letters[0].retried_at), (1, 6, None));
    let letter = letters[0].id.clone();
    assert_eq!(added["dlqId"], letter.as_str());
    assert_eq!(world.webhooks.dead_letter_owner(&letter), Owner::user("ada".into()));
    assert_eq!(world.webhooks.logs(id.clone(), None).await.expect("read").len(), 6);
    assert_eq!(world.webhooks.list(&person("ada"), None).expect("read")[0].failure_count, 1);
    assert!(world.webhooks.dead_letters(&person("bob"), None, None).await.expect("read").is_empty());

    // Another attempt by hand; the letter stays, with its time.
    assert!(!world.webhooks.retry(&person("ada"), letter.clone()).await.expect("tried"));
    assert_eq!(event(&mut seen, "webhook.dlq.retried").await["success"], false);
    world.receivers.failures.lock().expect("lock").insert("/fails".into(), 0);
    assert!(world.webhooks.retry(&person("ada"), letter.clone()).await.expect("tried"));
    let letters = world.webhooks.dead_letters(&person("root"), None, None).await.expect("read");
    assert_eq!(letters[0].attempts, 8);
    assert!(letters[0].retried_at.is_some());
    assert_eq!(world.webhooks.list(&person("ada"), None).expect("read")[0].failure_count, 0);
    assert!(!world.webhooks.retry(&person("ada"), "nothing".into()).await.expect("tried"));
    assert!(!world.webhooks.retry(&person("bob"), letter.clone()).await.expect("nothing of his"));
    assert_eq!(world.webhooks.purge(&person("bob"), Some(letter.clone())).await.expect("done"), 0);
    assert_eq!(world.webhooks.purge(&person("bob"), None).await.expect("done"), 0);
    assert_eq!(world.webhooks.purge(&person("ada"), Some(letter.clone())).await.expect("done"), 1);
    assert_eq!(world.webhooks.purge(&person("ada"), Some(letter.clone())).await.expect("done"), 0);
    assert_eq!(world.webhooks.dead_letter_owner(&letter), Owner::Missing);
}

#[tokio::test]
async fn what_was_not_delivered_is_after_the_next_start() {
    let mut world = World::new().await;
    world.webhooks.start();
    world.register("ada", "hangs", json!({ "secret": "s" })).await;
    world.happens("ada", 1);
    let cut_off = world.next().await;
    world.webhooks.shut_down().await;
    // Nobody looks while this happens.
    world.happens("ada", 2);
    world
        .store
        .write(|db| Ok(db.execute("UPDATE webhooks SET url = 'https://example.com/b'", [])?))
        .await
        .expect("moved");
    let mut world = world.again(7).await;
    world.webhooks.start();
    let (first, second) = (world.next().await, world.next().await);
    assert_eq!(first.header("webhook-id"), cut_off.header("webhook-id"));
    assert_eq!((&first.body()["data"]["pid"], &second.body()["data"]["pid"]), (&json!(1), &json!(2)));
    assert!(crate::sign::verify("s", &second.post.headers, second.post.body.as_bytes(), second.at / 1_000).is_some());
    world.happens("ada", 3);
    assert_eq!(world.next().await.body()["data"]["pid"], 3, "and nothing twice");
}

#[tokio::test]
async fn a_kill_takes_no_event_away_and_none_comes_twice() {
    let mut world = World::new().await;
    world.webhooks.start();
    world.register("ada", "a", json!({})).await;
    let mut seen = world.looks_on("ada");
    world.happens("ada", 1);
    assert_eq!(world.next().await.body()["data"]["pid"], 1);
    event(&mut seen, "webhook.delivery").await;
    // The next one begins from what was committed, as after a kill: nothing is noted at the end.
    world.webhooks.stop.cancel();
    world.webhooks.tasks.close();
    world.webhooks.tasks.wait().await;
    world.happens("ada", 2);
    world.store.close().await;
    let mut world = World::on(world.root, 7, world.started, world.receivers.clock.clone()).await;
    world.webhooks.start();
    world.happens("ada", 3);
    for pid in [2, 3] {
        assert_eq!(world.next().await.body()["data"]["pid"], pid);
    }
    assert!(world.sent.try_recv().is_err());
}

#[tokio::test]
async fn one_that_hangs_holds_up_nobody_else() {
    let mut world = World::new().await;
    world.webhooks.start();
    world.register("ada", "hangs", json!({})).await;
    let other = world.register("ada", "b", json!({})).await;
    let mut seen = world.looks_on("ada");
    for pid in 1..=3 {
        world.happens("ada", pid);
    }
    for _ in 1..=3 {
        assert_eq!(event(&mut seen, "webhook.delivery").await["webhookId"], other.as_str());
    }
    let mut paths: Vec<String> = Vec::new();
    while paths.len() < 4 {
        paths.push(world.next().await.post.url.path().to_owned());
    }
    assert_eq!(paths.iter().filter(|path| path.contains("hangs")).count(), 1);
}

#[tokio::test]
async fn one_that_fails_long_enough_is_disabled_and_says_why() {
    let mut world = World::new().await;
    world.webhooks.start();
    let id = world.register("ada", "fails", json!({ "retry_count": 0 })).await;
    let mut seen = world.looks_on("ada");
    for pid in 1..=lane::GIVEN_UP + 1 {
        world.happens("ada", pid);
    }
    for _ in 1..=lane::GIVEN_UP {
        event(&mut seen, "webhook.dlq.added").await;
        world.next().await;
    }
    let shown = world.webhooks.list(&person("ada"), None).expect("read").remove(0);
    assert!(!shown.enabled, "{shown:?}");
    assert_eq!(shown.failure_count, lane::GIVEN_UP);
    assert!(shown.disabled_because.is_some_and(|why| why.contains("enable it again")));
    // What waits stays until it is enabled; what happens meanwhile is not for it.
    world.happens("ada", 100);
    world.receivers.failures.lock().expect("lock").insert("/fails".into(), 0);
    // The feed has seen it once it has told a second webhook of it.
    world.register("ada", "b", json!({})).await;
    world.happens("ada", 101);
    assert_eq!(world.next().await.post.url.path(), "/b");
    world.webhooks.switch(id.clone(), true).await.expect("enabled");
    assert_eq!(world.next().await.body()["data"]["pid"], lane::GIVEN_UP + 1);
    let shown = world.webhooks.list(&person("ada"), None).expect("read").remove(0);
    assert_eq!((shown.enabled, shown.disabled_because), (true, None));
    world.webhooks.switch(id.clone(), false).await.expect("disabled");
    world.happens("ada", 102);
    assert_eq!(world.next().await.post.url.path(), "/b");
    world.webhooks.switch("nothing".into(), true).await.expect("nothing to do");
}

#[tokio::test]
async fn one_whose_receiver_is_gone_is_disabled_at_once() {
    let mut world = World::new().await;
    world.webhooks.start();
    world.receivers.refusals.lock().expect("lock").insert("/fails".into(), (410, None));
    let id = world.register("ada", "fails", json!({ "retry_count": 5 })).await;
    let mut seen = world.looks_on("ada");
    world.happens("ada", 1);
    world.next().await;
    let added = event(&mut seen, "webhook.dlq.added").await;
    let ended = event(&mut seen, "webhook.delivery").await;
    assert_eq!((&ended["status"], &ended["attempts"]), (&json!("dlq"), &json!(1)), "it is not tried again");
    let disabled = |world: &World| {
        let shown = world.webhooks.list(&person("ada"), None).expect("read").remove(0);
        !shown.enabled && shown.disabled_because.is_some_and(|why| why.contains("410"))
    };
    assert!(disabled(&world));
    let mut world = world.again(7).await;
    assert!(disabled(&world), "also after a restart");
    world.webhooks.start();
    // It says so again when it is asked by hand.
    world.webhooks.switch(id, true).await.expect("enabled");
    world.receivers.refusals.lock().expect("lock").insert("/fails".into(), (410, None));
    let letter = added["dlqId"].as_str().expect("an id").to_owned();
    assert!(!world.webhooks.retry(&person("ada"), letter).await.expect("tried"));
    world.next().await;
    assert!(disabled(&world) && world.sent.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_asks_for_a_rest_gets_it() {
    let mut world = World::new().await;
    world.webhooks.start();
    let rest = Duration::from_secs(90);
    world.receivers.refusals.lock().expect("lock").insert("/fails".into(), (429, Some(rest)));
    world.receivers.failures.lock().expect("lock").insert("/fails".into(), 1);
    world.register("ada", "fails", json!({})).await;
    // What happens meanwhile waits with it, and keeps its order, in the queue already or not.
    world.happens("ada", 1);
    world.happens("ada", 2);
    let first = world.next().await;
    world.happens("ada", 3);
    let (again, second, third) = (world.next().await, world.next().await, world.next().await);
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    assert_eq!((&second.body()["data"]["pid"], &third.body()["data"]["pid"]), (&json!(2), &json!(3)));
    let waited = again.at - first.at;
    assert!((90_000..91_000).contains(&waited) && second.at >= again.at, "{waited}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_takes_no_event_away() {
    let mut world = World::new().await;
    world.webhooks.start();
    let id = world.register("ada", "a", json!({})).await;
    world.store.write(|db| Ok(db.execute_batch("ALTER TABLE webhook_queue RENAME TO away")?)).await.expect("broken");
    let mut seen = world.looks_on("ada");
    world.happens("ada", 1);
    event(&mut seen, "process.exit").await;
    // The feed has it too, and asks the store before this does.
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
    world.store.write(|db| Ok(db.execute_batch("ALTER TABLE away RENAME TO webhook_queue")?)).await.expect("mended");
    world.happens("ada", 2);
    let mut pids: Vec<Value> = Vec::new();
    for _ in 0..2 {
        let sent = world.next().await.body();
        assert_eq!(sent["webhookId"], id.as_str());
        pids.push(sent["data"]["pid"].clone());
    }
    assert_eq!(pids, [json!(1), json!(2)]);
}

#[tokio::test]
async fn what_a_kernel_missed_is_found_however_much_came_after_it() {
    let world = World::new().await;
    world.webhooks.start();
    world.register("ada", "a", json!({ "filters": { "pid": 1 } })).await;
    let mut seen = world.looks_on("bob");
    world.webhooks.stop.cancel();
    world.webhooks.tasks.close();
    world.webhooks.tasks.wait().await;
    world.happens("ada", 1);
    for pid in 0..2_000 {
        world.happens("bob", pid);
    }
    while event(&mut seen, "process.exit").await["pid"] != 1_999 {}
    world.store.close().await;
    let mut world = World::on(world.root, 7, world.started, world.receivers.clock.clone()).await;
    world.webhooks.start();
    assert_eq!(world.next().await.body()["data"]["pid"], 1);
}

#[tokio::test]
async fn secrets_are_sealed_shown_to_nobody_and_never_done_without() {
    let world = World::new().await;
    let more = json!({ "secret": "very-secret", "headers": { "X-Api-Key": "very-secret", "X-Plain": "plain" } });
    world.register("ada", "a", more).await;
    let shown = serde_json::to_value(world.webhooks.list(&person("ada"), None).expect("read")).expect("JSON");
    assert!(!shown.to_string().contains("very-secret"), "{shown}");
    assert_eq!(shown[0]["headers"], json!({ "X-Api-Key": "********", "X-Plain": "plain" }));
    let folder = world.root.path().to_owned();
    let mut world = world.again(8).await;
    for file in std::fs::read_dir(folder).expect("a folder").flatten() {
        let bytes = std::fs::read(file.path()).expect("read");
        assert!(!bytes.windows(11).any(|window| window == b"very-secret"), "{:?}", file.path());
    }
    // The kernel's own secret is another one now: it would rather say nothing than something unsigned.
    world.webhooks.start();
    let mut seen = world.looks_on("ada");
    world.store.write(|db| Ok(db.execute("UPDATE webhooks SET retry_count = 0", [])?)).await.expect("changed");
    let world_hooks = world.webhooks.clone();
    world_hooks.known().hooks.values_mut().for_each(|hook| hook.record.retry_count = 0);
    world.happens("ada", 1);
    let failed = event(&mut seen, "webhook.failed").await;
    assert!(failed["error"].as_str().is_some_and(|error| error.contains("Register it anew")), "{failed}");
    assert!(world.sent.try_recv().is_err());
}

#[tokio::test]
async fn what_has_no_room_is_a_dead_letter() {
    let world = World::new().await;
    let id = world.register("ada", "a", json!({})).await;
    let delivery = move |seq: u64| store::queue::Delivery {
        id: format!("d{seq}"),
        webhook_id: id.clone(),
        seq,
        event_type: "process.exit".into(),
        payload: "{}".into(),
    };
    let all: Vec<_> = (1..=1_502).map(delivery).collect();
    let again = all[0].clone();
    let refused = world.store.write(move |db| store::queue::insert(db, all, 5)).await.expect("queued");
    assert_eq!((refused.len(), refused[0].letter.delivery.seq), (502, 1_001));
    let dropped: Vec<&String> = refused.iter().flat_map(|refused| &refused.dropped).collect();
    assert_eq!(dropped, ["d1001", "d1002"], "the oldest went");
    let letters = world.webhooks.dead_letters(&person("ada"), Some(9_999), None).await.expect("read");
    assert_eq!((letters.len(), letters[0].id.as_str()), (500, "d1502"));
    let other = store::queue::Delivery { id: "other".into(), ..again };
    world
        .store
        .write(move |db| {
            db.execute("DELETE FROM webhook_queue WHERE seq > 10", [])?;
            store::queue::insert(db, vec![other], 5)
        })
        .await
        .expect("queued");
    let count =
        world.store.read(|db| Ok(db.query_row("SELECT count(*) FROM webhook_queue", [], |row| row.get::<_, u64>(0))?));
    assert_eq!(count.await.expect("counted"), 10, "an event is queued once");
}

#[tokio::test]
async fn only_people_have_webhooks_and_so_many() {
    let world = World::new().await;
    let request = || -> Register {
        serde_json::from_value(json!({ "url": "https://example.com", "events": ["*"], "owner_uid": "bob" }))
            .expect("one")
    };
    for caller in [Caller::agent(Pid(3), "ada".into()), Caller::kernel(), Caller::anonymous(Door::Rest)] {
        let refusal = world.webhooks.register(&caller, request()).await.expect_err("no person");
        assert!(matches!(refusal, WebhookError::NotAPerson));
        assert!(world.webhooks.list(&caller, None).is_err() && world.webhooks.list_inbound(&caller, None).is_err());
        assert!(world.webhooks.dead_letters(&caller, None, None).await.is_err());
        assert!(world.webhooks.purge(&caller, None).await.is_err());
    }
    let own = world.webhooks.register(&person("ada"), request()).await.expect("for herself");
    let named = world.webhooks.register(&person("root"), request()).await.expect("for bob");
    assert_eq!(world.webhooks.owner(&own), Owner::user("ada".into()));
    assert_eq!(world.webhooks.owner(&named), Owner::user("bob".into()));
    let nobody = Register { owner_uid: Some("nobody".into()), ..request() };
    let refusal = world.webhooks.register(&person("root"), nobody).await.expect_err("nobody");
    assert!(matches!(refusal, WebhookError::NoSuchUser(_)));
    let count = |caller: &str, named: Option<&str>| {
        world.webhooks.list(&person(caller), named.map(str::to_owned)).expect("read").len()
    };
    for (caller, named, found) in [
        ("ada", None, 1),
        ("ada", Some("bob"), 1),
        ("root", None, 2),
        ("root", Some("bob"), 1),
        ("root", Some("root"), 0),
    ] {
        assert_eq!(count(caller, named), found, "{caller} {named:?}");
    }
    for _ in 1..outbound::MOST {
        world.webhooks.register(&person("ada"), request()).await.expect("one of so many");
    }
    let refusal = world.webhooks.register(&person("ada"), request()).await.expect_err("too many");
    assert!(matches!(refusal, WebhookError::TooMany(_)), "{refusal}");

    world.webhooks.unregister(named.clone()).await.expect("gone");
    world.webhooks.unregister(named.clone()).await.expect("nothing to do");
    assert_eq!(world.webhooks.owner(&named), Owner::Missing);
    // A user goes, and its rows with it.
    world.people.0.lock().expect("lock").remove("ada");
    world.store.write(|db| Ok(db.execute("DELETE FROM users WHERE id = 'ada'", [])?)).await.expect("deleted");
    world.webhooks.departed(&"ada".into());
    assert_eq!((world.webhooks.owner(&own), count("root", None)), (Owner::Missing, 0));
    let refusal = world.webhooks.register(&person("ada"), request()).await.expect_err("she is gone");
    assert!(matches!(refusal, WebhookError::NotAPerson), "{refusal}");
}
