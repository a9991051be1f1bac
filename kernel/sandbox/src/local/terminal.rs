//! A shell on a terminal of this machine. Reading and writing block, so each has a thread, a pipe's length ahead.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use aether_base::sandbox::{SandboxError, Terminal, TerminalControl};
use async_trait::async_trait;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::Start;
use super::groups::Groups;

/// Bytes read at a time, and ahead of whoever takes them.
const CHUNK: usize = 64 * 1024;

struct Control {
    master: Mutex<Box<dyn MasterPty + Send>>,
    leader: u32,
    groups: Arc<Groups>,
    end: watch::Receiver<Option<i32>>,
}

pub(crate) fn open(start: &Start, (cols, rows): (u16, u16), groups: Arc<Groups>) -> Result<Terminal, SandboxError> {
    let failed = |error: &dyn std::fmt::Display| SandboxError::Failed(error.to_string());
    let pair = native_pty_system().openpty(size(cols, rows)).map_err(|error| failed(&error))?;
    let mut command = CommandBuilder::new(&start.program);
    command.args(&start.arguments);
    command.cwd(&start.cwd);
    command.env_clear();
    start.env.iter().for_each(|(name, value)| command.env(name, value));
    let child = pair.slave.spawn_command(command).map_err(|error| failed(&error))?;
    drop(pair.slave);
    let leader = child.process_id().unwrap_or_default();
    groups.add(leader);
    let from = pair.master.try_clone_reader().map_err(|error| failed(&error))?;
    let to = pair.master.take_writer().map_err(|error| failed(&error))?;

    let runtime = Handle::current();
    let (reader, filled) = tokio::io::duplex(CHUNK);
    let (writer, emptied) = tokio::io::duplex(CHUNK);
    let (tell, end) = watch::channel(None);
    let lend = runtime.clone();
    thread("terminal-read", move || read(from, filled, &lend)).map_err(|error| failed(&error))?;
    thread("terminal-write", move || write(to, emptied, &runtime)).map_err(|error| failed(&error))?;
    thread("terminal-wait", move || wait(child, &tell)).map_err(|error| failed(&error))?;
    let control = Control { master: Mutex::new(pair.master), leader, groups, end };
    Ok(Terminal { reader: Box::new(reader), writer: Box::new(writer), control: Arc::new(control) })
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

fn read(mut from: Box<dyn Read + Send>, mut filled: DuplexStream, runtime: &Handle) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(length @ 1..) = from.read(&mut chunk) {
        let bytes = chunk.get(..length).unwrap_or_default();
        if runtime.block_on(filled.write_all(bytes)).is_err() {
            return;
        }
    }
}

fn write(mut to: Box<dyn Write + Send>, mut emptied: DuplexStream, runtime: &Handle) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(length @ 1..) = runtime.block_on(emptied.read(&mut chunk)) {
        let bytes = chunk.get(..length).unwrap_or_default();
        if to.write_all(bytes).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}

fn wait(mut child: Box<dyn Child + Send + Sync>, tell: &watch::Sender<Option<i32>>) {
    let code = child.wait().map_or(1, |status| code(&status));
    tell.send_replace(Some(code));
}

/// Signals come by name only.
fn code(status: &ExitStatus) -> i32 {
    match status.signal() {
        None => i32::try_from(status.exit_code()).unwrap_or(i32::MAX),
        Some(name) if name.starts_with("Hangup") => 129,
        Some(name) if name.starts_with("Interrupt") => 130,
        Some(name) if name.starts_with("Terminated") => 143,
        Some(_) => 137,
    }
}

#[async_trait]
impl TerminalControl for Control {
    fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        let master = self.master.lock().unwrap_or_else(PoisonError::into_inner);
        master.resize(size(cols, rows)).map_err(io::Error::other)
    }

    fn kill(&self) {
        self.groups.kill(self.leader);
    }

    async fn wait(&self) -> i32 {
        let mut end = self.end.clone();
        end.wait_for(Option::is_some).await.map_or(1, |end| end.unwrap_or(1))
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.kill();
    }
}
