//! What a kernel holds after thousands of agents and clients: its memory and its open files must stay as they are.
//!
//! Run it by `cargo xtask soak`. Agents do little and end; meanwhile clients join, look, listen and leave, some
//! without a word. It fails where memory grows with the number of agents, or open files do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // It is a program for a terminal.

mod crowd;
mod held;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use aether_tests::{Client, Kernel, Options};
use serde_json::json;

use crowd::Crowd;
use held::{Held, Sample};

/// Agents at work at once.
const AT_ONCE: usize = 16;
/// Every how many agents one of them runs a command in a sandbox.
const COMMANDS: usize = 20;
/// Samples of a whole run.
const SAMPLES: usize = 40;
/// KiB that each hundred agents may leave behind after the first quarter: 2 MiB a thousand.
const MOST_GROWTH: f64 = 204.8;
/// Open files that may come to be over a run.
const MOST_FILES: f64 = 10.0;
/// Open files that may be left once all have gone: readers of the two databases, four of each with three files.
const MOST_LEFT: f64 = 24.0;

struct Wishes {
    agents: usize,
    clients: usize,
}

impl Wishes {
    fn read() -> Result<Wishes, String> {
        let mut wishes = Wishes { agents: 2_000, clients: 100 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let number = words.next().and_then(|number| number.parse().ok());
            match (word.as_str(), number) {
                ("--agents", Some(number)) => wishes.agents = number,
                ("--clients", Some(number)) => wishes.clients = number,
                _ => return Err(format!("{word} is not understood. Say --agents N or --clients N.")),
            }
        }
        if wishes.agents < 2 * SAMPLES {
            return Err(format!("{} agents say nothing; take {} at least.", wishes.agents, 2 * SAMPLES));
        }
        Ok(wishes)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let wishes = match Wishes::read() {
        Ok(wishes) => wishes,
        Err(error) => {
            println!("soak: {error}");
            return ExitCode::FAILURE;
        }
    };
    if !held::is_known() {
        println!("soak: this system does not say what a process holds (/proc); there is nothing to measure.");
        return ExitCode::FAILURE;
    }
    let scenarios = scenarios();
    let kernel = Options::default()
        .set("AETHER_SCENARIOS", &scenarios.path().display().to_string())
        .set("AETHER_MAX_ACTIVE", &AT_ONCE.to_string())
        .start()
        .await;
    let mut client = kernel.client().await;
    // Whatever the first command and the first sandbox make once is not what grows.
    agents(&mut client, 1, AT_ONCE).await;
    let before = Held::of(kernel.os_pid());
    let samples = run(&kernel, &mut client, &wishes).await;
    let after = settled(&kernel, before.files).await;
    report(&before, &samples, &after)
}

/// Has all agents run while the crowd comes and goes, and looks at what is held now and then.
async fn run(kernel: &Kernel, client: &mut Client, wishes: &Wishes) -> Vec<Sample> {
    let crowd = Crowd::gather(kernel, wishes.clients).await;
    println!(
        "{:>8} {:>12} {:>12} {:>8} {:>8} {:>10}",
        "agents", "memory KiB", "open files", "clients", "joined", "seconds"
    );
    let begun = Instant::now();
    let mut samples = Vec::new();
    let mut done = 0;
    for step in 1..=SAMPLES {
        let until = wishes.agents * step / SAMPLES;
        agents(client, until - done, done).await;
        done = until;
        let sample = Sample { agents: done, held: Held::of(kernel.os_pid()) };
        let seconds = begun.elapsed().as_secs_f64();
        let (Held { memory, files }, clients, joined) = (sample.held, crowd.inside(), crowd.joined());
        println!("{done:>8} {memory:>12} {files:>12} {clients:>8} {joined:>8} {seconds:>10.1}");
        samples.push(sample);
    }
    crowd.leave().await;
    samples
}

/// Starts this many agents, a few at once, and waits until they have left the process table.
async fn agents(client: &mut Client, count: usize, before: usize) {
    let (mut started, mut ended) = (0, 0);
    while ended < count {
        while started < count && started - ended < AT_ONCE {
            let script = if (before + started).is_multiple_of(COMMANDS) { "command.json" } else { "short.json" };
            let config = json!({ "role": "Walker", "goal": "walk", "model": format!("scripted:{script}") });
            client.call("process.spawn", json!({ "config": config })).await;
            started += 1;
        }
        client.wait_for("an agent's end", |event| event["type"] == "process.reaped").await;
        ended += 1;
    }
}

/// What is held once the sockets of all who left are closed.
async fn settled(kernel: &Kernel, files: u64) -> Held {
    let pid = kernel.os_pid();
    let patience = Duration::from_secs(10);
    let quiet = async {
        while Held::of(pid).files as f64 > files as f64 + MOST_LEFT {
            tokio::time::sleep(Duration::from_millis(50)).await; // grace
        }
    };
    // What is still held then is in the report.
    let _ = tokio::time::timeout(patience, quiet).await;
    Held::of(pid)
}

fn report(before: &Held, samples: &[Sample], after: &Held) -> ExitCode {
    let steady = &samples[samples.len() / 4..];
    let memory: Vec<(f64, f64)> =
        steady.iter().map(|sample| (sample.agents as f64 / 100.0, sample.held.memory as f64)).collect();
    let slope = held::slope(&memory);
    // Whoever is not inside is on the way in or out, with a socket too: as many of them at any time.
    let files: Vec<f64> = steady.iter().map(|sample| sample.held.files as f64).collect();
    let quarter = files.len() / 4;
    let drift = held::mean(&files[files.len() - quarter..]) - held::mean(&files[..quarter]);
    let left = after.files as f64 - before.files as f64;
    println!("\nmemory: {slope:+.1} KiB per 100 agents after the first quarter (at most {MOST_GROWTH})");
    println!(
        "open files: {drift:+.1} over the run (at most {MOST_FILES}), {left:+} after all had left (at most {MOST_LEFT})"
    );
    println!(
        "before: {} KiB, {} files; after: {} KiB, {} files",
        before.memory, before.files, after.memory, after.files
    );
    let mut code = ExitCode::SUCCESS;
    for (what, grew) in [("memory", slope > MOST_GROWTH), ("open files", drift > MOST_FILES || left > MOST_LEFT)] {
        if grew {
            println!("soak: {what} grew.");
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// A few steps and an end; one of them with a command in a sandbox.
fn scenarios() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let call = |tool: &str, arguments| json!({ "calls": [{ "tool": tool, "arguments": arguments }] });
    let write = call("write_file", json!({ "path": "a.txt", "content": "walked" }));
    let read = call("read_file", json!({ "path": "a.txt" }));
    let command = call("run_command", json!({ "command": "wc -c a.txt" }));
    let complete = call("complete", json!({ "summary": "walked" }));
    for (name, turns) in [("short.json", [&write, &read, &complete]), ("command.json", [&write, &command, &complete])] {
        std::fs::write(folder.path().join(name), json!({ "turns": turns }).to_string()).expect("written");
    }
    folder
}
