//! TLS on the TCP door (RFC 8446), with a certificate and a key from PEM files. Both are read again when they change, or on
//! SIGHUP: connections that are open keep what they began with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path} could not be read: {cause}. Set AETHER_TLS_CERT and AETHER_TLS_KEY to PEM files.")]
    Unreadable { path: PathBuf, cause: pem::Error },
    #[error("{cert} and {key} cannot be used together: {cause}.")]
    Unusable { cert: PathBuf, key: PathBuf, cause: rustls::Error },
}

/// What new connections are accepted with.
pub type Acceptor = watch::Receiver<TlsAcceptor>;

/// The files of a certificate, and what was made of them last.
pub struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    /// Tells whether the files have changed, without keeping the key.
    content: blake3::Hash,
    acceptor: watch::Sender<TlsAcceptor>,
    hangups: Hangups,
}

impl Certificate {
    /// Reads the certificate chain and its key.
    ///
    /// # Errors
    /// When one of them cannot be read, or they do not belong together.
    pub fn open(cert: &Path, key: &Path) -> Result<(Certificate, Acceptor), TlsError> {
        let (read, content) = read(cert, key)?;
        let (acceptor, acceptors) = watch::channel(read);
        let (cert, key) = (cert.to_owned(), key.to_owned());
        // From now on SIGHUP ends nothing.
        let hangups = Hangups::new();
        Ok((Certificate { cert, key, content, acceptor, hangups }, acceptors))
    }

    /// Keeps it up to date until the doors close.
    pub async fn keep(mut self, closing: CancellationToken) {
        let (woken, mut wake) = mpsc::channel(1);
        let watcher = self.watch(woken);
        if let Err(error) = &watcher {
            tracing::warn!(%error, "the certificate is not watched; send SIGHUP once it has changed");
        }
        // It may have changed before it was watched.
        self.renew().await;
        loop {
            tokio::select! {
                () = closing.cancelled() => return,
                Some(()) = wake.recv() => {}
                () = self.hangups.next() => tracing::info!("reading the certificate again, as asked"),
            }
            self.renew().await;
        }
    }

    /// Watches the folders, because files are replaced by others of their name.
    fn watch(&self, woken: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading the files is told of too.
            let changes = event.map_or(true, |event| match event.kind {
                EventKind::Access(AccessKind::Close(mode)) => mode == AccessMode::Write,
                EventKind::Access(_) => false,
                _ => true,
            });
            if changes {
                // Where one waking waits already, it does for this change too.
                let _ = woken.try_send(());
            }
        })?;
        let folders = [folder(&self.cert), folder(&self.key)];
        watcher.watch(folders[0], RecursiveMode::NonRecursive)?;
        if folders[1] != folders[0] {
            watcher.watch(folders[1], RecursiveMode::NonRecursive)?;
        }
        Ok(watcher)
    }

    /// Takes what the files hold now. What cannot be used changes nothing: one of two files may be there and not the other.
    async fn renew(&mut self) {
        let (cert, key) = (self.cert.clone(), self.key.clone());
        match tokio::task::spawn_blocking(move || read(&cert, &key)).await {
            Ok(Ok((_, content))) if content == self.content => {}
            Ok(Ok((acceptor, content))) => {
                self.content = content;
                self.acceptor.send_replace(acceptor);
                tracing::info!(cert = %self.cert.display(), "the certificate was renewed");
            }
            Ok(Err(error)) => tracing::warn!(%error, "the certificate in use is kept"),
            Err(error) => tracing::error!(%error, "the certificate could not be read"),
        }
    }
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn read(cert: &Path, key: &Path) -> Result<(TlsAcceptor, blake3::Hash), TlsError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |cause| TlsError::Unreadable { path, cause }
    };
    let bytes = |path: &Path| std::fs::read(path).map_err(pem::Error::Io).map_err(unreadable(path));
    let (chain, secret) = (bytes(cert)?, bytes(key)?);
    let content = blake3::Hasher::new().update(&chain).update(&[0]).update(&secret).finalize();
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(&chain).collect::<Result<_, _>>().map_err(unreadable(cert))?;
    let secret = PrivateKeyDer::from_pem_slice(&secret).map_err(unreadable(key))?;
    let unusable = |cause| TlsError::Unusable { cert: cert.to_owned(), key: key.to_owned(), cause };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(unusable)?;
    // WebSocket upgrades are HTTP/1.1 (RFC 6455), and nothing here needs HTTP/2.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), content))
}

/// SIGHUP, by which service managers ask for what was configured to be read again.
struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    #[cfg(unix)]
    fn new() -> Hangups {
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
        Hangups { signal: signal.inspect_err(|error| tracing::warn!(%error, "SIGHUP cannot be caught")).ok() }
    }

    #[cfg(not(unix))]
    fn new() -> Hangups {
        Hangups {}
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
