//! The headless doors: WebSocket, REST and server-sent events, over TCP, TLS and a Unix socket; and the same without
//! a socket for a window in this process.
//!
//! What it owns: bytes on the wire (docs/wire.md), who is at the other end of a connection, rate limits, back-pressure, and
//! the files of the desktop.
//! What it never does: decide what a caller may do (the gate does), or keep anything. Every request becomes a command.

pub mod audit;
mod caller;
mod crowd;
mod descriptors;
mod desktop;
mod heap;
mod http;
mod io;
mod limits;
mod listen;
mod origin;
pub mod program;
mod socket;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use aether_protocol::{SessionId, WireError};
use aether_system::Kernel;
use axum::http::{HeaderMap, Method, Response};
use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::crowd::Crowd;
use crate::desktop::Desktop;
use crate::limits::Limits;
use crate::socket::Sessions;

pub use crate::http::LocalFile;
pub use crate::socket::{Frame, Gone, Link, LinkReceiver, LinkSender};

/// How long connections get to finish what they are at once the doors close.
const FAREWELL: Duration = Duration::from_secs(3);
/// How many at a time are told that there is no place for them; who comes beyond that is told nothing.
const TOLD: usize = 32;

/// Why the doors could not be opened. The message is for the person who starts the kernel.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("{address} could not be opened: {cause}. Stop the program that uses it, or choose another with --port.")]
    Bind { address: SocketAddr, cause: std::io::Error },
    #[error(
        "{address} could not be opened: {cause}. HTTP is sent from there to HTTPS: set AETHER_TLS_REDIRECT_PORT to another, \
         or AETHER_TLS_REDIRECT=0."
    )]
    Redirect { address: SocketAddr, cause: std::io::Error },
    #[error("{0}")]
    Tls(#[from] tls::TlsError),
}

/// What all connections share.
pub(crate) struct Doors {
    pub kernel: Arc<Kernel>,
    pub limits: Limits,
    pub crowd: Crowd,
    /// Places of those who are told that there is none.
    pub turned_away: Arc<Semaphore>,
    pub sessions: Sessions,
    pub routes: http::Routes,
    pub desktop: Desktop,
    /// Cancelled when the doors close.
    pub closing: CancellationToken,
    pub connections: TaskTracker,
    /// True from the wish to end on, which is before the doors close.
    leaving: AtomicBool,
    next_session: AtomicU64,
}

impl Doors {
    fn new(kernel: Arc<Kernel>) -> Arc<Doors> {
        Arc::new(Doors {
            limits: Limits::new(kernel.config.server.rate_limit),
            crowd: Crowd::default(),
            turned_away: Arc::new(Semaphore::new(TOLD)),
            sessions: Sessions::default(),
            routes: http::Routes::from_tables(),
            desktop: Desktop::find(kernel.config.server.ui.as_deref()),
            closing: CancellationToken::new(),
            connections: TaskTracker::new(),
            leaving: AtomicBool::new(false),
            next_session: AtomicU64::new(1),
            kernel,
        })
    }

    /// True if no new work is welcome.
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    /// A name for one more connection. Clients choose none of these, so none can take what was meant for another.
    pub fn new_session(&self) -> SessionId {
        SessionId(format!("connection-{}", self.next_session.fetch_add(1, Ordering::Relaxed)))
    }
}

/// Whether a kernel is served over TCP too. The local owner's doors are open in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    Open,
    Closed,
}

/// Open doors.
pub struct Server {
    doors: Arc<Doors>,
    /// Where TCP is served, if it is; the port is the real one also where any was asked for.
    pub address: Option<SocketAddr>,
    /// True if TCP is served over TLS.
    pub secure: bool,
    /// Where HTTP is sent from to TLS, if it is.
    pub redirect: Option<SocketAddr>,
    /// The local owner's door, where there is one.
    pub local: Option<PathBuf>,
}

