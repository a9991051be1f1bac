//! Agents of an organisation: who may start them, and who sees them.

use aether_protocol::domains::process::{Spawn, event};

use super::*;

fn config(org: &str) -> AgentConfig {
    AgentConfig { goal: "tick".into(), org_id: Some(org.into()), ..AgentConfig::default() }
}

#[tokio::test]
async fn only_members_who_may_start_agents_put_them_into_an_organisation() {
    let world = World::new(4).await;
    let spawn = async |user: &str, org: &str| {
        let spawned = ProcessApi::spawn(&*world.processes, &world.user(user), Spawn { config: config(org) }).await;
        spawned.map(|spawned| spawned.pid).map_err(|error| error.wire.code)
    };
    assert_eq!(spawn("eve", "acme").await, Err(ErrorCode::Forbidden), "a viewer");
    assert_eq!(spawn("bob", "acme").await, Err(ErrorCode::NotFound), "a stranger");
    assert_eq!(spawn("ada", "nothing").await, Err(ErrorCode::NotFound));
    let pid = spawn("ada", "acme").await.expect("a member");
    assert_eq!(world.processes.owner(pid), Owner::User { user: "ada".into(), org: Some("acme".into()) });
    let entry = world.processes.table();
    let told = crate::prepare(entry.entries.get(&pid).expect("there"), &[event::Reaped { pid }.into()]);
    assert_eq!(told[0].audience, Audience::User { user: "ada".into(), org: Some("acme".into()) });
}
