//! The byte streams under HTTP: TCP, TLS or a Unix socket, with a count of what the other end has taken.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// One accepted connection.
pub enum Io {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    #[cfg(unix)]
    Local(tokio::net::UnixStream),
}

/// A connection that counts the bytes it got rid of. A client that takes nothing is told from a slow one by it.
pub struct Metered {
    io: Io,
    written: Arc<AtomicU64>,
}

impl Metered {
    pub fn new(io: Io) -> Metered {
        Metered { io, written: Arc::default() }
    }

    /// The count, which outlives the connection.
    pub fn written(&self) -> Arc<AtomicU64> {
        self.written.clone()
    }

    fn count(&self, result: Poll<Result<usize>>) -> Poll<Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &result {
            self.written.fetch_add(*bytes as u64, Ordering::Relaxed);
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
        each!(self, io => Pin::new(io).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let result = each!(self, io => Pin::new(io).poll_write(cx, bytes));
        self.count(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let result = each!(self, io => Pin::new(io).poll_write_vectored(cx, slices));
        self.count(result)
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
