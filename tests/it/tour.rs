//! The tour: what a newcomer sees in the first minute, without a key.

use aether_tests::programs;
use std::process::Stdio;
use tokio::process::Command;

fn aether(root: &std::path::Path, words: &[&str]) -> Command {
    let mut command = Command::new(programs::ours("aether"));
    command
        .args(words)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", root)
        .env("AETHER_FS_ROOT", root)
        .env("OLLAMA_HOST", "http://127.0.0.1:1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

#[tokio::test]
async fn the_tour_does_real_work_and_prints_it() {
    let root = tempfile::tempdir().expect("a folder");
    let output = aether_tests::within("the tour", aether(root.path(), &["tour"]).output()).await.expect("it ran");
    let (said, noted) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{noted}");
    for expected in ["run_command bash report.sh", "report.txt", "Visits of the week", "Success after 6 steps"] {
        assert!(said.contains(expected), "{expected} is missing in:\n{said}");
    }
    assert!(noted.contains("scripted"), "the person is told that no model was asked:\n{noted}");
    assert!(noted.contains("Sign in"), "the first password is not swallowed:\n{noted}");
    let report = std::fs::read_to_string(root.path().join("home/agent_2/report.txt")).expect("a report");
    assert!(report.contains("Visits of the week: 953"), "{report}");
    assert!(!root.path().join("run/aether.sock").exists(), "the kernel it started has ended");
}

#[tokio::test]
async fn a_command_without_a_kernel_or_a_model_says_what_to_do() {
    let root = tempfile::tempdir().expect("a folder");
    let output = aether(root.path(), &["ps"]).output().await.expect("it ran");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("aetherd"));
    let output = aether(root.path(), &["run", "do something"]).output().await.expect("it ran");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("GEMINI_API_KEY"));
}
