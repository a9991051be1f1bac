//! The sandbox port: what the process group needs of an engine. `kernel/sandbox` has the implementations.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aether_protocol::Pid;
use aether_protocol::domains::process::Signal;
use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

/// What a sandbox is made for and from.
#[derive(Debug, Clone)]
pub struct SandboxSpec {
    /// The process it belongs to; [`Pid::SESSION`] stands for a user's own shell.
    pub pid: Pid,
    /// The user name inside, `agent_<pid>` for an agent.
    pub user: String,
    /// The home directory on this machine.
    pub home: PathBuf,
    /// Where the home stands inside, `/home/agent_<pid>` for an agent.
    pub home_inside: String,
    /// Further directories: on this machine, inside, and whether they may be written.
    pub mounts: Vec<(PathBuf, String, bool)>,
    /// The environment inside, complete: nothing is inherited. It may hold what other users of this machine must not read.
    pub env: Vec<(String, String)>,
    /// How far everything inside stands back for others at the processor: 0 (not at all) to 19, as nice(1) counts.
    pub nice: u8,
}

/// One command to run to its end.
#[derive(Debug, Clone)]
pub struct Exec {
    pub argv: Vec<String>,
    /// Absolute, as seen inside.
    pub cwd: String,
    pub timeout: Duration,
    /// Bytes kept of each of stdout and stderr; what is beyond is read and dropped.
    pub output_limit: usize,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutcome {
    /// The exit code, 128 + n for signal n, none if it was cut off by the timeout.
    pub exit_code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub truncated: bool,
    pub timed_out: bool,
    pub duration: Duration,
}

/// A shell on a pseudo-terminal.
#[derive(Debug, Clone)]
pub struct ShellSpec {
    pub argv: Vec<String>,
    pub cwd: String,
    pub cols: u16,
    pub rows: u16,
}

/// An open pseudo-terminal. Reading pulls: what nobody reads waits in the pty, so a slow viewer slows the writer.
pub struct Terminal {
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
    pub control: Arc<dyn TerminalControl>,
}

/// The handle of an open terminal that does not move bytes.
#[async_trait]
pub trait TerminalControl: Send + Sync {
    /// Changes the size; the shell gets SIGWINCH.
    fn resize(&self, cols: u16, rows: u16) -> io::Result<()>;
    /// Hangs up: the shell and its children on this terminal are killed.
    fn kill(&self);
    /// Waits for the shell's end: its exit code, 128 + n for signal n.
    async fn wait(&self) -> i32;
}

/// Why a sandbox could not do its work. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// No engine can confine here, and the bare host was not allowed.
    #[error("Commands cannot be confined on this machine: {reason}. {remedy}")]
    Unconfined { reason: String, remedy: String },
    /// The engine failed to start the sandbox or something in it.
    #[error("The sandbox failed: {0}.")]
    Failed(String),
    /// The sandbox is closed, or its processes were killed.
    #[error("The sandbox is closed.")]
    Closed,
    /// The caller gave up.
    #[error("The command was cancelled.")]
    Cancelled,
}

/// A way to confine.
#[async_trait]
pub trait Engine: Send + Sync {
    /// For people: `bubblewrap`, `docker`, `host`.
    fn name(&self) -> &'static str;
    /// Opens a sandbox. It costs nothing to hold one: the namespace starts with the first command or terminal.
    async fn open(&self, spec: SandboxSpec) -> Result<Arc<dyn Sandbox>, SandboxError>;
}

/// One agent's (or user's) own place to run things. Dropping the last handle closes it.
#[async_trait]
pub trait Sandbox: Send + Sync {
    /// Runs one command to its end; cancelling kills it and its children.
    async fn exec(&self, exec: Exec, cancel: &CancellationToken) -> Result<ExecOutcome, SandboxError>;
    /// Opens a shell on a terminal, in the same namespaces as every other command of this sandbox.
    async fn terminal(&self, shell: ShellSpec) -> Result<Terminal, SandboxError>;
    /// Connects the sandbox to the network, or cuts it off. Never gives access to the loopback of this machine.
    async fn set_network(&self, on: bool) -> Result<(), SandboxError>;
    /// Signals every process inside.
    fn signal(&self, signal: Signal);
    /// Changes how far everything inside stands back (0 to 19). What runs is moved as far as the operating system lets
    /// this user: only root may make it stand back less. What is started later follows in any case.
    fn set_nice(&self, nice: u8);
    /// CPU time used so far and memory held now (bytes) by everything inside, where the engine can tell.
    fn usage(&self) -> Option<(Duration, u64)>;
    /// Kills everything inside and takes the namespace down. Further calls answer [`SandboxError::Closed`].
    async fn close(&self);
}
