//! What a command writes, read while it runs.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;
/// How long output may still come after the end of the command: a child it left behind may hold the pipe open.
pub(crate) const GRACE: Duration = Duration::from_millis(50);

/// One stream of a command.
pub(crate) struct Capture {
    pipe: Option<Receiver>,
    limit: usize,
    kept: Vec<u8>,
    truncated: bool,
}

impl Capture {
    /// The capture, and the end to write into.
    pub fn new(limit: usize) -> io::Result<(Capture, OwnedFd)> {
        let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        let pipe = Receiver::from_owned_fd(read)?;
        Ok((Capture { pipe: Some(pipe), limit, kept: Vec::new(), truncated: false }, write))
    }

    /// Reads until nobody can write any more.
    pub async fn read(&mut self) {
        let mut chunk = vec![0; CHUNK];
        while let Some(pipe) = &mut self.pipe {
            match pipe.read(&mut chunk).await {
                Ok(0) | Err(_) => self.pipe = None,
                Ok(length) => {
                    let room = self.limit - self.kept.len();
                    self.truncated |= length > room;
                    self.kept.extend_from_slice(chunk.get(..length.min(room)).unwrap_or_default());
                }
            }
        }
    }

    /// What was kept, and whether there was more.
    pub fn finish(self) -> (Vec<u8>, bool) {
        if let Some(pipe) = self.pipe {
            tokio::spawn(drain(pipe));
        }
        (self.kept, self.truncated)
    }
}

/// A child that was left behind goes on writing, and must not fail for it.
async fn drain(mut pipe: Receiver) {
    let mut chunk = vec![0; 4 * 1024];
    while matches!(pipe.read(&mut chunk).await, Ok(1..)) {}
}
