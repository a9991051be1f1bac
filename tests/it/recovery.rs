//! Killed at exact points: what was journalled is kept, what was in flight is said to be so, nothing runs twice.

use std::collections::{BTreeMap, HashSet};

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Kernel, Options};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

const AGENTS: usize = 5;
const STEPS: usize = 3;

/// Each step leaves a mark in a file that running it twice would leave twice.
fn script(goal: &str, turn: usize) -> (String, Vec<(&'static str, Value)>) {
    let text = format!("{goal}, reply {turn}");
    if turn < STEPS {
        let command = format!("echo mark-{turn} >> marks.txt");
        let write = json!({ "path": format!("{turn}.txt"), "content": goal });
        return (text, vec![("run_command", json!({ "command": command })), ("write_file", write)]);
    }
    (text, vec![("complete", json!({ "summary": "all marks are made" }))])
}

/// The journal of every agent as it is on disk.
#[derive(Default)]
struct OnDisk {
    /// `(goal, turn)` of the replies that are journalled.
    replies: HashSet<(String, usize)>,
    /// Results by agent and call, and whether the call was interrupted.
    results: BTreeMap<(u64, String), bool>,
    /// Replies that are counted as used, and trajectory entries, by agent.
    used: BTreeMap<u64, usize>,
    told: BTreeMap<u64, usize>,
    /// Replies that are journalled, by agent.
    replied: BTreeMap<u64, usize>,
    /// Sequence numbers of the events that are kept.
    events: HashSet<u64>,
}

fn read_disk(kernel: &Kernel) -> OnDisk {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let db = Connection::open_with_flags(kernel.path().join("var/kernel.db"), flags).expect("a database");
    let mut statement = db.prepare("SELECT pid, entry FROM journal ORDER BY pid, n").expect("a table");
    let rows = statement.query_map([], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?))).expect("rows");
    let (mut goals, mut turns) = (BTreeMap::new(), BTreeMap::new());
    let mut disk = OnDisk::default();
    for row in rows {
        let (pid, entry) = row.expect("a row");
        let entry: Value = serde_json::from_str(&entry).expect("an entry");
        match entry["kind"].as_str().expect("a kind") {
            "started" => {
                goals.insert(pid, entry["goal"].as_str().expect("a goal").to_owned());
            }
            "reply" => {
                let turn = turns.entry(pid).or_insert(0);
                disk.replies.insert((goals[&pid].clone(), *turn));
                *turn += 1;
            }
            "result" => {
                let call = format!("{}:{}", entry["call"]["turn"], entry["call"]["index"]);
                let twice = disk.results.insert((pid, call), entry["interrupted"] == true);
                assert!(twice.is_none(), "a call has one result");
            }
            _ => {}
        }
    }
    disk.replied.clone_from(&turns);
    let count = |sql: &str| {
        let mut statement = db.prepare(sql).expect("a table");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        rows.map(|row| row.expect("a row")).collect::<BTreeMap<u64, usize>>()
    };
    disk.used = count("SELECT pid, sum(replies) FROM usage WHERE input_tokens = 90 * replies GROUP BY pid");
    disk.told = count("SELECT pid, count(*) FROM trajectory GROUP BY pid");
    let seen = count("SELECT pid, count(*) FROM journal WHERE entry NOT LIKE '{\"kind\":\"request\",%' GROUP BY pid");
    assert_eq!(disk.told, seen, "what is journalled is told");
    // What the kernel tells nobody is not for clients either.
    let mut statement = db.prepare(r#"SELECT seq FROM events WHERE audience <> '"Nobody"'"#).expect("a table");
    disk.events = statement.query_map([], |row| row.get(0)).expect("rows").map(|seq| seq.expect("a number")).collect();
    disk
}

/// Everything a client was told, by sequence number.
async fn listen_to_the_end(client: &mut Client, told: &mut HashSet<u64>) {
    while let Some(event) = client.event().await {
        told.extend(event["seq"].as_u64());
    }
}

async fn survives(point: &str) {
    let model = CountingModel::start(script).await;
    let options = Options::default()
        .faulty()
        .set("OPENAI_API_KEY", "test-key")
        .set("OPENAI_BASE_URL", &model.url)
        .set("AETHER_FAULT_POINT", point);
    let mut kernel = options.start().await;
    let token = kernel.admin().await;
    let mut client = kernel.client_of(&token).await;
    let (mut told, begun) = (HashSet::new(), client.seq);
    for number in 0..AGENTS {
        let config = json!({ "role": "Marker", "goal": format!("agent-{number}"), "model": "openai:gpt-4.1" });
        // The kernel may die while it answers: what it did not acknowledge may or may not be there.
        if client.try_call("process.spawn", json!({ "config": config })).await.is_err() {
            break;
        }
    }
    listen_to_the_end(&mut client, &mut told).await;
    let seen = client.seq;
    assert!(!kernel.ended().await.success(), "{point} was passed");

    let before = read_disk(&kernel);
    assert_eq!(before.used, before.replied, "a reply is counted with its entry");
    let asked_before = model.asked();
    let kernel = kernel.again_with(|options| options.unset("AETHER_FAULT_POINT")).await;
    let (mut client, welcome) = kernel.client_since(&token, seen).await;
    let missed = welcome["missed"].as_array().unwrap_or_else(|| panic!("events since {seen}: {welcome}"));
    told.extend(missed.iter().filter_map(|event| event["seq"].as_u64()));

    all_end(&mut client, &mut told).await;
    let after = read_disk(&kernel);
    assert_eq!(after.used, after.replied, "each reply is counted once");
    check_replies(&model, &before, &asked_before);
    check_effects(&kernel, &after);
    told_all(&mut client, &mut told, &after.events, begun).await;
}

