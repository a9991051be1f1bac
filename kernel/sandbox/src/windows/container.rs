//! What a sandbox is held in, from its first command to its end: an identity of its own, a job and a console.

use std::io;
use std::os::windows::io::OwnedHandle;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use aether_base::sandbox::{SandboxError, SandboxSpec};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::windows::named_pipe::NamedPipeServer;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::argv::{self, Line};
use super::pipe;
use super::sys::{Frozen, Job, Process, Profile, PseudoConsole, Right, Start, Ui, allow, revoke};
use crate::local::outside;

/// What is told of a command that went down with its sandbox, as of signal 9.
const KILLED: u32 = 128 + 9;
/// How often the end of what was killed is looked for: nothing tells it.
const LOOK: Duration = Duration::from_millis(5);
/// Variables of the kernel's own that programs need to find what belongs to Windows.
const KEPT: [&str; 14] = [
    "CommonProgramFiles",
    "ComSpec",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "PATH",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "ProgramData",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "SystemDrive",
    "SystemRoot",
    "windir",
];
/// Variables of the sandbox that would lead nowhere here.
const UNIX: [&str; 3] = ["HOME", "PATH", "SHELL"];

/// Where commands of one sandbox run.
pub(crate) struct Container {
    spec: SandboxSpec,
    ui: Ui,
    env: Vec<String>,
    /// First to go, and everything that runs inside with it.
    job: Job,
    /// None once it has been taken down.
    access: Mutex<Option<Access>>,
    /// What has no terminal still needs a console: an AppContainer cannot make one for itself.
    console: PseudoConsole,
    /// The console ends with its keyboard.
    _keys: NamedPipeServer,
    /// The jobs of commands, without those of shells.
    commands: Mutex<Vec<Weak<Job>>>,
    frozen: Mutex<Frozen>,
    closed: CancellationToken,
}

/// A command that was started.
pub(crate) struct Running {
    pub job: Arc<Job>,
    end: watch::Receiver<Option<i32>>,
}

impl Running {
    /// Waits for its end: its exit code.
    pub async fn ended(&self) -> i32 {
        let mut end = self.end.clone();
        end.wait_for(Option::is_some).await.map_or(1, |end| end.unwrap_or(1))
    }
}

impl Container {
    pub async fn open(spec: &SandboxSpec, ui: Ui, closed: CancellationToken) -> Result<Container, SandboxError> {
        let failed = |error: io::Error| SandboxError::Failed(error.to_string());
        let wanted = spec.clone();
        let access = spawn_blocking(move || Access::give(&wanted));
        let access = access.await.map_err(|error| SandboxError::Failed(error.to_string()))??;
        let (mut keys, keyboard) = pipe::to_child().await.map_err(failed)?;
        let (mut screen, display) = pipe::from_child().await.map_err(failed)?;
        let console = PseudoConsole::open((80, 25), &keyboard, &display).map_err(failed)?;
        // Some consoles first ask what terminal they are on, and keep everybody waiting until they know.
        keys.write_all(b"\x1b[?61c").await.map_err(failed)?;
        tokio::spawn(async move {
            let mut unseen = vec![0; 4 * 1024];
            while matches!(screen.read(&mut unseen).await, Ok(1..)) {}
        });
        let container = Container {
            spec: spec.clone(),
            ui,
            env: environment(spec, |name| std::env::var(name).ok()),
            job: Job::of_sandbox().map_err(failed)?,
            access: Mutex::new(Some(access)),
            console,
            _keys: keys,
            commands: Mutex::default(),
            frozen: Mutex::default(),
            closed,
        };
        container.speak_utf8().await;
        Ok(container)
    }

    /// Has the console take text from programs, and give it to them, as everything else does.
    async fn speak_utf8(&self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        let change = async {
            let (mut unseen, said) = pipe::from_child().await?;
            let (_unheard, complained) = pipe::from_child().await?;
            let line = argv::translate(&["chcp.com".to_owned(), "65001".to_owned()]).map_err(io::Error::other)?;
            let streams = [pipe::nothing()?, said, complained];
            let running = self.run(&line, &self.spec.home_inside, false, streams).map_err(io::Error::other)?;
            let _ = unseen.read_to_end(&mut Vec::new()).await;
            io::Result::Ok(running.ended().await)
        };
        tokio::select! {
            () = self.closed.cancelled() => {}
            changed = timeout(PATIENCE, change) => match changed {
                Ok(Ok(0)) => {}
                other => tracing::debug!(?other, "text of programs may come in another code page than UTF-8"),
            },
        }
    }

