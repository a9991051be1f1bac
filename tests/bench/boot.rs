//! Starting, and what an idle kernel holds.

use std::time::{Duration, Instant};

use aether_tests::rest::Rest;
use aether_tests::{Kernel, programs};

use crate::{Figure, agent, bare, millis, p50};

const STARTS: usize = 9;
/// Entries of the journal that is read again.
const ENTRIES: u32 = 1_000;

/// From the start of the program to an answer of `/health`, on a folder that has been used before.
pub async fn start() -> Figure {
    let mut kernel = Kernel::start().await;
    // The first request of a client costs more than the others: it is not what is measured.
    kernel.rest().get("/health", None).await;
    let mut ours = Vec::new();
    for _ in 0..STARTS {
        assert!(kernel.terminate().await.success());
        let begun = Instant::now();
        kernel = kernel.again().await;
        assert_eq!(Rest::new(&kernel.url).get("/health", None).await.0, 200);
        ours.push(begun.elapsed());
    }
    let mut bare = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut program = tokio::process::Command::new(programs::ours("aetherd"));
        program.arg("--version").stdout(std::process::Stdio::null());
        assert!(program.status().await.expect("it ran").success());
        bare.push(begun.elapsed());
    }
    let (ours, bare) = (p50(&mut ours), p50(&mut bare));
    Figure {
        name: "second start to /health",
        ours: millis(ours),
        bare: format!("{} (--version)", millis(bare)),
        ratio: ours.as_secs_f64() / bare.as_secs_f64(),
        goal: Some(("≤ 150 ms", ours <= Duration::from_millis(150))),
    }
}

/// Starts with an agent whose journal has a thousand entries, against starts without one.
pub async fn recovery() -> Figure {
    let (mut kernel, _scenarios) = agent::thinkers(1).await;
    let empty = p50(&mut again(&mut kernel).await);
    let mut client = kernel.client().await;
    let pid = agent::spawn(&mut client, ENTRIES / agent::CROSSINGS).await;
    client.wait("agent.stepLimitReached", pid).await;
    drop(client);
    let full = p50(&mut again(&mut kernel).await);
    let ours = full.saturating_sub(empty);
    Figure {
        name: "recovery of 1,000 entries",
        ours: millis(ours),
        bare: format!("{} (none)", millis(empty)),
        ratio: full.as_secs_f64() / empty.as_secs_f64(),
        goal: Some(("≤ 10 ms", ours <= Duration::from_millis(10))),
    }
}

/// How long starts after a kill take.
async fn again(kernel: &mut Kernel) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        kernel.kill().await;
        let begun = Instant::now();
        *kernel = kernel.again().await;
        assert_eq!(Rest::new(&kernel.url).get("/health", None).await.0, 200);
        times.push(begun.elapsed());
    }
    times
}

/// Memory of a kernel that nobody asks for anything.
pub async fn memory() -> Figure {
    let kernel = Kernel::start().await;
    kernel.rest().get("/health", None).await;
    let ours = resident(kernel.os_pid());
    let (child, _) = bare::start("idle").await;
    let bare = resident(child.id().expect("it runs"));
    Figure {
        name: "idle memory (RSS)",
        ours: format!("{ours:.1} MB"),
        bare: format!("{bare:.1} MB"),
        ratio: ours / bare,
        goal: Some(("≤ 40 MB", ours <= 40.0)),
    }
}

fn resident(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kilobytes / 1024.0
}
