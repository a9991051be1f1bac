//! A whole kernel as a program has it: its options, its log, start and end. `aetherd` and the desktop share it.

use std::io::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

pub use aether_base::Config;
use aether_base::config::ConfigError;
use aether_identity::FirstAdmin;
use aether_protocol::PRODUCT_VERSION;
use aether_system::{Kernel, StartError};
use clap::Args;
use tokio::runtime::Runtime;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::{Network, Server, descriptors, heap, serve};

/// How long an orderly end may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What every program that carries the kernel is told.
#[derive(Debug, Clone, Default, Args)]
pub struct Options {
    /// The address to listen on; 127.0.0.1 unless set [AETHER_HOST]
    #[arg(long)]
    pub host: Option<IpAddr>,
    /// The port to listen on, 0 for any that is free; 3001 unless set [AETHER_PORT]
    #[arg(long)]
    pub port: Option<u16>,
    /// The folder all data is kept in; ~/.aether unless set [AETHER_FS_ROOT]
    #[arg(long)]
    pub root: Option<PathBuf>,
    /// Ends when standard input is closed: for programs that start it for as long as they run
    #[arg(long)]
    pub until_eof: bool,
}

impl Options {
    /// The configuration that these options, the environment and the file make together.
    ///
    /// # Errors
    /// When a value cannot be read. The message is for the person.
    pub fn configure(&self) -> Result<Config, ConfigError> {
        let mut config = Config::load(&|name| match (name, &self.root) {
            ("AETHER_FS_ROOT", Some(root)) => Some(root.display().to_string()),
            _ => std::env::var(name).ok(),
        })?;
        config.server.host = self.host.unwrap_or(config.server.host);
        config.server.port = self.port.unwrap_or(config.server.port);
        Ok(config)
    }
}

/// Why a program could not start its kernel, or end it well. The messages are for the person.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Another kernel has the data root; where it says so, it is served at `url`.
    #[error("{message}")]
    InUse { message: String, url: Option<String> },
    #[error("{0}")]
    Other(String),
}

/// A kernel and its doors.
pub struct Program {
    kernel: Arc<Kernel>,
    server: Server,
    first: Option<FirstAdmin>,
}

impl Program {
    /// Starts the kernel and opens its doors.
    ///
    /// # Errors
    /// When the data root is in use or cannot be used, or a door cannot be opened. Nothing is left running then.
    pub async fn start(config: Config, network: Network) -> Result<Program, Failure> {
        descriptors::raise();
        let root = config.root.clone();
        let (kernel, first) = Kernel::start(config).await.map_err(|error| match error {
            StartError::InUse(_) => Failure::InUse { message: error.to_string(), url: noted_url(&root) },
            other => Failure::Other(other.to_string()),
        })?;
        match serve(kernel.clone(), network).await {
            Ok(server) => {
                note_url(&root, server.url().as_deref());
                Ok(Program { kernel, server, first })
            }
            Err(error) => {
                kernel.stop().await;
                Err(Failure::Other(error.to_string()))
            }
        }
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The folder all data is kept in.
    pub fn root(&self) -> &Path {
        &self.kernel.config.root
    }

    /// Ready once it should end: asked by the system, by somebody with the right, or, `until_eof`, by the end of
    /// standard input.
    pub async fn asked_to_end(&self, signals: &mut Signals, until_eof: bool) {
        tokio::select! {
            () = signals.next() => {}
            () = self.kernel.shutdown.cancelled() => {}
            () = end_of_input(), if until_eof => {}
        }
    }

    /// Ends in order: doors first, then commands that still run, then the subsystems.
    ///
    /// # Errors
    /// When that takes too long and was cut short.
    pub async fn end(&self) -> Result<(), Failure> {
        self.server.leave().await;
        tracing::info!("shutting down");
        let end = async {
            self.server.close().await;
            note_url(self.root(), None);
            self.kernel.stop().await;
        };
        let late = |_| Failure::Other(format!("The end took longer than {} s and was cut short.", PATIENCE.as_secs()));
        tokio::time::timeout(PATIENCE, end).await.map_err(late)
    }

    /// Says where Aether OS is and how to get in. The password is shown here and nowhere else.
    pub fn greet(&self) {
        let mut lines = vec![format!("Aether OS {PRODUCT_VERSION}")];
        if let Some(url) = self.server.url() {
            lines.push(format!("  Open      {url}"));
        }
        lines.push(match &self.first {
            Some(first) => {
                format!("  Sign in   as {} with the password {} (shown only this once)", first.username, first.password)
            }
            None => "  Sign in   with your account".to_owned(),
        });
        if let Some(address) = self.server.redirect {
            lines.push(format!("  Redirect  http://{address}"));
        }
        if let Some(local) = &self.server.local {
            lines.push(format!("  Local     {}", local.display()));
        }
        lines.push(format!("  Data      {}", self.root().display()));
        // Nobody may be reading, which is no reason to end.
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{}", lines.join("\n"));
        let _ = out.flush();
    }
}

/// Runs a kernel without a window until it is asked to end: all of `aetherd`. `name` is what errors are said under.
pub fn headless(name: &str, options: &Options) -> ExitCode {
    let fail = |reason: &str, code: u8| {
        complain(name, reason);
        ExitCode::from(code)
    };
    if let Err(reason) = start_log() {
        return fail(&reason, 2);
    }
    let config = match options.configure() {
        Ok(config) => config,
        Err(error) => return fail(&error.to_string(), 2),
    };
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string(), 1),
    };
    let code = match runtime.block_on(run(config, options.until_eof)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), 1),
    };
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}

