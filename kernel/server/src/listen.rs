//! Accepting connections: TCP, TLS and the local owner's Unix socket, with one router behind all of them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower_service::Service;

use crate::caller::Peer;
use crate::crowd::Entry;
use crate::io::{Io, Metered};
use crate::tls::Acceptor;
use crate::{Doors, descriptors, http};

/// How long a client may take for its handshake, or for the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes a connection may hold of a request that is not understood yet.
const HEAD: usize = 64 * 1024;
/// How long it may take to tell a client that there is no place for it.
const NO_PLACE: Duration = Duration::from_secs(2);
/// How long to wait when the system has no more file descriptors.
const RELIEF: Duration = Duration::from_millis(50);
/// A silent peer is probed after this long.
#[cfg(unix)]
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// Serves TCP until the doors close.
pub async fn tcp(doors: Arc<Doors>, listener: TcpListener, tls: Option<Acceptor>, router: Router) {
    let mut were_few = false;
    loop {
        let accepted = tokio::select! {
            () = doors.closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(RELIEF).await; // backoff
                continue;
            }
        };
        let few = descriptors::are_few(&stream);
        if few && !were_few {
            tracing::warn!("too many files are open; new connections are refused until there are fewer");
        }
        were_few = few;
        let entry = doors.crowd.enter(address.ip()).filter(|_| !few);
        let turned_away = match (&entry, doors.turned_away.clone().try_acquire_owned()) {
            (Some(_), _) => None,
            (None, Ok(place)) => Some(place),
            (None, Err(_)) => {
                tracing::debug!(%address, "there are too many connections already");
                continue;
            }
        };
        set_options(&stream);
        // The certificate of now: a later one is for later connections.
        let tls = tls.as_ref().map(|tls| tls.borrow().clone());
        let router = if turned_away.is_some() { http::busy() } else { router.clone() };
        let (doors, tracker) = (doors.clone(), doors.connections.clone());
        // The handshake is the connection's own business: a slow one holds up nobody else.
        tracker.spawn(async move {
            let serving = serve(&doors, (stream, address), tls, entry, router);
            match turned_away {
                None => serving.await,
                Some(_place) => drop(tokio::time::timeout(NO_PLACE, serving).await),
            }
        });
    }
}

/// Serves an accepted connection until it ends.
async fn serve(
    doors: &Doors,
    (stream, address): (TcpStream, SocketAddr),
    tls: Option<TlsAcceptor>,
    entry: Option<Entry>,
    router: Router,
) {
    let secure = tls.is_some();
    let io = match tls {
        None => Io::Tcp(stream),
        Some(tls) => match tokio::time::timeout(PATIENCE, tls.accept(stream)).await {
            Ok(Ok(stream)) => Io::Tls(Box::new(stream)),
            Ok(Err(error)) => {
                tracing::debug!(%error, "the TLS handshake failed");
                return;
            }
            Err(_) => return,
        },
    };
    let io = Metered::new(io, entry);
    let peer = Peer { address: Some(address.ip()), secure, meter: io.meter() };
    connection(doors, io, peer, router).await;
}

fn set_options(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    #[cfg(unix)]
    {
        use rustix::net::sockopt;
        let kept =
            sockopt::set_socket_keepalive(stream, true).and_then(|()| sockopt::set_tcp_keepidle(stream, KEEP_ALIVE));
        if let Err(error) = kept {
            tracing::debug!(%error, "no TCP keep-alive");
        }
    }
}

/// Serves the Unix socket until the doors close, and answers where it is. The window and TCP work without it.
#[cfg(unix)]
pub fn local(doors: &Arc<Doors>, router: &Router) -> Option<PathBuf> {
    let path = doors.kernel.config.socket();
    let listener = match bind_local(&path) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "there is no local socket");
            return None;
        }
    };
    let (doors, router) = (doors.clone(), router.clone());
    doors.connections.clone().spawn(accept_local(doors, listener, router));
    Some(path)
}

#[cfg(not(unix))]
pub fn local(_doors: &Arc<Doors>, _router: &Router) -> Option<PathBuf> {
    None
}

#[cfg(unix)]
fn bind_local(path: &std::path::Path) -> std::io::Result<tokio::net::UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    // The kernel holds the lock on its root, so whatever lies there is left over from a kernel that is gone.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = tokio::net::UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

#[cfg(unix)]
async fn accept_local(doors: Arc<Doors>, listener: tokio::net::UnixListener, router: Router) {
    let own = rustix::process::geteuid().as_raw();
    loop {
        let accepted = tokio::select! {
            () = doors.closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a local connection could not be accepted");
                tokio::time::sleep(RELIEF).await; // backoff
                continue;
            }
        };
        match stream.peer_cred() {
            Ok(peer) if peer.uid() == own || peer.uid() == 0 => {}
            Ok(peer) => {
                tracing::warn!(uid = peer.uid(), "another user's local connection was refused");
                continue;
            }
            Err(error) => {
                tracing::warn!(%error, "a local connection without credentials was refused");
                continue;
            }
        }
        let (doors, router) = (doors.clone(), router.clone());
        doors.connections.clone().spawn(async move {
            let io = Metered::new(Io::Local(stream), None);
            let peer = Peer { address: None, secure: false, meter: io.meter() };
            connection(&doors, io, peer, router).await;
        });
    }
}

/// Serves the requests of one connection, and hands it over if one of them upgrades it.
async fn connection(doors: &Doors, io: Metered, peer: Peer, router: Router) {
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        router.clone().call(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    tokio::pin!(served);
    let result = tokio::select! {
        result = served.as_mut() => result,
        () = doors.closing.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended early");
    }
}
