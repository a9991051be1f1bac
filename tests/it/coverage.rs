//! Every command that is served, through every door that takes it: refused first, then allowed with the same fields.
//!
//! The commands come from the protocol's tables. One without a line in `coverage/` fails here by its name; one that no
//! subsystem answers yet stands in `coverage_gap.txt`, which `coverage/gap.rs` holds to the truth.

mod agents;
mod alone;
mod files;
mod gap;
mod people;
mod plans;
mod shape;
mod world;

use std::collections::BTreeSet;

use aether_protocol::{Command, ErrorCode, Method, Need, OwnedKind};
use aether_tests::{Client, programs};
use serde_json::{Value, json};

use world::{Case, World};

/// Commands that end what the others need; `alone.rs` has a test of each.
const ALONE: [&str; 1] = ["kernel.shutdown"];
/// Commands that open a stream, which only `aether.2` has.
const STREAMS: [&str; 4] = ["agent.watch", "fs.download", "fs.upload", "tty.attach"];

/// Commands about the connection they come through, of which REST has none.
const CONNECTIONS: [&str; 1] = ["fs.watch"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// A socket that speaks `aether.2`.
    Socket,
    /// A socket in the compatible dialect.
    Compatible,
    /// `POST /api/v1/commands/<wire.name>`.
    Rest,
    /// The route that the command's row names.
    Route,
}

impl Door {
    fn of(method: &Method) -> Vec<Door> {
        let mut doors = vec![Door::Socket, Door::Compatible, Door::Rest];
        doors.extend(method.route.map(|_| Door::Route));
        doors
    }

    fn is_rest(self) -> bool {
        matches!(self, Door::Rest | Door::Route)
    }

    /// Sends one command, and gives its data or the code and the text of its refusal.
    async fn call(
        self,
        world: &World,
        method: &Method,
        token: Option<&str>,
        fields: &Value,
    ) -> Result<Value, (String, String)> {
        let refusal = |error: Value| {
            let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            (text("code"), text("error"))
        };
        match self {
            Door::Socket => {
                let mut client = world.kernel.client_of(token.expect("a token")).await;
                client.try_call(method.wire, fields.clone()).await.map_err(refusal)
            }
            Door::Compatible => {
                let query = token.map(|token| format!("?token={token}")).unwrap_or_default();
                let mut client = Client::open(&world.kernel.url, None, &query).await;
                client.try_call(method.wire, fields.clone()).await.map_err(refusal)
            }
            Door::Rest => {
                let path = format!("/api/v1/commands/{}", method.wire);
                rest(world, ("POST", &path, 200), token, fields).await
            }
            Door::Route => {
                let route = method.route.expect("a route");
                let path = filled(route.path, fields);
                let verb = format!("{:?}", route.method).to_uppercase();
                let data = rest(world, (&verb, &path, route.status), token, fields).await?;
                // What answers nothing says there that it was done.
                let Some(flag) = route.says else { return Ok(data) };
                assert_eq!(data, json!({ flag: true }), "{}", method.wire);
                Ok(Value::Null)
            }
        }
    }
}

/// A route's path with the fields of a request in it.
pub fn filled(path: &str, fields: &Value) -> String {
    let parts = path.trim_matches('/').split('/').map(|part| match part.strip_prefix(':') {
        Some(name) => fields[name].as_str().map_or_else(|| fields[name].to_string(), str::to_owned),
        None => part.to_owned(),
    });
    format!("/api/v1/{}", parts.collect::<Vec<_>>().join("/"))
}

async fn rest(
    world: &World,
    (verb, path, status): (&str, &str, u16),
    token: Option<&str>,
    fields: &Value,
) -> Result<Value, (String, String)> {
    let (answered, answer) = world.kernel.rest().raw(verb, path, token, fields.to_string().into_bytes()).await;
    let error = &answer["error"];
    let text = error["message"].as_str().or(error.as_str()).unwrap_or_default().to_owned();
    match answered {
        ok if ok == status => Ok(answer["data"].clone()),
        // Before a route is looked up, the answer has the older shape.
        401 => Err(("unauthenticated".to_owned(), text)),
        _ => {
            let code = error["code"].as_str().unwrap_or("none").to_lowercase();
            let known: Option<ErrorCode> = serde_json::from_value(json!(code)).ok();
            assert!(known.is_none_or(|code| code.status() == answered), "{verb} {path}: {answered} {answer}");
            Err((code, text))
        }
    }
}

/// True if whoever has signed in may do it, whatever it names.
fn is_open_to_all(needs: &[Need]) -> bool {
    needs.iter().any(|need| match need {
        Need::Public | Need::SignedIn => true,
        Need::Own(things) => things.is_empty(),
        Need::Org(..) | Need::Team(..) | Need::Admin | Need::Agent => false,
    })
}

