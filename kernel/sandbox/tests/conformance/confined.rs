//! What is out of reach inside, and how everything inside ends.

use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::time::{Duration, Instant};

use aether_base::sandbox::{SandboxError, ShellSpec};
use aether_protocol::domains::process::Signal;
use aether_sandbox::{SandboxSettings, detect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use crate::place::{Place, confined, exec, running, spec, until};

#[tokio::test]
async fn only_the_home_and_scratch_space_can_be_written() {
    let place = Place::new(confined()).await;
    let said = place
        .said(
            "for folder in / /usr /usr/local /etc /bin /home /root /var /run /opt /run/aether /proc /proc/sys /sys; do \
             (echo x > $folder/probe) 2> /dev/null && echo wrote $folder; done; \
             (echo core > /proc/sys/kernel/core_pattern) 2> /dev/null && echo wrote core_pattern; \
             (echo own > /proc/self/comm) 2> /dev/null && echo wrote comm; \
             (: >> /etc/passwd) 2> /dev/null && echo wrote passwd; \
             for folder in ~ /tmp /var/tmp /dev/shm; do echo x > $folder/probe && echo own $folder; done",
        )
        .await;
    assert_eq!(said, "own /home/agent_7\nown /tmp\nown /var/tmp\nown /dev/shm\n");
    let made = std::fs::metadata(place.home().join("probe")).expect("a file");
    assert_eq!(made.uid(), rustix::process::geteuid().as_raw(), "what is made there belongs to the kernel's user");
}

#[tokio::test]
async fn scratch_space_ends_somewhere() {
    let place = Place::new(confined()).await;
    for (folder, megabytes) in [("/tmp", 512), ("/dev/shm", 256)] {
        let fill = format!("head -c 600000000 /dev/zero > {folder}/much; stat -c %s {folder}/much; rm {folder}/much");
        let said = place.said(&fill).await;
        assert!(said.contains("No space left on device"), "{said}");
        assert!(said.starts_with(&format!("{}\n", megabytes << 20)), "{said}");
    }
    let said = place.said("findmnt -rnt tmpfs -o TARGET,OPTIONS | grep -w rw | cut -d' ' -f1 | sort").await;
    assert_eq!(said, "/dev/shm\n/tmp\n", "no other memory can be written to");
}

#[tokio::test]
async fn devices_work_and_none_is_made() {
    let place = Place::new(confined()).await;
    let said = place
        .said(
            "(echo x > /dev/made) 2> /dev/null && echo made; mkdir /dev/folder 2> /dev/null && echo folder; \
             rm /dev/null 2> /dev/null && echo removed; \
             echo x > /dev/null && echo x > /dev/zero && echo null; (echo x > /dev/full) 2> /dev/null || echo full; \
             echo x > /dev/urandom && echo x > /dev/random && head -c 1 /dev/urandom | wc -c; \
             echo x | tee /dev/stderr > /dev/shm/x && cat /dev/fd/0 < /dev/shm/x",
        )
        .await;
    assert_eq!(said, "null\nfull\n1\nx\nx\n");
    let within = "script -qec 'echo seen > /dev/tty; echo x > $(tty) && stty size > /dev/null && echo works' /dev/null";
    let said = place.said(within).await;
    assert!(said.contains("seen") && said.contains("works"), "{said}");
    let python = "command -v python3 > /dev/null || { echo opened; exit; }; python3 -c 'import os; a, b = os.openpty(); \
                  os.write(b, b\"x\"); os.read(a, 1); os.close(os.open(os.ttyname(b), os.O_RDWR)); print(\"opened\")'";
    assert_eq!(place.said(python).await, "opened\n");
    let semaphore = "command -v python3 > /dev/null || exit 0; python3 -c 'import multiprocessing as m; m.Lock()'";
    assert_eq!(place.said(semaphore).await, "");
}

#[tokio::test]
async fn a_terminal_knows_its_device() {
    let place = Place::new(confined()).await;
    let argv = ["/bin/bash", "-c", "echo one > /dev/tty; echo two > $(tty); read x < /dev/tty; echo got $x"];
    let argv = argv.map(str::to_owned).to_vec();
    let shell = ShellSpec { argv, cwd: "/".to_owned(), cols: 80, rows: 24 };
    let mut terminal = place.sandbox.terminal(shell).await.expect("a terminal");
    terminal.writer.write_all(b"three\n").await.expect("typed");
    let mut text = String::new();
    let read = tokio::time::timeout(Duration::from_secs(10), terminal.reader.read_to_string(&mut text)).await;
    read.expect("an end").expect("text");
    assert!(["one", "two", "got three"].iter().all(|word| text.contains(word)), "{text}");
}

#[tokio::test]
async fn where_memory_runs_out_what_is_inside_goes_first() {
    let place = Place::new(confined()).await;
    let lower = "cat /proc/self/oom_score_adj; (echo 0 > /proc/self/oom_score_adj) 2> /dev/null; \
                 cat /proc/self/oom_score_adj /proc/1/oom_score_adj";
    assert_eq!(place.said(lower).await, "1000\n1000\n1000\n");
    let own = std::fs::read_to_string("/proc/self/oom_score_adj").expect("a number");
    assert_ne!(own, "1000\n", "the kernel stays as it was");
}

#[tokio::test]
async fn secrets_of_the_machine_are_not_there() {
    let place = Place::new(confined()).await;
    std::fs::write(place.data.path().join("kernel.db"), "the kernel's own").expect("a file");
    let data = place.data.path().display().to_string();
    let said = place
        .said(&format!(
            "cat /etc/shadow /etc/gshadow /etc/sudoers /etc/ssh/* /etc/ssl/private/* {data}/kernel.db 2> /dev/null; \
             ls -A /root /var /opt /sys {data} 2> /dev/null; ls /home; ls /run; env | cut -d= -f1 | sort | tr '\\n' ' '"
        ))
        .await;
    let expect = "/opt:\n\n/root:\n\n/var:\ntmp\nagent_7\naether\nHOME PATH PWD SHLVL TERM _ ";
    assert_eq!(said, expect);
}

#[tokio::test]
async fn one_is_an_ordinary_user_inside() {
    let place = Place::new(confined()).await;
    let said = place.said("id -un; id -u; hostname; grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status").await;
    assert_eq!(said, "agent_7\n1000\naether\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n");
}

#[tokio::test]
async fn calls_that_reach_the_machine_are_refused() {
    let place = Place::new(confined()).await;
    let refused = [
        "unshare -U true",
        "unshare -r true",
        "mount -t tmpfs none /tmp",
        "nsenter -t 1 -n true",
        // Raw, packet and virtual machine sockets.
        "perl -MSocket -e 'socket(S, 17, 3, 0) or die'",
        "perl -MSocket -e 'socket(S, 40, 1, 0) or die'",
        "perl -MSocket -e 'socket(S, 2, 3, 1) or die'",
        // Netlink of another kind than routes; io_uring, bpf, keyctl, userfaultfd by number.
        "perl -MSocket -e 'socket(S, 16, 3, 9) or die'",
        "perl -e 'exit(syscall(425, 1, 0) < 0)'",
        "perl -e 'exit(syscall(321, 0, 0, 0) < 0)'",
        "perl -e 'exit(syscall(250, 0, 0, 0) < 0)'",
        "perl -e 'exit(syscall(323, 0) < 0)'",
        // The second table of x86-64: mount by its other number.
        "perl -e 'exit(syscall(0x40000000 | 165, 0, 0, 0, 0, 0) < 0)'",
        // Typing into one's own terminal, and looking into the supervisor.
        "script -qec 'perl -e \"exit(ioctl(STDIN, 0x5412, qq(x)) ? 0 : 1)\"' /dev/null",
        "cat /proc/1/environ",
        "readlink /proc/1/fd/0",
        "test $(ls /proc/self/fd | wc -l) -gt 4",
        "kill -KILL 1; kill -STOP 1; false",
    ];
    for command in refused {
        let outcome = place.run(command).await;
        assert_ne!(outcome.exit_code, Some(0), "{command}: {}", String::from_utf8_lossy(&outcome.stdout));
    }
    let allowed = [
        "perl -MSocket -e 'socket(S, 1, 1, 0) or die; socket(S, 2, 1, 0) or die; socket(S, 10, 1, 0) or die'",
        "getent hosts localhost",
        "bash -c '(true | cat) && wait'",
        "script -qec 'tty' /dev/null | grep -q /dev/pts",
        "python3 -c 'import threading; t = threading.Thread(target=print); t.start(); t.join()' || ! command -v python3",
    ];
    for command in allowed {
        let outcome = place.run(command).await;
        assert_eq!(outcome.exit_code, Some(0), "{command}: {}", String::from_utf8_lossy(&outcome.stderr));
    }
}

#[tokio::test]
async fn commands_and_terminals_see_each_other_and_nobody_else() {
    let place = Place::new(confined()).await;
    let _terminal = place.shell().await;
    place.run("sleep 43001 & true").await;
    let said = place.said("ps -eo comm= | sort | uniq | tr '\\n' ' '").await;
    assert!(said.starts_with("bash init ps sleep"), "{said}");
}

#[tokio::test]
async fn everything_inside_is_signalled_and_counted() {
    let place = Place::new(confined()).await;
    assert_eq!(place.sandbox.usage(), Some((Duration::ZERO, 0)), "what has not begun has used nothing");
    place.run("trap 'echo usr1 > got; exit' USR1; (while :; do sleep 0.01; done) & true").await;
    place.run("setsid bash -c 'trap \"echo term > ~/got; exit\" TERM; echo > ~/ready; while :; do sleep 0.05; done' & true").await;
    until("it is ready", || place.home().join("ready").exists()).await;
    place.sandbox.signal(Signal::SigTerm);
    until("it was told", || std::fs::read_to_string(place.home().join("got")).is_ok_and(|got| got == "term\n")).await;
    place.run("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done").await;
    let (time, memory) = place.sandbox.usage().expect("it can tell");
    assert!(time > Duration::from_millis(50) && memory > 500_000, "{time:?} {memory}");
    let cancel = CancellationToken::new();
    let (ended, ()) = tokio::join!(place.sandbox.exec(exec("sleep 43005"), &cancel), async {
        until("it runs", || running("43005") == 1).await;
        place.sandbox.signal(Signal::SigKill);
        place.sandbox.close().await;
        assert_eq!(running("43005"), 0, "nothing is left once it is closed");
    });
    assert!(matches!(ended, Err(SandboxError::Closed)), "{ended:?}");
    assert!(matches!(place.try_run("true").await, Err(SandboxError::Closed)));
}

/// The states of processes of this machine whose arguments end so.
fn states(arguments: &str) -> Vec<char> {
    let list = Command::new("ps").args(["-eo", "stat=,args="]).output().expect("ps runs");
    let text = String::from_utf8_lossy(&list.stdout);
    text.lines().filter(|line| line.trim_end().ends_with(arguments)).filter_map(|line| line.chars().next()).collect()
}

#[tokio::test]
async fn what_starts_while_everything_is_stopped_is_stopped_too() {
    let place = Place::new(confined()).await;
    place.sandbox.signal(Signal::SigStop);
    let cancel = CancellationToken::new();
    let (ended, ()) = tokio::join!(place.sandbox.exec(exec("exec sleep 43010"), &cancel), async {
        until("it is stopped", || states("sleep 43010") == ['T']).await;
        place.sandbox.signal(Signal::SigCont);
        until("it goes on", || running("43010") == 1 && states("sleep 43010") == ['S']).await;
        cancel.cancel();
    });
    assert!(matches!(ended, Err(SandboxError::Cancelled)), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_may_be_opened_while_everything_is_stopped() {
    let place = Place::new(confined()).await;
    place.run("sleep 43011 & true").await;
    place.sandbox.signal(Signal::SigStop);
    until("it is stopped", || states("sleep 43011") == ['T']).await;
    let mut terminal = place.shell().await;
    terminal.writer.write_all(b"echo one-$((40+2)); exit\n").await.expect("typed");
    let mut said = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), terminal.reader.read_to_end(&mut said)).await;
    let said = String::from_utf8_lossy(&said);
    assert!(read.is_ok() && said.contains("one-42"), "{said}");
    assert_eq!(states("sleep 43011"), ['T'], "what was stopped still is");
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_last_handle_ends_everything() {
    let place = Place::new(confined()).await;
    place.run("setsid sleep 43002 & sleep 43002 & true").await;
    until("they run", || running("43002") == 2).await;
    drop(place);
    until("they are dead", || running("43002") == 0).await;
}

/// Processes of this machine whose arguments name this place.
fn left_of(place: &Place) -> usize {
    let data = place.data.path().display().to_string();
    let list = Command::new("ps").args(["-eo", "stat=,args="]).output().expect("ps runs");
    let text = String::from_utf8_lossy(&list.stdout);
    text.lines().filter(|line| line.contains(&data) && !line.starts_with('Z')).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_starts_while_it_is_closed_ends() {
    for round in 0_u64..40 {
        let place = Place::new(confined()).await;
        let close = async {
            // From before it starts until after it has.
            tokio::time::sleep(Duration::from_micros(round * 500)).await; // grace
            if round % 2 == 0 {
                place.sandbox.signal(Signal::SigKill);
            }
            place.sandbox.close().await;
            assert_eq!((running("43006"), left_of(&place)), (0, 0), "round {round}: nothing is left once it is closed");
        };
        let (first, second, ()) = tokio::join!(place.try_run("sleep 43006"), place.try_run("sleep 43006"), close);
        for ended in [first, second] {
            assert!(matches!(ended, Err(SandboxError::Closed)), "round {round}: {ended:?}");
        }
        assert!(matches!(place.try_run("true").await, Err(SandboxError::Closed)));
        assert!(matches!(place.sandbox.set_network(true).await, Err(SandboxError::Closed)));
        assert_eq!((running("43006"), left_of(&place)), (0, 0), "round {round}: and nothing starts again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_nobody_waits_for_is_closed_too() {
    for round in 0..20 {
        let place = Place::new(confined()).await;
        let cancel = CancellationToken::new();
        let (ended, ()) = tokio::join!(place.sandbox.exec(exec("sleep 43007"), &cancel), async {
            tokio::time::sleep(Duration::from_millis(round)).await; // grace
            cancel.cancel();
        });
        assert!(matches!(ended, Err(SandboxError::Cancelled)), "{ended:?}");
        place.sandbox.close().await;
        assert_eq!((running("43007"), left_of(&place)), (0, 0), "round {round}");
    }
}

#[tokio::test]
async fn a_namespace_that_died_is_replaced() {
    let place = Place::new(confined()).await;
    place.run("touch here; sleep 43003 & true").await;
    until("it runs", || running("43003") == 1).await;
    let list = Command::new("pgrep").args(["-f", "43003"]).output().expect("pgrep runs");
    let inside: String = String::from_utf8_lossy(&list.stdout).lines().next().unwrap_or_default().to_owned();
    let status = std::fs::read_to_string(format!("/proc/{inside}/status")).expect("a process");
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:\t")).expect("a parent").to_owned();
    Command::new("kill").args(["-KILL", &parent]).status().expect("kill runs");
    until("all of it is dead", || running("43003") == 0).await;
    // The first command may still find it dying.
    let _ = place.try_run("true").await;
    assert_eq!(place.said("ls").await, "here\n");
}

#[tokio::test]
async fn orphans_are_collected() {
    let place = Place::new(confined()).await;
    place.run("for i in 1 2 3 4 5; do (sleep 0.01 &) ; done").await;
    tokio::time::sleep(Duration::from_millis(200)).await; // grace
    assert_eq!(place.said("ps -eo stat= | grep -c Z").await, "0\n");
}

#[tokio::test]
async fn a_long_command_fits_and_a_longer_one_is_refused_in_words() {
    let place = Place::new(confined()).await;
    let outcome = place.run(&format!("echo {} | wc -c", "y".repeat(120_000))).await;
    assert_eq!(outcome.stdout, b"120001\n");
    let failed = place.try_run(&format!(": {}", "z".repeat(300_000))).await.expect_err("too long").to_string();
    assert!(failed.contains("use a file"), "{failed}");
    let failed = place.try_run("echo \0 x").await.expect_err("not sayable").to_string();
    assert!(failed.contains("NUL"), "{failed}");
}

#[tokio::test]
async fn where_nothing_confines_the_refusal_says_what_to_do() {
    let engine = detect(&SandboxSettings { allow_host: false, init: Some("/nonexistent/aether-init".into()) });
    let data = tempfile::tempdir().expect("a folder");
    let Err(SandboxError::Unconfined { reason, remedy }) = engine.open(spec(data.path())).await else {
        panic!("it opened")
    };
    assert!(reason.contains("/nonexistent/aether-init"), "{reason}");
    assert!(remedy.contains("AETHER_INIT") && remedy.contains("AETHER_ALLOW_HOST=1"), "{remedy}");
}

/// A test of this program, run by itself: `before` is the shell's preparation for it.
pub fn alone(before: &str, test: &str) -> Command {
    let own = std::env::current_exe().expect("the test's own path");
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before} exec \"$0\" --exact {test} --ignored --nocapture")]).arg(own);
    command
}

#[tokio::test]
async fn where_namespaces_are_refused_the_refusal_says_what_to_do() {
    let before = "echo 0 > /proc/sys/user/max_user_namespaces &&";
    let prepared = Command::new("unshare").args(["-Ur", "sh", "-c", &format!("{before} true")]).output();
    if !prepared.is_ok_and(|output| output.status.success()) {
        println!("skipped: this user cannot take namespaces away");
        return;
    }
    let shell = alone(before, "confined::a_sandbox_that_is_refused");
    let output = Command::new("unshare").arg("-Ur").arg(shell.get_program()).args(shell.get_args()).output();
    let output = output.expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
#[ignore = "run by another test, where namespaces are refused"]
async fn a_sandbox_that_is_refused() {
    let data = tempfile::tempdir().expect("a folder");
    let Err(SandboxError::Unconfined { reason, remedy }) = confined().open(spec(data.path())).await else {
        panic!("it opened")
    };
    assert!(reason.contains("bwrap"), "{reason}");
    assert!(remedy.contains("user.max_user_namespaces") && remedy.contains("sandbox.allow_host"), "{remedy}");
}

#[tokio::test]
async fn a_kernel_that_is_killed_takes_everything_with_it() {
    let mut kernel = alone("", "confined::a_kernel_to_be_killed").spawn().expect("it runs");
    until("it runs", || running("43004") == 2).await;
    kernel.kill().expect("killed");
    kernel.wait().expect("waited");
    until("they are dead", || running("43004") == 0).await;
    let pids = || Command::new("pgrep").args(["-f", "guard [0-9]+ .*/proc/self/fd/0"]).output().expect("pgrep runs");
    until("no helper is left", || pids().stdout.is_empty()).await;
}

#[tokio::test]
#[ignore = "run by another test, and killed"]
async fn a_kernel_to_be_killed() {
    let place = Place::new(confined()).await;
    if let Err(error) = place.sandbox.set_network(true).await {
        println!("without the network: {error}");
    }
    place.run("setsid sleep 43004 & exec sleep 43004").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_commands_run_at_once() {
    let place = std::sync::Arc::new(Place::new(confined()).await);
    let begun = Instant::now();
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let place = place.clone();
            tokio::spawn(async move { place.said(&format!("sleep 0.2; echo {number}")).await })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.expect("it ends"), format!("{number}\n"));
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// Prints what a namespace and a command in it cost.
#[tokio::test(flavor = "multi_thread")]
async fn starting_is_quick() {
    let mut starts = Vec::new();
    let mut execs = Vec::new();
    for _ in 0..10 {
        let place = Place::new(confined()).await;
        let begun = Instant::now();
        place.run("true").await;
        starts.push(begun.elapsed());
        for _ in 0..10 {
            let mut quick = exec("");
            quick.argv = vec!["/bin/true".to_owned()];
            let begun = Instant::now();
            place.sandbox.exec(quick, &CancellationToken::new()).await.expect("it runs");
            execs.push(begun.elapsed());
        }
    }
    starts.sort();
    execs.sort();
    println!("first command {:?}, next {:?} (medians)", starts[5], execs[50]);
    assert!(starts[5] < Duration::from_millis(500));
}

const BYTES: usize = 20_000_000;
const FLOOD: &str = "yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c 20000000";

/// Prints how fast a terminal is, beside a bare read of the same kind of terminal.
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_quick() {
    let place = Place::new(confined()).await;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        ours.push(flood(&place).await);
        bare.push(tokio::task::spawn_blocking(bare_flood).await.expect("it ends"));
    }
    ours.sort();
    bare.sort();
    let ratio = bare[4].as_secs_f64() / ours[4].as_secs_f64();
    println!("{BYTES} bytes: {:?}, bare {:?}, ratio {ratio:.2} (medians)", ours[4], bare[4]);
}

async fn flood(place: &Place) -> Duration {
    let argv = ["/bin/sh", "-c", FLOOD].map(str::to_owned).to_vec();
    let shell = ShellSpec { argv, cwd: "/".to_owned(), cols: 80, rows: 24 };
    let mut terminal = place.sandbox.terminal(shell).await.expect("a terminal");
    let begun = Instant::now();
    let pump = async move {
        let mut read = 0;
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = terminal.reader.read(&mut buffer).await {
            read += length;
        }
        read
    };
    assert!(tokio::spawn(pump).await.expect("it ends") >= BYTES);
    begun.elapsed()
}

fn bare_flood() -> Duration {
    let flags = rustix::pty::OpenptFlags::RDWR | rustix::pty::OpenptFlags::NOCTTY;
    let master = rustix::pty::openpt(flags).expect("a terminal");
    rustix::pty::unlockpt(&master).expect("unlocked");
    let slave = rustix::pty::ioctl_tiocgptpeer(&master, flags).expect("a terminal");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", FLOOD]).stdin(slave.try_clone().expect("a copy")).stdout(slave);
    let begun = Instant::now();
    let mut child = shell.spawn().expect("it runs");
    drop(shell);
    let mut read = 0;
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = rustix::io::read(&master, &mut buffer[..]) {
        read += length;
    }
    let took = begun.elapsed();
    child.wait().expect("it ends");
    assert!(read >= BYTES);
    took
}
