//! What a step costs beside the model and the tool.

use std::time::Duration;

use aether_tests::Options;
use serde_json::json;

use crate::{Figure, bare, millis};

const STEPS: u32 = 400;
/// Entries a step journals, each before what it tells of takes effect: request, reply, intent, result.
const CROSSINGS: u32 = 4;

/// Steps whose model and tool take no time: a scripted reply, and a thought.
pub async fn step() -> Figure {
    let scenarios = tempfile::tempdir().expect("a folder");
    let scenario = json!({
        "repeat": true,
        "turns": [{ "text": "On.", "calls": [{ "tool": "think", "arguments": { "thought": "So." } }] }],
    });
    std::fs::write(scenarios.path().join("think.json"), scenario.to_string()).expect("written");
    let options = Options::default().set("AETHER_SCENARIOS", &scenarios.path().display().to_string());
    let kernel = options.set("AETHER_MAX_REPEATS", "0").start().await;
    let mut client = kernel.client().await;
    let config = json!({
        "role": "Thinker", "goal": "think", "model": "scripted:think.json", "maxSteps": STEPS, "maxTokens": 1_000_000_000_u64,
    });
    let pid = client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid");
    client.wait("agent.stepLimitReached", pid).await;
    let timeline = client.call("agent.timeline", json!({ "pid": pid, "limit": 1_000 })).await;
    let times: Vec<u64> = timeline["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter(|entry| entry["phase"] == "observation")
        .filter_map(|entry| entry["timestamp"].as_u64())
        .collect();
    let span = times.last().expect("steps") - times[0];
    let ours = Duration::from_millis(span) / u32::try_from(times.len() - 1).expect("a number");
    let folder = tempfile::tempdir().expect("a folder");
    let bare = bare::full_commits(&folder.path().join("bare.db"), STEPS * CROSSINGS) / STEPS;
    Figure {
        name: "agent step beside model and tool",
        ours: millis(ours),
        bare: format!("{} ({CROSSINGS} commits)", millis(bare)),
        ratio: ours.as_secs_f64() / bare.as_secs_f64(),
        goal: Some(("≤ 3 ms", ours <= Duration::from_millis(3))),
    }
}
