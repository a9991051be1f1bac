//! Commands and shells as plain children of the kernel, with their real home and folder. Engines that confine each
//! command by itself, and the bare host, are made of it.

pub(crate) mod command;
mod groups;
mod terminal;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aether_base::sandbox::{Exec, ExecOutcome, Sandbox, SandboxError, SandboxSpec, ShellSpec, Terminal};
use aether_protocol::domains::process::Signal;
use async_trait::async_trait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use command::Watched;
use groups::Groups;

/// Puts what confines a command in front of it. The flag says whether the network is granted.
pub(crate) type Wrap = fn(&SandboxSpec, bool, Vec<String>) -> Vec<String>;

pub(crate) struct Local {
    spec: SandboxSpec,
    wrap: Wrap,
    network: AtomicBool,
    groups: Arc<Groups>,
    frozen: watch::Sender<bool>,
    closed: CancellationToken,
}

/// What a child is started with.
struct Start {
    program: String,
    arguments: Vec<String>,
    cwd: PathBuf,
    env: Vec<(String, String)>,
}

impl Local {
    pub fn new(spec: SandboxSpec, wrap: Wrap) -> Local {
        let groups = Arc::new(Groups::default());
        groups.set_nice(spec.nice);
        Local {
            spec,
            wrap,
            network: AtomicBool::new(false),
            groups,
            frozen: watch::Sender::new(false),
            closed: CancellationToken::new(),
        }
    }

    fn start(&self, argv: Vec<String>, cwd: &str) -> Result<Start, SandboxError> {
        if self.closed.is_cancelled() {
            return Err(SandboxError::Closed);
        }
        let mut words = (self.wrap)(&self.spec, self.network.load(Ordering::Relaxed), argv).into_iter();
        let program = words.next().ok_or_else(|| SandboxError::Failed("there is no command".to_owned()))?;
        Ok(Start { program, arguments: words.collect(), cwd: outside(&self.spec, cwd), env: self.env() })
    }

    /// The environment, with the real home, and with what Windows starts no program without.
    fn env(&self) -> Vec<(String, String)> {
        const KEPT: &[&str] =
            if cfg!(windows) { &["SystemRoot", "SystemDrive", "ComSpec", "TEMP", "TMP", "PATH"] } else { &[] };
        let kept = KEPT.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
        let home = ("HOME".to_owned(), self.spec.home.display().to_string());
        let given = self.spec.env.iter().filter(|(name, _)| name != "HOME" && !KEPT.contains(&name.as_str())).cloned();
        kept.chain(given).chain([home]).collect()
    }
}

/// A path as it is on this machine: what is named as inside lies in the home, or is a mount.
pub(crate) fn outside(spec: &SandboxSpec, inside: &str) -> PathBuf {
    let home = (&spec.home, spec.home_inside.as_str());
    let mounts = spec.mounts.iter().map(|(outside, inside, _)| (outside, inside.as_str()));
    std::iter::once(home)
        .chain(mounts)
        .find_map(|(outside, shown)| {
            let rest = inside.strip_prefix(shown)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| outside.join(rest.trim_start_matches('/')))
        })
        .unwrap_or_else(|| PathBuf::from(inside))
}

#[async_trait]
impl Sandbox for Local {
    async fn exec(&self, exec: Exec, cancel: &CancellationToken) -> Result<ExecOutcome, SandboxError> {
        let start = self.start(exec.argv.clone(), &exec.cwd)?;
        let watched = Watched { frozen: self.frozen.subscribe(), cancel, closed: &self.closed };
        command::run(start, &exec, &self.groups, watched).await
    }

    async fn terminal(&self, shell: ShellSpec) -> Result<Terminal, SandboxError> {
        let start = self.start(shell.argv, &shell.cwd)?;
        terminal::open(&start, (shell.cols, shell.rows), self.groups.clone())
    }

    /// Holds for what is started from now on: what runs keeps what it was started with.
    async fn set_network(&self, on: bool) -> Result<(), SandboxError> {
        self.network.store(on, Ordering::Relaxed);
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        match signal {
            Signal::SigKill => self.closed.cancel(),
            Signal::SigStop => drop(self.frozen.send_replace(true)),
            Signal::SigCont => drop(self.frozen.send_replace(false)),
            Signal::SigTerm | Signal::SigInt | Signal::SigUsr1 | Signal::SigUsr2 => {}
        }
        self.groups.signal(signal);
    }

    fn set_nice(&self, nice: u8) {
        self.groups.set_nice(nice);
    }

    /// Children cannot be told from others once their parents have ended.
    fn usage(&self) -> Option<(Duration, u64)> {
        None
    }

    async fn close(&self) {
        self.signal(Signal::SigKill);
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.groups.signal(Signal::SigKill);
    }
}
