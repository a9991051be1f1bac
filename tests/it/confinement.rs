//! What an agent's command cannot reach: secrets, other homes, the database, the network, life after its end.

use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use aether_tests::counting::CountingModel;
use aether_tests::{Client, Kernel, Options, eventually, programs};
use serde_json::{Value, json};

/// An agent that runs the command its goal holds, and reports what came out.
fn obey(goal: &str, turn: usize) -> (String, Vec<(&'static str, Value)>) {
    let (network, command) = match goal.strip_prefix("online ") {
        Some(command) => (true, command),
        None => (false, goal),
    };
    match turn {
        0 => (String::new(), vec![("run_command", json!({ "command": command, "network": network }))]),
        _ => (String::new(), vec![("complete", json!({ "summary": "ran" }))]),
    }
}

struct Confined {
    kernel: Kernel,
    client: Client,
    _model: CountingModel,
}

impl Confined {
    async fn start() -> Confined {
        let model = CountingModel::start(obey).await;
        let kernel =
            Options::default().set("OPENAI_API_KEY", "test-key").set("OPENAI_BASE_URL", &model.url).start().await;
        let client = kernel.client().await;
        Confined { kernel, client, _model: model }
    }

    /// Starts an agent on a command.
    async fn spawn(&mut self, command: &str) -> u64 {
        let config = json!({ "role": "Prober", "goal": command, "model": "openai:gpt-4.1" });
        self.client.call("process.spawn", json!({ "config": config })).await["pid"].as_u64().expect("a pid")
    }

    /// What an agent's command printed.
    async fn run(&mut self, command: &str) -> String {
        let pid = self.spawn(command).await;
        if command.starts_with("online ") {
            self.client.wait("process.approval_required", pid).await;
            self.client.call("process.approve", json!({ "pid": pid })).await;
        }
        let seen = self.client.wait("agent.observation", pid).await;
        self.client.wait("agent.completed", pid).await;
        seen["result"].as_str().expect("text").to_owned()
    }
}

#[tokio::test]
async fn host_secrets_other_homes_and_the_database_are_out_of_reach() {
    let mut confined = Confined::start().await;
    let root = confined.kernel.path().to_owned();
    std::fs::create_dir_all(root.join(".ssh")).expect("a folder");
    std::fs::write(root.join(".ssh/id_ed25519"), "host secret").expect("a file");
    confined.client.call("fs.write", json!({ "path": "/home/admin/mine.txt", "content": "user secret" })).await;
    let other = confined.spawn("echo agent-secret > own.txt").await;
    confined.client.wait("agent.completed", other).await;

    let said = confined
        .run(&format!(
            "cat ~/.ssh/id_ed25519 {root}/.ssh/id_ed25519 {root}/home/agent_{other}/own.txt /home/agent_{other}/own.txt \
             {root}/home/admin/mine.txt /home/admin/mine.txt; head -c 20 {root}/var/kernel.db; ls {root} /root/.ssh; true",
            root = root.display()
        ))
        .await;
    for secret in ["host secret", "agent-secret", "user secret", "SQLite"] {
        assert!(!said.contains(secret), "{secret} leaked: {said}");
    }
    let listed = confined.run("ls /home; env").await;
    assert!(listed.contains("agent_") && !listed.contains(&format!("agent_{other}\n")), "{listed}");
    for leak in ["test-key", "AETHER_ADMIN_PASSWORD", "OPENAI_API_KEY"] {
        assert!(!listed.contains(leak), "{leak} leaked: {listed}");
    }
}

#[tokio::test]
async fn nothing_outside_the_home_can_be_written() {
    let mut confined = Confined::start().await;
    let root = confined.kernel.path().display().to_string();
    let said = confined
        .run(&format!(
            "for path in /usr/probe /etc/probe /bin/probe /home/probe /probe {root}/probe {root}/var/probe; do \
             (echo x > $path) 2> /dev/null && echo wrote $path; done; echo x > mine.txt && echo wrote-own; id -u"
        ))
        .await;
    let outside: Vec<&str> = said.lines().filter(|line| line.starts_with("wrote /")).collect();
    assert!(outside.is_empty(), "{said}");
    assert!(said.contains("wrote-own"), "{said}");
    for path in ["/usr/probe", "/etc/probe"] {
        assert!(!std::path::Path::new(path).exists(), "{path}");
    }
    assert!(!std::path::Path::new(&root).join("probe").exists());
}

/// Listens on the host's loopback, and on an abstract socket of the host.
fn listeners() -> (TcpListener, UnixListener, String) {
    let tcp = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let name = format!("aether-probe-{}", tcp.local_addr().expect("an address").port());
    let address = SocketAddr::from_abstract_name(name.as_bytes()).expect("an address");
    let abstract_socket = UnixListener::bind_addr(&address).expect("a socket");
    (tcp, abstract_socket, name)
}

async fn loopback_is_shut(confined: &mut Confined, prefix: &str) {
    let (tcp, _unix, name) = listeners();
    let port = tcp.local_addr().expect("an address").port();
    let said = confined
        .run(&format!(
            "{prefix}(exec 3<> /dev/tcp/127.0.0.1/{port}) 2> /dev/null && echo reached-loopback; \
             gateway=$(awk '$2 == \"00000000\" {{ print $3 }}' /proc/net/route); \
             [ -n \"$gateway\" ] && ip=$(printf '%d.%d.%d.%d' 0x${{gateway:6:2}} 0x${{gateway:4:2}} 0x${{gateway:2:2}} 0x${{gateway:0:2}}) \
             && (exec 3<> /dev/tcp/$ip/{port}) 2> /dev/null && echo reached-gateway; \
             perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); print \"reached-abstract\\n\" if connect(S, pack(\"Sa*\", AF_UNIX, \"\\0{name}\"))'; \
             echo probed"
        ))
        .await;
    assert!(said.contains("probed"), "{said}");
    assert!(!said.contains("reached"), "{said}");
}

#[tokio::test]
async fn without_the_grant_no_address_is_reached() {
    let mut confined = Confined::start().await;
    loopback_is_shut(&mut confined, "").await;
    let said = confined.run("cat /proc/net/dev | tail -n +3 | awk '{ print $1 }' | sort | tr '\\n' ' '").await;
    assert!(!said.contains("eth") && !said.contains("ens"), "{said}");
}

#[tokio::test]
async fn with_the_grant_the_loopback_of_the_host_stays_shut() {
    let mut confined = Confined::start().await;
    loopback_is_shut(&mut confined, "online ").await;
}

#[tokio::test]
async fn nothing_outlives_its_agent_or_the_kernel() {
    let mut confined = Confined::start().await;
    // Told from those of the same test, which may run as another user at the same time.
    let (first, second) = (format!("1{}", std::process::id()), format!("2{}", std::process::id()));
    let sleeps = |seconds: &str| format!("setsid nohup sleep {seconds} > /dev/null 2>&1 & sleep {seconds}");
    let pid = confined.spawn(&sleeps(&first)).await;
    confined.client.wait("agent.action", pid).await;
    eventually("the commands", || running(&first) >= 2).await;
    confined.client.call("process.signal", json!({ "pid": pid, "signal": "SIGKILL" })).await;
    confined.client.wait("process.reaped", pid).await;
    assert_eq!(running(&first), 0, "SIGKILL ends everything inside");

    confined.spawn(&sleeps(&second)).await;
    eventually("the commands", || running(&second) >= 2).await;
    confined.kernel.kill().await;
    eventually("the commands", || running(&second) == 0).await;
}

fn running(seconds: &str) -> usize {
    let processes = std::fs::read_dir("/proc").expect("processes");
    let commands = processes.flatten().filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    commands.filter(|command| *command == [b"sleep\0", seconds.as_bytes(), b"\0"].concat()).count()
}

/// The tests above, once more as an ordinary user, where this run is root's.
#[tokio::test]
async fn all_of_it_holds_for_an_ordinary_user_too() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    // What was built may lie where only root may look: a copy for everybody.
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let own = std::env::current_exe().expect("the test's own path");
    std::fs::create_dir(folder.path().join("build")).expect("a folder");
    for program in [own.clone(), programs::ours("aetherd"), programs::ours("aether-init")] {
        let copy = folder.path().join(program.file_name().expect("a name"));
        std::fs::copy(&program, &copy).expect("copied");
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    let scratch = folder.path().join("scratch");
    std::fs::create_dir(&scratch).expect("a folder");
    std::os::unix::fs::chown(&scratch, Some(65_534), Some(65_534)).expect("an owner");
    let output = tokio::process::Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"])
        .arg(folder.path().join(own.file_name().expect("a name")))
        .args(["confinement::", "--skip", "ordinary_user", "--test-threads", "1"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TMPDIR", &scratch)
        .env("HOME", &scratch)
        .current_dir(&scratch)
        .output()
        .await
        .expect("setpriv runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("5 passed"), "{said}");
}
