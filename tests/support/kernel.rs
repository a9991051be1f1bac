//! A kernel in a process of its own, on a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::rest::Rest;
use crate::socket::Client;
use crate::{programs, within};

/// The administrator's password in tests.
pub const PASSWORD: &str = "correct horse battery";

/// How to start a kernel.
#[derive(Clone)]
pub struct Options {
    program: PathBuf,
    env: Vec<(String, String)>,
    log: bool,
    /// Bytes of a disk of its own for its folder.
    disk: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        let log = std::env::var_os("AETHER_TEST_LOG").is_some();
        let options = Options { program: programs::ours("aetherd"), env: Vec::new(), log, disk: None };
        let options = match std::env::var("AETHER_UI") {
            Ok(desktop) => options.set("AETHER_UI", &desktop),
            // The server looks for one beside itself.
            Err(_) => options,
        };
        options
            .set("AETHER_ADMIN_PASSWORD", PASSWORD)
            .set("AETHER_RATE_LIMIT", "0")
            .set("AETHER_KEYRING", "0")
            .set("AETHER_INIT", &programs::ours("aether-init").display().to_string())
    }
}

impl Options {
    /// Sets a variable of the kernel's environment. Nothing else is inherited but PATH.
    pub fn set(mut self, name: &str, value: &str) -> Options {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn unset(mut self, name: &str) -> Options {
        self.env.retain(|(known, _)| known != name);
        self
    }

    /// Gives the kernel's folder a disk of its own of this size, which others do not see.
    pub fn on_a_disk_of(mut self, bytes: u64) -> Options {
        self.disk = Some(bytes);
        self
    }

    /// The server that can be killed at exact points.
    pub fn faulty(mut self) -> Options {
        self.program = programs::faulty_aetherd();
        self
    }

    /// Starts a kernel on a new folder.
    pub async fn start(self) -> Kernel {
        let root = Arc::new(tempfile::Builder::new().prefix("aether-").tempdir().expect("a folder"));
        self.start_on(root).await
    }

    /// Starts a kernel on a folder that may hold the data of an earlier one.
    pub async fn start_on(self, root: Arc<TempDir>) -> Kernel {
        within("the kernel's start", self.try_start(root)).await.expect("the kernel ended before its doors were open")
    }

    fn program(&self, root: &TempDir) -> Command {
        let Some(bytes) = self.disk else { return Command::new(&self.program) };
        let mut command = Command::new("bwrap");
        command.args(["--die-with-parent", "--unshare-user-try", "--dev-bind", "/", "/"]);
        command.args(["--size", &bytes.to_string(), "--tmpfs"]).arg(root.path()).arg("--").arg(&self.program);
        command
    }

    /// Starts a kernel; gives how it ended if that was before its doors were open.
    pub async fn try_start(self, root: Arc<TempDir>) -> Result<Kernel, ExitStatus> {
        let mut command = self.program(&root);
        command
            .args(["--port", "0"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", root.path())
            .env("AETHER_FS_ROOT", root.path())
            .env("AETHER_LOG_LEVEL", if self.log { "debug" } else { "error" })
            .env("RUST_BACKTRACE", "1")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().expect("aetherd starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut banner = Vec::new();
        while let Some(line) = lines.next_line().await.expect("its output") {
            let last = line.trim_start().starts_with("Data");
            banner.push(line);
            if last {
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                let url = banner.iter().find_map(|line| line.trim().strip_prefix("Open")).expect("a URL").trim();
                return Ok(Kernel { url: url.to_owned(), banner, child, root, options: self });
            }
        }
        Err(child.wait().await.expect("its end"))
    }
}

/// A running kernel. Dropping it kills it.
pub struct Kernel {
    pub url: String,
    /// What it printed when its doors were open.
    pub banner: Vec<String>,
    pub root: Arc<TempDir>,
    child: Child,
    options: Options,
}

impl Kernel {
    pub async fn start() -> Kernel {
        Options::default().start().await
    }

    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// The process id on this machine.
    pub fn os_pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Kills it with SIGKILL and waits until it is gone.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("killed");
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        within("the kernel's end", self.child.wait()).await.expect("its end")
    }

    /// Sends SIGTERM and waits for the orderly end.
    #[cfg(unix)]
    pub async fn terminate(&mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_raw(self.os_pid() as i32).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("sent");
        self.ended().await
    }

    /// Starts a new kernel on the same folder; this one must have ended.
    pub async fn again(&self) -> Kernel {
        self.options.clone().start_on(self.root.clone()).await
    }

    /// Like [`Kernel::again`], otherwise set up.
    pub async fn again_with(&self, change: impl FnOnce(Options) -> Options) -> Kernel {
        change(self.options.clone()).start_on(self.root.clone()).await
    }

    pub fn rest(&self) -> Rest {
        Rest::new(&self.url)
    }

    /// The administrator's token.
    pub async fn admin(&self) -> String {
        self.token("admin", PASSWORD).await
    }

    pub async fn token(&self, username: &str, password: &str) -> String {
        let body = json!({ "username": username, "password": password });
        let (status, answer) = self.rest().post("/api/auth/login", None, &body).await;
        assert_eq!(status, 200, "sign-in of {username}: {answer}");
        answer["token"].as_str().expect("a token").to_owned()
    }

    /// A new user's token.
    pub async fn register(&self, username: &str) -> String {
        let body = json!({ "username": username, "password": "a fine password", "displayName": username });
        let (status, answer) = self.rest().post("/api/auth/register", None, &body).await;
        assert!(matches!(status, 200 | 201), "registration of {username}: {status} {answer}");
        answer["token"].as_str().expect("a token").to_owned()
    }

    /// A socket of the administrator in `aether.2`.
    pub async fn client(&self) -> Client {
        let token = self.admin().await;
        self.client_of(&token).await
    }

    pub async fn client_of(&self, token: &str) -> Client {
        Client::hello(&self.url, json!({ "token": token })).await.0
    }

    /// A socket that comes back with its last sequence number, and what it missed.
    pub async fn client_since(&self, token: &str, since: u64) -> (Client, Value) {
        Client::hello(&self.url, json!({ "token": token, "since": since })).await
    }

    /// The home of an agent on this disk.
    pub fn home(&self, pid: u64) -> PathBuf {
        self.path().join(format!("home/agent_{pid}"))
    }
}
