//! What every engine does.

use std::time::{Duration, Instant};

use aether_base::sandbox::{SandboxError, Terminal};
use aether_protocol::domains::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::place::{Place, exec, running, until};

macro_rules! every_engine {
    ($($name:ident),* $(,)?) => {
        every_engine! { @on confined $($name)* }
        every_engine! { @on host $($name)* }
    };
    (@on $engine:ident $($name:ident)*) => {
        mod $engine {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::place::Place::new(crate::place::$engine()).await, stringify!($engine)).await;
                }
            )*
        }
    };
}

every_engine! {
    a_command_ends_with_its_code,
    output_is_kept_up_to_a_limit,
    a_command_has_nothing_to_read,
    a_command_that_takes_too_long_is_killed,
    a_cancelled_command_is_killed,
    what_a_command_leaves_behind_does_not_hold_it_up,
    what_is_stopped_uses_no_time,
    a_terminal_is_typed_into_and_resized,
    a_terminal_is_hung_up,
    closing_ends_everything,
    what_cannot_start_says_so,
}

/// A length of sleep no other test uses, so that it can be found in the list of processes.
fn unusual(engine: &str, number: u32) -> String {
    format!("{}{}", if engine == "host" { 41 } else { 42 }, 7_000 + number)
}

async fn a_command_ends_with_its_code(place: Place, _: &str) {
    let check = async |command: &str, code: i32, stdout: &str, stderr: &str| {
        let outcome = place.run(command).await;
        assert_eq!(outcome.exit_code, Some(code), "{command}");
        assert_eq!(String::from_utf8_lossy(&outcome.stdout), stdout, "{command}");
        assert_eq!(String::from_utf8_lossy(&outcome.stderr), stderr, "{command}");
        assert!(!outcome.timed_out && !outcome.truncated);
    };
    check("echo out; echo err >&2; exit 3", 3, "out\n", "err\n").await;
    check("kill -TERM $$", 143, "", "").await;
    check("kill -KILL $$", 137, "", "").await;
    check("printf x > made && cat made", 0, "x", "").await;
    assert_eq!(std::fs::read(place.home().join("made")).expect("a file"), b"x");
}

async fn output_is_kept_up_to_a_limit(place: Place, _: &str) {
    let outcome = place.run("head -c 3000000 /dev/zero; echo err >&2").await;
    assert_eq!((outcome.stdout.len(), outcome.stderr.len()), (64 * 1024, 4));
    assert!(outcome.truncated);
    assert_eq!(outcome.exit_code, Some(0));
    let all = place.run("head -c 65536 /dev/zero").await;
    assert_eq!((all.stdout.len(), all.truncated), (64 * 1024, false));
}

async fn a_command_has_nothing_to_read(place: Place, _: &str) {
    assert_eq!(place.said("cat; read x || echo end").await, "end\n");
}

async fn a_command_that_takes_too_long_is_killed(place: Place, engine: &str) {
    let sleep = unusual(engine, 1);
    let mut long = exec(&format!("echo begun; sleep {sleep} & sleep {sleep}"));
    long.timeout = Duration::from_millis(300);
    let begun = Instant::now();
    let outcome = place.sandbox.exec(long, &CancellationToken::new()).await.expect("it runs");
    assert_eq!((outcome.exit_code, outcome.timed_out), (None, true));
    assert_eq!(outcome.stdout, b"begun\n");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    until("both are dead", || running(&sleep) == 0).await;
    assert_eq!(place.said("echo on").await, "on\n");
}

async fn a_cancelled_command_is_killed(place: Place, engine: &str) {
    let sleep = unusual(engine, 2);
    let cancel = CancellationToken::new();
    let long = place.sandbox.exec(exec(&format!("sleep {sleep} & sleep {sleep}")), &cancel);
    let (ended, ()) = tokio::join!(long, async {
        until("it runs", || running(&sleep) == 2).await;
        cancel.cancel();
    });
    assert!(matches!(ended, Err(SandboxError::Cancelled)), "{ended:?}");
    until("both are dead", || running(&sleep) == 0).await;
}

async fn what_a_command_leaves_behind_does_not_hold_it_up(place: Place, engine: &str) {
    let sleep = unusual(engine, 3);
    let begun = Instant::now();
    let outcome = place.run(&format!("sleep {sleep} & echo left")).await;
    assert_eq!((outcome.exit_code, &outcome.stdout[..]), (Some(0), &b"left\n"[..]));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(running(&sleep), 1, "it goes on");
    place.sandbox.close().await;
    until("it goes with the sandbox", || running(&sleep) == 0).await;
}

