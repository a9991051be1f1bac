//! `aetherd`: Aether OS without a window.

use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use aether_base::Config;
use aether_identity::FirstAdmin;
use aether_protocol::PRODUCT_VERSION;
use aether_server::Server;
use aether_system::Kernel;
use clap::Parser;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How long an orderly end may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Aether OS without a window: agents, their files and terminals, served to browsers, programs and the aether command.
///
/// Settings come from these options, then from AETHER_* variables, then from <root>/etc/config.toml.
#[derive(Debug, Parser)]
#[command(name = "aetherd", version)]
struct Options {
    /// The address to listen on; 127.0.0.1 unless set [AETHER_HOST]
    #[arg(long)]
    host: Option<IpAddr>,
    /// The port to listen on, 0 for any that is free; 3001 unless set [AETHER_PORT]
    #[arg(long)]
    port: Option<u16>,
    /// The folder all data is kept in; ~/.aether unless set [AETHER_FS_ROOT]
    #[arg(long)]
    root: Option<PathBuf>,
    /// Ends when standard input is closed: for programs that start it for as long as they run
    #[arg(long)]
    until_eof: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if let Err(reason) = start_log() {
        return fail(&reason, 2);
    }
    let config = match configure(&options) {
        Ok(config) => config,
        Err(error) => return fail(&error.to_string(), 2),
    };
    // One provider for everything that speaks TLS. It fails only if there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 4);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("No threads could be started: {error}."), 1),
    };
    let code = match runtime.block_on(run(config, options.until_eof)) {
        Ok(code) => code,
        Err(reason) => fail(&reason, 1),
    };
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}

fn fail(reason: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "aetherd: {reason}");
    ExitCode::from(code)
}

/// Logs to standard error. `AETHER_LOG_LEVEL` is a level, or levels by part: `warn,aether_process=debug`.
fn start_log() -> Result<(), String> {
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

fn configure(options: &Options) -> Result<Config, aether_base::config::ConfigError> {
    let mut config = Config::load(&|name| match (name, &options.root) {
        ("AETHER_FS_ROOT", Some(root)) => Some(root.display().to_string()),
        _ => std::env::var(name).ok(),
    })?;
    config.server.host = options.host.unwrap_or(config.server.host);
    config.server.port = options.port.unwrap_or(config.server.port);
    Ok(config)
}

async fn run(config: Config, until_eof: bool) -> Result<ExitCode, String> {
    let mut signals = Signals::new().map_err(|error| format!("Signals could not be caught: {error}."))?;
    let (kernel, first) = Kernel::start(config).await.map_err(|error| error.to_string())?;
    let server = match aether_server::serve(kernel.clone()).await {
        Ok(server) => server,
        Err(error) => {
            kernel.stop().await;
            return Err(error.to_string());
        }
    };
    greet(&kernel, &server, first.as_ref());
    tokio::select! {
        () = signals.next() => {}
        () = kernel.shutdown.cancelled() => {}
        () = end_of_input(), if until_eof => {}
    }
    tracing::info!("shutting down");
    tokio::select! {
        ended = tokio::time::timeout(PATIENCE, end(&kernel, &server)) => match ended {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(_) => Err(format!("The end took longer than {} s and was cut short.", PATIENCE.as_secs())),
        },
        () = signals.next() => Err("Stopped at once, as asked a second time.".to_owned()),
    }
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

/// Doors first, then commands that still run, then the subsystems.
async fn end(kernel: &Kernel, server: &Server) {
    server.close().await;
    kernel.stop().await;
}

/// Says where Aether OS is and how to get in. The password is shown here and nowhere else.
fn greet(kernel: &Kernel, server: &Server, first: Option<&FirstAdmin>) {
    let mut lines = vec![
        format!("Aether OS {PRODUCT_VERSION}"),
        format!("  Open      {}", server.url()),
        match first {
            Some(first) => {
                format!("  Sign in   as {} with the password {} (shown only this once)", first.username, first.password)
            }
            None => "  Sign in   with your account".to_owned(),
        },
    ];
    if let Some(local) = &server.local {
        lines.push(format!("  Local     {}", local.display()));
    }
    lines.push(format!("  Data      {}", kernel.config.root.display()));
    // Nobody may be reading, which is no reason to end.
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", lines.join("\n"));
    let _ = out.flush();
}

/// What asks the program to end.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals {})
    }

    async fn next(&mut self) {
        // Without the handler the system ends the program itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
