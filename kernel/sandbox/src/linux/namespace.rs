//! A running namespace: from the start of bubblewrap to the end of everything inside.

use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use aether_base::sandbox::{SandboxError, SandboxSpec};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags, Signal};
use tokio::io::AsyncReadExt;
use tokio::io::unix::AsyncFd;
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

use super::channel::{self, Channel};
use super::{Programs, bwrap, watched};

/// How long a namespace may take to start.
const START: Duration = Duration::from_secs(10);
/// How long the end of what was killed is waited for.
pub(crate) const ENDING: Duration = Duration::from_secs(5);
/// Bytes kept of what bubblewrap says.
const SAID: u64 = 4 * 1024;

/// A running namespace. Dropping it kills everything inside.
pub(crate) struct Namespace {
    pub channel: Arc<Channel>,
    /// Its first process.
    pub pid: Pid,
    process: AsyncFd<OwnedFd>,
}

impl Namespace {
    pub async fn start(programs: &Programs, spec: &SandboxSpec) -> Result<Arc<Namespace>, SandboxError> {
        let failed = |error: std::io::Error| SandboxError::Failed(error.to_string());
        let (ours, theirs) = channel::pair().map_err(failed)?;
        let arguments = bwrap::arguments(spec, &programs.init).map_err(failed)?;
        let mut command = Command::new(&programs.bwrap);
        command.args(&arguments.words).env_clear().kill_on_drop(true);
        command.stdin(theirs).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = programs.spawner.spawn(command).await?;
        let said = child.stderr.take();
        match timeout(START, Channel::open(ours)).await {
            Ok(Ok((channel, pid))) => {
                let process = rustix::process::pidfd_open(pid, PidfdFlags::NONBLOCK).map_err(|e| failed(e.into()))?;
                tokio::spawn(attend(child, said));
                Ok(Arc::new(Namespace { channel, pid, process: watched(process).map_err(failed)? }))
            }
            Ok(Err(_)) => Err(SandboxError::Failed(bwrap::last_words(&listen(said).await))),
            Err(_) => Err(SandboxError::Failed(format!("it did not start within {} seconds", START.as_secs()))),
        }
    }

    /// True as long as it takes requests.
    pub fn serves(&self) -> bool {
        let mut looked = [PollFd::new(self.process.get_ref(), PollFlags::IN)];
        let has_ended = rustix::event::poll(&mut looked, Some(&Timespec::default())).is_ok_and(|ended| ended > 0);
        !has_ended && !self.channel.is_cut()
    }

    /// Kills everything inside, at once.
    pub fn kill(&self) {
        // It may have ended by itself.
        let _ = rustix::process::pidfd_send_signal(self.process.get_ref(), Signal::KILL);
    }

    /// Kills everything inside, and waits until nothing is left: the first process of a namespace is the last to go.
    pub async fn end(&self, of: aether_protocol::Pid) {
        self.kill();
        match timeout(ENDING, self.process.readable()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(pid = %of, %error, "the end of a sandbox cannot be waited for"),
            Err(_) => tracing::warn!(pid = %of, "a sandbox was killed and has not ended yet"),
        }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn listen(said: Option<ChildStderr>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(said) = said {
        // What cannot be read is not said.
        let _ = said.take(SAID).read_to_end(&mut bytes).await;
    }
    bytes
}

async fn attend(mut child: Child, mut said: Option<ChildStderr>) {
    let mut line = [0; 1024];
    while let Some(stderr) = &mut said {
        match stderr.read(&mut line).await {
            Ok(0) | Err(_) => said = None,
            Ok(length) => {
                let text = String::from_utf8_lossy(line.get(..length).unwrap_or_default()).into_owned();
                tracing::debug!(text = text.trim_end(), "a sandbox says");
            }
        }
    }
    if let Err(error) = child.wait().await {
        tracing::warn!(%error, "the end of bubblewrap was not noticed");
    }
}