/// How a stranger is refused: what has an unguessable name is not there at all; pids and homes are no secret.
fn refusal_of(needs: &[Need]) -> &'static str {
    use OwnedKind::{Pid, ReadPath, StopPid, ViewPid, WritePath};
    let is_forbidden = needs.iter().any(|need| match need {
        Need::Admin => true,
        Need::Own(things) => {
            things.first().is_some_and(|(thing, _)| matches!(thing, Pid | ReadPath | StopPid | ViewPid | WritePath))
        }
        _ => false,
    });
    if is_forbidden { "forbidden" } else { "not_found" }
}

/// What each door does with one command; faults are sentences.
async fn exercise(world: &mut World, method: &'static Method, faults: &mut Vec<String>) {
    for door in Door::of(method) {
        let Some(Case { token, fields }) = case(world, method.wire).await else {
            faults.push(format!(
                "{} is served and has no line: say in tests/it/coverage/<group>.rs what it takes to succeed",
                method.wire
            ));
            return;
        };
        let mut fault = |text: String| faults.push(format!("{} through {door:?}: {text}", method.wire));
        let command = match Command::decode(method.wire, &fields.to_string()) {
            Ok(command) => command,
            Err(error) => return fault(format!("its line does not fit its request: {error}")),
        };
        if door != Door::Socket && STREAMS.contains(&method.wire) {
            let told = if door == Door::Compatible { "invalid_state" } else { "not_found" };
            match door.call(world, method, Some(&token), &fields).await {
                Err((code, _)) if code == told => {}
                other => fault(format!("where there are no streams it was answered {other:?}")),
            }
            continue;
        }
        let needs = command.needs().0;
        // Nobody has an `aether.2` socket before they have signed in.
        if door != Door::Socket && !needs.contains(&Need::Public) {
            match door.call(world, method, None, &fields).await {
                Err((code, _)) if code == "unauthenticated" => {}
                other => fault(format!("without a token it was answered {other:?}")),
            }
        }
        if !is_open_to_all(&needs) {
            match door.call(world, method, Some(&world.stranger), &fields).await {
                Err((code, _)) if code == refusal_of(&needs) => {}
                other => fault(format!("a stranger was answered {other:?}")),
            }
        }
        if door != Door::Route {
            for (name, spoilt) in shape::spoilt(method, &fields) {
                match door.call(world, method, Some(&token), &spoilt).await {
                    Err((code, text)) if code == "invalid_input" && text.contains(&name) => {}
                    other => fault(format!("without a good `{name}` it was answered {other:?}")),
                }
            }
        }
        let is_possible = !(door.is_rest() && CONNECTIONS.contains(&method.wire));
        match door.call(world, method, Some(&token), &fields).await {
            Err((code, _)) if !is_possible && code == "invalid_state" => {}
            Ok(data) if !is_possible => fault(format!("without a connection it was answered {data}")),
            Ok(data) => {
                let unfit = shape::faults(method, &data);
                if !unfit.is_empty() {
                    fault(format!("the answer is not what its row declares: {unfit:?} in {data}"));
                }
            }
            Err(refusal) => fault(format!("it was refused: {refusal:?} (REST: {})", door.is_rest())),
        }
    }
}

/// Who sends a command with which fields so that it succeeds; all of what it names has been made.
async fn case(world: &mut World, wire: &str) -> Option<Case> {
    if let Some(case) = people::case(world, wire).await {
        return Some(case);
    }
    if let Some(case) = agents::case(world, wire).await {
        return Some(case);
    }
    if let Some(case) = files::case(world, wire).await {
        return Some(case);
    }
    plans::case(world, wire).await
}

/// The commands that some subsystem answers, of these domains.
fn served(domains: &[&str]) -> Vec<&'static Method> {
    let list = std::fs::read_to_string(programs::repository().join("tests/it/coverage_gap.txt")).expect("the list");
    let gap: BTreeSet<&str> = list.lines().collect();
    let served = Command::methods().filter(|method| !method.internal && !gap.contains(method.wire));
    served
        .filter(|method| !ALONE.contains(&method.wire))
        .filter(|method| domains.is_empty() || domains.contains(&method.domain))
        .collect()
}

/// Domains with a test of their own, so that tests run beside each other; `the_rest` takes all others.
const GROUPS: [&[&str]; 3] = [
    &["auth", "org", "permission", "preference"],
    &["process", "agent", "tty", "ipc", "resource", "workspace"],
    &["fs"],
];

async fn exercise_all(methods: Vec<&'static Method>) {
    assert!(!methods.is_empty());
    let mut world = World::new().await;
    let mut faults = Vec::new();
    for method in methods {
        exercise(&mut world, method, &mut faults).await;
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn every_command_about_people_is_refused_and_allowed_at_every_door() {
    exercise_all(served(GROUPS[0])).await;
}

#[tokio::test]
async fn every_command_about_agents_is_refused_and_allowed_at_every_door() {
    exercise_all(served(GROUPS[1])).await;
}

#[tokio::test]
async fn every_command_about_files_is_refused_and_allowed_at_every_door() {
    exercise_all(served(GROUPS[2])).await;
}

#[tokio::test]
async fn every_other_command_is_refused_and_allowed_at_every_door() {
    let mut methods = served(&[]);
    methods.retain(|method| !GROUPS.concat().contains(&method.domain));
    exercise_all(methods).await;
}