/// Says on standard error why a program ends.
pub fn complain(name: &str, reason: &str) {
    let _ = writeln!(std::io::stderr(), "{name}: {reason}");
}

async fn run(config: Config, until_eof: bool) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let program = Program::start(config, Network::Open).await?;
    program.greet();
    program.asked_to_end(&mut signals, until_eof).await;
    tokio::select! {
        ended = program.end() => ended,
        () = signals.next() => Err(Failure::Other("Stopped at once, as asked a second time.".to_owned())),
    }
}

/// The threads a kernel runs on. Also installs what speaks TLS, which has to be there before.
///
/// # Errors
/// When no threads can be started.
pub fn runtime() -> Result<Runtime, Failure> {
    heap::bound();
    // One provider for everything that speaks TLS. It fails only if there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 4);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Other(format!("No threads could be started: {error}.")))?;
    runtime.spawn(heap::trim());
    Ok(runtime)
}

/// Logs to standard error. `AETHER_LOG_LEVEL` is a level, or levels by part: `warn,aether_process=debug`.
///
/// # Errors
/// When the level cannot be read.
pub fn start_log() -> Result<(), String> {
    let level = std::env::var("AETHER_LOG_LEVEL").unwrap_or_default();
    let level = if level.is_empty() { "info".to_owned() } else { level };
    let targets: Targets = level
        .parse()
        .map_err(|error| format!("AETHER_LOG_LEVEL={level} is not valid: {error}. Use debug, info, warn or error."))?;
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(targets)
        .init();
    Ok(())
}

/// Where a kernel notes its address, for whoever finds the data root in use.
fn url_note(root: &Path) -> PathBuf {
    root.join("run/url")
}

fn note_url(root: &Path, url: Option<&str>) {
    let note = url_note(root);
    let noted = match url {
        Some(url) => std::fs::write(&note, url),
        None => std::fs::remove_file(&note),
    };
    match noted {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(path = %note.display(), %error, "the address could not be noted");
        }
        _ => {}
    }
}

fn noted_url(root: &Path) -> Option<String> {
    std::fs::read_to_string(url_note(root)).ok().filter(|url| !url.is_empty())
}

/// Waits until whoever has started us closes our standard input.
async fn end_of_input() {
    let (closed, input) = tokio::sync::oneshot::channel();
    // A thread of its own: a blocking read must not hold up the end of the runtime.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = closed.send(());
    });
    let _ = input.await;
}

/// What asks the program to end: Ctrl-C, and what service managers send.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// # Errors
    /// When the system lets none be caught.
    pub fn new() -> Result<Signals, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let catch =
            |kind| signal(kind).map_err(|error| Failure::Other(format!("Signals could not be caught: {error}.")));
        Ok(Signals { terminate: catch(SignalKind::terminate())?, interrupt: catch(SignalKind::interrupt())? })
    }

    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// # Errors
    /// When the system lets none be caught.
    pub fn new() -> Result<Signals, Failure> {
        Ok(Signals {})
    }

    pub async fn next(&mut self) {
        // Without the handler the system ends the program itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
