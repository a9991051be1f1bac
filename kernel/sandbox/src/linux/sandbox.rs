//! A sandbox: its namespace from the first command to the end, and what is asked of it.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aether_base::sandbox::{Exec, ExecOutcome, Sandbox, SandboxError, SandboxSpec, ShellSpec, Terminal};
use aether_protocol::domains::process::Signal;
use async_trait::async_trait;
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::capture::{Capture, GRACE};
use super::channel::Job;
use super::namespace::{ENDING, Namespace};
use super::network::{self, Link};
use super::terminal::{Control, Master};
use super::wire::Request;
use super::{Programs, usage};
use crate::clock;

/// The namespace that runs, or has ended last.
type Current = Arc<Mutex<Option<Arc<Namespace>>>>;

/// One sandbox.
pub(crate) struct Confined {
    programs: Arc<Programs>,
    spec: Arc<SandboxSpec>,
    current: Current,
    /// Held while a namespace starts, so that there is only one.
    network: Arc<tokio::sync::Mutex<Network>>,
    frozen: watch::Sender<bool>,
    nice: Arc<AtomicU8>,
    closed: CancellationToken,
}

#[derive(Default)]
struct Network {
    wanted: bool,
    link: Option<Link>,
}

impl Confined {
    pub fn new(programs: Arc<Programs>, spec: SandboxSpec) -> Confined {
        Confined {
            programs,
            nice: Arc::new(AtomicU8::new(spec.nice)),
            spec: Arc::new(spec),
            current: Arc::default(),
            network: Arc::default(),
            frozen: watch::Sender::new(false),
            closed: CancellationToken::new(),
        }
    }

    /// The namespace, started if none runs.
    async fn namespace(&self) -> Result<Arc<Namespace>, SandboxError> {
        if self.closed.is_cancelled() {
            return Err(SandboxError::Closed);
        }
        if let Some(running) = self.running() {
            return Ok(running);
        }
        let network = self.network.clone().lock_owned().await;
        if self.closed.is_cancelled() {
            return Err(SandboxError::Closed);
        }
        if let Some(running) = self.running() {
            return Ok(running);
        }
        let start = Start {
            programs: self.programs.clone(),
            spec: self.spec.clone(),
            current: self.current.clone(),
            nice: self.nice.clone(),
            network,
            closed: self.closed.clone(),
        };
        tokio::spawn(start.run()).await.map_err(|error| SandboxError::Failed(error.to_string()))?
    }

    async fn end(&self) {
        let running = self.lock().take();
        if let Some(running) = running {
            running.end(self.spec.pid).await;
        }
    }

    fn running(&self) -> Option<Arc<Namespace>> {
        self.lock().as_ref().filter(|namespace| namespace.serves()).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Namespace>>> {
        locked(&self.current)
    }

    /// Stops what was asked to start while everything else was being stopped.
    fn freeze_late(&self, namespace: &Namespace) {
        // Held meanwhile, so that nobody lets it go before it is stopped.
        let frozen = self.frozen.borrow();
        if *frozen {
            namespace.channel.ask(&Request::Signal { number: rustix::process::Signal::STOP.as_raw() });
        }
    }

    async fn run(
        &self,
        namespace: &Namespace,
        exec: Exec,
        cancel: &CancellationToken,
    ) -> Result<ExecOutcome, SandboxError> {
        let failed = |error: std::io::Error| SandboxError::Failed(error.to_string());
        let begun = Instant::now();
        let (mut stdout, to_stdout) = Capture::new(exec.output_limit).map_err(failed)?;
        let (mut stderr, to_stderr) = Capture::new(exec.output_limit).map_err(failed)?;
        let job = namespace.channel.run(exec.cwd, exec.argv, [to_stdout, to_stderr])?;
        self.freeze_late(namespace);
        let mut timed_out = false;
        let end = tokio::select! {
            end = ended_while(&job, &mut stdout, &mut stderr) => Some(end?),
            () = cancel.cancelled() => None,
            () = clock::run_out(exec.timeout, self.frozen.subscribe()) => {
                timed_out = true;
                None
            }
        };
        if end.is_none() {
            job.kill();
            // If it does not end in time it is still killed with its sandbox.
            let _ = timeout(ENDING, job.end()).await;
        }
        // Most of what is still to be read is there already; what was left behind may go on, unheard.
        let _ = timeout(GRACE, read(&mut stdout, &mut stderr)).await;
        let ((stdout, more_stdout), (stderr, more_stderr)) = (stdout.finish(), stderr.finish());
        if end.is_none() && !timed_out {
            return Err(SandboxError::Cancelled);
        }
        Ok(ExecOutcome {
            exit_code: end,
            stdout,
            stderr,
            truncated: more_stdout || more_stderr,
            timed_out,
            duration: begun.elapsed(),
        })
    }
}

/// The start of a namespace. It goes to its end even where nobody waits for it any more: what is half there cannot be
/// killed as a whole, and whoever closes waits for the lock that is held here.
struct Start {
    programs: Arc<Programs>,
    spec: Arc<SandboxSpec>,
    current: Current,
    nice: Arc<AtomicU8>,
    network: OwnedMutexGuard<Network>,
    closed: CancellationToken,
}

impl Start {
    async fn run(mut self) -> Result<Arc<Namespace>, SandboxError> {
        self.network.link = None;
        let started = Namespace::start(&self.programs, &self.spec).await?;
        if let Err(error) = self.connect(&started).await {
            started.end(self.spec.pid).await;
            return Err(error);
        }
        let variables = self.spec.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        started.channel.ask(&Request::Environment { variables });
        let nice = self.nice.load(Ordering::SeqCst);
        started.channel.ask(&Request::Nice { value: nice.into() });
        *locked(&self.current) = Some(started.clone());
        // Whoever changes it looks afterwards for what runs: one of the two sees the other.
        let changed = self.nice.load(Ordering::SeqCst);
        if changed != nice {
            started.channel.ask(&Request::Nice { value: changed.into() });
        }
        // Killing looks for what runs after it has closed: one of the two sees the other.
        if self.closed.is_cancelled() {
            started.kill();
            return Err(SandboxError::Closed);
        }
        Ok(started)
    }