    /// Starts a command with its own streams.
    pub fn run(
        &self,
        line: &Line,
        cwd: &str,
        network: bool,
        streams: [OwnedHandle; 3],
    ) -> Result<Running, SandboxError> {
        let running = self.start(line, cwd, network, &self.console, Some(streams))?;
        let mut commands = lock(&self.commands);
        commands.retain(|job| job.strong_count() > 0);
        commands.push(Arc::downgrade(&running.job));
        Ok(running)
    }

    /// Starts a shell on a console of its own.
    pub fn shell(
        &self,
        line: &Line,
        cwd: &str,
        network: bool,
        console: &PseudoConsole,
    ) -> Result<Running, SandboxError> {
        self.start(line, cwd, network, console, None)
    }

    fn start(
        &self,
        Line { program, line }: &Line,
        cwd: &str,
        network: bool,
        console: &PseudoConsole,
        streams: Option<[OwnedHandle; 3]>,
    ) -> Result<Running, SandboxError> {
        let failed = |error: io::Error| SandboxError::Failed(format!("{program}: {error}"));
        let missing = || SandboxError::Failed(format!("{program}: there is no such program"));
        let path = self.find(program).ok_or_else(missing)?;
        let job = Arc::new(Job::of_command(self.ui).map_err(failed)?);
        let process = {
            // Held, so that whoever ends everything ends this too.
            let access = lock(&self.access);
            let Some(access) = access.as_ref().filter(|_| !self.closed.is_cancelled()) else {
                return Err(SandboxError::Closed);
            };
            Process::start(Start {
                program: &path,
                line,
                cwd: &outside(&self.spec, cwd),
                env: &self.env,
                profile: &access.profile,
                network,
                jobs: [&self.job, &job],
                console,
                streams,
            })
            .map_err(failed)?
        };
        let (tell, end) = watch::channel(None);
        let wait = move || {
            tell.send_replace(Some(process.wait().unwrap_or(1)));
        };
        if let Err(error) = std::thread::Builder::new().name("command-wait".to_owned()).spawn(wait) {
            job.terminate(KILLED);
            return Err(failed(error));
        }
        Ok(Running { job, end })
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        let search = self.env.iter().find_map(|variable| {
            let (name, value) = variable.split_once('=')?;
            name.eq_ignore_ascii_case("PATH").then_some(value)
        });
        let program = outside(&self.spec, program);
        argv::find(&program.to_string_lossy(), search.unwrap_or_default(), Path::is_file)
    }

    /// Ends everything inside, shells too, as by this signal.
    pub fn terminate(&self, signal: u32) {
        let _held = lock(&self.access);
        self.job.terminate(128 + signal);
    }

    /// Ends the commands that run now, as by this signal, and leaves the shells.
    pub fn interrupt(&self, signal: u32) {
        for job in lock(&self.commands).iter().filter_map(Weak::upgrade) {
            job.terminate(128 + signal);
        }
    }

    pub fn freeze(&self) {
        if let Err(error) = lock(&self.frozen).freeze(&self.job) {
            tracing::warn!(pid = %self.spec.pid, %error, "a sandbox was not stopped");
        }
    }

    pub fn thaw(&self) {
        lock(&self.frozen).thaw();
    }

    pub fn usage(&self) -> io::Result<(Duration, u64)> {
        let (_, used) = self.job.accounting()?;
        Ok((used, self.job.memory()?))
    }

