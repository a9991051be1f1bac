//! The command line: what it says while an agent waits, and how a person answers from where they are or elsewhere.

use std::path::Path;
use std::process::{Output, Stdio};

use aether_tests::{Kernel, Options, programs, within};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};

/// What the scenarios end with.
const COMPLETE: &str =
    "[[turn]]\n[[turn.calls]]\ntool = \"complete\"\narguments = { summary = \"It is {{result}}\" }\n";
const ASK: &str = "[[turn]]\n[[turn.calls]]\ntool = \"ask_user\"\narguments = { question = \"Which colour?\" }\n";

/// A kernel whose scripted model plays these turns as `play.toml`.
async fn kernel(turns: &[&str]) -> (Kernel, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("play.toml"), turns.concat()).expect("a scenario");
    let scenarios = folder.path().display().to_string();
    let options = Options::default().set("OLLAMA_HOST", "http://127.0.0.1:1").set("AETHER_SCENARIOS", &scenarios);
    (options.start().await, folder)
}

fn aether(root: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(programs::ours("aether"));
    command
        .args(words)
        .env_clear()
        .env("HOME", root)
        .env("AETHER_FS_ROOT", root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn say(kernel: &Kernel, words: &[&str]) -> Output {
    let output = within(words[0], aether(kernel.path(), words).output()).await.expect("it ran");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A program that is read while it runs.
struct Running {
    child: Child,
    said: Lines<BufReader<Box<dyn AsyncRead + Unpin>>>,
    noted: Lines<BufReader<Box<dyn AsyncRead + Unpin>>>,
}

impl Running {
    fn start(mut command: Command) -> Running {
        let mut child = command.spawn().expect("aether starts");
        let (said, noted) = (child.stdout.take().expect("its output"), child.stderr.take().expect("its notes"));
        let lines = |read: Box<dyn AsyncRead + Unpin>| BufReader::new(read).lines();
        Running { child, said: lines(Box::new(said)), noted: lines(Box::new(noted)) }
    }

    fn run(kernel: &Kernel, words: &[&str]) -> Running {
        let goal = ["run", "--model", "scripted:play.toml", "Play."];
        Running::start(aether(kernel.path(), &[&goal, words].concat()))
    }

    /// Waits for a line on standard output that contains this.
    async fn says(&mut self, part: &str) -> String {
        until(&mut self.said, part).await
    }

    /// Waits for a line on standard error that contains this.
    async fn notes(&mut self, part: &str) -> String {
        until(&mut self.noted, part).await
    }

    async fn ended(&mut self) -> Option<i32> {
        within("its end", self.child.wait()).await.expect("its end").code()
    }
}

async fn until(lines: &mut Lines<BufReader<Box<dyn AsyncRead + Unpin>>>, part: &str) -> String {
    let mut seen = String::new();
    let found = within(part, async {
        while let Some(line) = lines.next_line().await.expect("text") {
            if line.contains(part) {
                return Some(line);
            }
            seen += &line;
            seen.push('\n');
        }
        None
    });
    found.await.unwrap_or_else(|| panic!("no {part:?} in:\n{seen}"))
}

#[tokio::test]
async fn what_starts_by_itself_and_who_is_told_is_looked_after_from_a_terminal() {
    let (kernel, _folder) = kernel(&[COMPLETE]).await;
    let text = |output: Output| String::from_utf8(output.stdout).expect("text").trim().to_owned();
    let agent = ["--goal", "tick", "--model", "scripted:play.toml"];
    let job = [&["cron", "create", "nightly", "--expression", "0 5 * * *"][..], &agent].concat();
    let job = text(say(&kernel, &job).await);
    say(&kernel, &["cron", "disable", &job]).await;
    let listed = text(say(&kernel, &["cron", "ls", "--json"]).await);
    let record: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!((&record["id"], &record["enabled"]), (&job.clone().into(), &false.into()), "{listed}");
    say(&kernel, &["cron", "enable", &job]).await;
    assert!(text(say(&kernel, &["cron", "list"]).await).contains("nightly"));
    say(&kernel, &["cron", "rm", &job]).await;
    assert_eq!(text(say(&kernel, &["cron", "ls", "--json"]).await), "");

    let trigger = [&["trigger", "add", "after", "--event", "process.exit"][..], &agent].concat();
    let trigger = text(say(&kernel, &trigger).await);
    assert!(text(say(&kernel, &["trigger", "ls"]).await).contains(&trigger));
    say(&kernel, &["trigger", "delete", &trigger]).await;
    let refused = within("it", aether(kernel.path(), &["trigger", "rm", &trigger]).output()).await.expect("it ran");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("Trigger not found"), "{refused:?}");

    let hook = text(say(&kernel, &["webhook", "add", "https://example.com/x", "--event", "process.exit"]).await);
    assert!(text(say(&kernel, &["webhook", "ls"]).await).contains("https://example.com/x"));
    say(&kernel, &["webhook", "disable", &hook]).await;
    say(&kernel, &["webhook", "logs", &hook]).await;
    assert_eq!(text(say(&kernel, &["webhook", "dead", "--json"]).await), "");
    assert_eq!(text(say(&kernel, &["webhook", "purge"]).await), "0 deleted");
    say(&kernel, &["webhook", "rm", &hook]).await;
    assert_eq!(text(say(&kernel, &["webhook", "ls", "--json"]).await), "");
}

#[tokio::test]
async fn who_has_read_enough_is_not_told_of_a_failure() {
    let (kernel, _folder) = kernel(&[COMPLETE]).await;
    for words in [&["ps"][..], &["--json", "status"]] {
        let (read, write) = std::io::pipe().expect("a pipe");
        drop(read);
        let mut command = aether(kernel.path(), words);
        let child = command.stdout(write).spawn().expect("aether starts");
        let output = within(words[0], child.wait_with_output()).await.expect("it ran");
        assert_eq!((output.status.code(), &*output.stderr), (Some(141), &[][..]), "{output:?}");
    }
}

#[tokio::test]
async fn a_question_without_a_terminal_is_answered_from_another() {
    let (kernel, _folder) = kernel(&[ASK, COMPLETE]).await;
    let mut run = Running::run(&kernel, &[]);
    run.notes("Which colour?").await;
    run.notes("aether answer 2 --id apr_2_1 TEXT").await;
    let ps = say(&kernel, &["ps"]).await;
    assert!(String::from_utf8_lossy(&ps.stdout).contains("waits: Which colour?"), "{ps:?}");

    let late = aether(kernel.path(), &["answer", "2", "--id", "apr_2_9", "red"]).output().await.expect("it ran");
    assert!(!late.status.success(), "only the request that is meant is answered");
    let wrong = aether(kernel.path(), &["approve", "2"]).output().await.expect("it ran");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("aether answer 2"), "{wrong:?}");
    let answered = say(&kernel, &["answer", "2", "green"]).await;
    assert!(String::from_utf8_lossy(&answered.stdout).contains("Which colour?"), "it says what was answered");
    run.notes("answered elsewhere").await;
    run.says("It is").await;
    assert_eq!(run.ended().await, Some(0));
}

#[tokio::test]
async fn at_the_step_limit_more_steps_are_granted() {
    let turn = "[[turn]]\n[[turn.calls]]\ntool = \"list_files\"\narguments = { path = \".\" }\n";
    let (kernel, _folder) = kernel(&[turn, turn, COMPLETE]).await;
    let mut run = Running::run(&kernel, &["--max-steps", "1"]);
    run.says("waits for more steps").await;
    run.notes("aether continue 2").await;
    say(&kernel, &["continue", "2", "--steps", "1"]).await;
    run.says("waits for more steps").await;
    say(&kernel, &["continue", "2"]).await;
    run.says("Success after 3 steps").await;
    assert_eq!(run.ended().await, Some(0));
}

#[tokio::test]
async fn a_run_that_waits_for_a_key_says_so_and_goes_on_when_resumed() {
    let refused = "[[turn]]\nfail = { error = \"auth\", times = 2 }\ntext = \"Here I am.\"\n";
    let (kernel, _folder) = kernel(&[refused, COMPLETE]).await;
    let mut run = Running::run(&kernel, &[]);
    run.says("refused the API key").await;
    run.notes("aether resume 2").await;
    let mut watch = Running::start(aether(kernel.path(), &["watch", "2"]));
    watch.says("refused the API key").await;
    watch.notes("aether stop 2").await;
    say(&kernel, &["resume", "2"]).await;
    run.says("refused the API key").await;
    say(&kernel, &["resume", "2"]).await;
    run.says("Here I am.").await;
    assert_eq!((run.ended().await, watch.ended().await), (Some(0), Some(0)));
}

#[tokio::test]
async fn a_late_watcher_in_json_gets_the_open_request_and_nothing_but_json() {
    let (kernel, _folder) = kernel(&[ASK, COMPLETE]).await;
    let mut run = Running::run(&kernel, &[]);
    run.notes("aether answer").await;
    let mut watch = Running::start(aether(kernel.path(), &["--json", "watch", "2"]));
    let asked = within("the request", watch.said.next_line()).await.expect("text").expect("a line");
    let asked: Value = serde_json::from_str(&asked).expect("JSON");
    assert_eq!((&asked["type"], &asked["approvalId"]), (&"process.approval_required".into(), &"apr_2_1".into()));
    watch.notes("Which colour?").await;
    watch.notes("aether answer 2").await;
    say(&kernel, &["reject", "2", "guess"]).await;
    assert_eq!((run.ended().await, watch.ended().await), (Some(0), Some(0)));
    while let Some(line) = watch.said.next_line().await.expect("text") {
        serde_json::from_str::<Value>(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[tokio::test]
async fn an_agent_is_kept_restored_and_forked() {
    let (kernel, _folder) = kernel(&[ASK, COMPLETE]).await;
    let mut run = Running::run(&kernel, &[]);
    run.notes("Which colour?").await;
    let text = |output: Output| String::from_utf8(output.stdout).expect("text").trim().to_owned();
    let kept = text(say(&kernel, &["snapshot", "create", "2", "before\u{1b}[2K the answer"]).await);
    let id = kept.split(' ').next().expect("an id");
    assert!(id.starts_with("snap_2_") && kept.contains("before\\u{1b}[2K the answer"), "{kept}");
    assert_eq!(text(say(&kernel, &["snapshot", "ls"]).await), kept);
    assert_eq!(text(say(&kernel, &["snapshot", "ls", "9"]).await), "");
    assert_eq!(text(say(&kernel, &["snapshot", "restore", id]).await), "3");
    assert_eq!(text(say(&kernel, &["fork", "2"]).await), "4");
    let mut watch = Running::start(aether(kernel.path(), &["watch", "3"]));
    watch.notes("Which colour?").await;
    say(&kernel, &["answer", "3", "green"]).await;
    assert_eq!(watch.ended().await, Some(0));
    say(&kernel, &["snapshot", "rm", id]).await;
    assert_eq!(text(say(&kernel, &["snapshot", "ls"]).await), "");
    say(&kernel, &["answer", "2", "blue"]).await;
    assert_eq!(run.ended().await, Some(0));
}

#[tokio::test]
async fn an_agent_does_not_steer_the_terminal() {
    let turns = "[[turn]]\ntext = \"\\u001b]52;c;cm0=\\u0007 \\u202Eeman\"\n[[turn.calls]]\ntool = \"ask_user\"\n\
                 arguments = { question = \"Fine?\\u001b[2K\\rHarmless?\" }\n";
    let (kernel, _folder) = kernel(&[turns, COMPLETE]).await;
    let mut run = Running::run(&kernel, &[]);
    let thought = run.says("cm0=").await;
    assert!(thought.contains("\\u{1b}]52") && thought.contains("\\u{202e}eman"), "{thought}");
    let asked = run.notes("Fine?").await;
    assert!(asked.contains("\\u{1b}[2K\\u{d}Harmless?"), "{asked}");
    say(&kernel, &["stop", "2"]).await;
    assert_eq!(run.ended().await, Some(143), "the agent's exit code is ours");
}

#[cfg(unix)]
mod at_a_terminal {
    use super::*;
    use rustix::process::{Pid, Signal, kill_process};
    use std::fs::File;
    use std::io::Write;

    /// A run whose input is a terminal, and the keyboard of that.
    fn run(kernel: &Kernel, words: &[&str]) -> (Running, File) {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&keyboard).expect("a terminal");
        unlockpt(&keyboard).expect("a terminal");
        let name = ptsname(&keyboard, Vec::new()).expect("its name").into_string().expect("text");
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
        let terminal = rustix::fs::open(name.as_str(), flags, rustix::fs::Mode::empty()).expect("its other end");
        let goal = ["run", "--model", "scripted:play.toml", "Play."];
        let mut command = aether(kernel.path(), &[&goal, words].concat());
        command.stdin(Stdio::from(terminal));
        (Running::start(command), File::from(keyboard))
    }

    /// Waits for a prompt, which ends no line.
    async fn prompted(run: &mut Running, prompt: &str) {
        use tokio::io::AsyncReadExt;
        let mut seen = Vec::new();
        within(prompt, async {
            while !String::from_utf8_lossy(&seen).contains(prompt) {
                seen.push(run.noted.get_mut().read_u8().await.expect("a prompt"));
            }
        })
        .await;
    }

    #[tokio::test]
    async fn what_was_typed_before_the_question_is_no_answer_to_it() {
        let (kernel, _folder) = kernel(&[ASK, ASK, COMPLETE]).await;
        let (mut run, mut keyboard) = run(&kernel, &[]);
        keyboard.write_all(b"too early\n").expect("typed");
        prompted(&mut run, "Your answer: ").await;
        keyboard.write_all(b"green\n").expect("typed");
        run.says("green").await;
        prompted(&mut run, "Your answer: ").await;
        say(&kernel, &["answer", "2", "blue"]).await;
        run.notes("answered elsewhere").await;
        run.says("blue").await;
        assert_eq!(run.ended().await, Some(0));
    }

    #[tokio::test]
    async fn ctrl_c_at_a_question_leaves_and_the_agent_stays() {
        let (kernel, _folder) = kernel(&[ASK, COMPLETE]).await;
        let (mut run, _keyboard) = run(&kernel, &["--json"]);
        prompted(&mut run, "Your answer: ").await;
        let pid = Pid::from_raw(run.child.id().expect("it runs") as i32).expect("a pid");
        kill_process(pid, Signal::INT).expect("sent");
        run.notes("goes on without you").await;
        assert_eq!(run.ended().await, Some(130));
        let open = say(&kernel, &["approvals"]).await;
        assert!(String::from_utf8_lossy(&open.stdout).contains("Which colour?"), "{open:?}");
    }
}
