//! What a step costs beside the model and the tool, and what its journal takes of it.

use std::time::Duration;

use aether_tests::{Client, Kernel, Options};
use serde_json::{Value, json};

use crate::{Figure, bare, micros, millis};

const STEPS: u32 = 400;
/// Entries a step journals, each before what it tells of takes effect: request, reply, intent, result.
pub const CROSSINGS: u32 = 4;
/// Agents that run at a time where many do.
const AGENTS: u32 = 16;

/// Steps whose model and tool take no time: a scripted reply, and a thought.
pub async fn step() -> [Figure; 2] {
    let (kernel, _scenarios) = thinkers(1).await;
    let mut client = kernel.client().await;
    let (first, last, steps) = think(&mut client, 1).await;
    let ours = Duration::from_millis(last - first) / (steps - 1);
    let folder = tempfile::tempdir().expect("a folder");
    let bare = bare::full_commits(&folder.path().join("bare.db"), STEPS * CROSSINGS) / STEPS;
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    let whole = Figure {
        name: "agent step beside model and tool",
        ours: millis(ours),
        bare: format!("{} ({CROSSINGS} commits)", millis(bare)),
        ratio,
        goal: Some(("≤ 3 ms", ours <= Duration::from_millis(3))),
    };
    let append = Figure {
        name: "journal append, one agent",
        ours: micros(ours / CROSSINGS),
        bare: format!("{} (1 commit)", micros(bare / CROSSINGS)),
        ratio,
        goal: Some(("≤ 1.3 of bare", ratio <= 1.3)),
    };
    [whole, append]
}

/// The same by many agents at a time, whose entries share commits.
pub async fn together() -> Figure {
    let (kernel, _scenarios) = thinkers(AGENTS).await;
    let mut client = kernel.client().await;
    let (first, last, steps) = think(&mut client, AGENTS).await;
    let ours = Duration::from_millis(last - first) / (steps * CROSSINGS);
    let folder = tempfile::tempdir().expect("a folder");
    let commits = STEPS * CROSSINGS;
    let bare = bare::full_commits(&folder.path().join("bare.db"), commits) / commits;
    Figure {
        name: "journal append, 16 agents",
        ours: micros(ours),
        bare: format!("{} (1 commit)", micros(bare)),
        ratio: ours.as_secs_f64() / bare.as_secs_f64(),
        goal: Some(("≤ 80 µs", ours <= Duration::from_micros(80))),
    }
}

/// A kernel whose agents do nothing but think, so many at a time.
pub async fn thinkers(agents: u32) -> (Kernel, tempfile::TempDir) {
    let scenarios = tempfile::tempdir().expect("a folder");
    let scenario = json!({
        "repeat": true,
        "turns": [{ "text": "On.", "calls": [{ "tool": "think", "arguments": { "thought": "So." } }] }],
    });
    std::fs::write(scenarios.path().join("think.json"), scenario.to_string()).expect("written");
    let options = Options::default().set("AETHER_SCENARIOS", &scenarios.path().display().to_string());
    // What they do all the time is the same.
    let options = options.set("AETHER_MAX_REPEATS", "0").set("AETHER_MAX_ACTIVE", &agents.to_string());
    (options.start().await, scenarios)
}

/// Has so many agents think to their limit: when the first thought was kept and when the last (milliseconds), and how
/// many there were.
async fn think(client: &mut Client, agents: u32) -> (u64, u64, u32) {
    let mut pids = Vec::new();
    for _ in 0..agents {
        pids.push(spawn(client, STEPS).await);
    }
    let mut times = Vec::new();
    // They come in any order.
    for _ in &pids {
        client.wait_for("the end of the steps", |event| event["type"] == "agent.stepLimitReached").await;
    }
    for pid in pids {
        let timeline = client.call("agent.timeline", json!({ "pid": pid, "limit": 1_000 })).await;
        let entries = timeline["entries"].as_array().expect("entries");
        let observed = entries.iter().filter(|entry| entry["phase"] == "observation");
        times.extend(observed.filter_map(|entry| entry["timestamp"].as_u64()));
    }
    let (first, last) = (times.iter().min().expect("steps"), times.iter().max().expect("steps"));
    (*first, *last, u32::try_from(times.len()).expect("a number"))
}

/// Starts an agent that thinks so many steps.
pub async fn spawn(client: &mut Client, steps: u32) -> u64 {
    let config: Value = json!({
        "role": "Thinker", "goal": "think", "model": "scripted:think.json", "maxSteps": steps, "maxTokens": 1_000_000_000_u64,
    });
    client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid")
}
