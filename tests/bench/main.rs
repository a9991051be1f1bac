//! The figures of speed: each measured on the programs as they are shipped, beside a bare baseline in the same run.
//!
//! An absolute figure says little of a machine nobody knows; the ratio to its baseline is what to look at. Run it by
//! `cargo xtask bench`; words after `--` choose figures by a part of their name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // It is a program for a terminal.

mod agent;
mod bare;
mod boot;
mod crowd;
mod files;
mod terminal;
mod wire;

use std::fmt::Write;
use std::time::Duration;

/// One figure with its baseline.
pub struct Figure {
    pub name: &'static str,
    /// What was measured, in words with its unit.
    pub ours: String,
    pub bare: String,
    /// Ours by the baseline; over 1 is slower, except where `name` is a rate.
    pub ratio: f64,
    /// What it should be, and whether it is.
    pub goal: Option<(&'static str, bool)>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(role) = words.first().and_then(|word| word.strip_prefix("--bare-")) {
        return bare::play(role).await;
    }
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    println!("{:<34} {:>18} {:>18} {:>8}   goal", "figure", "ours", "bare", "ratio");
    if wanted("start memory") {
        print(&boot::start().await);
        print(&boot::memory().await);
    }
    if wanted("round trip kernel.status") {
        print(&wire::status().await);
    }
    if wanted("process.list") {
        print(&wire::list().await);
    }
    if wanted("fs.write") {
        print(&files::write().await);
    }
    if wanted("fs.read") {
        print(&files::read().await);
    }
    if wanted("events to viewers") {
        print(&crowd::fan_out().await);
    }
    if wanted("step journal") {
        for figure in agent::step().await {
            print(&figure);
        }
        print(&agent::together().await);
    }
    if wanted("recovery") {
        print(&boot::recovery().await);
    }
    if wanted("terminal") {
        print(&terminal::output().await);
    }
}

fn print(figure: &Figure) {
    let mut line = format!("{:<34} {:>18} {:>18} {:>8.2}", figure.name, figure.ours, figure.bare, figure.ratio);
    if let Some((goal, met)) = figure.goal {
        let _ = write!(line, "   {goal}: {}", if met { "met" } else { "missed" });
    }
    println!("{line}");
}

/// The median.
pub fn p50(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

pub fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}

pub fn per_second(rate: f64) -> String {
    format!("{rate:.0} /s")
}

pub fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
