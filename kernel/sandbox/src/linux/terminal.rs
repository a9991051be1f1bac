//! A terminal inside: the bytes of its master, and the handle of its shell.

use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use aether_base::sandbox::TerminalControl;
use async_trait::async_trait;
use rustix::io::Errno;
use rustix::termios::Winsize;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::channel::Job;
use super::watched;

/// Bytes read in one go, if the shell is that fast.
const CHUNK: usize = 64 * 1024;
/// Bytes Linux keeps for the reader of a terminal. Less than that was all there was: what comes next is told anew.
const LINE: usize = 4_095;
/// What is told of a shell that went down with its sandbox.
const KILLED: i32 = 128 + 9;

/// The kernel's end of a terminal.
#[derive(Clone)]
pub(crate) struct Master(Arc<AsyncFd<OwnedFd>>);

impl Master {
    pub fn new(master: OwnedFd) -> io::Result<Master> {
        rustix::io::ioctl_fionbio(&master, true)?;
        Ok(Master(Arc::new(watched(master)?)))
    }
}

impl AsyncRead for Master {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut guard = ready!(self.0.poll_read_ready(cx))?;
            let space = buffer.initialize_unfilled_to(buffer.remaining().min(CHUNK));
            let (read, drained) = fill(self.0.get_ref(), space);
            if drained {
                guard.clear_ready();
            }
            match read? {
                // Not the end: the next look tells when there is more.
                0 if drained => {}
                read => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

/// Reads what is there, a line buffer of the terminal at a time: how much, and whether that was all for now.
fn fill(master: &OwnedFd, space: &mut [u8]) -> (io::Result<usize>, bool) {
    let mut filled = 0;
    while let Some(rest) = space.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let wanted = rest.len().min(LINE);
        match rustix::io::read(master, rest) {
            Ok(0) => break,
            Ok(read) => {
                filled += read;
                if read < wanted {
                    return (Ok(filled), true);
                }
            }
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return (Ok(filled), true),
            // How Linux says that nobody holds the other end any more.
            Err(Errno::IO) => break,
            Err(error) if filled == 0 => return (Err(error.into()), false),
            Err(_) => break,
        }
    }
    (Ok(filled), false)
}

impl AsyncWrite for Master {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.0.poll_write_ready(cx))?;
            if let Ok(written) = guard.try_io(|master| Ok(rustix::io::write(master, bytes)?)) {
                return Poll::Ready(written);
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The handle of a shell.
pub(crate) struct Control {
    pub master: Master,
    pub job: Job,
}

#[async_trait]
impl TerminalControl for Control {
    fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        let size = Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 };
        Ok(rustix::termios::tcsetwinsize(self.master.0.get_ref(), size)?)
    }

    fn kill(&self) {
        self.job.kill();
    }

    async fn wait(&self) -> i32 {
        self.job.end().await.unwrap_or(KILLED)
    }
}