async fn what_is_stopped_uses_no_time(place: Place, _: &str) {
    let mut counted = exec("for i in 1 2 3 4 5; do echo $i > step; sleep 0.1; done; echo over");
    counted.timeout = Duration::from_secs(2);
    let cancel = CancellationToken::new();
    let running = place.sandbox.exec(counted, &cancel);
    let (outcome, ()) = tokio::join!(running, async {
        until("it runs", || place.home().join("step").exists()).await;
        place.sandbox.signal(Signal::SigStop);
        tokio::time::sleep(Duration::from_millis(300)).await; // grace
        let step = std::fs::read(place.home().join("step")).expect("a file");
        tokio::time::sleep(Duration::from_millis(2_200)).await; // grace
        assert_eq!(std::fs::read(place.home().join("step")).expect("a file"), step, "it stands still");
        place.sandbox.signal(Signal::SigCont);
    });
    let outcome = outcome.expect("it runs");
    assert_eq!((outcome.exit_code, &outcome.stdout[..], outcome.timed_out), (Some(0), &b"over\n"[..], false));
}

async fn read_until(terminal: &mut Terminal, until: &str) -> String {
    let mut text = String::new();
    let mut bytes = vec![0; 4096];
    while !text.contains(until) {
        let read = timeout(Duration::from_secs(10), terminal.reader.read(&mut bytes)).await;
        let read = read.unwrap_or_else(|_| panic!("no {until} in {text:?}")).expect("a read");
        assert!(read > 0, "it ended: {text:?}");
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    text
}

async fn a_terminal_is_typed_into_and_resized(place: Place, _: &str) {
    let mut terminal = place.shell().await;
    terminal.writer.write_all(b"stty size; echo one-$((40+2))\n").await.expect("typed");
    let text = read_until(&mut terminal, "one-42").await;
    assert!(text.contains("24 80") && text.contains("echo one"), "{text}");
    terminal.control.resize(100, 30).expect("resized");
    terminal.writer.write_all(b"stty size; test -t 0 && tty; echo two-$((40+2))\n").await.expect("typed");
    let text = read_until(&mut terminal, "two-42").await;
    assert!(text.contains("30 100") && text.contains("/dev/"), "{text}");
    terminal.writer.write_all(b"head -c 1000000 /dev/zero | tr '\\0' x; echo fin-$((1+1))\n").await.expect("typed");
    let text = read_until(&mut terminal, "fin-2").await;
    assert!(text.len() > 1_000_000, "{}", text.len());
    terminal.writer.write_all(b"exit 3\n").await.expect("typed");
    let code = timeout(Duration::from_secs(5), terminal.control.wait()).await.expect("it ends");
    assert_eq!(code, 3);
    let mut rest = Vec::new();
    timeout(Duration::from_secs(5), terminal.reader.read_to_end(&mut rest)).await.expect("an end").expect("read");
}

async fn a_terminal_is_hung_up(place: Place, engine: &str) {
    let sleep = unusual(engine, 4);
    let mut terminal = place.shell().await;
    terminal.writer.write_all(format!("sleep {sleep}\n").as_bytes()).await.expect("typed");
    until("it runs", || running(&sleep) == 1).await;
    terminal.control.kill();
    let code = timeout(Duration::from_secs(5), terminal.control.wait()).await.expect("it ends");
    assert_eq!(code, 137);
    until("it is dead", || running(&sleep) == 0).await;
}

async fn closing_ends_everything(place: Place, engine: &str) {
    let sleep = unusual(engine, 5);
    let mut terminal = place.shell().await;
    terminal.writer.write_all(format!("sleep {sleep} & sleep {sleep}\n").as_bytes()).await.expect("typed");
    place.run(&format!("setsid sleep {sleep} & true")).await;
    // A session of its own leaves what only follows groups.
    let expect = if engine == "host" { 2 } else { 3 };
    until("they run", || running(&sleep) >= expect).await;
    let begun = Instant::now();
    let cancel = CancellationToken::new();
    let waiting = place.sandbox.exec(exec("sleep 20"), &cancel);
    let (ended, ()) = tokio::join!(waiting, async {
        tokio::time::sleep(Duration::from_millis(100)).await; // grace
        place.sandbox.close().await;
        if engine != "host" {
            assert_eq!(running(&sleep), 0, "nothing is left once it is closed");
        }
    });
    assert!(matches!(ended, Err(SandboxError::Closed)), "{ended:?}");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(matches!(place.try_run("true").await, Err(SandboxError::Closed)));
    if engine == "host" {
        std::process::Command::new("pkill").args(["-KILL", "-xf", &format!("sleep {sleep}")]).status().expect("pkill");
    }
}

async fn what_cannot_start_says_so(place: Place, _: &str) {
    let mut missing = exec("true");
    missing.argv = vec!["/no/such/program".to_owned()];
    let failed = place.sandbox.exec(missing, &CancellationToken::new()).await.expect_err("it cannot start").to_string();
    assert!(failed.contains("/no/such/program"), "{failed}");
    assert_eq!(place.said("echo on").await, "on\n");
}