/// Opens the doors of a running kernel.
///
/// # Errors
/// When the address cannot be bound, or the certificate cannot be used. A Unix socket that cannot be bound is no error.
pub async fn serve(kernel: Arc<Kernel>, network: Network) -> Result<Server, ServeError> {
    let config = &kernel.config.server;
    let tls = match (&config.tls_cert, &config.tls_key) {
        (Some(cert), Some(key)) if network == Network::Open => Some(tls::Certificate::open(cert, key)?),
        _ => None,
    };
    let secure = tls.is_some();
    let wanted = SocketAddr::new(config.host, config.port);
    let bind = |cause| ServeError::Bind { address: wanted, cause };
    let listener = match network {
        Network::Open => Some(tokio::net::TcpListener::bind(wanted).await.map_err(bind)?),
        Network::Closed => None,
    };
    let redirect = match tls.is_some() && config.tls_redirect {
        true => Some(redirecting(SocketAddr::new(config.host, config.tls_redirect_port)).await?),
        false => None,
    };
    let address = listener.as_ref().map(|listener| listener.local_addr().map_err(bind)).transpose()?;

    let doors = Doors::new(kernel);
    let router = http::router(&doors);
    let local = listen::local(&doors, &router);
    let tls = tls.map(|(certificate, acceptor)| {
        doors.connections.spawn(certificate.keep(doors.closing.clone()));
        acceptor
    });
    if let Some(listener) = listener {
        doors.connections.spawn(listen::tcp(doors.clone(), listener, tls, router));
    }
    let redirect = redirect.zip(address).map(|((listener, from), to)| {
        doors.connections.spawn(listen::tcp(doors.clone(), listener, None, http::redirect(to.port())));
        from
    });
    Ok(Server { doors, address, secure, redirect, local })
}

async fn redirecting(address: SocketAddr) -> Result<(tokio::net::TcpListener, SocketAddr), ServeError> {
    let failed = |cause| ServeError::Redirect { address, cause };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

impl Server {
    /// Where a browser goes, if one can.
    pub fn url(&self) -> Option<String> {
        let scheme = if self.secure { "https" } else { "http" };
        self.address.map(|address| format!("{scheme}://{address}"))
    }

    /// Opens a connection that speaks `aether.2` inside this process, for the local owner.
    pub fn link(&self) -> Link {
        socket::open_link(&self.doors)
    }

    /// A file's bytes for the local owner: what `GET /api/fs/raw` answers, with its range, types and limits on what the
    /// bytes may do. `most` is the most bytes of one answer: of a range that is longer its first part comes, as
    /// RFC 9110 allows; a whole file that is larger is refused with 413.
    pub async fn file(&self, path: &str, method: &Method, headers: &HeaderMap, most: u64) -> Response<Bytes> {
        http::local_answer(&self.doors, path, method, headers, most).await
    }

    /// A file for the local owner in parts, of any size.
    ///
    /// # Errors
    /// When the gate refuses it, or it is no file that can be read.
    pub async fn read(&self, path: &str) -> Result<LocalFile, WireError> {
        LocalFile::open(&self.doors, path).await
    }

    /// Says by `/ready` that no new work is welcome, and gives whoever sends it the time to notice. All goes on meanwhile.
    pub async fn leave(&self) {
        self.doors.leaving.store(true, Ordering::Relaxed);
        let notice = Duration::from_secs(self.doors.kernel.config.server.drain_seconds);
        if !notice.is_zero() {
            tracing::info!(seconds = notice.as_secs(), "no new work is welcome; the doors close after this");
            tokio::time::sleep(notice).await; // grace
        }
    }

    /// Takes no more connections, lets running commands answer, says goodbye to sockets, and waits for them a moment.
    pub async fn close(&self) {
        self.doors.closing.cancel();
        if let Some(path) = &self.local {
            // The next start replaces a socket file that stayed.
            let _ = std::fs::remove_file(path);
        }
        self.doors.connections.close();
        if tokio::time::timeout(FAREWELL, self.doors.connections.wait()).await.is_err() {
            tracing::warn!("some connections did not close in time");
        }
    }
}
