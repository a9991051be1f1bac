//! The pump of one terminal: it reads the pty only as fast as its viewers take it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use aether_base::sandbox::TerminalControl;
use aether_protocol::domains::tty::event;
use bytes::{Bytes, BytesMut};
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
    kept: VecDeque<Bytes>,
    kept_bytes: usize,
    /// Bytes the shell has written in all.
    written: u64,
    /// The beginning of a character whose end has not been read yet.
    partial: Vec<u8>,
}

impl Pump {
    pub fn new(terminals: Arc<Terminals>, tty: Arc<Tty>, control: Arc<dyn TerminalControl>) -> Pump {
        Pump {
            terminals,
            tty,
            control,
            viewers: Vec::new(),
            kept: VecDeque::new(),
            kept_bytes: 0,
            written: 0,
            partial: Vec::new(),
        }
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
                        self.spread(buffer.split().freeze()).await;
                        buffer.reserve(CHUNK);
                    }
                },
            }
        }
        let code = self.control.wait().await;
        self.viewers.clear();
        self.terminals.closed(&self.tty, code);
    }

    async fn attach(&mut self, attach: Attach) {
        let oldest = self.written - self.kept_bytes as u64;
        let from = attach.since.unwrap_or(oldest).clamp(oldest, self.written);
        if attach.offset.send(from).is_err() {
            return;
        }
        let mut skip = usize::try_from(from - oldest).unwrap_or(usize::MAX);
        let mut replay = BytesMut::new();
        for chunk in &self.kept {
            let part = chunk.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(chunk.len());
            replay.extend_from_slice(part);
        }
        let taken = replay.is_empty() || attach.output.send(replay.freeze()).await.is_ok();
        if taken {
            self.viewers.push(attach.output);
        }
    }

    async fn spread(&mut self, chunk: Bytes) {
        self.written += chunk.len() as u64;
        self.kept_bytes += chunk.len();
        self.kept.push_back(chunk.clone());
        while self.kept_bytes > SCROLLBACK {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.kept_bytes -= oldest.len();
        }
        let mut index = 0;
        while let Some(viewer) = self.viewers.get(index) {
            match timeout(PATIENCE, viewer.send(chunk.clone())).await {
                Ok(Ok(())) => index += 1,
                Ok(Err(_)) | Err(_) => drop(self.viewers.swap_remove(index)),
            }
        }
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
