//! Whether something was started, when nobody is left who knows.

use super::*;

#[tokio::test]
async fn an_agent_is_found_by_what_its_configuration_says() {
    let world = World::new(1).await;
    let by = |run: &str| {
        let extra = [("scheduledBy".to_owned(), serde_json::json!({ "run": run }))].into_iter().collect();
        AgentConfig { goal: "tick".into(), extra, ..AgentConfig::default() }
    };
    world.spawn("ada").await;
    let spawned = world.processes.spawn(&"ada".into(), Pid(0), by("it's \"one\"")).await.expect("spawned");
    let find = async |world: &World, owner: &str, run: &str| {
        world.processes.started_for(&owner.into(), "scheduledBy", "run", run).await.expect("read")
    };
    assert_eq!(find(&world, "ada", "it's \"one\"").await, Some(spawned.pid));
    assert_eq!(find(&world, "ada", "another").await, None);
    assert_eq!(find(&world, "bob", "it's \"one\"").await, None, "another user's");
    world.processes.end_all_of(&"ada".into()).await;
    let world = world.restarted(1).await;
    assert_eq!(find(&world, "ada", "it's \"one\"").await, Some(spawned.pid), "also once it has ended");
}
