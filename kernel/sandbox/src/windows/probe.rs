//! Whether this machine confines: a command is held to it, as every sandbox will be.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aether_base::sandbox::{Exec, ExecOutcome, Sandbox, SandboxError, SandboxSpec};
use aether_protocol::Pid;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::sandbox::Confined;
use super::sys::Ui;

const INSIDE: &str = "/home/probe";
const SECRET: &str = "not for everyone";
const MARK: &str = "written";

/// Tries it: what went wrong, if anything did.
pub(crate) async fn confines(ui: Ui) -> Result<(), String> {
    let place = Place::new().map_err(|error| format!("the folder for temporary files does not work ({error})"))?;
    let no_loopback = |error: io::Error| format!("nothing can listen on the loopback ({error})");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(no_loopback)?;
    let port = listener.local_addr().map_err(no_loopback)?.port();
    let sandbox = Confined::new(place.spec(), ui);
    // With the network granted: not even that leads to this machine's own services.
    let _ = sandbox.set_network(true).await;
    let command = format!("(echo {MARK}>mark)&(type ..\\secret)&(curl.exe -s -m 1 http://127.0.0.1:{port}/)&exit 0");
    let outcome = sandbox.exec(exec(&command), &CancellationToken::new()).await;
    sandbox.close().await;
    let called = timeout(Duration::from_millis(50), listener.accept()).await.is_ok();
    let wrote = std::fs::read_to_string(place.home().join("mark")).is_ok_and(|mark| mark.contains(MARK));
    judge(outcome, wrote, called)
}

fn judge(outcome: Result<ExecOutcome, SandboxError>, wrote: bool, called: bool) -> Result<(), String> {
    let outcome = outcome.map_err(|error| match error {
        SandboxError::Failed(reason) | SandboxError::Unconfined { reason, .. } => reason,
        SandboxError::Closed | SandboxError::Cancelled => "the trial was broken off".to_owned(),
    })?;
    let said = String::from_utf8_lossy(&outcome.stdout);
    match outcome.exit_code {
        _ if said.contains(SECRET) => Err("a command in an AppContainer reads what it must not".to_owned()),
        _ if called => Err("a command in an AppContainer reaches services of this machine".to_owned()),
        None => Err("a command in an AppContainer does not end".to_owned()),
        Some(0) if wrote => Ok(()),
        Some(0) => Err("a command in an AppContainer cannot write into its own folder".to_owned()),
        Some(code) => Err(format!("a command in an AppContainer ends with {code:#x} at once")),
    }
}

fn exec(command: &str) -> Exec {
    Exec {
        argv: ["/bin/bash", "-c", command].map(str::to_owned).to_vec(),
        cwd: INSIDE.to_owned(),
        timeout: Duration::from_secs(20),
        output_limit: 4 * 1024,
    }
}

/// A home, and beside it a file that is none of its business.
struct Place(PathBuf);

impl Place {
    fn new() -> io::Result<Place> {
        let place = Place(std::env::temp_dir().join(format!("aether-probe-{}", std::process::id())));
        std::fs::create_dir_all(place.home())?;
        std::fs::write(place.0.join("secret"), SECRET)?;
        Ok(place)
    }

    fn home(&self) -> PathBuf {
        self.0.join("home")
    }

    fn spec(&self) -> SandboxSpec {
        SandboxSpec {
            pid: Pid(0),
            user: "probe".to_owned(),
            home: self.home(),
            home_inside: INSIDE.to_owned(),
            mounts: Vec::new(),
            env: Vec::new(),
            nice: 0,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

fn remove(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::debug!(folder = %folder.display(), %error, "a folder of a trial was left behind");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_seen_to_confine_does() {
        let check = |exit_code: Option<i32>, said: &str, (wrote, called): (bool, bool), expect: Result<(), &str>| {
            let outcome = ExecOutcome {
                exit_code,
                stdout: said.as_bytes().to_vec(),
                stderr: Vec::new(),
                truncated: false,
                timed_out: exit_code.is_none(),
                duration: Duration::ZERO,
            };
            match (judge(Ok(outcome), wrote, called), expect) {
                (Ok(()), Ok(())) => {}
                (Err(said), Err(expect)) => assert!(said.contains(expect), "{said}"),
                (judged, expect) => panic!("{judged:?} for {expect:?}"),
            }
        };
        check(Some(0), "", (true, false), Ok(()));
        check(Some(0), "", (false, false), Err("write"));
        check(Some(0), SECRET, (true, false), Err("reads"));
        check(Some(0), "", (true, true), Err("services"));
        check(Some(-1_073_741_502), "", (false, false), Err("0xc0000142"));
        check(None, "", (true, false), Err("end"));
        assert_eq!(judge(Err(SandboxError::Failed("no".to_owned())), true, false), Err("no".to_owned()));
    }
}