/// Waits until the client was told of every event that is kept, from where it began to listen.
async fn told_all(client: &mut Client, told: &mut HashSet<u64>, kept: &HashSet<u64>, begun: u64) {
    loop {
        let lost: Vec<&u64> = kept.difference(told).filter(|seq| **seq > begun).collect();
        if lost.is_empty() {
            return;
        }
        let what = format!("a word of the events {lost:?}, which are kept,");
        let event = aether_tests::within(&what, client.event()).await.expect("an open socket");
        told.extend(event["seq"].as_u64());
    }
}

/// Waits until every agent there is has ended well.
async fn all_end(client: &mut Client, told: &mut HashSet<u64>) {
    loop {
        let running = client.call("process.list", json!({})).await;
        if running.as_array().expect("a list").is_empty() {
            break;
        }
        let event = aether_tests::within("the next event", client.event()).await.expect("an open socket");
        told.extend(event["seq"].as_u64());
    }
    told.extend(client.events.iter().filter_map(|event| event["seq"].as_u64()));
    let history = client.call("process.history", json!({})).await;
    for process in history.as_array().expect("a list") {
        assert_eq!(process["exitCode"], 0, "{process}");
    }
}

/// No journalled reply was asked for again, and what was in flight once more at most.
fn check_replies(
    model: &CountingModel,
    before: &OnDisk,
    asked_before: &std::collections::HashMap<(String, usize), usize>,
) {
    for (turn, times) in model.asked() {
        let earlier = asked_before.get(&turn).copied().unwrap_or_default();
        if before.replies.contains(&turn) {
            assert_eq!(times, earlier, "{turn:?} was journalled and asked for again");
        }
        assert!(times <= earlier + 1 && times <= 2, "{turn:?} was asked for {times} times");
    }
}

/// No finished tool ran again; one without a result is reported as interrupted.
fn check_effects(kernel: &Kernel, after: &OnDisk) {
    let pids: HashSet<u64> = after.results.keys().map(|(pid, _)| *pid).collect();
    for pid in pids {
        let marks = std::fs::read_to_string(kernel.home(pid).join("marks.txt")).unwrap_or_default();
        for step in 0..STEPS {
            let mark = format!("mark-{step}");
            let times = marks.lines().filter(|line| *line == mark).count();
            let interrupted = after.results[&(pid, format!("{}:0", step + 1))];
            assert!(times <= 1, "agent {pid} made {mark} {times} times");
            assert!(times == 1 || interrupted, "agent {pid} lost {mark}, and it was not reported as interrupted");
            assert!(kernel.home(pid).join(format!("{step}.txt")).is_file(), "what can be repeated is");
        }
    }
}

/// Ten of the fifty points: times each is passed while five agents run.
async fn survives_each(point: &str, after: &str, passes: [usize; 10]) {
    for nth in passes {
        survives(&format!("{point}:{nth}{after}")).await;
    }
}

#[tokio::test]
async fn killed_before_a_commit_early() {
    survives_each("store.before-commit", "@journal.written", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).await;
}

#[tokio::test]
async fn killed_before_a_commit_late() {
    survives_each("store.before-commit", "@journal.written", [11, 13, 15, 17, 19, 21, 23, 25, 27, 29]).await;
}

#[tokio::test]
async fn killed_after_a_commit() {
    survives_each("store.after-commit", "@journal.written", [1, 2, 3, 4, 5, 7, 10, 14, 19, 25]).await;
}

#[tokio::test]
async fn killed_when_an_entry_was_written() {
    survives_each("journal.written", "", [1, 2, 3, 5, 8, 12, 17, 23, 30, 38]).await;
}

#[tokio::test]
async fn killed_when_an_entry_was_kept() {
    survives_each("journal.kept", "", [1, 2, 4, 6, 9, 13, 18, 24, 31, 39]).await;
}

#[tokio::test]
async fn an_open_approval_and_the_queue_outlive_a_kill() {
    let model = CountingModel::start(|goal, turn| match (goal, turn) {
        ("ask first", 0) => (String::new(), vec![("ask_user", json!({ "question": "May I?" }))]),
        (_, _) => (String::new(), vec![("complete", json!({ "summary": "ended" }))]),
    })
    .await;
    let options = Options::default()
        .set("OPENAI_API_KEY", "test-key")
        .set("OPENAI_BASE_URL", &model.url)
        .set("AETHER_MAX_ACTIVE", "1");
    let mut kernel = options.start().await;
    let mut client = kernel.client().await;
    let mut pids = Vec::new();
    for goal in ["ask first", "come later"] {
        let config = json!({ "role": "a", "goal": goal, "model": "openai:gpt-4.1" });
        pids.push(client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid"));
    }
    client.wait("process.approval_required", pids[0]).await;
    kernel.kill().await;

    let kernel = kernel.again().await;
    let mut client = kernel.client().await;
    let queue = client.call("process.getQueue", json!({})).await;
    assert_eq!(queue[0]["pid"], pids[1], "{queue}");
    let open = client.call("agent.approvals", json!({})).await;
    assert_eq!((open.as_array().map(Vec::len), &open[0]["action"]), (Some(1), &json!("May I?")));
    client.call("agent.answer", json!({ "pid": pids[0], "reply": "yes" })).await;
    client.wait("agent.completed", pids[0]).await;
    client.wait("agent.completed", pids[1]).await;
    assert_eq!(model.asked()[&("ask first".to_owned(), 0)], 1);
}
