//! The byte streams under HTTP: TCP, TLS or a Unix socket, with a count of what the other end has taken and sent.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tokio_rustls::server::TlsStream;

use crate::crowd::Entry;

/// A client that takes nothing for this long is cut.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// No limit on what a client may send.
const ANYTHING: i64 = i64::MAX;

/// One accepted connection.
pub enum Io {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    #[cfg(unix)]
    Local(tokio::net::UnixStream),
}

/// What is known of a connection's bytes, also by those who do not have the connection itself.
#[derive(Debug)]
pub struct Meter {
    written: AtomicU64,
    /// Bytes the client may still send; below zero what was read too much.
    allowance: AtomicI64,
    hurried: AtomicBool,
}

impl Default for Meter {
    fn default() -> Meter {
        Meter { written: AtomicU64::new(0), allowance: AtomicI64::new(ANYTHING), hurried: AtomicBool::new(false) }
    }
}

impl Meter {
    /// Bytes the client has taken from us.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    pub fn wrote(&self, bytes: usize) {
        self.written.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Nothing more is read after this many bytes; none is no limit.
    pub fn allow(&self, bytes: Option<i64>) {
        self.allowance.store(bytes.unwrap_or(ANYTHING), Ordering::Relaxed);
    }

    /// Gives back part of an allowance, for bytes that have been dealt with.
    pub fn give_back(&self, bytes: usize) {
        self.change(bytes as i64);
    }

    /// True if the client has sent more than it may.
    pub fn is_spent(&self) -> bool {
        self.allowance.load(Ordering::Relaxed) <= 0
    }

    fn spend(&self, bytes: usize) {
        self.change(-(bytes as i64));
    }

    fn change(&self, by: i64) {
        let left = self.allowance.load(Ordering::Relaxed);
        if left != ANYTHING {
            self.allowance.store(left.saturating_add(by), Ordering::Relaxed);
        }
    }

    /// From now on the connection is cut once the client takes nothing though something waits for it.
    pub fn hurry(&self) {
        self.hurried.store(true, Ordering::Relaxed);
    }
}

/// A connection that counts its bytes. A client that takes nothing is told from a slow one by it.
pub struct Metered {
    io: Io,
    meter: Arc<Meter>,
    /// Set while the client takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Its place among the connections, held as long as it is open.
    _entry: Option<Entry>,
}

impl Metered {
    pub fn new(io: Io, entry: Option<Entry>) -> Metered {
        Metered { io, meter: Arc::default(), stalled: None, _entry: entry }
    }

    /// The count, which outlives the connection.
    pub fn meter(&self) -> Arc<Meter> {
        self.meter.clone()
    }

    /// Counts what was written, and ends the connection of a client that keeps us waiting.
    fn judge(&mut self, cx: &mut Context<'_>, result: Poll<Result<usize>>) -> Poll<Result<usize>> {
        if let Poll::Ready(written) = &result {
            self.stalled = None;
            self.meter.wrote(*written.as_ref().unwrap_or(&0));
        } else if self.meter.hurried.load(Ordering::Relaxed) {
            let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(PATIENCE))); // grace
            if stalled.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(ErrorKind::TimedOut.into()));
            }
        }
        result
    }
}

macro_rules! each {
    ($metered:expr, $io:ident => $call:expr) => {
        match &mut $metered.io {
            Io::Tcp($io) => $call,
            Io::Tls($io) => $call,
            #[cfg(unix)]
            Io::Local($io) => $call,
        }
    };
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        if self.meter.is_spent() {
            return Poll::Ready(Err(Error::other("more was sent than is allowed")));
        }
        let before = buffer.filled().len();
        let result = each!(self, io => Pin::new(io).poll_read(cx, buffer));
        self.meter.spend(buffer.filled().len() - before);
        result
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let result = each!(self, io => Pin::new(io).poll_write(cx, bytes));
        self.judge(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let result = each!(self, io => Pin::new(io).poll_write_vectored(cx, slices));
        self.judge(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            Io::Tcp(io) => io.is_write_vectored(),
            Io::Tls(io) => io.is_write_vectored(),
            #[cfg(unix)]
            Io::Local(io) => io.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        each!(self, io => Pin::new(io).poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        each!(self, io => Pin::new(io).poll_shutdown(cx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn pair() -> (Metered, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let client = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("connected");
        let (server, _) = listener.accept().await.expect("accepted");
        (Metered::new(Io::Tcp(server), None), client)
    }

    #[tokio::test]
    async fn nothing_is_read_beyond_the_allowance_until_there_is_a_new_one() {
        let (mut server, mut client) = pair().await;
        let meter = server.meter();
        client.write_all(&[0; 30]).await.expect("sent");
        let mut buffer = [0; 10];
        meter.allow(Some(15));
        for _ in 0..2 {
            server.read_exact(&mut buffer).await.expect("allowed");
        }
        assert!(meter.is_spent());
        server.read_exact(&mut buffer).await.expect_err("enough");
        meter.give_back(5);
        assert!(meter.is_spent(), "what was read too much counts");
        meter.give_back(1);
        assert!(!meter.is_spent());
        meter.allow(None);
        server.read_exact(&mut buffer).await.expect("anything");
        meter.give_back(1);
        assert!(!meter.is_spent());
    }

    #[tokio::test]
    async fn only_who_is_hurried_is_cut_for_taking_nothing() {
        let (mut server, _client) = pair().await;
        let meter = server.meter();
        let chunk = vec![0; 1024 * 1024];
        let fill = async |server: &mut Metered| while server.write_all(&chunk).await.is_ok() {};
        // With the clock stopped, time passes as soon as everybody waits.
        tokio::time::pause();
        tokio::time::timeout(3 * PATIENCE, fill(&mut server)).await.expect_err("it waits");
        assert!(meter.written() > 0);
        meter.hurry();
        tokio::time::timeout(3 * PATIENCE, fill(&mut server)).await.expect("it was cut");
    }
}
