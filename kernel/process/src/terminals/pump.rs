//! The pump of one terminal: it reads the pty only as fast as its viewers take it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use aether_base::sandbox::TerminalControl;
use aether_protocol::domains::tty::event;
use bytes::{Bytes, BytesMut};
use futures_util::future::join_all;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{Terminals, Tty};

/// Bytes kept for viewers that come late or come back.
const SCROLLBACK: usize = 256 * 1024;
/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;
/// How long a viewer may hold the shell back before it is let go.
const PATIENCE: Duration = Duration::from_secs(10);

/// A viewer that wants to look on.
pub struct Attach {
    pub output: mpsc::Sender<Bytes>,
    /// The offset it has already seen, in bytes since the shell started.
    pub since: Option<u64>,
    /// Told where its stream begins.
    pub offset: oneshot::Sender<u64>,
}

pub struct Pump {
    terminals: Arc<Terminals>,
    tty: Arc<Tty>,
    control: Arc<dyn TerminalControl>,
    viewers: Vec<mpsc::Sender<Bytes>>,
    /// The last of what the shell has written.
    kept: VecDeque<u8>,
    /// Bytes the shell has written in all.
    written: u64,
    /// The beginning of a character whose end has not been read yet.
    partial: Vec<u8>,
}

impl Pump {
    pub fn new(terminals: Arc<Terminals>, tty: Arc<Tty>, control: Arc<dyn TerminalControl>) -> Pump {
        Pump { terminals, tty, control, viewers: Vec::new(), kept: VecDeque::new(), written: 0, partial: Vec::new() }
    }

    pub async fn run(mut self, mut reader: Box<dyn AsyncRead + Send + Unpin>, mut attached: mpsc::Receiver<Attach>) {
        let mut buffer = BytesMut::with_capacity(CHUNK);
        loop {
            tokio::select! {
                biased;
                Some(attach) = attached.recv() => self.attach(attach).await,
                read = reader.read_buf(&mut buffer) => match read {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {
                        // A copy: a chunk of one byte must not hold on to the whole buffer.
                        self.spread(Bytes::copy_from_slice(&buffer)).await;
                        buffer.clear();
                    }
                },
            }
        }
        let code = self.control.wait().await;
        self.viewers.clear();
        self.terminals.closed(&self.tty, code);
    }

    async fn attach(&mut self, attach: Attach) {
        let oldest = self.written - self.kept.len() as u64;
        let from = attach.since.unwrap_or(oldest).clamp(oldest, self.written);
        if attach.offset.send(from).is_err() {
            return;
        }
        let skip = usize::try_from(from - oldest).unwrap_or(usize::MAX);
        let replay: Bytes = self.kept.iter().skip(skip).copied().collect();
        let taken = replay.is_empty() || attach.output.send(replay).await.is_ok();
        if taken {
            self.viewers.push(attach.output);
        }
    }

    async fn spread(&mut self, chunk: Bytes) {
        self.written += chunk.len() as u64;
        self.kept.extend(&chunk);
        self.kept.drain(..self.kept.len().saturating_sub(SCROLLBACK));
        // All at once: one that does not take it holds back the shell, not the others for each of its kind.
        let sends = self.viewers.iter().map(|viewer| timeout(PATIENCE, viewer.send(chunk.clone())));
        let mut taken = join_all(sends).await.into_iter().map(|sent| matches!(sent, Ok(Ok(()))));
        self.viewers.retain(|_| taken.next().unwrap_or_default());
        if self.terminals.bus.wants_streams() {
            let data = self.text(&chunk);
            let event = event::Output { ttyId: self.tty.id.clone(), pid: self.tty.pid, data };
            self.terminals.publish(&self.tty, &event.into());
        } else {
            self.partial.clear();
        }
    }

    /// The chunk as text, with a character that is cut in two kept for the next one.
    fn text(&mut self, chunk: &[u8]) -> String {
        let mut bytes = std::mem::take(&mut self.partial);
        bytes.extend_from_slice(chunk);
        if let Err(error) = std::str::from_utf8(&bytes)
            && error.error_len().is_none()
        {
            self.partial = bytes.split_off(error.valid_up_to());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Writes what viewers type, in the order it came.
pub async fn write(mut writer: Box<dyn AsyncWrite + Send + Unpin>, mut typed: mpsc::Receiver<Bytes>) {
    while let Some(data) = typed.recv().await {
        if writer.write_all(&data).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
}
