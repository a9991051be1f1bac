//! Every command by everybody.

use std::collections::{HashMap, HashSet};

use aether_protocol::domains::org::OrgRole;
use aether_protocol::{Command, Need};
use aether_tests::Client;
use serde_json::Value;

use super::expect::may;
use super::world::{AMONG_US, PRIVATE, Person, World, unserved};

/// These end the sign-in of the socket they are sent over, or the kernel; `coverage` tries them one by one.
const ENDING: [&str; 5] = ["kernel.shutdown", "auth.logout", "auth.login", "auth.register", "auth.refresh"];

/// What a subsystem refuses by itself, whoever asks: not by a right of the row.
const STRICTER: [(&str, &str); 7] = [
    ("auth.changePassword", "the current password is wrong"),
    ("auth.mfaLogin", "the half token is wrong"),
    ("auth.mfaDisable", "the code is wrong"),
    ("auth.mfaSetup", "the current password is wrong"),
    ("auth.resetPassword", "the reset token is wrong"),
    ("auth.validate", "the token is wrong"),
    ("llm.test", "a key to try is among the fields, and only administrators may try one"),
];

/// Commands that open a stream. A socket in the compatible dialect has none, and is told so before anything is looked up;
/// one in `aether.2` begins by signing in, so nobody has another kind of socket.
const STREAMS: [&str; 4] = ["agent.watch", "fs.download", "fs.upload", "tty.attach"];

/// Commands after which the first user's things are others than before; they come last.
const CHANGING: [&str; 20] = [
    "delete",
    "remove",
    "purge",
    "cleanup",
    "rm",
    "mv",
    "trash",
    "restore",
    "unregister",
    "close",
    "unmountShared",
    "removeMember",
    "answer",
    "approve",
    "reject",
    "revoke",
    "revokeToken",
    "revokeSession",
    "revokeSessions",
    "transfer",
];

fn is_changing(wire: &str) -> bool {
    wire.rsplit('.').next().is_some_and(|verb| CHANGING.contains(&verb))
}

/// True if an answer shows this person what it must not.
pub fn leaks(person: &Person, text: &str) -> bool {
    let all = person.admin || person.role == Some(OrgRole::Owner);
    !all && (text.contains(PRIVATE) || person.role.is_none() && text.contains(AMONG_US))
}

/// True if whoever has signed in may do it, whatever it names.
fn is_open(needs: &[Need]) -> bool {
    needs.iter().any(|need| match need {
        Need::Public | Need::SignedIn => true,
        Need::Own(things) => things.is_empty(),
        Need::Org(..) | Need::Team(..) | Need::Admin | Need::Agent => false,
    })
}

struct Matrix {
    cells: usize,
    refused: usize,
    faults: Vec<String>,
    /// What a stranger was answered, by command and what it names.
    strangers: HashMap<String, String>,
}

impl Matrix {
    /// Has one person try everything, or of what changes things or does not only one half.
    async fn row(&mut self, world: &World, at: usize, half: Option<bool>) {
        let person = &world.people[at];
        let mut client = match &person.token {
            Some(token) => world.kernel.client_of(token).await,
            None => Client::open(&world.kernel.url, None, "").await,
        };
        let mut methods: Vec<_> = Command::methods()
            .filter(|method| !ENDING.contains(&method.wire))
            .filter(|method| half.is_none_or(|changing| is_changing(method.wire) == changing))
            .collect();
        // A user that is gone has nothing any more.
        methods.sort_by_key(|method| (is_changing(method.wire), method.wire == "user.delete"));
        let mut tried = HashSet::new();
        let unserved = unserved();
        for method in methods {
            for view in &world.views {
                let fields = world.fields(person, view);
                let command = match Command::decode(method.wire, &fields.to_string()) {
                    Ok(command) => command,
                    // Its right counts from the day on which there is something to reach.
                    Err(_) if unserved.contains(method.wire) => break,
                    Err(error) => {
                        self.faults.push(format!(
                            "{error} Add what it asks for to `World::fields` in tests/it/matrix/world.rs"
                        ));
                        break;
                    }
                };
                let needs = command.needs().0;
                let key = format!("{} {needs:?}", method.wire);
                if tried.insert(key.clone()) {
                    let answer = client.try_call(method.wire, fields).await;
                    self.judge(world, person, (method.wire, &key, needs.as_slice()), &answer);
                }
            }
        }
    }

    fn judge(&mut self, world: &World, person: &Person, cell: (&str, &String, &[Need]), answer: &Result<Value, Value>) {
        let (wire, key, needs) = cell;
        self.cells += 1;
        let shown = match answer {
            Ok(data) => data.to_string(),
            Err(error) => format!("{} {}", error["code"], error["error"]),
        };
        if leaks(person, &shown) {
            self.faults.push(format!("LEAK: {key} showed {}: {shown}", person.name));
        }
        let code = answer.as_ref().err().and_then(|error| error["code"].as_str()).unwrap_or("ok");
        if code == "unimplemented" {
            return;
        }
        if may(world, person, needs) {
            let own_word = STRICTER.iter().any(|(stricter, _)| *stricter == wire);
            let hidden = code == "not_found" && !is_open(needs) && !is_changing(wire);
            let hidden = hidden && self.strangers.get(key) == Some(&shown);
            if matches!(code, "unauthenticated" | "forbidden") && !own_word || hidden || code == "internal" {
                self.faults.push(format!("{} may {key} and was answered {shown}", person.name));
            }
            return;
        }
        self.refused += 1;
        let expected: &[&str] = match person.token {
            None if STREAMS.contains(&wire) => &["invalid_state"],
            None => &["unauthenticated", "forbidden"],
            Some(_) => &["forbidden", "not_found"],
        };
        if !expected.contains(&code) {
            self.faults.push(format!("{} may not {key} and was answered {shown}", person.name));
        }
        if person.name == "stranger" {
            self.strangers.insert(key.clone(), shown);
        }
    }
}

#[tokio::test]
async fn everybody_against_every_command() {
    let mut world = World::new().await;
    let mut matrix = Matrix { cells: 0, refused: 0, faults: Vec::new(), strangers: HashMap::new() };
    let before = world.state().await;
    // Those who may change everything come last, and what is there is looked at by both before it goes.
    let most = world.people.len() - 2;
    for at in 0..most {
        matrix.row(&world, at, None).await;
        // A manager may stop what is shared; until then nobody may have changed anything.
        if world.people[at].name == "member" {
            let after = world.state().await;
            for (name, kept) in before.as_object().expect("an object") {
                if after[name] != *kept {
                    matrix.faults.push(format!("{name} was {kept} and is {}", after[name]));
                }
            }
        }
    }
    for changing in [false, true] {
        for at in most..world.people.len() {
            matrix.row(&world, at, Some(changing)).await;
        }
    }
    assert!(matrix.faults.is_empty(), "{} faults:\n{}", matrix.faults.len(), matrix.faults.join("\n"));
    assert!(matrix.cells > 1_000 && matrix.refused > 400, "{} cells, {} refused", matrix.cells, matrix.refused);
    println!("{} cells, {} of them refused", matrix.cells, matrix.refused);
}
