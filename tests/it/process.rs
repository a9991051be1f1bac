//! Processes as an operating system has them: their environment, stopping and continuing, niceness, what they use,
//! their children, and how all that ends.

use std::path::PathBuf;

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Kernel, Options, eventually, within};
use serde_json::{Value, json};

type Calls = (String, Vec<(&'static str, Value)>);

fn run(command: &str) -> (&'static str, Value) {
    ("run_command", json!({ "command": command, "timeout": 600 }))
}

fn complete(summary: &str) -> (&'static str, Value) {
    ("complete", json!({ "summary": summary }))
}

/// What each agent does, by the first word of its goal.
fn script(goal: &str, turn: usize) -> Calls {
    let (what, rest) = goal.split_once(' ').unwrap_or((goal, ""));
    let call = match (what, turn) {
        ("run", 0) => run(rest),
        ("env", 0) => run("env -0 > env.txt"),
        ("env" | "lead", 1) | ("ask", 0) => ("ask_user", json!({ "question": "Which way?" })),
        ("nice", 0 | 2) => run("nice >> nice.txt"),
        ("nice", 1) => ("ask_user", json!({ "question": "Go on?" })),
        ("work", 0) => ("write_file", json!({ "path": "result.txt", "content": "the answer is 42" })),
        ("deep" | "lead", 0) => ("spawn_agent", json!({ "role": "Helper", "goal": rest })),
        ("wait", 0) => ("spawn_agent", json!({ "role": "Helper", "goal": rest })),
        // The first of a kernel has pid 2, and its first child pid 3.
        ("wait", 1) => ("wait_for_agent", json!({ "pid": 3 })),
        ("wait", 2) => ("read_file", json!({ "path": "/home/agent_3/result.txt" })),
        ("share", 0) => ("spawn_agent", json!({ "role": "Helper", "goal": rest })),
        ("share", 1) => {
            ("share_knowledge", json!({ "pid": 3, "topic": "fruit", "content": "Lemons are sour.", "tags": ["taste"] }))
        }
        ("idle", _) => return ("I do nothing.".to_owned(), Vec::new()),
        _ => complete(&format!("{what} is over")),
    };
    (String::new(), vec![call])
}

async fn start(options: Options) -> (Kernel, CountingModel) {
    let model = CountingModel::start(script).await;
    let options = options.set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url);
    (options.start().await, model)
}

async fn spawn_with(client: &mut Client, goal: &str, more: Value) -> u64 {
    let mut config = json!({ "role": "Worker", "goal": goal, "model": "openai:gpt-4.1" });
    config.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid")
}

async fn spawn(client: &mut Client, goal: &str) -> u64 {
    spawn_with(client, goal, json!({})).await
}

async fn observed(client: &mut Client, pid: u64) -> String {
    client.wait("agent.observation", pid).await["result"].as_str().expect("text").to_owned()
}

/// Processes of this machine whose command line passes.
fn processes(pass: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let all = std::fs::read_dir("/proc").expect("processes").flatten().map(|process| process.path());
    let passes = |path: &PathBuf| {
        let line = std::fs::read(path.join("cmdline")).unwrap_or_default();
        pass(&String::from_utf8_lossy(&line).replace('\0', " "))
    };
    all.filter(passes).collect()
}

/// A field of `/proc/<pid>/stat`, by its number in proc(5).
fn field(process: &std::path::Path, number: usize) -> Option<String> {
    let stat = std::fs::read_to_string(process.join("stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(number - 3).map(str::to_owned)
}

#[tokio::test]
async fn commands_get_the_agents_environment_and_no_other_user_can_read_its_goal() {
    let (kernel, _model) = start(Options::default()).await;
    let mut client = kernel.client().await;
    let goal = "env a-goal-with-a-secret-4711";
    let pid = spawn_with(&mut client, goal, json!({ "env": { "COLOUR": "green = blue", "HTTP_PROXY": "" } })).await;
    client.wait("process.approval_required", pid).await;
    let env = std::fs::read_to_string(kernel.home(pid).join("env.txt")).expect("what env printed");
    let mut env: Vec<&str> = env.split('\0').filter(|variable| !variable.starts_with('_')).collect();
    env.sort_unstable();
    let (home, uid) = (format!("HOME=/home/agent_{pid}"), format!("agent_{pid}"));
    for expected in [
        format!("AETHER_PID={pid}").as_str(),
        "AETHER_ROLE=Worker",
        format!("AETHER_GOAL={goal}").as_str(),
        "AETHER_MODEL=openai:gpt-4.1",
        "COLOUR=green = blue",
        "HTTP_PROXY=",
        home.as_str(),
        format!("USER={uid}").as_str(),
        "SHELL=/bin/bash",
        "TERM=xterm-256color",
    ] {
        assert!(env.contains(&expected), "{expected} in {env:?}");
    }
    assert!(env.iter().all(|variable| !variable.contains("test-key")), "{env:?}");
    let shown = client.call("process.info", json!({ "pid": pid })).await["env"].clone();
    assert_eq!((&shown["COLOUR"], &shown["AETHER_GOAL"]), (&json!("green = blue"), &json!(goal)));

    let root = kernel.path().display().to_string();
    let sandboxes = processes(|line| line.contains("bwrap") && line.contains(&root));
    assert!(!sandboxes.is_empty(), "the sandbox stands while the agent asks");
    let telling = processes(|line| line.contains("a-goal-with-a-secret-4711"));
    assert_eq!(telling, Vec::<PathBuf>::new(), "command lines are for everybody to read");

    let refused = json!({ "role": "a", "goal": "b", "model": "openai:gpt-4.1", "env": { "AETHER_PID": "1" } });
    let refused = client.try_call("process.spawn", json!({ "config": refused })).await.expect_err("refused");
    assert_eq!(refused["code"], "invalid_input", "{refused}");
}

#[tokio::test]
async fn a_stopped_agent_is_stopped_with_all_that_it_runs_and_continues_where_it_was() {
    let (kernel, _model) = start(Options::default()).await;
    let mut client = kernel.client().await;
    let command = "run sleep 765431 & while [ ! -e over.txt ]; do sleep 0.02; done; kill %1; echo through";
    let pid = spawn(&mut client, command).await;
    client.wait("agent.action", pid).await;
    let of_the_command = || processes(|line| line.contains("765431") && !line.contains("run sleep"));
    let states = || of_the_command().iter().filter_map(|process| field(process, 3)).collect::<Vec<_>>();
    let stopped = || states().len() > 1 && states().iter().all(|state| state == "T");
    eventually("the command and its child", || states().len() > 1).await;
    client.call("process.signal", json!({ "pid": pid, "signal": "SIGSTOP" })).await;
    eventually("that all are stopped", stopped).await;
    let info = client.call("process.info", json!({ "pid": pid })).await;
    assert_eq!(info["state"], "stopped");
    std::fs::write(kernel.home(pid).join("over.txt"), "").expect("a file");
    assert!(stopped(), "what it waits for is there, and it does not look");
    client.call("process.signal", json!({ "pid": pid, "signal": "SIGCONT" })).await;
    let seen = observed(&mut client, pid).await;
    assert!(seen.contains("through"), "{seen}");
    assert_eq!(client.wait("process.exit", pid).await["code"], 0);
    eventually("that nothing is left", || states().is_empty()).await;
}

#[tokio::test]
async fn what_an_agent_runs_stands_back_by_its_priority() {
    let (kernel, _model) = start(Options::default()).await;
    let mut client = kernel.client().await;
    let own: PathBuf = format!("/proc/{}", kernel.os_pid()).into();
    let own: u32 = field(&own, 19).and_then(|nice| nice.parse().ok()).expect("a kernel that comes before none");
    // Nobody who stands back comes forward again.
    let (first, then) = (own.max(4).to_string(), own.max(16).to_string());
    let pid = spawn_with(&mut client, "nice", json!({ "priority": 2 })).await;
    client.wait("process.approval_required", pid).await;
    let tty = client.call("tty.open", json!({ "pid": pid })).await["ttyId"].clone();
    client.call("tty.input", json!({ "ttyId": tty, "data": "sleep 765432\n" })).await;
    let sleepers = || processes(|line| line.trim_end() == "sleep 765432");
    let nice = || sleepers().iter().filter_map(|process| field(process, 19)).collect::<Vec<_>>();
    eventually("a program in its terminal", || nice() == [first.as_str()]).await;
    client.call("process.setPriority", json!({ "pid": pid, "priority": 5 })).await;
    assert_eq!(nice(), [then.as_str()], "what runs is moved");
    client.call("agent.answer", json!({ "pid": pid, "reply": "yes" })).await;
    client.wait("agent.completed", pid).await;
    let printed = std::fs::read_to_string(kernel.home(pid).join("nice.txt")).expect("what nice printed");
    assert_eq!(printed, format!("{first}\n{then}\n"));
}

/// Waits until an agent waits.
async fn sleeps(client: &mut Client, pid: u64) {
    within("an agent that waits", async {
        let asleep = |info: Value| info["state"] == "sleeping";
        while !client.try_call("process.info", json!({ "pid": pid })).await.is_ok_and(asleep) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await; // grace
        }
    })
    .await;
}

/// Waits until `process.info` shows this much.
async fn uses(client: &mut Client, pid: u64, percent: f64, megabytes: f64) -> Value {
    within("figures of what it uses", async {
        loop {
            let info = client.call("process.info", json!({ "pid": pid })).await;
            let of = |name: &str| info[name].as_f64().expect("a number");
            if of("cpuPercent") > percent && of("memoryMB") > megabytes {
                return info;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await; // grace
        }
    })
    .await
}

#[tokio::test]
async fn what_children_of_a_command_and_a_terminal_use_is_counted() {
    let (kernel, _model) = start(Options::default()).await;
    let mut client = kernel.client().await;
    // A child of the shell, that keeps 80 MB and a processor.
    let burn =
        "run bash -c 'x=$(head -c 80000000 /dev/zero | tr \"\\0\" x); while [ ! -e over.txt ]; do :; done' & wait";
    let pid = spawn(&mut client, burn).await;
    let info = uses(&mut client, pid, 5.0, 60.0).await;
    assert!(info["cpuTimeMs"].as_u64().expect("a number") > 0, "{info}");
    within("the list", async {
        // The list and the sum of all are looked at every few seconds.
        loop {
            let event = client.event().await.expect("an open socket");
            if event["type"] == "kernel.metrics" && event["cpuPercent"].as_f64().is_some_and(|percent| percent > 1.0) {
                break;
            }
        }
    })
    .await;
    let listed = client.call("process.list", json!({})).await[0].clone();
    assert!(listed["cpuPercent"].as_f64() > Some(1.0) && listed["memoryMB"].as_f64() > Some(60.0), "{listed}");
    std::fs::write(kernel.home(pid).join("over.txt"), "").expect("a file");
    client.wait("process.reaped", pid).await;
    let ended = client.call("process.info", json!({ "pid": pid })).await;
    assert!(ended["cpuTimeMs"].as_u64() >= info["cpuTimeMs"].as_u64(), "its whole time is kept: {ended}");

    let pid = spawn(&mut client, "ask").await;
    client.wait("process.approval_required", pid).await;
    let tty = client.call("tty.open", json!({ "pid": pid })).await["ttyId"].clone();
    client.call("tty.input", json!({ "ttyId": tty, "data": "while :; do :; done\n" })).await;
    uses(&mut client, pid, 5.0, 1.0).await;
}

#[tokio::test]
async fn an_agent_has_another_work_for_it_waits_and_reads_its_result() {
    let (kernel, _model) = start(Options::default().set("AETHER_MAX_ACTIVE", "1")).await;
    let token = kernel.register("ada").await;
    let mut client = kernel.client_of(&token).await;
    let parent = spawn_with(&mut client, "wait work", json!({ "priority": 4, "env": { "COLOUR": "green" } })).await;
    assert_eq!(parent, 2, "the script names its child");
    let started = observed(&mut client, parent).await;
    assert!(started.contains("pid 3") && started.contains("All places are taken"), "{started}");
    let child = client.call("process.info", json!({ "pid": 3 })).await;
    let parent_info = client.call("process.info", json!({ "pid": parent })).await;
    assert_eq!((&child["ppid"], &child["ownerUid"]), (&json!(parent), &parent_info["ownerUid"]));
    assert_eq!((&child["priority"], &child["env"]["COLOUR"]), (&json!(4), &json!("green")));
    let waited = observed(&mut client, parent).await;
    assert!(waited.contains("has reached its goal") && waited.contains("work is over"), "{waited}");
    let read = observed(&mut client, parent).await;
    assert!(read.contains("the answer is 42"), "a parent may read its child's home: {read}");
    assert_eq!(client.wait("process.exit", parent).await["code"], 0);
    let trajectory = client.call("agent.trajectory", json!({ "pid": parent })).await;
    let entries = trajectory["entries"].as_array().expect("entries");
    let told = entries.iter().find(|entry| entry["kind"] == "observation" && entry["tool"] == "wait_for_agent");
    assert_eq!(told.expect("its result")["origin"], "agent", "what a child says is another agent's word");
}

#[tokio::test]
async fn an_agent_tells_another_what_it_knows() {
    let (kernel, _model) = start(Options::default()).await;
    let mut client = kernel.client().await;
    let parent = spawn(&mut client, "share ask").await;
    let message = client.wait_for("a message", |event| event["type"] == "ipc.message").await["message"].clone();
    assert_eq!((&message["fromPid"], &message["toPid"]), (&json!(parent), &json!(3)));
    assert_eq!(message["channel"], "collab:knowledge_share");
    let payload = json!({ "topic": "fruit", "content": "Lemons are sour.", "layer": "semantic", "tags": ["taste"] });
    assert_eq!(
        (&message["payload"]["protocol"], &message["payload"]["payload"]),
        (&json!("knowledge_share"), &payload)
    );
    let told = client.wait_for("who told whom", |event| event["type"] == "collaboration.message").await;
    assert_eq!((&told["protocol"], &told["toPid"]), (&json!("knowledge_share"), &json!(3)));
}

#[tokio::test]
async fn a_child_goes_with_a_parent_that_is_ended_and_exit_codes_say_how() {
    let (kernel, _model) = start(Options::default()).await;
    let mut client = kernel.client().await;
    let parent = spawn(&mut client, "lead run sleep 765433").await;
    client.wait("process.approval_required", parent).await;
    let child = parent + 1;
    let sleepers = || processes(|line| line.trim_end() == "sleep 765433").len();
    eventually("the child's command", || sleepers() == 1).await;
    client.call("process.signal", json!({ "pid": parent, "signal": "SIGTERM" })).await;
    assert_eq!(sleepers(), 0, "stop is stop, for what it has started too");
    for pid in [parent, child] {
        let exit = client.wait("process.exit", pid).await;
        assert_eq!((&exit["code"], &exit["signal"]), (&json!(143), &json!("SIGTERM")));
    }
    assert_eq!(client.call("process.list", json!({})).await, json!([]));
    let failing = spawn(&mut client, "idle").await;
    let exit = client.wait("process.exit", failing).await;
    assert_eq!((&exit["code"], &exit["signal"]), (&json!(1), &Value::Null), "a failure has no signal");
    client.wait("process.reaped", failing).await;
    let history = client.call("process.history", json!({})).await;
    let ended: Vec<(&Value, &Value)> =
        history.as_array().expect("a list").iter().map(|info| (&info["exitCode"], &info["outcome"])).collect();
    let aborted = (&json!(143), &json!("aborted"));
    assert_eq!(ended, [(&json!(1), &json!("error")), aborted, aborted]);
}

#[tokio::test]
async fn a_kernel_that_is_killed_while_a_parent_waits_goes_on_with_the_same_child() {
    let (mut kernel, model) = start(Options::default()).await;
    let mut client = kernel.client().await;
    let parent = spawn(&mut client, "wait ask").await;
    sleeps(&mut client, parent).await;
    // It is kept when it is told; that it sleeps is seen before.
    client.wait("process.approval_required", 3).await;
    kernel.kill().await;
    let kernel = kernel.again().await;
    let mut client = kernel.client().await;
    client.call("agent.answer", json!({ "pid": 3, "reply": "left" })).await;
    let waited = observed(&mut client, parent).await;
    assert!(waited.contains("pid 3 has reached its goal"), "{waited}");
    client.wait("process.reaped", parent).await;
    assert_eq!(client.call("process.history", json!({})).await.as_array().map(Vec::len), Some(2));
    let asked = model.asked();
    assert_eq!(asked.get(&("wait ask".to_owned(), 0)), Some(&1), "{asked:?}");
}

#[tokio::test]
async fn a_child_has_at_most_its_parents_tools_and_a_stranger_nothing_of_either() {
    let (kernel, _model) = start(Options::default().set("AETHER_MAX_DEPTH", "1")).await;
    let (ada, bob) = (kernel.register("ada").await, kernel.register("bob").await);
    let (mut ada, mut bob) = (kernel.client_of(&ada).await, kernel.client_of(&bob).await);
    let tools = json!({ "tools": ["spawn_agent", "wait_for_agent"] });
    let parent = spawn_with(&mut ada, "lead run id > ran.txt", tools).await;
    let child = parent + 1;
    let refused = observed(&mut ada, child).await;
    assert!(refused.contains("There is no tool run_command"), "{refused}");
    assert!(!kernel.home(child).join("ran.txt").exists());
    for wire in ["process.info", "process.signal", "process.setPriority"] {
        let fields = json!({ "pid": child, "signal": "SIGKILL", "priority": 5 });
        assert_eq!(bob.try_call(wire, fields).await.expect_err(wire)["code"], "forbidden");
    }
    let deep = spawn(&mut ada, "deep deep work").await;
    let refused = observed(&mut ada, deep + 1).await;
    assert!(refused.contains("is that deep"), "{refused}");
}
