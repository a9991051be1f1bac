//! What every engine does, and what the engine of this system keeps out of reach. Needs `aether-init`, which
//! `cargo build -p aether-init` puts beside the tests.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::needless_pass_by_value)]

#[cfg(target_os = "linux")]
mod confined;
#[cfg(target_os = "linux")]
mod network;
#[cfg(unix)]
mod shared;

#[cfg(unix)]
mod place {
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::time::Duration;

    use aether_base::sandbox::{Engine, Exec, ExecOutcome, Sandbox, SandboxError, SandboxSpec, ShellSpec, Terminal};
    use aether_protocol::Pid;
    use aether_sandbox::{SandboxSettings, detect};
    use tempfile::TempDir;
    use tokio_util::sync::CancellationToken;

    fn init() -> PathBuf {
        std::env::var_os("AETHER_INIT").map(PathBuf::from).unwrap_or_else(|| {
            let own = std::env::current_exe().expect("the test's own path");
            own.parent().and_then(Path::parent).expect("the target folder").join("aether-init")
        })
    }

    /// The engine that confines.
    pub fn confined() -> Arc<dyn Engine> {
        detect(&SandboxSettings { allow_host: false, init: Some(init()) })
    }

    /// The bare host, which is what is left where something is missing.
    pub fn host() -> Arc<dyn Engine> {
        detect(&SandboxSettings { allow_host: true, init: Some("/nonexistent/aether-init".into()) })
    }

    /// A sandbox with a home of its own: `<data>/home/agent_7`.
    pub struct Place {
        pub data: TempDir,
        pub sandbox: Arc<dyn Sandbox>,
    }

    impl Place {
        pub async fn new(engine: Arc<dyn Engine>) -> Place {
            let data = tempfile::tempdir().expect("a folder");
            Place { sandbox: engine.open(spec(data.path())).await.expect("opened"), data }
        }

        pub fn home(&self) -> PathBuf {
            self.data.path().join("home/agent_7")
        }

        pub async fn try_run(&self, command: &str) -> Result<ExecOutcome, SandboxError> {
            self.sandbox.exec(exec(command), &CancellationToken::new()).await
        }

        pub async fn run(&self, command: &str) -> ExecOutcome {
            self.try_run(command).await.expect("it runs")
        }

        /// What a command says.
        pub async fn said(&self, command: &str) -> String {
            let outcome = self.run(command).await;
            String::from_utf8([outcome.stdout, outcome.stderr].concat()).expect("text")
        }

        pub async fn shell(&self) -> Terminal {
            let argv = ["/bin/bash", "--norc", "-i"].map(str::to_owned).to_vec();
            let shell = ShellSpec { argv, cwd: "/home/agent_7".to_owned(), cols: 80, rows: 24 };
            self.sandbox.terminal(shell).await.expect("a terminal")
        }
    }

    /// A sandbox of process 7, whose home lies below this folder.
    pub fn spec(data: &Path) -> SandboxSpec {
        let home = data.join("home/agent_7");
        std::fs::create_dir_all(&home).expect("a home");
        let env = [("HOME", "/home/agent_7"), ("PATH", "/usr/bin:/bin:/usr/sbin:/sbin"), ("TERM", "xterm")];
        SandboxSpec {
            pid: Pid(7),
            user: "agent_7".to_owned(),
            home,
            home_inside: "/home/agent_7".to_owned(),
            mounts: Vec::new(),
            env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            nice: 0,
        }
    }

    pub fn exec(command: &str) -> Exec {
        Exec {
            argv: ["/bin/bash", "-c", command].map(str::to_owned).to_vec(),
            cwd: "/home/agent_7".to_owned(),
            timeout: Duration::from_secs(20),
            output_limit: 64 * 1024,
        }
    }

    /// Processes of this machine with these arguments.
    pub fn running(seconds: &str) -> usize {
        let list = std::process::Command::new("ps").args(["-eo", "args"]).output().expect("ps runs");
        String::from_utf8_lossy(&list.stdout).lines().filter(|line| line.trim() == format!("sleep {seconds}")).count()
    }

    /// Waits for something that nobody announces.
    pub async fn until(what: &str, is: impl Fn() -> bool) {
        let wait = async {
            while !is() {
                tokio::time::sleep(Duration::from_millis(10)).await; // grace
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.unwrap_or_else(|_| panic!("{what}"));
    }
}