    /// Waits until nothing runs inside any more.
    pub async fn emptied(&self) -> io::Result<()> {
        while self.job.accounting()?.0 > 0 {
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Takes away what was given to it. Nothing can be started any more.
    pub fn take_down(&self) {
        let access = lock(&self.access).take();
        drop(access);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An identity, and the folders it may use. Both go together.
struct Access {
    profile: Profile,
    folders: Vec<PathBuf>,
}

impl Access {
    fn give(spec: &SandboxSpec) -> Result<Access, SandboxError> {
        let profile = Profile::create(&name(spec), &format!("Aether: {}", spec.user))
            .map_err(|error| SandboxError::Failed(format!("an AppContainer cannot be made: {error}")))?;
        let mut access = Access { profile, folders: Vec::new() };
        let mounts = spec.mounts.iter().map(|(folder, _, may_write)| (folder, *may_write));
        for (folder, may_write) in std::iter::once((&spec.home, true)).chain(mounts) {
            let right = if may_write { Right::Write } else { Right::Read };
            allow(folder, &access.profile, right).map_err(|error| {
                SandboxError::Failed(format!("{} cannot be opened to the sandbox: {error}", folder.display()))
            })?;
            access.folders.push(folder.clone());
        }
        Ok(access)
    }
}

impl Drop for Access {
    fn drop(&mut self) {
        for folder in &self.folders {
            // It may have been deleted meanwhile.
            if let Err(error) = revoke(folder, &self.profile)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(folder = %folder.display(), %error, "a folder was left open to its sandbox");
            }
        }
    }
}

/// The name of the identity. Process numbers repeat, between kernels and for the shells of people; homes do not.
fn name(spec: &SandboxSpec) -> String {
    let home = Sha256::digest(spec.home.as_os_str().as_encoded_bytes());
    let home: String = home.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("aether.{}.{home}", spec.pid)
}

/// The environment, with the real home, and without what only Unix knows.
fn environment(spec: &SandboxSpec, own: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let kept = KEPT.iter().filter_map(|name| Some(((*name).to_owned(), own(name)?)));
    let given = spec.env.iter().filter(|(name, _)| !UNIX.contains(&name.as_str())).cloned();
    let home = spec.home.display().to_string();
    let data = |folder: &str| format!(r"{home}\AppData\{folder}");
    let here = [
        ("APPDATA", data("Roaming")),
        ("LOCALAPPDATA", data("Local")),
        ("HOME", home.clone()),
        ("USERPROFILE", home.clone()),
        ("TEMP", home.clone()),
        ("TMP", home.clone()),
        ("USERNAME", spec.user.clone()),
    ];
    argv::environment(kept.chain(given).chain(here.map(|(name, value)| (name.to_owned(), value))))
}

#[cfg(test)]
mod tests {
    use aether_protocol::Pid;

    use super::*;

    fn spec(pid: u64, home: &str) -> SandboxSpec {
        let env = [("HOME", "/home/agent_7"), ("PATH", "/bin"), ("SHELL", "/bin/bash"), ("AETHER_PID", "7")];
        SandboxSpec {
            pid: Pid(pid),
            user: "agent_7".to_owned(),
            home: home.into(),
            home_inside: "/home/agent_7".to_owned(),
            mounts: Vec::new(),
            env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            nice: 0,
        }
    }

    #[test]
    fn every_home_has_an_identity_of_its_own() {
        let names = [(7, r"C:\a"), (7, r"C:\b"), (u64::MAX, r"C:\a")].map(|(pid, home)| name(&spec(pid, home)));
        assert!(names[0] != names[1] && names[0] != names[2] && names[1] != names[2], "{names:?}");
        // What an AppContainer may be named is limited.
        assert!(names.iter().all(|name| name.len() <= 64), "{names:?}");
    }

    #[test]
    fn the_environment_is_the_one_of_windows_with_the_real_home() {
        let own = |name: &str| (name == "PATH" || name == "windir").then(|| format!("own {name}"));
        let env = environment(&spec(7, r"C:\data\home"), own).join("\n");
        for expect in ["PATH=own PATH", "windir=own windir", r"HOME=C:\data\home", r"TEMP=C:\data\home", "AETHER_PID=7"]
        {
            assert!(env.lines().any(|variable| variable == expect), "{expect} in {env}");
        }
        assert!(!env.contains("bash") && !env.contains("/bin"), "{env}");
    }
}
