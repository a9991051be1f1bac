//! Finding a kernel to talk to: the one that runs, or one started for as long as we are here.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::link::{Link, Wire};
use crate::options::Options;
use crate::print::Printer;
use crate::{Failure, Result};

/// A connection, and the kernel itself where we have started it.
pub struct Connected {
    pub link: Link,
    started: Option<Child>,
    /// True if the kernel is on this machine, and its files are ours.
    pub near: bool,
}

/// Connects to the kernel that the options mean. Where none runs, `may_start` starts one.
pub async fn connect(options: &Options, may_start: bool, printer: &Printer) -> Result<Connected> {
    let url = options.url.clone().or_else(|| variable("AETHER_URL"));
    if let Some(url) = url {
        return Ok(Connected { link: remote(&url).await?, started: None, near: false });
    }
    let root = root(options)?;
    if let Some(wire) = local(&root).await? {
        return Ok(Connected { link: Link::open(wire, "localhost", None).await?, started: None, near: true });
    }
    if !may_start {
        return Err(Failure::Unreachable(format!(
            "No kernel runs on {}. Start one with `aetherd`, or name another with --root or --url.",
            root.display()
        )));
    }
    let started = start(&root, printer).await?;
    let wire = local(&root).await?.ok_or_else(|| Failure::Unreachable("The kernel has no local socket.".to_owned()))?;
    Ok(Connected { link: Link::open(wire, "localhost", None).await?, started: Some(started), near: true })
}

impl Connected {
    /// True if the kernel ends with us.
    pub fn is_ours(&self) -> bool {
        self.started.is_some()
    }

    /// Ends a kernel that we have started. What its agents have journalled stays, and they go on with the next start.
    pub async fn leave(self) {
        let Some(mut started) = self.started else { return };
        drop(self.link);
        // A closed pipe is the kernel's sign to end; it does so in order.
        drop(started.stdin.take());
        // Ctrl+C ends our waiting for that, not the kernel's work.
        tokio::select! {
            _ = started.wait() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn root(options: &Options) -> Result<PathBuf> {
    let given = options.root.clone().or_else(|| variable("AETHER_FS_ROOT").map(PathBuf::from));
    let home = || variable("HOME").or_else(|| variable("USERPROFILE")).map(|home| Path::new(&home).join(".aether"));
    given.or_else(home).ok_or_else(|| {
        Failure::Unreachable("No home directory is known. Name the kernel's folder with --root.".to_owned())
    })
}

/// The local owner's door, if a kernel stands behind it.
#[cfg(unix)]
async fn local(root: &Path) -> Result<Option<Box<dyn Wire>>> {
    let path = root.join("run/aether.sock");
    match tokio::net::UnixStream::connect(&path).await {
        Ok(stream) => Ok(Some(Box::new(stream))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => Ok(None),
        Err(error) => Err(Failure::Unreachable(format!(
            "{} cannot be used: {error}. It belongs to whoever started the kernel.",
            path.display()
        ))),
    }
}

#[cfg(not(unix))]
async fn local(_root: &Path) -> Result<Option<Box<dyn Wire>>> {
    Err(Failure::Unreachable("There is no local socket on this system. Name the kernel with --url.".to_owned()))
}

async fn remote(url: &str) -> Result<Link> {
    let Some(host) = url.strip_prefix("ws://").map(|rest| rest.split('/').next().unwrap_or(rest)) else {
        return Err(Failure::Unreachable(format!("{url} is not an address of the form ws://HOST:PORT.")));
    };
    let stream = tokio::net::TcpStream::connect(host)
        .await
        .map_err(|error| Failure::Unreachable(format!("{host} does not answer: {error}.")))?;
    Link::open(Box::new(stream), host, variable("AETHER_TOKEN").as_deref()).await
}

/// The server: the one beside us, or whatever is called so.
pub fn aetherd() -> PathBuf {
    let name = format!("aetherd{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().and_then(|program| program.parent().map(|folder| folder.join(&name)));
    beside.filter(|program| program.is_file()).unwrap_or_else(|| PathBuf::from(name))
}

/// Starts `aetherd` and passes on what it says, until it says where its local socket is.
async fn start(root: &Path, printer: &Printer) -> Result<Child> {
    let program = aetherd();
    let mut command = Command::new(&program);
    command
        .args(["--port", "0", "--until-eof"])
        .env("AETHER_FS_ROOT", root)
        .env("AETHER_LOG_LEVEL", variable("AETHER_LOG_LEVEL").unwrap_or_else(|| "warn".to_owned()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    // Ctrl+C in the terminal is for us alone: the kernel ends in order when we are done.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command
        .spawn()
        .map_err(|error| Failure::Unreachable(format!("{} could not be started: {error}.", program.display())))?;
    let Some(said) = child.stdout.take() else {
        return Err(Failure::Unreachable("The kernel says nothing.".to_owned()));
    };
    let mut lines = BufReader::new(said).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        printer.kernel_says(&line);
        // The banner's last line: all doors are open before it is printed.
        if line.trim_start().starts_with("Data") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(child);
        }
    }
    let _ = child.wait().await;
    Err(Failure::Unreachable("The kernel ended before it could be used; its reason stands above.".to_owned()))
}
