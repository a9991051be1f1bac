//! The network of a sandbox: a helper that carries packets between its namespace and this machine's sockets. The
//! loopback of this machine, and the gateway's address as a second name for it, are never connected.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use aether_base::sandbox::SandboxError;
use rustix::process::Pid;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::time::timeout;

use super::Programs;
use super::bwrap::NAME_SERVER;

/// How long a helper may take to connect, and to let go.
const PATIENCE: Duration = Duration::from_secs(10);

/// A helper at work. Dropping it cuts the network off.
pub(crate) struct Link {
    guard: Child,
    /// What the guard holds on to.
    hold: Option<ChildStdin>,
}

/// Says what to install if this machine has no helper.
pub(crate) fn possible(programs: &Programs) -> Result<(), SandboxError> {
    if programs.pasta.is_some() || programs.slirp.is_some() {
        return Ok(());
    }
    Err(SandboxError::Failed(
        "neither pasta nor slirp4netns is there to connect it to the network; install one: `apt install slirp4netns` or `apt install passt`"
            .to_owned(),
    ))
}

/// Connects the namespace of a process.
pub(crate) async fn connect(programs: &Programs, inside: Pid) -> Result<Link, SandboxError> {
    let mut helpers = Vec::new();
    if let Some(helper) = &programs.pasta {
        helpers.push((helper, pasta()));
    }
    if let Some(helper) = &programs.slirp {
        let first = match &programs.pasta {
            Some(pasta) => !tells_of_refusals(pasta).await,
            None => true,
        };
        helpers.insert(if first { 0 } else { helpers.len() }, (helper, slirp()));
    }
    let mut failure = None;
    for (helper, arguments) in helpers {
        match Link::start(&programs.init, inside, helper, &arguments).await {
            Ok(link) => return Ok(link),
            Err(error) => {
                tracing::warn!(helper = %helper.display(), %error, "a sandbox was not connected");
                failure.get_or_insert(error);
            }
        }
    }
    possible(programs)?;
    Err(failure.unwrap_or(SandboxError::Closed))
}

/// Pasta of before 2025 leaves whoever connects to a closed port waiting (measured with Debian 12's).
async fn tells_of_refusals(pasta: &Path) -> bool {
    let said = Command::new(pasta).arg("--version").env_clear().stdin(Stdio::null()).output().await;
    said.is_ok_and(|said| released(&String::from_utf8_lossy(&said.stdout)).is_some_and(|date| date >= 20_250_503))
}

/// The day of a release, as in `2025_05_03.587980c` or `0.0~git20250503.587980c`: twenty million and more.
fn released(version: &str) -> Option<u32> {
    let digits = version.lines().next()?.replace('_', "");
    let numbers = digits.split(|letter: char| !letter.is_ascii_digit());
    numbers.filter(|number| number.len() == 8).find_map(|number| number.parse().ok())
}

/// Nothing is forwarded, and addresses are this machine's own.
fn pasta() -> Vec<String> {
    let mut words = vec!["--foreground", "--quiet", "--config-net", "--no-map-gw"];
    words.extend(["-t", "none", "-u", "none", "-T", "none", "-U", "none"]);
    words.extend(["--dns-forward", NAME_SERVER]);
    words.extend(["--userns", "/proc/self/fd/0", "--netns", "/proc/self/fd/1", "--pid", "/proc/self/fd/2"]);
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    if rustix::process::geteuid().is_root() {
        // As another user it could not join a namespace of root's.
        words.extend(["--runas", "0:0"].map(str::to_owned));
    }
    words
}

fn slirp() -> Vec<String> {
    let mut words = vec!["--configure", "--mtu=65520", "--disable-host-loopback", "--enable-seccomp", "--ready-fd=2"];
    if rustix::process::geteuid().is_root() {
        // It becomes root of the namespace first, which is not there for another user's.
        words.push("--enable-sandbox");
    }
    words.extend(["--netns-type=path", "--userns-path=/proc/self/fd/0", "/proc/self/fd/1", "tap0"]);
    words.into_iter().map(str::to_owned).collect()
}

impl Link {
    async fn start(init: &Path, inside: Pid, helper: &Path, arguments: &[String]) -> Result<Link, SandboxError> {
        let failed = |reason: String| SandboxError::Failed(format!("it was not connected to the network: {reason}"));
        let mut guard = Command::new(init)
            .arg("guard")
            .arg(inside.as_raw_pid().to_string())
            .arg(helper)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let hold = guard.stdin.take();
        let Some(mut said) = guard.stderr.take() else { return Err(failed("it has no standard error".to_owned())) };
        let link = Link { guard, hold };
        match timeout(PATIENCE, ready(&mut said)).await {
            Ok(Ok(())) => {
                tokio::spawn(drain(said));
                Ok(link)
            }
            Ok(Err(words)) => Err(failed(words)),
            Err(_) => Err(failed(format!("no answer within {} seconds", PATIENCE.as_secs()))),
        }
    }

    pub fn works(&mut self) -> bool {
        matches!(self.guard.try_wait(), Ok(None))
    }

    /// Cuts the network off, and waits until it is.
    pub async fn cut(mut self) {
        drop(self.hold.take());
        if timeout(PATIENCE, self.guard.wait()).await.is_err() {
            tracing::warn!("the network helper of a sandbox did not end");
        }
    }
}

/// A helper says a number on a line of its own when it has connected: its own, or 1.
async fn ready(said: &mut ChildStderr) -> Result<(), String> {
    let mut text = String::new();
    let mut bytes = [0; 1024];
    loop {
        match said.read(&mut bytes).await {
            Ok(0) | Err(_) => return Err(text.trim().replace('\n', "; ")),
            Ok(length) => text.push_str(&String::from_utf8_lossy(bytes.get(..length).unwrap_or_default())),
        }
        let last = text.trim_end().lines().last().unwrap_or_default();
        if !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(());
        }
    }
}

async fn drain(mut said: ChildStderr) {
    let mut bytes = [0; 1024];
    while let Ok(length @ 1..) = said.read(&mut bytes).await {
        let text = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned();
        tracing::debug!(text = text.trim_end(), "a network helper says");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_a_release_is_read_from_its_version() {
        assert_eq!(released("pasta 0.0~git20250503.587980c-2\nCopyright Red Hat"), Some(20_250_503));
        assert_eq!(released("pasta 2025_04_15.2340bbf"), Some(20_250_415));
        assert_eq!(released("pasta unknown version\nCopyright Red Hat 20250503"), None);
    }
}
