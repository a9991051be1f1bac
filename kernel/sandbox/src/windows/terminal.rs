//! A shell on a console of its own, as a terminal speaks to it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use aether_base::sandbox::{SandboxError, ShellSpec, Terminal, TerminalControl};
use async_trait::async_trait;

use super::container::{Container, Running};
use super::sys::PseudoConsole;
use super::{argv, pipe};

/// What is told of a shell that was hung up, as of signal 9.
const KILLED: u32 = 128 + 9;

struct Control {
    /// None once the shell has ended: what it wrote has an end then.
    console: Arc<Mutex<Option<PseudoConsole>>>,
    running: Arc<Running>,
}

pub(crate) async fn open(container: &Container, shell: ShellSpec, network: bool) -> Result<Terminal, SandboxError> {
    let failed = |error: io::Error| SandboxError::Failed(error.to_string());
    let line = argv::translate(&shell.argv).map_err(SandboxError::Failed)?;
    let (writer, keyboard) = pipe::to_child().await.map_err(failed)?;
    let (reader, display) = pipe::from_child().await.map_err(failed)?;
    let console = PseudoConsole::open((shell.cols, shell.rows), &keyboard, &display).map_err(failed)?;
    let running = Arc::new(container.shell(&line, &shell.cwd, network, &console)?);
    let console = Arc::new(Mutex::new(Some(console)));
    tokio::spawn({
        let (running, console) = (running.clone(), console.clone());
        async move {
            running.ended().await;
            console.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    });
    let control = Control { console, running };
    Ok(Terminal { reader: Box::new(reader), writer: Box::new(writer), control: Arc::new(control) })
}

#[async_trait]
impl TerminalControl for Control {
    fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        match &*self.console.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(console) => console.resize(cols, rows),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn kill(&self) {
        self.running.job.terminate(KILLED);
    }

    async fn wait(&self) -> i32 {
        self.running.ended().await
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.kill();
    }
}
