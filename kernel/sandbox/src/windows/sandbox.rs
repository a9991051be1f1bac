//! A sandbox: its container from the first command to the end, and what is asked of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aether_base::sandbox::{Exec, ExecOutcome, Sandbox, SandboxError, SandboxSpec, ShellSpec, Terminal};
use aether_protocol::domains::process::Signal;
use async_trait::async_trait;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::container::Container;
use super::sys::Ui;
use super::{argv, pipe, terminal};
use crate::local::command::{Watched, follow};

/// How long the end of what was killed is waited for.
const ENDING: Duration = Duration::from_secs(5);
/// What is told of a command that was ended, as of signal 9.
const KILLED: u32 = 128 + 9;

/// One sandbox.
pub(crate) struct Confined {
    spec: SandboxSpec,
    ui: Ui,
    current: Mutex<Option<Arc<Container>>>,
    /// Held while a container is made, so that there is only one.
    making: tokio::sync::Mutex<()>,
    network: AtomicBool,
    frozen: watch::Sender<bool>,
    closed: CancellationToken,
}

impl Confined {
    pub fn new(spec: SandboxSpec, ui: Ui) -> Confined {
        Confined {
            spec,
            ui,
            current: Mutex::default(),
            making: tokio::sync::Mutex::default(),
            network: AtomicBool::new(false),
            frozen: watch::Sender::new(false),
            closed: CancellationToken::new(),
        }
    }

    /// The container, made if there is none yet.
    async fn container(&self) -> Result<Arc<Container>, SandboxError> {
        let _making = self.making.lock().await;
        if self.closed.is_cancelled() {
            return Err(SandboxError::Closed);
        }
        if let Some(container) = self.current() {
            return Ok(container);
        }
        let made = Arc::new(Container::open(&self.spec, self.ui, self.closed.clone()).await?);
        *self.lock() = Some(made.clone());
        Ok(made)
    }

    fn current(&self) -> Option<Arc<Container>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Container>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_network(&self) -> bool {
        self.network.load(Ordering::Relaxed)
    }

    async fn run(&self, container: &Container, exec: &Exec, watched: Watched<'_>) -> Result<ExecOutcome, SandboxError> {
        let failed = |error: std::io::Error| SandboxError::Failed(error.to_string());
        let line = argv::translate(&exec.argv).map_err(SandboxError::Failed)?;
        let (stdout, to_stdout) = pipe::from_child().await.map_err(failed)?;
        let (stderr, to_stderr) = pipe::from_child().await.map_err(failed)?;
        let streams = [pipe::nothing().map_err(failed)?, to_stdout, to_stderr];
        let running = container.run(&line, &exec.cwd, self.has_network(), streams)?;
        let ended = async { Ok(running.ended().await) };
        follow(exec, (Some(stdout), Some(stderr)), ended, || running.job.terminate(KILLED), watched).await
    }
}

#[async_trait]
impl Sandbox for Confined {
    async fn exec(&self, exec: Exec, cancel: &CancellationToken) -> Result<ExecOutcome, SandboxError> {
        let container = tokio::select! {
            container = self.container() => container?,
            () = cancel.cancelled() => return Err(SandboxError::Cancelled),
        };
        let watched = Watched { frozen: self.frozen.subscribe(), cancel, closed: &self.closed };
        self.run(&container, &exec, watched).await
    }

    async fn terminal(&self, shell: ShellSpec) -> Result<Terminal, SandboxError> {
        terminal::open(&*self.container().await?, shell, self.has_network()).await
    }

    /// Holds for what is started from now on: what runs keeps the identity it was started under.
    async fn set_network(&self, on: bool) -> Result<(), SandboxError> {
        self.network.store(on, Ordering::Relaxed);
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        match signal {
            Signal::SigKill => self.closed.cancel(),
            // What is frozen must not run out of time.
            Signal::SigStop => drop(self.frozen.send_replace(true)),
            Signal::SigCont => drop(self.frozen.send_replace(false)),
            Signal::SigTerm | Signal::SigInt | Signal::SigUsr1 | Signal::SigUsr2 => {}
        }
        let Some(container) = self.current() else { return };
        match signal {
            // It stays where closing finds it, and waits for its end.
            Signal::SigKill => container.terminate(9),
            Signal::SigTerm => container.terminate(15),
            Signal::SigInt => container.interrupt(2),
            Signal::SigStop => container.freeze(),
            Signal::SigCont => container.thaw(),
            // Nothing here could be told of them.
            Signal::SigUsr1 | Signal::SigUsr2 => {}
        }
    }

    /// Windows has classes of priority, and none of them is changed here.
    fn set_nice(&self, _nice: u8) {}

    fn usage(&self) -> Option<(Duration, u64)> {
        self.current().map_or(Some((Duration::ZERO, 0)), |container| container.usage().ok())
    }

    async fn close(&self) {
        self.closed.cancel();
        // One that is being made would be missed.
        let _making = self.making.lock().await;
        let Some(container) = self.lock().take() else { return };
        container.terminate(9);
        if !matches!(timeout(ENDING, container.emptied()).await, Ok(Ok(()))) {
            tracing::warn!(pid = %self.spec.pid, "a sandbox was killed and has not ended yet");
        }
        // Who may use a folder is written on every file in it, so that taking it back may take a while.
        if spawn_blocking(move || container.take_down()).await.is_err() {
            tracing::warn!(pid = %self.spec.pid, "a sandbox was left with its rights");
        }
    }
}
