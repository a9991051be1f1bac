//! A command as a child of the kernel, from its start to its end.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use aether_base::sandbox::{Exec, ExecOutcome, SandboxError};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Start;
use super::groups::Groups;
use crate::clock;

/// How long output may still come after the end: a child that was left behind may hold the pipe open.
const GRACE: Duration = Duration::from_millis(50);

/// What a command is watched for beside its own end.
pub(crate) struct Watched<'a> {
    pub frozen: watch::Receiver<bool>,
    pub cancel: &'a CancellationToken,
    pub closed: &'a CancellationToken,
}

pub(super) async fn run(
    start: Start,
    exec: &Exec,
    groups: &Groups,
    watched: Watched<'_>,
) -> Result<ExecOutcome, SandboxError> {
    let mut child = spawn(start)?;
    let leader = child.id().unwrap_or_default();
    groups.add(leader);
    let streams = (child.stdout.take(), child.stderr.take());
    let ended = async { child.wait().await.map(code) };
    follow(exec, streams, ended, || groups.kill(leader), watched).await
}

/// Reads what a command writes until it ends or is ended.
pub(crate) async fn follow<O, E>(
    exec: &Exec,
    (mut out, mut err): (Option<O>, Option<E>),
    ended: impl Future<Output = io::Result<i32>>,
    kill: impl FnOnce(),
    watched: Watched<'_>,
) -> Result<ExecOutcome, SandboxError>
where
    O: AsyncRead + Unpin + Send + 'static,
    E: AsyncRead + Unpin + Send + 'static,
{
    let begun = Instant::now();
    let (mut stdout, mut stderr) = (Output::new(exec.output_limit), Output::new(exec.output_limit));
    let mut timed_out = false;
    let mut stopped = None;
    let mut ended = std::pin::pin!(ended);
    let mut has_read = false;
    let end = {
        let mut reading = std::pin::pin!(async { tokio::join!(stdout.read(&mut out), stderr.read(&mut err)) });
        let mut limit = std::pin::pin!(clock::run_out(exec.timeout, watched.frozen));
        let end = loop {
            tokio::select! {
                // What was closed has also ended.
                biased;
                () = watched.closed.cancelled() => {
                    stopped = Some(SandboxError::Closed);
                    break None;
                }
                () = watched.cancel.cancelled() => {
                    stopped = Some(SandboxError::Cancelled);
                    break None;
                }
                end = &mut ended => break Some(end),
                () = &mut limit => {
                    timed_out = true;
                    break None;
                }
                _ = &mut reading, if !has_read => has_read = true,
            }
        };
        if end.is_none() {
            kill();
            // On its way out; it is collected when it is dropped.
            let _ = ended.await;
        }
        if !has_read {
            has_read = timeout(GRACE, reading).await.is_ok();
        }
        end
    };
    if !has_read {
        tokio::spawn(drain(out));
        tokio::spawn(drain(err));
    }
    if let Some(stopped) = stopped {
        return Err(stopped);
    }
    let end = end.transpose().map_err(|error| SandboxError::Failed(error.to_string()))?;
    Ok(ExecOutcome {
        exit_code: end,
        truncated: stdout.truncated || stderr.truncated,
        stdout: stdout.kept,
        stderr: stderr.kept,
        timed_out,
        duration: begun.elapsed(),
    })
}

/// A child that was left behind goes on writing, and must not fail for it.
async fn drain(mut pipe: Option<impl AsyncRead + Unpin>) {
    let mut chunk = vec![0; 4 * 1024];
    while let Some(pipe) = &mut pipe
        && matches!(pipe.read(&mut chunk).await, Ok(1..))
    {}
}

fn spawn(start: Start) -> Result<Child, SandboxError> {
    let mut command = Command::new(&start.program);
    command.args(start.arguments).current_dir(&start.cwd).env_clear().envs(start.env).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    command.process_group(0);
    command.spawn().map_err(|error| SandboxError::Failed(format!("{}: {error}", start.program)))
}

#[cfg(unix)]
fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

#[cfg(not(unix))]
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_default()
}

struct Output {
    limit: usize,
    kept: Vec<u8>,
    truncated: bool,
}

impl Output {
    fn new(limit: usize) -> Output {
        Output { limit, kept: Vec::new(), truncated: false }
    }

    async fn read(&mut self, pipe: &mut Option<impl AsyncRead + Unpin>) {
        let Some(pipe) = pipe else { return };
        let mut chunk = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = pipe.read(&mut chunk).await {
            let room = self.limit - self.kept.len();
            self.truncated |= length > room;
            self.kept.extend_from_slice(chunk.get(..length.min(room)).unwrap_or_default());
        }
    }
}