    async fn connect(&mut self, started: &Namespace) -> Result<(), SandboxError> {
        if self.closed.is_cancelled() {
            return Err(SandboxError::Closed);
        }
        if self.network.wanted {
            self.network.link = Some(tokio::select! {
                link = network::connect(&self.programs, started.pid) => link?,
                () = self.closed.cancelled() => return Err(SandboxError::Closed),
            });
        }
        Ok(())
    }
}

fn locked(current: &Current) -> MutexGuard<'_, Option<Arc<Namespace>>> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is divided by NUL on its way must hold none.
fn speakable(cwd: &str, argv: &[String]) -> Result<(), SandboxError> {
    if argv.iter().map(String::as_str).chain([cwd]).any(|word| word.contains('\0')) {
        return Err(SandboxError::Failed("a command cannot hold a NUL byte".to_owned()));
    }
    Ok(())
}

async fn read(stdout: &mut Capture, stderr: &mut Capture) {
    tokio::join!(stdout.read(), stderr.read());
}

/// Waits for the end of a command, and reads so that it can get there.
async fn ended_while(job: &Job, stdout: &mut Capture, stderr: &mut Capture) -> Result<i32, SandboxError> {
    tokio::select! {
        end = job.end() => return end,
        () = read(stdout, stderr) => {}
    }
    job.end().await
}

#[async_trait]
impl Sandbox for Confined {
    async fn exec(&self, exec: Exec, cancel: &CancellationToken) -> Result<ExecOutcome, SandboxError> {
        speakable(&exec.cwd, &exec.argv)?;
        let namespace = tokio::select! {
            namespace = self.namespace() => namespace?,
            () = cancel.cancelled() => return Err(SandboxError::Cancelled),
        };
        self.run(&namespace, exec, cancel).await
    }

    async fn terminal(&self, shell: ShellSpec) -> Result<Terminal, SandboxError> {
        speakable(&shell.cwd, &shell.argv)?;
        let namespace = self.namespace().await?;
        let ShellSpec { argv, cwd, cols, rows } = shell;
        // Not stopped, whatever else is: it is how a person works beside an agent that is held.
        let (job, opened) = namespace.channel.shell(|id| Request::Shell { id, cols, rows, cwd, argv })?;
        let Ok(master) = opened.await else {
            job.end().await?;
            return Err(SandboxError::Failed("the shell ended before its terminal was open".to_owned()));
        };
        let master = Master::new(master).map_err(|error| SandboxError::Failed(error.to_string()))?;
        Ok(Terminal {
            reader: Box::new(master.clone()),
            writer: Box::new(master.clone()),
            control: Arc::new(Control { master, job }),
        })
    }

    async fn set_network(&self, on: bool) -> Result<(), SandboxError> {
        let mut network = self.network.lock().await;
        if !on {
            network.wanted = false;
            if let Some(link) = network.link.take() {
                link.cut().await;
            }
            return Ok(());
        }
        if self.closed.is_cancelled() {
            return Err(SandboxError::Closed);
        }
        network::possible(&self.programs)?;
        if let Some(running) = self.running()
            && !network.link.as_mut().is_some_and(Link::works)
        {
            network.link = None;
            network.link = Some(network::connect(&self.programs, running.pid).await?);
        }
        network.wanted = true;
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        use rustix::process::Signal as Number;
        let number = match signal {
            Signal::SigKill => {
                self.closed.cancel();
                // It stays where closing finds it, and waits for its end.
                if let Some(running) = &*self.lock() {
                    running.kill();
                }
                return;
            }
            Signal::SigTerm => Number::TERM,
            Signal::SigStop => Number::STOP,
            Signal::SigCont => Number::CONT,
            Signal::SigInt => Number::INT,
            Signal::SigUsr1 => Number::USR1,
            Signal::SigUsr2 => Number::USR2,
        };
        // What is frozen must not run out of time.
        self.frozen.send_if_modified(|frozen| {
            let before = *frozen;
            *frozen = (before || number == Number::STOP) && number != Number::CONT;
            *frozen != before
        });
        if let Some(running) = self.running() {
            running.channel.ask(&Request::Signal { number: number.as_raw() });
        }
    }

    fn set_nice(&self, nice: u8) {
        self.nice.store(nice, Ordering::SeqCst);
        if let Some(running) = self.running() {
            running.channel.ask(&Request::Nice { value: nice.into() });
            usage::renice(running.pid, nice.into());
        }
    }

    fn usage(&self) -> Option<(Duration, u64)> {
        self.running().map_or(Some((Duration::ZERO, 0)), |running| usage::of_tree(running.pid))
    }

    async fn close(&self) {
        self.closed.cancel();
        // What runs ends at once; what was just starting is found once nothing starts any more.
        self.end().await;
        let mut network = self.network.lock().await;
        self.end().await;
        if let Some(link) = network.link.take() {
            link.cut().await;
        }
    }
}
