//! Events that are too much to be queued at once.

use aether_base::bus::Logged;
use aether_protocol::Seq;

use super::*;

#[tokio::test]
async fn what_is_large_is_queued_in_batches_and_all_of_it_comes() {
    let mut world = World::new().await;
    world.webhooks.start();
    let many = ["*", "process.*", "process.exit"].map(|pattern| json!({ "events": [pattern] }));
    for (at, more) in many.into_iter().enumerate() {
        world.register("ada", &at.to_string(), more).await;
    }
    // More than a batch holds, and all of it there at once.
    let large = "x".repeat(200 * 1024);
    let events: Vec<Prepared> = (1..=20_u64)
        .map(|pid| {
            let json = json!({ "type": "process.exit", "pid": pid, "code": 0, "signal": large }).to_string().into();
            Prepared { json, ..told(&"ada".into(), Exit { pid: Pid(pid), code: 0, signal: None }) }
        })
        .collect();
    let logged: Vec<Arc<Logged>> = (1..)
        .zip(&events)
        .map(|(nth, Prepared { wire, class, audience, json })| {
            let seq = Seq(world.store.seq().0 + nth);
            Arc::new(Logged {
                seq,
                wire: (*wire).into(),
                class: *class,
                audience: audience.clone(),
                json: json.clone(),
            })
        })
        .collect();
    let (looked_at, deliveries) = world.webhooks.deliveries(&logged);
    assert_eq!((looked_at, deliveries.len()), (7, 21), "more was held at once");
    world.bus.append(events);
    let mut came = HashMap::new();
    for _ in 0..60 {
        let sent = world.next().await;
        let order: &mut Vec<u64> = came.entry(sent.post.url.path().to_owned()).or_default();
        order.push(sent.body()["data"]["pid"].as_u64().expect("a pid"));
    }
    for (path, order) in came {
        assert_eq!(order, (1..=20).collect::<Vec<u64>>(), "{path}");
    }
}
