//! The headless doors: WebSocket, REST and server-sent events, over TCP, TLS and a Unix socket.
//!
//! What it owns: bytes on the wire (docs/wire.md), who is at the other end of a connection, rate limits, back-pressure, and
//! the files of the desktop.
//! What it never does: decide what a caller may do (the gate does), or keep anything. Every request becomes a command.

mod caller;
mod crowd;
mod desktop;
mod http;
mod io;
mod limits;
mod listen;
mod origin;
mod socket;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aether_protocol::SessionId;
use aether_system::Kernel;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::crowd::Crowd;
use crate::desktop::Desktop;
use crate::limits::Limits;
use crate::socket::Sessions;

/// How long connections get to finish what they are at once the doors close.
const FAREWELL: Duration = Duration::from_secs(3);

/// Why the doors could not be opened. The message is for the person who starts the kernel.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("{address} could not be opened: {cause}. Stop the program that uses it, or choose another with --port.")]
    Bind { address: SocketAddr, cause: std::io::Error },
    #[error("{0}")]
    Tls(#[from] tls::TlsError),
}

/// What all connections share.
pub(crate) struct Doors {
    pub kernel: Arc<Kernel>,
    pub limits: Limits,
    pub crowd: Crowd,
    pub sessions: Sessions,
    pub routes: http::Routes,
    pub desktop: Desktop,
    /// Cancelled when the doors close.
    pub closing: CancellationToken,
    pub connections: TaskTracker,
    next_session: AtomicU64,
}

impl Doors {
    fn new(kernel: Arc<Kernel>) -> Arc<Doors> {
        Arc::new(Doors {
            limits: Limits::new(kernel.config.server.rate_limit),
            crowd: Crowd::default(),
            sessions: Sessions::default(),
            routes: http::Routes::from_tables(),
            desktop: Desktop::find(kernel.config.server.ui.as_deref()),
            closing: CancellationToken::new(),
            connections: TaskTracker::new(),
            next_session: AtomicU64::new(1),
            kernel,
        })
    }

    /// A name for one more connection. Clients choose none of these, so none can take what was meant for another.
    pub fn new_session(&self) -> SessionId {
        SessionId(format!("connection-{}", self.next_session.fetch_add(1, Ordering::Relaxed)))
    }
}

/// Open doors.
pub struct Server {
    doors: Arc<Doors>,
    /// Where TCP is served; the port is the real one also where any was asked for.
    pub address: SocketAddr,
    /// True if TCP is served over TLS.
    pub secure: bool,
    /// The local owner's door, where there is one.
    pub local: Option<PathBuf>,
}

/// Opens the doors of a running kernel.
///
/// # Errors
/// When the address cannot be bound, or the certificate cannot be used. A Unix socket that cannot be bound is no error.
pub async fn serve(kernel: Arc<Kernel>) -> Result<Server, ServeError> {
    let config = &kernel.config.server;
    let tls = match (&config.tls_cert, &config.tls_key) {
        (Some(cert), Some(key)) => Some(tls::acceptor(cert, key)?),
        _ => None,
    };
    let wanted = SocketAddr::new(config.host, config.port);
    let bind = |cause| ServeError::Bind { address: wanted, cause };
    let listener = tokio::net::TcpListener::bind(wanted).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let secure = tls.is_some();

    let doors = Doors::new(kernel);
    let router = http::router(&doors);
    let local = listen::local(&doors, &router);
    doors.connections.spawn(listen::tcp(doors.clone(), listener, tls, router));
    Ok(Server { doors, address, secure, local })
}

impl Server {
    /// Where a browser goes.
    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
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
